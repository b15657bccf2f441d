"""What is said of what happened: pure, in the words of the page where it says the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.alerts.outbox import Kind, Note
from bot.core.setup import EventKind
from bot.core.times import MINUTE, SECOND, to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.core.ledger import CompletedTrade, Position
    from bot.records import Booked, BookedOrder
    from bot.store.days import Day

HOURS = 60


@dataclass(frozen=True, slots=True)
class Pair:
    """Whose news it is."""

    name: str
    alone: bool
    """Whether it is the only pair: it need not be named then."""

    @property
    def label(self) -> str:
        """What stands before its news."""
        return "" if self.alone else f"{self.name}: "

    @property
    def quote(self) -> str:
        """The coin its money is counted in."""
        return self.name.partition("/")[2]


def started(now: int, version: str, listens: str, held: Mapping[str, BookedOrder]) -> Note:
    """Say that the bot runs: what it listens to, and the positions it goes on with, by the label of their pair."""
    titles = [f"{label}{_title(order.number, order.position)}" for label, order in held.items()]
    goes_on = f"; it goes on with {', '.join(titles)}" if titles else ""
    return Note(Kind.LIFE, now, f"cvdbot {version} started: {listens}{goes_on}")


def stopped(now: int, *, asked: bool) -> Note:
    """Say that the bot ends: as it was told to, or by itself."""
    return Note(Kind.LIFE, now, "cvdbot stopped" if asked else "cvdbot ended by a failure: its log says why")


def traded(now: int, about: Pair, booked: Iterable[Booked], order: BookedOrder | None) -> Iterator[Note]:
    """Tell the entries and exits of what was stored, in their order.

    Args:
        now: The bot's clock, UTC ms.
        about: Whose they are.
        booked: What was stored together, oldest first.
        order: The position that is open after it.
    """
    booked = list(booked)
    left = {each.trade.position.setup: each.trade for one in booked for each in one.trades}
    for event in (each.event for one in booked for each in one.events):
        trade = left.get(event.setup)
        if event.kind is EventKind.EXITED and trade is not None:
            yield Note(Kind.TRADE, now, about.label + _exit(trade, about.quote))
        elif event.kind is EventKind.ENTERED and trade is not None:
            yield Note(Kind.TRADE, now, about.label + _entry(trade.number, trade.position))
        elif event.kind is EventKind.ENTERED and order is not None and order.position.setup == event.setup:
            yield Note(Kind.TRADE, now, about.label + _entry(order.number, order.position))


def away(now: int, exchange: str, duration: int) -> Note:
    """Say that an exchange is not connected, for so many ms by now."""
    return Note(Kind.EXCHANGE, now, f"{exchange} is away, for {length(duration)} by now", exchange)


def back(now: int, exchange: str, duration: int) -> Note:
    """Say that an exchange is connected again, after so many ms."""
    return Note(Kind.EXCHANGE, now, f"{exchange} is back after {length(duration)}", exchange)


def summary(now: int, about: Pair, day: Day) -> Note:
    """Sum a day of a pair up."""
    trades = "1 trade" if day.trades == 1 else f"{day.trades} trades"
    text = (
        f"{about.label}{to_iso(day.start)[:10]}: running, {day.candles} candles saved, {trades}"
        f"{f' ({dollars(day.profit)})' if day.trades else ''}, balance {day.balance:,.2f} {about.quote}"
    )
    return Note(Kind.DAY, now, text)


def disk(now: int, free: int, *, nearly_full: bool) -> Note:
    """Say how many bytes the disk has left: too few, or enough again."""
    text = f"The disk of the database is nearly full: {free / 1e6:,.0f} MB are free"
    return Note(Kind.TROUBLE, now, text if nearly_full else f"The disk has room again: {free / 1e6:,.0f} MB are free")


def backup(now: int, made: int | None, *, old: bool) -> Note:
    """Say that there is no backup of the last days, or one again; `made` is when the newest was, UTC ms."""
    newest = "none was made" if made is None else f"the newest is of {to_iso(made)}"
    return Note(Kind.TROUBLE, now, f"No backup for two days: {newest}" if old else "There is a backup again")


def dollars(value: float) -> str:
    """Return whole dollars as the page writes them: `$383`, `-$412`."""
    return f"{'-' if round(value) < 0 else ''}${abs(value):,.0f}"


def length(duration: int) -> str:
    """Return ms as seconds, minutes, or hours and minutes."""
    minutes = max(duration, 0) // MINUTE
    if not minutes:
        return f"{max(duration, 0) // SECOND} s"
    return f"{minutes} min" if minutes < HOURS else f"{minutes // HOURS} h {minutes % HOURS} min"


def listens_to(pairs: Sequence[str], market: str, exchanges: Sequence[str]) -> str:
    """Return in words what the bot listens to."""
    return f"{', '.join(pairs)} {market} on {', '.join(exchanges)}"


def _title(number: int, position: Position) -> str:
    return f"Trade #{number}, {position.side}"


def _entry(number: int, position: Position) -> str:
    return (
        f"{_title(number, position)} at {position.entry_price:,.2f}, on paper:"
        f" stop {position.stop_loss:,.2f}, target {position.take_profit:,.2f}"
    )


def _exit(trade: CompletedTrade, quote: str) -> str:
    return (
        f"{_title(trade.number, trade.position)}, Profit: {dollars(trade.profit)}"
        f" ({trade.outcome} at {trade.exit_price:,.2f}), balance {trade.new_balance:,.2f} {quote}"
    )
