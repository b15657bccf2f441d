"""Local exchanges that speak the real protocols, fed from a made market or from recorded messages."""
