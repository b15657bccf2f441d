"""What stands behind an account's figures: its parameters, how complete its minutes are, and a replay beside it.

Read from the snapshot of the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from webapp import queries
from webapp.request.timeframes import MINUTE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from analysis.account.statistics import Statistics
    from analysis.account.track_record import TrackRecord
    from analysis.batch.history import History
    from bot.core.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Completeness:
    """The minutes of a period.

    minutes: how many it has.
    stored: of how many there is a candle.
    whole: in how many every configured exchange counted; of imported ones nobody knows.
    exchanges: exchange -> in how many it was complete.
    """

    minutes: int
    stored: int
    whole: int
    exchanges: dict[str, int]


@dataclass(frozen=True, slots=True)
class Background:
    """What a report says beside what was traded.

    parameters: those at the end of the period.
    changed: how often the strategy was set up anew in it.
    replay: what the strategy does over the stored candles of the period; None where one set of parameters is not all
        there was, and for accounts that are replays themselves.
    """

    parameters: Parameters | None
    changed: int
    completeness: Completeness
    replay: Statistics | None


def read(sql: sqlite3.Connection, record: TrackRecord, history: Callable[[], History]) -> Background:
    """Read what stands behind a record.

    Args:
        sql: The snapshot's connection.
        record: What the account did.
        history: Gives all candles of the pair; only asked for a replay.
    """
    from analysis.account.accounts import parameters_of

    rows = sql.execute(queries.STRATEGIES, {"pair": record.pair}).fetchall()
    told = [(since, parameters_of(text)) for _, since, text in rows]
    before = [parameters for since, parameters in told if since <= record.begin][-1:]
    within = [parameters for since, parameters in told if record.begin < since < record.end]
    known = before + within
    changes = [now for last, now in pairwise(known) if now != last]
    live = record.mode == "paper" and record.end > record.begin and bool(known)
    replay = _replay(history(), known[-1], record) if live and not changes else None
    newest = known[-1] if known else told[0][1] if told else None
    return Background(newest, len(changes), _completeness(sql, record), replay)


def _replay(history: History, parameters: Parameters, record: TrackRecord) -> Statistics | None:
    from analysis.account.statistics import statistics
    from analysis.account.track_record import of_result
    from analysis.batch.backtest import backtest

    result = backtest(history, parameters, record.begin, record.end)
    return None if result.begin is None else statistics(of_result(history, result))


def _completeness(sql: sqlite3.Connection, record: TrackRecord) -> Completeness:
    names = {"pair": record.pair, "from": record.begin, "to": record.end}
    stored, whole = sql.execute(queries.MINUTES_WHOLE, names).fetchone()
    exchanges = dict(sql.execute(queries.MINUTES_OF_EXCHANGES, names).fetchall())
    return Completeness((record.end - record.begin) // MINUTE, stored, whole, exchanges)
