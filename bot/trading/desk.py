"""The paper account as it trades: closed candles in, the rows of a trade's story out.

`bot.core.trader` decides; here its events, trades and open position get what only the running bot knows: the account's
mode, the configuration they were decided under, and when (`decided`, our clock). Entries decided long after their bar
closed (bars that were back-filled after an outage) can so be told apart: nobody could have made them.

A desk is restored from what it saved with the last candle. When there is nothing saved, what is stored before is
history: it is replayed in the account `backtest`, an open position at its end is closed (`Forced Close`), and the
account `paper` begins with the indicators warm. When the parameters change, or what was saved is lost, the indicators
are computed anew over the stored candles; the account and an open position go on, an unfinished setup is aborted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core import trader
from bot.core.bars import Minute
from bot.core.saved import Entered, Run, Saved
from bot.core.setup import Event, EventKind, Phase, Setup
from bot.records import BACKTEST, PAPER, Booked, BookedEvent, BookedOrder, BookedTrade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.core.aggregate import Candle
    from bot.core.parameters import Parameters
    from bot.core.trader import Happened

NEVER = 1 << 62


class Desk:
    """The strategy of one pair, trading."""

    def __init__(self, parameters: Parameters, configuration: int, saved: Saved | None = None) -> None:
        """Go on from `saved`, or begin before the first minute."""
        self._parameters = parameters
        self._configuration = configuration
        self._trader = trader.begin(parameters) if saved is None else saved.trader
        self._entered = None if saved is None else saved.entered
        self._runs = () if saved is None else saved.runs

    @property
    def newest(self) -> int | None:
        """The newest minute it has taken."""
        return self._trader.indicators.bars.newest

    @property
    def order(self) -> BookedOrder | None:
        """The open position, None when flat."""
        position = trader.position(self._trader)
        if position is None or self._entered is None:
            return None
        return BookedOrder(self._trader.account.trades + 1, self._entered, position)

    def saved(self) -> Saved:
        """Return what another desk goes on from."""
        return Saved(self._trader, self._entered, self._runs)

    def take(self, candles: Iterable[Candle], now: int | None, mode: str = PAPER) -> Booked:
        """Trade closed candles, oldest first and each newer than the last; `now` is None in a replay."""
        booked = Booked()
        for candle in candles:
            if not self._runs or (self._runs[-1].configuration, self._runs[-1].mode) != (self._configuration, mode):
                self._runs = (*self._runs, Run(self._configuration, self.newest, mode))
            self._trader, happened = trader.step(self._parameters, self._trader, minute_of(candle))
            self._book(happened, booked, now, mode)
        return booked

    def end_history(self) -> Booked:
        """Close what is open at the newest bar's close, and begin the paper account with its balance."""
        booked = Booked()
        self._trader, happened = trader.force_close(self._parameters, self._trader)
        self._book(happened, booked, None, BACKTEST)
        self._trader = replace(self._trader, account=trader.begin(self._parameters).account)
        return booked

    def rebuild(self, candles: Iterable[Candle]) -> Booked:
        """Take the indicators of new parameters from all candles so far; keep the account and an open position."""
        self._runs = (*self._runs, Run(self._configuration, self.newest, PAPER))
        return self._warm_up(candles, "configuration changed")

    def recover(self, candles: Iterable[Candle]) -> Booked:
        """Take the indicators from all candles so far because the saved ones are lost; keep account and position.

        A setup that waited is aborted. One that had no signal yet has left no trace in the tables: it never was.
        """
        if self._trader.setup.phase is Phase.WAITING_FOR_CVD:
            self._trader = replace(self._trader, setup=Setup(self._trader.setup.number - 1))
        booked = self._warm_up(candles, "state lost")
        self._runs = (*self._runs, Run(self._configuration, self.newest, PAPER, recovered=True))
        return booked

    def _warm_up(self, candles: Iterable[Candle], reason: str) -> Booked:
        booked = Booked()
        setup = self._trader.setup
        warm = trader.begin(self._parameters)
        for candle in candles:
            warm, _ = trader.step(self._parameters, warm, minute_of(candle), setups_from=NEVER)
        if setup.phase in _UNFINISHED and warm.newest_bar is not None and warm.indicators.close is not None:
            detail = {"direction": setup.direction, "reason": reason, "phase": setup.phase}
            event = Event(warm.newest_bar, setup.number, EventKind.ABORTED, warm.indicators.close, detail)
            booked.events.append(BookedEvent(PAPER, self._configuration, event))
        if setup.phase is not Phase.ENTERED:
            setup = Setup(setup.number)
        self._trader = replace(warm, account=self._trader.account, setup=setup)
        return booked

    def _book(self, happened: Happened, booked: Booked, now: int | None, mode: str) -> None:
        trades = iter(happened.trades)
        for event in happened.events:
            booked.events.append(BookedEvent(mode, self._configuration, event))
            if event.kind is EventKind.ENTERED:
                self._entered = Entered(self._configuration, now)
            elif event.kind is EventKind.EXITED and self._entered is not None:
                booked.trades.append(BookedTrade(mode, self._entered, next(trades)))
                self._entered = None


_UNFINISHED = (Phase.WAITING_FOR_FVG, Phase.WAITING_FOR_ORDER_BLOCK, Phase.WAITING_FOR_RETRACEMENT)
"""A setup that has a story and no end; before its signal it has none."""


def minute_of(candle: Candle) -> Minute:
    """Return what the strategy sees of a candle."""
    return Minute(candle.timestamp, candle.open, candle.high, candle.low, candle.close, candle.buy, candle.sell)
