"""The strategy at work: the desk that trades, how it goes on after a restart, and whether it was right."""
