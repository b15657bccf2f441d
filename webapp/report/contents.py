"""What does a report say? Everything that is printed, as text and as series to draw.

Made in the server of what analysis/ computed, and handed to the process that sets it (webapp/report/press.py). Nothing
is left to that one but to draw and to set: every number is already written as it stands on paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.account.equity import equity
from analysis.account.fees_and_luck import held
from analysis.account.thinning import thinned_together
from analysis.coins import coins
from analysis.tables import LABELS, SECTIONS
from webapp.report import stretches
from webapp.report.shapes import Bars, Contents, Curve, Line, Mark, Price, Section, Term, Tile, TradeLine
from webapp.report.words import UNKNOWN, amount, between, day, duration, instant, signed, value, with_minus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.account.groups import Group
    from analysis.account.statistics import Statistics
    from analysis.account.track_record import TrackRecord
    from analysis.batch.indicators import Floats
    from webapp.report.background import Background

POINTS = 2_400
"""Rows of a drawn curve at most, about fourteen a millimetre of paper: more nobody sees."""

COLUMNS = 600
"""Stretches of the drawn price at most."""

CROWD = 300
"""So many trades can be drawn with entry and exit."""

TRADES = 1_000
"""Rows of the table of trades at most, about 20 pages."""

ACCOUNTS = {
    "paper": "Paper account",
    "backtest": "Back-test of the history before the bot's first start",
    "imported": "Account of the earlier bot",
}
NOTICES = {
    "paper": "Paper trading: no order was or will be sent to an exchange.",
    "backtest": "A replay of stored candles: no order was or will be sent to an exchange.",
    "imported": "Taken over from the earlier bot, which traded on paper and kept less of each trade.",
}
WHOLE = 10_000
"""From here on a tile leaves the decimals to the table."""

TILES = (
    ("total_profit", "Total profit", "total_profit_percent"),
    ("trades", "Trades", "exposure"),
    ("win_rate", "Win rate", "break_even_win_rate"),
    ("profit_factor", "Profit factor", "expectancy"),
    ("marked_max_drawdown", "Deepest drawdown", "marked_max_drawdown_percent"),
    ("buy_and_hold", "Buy and hold", "buy_and_hold_percent"),
)
"""Figure, its title, and the one that stands below it."""

BESIDE = {
    "total_profit_percent": "of the initial balance",
    "exposure": "of the time in a position",
    "break_even_win_rate": "to break even",
    "expectancy": "a trade",
    "marked_max_drawdown_percent": "of the peak at most",
    "buy_and_hold_percent": "change of the price",
}


WORDS = {
    **LABELS,
    "total_profit_percent": "total profit of the initial balance",
    "average_profit_percent": "average profit of the notional",
    "max_drawdown_percent": "max drawdown of the peak",
    "marked_max_drawdown": "max drawdown, marked to market",
    "marked_max_drawdown_percent": "the same of the peak",
    "marked_max_drawdown_length": "length of the same",
    "buy_and_hold_percent": "buy and hold, of the price",
    "sqn": "system quality number",
    "ruined": "balance at or below 0 from",
    "marked_ruined": "the same marked to market",
}
"""Figures whose name is not how one says it in a column."""

DRAWDOWN = "max_drawdown"
"""Part of the names of figures that have a section of their own."""


def contents(
    record: TrackRecord,
    found: Statistics,
    trades: Sequence[dict[str, Any]],
    background: Background,
    *,
    asked: tuple[int | None, int | None],
    simulated: bool,
    published: int,
    version: str,
) -> Contents:
    """Return what a report says.

    Args:
        record: What the account did.
        found: What there is to say about it.
        trades: The rows of /api/trades of the same account and span, in the order they were closed.
        background: What stands behind them.
        asked: The period that was asked for, UTC ms; None is open.
        simulated: A simulated market made the data.
        published: When the copy of the database got its place, UTC ms.
        version: Of cvdbot.
    """
    late = [row for row in trades if row["late"]]
    shown = [name for _, names in _sections() for name in names]
    compared, compared_note = stretches.beside(found, background, record.mode)
    settings, settings_note = stretches.settings(background)
    base, quote = coins(record.pair)
    return Contents(
        pair=record.pair,
        base=base,
        quote=quote,
        account=ACCOUNTS[record.mode],
        mode=record.mode,
        notice=NOTICES[record.mode],
        simulated=simulated,
        period=f"{instant(record.begin)} to {instant(record.end)}" if record.end > record.begin else "",
        begin=record.begin,
        end=record.end,
        published=published,
        source=f"Read from the copy of {instant(published)} with cvdbot {version}",
        conclusion=with_minus(f"{found.conclusion[0].upper()}{found.conclusion[1:]}."),
        fees=found.figures["total_profit"].note,
        notes=_notes(record, found, len(trades), len(late)),
        nothing=_nothing(record, trades, between(*asked)),
        tiles=[_tile(found, *names) for names in TILES],
        sections=[Section(title, [_line(found, name) for name in names]) for title, names in _sections()],
        terms=[Term(label(name), found.figures[name].definition) for name in shown],
        late=any(figure.late is not None for figure in found.figures.values()),
        trades=[_trade_line(row) for row in trades[-TRADES:]],
        marks=[_mark(row) for row in trades],
        crowded=len(trades) > CROWD,
        price=_price(record),
        curve=_curve(record),
        weekdays=_bars(found.weekdays, 3),
        hours=_bars(found.hours, 2),
        beside=compared,
        beside_note=compared_note,
        years=stretches.years(record),
        classes=stretches.classes(record),
        rolling=stretches.rolled(record),
        falls=stretches.fallen(record),
        settings=settings,
        settings_note=settings_note,
        completeness=stretches.completeness(background),
    )


def label(name: str) -> str:
    """Say the name of a figure as one says it."""
    said = WORDS.get(name, name.replace("_", " "))
    return said[0].upper() + said[1:]


def _sections() -> list[tuple[str, list[str]]]:
    """Return the figures by what they are about, in two columns of about the same length."""
    risk = SECTIONS["Risk"]
    return [
        ("Money", list(SECTIONS["Money"])),
        ("Drawdown", [name for name in risk if DRAWDOWN in name]),
        ("Trades", list(SECTIONS["Trades"])),
        ("Risk and ratios", [name for name in risk if DRAWDOWN not in name]),
    ]


def _nothing(record: TrackRecord, trades: Sequence[object], asked: str) -> str | None:
    """Say what there is not; None when there are bars and trades."""
    if record.end <= record.begin:
        return f"There is nothing of this account {asked}: no candles and no trades."
    if not len(record.prices):
        return "There are no candles in this period, so neither the price nor the account's value can be drawn."
    return None if trades else "No trade was closed in this period."


def _notes(record: TrackRecord, found: Statistics, count: int, late: int) -> list[str]:
    """Say what a reader has to know to read the figures rightly."""
    notes: list[str] = []
    if record.end <= record.begin:
        return notes
    if late:
        notes.append(
            f"{late:,} of {count:,} trades were late: decided more than a minute after the bar's close, on candles "
            "that were back-filled after an outage, so that nobody could have made them. Every figure is of the other "
            "trades, and of the late ones apart; the account's curves hold all trades."
        )
    if (left := record.open) is not None:
        size = f"{left.size:g} {coins(record.pair)[0]}"
        notes.append(
            f"A {left.side.lower()} position of {size}, entered at {amount(left.entry_price)} on "
            f"{instant(left.entry_time + record.prices.bar_ms)}, is open at the end. It is in the value marked to "
            "market, not in the balance or the profits."
        )
    if note := found.figures["total_profit"].note:
        notes.append(f"Profits are {note}: the strategy was configured without fees there, and no exchange is free.")
    expected = (record.end - record.begin) // record.prices.bar_ms
    if lacking := expected - len(record.prices):
        notes.append(
            f"Bars without a candle: {lacking:,} of {expected:,}, as no exchange was heard. No price is drawn there."
        )
    if count > TRADES:
        notes.append(
            f"The table holds the last {TRADES:,} of {count:,} trades; the export of trades as CSV has all of them."
        )
    for name, words in (("ruined", "its balance"), ("marked_ruined", "its value marked to market")):
        if (when := found.figures[name].value) is not None:
            notes.append(f"The account is ruined: {words} is at or below 0 from {instant(int(when))} on.")
    return notes


def _tile(found: Statistics, name: str, title: str, below: str) -> Tile:
    figure, beside = found.figures[name], found.figures[below]
    gain = {"total_profit", "buy_and_hold", "expectancy", "total_profit_percent", "buy_and_hold_percent"}
    said = value(figure.value, "", sign=name in gain)
    if figure.value is not None and abs(figure.value) >= WHOLE:
        said = (signed if name in gain else amount)(figure.value, 0)
    return Tile(
        title,
        said,
        "" if said == UNKNOWN or figure.unit == "trades" else figure.unit,
        figure.note is not None,
        "" if beside.value is None else f"{value(beside.value, beside.unit, sign=below in gain)} {BESIDE[below]}",
    )


def _line(found: Statistics, name: str) -> Line:
    figure = found.figures[name]
    late = "" if figure.late is None else f"{value(figure.late.value, figure.unit)} ({figure.late.n})"
    return Line(label(name), value(figure.value, figure.unit), f"{figure.n:,}", late, figure.note is not None)


def _trade_line(row: dict[str, Any]) -> TradeLine:
    def known(name: str, digits: int) -> str:
        return UNKNOWN if row[name] is None else f"{row[name]:,.{digits}f}"

    cells = [
        str(row["tradeNumber"]) + ("*" if row["late"] else ""),
        row["entryType"],
        day(row["entryTime"] + row["bar_ms"]),
        amount(row["entryPrice"]),
        day(row["exitTime"] + row["bar_ms"]),
        amount(row["exitPrice"]),
        duration(row["duration"]),
        row["outcome"],
        UNKNOWN if row["size"] is None else f"{row['size']:g}",
        known("fees", 2),
        signed(row["profit"]),
        UNKNOWN if row["r"] is None else signed(row["r"]),
        amount(row["newBalance"]),
    ]
    return TradeLine(cells, row["profit"] > 0, row["late"])


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(
        row["entryTime"] + row["bar_ms"],
        row["entryPrice"],
        row["exitTime"] + row["bar_ms"],
        row["exitPrice"],
        row["entryType"] == "Long",
        row["profit"],
        row["late"],
    )


def _price(record: TrackRecord) -> Price:
    """Put bars together to as many stretches as paper shows; each keeps its lowest and highest price."""
    prices = record.prices
    if not len(prices):
        return Price([], [], [], [], prices.bar_ms)
    bars = -(-(record.end - record.begin) // (COLUMNS * prices.bar_ms))
    stretch = (prices.timestamp - record.begin) // (bars * prices.bar_ms)
    first = np.flatnonzero(np.diff(stretch, prepend=-1))
    last = np.append(first[1:], len(prices)) - 1
    return Price(
        (prices.timestamp[last] + prices.bar_ms).tolist(),
        np.minimum.reduceat(prices.low, first).tolist(),
        np.maximum.reduceat(prices.high, first).tolist(),
        prices.close[last].tolist(),
        bars * prices.bar_ms,
    )


def _curve(record: TrackRecord) -> Curve:
    worth = equity(record)
    series: dict[str, Floats] = {
        "balance": worth.balance,
        "marked": worth.marked,
        "drawdown": worth.drawdown,
        "buy_and_hold": record.initial_balance + held(record),
    }
    rows = thinned_together(list(series.values()), POINTS)
    return Curve(
        timestamp=(worth.timestamp[rows] + record.prices.bar_ms).tolist(),
        initial_balance=record.initial_balance,
        **{name: column[rows].tolist() for name, column in series.items()},
    )


def _bars(groups: Sequence[Group], width: int) -> Bars:
    names = [f"{each.group:02d}" if isinstance(each.group, int) else each.group[:width] for each in groups]
    return Bars(names, [each.profit for each in groups], [each.trades for each in groups])
