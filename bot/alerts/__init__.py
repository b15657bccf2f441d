"""What a person away from the screen is told, by Telegram, and a sign of life for a service that misses it."""
