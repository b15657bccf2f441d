"""What is stored together: a minute's rows, their corrections, what was traded, and the lines of the log.

Plain values below both the store, which writes them, and what makes them: engine, desk, importers, journal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.core.aggregate import Candle
    from bot.core.ledger import CompletedTrade, Position
    from bot.core.minutes import VenueCandle
    from bot.core.saved import Entered
    from bot.core.setup import Event

BACKTEST, PAPER = "backtest", "paper"
"""The accounts a bot writes."""


@dataclass(frozen=True, slots=True)
class BookedEvent:
    """A row of `setup_events`."""

    mode: str
    configuration: int
    event: Event


@dataclass(frozen=True, slots=True)
class BookedTrade:
    """A row of `trades`."""

    mode: str
    entered: Entered
    trade: CompletedTrade


@dataclass(frozen=True, slots=True)
class BookedOrder:
    """A row of `orders`: the open position."""

    number: int
    """The number the trade will have."""
    entered: Entered
    position: Position


@dataclass(slots=True)
class Booked:
    """Rows to store with the candles that caused them."""

    events: list[BookedEvent] = field(default_factory=list)
    trades: list[BookedTrade] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Correction:
    """An aggregated candle that changed after it was out."""

    timestamp: int
    """Its minute."""
    was: Candle | None
    """As the strategy saw it; None where there was none."""


@dataclass(slots=True)
class Update:
    """What to store, together. Candles are in order of time; a None stands for a row to remove."""

    candles: dict[int, Candle | None] = field(default_factory=dict)
    """Minute -> its aggregated candle, new or corrected."""
    venues: dict[tuple[int, str], VenueCandle | None] = field(default_factory=dict)
    """(minute, exchange) -> its candle, new or corrected."""
    corrections: list[Correction] = field(default_factory=list)
    closed: list[Candle] = field(default_factory=list)
    """The candles that are new; the strategy has taken them."""
    booked: Booked = field(default_factory=Booked)
    """What the strategy did with them."""

    def __bool__(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.candles or self.venues)


@dataclass(frozen=True, slots=True)
class Resume:
    """What an earlier run stored of the last hour, for the next run to go on from."""

    candles: Sequence[Candle] = ()
    """Oldest first."""
    venues: Mapping[str, Sequence[VenueCandle]] = field(default_factory=dict)
    """Exchange -> its candles of the same minutes, oldest first."""
    distances: Mapping[str, float] = field(default_factory=dict)
    """Exchange -> its distance before the first of these minutes, USDT."""
    prices: Mapping[str, float] = field(default_factory=dict)
    """Exchange -> its last close before the first of these minutes."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of `logs`."""

    timestamp: int
    level: str
    """`info`, `warning` or `error`."""
    event: str
    message: str


@dataclass(frozen=True, slots=True)
class ImportedTrade:
    """A completed trade as the earlier bot kept it."""

    number: int
    entry_type: str
    entry_price: float
    entry_time: int
    exit_price: float
    exit_time: int
    profit: float
    outcome: str
    new_balance: float
