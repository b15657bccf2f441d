"""The database on the Pi: opening it, one transaction, and a main file that the PC may copy while it is written."""
