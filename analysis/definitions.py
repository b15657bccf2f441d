"""The tables of all figures in docs/: `python -m analysis.definitions` prints that of accounts, with `candles` theirs.

Tests compare them with docs/statistics.md and docs/candle-statistics.md.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from analysis.account.statistics import DEFINITIONS
from analysis.study import candle_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.account.figures import Definition
    from analysis.study.candle_figures import CandleDefinition

CANDLES = candle_figures.FIGURES


def table(definitions: Sequence[Definition | CandleDefinition] = DEFINITIONS) -> str:
    """Return figures with unit and definition as a Markdown table."""
    rows = [f"| `{each.name}` | {each.unit or '-'} | {each.definition} |" for each in definitions]
    return "\n".join(["| figure | unit | definition |", "| --- | --- | --- |", *rows])


if __name__ == "__main__":
    print(table(CANDLES if "candles" in sys.argv else DEFINITIONS))  # noqa: T201 - what it is for
