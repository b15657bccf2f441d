"""The pure domain: trades, candles, indicators, strategy. Standard library only; no clock, no I/O."""
