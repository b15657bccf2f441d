"""A sweep as a person reads it: the best sets, and a plain sentence of what they may claim."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from analysis.study.sweeps.deflated import EVIDENCE
from bot.core.times import to_iso

if TYPE_CHECKING:
    from rich.console import Console

    from analysis.study.sweeps.result import Claim, SweepResult
    from analysis.study.sweeps.walk_forward import WalkForward

SHOWN = {
    "trades": "trades",
    "profit": "profit",
    "win_rate": "win %",
    "profit_factor": "factor",
    "max_drawdown": "drawdown",
    "sharpe": "Sharpe",
}
"""Figure -> its heading; --json has them all."""

IN_SAMPLE = (
    "All figures are in-sample: the sets were chosen on the bars they are judged on. --walk-forward IN/OUT judges on"
    " bars that were not looked at."
)


def show(console: Console, result: SweepResult, top: int) -> None:
    """Print a sweep: at most `top` sets."""
    if result.origin == "simulated":
        console.print("[bold]A simulated market: these figures say nothing about a real one.[/]")
    console.print(_sets(result, top))
    if result.walk_forward is not None:
        console.print(_windows(result, result.walk_forward))
        console.print(out_of_sample(result.walk_forward))
    count = result.sets.left_out
    left_out = f", {count:,} impossible one{'s' * (count > 1)} left out" if count else ""
    console.print(
        f"{result.pair}: {len(result.rows):,} sets tried{left_out}; {result.bars:,} bars,"
        f" {to_iso(result.begin)} to {to_iso(result.end)}"
    )
    console.print(f"[bold]{verdict(len(result.rows), result.claim)}[/]")
    if result.walk_forward is None:
        console.print(IN_SAMPLE)
    console.print("Paper trading only: no order was or will be sent to an exchange.")


def verdict(tried: int, claim: Claim | None) -> str:
    """Say what the best set's Sharpe ratio is worth."""
    of = f"The best of {tried:,} sets" if tried > 1 else "The one set"
    if claim is None or claim.deflated is None:
        return f"{of}: no Sharpe ratio (it needs 30 days with a trade among them), so nothing can be said about skill."
    known = f"{of}: a Sharpe ratio of {claim.sharpe:.2f}"
    if claim.deflated >= EVIDENCE:
        return (
            f"{known} is more than the {claim.luck:.2f} that luck reaches (deflated Sharpe ratio"
            f" {_share(claim.deflated)}, at least {EVIDENCE}): evidence, from these bars alone."
        )
    said = "is no more than luck reaches" if claim.sharpe <= claim.luck else "is not clearly more than luck reaches"
    return (
        f"{known} {said}, which is {claim.luck:.2f} (deflated Sharpe ratio {_share(claim.deflated)}, below {EVIDENCE}):"
        " no evidence of skill."
    )


def out_of_sample(walk: WalkForward) -> str:
    """Say what the sets chosen brought on bars that were not looked at."""
    total = walk.total
    return (
        f"Out-of-sample, {len(walk.judged)} windows together: {total['trades']} trades, profit"
        f" {_number(total['profit'])} USDT, Sharpe {_number(total['sharpe'])}."
    )


def _sets(result: SweepResult, top: int) -> Table:
    table = Table("parameters", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in SHOWN.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for row in sorted(result.rows, key=lambda each: (_low(each.score.sharpe), _low(each.score.profit), each.number))[
        :top
    ]:
        table.add_row(_varied(result, row.number), *(_number(row.figures[name]) for name in SHOWN))
    return table


def _low(value: float | None) -> float:
    """Return what sorts the highest first and the unknown last."""
    return float("inf") if value is None else -value


def _windows(result: SweepResult, walk: WalkForward) -> Table:
    table = Table("out-of-sample from (UTC)", "best in-sample", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("Sharpe in", "Sharpe out", "profit in", "profit out"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in walk.judged:
        before, after = each.in_sample or {}, each.out_of_sample or {}
        table.add_row(
            to_iso(each.window.middle)[:16].replace("T", " "),
            "none traded" if each.best is None else _varied(result, each.best),
            *(_number(side.get(name)) for name in ("sharpe", "profit") for side in (before, after)),
        )
    return table


def _share(value: float) -> str:
    """Write a probability cut to two digits: rounded, 0.949 would stand beside 0.95 as if it were as much."""
    return f"{floor(value * 100) / 100:.2f}"


def _varied(result: SweepResult, number: int) -> str:
    """Write what is varied as `--set` takes it."""
    varied = result.sets.varied(number).items()
    return " ".join(f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in varied)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
