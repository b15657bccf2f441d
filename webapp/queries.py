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
NEWEST = "SELECT max(timestamp) FROM candles"
NEWEST_OF_PAIR = "SELECT timestamp FROM candles WHERE pair = :pair ORDER BY timestamp DESC LIMIT 1"

PAIRS_CONFIGURED = "SELECT pair FROM configurations GROUP BY pair ORDER BY min(id)"
PAIRS_NEWEST = "SELECT pair FROM candles WHERE timestamp = (SELECT max(timestamp) FROM candles) ORDER BY pair"
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
WHERE trades.pair = :pair AND entryTime >= :from AND entryTime < :to AND (:mode IS NULL OR mode = :mode)
ORDER BY entryTime, trades.id
"""
"""Completed trades by their entry, with their strategy's parameters."""
TRADE = """
SELECT trades.*, configurations.parameters FROM trades LEFT JOIN configurations ON configurations.id = configuration
WHERE trades.id = :id
"""
TIMELINE = """
SELECT timestamp, event, price, detail FROM setup_events
WHERE timestamp <= :exit AND pair = :pair AND mode = :mode AND setup = :setup
  AND timestamp >= (SELECT coalesce(max(exitTime), 0) FROM trades WHERE exitTime < :entry AND pair = :pair AND mode = :mode)
ORDER BY id
"""
"""The story of a trade: one setup at a time, so it begins after the exit of the account's trade before."""
ORDERS = """
SELECT orders.*, configurations.parameters FROM orders LEFT JOIN configurations ON configurations.id = configuration
WHERE orders.pair = :pair
"""
BAR = "SELECT timestamp, high, low FROM candles WHERE timestamp >= :from AND timestamp < :to AND pair = :pair ORDER BY timestamp"
ACCOUNT = """
SELECT tradeNumber, entryType, entryPrice, entryTime, exitPrice, exitTime, profit, newBalance, size, stopLoss,
       takeProfit, fees, configuration, decided
FROM trades WHERE pair = :pair AND mode = :mode ORDER BY exitTime, tradeNumber
"""
"""All trades of an account in the order they were closed, as analysis.accounts.Row has them."""
ACCOUNT_ORDER = "SELECT entryType, entryPrice, entryTime, size, configuration, decided FROM orders WHERE pair = :pair"
"""The open position, as analysis.accounts.Order has it."""
STRATEGIES = "SELECT id, since, parameters FROM configurations WHERE pair = :pair ORDER BY id"
OLDEST_OF_PAIR = "SELECT timestamp FROM candles WHERE pair = :pair ORDER BY timestamp LIMIT 1"
VENUE_MINUTES = """
SELECT exchange, timestamp, high, low, close FROM exchange_candles
WHERE timestamp >= :from AND timestamp < :to AND pair = :pair ORDER BY timestamp
"""
LOGS_FIRST = """
SELECT id, timestamp, level, event, message FROM logs
WHERE timestamp >= :from AND timestamp < :to AND (:level IS NULL OR level = :level) AND (:event IS NULL OR event = :event)
ORDER BY timestamp, id LIMIT :limit
"""
LOGS_LAST = """
SELECT id, timestamp, level, event, message FROM logs
WHERE timestamp >= :from AND timestamp < :to AND (:level IS NULL OR level = :level) AND (:event IS NULL OR event = :event)
ORDER BY timestamp DESC, id DESC LIMIT :limit
"""

ACCOUNTS = "SELECT pair, mode, count(*) AS count FROM trades GROUP BY pair, mode ORDER BY pair, mode"
ORIGIN = "SELECT value FROM state WHERE key = 'origin'"


@dataclass(frozen=True, slots=True)
class Series:
    """The statements over one series of minutes.

    first, last: opens of the first and the last of at most `:limit` bars of a range, counted from its start or
        from its end; null when there are none.
    minutes: the minutes of a range.
    bars: the bars of a range that begins and ends with a bar. `sources` is null when a minute's is unknown;
        `minutes` counts the minutes that exist.
    """

    first: str
    last: str
    minutes: str
    bars: str


def _series(minutes: str) -> Series:
    edges = f"""
    WITH RECURSIVE bars (open_time) AS (
        SELECT (SELECT timestamp - timestamp % :span FROM {minutes}
                WHERE pair = :pair AND timestamp >= :from AND timestamp < :to
                ORDER BY timestamp {{order}} LIMIT 1)
        UNION ALL
        SELECT (SELECT timestamp - timestamp % :span FROM {minutes}
                WHERE pair = :pair AND timestamp >= {{after}} AND timestamp < {{before}}
                ORDER BY timestamp {{order}} LIMIT 1)
        FROM bars WHERE open_time IS NOT NULL
        LIMIT :limit
    )
    SELECT min(open_time), max(open_time) FROM bars"""  # noqa: S608 - only our own text is put in
    return Series(
        first=edges.format(order="ASC", after="open_time + :span", before=":to"),
        last=edges.format(order="DESC", after=":from", before="open_time"),
        minutes=f"""
    SELECT timestamp, open, high, low, close, vBuy, vSell, sources, configured
    FROM {minutes}
    WHERE pair = :pair AND timestamp >= :from AND timestamp < :to
    ORDER BY timestamp""",  # noqa: S608
        bars=f"""
    WITH bars AS MATERIALIZED (
        SELECT timestamp - timestamp % :span AS open_time, min(timestamp) AS opened, max(timestamp) AS closed,
               max(high) AS high, min(low) AS low, sum(vBuy) AS vBuy, sum(vSell) AS vSell,
               CASE WHEN count(sources) = count(*) THEN min(sources) END AS sources,
               max(configured) AS configured, count(*) AS minutes
        FROM {minutes}
        WHERE pair = :pair AND timestamp >= :from AND timestamp < :to
        GROUP BY open_time
    )
    SELECT bars.open_time, opening.open, bars.high, bars.low, closing.close, bars.vBuy, bars.vSell,
           CASE WHEN bars.minutes < (min(bars.open_time + :span, :newest + 60000) - bars.open_time) / 60000 THEN 0
                ELSE bars.sources END,
           bars.configured
    FROM bars
    JOIN {minutes} AS opening ON opening.timestamp = bars.opened AND opening.pair = :pair
    JOIN {minutes} AS closing ON closing.timestamp = bars.closed AND closing.pair = :pair
    ORDER BY bars.open_time""",  # noqa: S608
    )


AGGREGATED = _series("candles")
"""All exchanges together."""

OF_EXCHANGE = _series("""(
        SELECT timestamp, pair, open, high, low, close, vBuy, vSell, complete > 0 AS sources, 1 AS configured
        FROM exchange_candles WHERE exchange = :exchange)""")
"""One exchange alone: `sources` of 1 says whether the minute is whole."""

STORED = """
SELECT timestamp - timestamp % :span AS open_time, count(*), count(*) - count(sources)
FROM candles
WHERE pair = :pair AND timestamp >= :from AND timestamp < :to
GROUP BY open_time ORDER BY open_time"""
"""The stored bars of a range: open, minutes, minutes of which nobody said how many exchanges were complete."""

SEEN = """
SELECT timestamp - timestamp % :span AS open_time, exchange, sum(complete > 0), sum(complete = 2)
FROM exchange_candles
WHERE pair = :pair AND timestamp >= :from AND timestamp < :to
GROUP BY open_time, exchange"""
"""What each exchange saw of the bars of a range: open, exchange, complete minutes, healed ones among them."""
