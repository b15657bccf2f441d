"""What became of each setup of a back-test, step by step? The story that the streaming strategy would have told.

The batch back-test visits only the bars where something can happen; here each of its setups is told by the same events,
with the same values, as `bot.core.strategy` gives them. Held equal to it by tests. Rules: docs/strategy.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.batch.backtest import Walk, walk
from analysis.batch.zones import DIRECTIONS
from bot.core.parameters import EntryMode
from bot.core.setup import EventKind, Phase, Setup, waits_for
from bot.core.zones import Zone

if TYPE_CHECKING:
    from analysis.batch.backtest import Attempt, Result
    from analysis.batch.history import History
    from bot.core.parameters import Parameters

Plain = dict[str, Any]


def setups(history: History, result: Result) -> list[Plain]:
    """Return the setups of a run that had a signal, oldest first, as `/api/setups` tells them.

    `trade` is the number of the completed trade; None where there is none.
    """
    if result.begin is None or result.end is None:
        return []
    seen = walk(history, result.parameters, result.begin, result.end)
    trades = {trade.position.setup: trade for trade in result.trades}
    teller = _Teller(history, result, seen)
    return [teller.tell(attempt, trades.get(attempt.setup)) for attempt in seen.attempts]


class _Teller:
    def __init__(self, history: History, result: Result, seen: Walk) -> None:
        p: Parameters = result.parameters
        self._p, self._seen, self._open = p, seen, result.open
        self._chart, self._cvd = history.bars(p), history.cvd(p)
        self._atr, self._risk_atr = history.atr(p, p.atr_length), history.risk_atr(p)
        self._kind = EventKind.GAP if p.entry_mode is EntryMode.FVG else EventKind.ORDER_BLOCK
        self._awaits = Phase.WAITING_FOR_FVG if p.entry_mode is EntryMode.FVG else Phase.WAITING_FOR_ORDER_BLOCK

    def tell(self, attempt: Attempt, trade: Any) -> Plain:  # noqa: ANN401 - a completed trade or None
        """Tell one setup from its signal to where it stands."""
        direction = DIRECTIONS[attempt.direction]
        signal_time = int(self._chart.timestamp[attempt.signal])
        setup = Setup(attempt.setup, self._awaits, direction, signal_time)
        events = [self._event(attempt.signal, EventKind.SIGNAL, attempt, cvd=float(self._cvd.close[attempt.signal]))]
        zone = None
        if attempt.taken is not None:
            found = self._seen.zones
            start = int(self._chart.timestamp[found.start[attempt.zone]])
            top, bottom = float(found.top[attempt.zone]), float(found.bottom[attempt.zone])
            events.append(
                self._event(
                    attempt.taken,
                    self._kind,
                    attempt,
                    start=start,
                    top=top,
                    bottom=bottom,
                    atr=self._known(attempt.taken),
                )
            )
            assert direction is not None  # noqa: S101 - a signal has one
            zone = Zone(start, direction, top, bottom)
            setup = Setup(attempt.setup, Phase.WAITING_FOR_RETRACEMENT, direction, signal_time, zone)
        position = self._open if trade is None else trade.position
        if attempt.entry is not None and position is not None:
            events += self._entered(attempt, position)
            setup = Setup(attempt.setup, Phase.ENTERED, direction, signal_time, zone, position=position)
            if trade is not None:
                events.append(
                    {
                        "timestamp": trade.exit_time,
                        "event": EventKind.EXITED,
                        "price": trade.exit_price,
                        "detail": {
                            "direction": direction,
                            "outcome": trade.outcome,
                            "entry_price": position.entry_price,
                        },
                    }
                )
        elif attempt.aborted is not None:
            cvd = float(self._cvd.close[attempt.aborted])
            why = {"reason": "opposite signal", "phase": setup.phase, "cvd": cvd}
            events.append(self._event(attempt.aborted, EventKind.ABORTED, attempt, **why))
        over = events[-1]["event"] in {EventKind.EXITED, EventKind.ABORTED}
        return {
            "id": attempt.setup,
            "direction": direction,
            "state": events[-1]["event"] if over else setup.phase,
            "waits_for": None if over else waits_for(setup),
            "trade": None if trade is None else trade.number,
            "events": events,
        }

    def _entered(self, attempt: Attempt, position: Any) -> list[Plain]:  # noqa: ANN401
        bar = attempt.entry
        assert bar is not None  # noqa: S101 - asked for only then
        high, low = float(self._chart.high[bar]), float(self._chart.low[bar])
        back = (
            [self._event(bar, EventKind.RETRACED, attempt, high=high, low=low)] if self._p.require_retracement else []
        )
        levels = {"side": position.side, "stop_loss": position.stop_loss, "take_profit": position.take_profit}
        atr = {"atr": self._known(bar), "risk_atr": float(self._risk_atr[bar])}
        return [*back, self._event(bar, EventKind.ENTERED, attempt, **levels, **atr)]

    def _event(self, bar: int, kind: EventKind, attempt: Attempt, **detail: object) -> Plain:
        return {
            "timestamp": int(self._chart.timestamp[bar]),
            "event": kind,
            "price": float(self._chart.close[bar]),
            "detail": {"direction": DIRECTIONS[attempt.direction], **detail},
        }

    def _known(self, bar: int) -> float | None:
        value = float(self._atr[bar])
        return None if value != value else value  # noqa: PLR0124 - nan while it is undefined
