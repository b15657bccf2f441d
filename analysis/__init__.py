"""What the past says: batch indicators, the back-test, and what is built on them. Imports `bot.core`, never the bot."""
