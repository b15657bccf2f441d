"""The study: models of the next candle, judged honestly."""
