"""The patterns of a span as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from analysis.study.intervals import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from analysis.study.intervals import Estimate
    from analysis.study.patterns import After, Patterns

EVENTS = {"cvd_cross": "CVD cross", "gap": "gap", "every_bar": "every bar"}
WORDS = {"bull": "bullish", "bear": "bearish"}


def show(console: Console, found: Patterns, mode: str, late: int, origin: str | None) -> None:
    """Print them."""
    if origin == "simulated":
        console.print("[bold]A simulated market: these figures say nothing about a real one.[/]")
    console.print(_fills(found))
    console.print(_moves(found.after + found.every_bar))
    console.print(_classes(found, mode, late))
    console.print(f"Intervals of these three are of {CONFIDENCE} % each; '-': fewer than 10 independent cases.")


def _fills(found: Patterns) -> Table:
    table = _table("Are gaps filled?", "", *(f"{WORDS[direction]} gaps" for direction, _ in found.gaps))
    fills = [each for _, each in found.gaps]
    table.add_row("decided", *(f"{each.n:,}, worth {each.independent:,.0f}" for each in fills))
    table.add_row("touched", *(said(each.touched_percent) for each in fills))
    table.add_row("filled", *(said(each.filled_percent) for each in fills))
    table.add_row("closed", *(said(each.closed_percent) for each in fills))
    table.add_row("half within", *("-" if each.median_bars is None else f"{each.median_bars:g} bars" for each in fills))
    return table


def _moves(every: Sequence[After]) -> Table:
    table = _table("What the price did afterwards", "after", "bars", "n", "mean move, %", "higher, %")
    for each in every:
        moves = each.moves
        name = f"{WORDS.get(each.direction or '', '')} {EVENTS[each.event]}".strip()
        table.add_row(
            name, str(moves.bars), f"{moves.n:,}", said(moves.mean_percent, "+.3f"), said(moves.up_percent),
            end_section=moves.bars == every[-1].moves.bars,
        )  # fmt: skip
    return table


def _classes(found: Patterns, mode: str, late: int) -> Table:
    left = f"{found.unknown_trades} unknown, {late} late left out"
    table = _table(f"CVD before trades ({mode}; {left})", "CVD", "trades", "won", "win rate, %")
    for each in found.cvd_before_trades:
        table.add_row(each.cvd, str(each.n), str(each.wins), said(each.win_rate))
    return table


def said(estimate: Estimate | None, form: str = ".1f") -> str:
    """Return a value with its interval."""
    if estimate is None:
        return "-"
    return f"{estimate.value:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"


def _table(title: str, *heads: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=True)
    return table
