"""The figures of an account as docs/statistics.md tells them: plain Python over rows of a database, one by one.

Written from the page and not from analysis/, so that the two can be held against each other.
"""

from __future__ import annotations

import math
import re
import statistics
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Row = dict[str, Any]
    Named = dict[str, Callable[[], float | None]]

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PAGE = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text()

TABLE = {
    name: ("" if unit == "-" else unit, text)
    for name, unit, text in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
}
"""Name of a figure -> unit and definition, as the page has them."""

OF_NO_PROFIT = {
    *("trades", "long_trades", "short_trades", "both_hit", "price_profit", "fees", "fees_share"),
    *("average_duration", "median_duration", "longest_duration", "exposure", "average_leverage", "max_leverage"),
    *("profit_at_0_percent", "profit_at_0_055_percent", "profit_at_0_1_percent", "buy_and_hold_percent"),
    *("break_even_win_rate_before_fees", "ruined", "marked_ruined"),
    *(f"{of}max_drawdown_{what}" for of in ("", "marked_") for what in ("length", "start", "trough", "end")),
}
"""Figures that are no profit, or that name the fees they are at."""


def needs(name: str) -> tuple[int, str]:
    """How many of what a figure needs, in the singular: `(30, "day")`."""
    found = re.search(r"Needs at least (\d+) (.+?)s?\.$", TABLE[name][1])
    return (int(found[1]), found[2]) if found else (0, name.removesuffix("s").replace("_", " "))


@dataclass(frozen=True)
class Fall:
    """The deepest fall of a series, its instants in UTC ms; `percent` is the largest one."""

    amount: float = 0.0
    percent: float = 0.0
    start: int | None = None
    trough: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Told:
    """Some trades of an account over a span, and the bars of it; rows as SQLite has them."""

    trades: list[Row]
    """Each also with `before`, the balance at its entry."""
    order: Row | None
    """The position that is open at the end."""
    bars: dict[int, tuple[float, float, float]]
    """Open of a bar, UTC ms -> high, low, close."""
    begin: int
    end: int
    bar: int
    initial: float
    rate: float
    """Fees and slippage a side, a fraction, of what is no completed trade."""
    size: float

    @cached_property
    def worth(self) -> dict[int, tuple[float, float]]:
        """Of each bar the balance, and with what the open position would bring at its close."""
        waiting = [(trade, rate_of(trade)) for trade in self.trades]
        if self.order:
            waiting.append((self.order | {"exitTime": self.end}, self.rate))
        balance, found = self.initial, {}
        for time, (_, _, close) in self.bars.items():
            while waiting and waiting[0][0]["exitTime"] <= time:
                balance += waiting.pop(0)[0]["profit"]
            marked = balance
            for trade, rate in waiting:
                if trade["entryTime"] > time:
                    break
                paid, size = trade["entryPrice"], trade["size"] or 0
                marked += (side(trade) * (close - paid) - rate * (paid + close)) * size
            found[time] = balance, marked
        return found

    @cached_property
    def booked(self) -> Fall:
        """The deepest fall of the balance."""
        balance, points = self.initial, []
        for trade in self.trades:
            balance += trade["profit"]
            points.append((trade["exitTime"], balance))
        return self.deepest(points)

    @cached_property
    def marked(self) -> Fall:
        """The deepest fall of the account marked to market."""
        return self.deepest([(time, marked) for time, (_, marked) in self.worth.items()])

    def deepest(self, points: Iterable[tuple[int, float]]) -> Fall:
        """The deepest fall from the highest value before, the initial balance included."""
        highest, since, percent, fall, from_height = self.initial, self.begin, 0.0, Fall(), math.inf
        for time, value in points:
            if fall.trough is not None and fall.end is None and value >= from_height:
                fall = replace(fall, end=time)
            if value >= highest:
                highest, since = value, time
            percent = max(percent, 100 * (highest - value) / highest)
            if highest - value > fall.amount:
                fall, from_height = Fall(highest - value, 0.0, since, time), highest
        return replace(fall, percent=percent)

    @cached_property
    def daily(self) -> list[float]:
        """The change of the account marked to market on each UTC day that the span touches."""
        last = {time // DAY: marked for time, (_, marked) in self.worth.items()}
        before, changes = self.initial, []
        for day in range(self.begin // DAY, (self.end - 1) // DAY + 1):
            changes.append(last.get(day, before) - before)
            before = last.get(day, before)
        return changes

    def count(self, of: str) -> int:
        """How many of something there are, in the page's words for what figures need."""
        positions = len(self.trades) + (self.order is not None)
        sides = [trade["entryType"] for trade in self.trades]
        return {
            "trade": len(self.trades),
            "position": positions,
            "long trade": sides.count("Long"),
            "short trade": sides.count("Short"),
            "bar": len(self.bars),
            "day": len(self.daily) if positions and self.bars else 0,
        }[of]

    def value(self, name: str) -> float | None:
        """The value of a figure; None where there are too few or it would divide by nothing."""
        least, of = needs(name)
        if self.count(of) < least:
            return None
        try:
            return self.figures[name]()
        except (ZeroDivisionError, statistics.StatisticsError):
            return None

    @cached_property
    def figures(self) -> Named:
        """Every figure but the bootstrap's, each computed when it is called."""
        return {
            **self._of_profits([trade["profit"] for trade in self.trades]),
            **self._of_side("long", [trade["profit"] for trade in self.trades if side(trade) > 0]),
            **self._of_side("short", [trade["profit"] for trade in self.trades if side(trade) < 0]),
            **self._of_sizes([trade for trade in self.trades if trade["size"] is not None]),
            **self._of_time([(trade["exitTime"] - trade["entryTime"]) / MINUTE for trade in self.trades]),
            **self._of_a_fall("max_drawdown", lambda: self.booked),
            **self._of_a_fall("marked_max_drawdown", lambda: self.marked),
            **self._of_the_account(),
        }

    def _of_profits(self, profits: list[float]) -> Named:
        wins, losses = [each for each in profits if each > 0], [each for each in profits if each < 0]
        return {
            "trades": lambda: len(profits),
            "wins": lambda: len(wins),
            "losses": lambda: len(losses),
            "win_rate": lambda: 100 * len(wins) / len(profits),
            "total_profit": lambda: sum(profits),
            "total_profit_percent": lambda: 100 * sum(profits) / self.initial,
            "average_profit": lambda: statistics.mean(profits),
            "expectancy": lambda: (
                len(wins) / len(profits) * statistics.mean(wins or [0])
                + len(losses) / len(profits) * statistics.mean(losses or [0])
            ),
            "profit_factor": lambda: sum(wins) / -sum(losses),
            "payoff_ratio": lambda: statistics.mean(wins) / -statistics.mean(losses),
            "best": lambda: max(profits),
            "worst": lambda: min(profits),
            "longest_win_streak": lambda: streak([each > 0 for each in profits]),
            "longest_loss_streak": lambda: streak([each < 0 for each in profits]),
            "sqn": lambda: math.sqrt(len(profits)) * statistics.mean(profits) / statistics.stdev(profits),
        }

    def _of_side(self, name: str, profits: list[float]) -> Named:
        return {
            f"{name}_trades": lambda: len(profits),
            f"{name}_win_rate": lambda: 100 * sum(each > 0 for each in profits) / len(profits),
            f"{name}_profit": lambda: sum(profits),
            f"{name}_average_profit": lambda: statistics.mean(profits),
        }

    def _of_sizes(self, sized: list[Row]) -> Named:
        def gross() -> list[float]:
            return [trade["profit"] + (trade["fees"] or 0) for trade in self.trades]

        def risk(trade: Row) -> float:
            return abs(trade["entryPrice"] - trade["stopLoss"]) * trade["size"]

        def even(fees: float) -> float:
            stops = sum(risk(each) + fees * paid(each, "stopLoss") * rate_of(each) for each in sized)
            targets = sum(
                abs(each["takeProfit"] - each["entryPrice"]) * each["size"]
                - fees * paid(each, "takeProfit") * rate_of(each)
                for each in sized
            )
            return 100 * stops / (stops + targets)

        def at(percent: float) -> float | None:
            return sum(
                each["profit"] + each["fees"] - percent / 100 * paid(each, "exitPrice") for each in sized
            ) if sized else None  # fmt: skip

        def levers() -> list[float]:
            return [found for each in sized if (found := lever(each)) is not None]

        return {
            "average_profit_percent": lambda: (
                100 * statistics.mean(each["profit"] / (each["entryPrice"] * each["size"]) for each in sized)
            ),
            "expectancy_r": lambda: statistics.mean(each["profit"] / risk(each) for each in sized),
            "price_profit": lambda: sum(gross()),
            "fees": lambda: sum(trade["fees"] or 0 for trade in self.trades),
            "fees_share": lambda: (
                100 * sum(trade["fees"] or 0 for trade in self.trades) / sum(each for each in gross() if each > 0)
            ),
            "break_even_win_rate": lambda: even(1),
            "break_even_win_rate_before_fees": lambda: even(0),
            "profit_at_0_percent": lambda: at(0),
            "profit_at_0_055_percent": lambda: at(0.055),
            "profit_at_0_1_percent": lambda: at(0.1),
            "average_leverage": lambda: statistics.mean(levers()),
            "max_leverage": lambda: max(levers(), default=None),
            "both_hit": lambda: sum(self.reached_both(trade) for trade in self.trades),
        }

    def reached_both(self, trade: Row) -> bool:
        """Whether the bar it was closed on reached both its stop and its target."""
        if trade["stopLoss"] is None or trade["exitTime"] not in self.bars:
            return False
        high, low, _ = self.bars[trade["exitTime"]]
        return all(low <= trade[level] <= high for level in ("stopLoss", "takeProfit"))

    def _of_time(self, minutes: list[float]) -> Named:
        left = (self.end - self.order["entryTime"] - self.bar) / MINUTE if self.order else 0
        return {
            "average_duration": lambda: statistics.mean(minutes),
            "median_duration": lambda: statistics.median(minutes),
            "longest_duration": lambda: max(minutes),
            "exposure": lambda: 100 * (sum(minutes) + left) * MINUTE / (self.end - self.begin),
        }

    def _of_a_fall(self, name: str, fall: Callable[[], Fall]) -> Named:
        def length() -> float | None:
            start, end = fall().start, fall().end
            return None if start is None else ((self.end if end is None else end) - start) / DAY

        return {
            name: lambda: fall().amount,
            f"{name}_percent": lambda: fall().percent,
            f"{name}_length": length,
            f"{name}_start": lambda: fall().start,
            f"{name}_trough": lambda: fall().trough,
            f"{name}_end": lambda: fall().end,
        }

    def _of_the_account(self) -> Named:
        closes = [close for _, _, close in self.bars.values()]
        year = 365
        return {
            "sharpe": lambda: statistics.mean(self.daily) / statistics.stdev(self.daily) * math.sqrt(year),
            "sortino": lambda: (
                statistics.mean(self.daily)
                / math.sqrt(statistics.mean(min(each, 0) ** 2 for each in self.daily))
                * math.sqrt(year)
            ),
            "calmar": lambda: sum(self.daily) * year / len(self.daily) / self.marked.amount,
            "buy_and_hold": lambda: self.held(closes[-1]),
            "buy_and_hold_percent": lambda: 100 * (closes[-1] / closes[0] - 1),
            "ruined": lambda: next((time for time, (booked, _) in self.worth.items() if booked <= 0), None),
            "marked_ruined": lambda: next((time for time, (_, marked) in self.worth.items() if marked <= 0), None),
        }

    def held(self, close: float) -> float:
        """What buying the position size at the first bar's close and selling it at this one's brings."""
        first = next(iter(self.bars.values()))[2]
        return (close - first - self.rate * (first + close)) * self.size

    def groups(self, names: list[Any], key: Callable[[int], int]) -> dict[str, list[Any]]:
        """The trades by something of their entry bar's open."""
        parted = [[trade["profit"] for trade in self.trades if key(trade["entryTime"]) == n] for n in range(len(names))]
        wins = [sum(profit > 0 for profit in part) for part in parted]
        return {
            "group": names,
            "trades": [len(part) for part in parted],
            "wins": [won if part else None for won, part in zip(wins, parted, strict=True)],
            "win_rate": [100 * won / len(part) if part else None for won, part in zip(wins, parted, strict=True)],
            "profit": [sum(part) if part else None for part in parted],
            "average_profit": [sum(part) / len(part) if part else None for part in parted],
        }


def side(trade: Row) -> int:
    """1 of a long trade, -1 of a short one."""
    return 1 if trade["entryType"] == "Long" else -1


def paid(trade: Row, level: str) -> float:
    """What fees are taken of when a trade is closed at one of its prices: the notional of both sides."""
    return (trade["entryPrice"] + trade[level]) * trade["size"]


def rate_of(trade: Row) -> float:
    """Fees and slippage a side of a trade, a fraction of the notional; 0 where they are not known."""
    return trade["fees"] / paid(trade, "exitPrice") if trade["size"] and trade["fees"] else 0.0


def lever(trade: Row) -> float | None:
    """Notional / balance at the entry; None when that was not above 0."""
    if trade["size"] is None or trade["before"] <= 0:
        return None
    return trade["entryPrice"] * trade["size"] / trade["before"]


def streak(holds: list[bool]) -> int:
    """The most in a row."""
    return max(map(len, "".join("x" if each else " " for each in holds).split()), default=0)
