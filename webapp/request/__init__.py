"""What a request may ask for, and what every answer has in common."""
