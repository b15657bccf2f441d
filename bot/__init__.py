"""The service on the Pi: it listens to the exchanges, builds candles and writes trading.db."""
