"""What does a report draw? The price with its trades, what the account was worth, and when profits were made.

Drawings are SVG whose words are text: the report sets them in its own typeface, and they can be searched and copied.
Equal contents give equal bytes.
"""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from webapp.report.words import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from webapp.report.shapes import Bars, Contents, Mark

INK, SOFT, LINE, FAINT = "#16202e", "#5b6675", "#c9ced6", "#e8ebef"
WIN, LOSS, ACCENT = "#0b7a75", "#c2410c", "#274c77"

WIDTH = 174 / 25.4
"""Inches of the text's width."""

LEFT, PART = 0.025, 0.895
"""Where a drawing begins, and its share of the width: room for the first date, and for the scale at the right."""

DAY = "%-d %b" if os.name == "posix" else "%d %b"

STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cvdbot",
    "font.family": "DejaVu Serif",
    "font.size": 7.5,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.width": 0.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 0,
    "ytick.left": False,
    "ytick.labelleft": False,
    "ytick.labelright": True,
    "lines.solid_joinstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 7,
    "legend.handlelength": 1.4,
}


def price(contents: Contents) -> str:
    """Draw the price with the account's trades."""
    with _drawing(3.05) as figure:
        axes = figure.add_axes((LEFT, 0.08, PART, 0.9))
        drawn = contents.price
        times, low, high, close = _with_holes(drawn.step, drawn.timestamp, drawn.low, drawn.high, drawn.close)
        axes.fill_between(times, low, high, color=LINE, linewidth=0, alpha=0.75)
        axes.plot(times, close, color=INK, linewidth=0.6)
        if contents.crowded:
            _dots(axes, contents.marks)
        else:
            for late in (True, False):
                _marks(axes, [mark for mark in contents.marks if mark.late is late], late)
        _time(axes, contents)
        _amounts(axes)
    return _svg(figure)


def account(contents: Contents) -> str:
    """Draw what the account was worth, and below how far it had fallen."""
    curve = contents.curve
    with _drawing(2.75) as figure:
        above = figure.add_axes((LEFT, 0.38, PART, 0.53))
        below = figure.add_axes((LEFT, 0.09, PART, 0.25), sharex=above)
        times = _dates(curve.timestamp)
        above.axhline(curve.initial_balance, color=LINE, linewidth=0.6)
        above.plot(times, curve.buy_and_hold, color=SOFT, linewidth=0.6, linestyle=(0, (1, 1.5)), label="Buy and hold")
        above.plot(times, curve.marked, color=ACCENT, linewidth=0.7, label="Marked to market")
        above.step(times, curve.balance, where="post", color=INK, linewidth=0.8, label="Balance")
        above.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=3,
            borderpad=0,
            borderaxespad=0.2,
            handletextpad=0.5,
            columnspacing=1.6,
        )
        above.tick_params(labelbottom=False, bottom=False)
        above.spines["bottom"].set_visible(False)
        below.fill_between(times, [-fall for fall in curve.drawdown], color=LOSS, alpha=0.3, linewidth=0)
        below.plot(times, [-fall for fall in curve.drawdown], color=LOSS, linewidth=0.5)
        _time(below, contents)
        _amounts(above)
        _amounts(below, 3)
    return _svg(figure)


def groups(contents: Contents) -> str:
    """Draw the profits by weekday and by hour of the day."""
    with _drawing(1.25) as figure:
        _columns(figure.add_axes((LEFT, 0.16, 0.235, 0.72)), contents.weekdays)
        _columns(figure.add_axes((0.33, 0.16, LEFT + PART - 0.33, 0.72)), contents.hours)
    return _svg(figure)


def spread(contents: Contents) -> str:
    """Draw how many trades made how much, and beside it the mean profit of the last trades, where there are enough."""
    edges, trades, rolling = contents.classes.edges, contents.classes.trades, contents.rolling
    with _drawing(1.45) as figure:
        one = figure.add_axes((LEFT, 0.16, 0.43, 0.74))
        middles = [(low + high) / 2 for low, high in pairwise(edges)]
        colours = [WIN if low >= 0 else LOSS for low in edges[:-1]]
        one.bar(middles, trades, width=0.85 * (edges[1] - edges[0]), color=colours)
        one.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        one.xaxis.set_major_formatter(FuncFormatter(lambda number, _: amount(number, 0)))
        one.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        if rolling.timestamp:
            other = figure.add_axes((0.54, 0.16, LEFT + PART - 0.54, 0.74))
            other.axhline(0, color=SOFT, linewidth=0.5)
            other.plot(_dates(rolling.timestamp), rolling.value, color=ACCENT, linewidth=0.8)
            _time(other, contents, 5)
            _amounts(other, 4)
    return _svg(figure)


def _columns(axes: Axes, bars: Bars) -> None:
    profits = [0.0 if profit is None else profit for profit in bars.profit]
    axes.bar(range(len(profits)), profits, width=0.62, color=[WIN if profit > 0 else LOSS for profit in profits])
    axes.axhline(0, color=SOFT, linewidth=0.5)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks(range(len(profits)), bars.names)
    axes.tick_params(axis="x", length=0, pad=2)
    _amounts(axes, 4)


def _marks(axes: Axes, marks: list[Mark], late: bool) -> None:
    """Draw entries as triangles that point the way, exits as dots in the colour of their outcome; late ones hollow."""
    for mark in marks:
        colour = WIN if mark.profit > 0 else LOSS
        times, paid = _dates([mark.entry, mark.exit]), [mark.entry_price, mark.exit_price]
        axes.plot(times, paid, color=colour, linewidth=0.7, alpha=0.8)
    for long, shape in ((True, "^"), (False, "v")):
        these = [mark for mark in marks if mark.long is long]
        colours = [WIN if mark.profit > 0 else LOSS for mark in these]
        look: dict[str, Any] = {
            "facecolors": "white" if late else colours,
            "edgecolors": colours,
            "linewidths": 0.6,
            "zorder": 3,
        }
        entries, exits = _dates([mark.entry for mark in these]), _dates([mark.exit for mark in these])
        axes.scatter(entries, [mark.entry_price for mark in these], s=13, marker=shape, **look)
        axes.scatter(exits, [mark.exit_price for mark in these], s=5, marker="o", **look)


def _dots(axes: Axes, marks: list[Mark]) -> None:
    """Draw the entries of very many trades, each as a dot in the colour of its outcome."""
    for won, colour in ((True, WIN), (False, LOSS)):
        these = [mark for mark in marks if (mark.profit > 0) is won]
        times, prices = _dates([mark.entry for mark in these]), [mark.entry_price for mark in these]
        axes.scatter(times, prices, s=1.6, color=colour, alpha=0.7, linewidths=0, zorder=3)


def _with_holes(step: int, timestamp: list[int], *columns: list[float]) -> tuple[Any, ...]:
    """Return dates and columns with a row of nothing where bars are missing, so that no line is drawn over it."""
    times = np.asarray(timestamp, dtype=np.int64)
    holes = np.flatnonzero(np.diff(times) >= 2 * step) + 1
    times = np.insert(times, holes, times[holes - 1] + 1)
    return _dates(times), *(np.insert(np.asarray(column, dtype=np.float64), holes, np.nan) for column in columns)


def _dates(instants: Any) -> Any:  # noqa: ANN401 - whatever numpy takes, and matplotlib draws
    return np.asarray(instants, dtype="datetime64[ms]")


def _time(axes: Axes, contents: Contents, most: int = 9) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=most)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formats = ["%Y", "%b", DAY, "%H:%M", "%H:%M", "%S"]
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator, formats=formats, show_offset=False)  # type: ignore[no-untyped-call]
    )
    begin, end = _dates([contents.begin, contents.end])
    axes.set_xlim(begin, end)


def _amounts(axes: Axes, ticks: int = 5) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: amount(number, 0)))


@contextmanager
def _drawing(height: float) -> Iterator[Figure]:
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        yield Figure(figsize=(WIDTH, height))


def _svg(figure: Figure) -> str:
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        text = io.StringIO()
        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(text, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    return text.getvalue().replace("DejaVu Serif", "Libertinus Serif")
