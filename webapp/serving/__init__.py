"""What stands around every endpoint: who may ask, what is refused, what is sent compressed or again."""
