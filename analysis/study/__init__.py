"""What the market itself shows: figures of candles, patterns, and what followed them."""
