"""Where the strategy goes on when the bot starts, so that no bar is traded twice or skipped.

Saved state: it goes on there, and takes the minutes that were stored since (a back-fill while it was away) in order.
None, and nothing traded: what is stored is history, replayed in the account `backtest`. Other parameters than last
time: the indicators are computed anew. State that can't be read: it goes on from the tables (recovery.py). All of
it in the transaction that also writes what comes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bot.core import saved
from bot.core.saved import UnusableStateError
from bot.records import BACKTEST
from bot.store import rows, traded
from bot.trading import recovery
from bot.trading.desk import Desk

CHECKPOINTS = 8
"""So many days back a replay can begin without going through the whole history."""

if TYPE_CHECKING:
    import sqlite3

    from bot.core.parameters import Parameters
    from bot.core.saved import Saved


def state_key(pair: str) -> str:
    """Return the key of `state` under which a pair's strategy is kept."""
    return f"strategy:{pair}"


def checkpoint_key(pair: str) -> str:
    """Return the key of `state` under which a pair's daily checkpoints are kept: newest minute -> state."""
    return f"checkpoints:{pair}"


def read_saved(sql: sqlite3.Connection, pair: str) -> Saved | None:
    """Return the strategy's saved state; None where there is none.

    Raises:
        UnusableStateError: It can't be read, or lacks something.
    """
    plain = rows.read_state(sql, state_key(pair))
    return None if plain is None else saved.read(plain, msgspec)


def read_checkpoints(sql: sqlite3.Connection, pair: str) -> dict[int, object]:
    """Return the daily checkpoints that can still be gone on from: newest minute -> plain state."""
    try:
        kept = rows.read_state(sql, checkpoint_key(pair))
    except UnusableStateError:
        return {}
    usable: dict[int, object] = {}
    for minute, plain in kept.items() if isinstance(kept, dict) else ():
        try:
            if saved.read(plain, msgspec).trader.indicators.bars.newest == int(minute):
                usable[int(minute)] = plain
        except ValueError:  # unusable, or named by what is no minute: dropped
            continue
    return usable


def put_checkpoint(sql: sqlite3.Connection, pair: str, desk: Desk, now: int) -> None:
    """Keep the desk's state of today, so that a replay of the last days can begin there."""
    if desk.newest is None:
        return
    states = read_checkpoints(sql, pair) | {desk.newest: saved.write(desk.saved(), msgspec)}
    newest = sorted(states)[-CHECKPOINTS:]
    rows.put_state(sql, checkpoint_key(pair), {str(minute): states[minute] for minute in newest}, now)


def open_desk(
    sql: sqlite3.Connection, pair: str, parameters: Parameters, configuration: int, now: int
) -> tuple[Desk, str | None]:
    """Return the desk of a pair, up to date with what is stored, and store what that brought.

    Args:
        sql: An open transaction.
        pair: The pair.
        parameters: Those to trade with, which `configuration` names.
        configuration: The id of the newest row of `configurations`.
        now: Our clock, UTC ms: when what is decided here is decided.

    Returns:
        The desk, and why the saved state was of no use; None where it was, or where there was none yet.
    """
    try:
        state, lost = read_saved(sql, pair), None
        if state is None and traded.has_traded(sql, pair):
            lost = "it is missing"
    except UnusableStateError as error:
        state, lost = None, str(error)
    if lost is not None:
        desk = Desk(parameters, configuration, recovery.from_tables(sql, pair, parameters, now))
        traded.put_booked(sql, pair, desk.recover(rows.each_seen_candle(sql, pair)))
        rows.put_state(sql, checkpoint_key(pair), {}, now)  # their runs may be told otherwise
    elif state is None:
        desk = Desk(parameters, configuration)
        traded.put_booked(sql, pair, desk.take(rows.each_candle(sql, pair), None, BACKTEST))
        traded.put_booked(sql, pair, desk.end_history())
    else:
        desk = Desk(parameters, configuration, state)
        if state.runs and traded.read_parameters(sql, state.runs[-1].configuration) != parameters.plain():
            until = 0 if desk.newest is None else desk.newest + 1
            traded.put_booked(sql, pair, desk.rebuild(rows.each_seen_candle(sql, pair, end=until)))
        since = 0 if desk.newest is None else desk.newest + 1
        traded.put_booked(sql, pair, desk.take(rows.each_candle(sql, pair, since), now))
    put_desk(sql, pair, desk, now)
    return desk, lost


def put_desk(sql: sqlite3.Connection, pair: str, desk: Desk, now: int) -> None:
    """Store where the desk stands: its state and its open position."""
    rows.put_state(sql, state_key(pair), saved.write(desk.saved(), msgspec), now)
    traded.put_order(sql, pair, desk.order)
