"""Trades and equity to figures, each with its unit, its n and its definition."""
