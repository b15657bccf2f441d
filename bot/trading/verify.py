"""Is what the bot traded live what a replay of its candles gives? Each difference is a fault, and is named.

Three questions, over the stored rows:

1. Is every aggregated candle what the exchanges' candles say, by the one function? A candle that is not was changed by
   somebody else.
2. The candles **as the strategy saw them** (`candle_corrections` undone), through the same desk: do the same events and
   trades come out, bit for bit? Every difference is a fault.
3. The candles as they are now: what would complete data have traded? That is no fault; it is told beside.

A replay follows the runs the bot kept in `state`: which configuration and account from which minute on. It begins with
the first minute, or at a checkpoint (the desk's state, kept daily) when only the last days are asked for.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, cast

import msgspec

from bot.core.aggregate import Candle, aggregate
from bot.core.exchanges import EXCHANGES
from bot.core.parameters import Parameters
from bot.core.saved import Saved, UnusableStateError, read
from bot.core.times import DAY, to_iso
from bot.errors import DatabaseError
from bot.records import BACKTEST, Booked
from bot.store import rows, traded
from bot.trading.desk import Desk
from bot.trading.restart import read_checkpoints, read_saved

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator

    from bot.records import BookedEvent, BookedTrade


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is stored otherwise than it comes out."""

    kind: str
    """`candle`, `trade` or `event`."""
    timestamp: int
    """The minute of a candle, the exit of a trade, the bar of an event; UTC ms."""
    what: str
    """In words, with both values."""


@dataclass(slots=True)
class Verdict:
    """What was compared, and what differs."""

    pair: str
    start: int
    """The first minute compared."""
    end: int
    """The last."""
    minutes: int = 0
    trades: int = 0
    """Trades that are stored in the span."""
    events: int = 0
    differences: list[Difference] = field(default_factory=list)
    """Faults."""
    corrected: list[Difference] = field(default_factory=list)
    """What the corrected candles would have traded otherwise."""


def verify(sql: sqlite3.Connection, pair: str, days: int | None = None) -> Verdict | None:
    """Compare what is stored with what a replay gives.

    Args:
        sql: A connection that sees one moment of the database.
        pair: The pair.
        days: Only so many of the last days, as far as a checkpoint allows; None: everything.

    Returns:
        The verdict; None when no bot has traded the pair here.

    Raises:
        DatabaseError: The strategy's saved state can't be read.
    """
    try:
        saved = read_saved(sql, pair)
    except UnusableStateError as error:
        raise DatabaseError(
            f"the saved state of {pair} can't be read ({error}), so nothing can be replayed: start `cvdbot run`,"
            " it goes on from the stored trades and orders"
        ) from None
    if saved is None:
        return None
    newest = saved.trader.indicators.bars.newest
    if newest is None:
        return Verdict(pair, 0, 0)
    begun = None if days is None else _checkpoint(sql, pair, newest - days * DAY)
    after_minute = -1 if begun is None else cast("int", begun.trader.indicators.bars.newest)
    after_bar = -1 if begun is None or begun.trader.newest_bar is None else begun.trader.newest_bar
    stored = Booked(traded.read_events(sql, pair, after_bar), traded.read_trades(sql, pair, after_bar))
    verdict = Verdict(pair, after_minute + 1, newest, trades=len(stored.trades), events=len(stored.events))
    verdict.differences += _candles(sql, pair, after_minute + 1, verdict)

    def seen(start: int, end: int) -> Iterator[Candle]:
        return rows.each_seen_candle(sql, pair, start, end)

    def now(start: int, end: int) -> Iterator[Candle]:
        return rows.each_candle(sql, pair, start, end)

    verdict.differences += compare(stored, _replay(sql, saved, begun, seen))
    verdict.corrected += compare(stored, _replay(sql, saved, begun, now))
    return verdict


def compare(stored: Booked, replayed: Booked) -> list[Difference]:
    """Name each event and trade that is not the same in both, in order."""
    events = _pair_up(stored.events, replayed.events, lambda one: one.event.timestamp, "event", _story)
    trades = _pair_up(stored.trades, replayed.trades, lambda one: one.trade.exit_time, "trade", _figures)
    return [*trades, *events]


def _pair_up(
    stored: Iterable[BookedEvent] | Iterable[BookedTrade],
    replayed: Iterable[BookedEvent] | Iterable[BookedTrade],
    when: Callable[..., int],
    kind: str,
    tell: Callable[..., dict[str, object]],
) -> Iterator[Difference]:
    left = {_name(kind, one): one for one in stored}
    right = {_name(kind, one): one for one in replayed}
    for name in sorted(left.keys() | right.keys(), key=str):
        mine, theirs = left.get(name), right.get(name)
        if mine is None:
            yield Difference(kind, when(theirs), f"{name}: not stored, the replay has {tell(theirs)}")
        elif theirs is None:
            yield Difference(kind, when(mine), f"{name}: stored as {tell(mine)}, the replay has none")
        else:
            one, other = tell(mine), tell(theirs)
            apart = [f"{key} {one[key]} stored, {other[key]} replayed" for key in one if one[key] != other[key]]
            if apart:
                yield Difference(kind, when(mine), f"{name}: {', '.join(apart)}")


def _name(kind: str, one: BookedEvent | BookedTrade) -> str:
    if kind == "trade":
        trade = cast("BookedTrade", one)
        return f"{trade.mode} trade #{trade.trade.number}"
    event = cast("BookedEvent", one)
    return f"{event.mode} setup {event.event.setup} {event.event.kind} at {to_iso(event.event.timestamp)}"


def _story(one: BookedEvent) -> dict[str, object]:
    return {"price": one.event.price, "configuration": one.configuration, **dict(one.event.detail)}


def _figures(one: BookedTrade) -> dict[str, object]:
    trade = asdict(one.trade)
    return {"configuration": one.entered.configuration, **trade.pop("position"), **trade}


def _replay(
    sql: sqlite3.Connection, saved: Saved, begun: Saved | None, candles: Callable[[int, int], Iterator[Candle]]
) -> Booked:
    """Trade the candles again, run by run, from the beginning or from a checkpoint."""
    total = Booked()
    done = 0 if begun is None else len(begun.runs) - 1
    newest = cast("int", saved.trader.indicators.bars.newest)
    state = begun
    previous: dict[str, object] | None = None
    for number, run in enumerate(saved.runs):
        parameters = traded.read_parameters(sql, run.configuration)
        if number >= done:
            desk = Desk(Parameters.from_mapping(parameters), run.configuration, state)
            if number > done and run.recovered:
                _add(total, desk.recover(candles(0, (run.after or -1) + 1)))
            elif number > done and previous is not None and parameters != previous:
                _add(total, desk.rebuild(candles(0, (desk.newest or -1) + 1)))
            following = saved.runs[number + 1].after if number + 1 < len(saved.runs) else newest
            start = 0 if desk.newest is None else desk.newest + 1
            _add(total, desk.take(candles(start, 0 if following is None else following + 1), None, run.mode))
            if run.mode == BACKTEST:
                _add(total, desk.end_history())
            state = desk.saved()
        previous = parameters
    return total


def _add(total: Booked, more: Booked) -> None:
    total.events += more.events
    total.trades += more.trades


def _candles(sql: sqlite3.Connection, pair: str, start: int, verdict: Verdict) -> Iterator[Difference]:
    """Name each aggregated candle that is not what the exchanges' candles say."""
    _, distances = rows.last_before(sql, pair, EXCHANGES, start)
    first = rows.oldest_minute(sql, pair, start)
    if first is None:
        return
    verdict.start = first
    for day in range(first, verdict.end + 1, DAY):
        venues = rows.read_venues(sql, pair, day, day + DAY)
        stored = {candle.timestamp: candle for candle in rows.read_candles(sql, pair, day, day + DAY)}
        verdict.minutes += len(stored)
        for minute, seen in venues.items():
            candle = stored.get(minute)
            configured = 0 if candle is None else candle.configured or 0
            computed, distances = aggregate(minute, seen, distances, configured)
            if candle is None:
                yield Difference(
                    "candle", minute, f"{to_iso(minute)}: exchanges have it, the aggregated candle is absent"
                )
            elif candle != computed:
                one, other = asdict(candle), asdict(computed)
                apart = [f"{key} {one[key]} stored, {other[key]} computed" for key in one if one[key] != other[key]]
                yield Difference("candle", minute, f"{to_iso(minute)}: {', '.join(apart)}")


def _checkpoint(sql: sqlite3.Connection, pair: str, before: int) -> Saved | None:
    """Return the newest kept state of the desk that is not later than `before`; None where there is none."""
    kept = read_checkpoints(sql, pair)
    minutes = [minute for minute in kept if minute <= before]
    return read(kept[max(minutes)], msgspec) if minutes else None
