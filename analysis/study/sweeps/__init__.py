"""Many parameter sets over one market, and what their best may claim."""
