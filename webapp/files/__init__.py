"""Tables as files of any length, read while they are sent."""
