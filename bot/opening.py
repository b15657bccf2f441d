"""Where the strategy goes on when the bot starts, so that no bar is traded twice or skipped.

Saved state: it goes on there, and takes the minutes that were stored since (a back-fill while it was away) in order.
None: what is stored is history, replayed in the account `backtest`. Other parameters than last time: the indicators
are computed anew. All of it in the transaction that also writes what comes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bot.store import rows
from bot.trading import BACKTEST, Desk, restore

CHECKPOINTS = 8
"""So many days back a replay can begin without going through the whole history."""

if TYPE_CHECKING:
    import sqlite3

    from bot.core.parameters import Parameters
    from bot.core.plain import Json


def state_key(pair: str) -> str:
    """Return the key of `state` under which a pair's strategy is kept."""
    return f"strategy:{pair}"


def checkpoint_key(pair: str) -> str:
    """Return the key of `state` under which a pair's daily checkpoints are kept: newest minute -> state."""
    return f"checkpoints:{pair}"


def put_checkpoint(sql: sqlite3.Connection, pair: str, desk: Desk, now: int) -> None:
    """Keep the desk's state of today, so that a replay of the last days can begin there."""
    kept = rows.read_state(sql, checkpoint_key(pair))
    states = {**kept, str(desk.newest): desk.saved()} if isinstance(kept, dict) else {str(desk.newest): desk.saved()}
    newest = sorted(states, key=int)[-CHECKPOINTS:]
    rows.put_state(sql, checkpoint_key(pair), {minute: states[minute] for minute in newest}, now)


def open_desk(sql: sqlite3.Connection, pair: str, parameters: Parameters, configuration: int, now: int) -> Desk:
    """Return the desk of a pair, up to date with what is stored, and store what that brought.

    Args:
        sql: An open transaction.
        pair: The pair.
        parameters: Those to trade with, which `configuration` names.
        configuration: The id of the newest row of `configurations`.
        now: Our clock, UTC ms: when what is decided here is decided.
    """
    plain = rows.read_state(sql, state_key(pair))
    if plain is None:
        desk = Desk(parameters, configuration)
        rows.put_booked(sql, pair, desk.take(rows.each_candle(sql, pair), None, BACKTEST))
        rows.put_booked(sql, pair, desk.end_history())
    else:
        saved = restore(cast("Json", plain))
        desk = Desk(parameters, configuration, saved)
        if saved.runs and rows.read_parameters(sql, saved.runs[-1].configuration) != parameters.plain():
            until = 0 if desk.newest is None else desk.newest + 1
            rows.put_booked(sql, pair, desk.rebuild(rows.each_seen_candle(sql, pair, end=until)))
        since = 0 if desk.newest is None else desk.newest + 1
        rows.put_booked(sql, pair, desk.take(rows.each_candle(sql, pair, since), now))
    put_desk(sql, pair, desk, now)
    return desk


def put_desk(sql: sqlite3.Connection, pair: str, desk: Desk, now: int) -> None:
    """Store where the desk stands: its state and its open position."""
    rows.put_state(sql, state_key(pair), desk.saved(), now)
    rows.put_order(sql, pair, desk.order)
