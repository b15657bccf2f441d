"""Files of elsewhere: kline archives and the earlier bot's JSON, read, checked and stored."""
