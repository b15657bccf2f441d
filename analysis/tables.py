"""A back-test as a person reads it: the trades, what they are worth, and what to doubt about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from analysis.coins import coins
from bot.core.ledger import Outcome
from bot.core.times import to_iso

if TYPE_CHECKING:
    from rich.console import Console

    from analysis.account.fills import VenueRecord
    from analysis.account.statistics import Statistics
    from analysis.batch.backtest import Result
    from analysis.batch.completeness import Missing

TRADES_SHOWN = 20
"""The newest; --json has them all."""
WIDE = 96
"""Columns a terminal needs to show exit prices and balances as well."""

SECTIONS = {
    "Trades": (
        "trades", "win_rate", "break_even_win_rate", "break_even_win_rate_before_fees", "longest_win_streak",
        "longest_loss_streak", "average_duration", "median_duration", "longest_duration", "exposure", "long_trades",
        "long_win_rate", "long_profit", "short_trades", "short_win_rate", "short_profit",
    ),
    "Money": (
        "total_profit", "total_profit_percent", "price_profit", "fees", "fees_share", "average_profit",
        "average_profit_percent", "expectancy", "expectancy_low", "expectancy_high", "profit_factor", "payoff_ratio",
        "best", "worst", "profit_at_0_percent", "profit_at_0_055_percent", "profit_at_0_1_percent", "buy_and_hold",
        "buy_and_hold_percent",
    ),
    "Risk": (
        "max_drawdown", "max_drawdown_percent", "max_drawdown_length", "max_drawdown_start", "max_drawdown_end",
        "marked_max_drawdown", "marked_max_drawdown_percent", "marked_max_drawdown_length", "sharpe", "sortino",
        "calmar", "sqn", "average_leverage", "max_leverage", "ruined", "marked_ruined", "both_hit",
    ),
}  # fmt: skip
"""Which figures are shown, and where; --json has them all, each with its definition."""

LABELS = {
    "break_even_win_rate": "win rate to break even",
    "break_even_win_rate_before_fees": "the same before fees",
    "fees_share": "fees of gross profit",
    "profit_at_0_percent": "total profit at 0 % a side",
    "profit_at_0_055_percent": "total profit at 0.055 % a side",
    "profit_at_0_1_percent": "total profit at 0.1 % a side",
    "expectancy_low": "expectancy, 90 % from",
    "expectancy_high": "expectancy, 90 % to",
    "both_hit": "bars that hit stop and target",
}
"""Figures whose name is not how one says it."""


def show(console: Console, result: Result, statistics: Statistics, missing: Missing, origin: str | None) -> None:
    """Print a back-test."""
    if origin == "simulated":
        console.print("[bold]A simulated market: these figures say nothing about a real one.[/]")
    _show_trades(console, result)
    if result.open is not None:
        side, price, entered = result.open.side, result.open.entry_price, to_iso(result.open.entry_time)
        console.print(f"Open at the end: {side} from {entered} at {price:.2f}")
    if result.trades or result.open is not None:
        console.print(_figures(statistics))
    for venue in statistics.venues:
        console.print(_venue(venue, result.pair))
    console.print(
        f"{result.pair}: {result.bars} bars of {result.parameters.chart_timeframe}, {result.signals} signals, "
        f"{result.gaps} gaps, {len(result.trades)} trades; {to_iso(statistics.begin)} to {to_iso(statistics.end)}"
    )
    if said := _missing(missing):
        console.print(said)
    for name, words in (("ruined", "its balance"), ("marked_ruined", "marked to market it")):
        when = statistics.figures[name].value
        if when is not None:
            console.print(f"[bold]The account is ruined: {words} is at or below 0 from {to_iso(int(when))} on.[/]")
    console.print(f"[bold]{statistics.conclusion[0].upper()}{statistics.conclusion[1:]}.[/]")
    console.print("Paper trading only: no order was or will be sent to an exchange.")


def _show_trades(console: Console, result: Result) -> None:
    if not result.trades:
        return
    wide = console.width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("#", "side", "entry (UTC)", "at", "exit (UTC)", *(["at"] if wide else []), "profit", "by"):
        table.add_column(name, no_wrap=True, justify="right" if name in ("#", "at", "profit") else "left")
    if wide:
        table.add_column("balance", no_wrap=True, justify="right")
    for trade in result.trades[-TRADES_SHOWN:]:
        position = trade.position
        table.add_row(
            str(trade.number),
            position.side,
            _minute(position.entry_time),
            f"{position.entry_price:.2f}",
            _minute(trade.exit_time),
            *([f"{trade.exit_price:.2f}"] if wide else []),
            f"{trade.profit:+.2f}",
            "target" if trade.outcome is Outcome.TAKE_PROFIT else "stop",
            *([f"{trade.new_balance:.2f}"] if wide else []),
        )
    console.print(table)
    if len(result.trades) > TRADES_SHOWN:
        console.print(f"The newest {TRADES_SHOWN} of {len(result.trades)} trades; --json has all of them.")


def _minute(instant: int) -> str:
    return to_iso(instant)[:16].replace("T", " ")


def _figures(statistics: Statistics) -> Table:
    late = any(figure.late is not None for figure in statistics.figures.values())
    table = Table("", "figure", "value", "n", "", *(["late", "n"] if late else []), box=box.SIMPLE_HEAD)
    for section, names in SECTIONS.items():
        for number, name in enumerate(names):
            figure = statistics.figures[name]
            cells = [
                section if number == 0 else "",
                LABELS.get(name, name.replace("_", " ")),
                _value(figure.value, figure.unit),
            ]
            cells += [str(figure.n), figure.note or ""]
            if late and figure.late is not None:
                cells += [_value(figure.late.value, figure.unit), str(figure.late.n)]
            table.add_row(*cells, end_section=number == len(names) - 1)
    return table


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "UTC ms":
        return to_iso(int(value))
    return f"{value:,}{' ' * bool(unit)}{unit}" if isinstance(value, int) else f"{value:,.2f}{' ' * bool(unit)}{unit}"


def _venue(venue: VenueRecord, pair: str) -> str:
    """Say what the trades would have brought on one exchange."""
    ended = venue.ended(late=False)
    if not ended:
        return f"On {venue.exchange}'s own candles none of the trades can be followed to its end."
    difference = sum(each.difference or 0.0 for each in ended)
    ends = f"{len(ended)} of {len(venue.trades)} trades end"
    brought = f"{difference:+.2f} {coins(pair)[1]}"
    return f"On {venue.exchange}'s own candles {ends}, and bring {brought} beside the figures above."


def _missing(missing: Missing) -> str:
    """Say what the bars lack, nothing when they are whole."""
    said = [
        f"{count:,} {what if count > 1 else what.replace('s ', ' ', 1)}"
        for count, what in (
            (missing.bars, "bars without any minute"),
            (missing.incomplete_bars, "bars with a minute missing"),
            (missing.partial_minutes or 0, "minutes with an exchange missing"),
        )
        if count
    ]
    return f"Incomplete data: {', '.join(said)}." if said else ""
