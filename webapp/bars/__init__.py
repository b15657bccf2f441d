"""Bars of the stored minutes: made in SQL, kept packed, taken up again with each new copy."""
