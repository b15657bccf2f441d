"""The indicators and the back-test over columns: `bot.core` a second time, for speed, equal to it bit by bit."""
