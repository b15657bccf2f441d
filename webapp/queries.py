"""Every statement of the web app.

Candles are stored a row a minute, keyed (timestamp, pair); longer bars are made here. Each statement walks a range of
the primary key, and none reads more minutes than the bars it gives are made of.

Parameters: `:pair`, `:exchange`; `:from`, `:to` half-open in UTC ms; `:span` a bar's length in ms; `:limit` bars;
`:newest` the pair's newest minute in UTC ms, of all exchanges together: up to it minutes are expected of each.
"""

from __future__ import annotations

from dataclasses import dataclass

TOUCH = "SELECT 1 FROM sqlite_schema"
SCHEMA = """
SELECT (SELECT user_version FROM pragma_user_version), count(*), count(*) FILTER (WHERE name = 'candles')
FROM sqlite_schema WHERE type = 'table'
"""
NEWEST = "SELECT timestamp FROM candles ORDER BY timestamp DESC LIMIT 1"
NEWEST_OF_PAIR = "SELECT timestamp FROM candles WHERE pair = :pair ORDER BY timestamp DESC LIMIT 1"

PAIRS_CONFIGURED = "SELECT pair FROM configurations GROUP BY pair ORDER BY min(id)"
PAIRS_NEWEST = """
SELECT pair FROM candles WHERE timestamp = (SELECT timestamp FROM candles ORDER BY timestamp DESC LIMIT 1) ORDER BY pair
"""
ALL_PAIRS = "SELECT pair FROM candles UNION SELECT pair FROM configurations UNION SELECT pair FROM trades"
PAIR_STORED = "SELECT 1 FROM candles WHERE pair = :pair LIMIT 1"

EXCHANGES_CONFIGURED = "SELECT exchanges FROM configurations WHERE pair = :pair ORDER BY id DESC LIMIT 1"

PARAMETERS = "SELECT id, parameters FROM configurations WHERE pair = :pair ORDER BY id DESC LIMIT 1"
MINUTES = "SELECT timestamp, open, high, low, close, vBuy, vSell FROM candles WHERE pair = :pair ORDER BY timestamp"

STATE = "SELECT value FROM state WHERE key = :key"
SIGNAL_BEFORE = """
SELECT timestamp FROM setup_events
WHERE timestamp < :before AND pair = :pair AND mode = :mode AND event = 'signal'
ORDER BY timestamp DESC, id DESC LIMIT 1 OFFSET :skip
"""
SIGNAL_FROM = """
SELECT timestamp FROM setup_events
WHERE timestamp >= :from AND pair = :pair AND mode = :mode AND event = 'signal'
ORDER BY timestamp, id LIMIT 1
"""
EVENTS = """
SELECT id, timestamp, configuration, setup, event, price, detail FROM setup_events
WHERE timestamp >= :from AND timestamp < :to AND pair = :pair AND mode = :mode
ORDER BY timestamp, id
"""
TRADES_OF_SETUPS = """
SELECT id, setup, entryTime FROM trades
WHERE entryTime >= :from AND entryTime < :to AND pair = :pair AND mode = :mode AND setup IS NOT NULL
"""

LAST_CANDLE = "SELECT * FROM candles WHERE pair = :pair ORDER BY timestamp DESC LIMIT 1"
COUNTS = """
SELECT (SELECT count(*) FROM candles)            AS candles,
       (SELECT count(*) FROM exchange_candles)   AS exchange_candles,
       (SELECT count(*) FROM candle_corrections) AS candle_corrections,
       (SELECT count(*) FROM trades)             AS trades,
       (SELECT count(*) FROM setup_events)       AS setup_events,
       (SELECT count(*) FROM logs)               AS logs
"""
EXCHANGES = "SELECT * FROM exchange_status ORDER BY exchange"
ORDER = "SELECT * FROM orders WHERE pair = :pair"
VERIFICATION = "SELECT * FROM verifications ORDER BY id DESC LIMIT 1"
CONFIGURATIONS = "SELECT * FROM configurations ORDER BY id"
PAIR_TRADED = "SELECT 1 FROM trades WHERE pair = :pair LIMIT 1"
TRADES = """
SELECT trades.*, configurations.parameters FROM trades LEFT JOIN configurations ON configurations.id = configuration
WHERE +trades.pair = :pair AND exitTime >= :from AND exitTime < :to AND (:mode IS NULL OR mode = :mode)
ORDER BY exitTime, trades.id
"""
"""Completed trades by their exit, when the profit was booked, with their strategy's parameters.

The plus keeps SQLite from the index by pair: nearly all trades are of one, and a range is short."""
TRADES_OVERLAPPING = """
SELECT trades.*, configurations.parameters FROM trades LEFT JOIN configurations ON configurations.id = configuration
WHERE +trades.pair = :pair AND exitTime >= :from AND entryTime < :to AND (:mode IS NULL OR mode = :mode)
ORDER BY exitTime, trades.id
"""
"""Completed trades that were open at some instant of a range."""
TRADE = """
SELECT trades.*, configurations.parameters FROM trades LEFT JOIN configurations ON configurations.id = configuration
WHERE trades.id = :id
"""
TIMELINE = """
SELECT id, timestamp, configuration, setup, event, price, detail FROM setup_events
WHERE timestamp <= :exit AND pair = :pair AND mode = :mode AND setup = :setup
  AND timestamp >= (
      SELECT coalesce(max(exitTime), 0) FROM trades WHERE exitTime < :entry AND pair = :pair AND mode = :mode
  )
ORDER BY timestamp, id
"""
"""What was told of a trade's setup number since the exit of the account's trade before: one setup at a time."""
ORDERS = """
SELECT orders.*, configurations.parameters FROM orders LEFT JOIN configurations ON configurations.id = configuration
WHERE orders.pair = :pair
"""
BAR = """
SELECT timestamp, high, low FROM candles
WHERE timestamp >= :from AND timestamp < :to AND pair = :pair ORDER BY timestamp
"""
EXTREMES = """
SELECT count(*), max(high), min(low) FROM candles WHERE timestamp >= :from AND timestamp < :to AND pair = :pair
"""
ACCOUNT = """
SELECT tradeNumber, entryType, entryPrice, entryTime, exitPrice, exitTime, profit, newBalance, size, stopLoss,
       takeProfit, fees, configuration, decided
FROM trades WHERE pair = :pair AND mode = :mode ORDER BY exitTime, tradeNumber
"""
"""All trades of an account in the order they were closed, as analysis.account.accounts.Row has them."""
ACCOUNT_ORDER = "SELECT entryType, entryPrice, entryTime, size, configuration, decided FROM orders WHERE pair = :pair"
"""The open position, as analysis.account.accounts.Order has it."""
SETUPS_OF_ACCOUNT = """
SELECT tradeNumber, setup, entryTime FROM trades WHERE pair = :pair AND mode = :mode AND setup IS NOT NULL
"""
GAPS_TAKEN = """
SELECT setup, timestamp, detail FROM setup_events
WHERE pair = :pair AND mode = :mode AND event = 'gap' ORDER BY timestamp, id
"""
STRATEGIES = "SELECT id, since, parameters FROM configurations WHERE pair = :pair ORDER BY id"
OLDEST_OF_PAIR = "SELECT timestamp FROM candles WHERE pair = :pair ORDER BY timestamp LIMIT 1"
EDGES_OF_PAIR = """
SELECT (SELECT timestamp FROM candles WHERE pair = :pair ORDER BY timestamp LIMIT 1),
       (SELECT timestamp FROM candles WHERE pair = :pair ORDER BY timestamp DESC LIMIT 1)
"""
"""The pair's oldest and newest minute, null without one."""
MINUTES_OF_SPAN = """
SELECT timestamp, open, high, low, close, vBuy, vSell FROM candles
WHERE timestamp >= :from AND timestamp < :to AND pair = :pair ORDER BY timestamp
"""
EXCHANGE_SHARES = """
SELECT exchange, total(vBuy), total(vSell), count(*), sum(complete > 0),
       (SELECT count(sources) FROM candles WHERE timestamp >= :from AND timestamp < :to AND pair = :pair)
FROM exchange_candles WHERE timestamp >= :from AND timestamp < :to AND pair = :pair
GROUP BY exchange ORDER BY exchange
"""
"""Exchange, its taker buys and sells, its minutes, those it is complete in, and the minutes of which that is known."""
MINUTES_BY_STATE = """
SELECT count(*), coalesce(sum(sources = configured), 0), (
           SELECT count(*) FROM (
               SELECT DISTINCT timestamp, pair FROM exchange_candles
               WHERE timestamp >= :from AND timestamp < :to AND pair = :pair AND complete = 2
           ) JOIN candles USING (timestamp, pair) WHERE sources = configured
       ), coalesce(sum(sources < configured), 0)
FROM candles WHERE timestamp >= :from AND timestamp < :to AND pair = :pair
"""
"""Minutes stored, those in which every exchange is complete, of these the healed ones, those that lack an exchange."""
PRICES = """
SELECT timestamp, high, low, close FROM candles
WHERE timestamp >= :from AND timestamp < :to AND pair = :pair ORDER BY timestamp
"""
VENUE_MINUTES = """
SELECT exchange, timestamp, high, low, close FROM exchange_candles
WHERE timestamp >= :from AND timestamp < :to AND pair = :pair ORDER BY timestamp
"""
LOGS_FIRST = """
SELECT id, timestamp, level, event, message FROM logs
WHERE timestamp >= :from AND timestamp < :to
  AND (:level IS NULL OR level = :level) AND (:event IS NULL OR event = :event)
ORDER BY timestamp, id LIMIT :limit
"""
LOGS_LAST = """
SELECT id, timestamp, level, event, message FROM logs
WHERE timestamp >= :from AND timestamp < :to
  AND (:level IS NULL OR level = :level) AND (:event IS NULL OR event = :event)
ORDER BY timestamp DESC, id DESC LIMIT :limit
"""

MINUTES_WHOLE = """
SELECT count(*), count(*) FILTER (WHERE sources >= configured) FROM candles
WHERE pair = :pair AND timestamp >= :from AND timestamp < :to
"""
MINUTES_OF_EXCHANGES = """
SELECT exchange, count(*) FILTER (WHERE complete > 0) FROM exchange_candles
WHERE pair = :pair AND timestamp >= :from AND timestamp < :to GROUP BY exchange ORDER BY exchange
"""
ACCOUNTS = "SELECT pair, mode, count(*) AS count FROM trades GROUP BY pair, mode ORDER BY pair, mode"
ORIGIN = "SELECT value FROM state WHERE key = 'origin'"


BARS_TABLE = "CREATE TEMP TABLE IF NOT EXISTS bar (open_time INTEGER PRIMARY KEY)"
BARS_CLEAR = "DELETE FROM temp.bar"
BARS_FILL = """
INSERT INTO temp.bar WITH RECURSIVE opens (open_time) AS (
    VALUES (:from) UNION ALL SELECT open_time + :span FROM opens WHERE open_time + :span < :to
) SELECT open_time FROM opens
"""
"""The opens of all bars of a range, in order: each is a range of the minutes' key, and nothing has to be sorted."""


@dataclass(frozen=True, slots=True)
class Series:
    """The statements over one series of minutes.

    first, last: the first and the last stored minute of a range.
    minutes: the minutes of a range.
    bars: the bars of the opens in `temp.bar`. `sources` is 0 when a minute is missing, else null when a minute's is
        unknown.
    """

    first: str
    last: str
    minutes: str
    bars: str


def _series(minutes: str) -> Series:
    """Make the statements; `minutes` is only ever our own text."""
    within = "pair = :pair AND timestamp >= :from AND timestamp < :to"
    of_bar = "pair = :pair AND timestamp >= open_time AND timestamp < open_time + :span"
    columns = "timestamp, open, high, low, close, vBuy, vSell, sources, configured"
    return Series(
        first=f"SELECT timestamp FROM {minutes} WHERE {within} ORDER BY timestamp LIMIT 1",  # noqa: S608
        last=f"SELECT timestamp FROM {minutes} WHERE {within} ORDER BY timestamp DESC LIMIT 1",  # noqa: S608
        minutes=f"SELECT {columns} FROM {minutes} WHERE {within} ORDER BY timestamp",  # noqa: S608
        bars=f"""
    SELECT open_time,
           (SELECT open FROM {minutes} WHERE {of_bar} ORDER BY timestamp LIMIT 1),
           max(high), min(low),
           (SELECT close FROM {minutes} WHERE {of_bar} ORDER BY timestamp DESC LIMIT 1),
           sum(vBuy), sum(vSell),
           CASE WHEN count(*) < (min(open_time + :span, :newest + 60000) - open_time) / 60000 THEN 0
                WHEN count(sources) = count(*) THEN min(sources) END,
           max(configured)
    FROM temp.bar CROSS JOIN {minutes}
    WHERE {of_bar}
    GROUP BY open_time""",  # noqa: S608
    )


AGGREGATED = _series("candles")
"""All exchanges together."""

OF_EXCHANGE = _series("""(
        SELECT timestamp, pair, open, high, low, close, vBuy, vSell, complete > 0 AS sources, 1 AS configured
        FROM exchange_candles WHERE exchange = :exchange)""")
"""One exchange alone: `sources` of 1 says whether the minute is whole."""

FIRST_OF_EXCHANGES = """
SELECT timestamp FROM exchange_candles
WHERE pair = :pair AND timestamp >= :from AND timestamp < :to ORDER BY timestamp LIMIT 1
"""
EXCHANGE_BARS = """
SELECT open_time, exchange,
       (SELECT open FROM exchange_candles
        WHERE timestamp >= open_time AND timestamp < open_time + :span AND pair = :pair AND exchange = :exchange
        ORDER BY timestamp LIMIT 1),
       max(high), min(low),
       (SELECT close FROM exchange_candles
        WHERE timestamp >= open_time AND timestamp < open_time + :span AND pair = :pair AND exchange = :exchange
        ORDER BY timestamp DESC LIMIT 1),
       sum(vBuy), sum(vSell), sum(trades),
       CASE WHEN count(*) < (min(open_time + :span, :newest + 60000) - open_time) / 60000 THEN 0
            WHEN min(complete) = 0 THEN 0 ELSE max(complete) END
FROM temp.bar CROSS JOIN exchange_candles
WHERE timestamp >= open_time AND timestamp < open_time + :span AND pair = :pair AND exchange = :exchange
GROUP BY open_time
"""
"""The bars of `temp.bar` as one exchange saw them."""

BEFORE = """
SELECT (SELECT count(*) FROM candles) - (SELECT count(*) FROM candles WHERE timestamp >= :watermark),
       (SELECT count(*) FROM exchange_candles)
           - (SELECT count(*) FROM exchange_candles WHERE timestamp >= :watermark),
       (SELECT count(*) FROM candle_corrections WHERE timestamp < :watermark),
       (SELECT coalesce(max(id), 0) FROM candle_corrections WHERE timestamp < :watermark)
"""
"""How much history there is before an instant: rows of any pair. Counting all and taking off the newest is quick."""

STORED = """
SELECT timestamp - timestamp % :span AS open_time, count(*), count(*) - count(sources), sum(sources < configured)
FROM candles
WHERE pair = :pair AND timestamp >= :from AND timestamp < :to
GROUP BY open_time ORDER BY open_time
"""
"""The stored bars of a range: open, minutes, minutes of unknown sources, minutes that lack an exchange."""

SEEN = """
SELECT timestamp - timestamp % :span AS open_time, exchange, sum(complete = 2), sum(complete = 0)
FROM exchange_candles
WHERE pair = :pair AND timestamp >= :from AND timestamp < :to
GROUP BY open_time, exchange HAVING min(complete) = 0 OR max(complete) = 2
"""
"""What exchanges lacked or fetched afterwards in a range: open, exchange, healed minutes, incomplete ones."""

SEEN_OF_PARTIAL = """
SELECT candles.timestamp - candles.timestamp % :span AS open_time, exchange, count(*)
FROM candles CROSS JOIN exchange_candles USING (timestamp, pair)
WHERE pair = :pair AND timestamp >= :from AND timestamp < :to AND sources < configured AND complete > 0
GROUP BY open_time, exchange
"""
"""Of the minutes that lack an exchange: open, exchange, in how many of them it was complete."""

PAST = """
SELECT (SELECT timestamp FROM candles ORDER BY timestamp LIMIT 1),
       (SELECT timestamp FROM candles ORDER BY timestamp DESC LIMIT 1),
       (SELECT coalesce(max(id), 0) FROM candle_corrections)
"""
PAST_ROWS = "SELECT (SELECT count(*) FROM candles), (SELECT count(*) FROM exchange_candles)"
ROWS_SINCE = """
SELECT (SELECT count(*) FROM candles WHERE timestamp >= :since),
       (SELECT count(*) FROM exchange_candles WHERE timestamp >= :since)
"""
CORRECTED = "SELECT min(timestamp) FROM candle_corrections WHERE id > :known"
SUMS_BEFORE = """
SELECT count(*), total(open), total(high), total(low), total(close), total(vBuy), total(vSell), total(sources)
FROM candles WHERE timestamp < :until
"""
"""What differs when a candle does."""
