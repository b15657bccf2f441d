"""The patterns of a span as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from analysis.study.intervals import CONFIDENCE, LEAST
from analysis.study.trade_tables import HOUR, TITLES, said_p

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from analysis.study.intervals import Estimate
    from analysis.study.patterns import After, Patterns
    from analysis.study.trade_tables import TradeGroup, TradeTable, TradeTables

HEADS = {"cvd": "BTC", "delta": "% of volume", "gap": "ATR", HOUR: "hours, UTC", "volatility": "ATR, % of price"}
"""Question -> the head of its values."""
FORMS = {HOUR: ".0f", "volatility": ".3f"}
EVENTS = {"cvd_cross": "CVD cross", "gap": "gap", "every_bar": "every bar"}
WORDS = {"bull": "bullish", "bear": "bearish"}


def show(console: Console, found: Patterns, mode: str, late: int, origin: str | None) -> None:
    """Print them."""
    if origin == "simulated":
        console.print("[bold]A simulated market: these figures say nothing about a real one.[/]")
    _print(console, "Are gaps filled?", _fills(found))
    _print(console, "What the price did afterwards", _moves(found.after + found.every_bar))
    left = "".join(
        [f", {found.unknown_trades} unknown" * bool(found.unknown_trades), f", {late} late left out" * bool(late)]
    )
    _print(console, f"CVD before trades ({mode}{left})", _classes(found))
    console.print(f"Intervals so far are of {CONFIDENCE} % each; '-': fewer than {LEAST} independent cases.")
    show_trades(console, found.trades, mode, late)


def show_trades(console: Console, found: TradeTables, mode: str, late: int) -> None:
    """Print the outcome of trades by what was known at their entry, a table a question, and what it comes to."""
    left = f", {late} late left out" if late else ""
    console.print(f"\nDoes the outcome depend on what was known at the entry? ({found.n} {mode} trades{left})\n")
    for each in found.tables:
        unknown = f"; unknown: {each.unknown}" if each.unknown else ""
        if each.groups is None:
            console.print(f"{_capital(TITLES[each.question])}: fewer than {LEAST} known values{unknown}\n")
        else:
            p = "-" if each.corrected_p is None else said_p(each.corrected_p)
            title = f"{_capital(TITLES[each.question])}: corrected p {p}{unknown}"
            _print(console, title, _outcomes(each, each.groups))
    if found.intervals:
        console.print(
            f"These {found.intervals} intervals hold together with {CONFIDENCE} %, each with"
            f" {found.each_confidence:.1f} %; '-': fewer than {LEAST} trades. p: how likely mean profits so far apart"
            f" are by luck alone, corrected for {found.questions} questions."
        )
    console.print(f"[bold]{found.conclusion}[/]")


def _outcomes(table: TradeTable, groups: Sequence[TradeGroup]) -> Table:
    out = _table(HEADS[table.question], "n", "won", "win rate, %", "mean profit, USDT")
    form = FORMS.get(table.question, ",.2f")
    for group in groups:
        span = f"{group.lowest:{form}} to {group.highest:{form}}"
        out.add_row(span, str(group.n), str(group.wins), said(group.win_rate, ".0f"), said(group.mean_profit, "+,.0f"))
    return out


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _print(console: Console, title: str, table: Table) -> None:
    """Print a table below its title, which may be wider."""
    console.print(title, style="italic")
    console.print(table)


def _fills(found: Patterns) -> Table:
    table = _table("", *(f"{WORDS[direction]} gaps" for direction, _ in found.gaps))
    fills = [each for _, each in found.gaps]
    table.add_row("decided", *(f"{each.n:,}, worth {each.independent:,.0f}" for each in fills))
    table.add_row("touched", *(said(each.touched_percent) for each in fills))
    table.add_row("filled", *(said(each.filled_percent) for each in fills))
    table.add_row("closed", *(said(each.closed_percent) for each in fills))
    table.add_row("half within", *("-" if each.median_bars is None else f"{each.median_bars:g} bars" for each in fills))
    return table


def _moves(every: Sequence[After]) -> Table:
    table = _table("after", "bars", "n", "mean move, %", "higher, %")
    for each in every:
        moves = each.moves
        name = f"{WORDS.get(each.direction or '', '')} {EVENTS[each.event]}".strip()
        table.add_row(
            name, str(moves.bars), f"{moves.n:,}", said(moves.mean_percent, "+.3f"), said(moves.up_percent),
            end_section=moves.bars == every[-1].moves.bars,
        )  # fmt: skip
    return table


def _classes(found: Patterns) -> Table:
    table = _table("CVD", "trades", "won", "win rate, %")
    for each in found.cvd_before_trades:
        table.add_row(each.cvd, str(each.n), str(each.wins), said(each.win_rate))
    return table


def said(estimate: Estimate | None, form: str = ".1f") -> str:
    """Return a value with its interval."""
    if estimate is None:
        return "-"
    return f"{estimate.value:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=True)
    return table
