"""The strategy's saved state is lost or can't be read: what do the tables still know?

Everything but the indicators, which the stored candles give again, and what a waiting setup had seen. The account is
that of the newest paper trade, the position that of `orders` with the story `setup_events` tell of it, the number of
the setup goes on, and which configuration was in force from which minute on is told by `configurations`. So nothing is
traded again, and an open position goes on; a setup that waited for its zone is aborted ("state lost").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.indicators import Indicators
from bot.core.ledger import SIDE
from bot.core.parameters import EntryMode, Parameters
from bot.core.saved import Run, Saved
from bot.core.setup import EventKind, Phase, Setup
from bot.core.times import MINUTE
from bot.core.trader import Trader, begin
from bot.core.zones import Direction, Zone
from bot.records import BACKTEST, PAPER
from bot.store import traded

if TYPE_CHECKING:
    import sqlite3

    from bot.core.ledger import Position

_WAITING = {
    EntryMode.FVG: Phase.WAITING_FOR_FVG,
    EntryMode.ORDER_BLOCK: Phase.WAITING_FOR_ORDER_BLOCK,
}


def from_tables(sql: sqlite3.Connection, pair: str, parameters: Parameters, now: int) -> Saved:
    """Return what a desk can go on from with `Desk.recover`: all but the indicators.

    `parameters` are those to trade with; they give the balance where nothing was traded yet.
    """
    story = traded.newest_story(sql, pair)
    found = traded.order(sql, pair)
    account = traded.account(sql, pair) or begin(parameters).account
    entered, position = (None, None) if found is None else found
    setup = _setup(story, position, sql)
    return Saved(Trader(account, Indicators(), None, setup), entered, _runs(sql, pair, now))


def _setup(story: traded.Story | None, position: Position | None, sql: sqlite3.Connection) -> Setup:
    """Return the newest setup that has left a trace, as far as its events tell."""
    if story is None:
        return Setup() if position is None else _entered(None, position)
    if position is not None:
        return _entered(story, position)
    last = story.events[-1]
    parameters = Parameters.from_mapping(traded.read_parameters(sql, story.configuration))
    waits = {
        EventKind.SIGNAL: _WAITING[parameters.entry_mode],
        EventKind.GAP: Phase.WAITING_FOR_RETRACEMENT,
        EventKind.ORDER_BLOCK: Phase.WAITING_FOR_RETRACEMENT,
    }
    if last.kind not in waits:
        return Setup(last.setup)
    first = story.events[0]
    return Setup(last.setup, waits[last.kind], _direction(first.detail), first.timestamp, _zone(story))


def _entered(story: traded.Story | None, position: Position) -> Setup:
    direction = next(direction for direction, side in SIDE.items() if side is position.side)
    if story is None or story.events[0].setup != position.setup:
        return Setup(position.setup, Phase.ENTERED, direction, position=position)
    signal = story.events[0].timestamp
    return Setup(position.setup, Phase.ENTERED, direction, signal, _zone(story), position=position)


def _zone(story: traded.Story) -> Zone | None:
    for event in story.events:
        if event.kind in {EventKind.GAP, EventKind.ORDER_BLOCK}:
            detail = event.detail
            direction = _direction(detail)
            start, top, bottom = (detail.get(name) for name in ("start", "top", "bottom"))
            if direction and isinstance(start, int) and isinstance(top, float) and isinstance(bottom, float):
                return Zone(start, direction, top, bottom)
    return None


def _direction(detail: object) -> Direction | None:
    direction = detail.get("direction") if isinstance(detail, dict) else None
    return Direction(direction) if direction in set(Direction) else None


def _runs(sql: sqlite3.Connection, pair: str, now: int) -> tuple[Run, ...]:
    """Return which configuration was in force from which minute on; history before the first start is its back-test."""
    runs: list[Run] = []
    for number, since in traded.configurations(sql, pair):
        if since >= now:  # this start's own: the desk adds it
            break
        after = traded.newest_until(sql, pair, since - MINUTE)
        if not runs and after is not None:
            runs.append(Run(number, None, BACKTEST))
        runs.append(Run(number, after, PAPER))
    return tuple(runs)
