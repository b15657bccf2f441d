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
