"""What a benchmark says, and how it is printed: one JSON line a figure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class VoidError(Exception):
    """The two sides did not do the same work: there is no figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    name: str
    """`group.what`, the same in every version, so that runs can be compared."""
    value: float
    unit: str
    goal: float | None = None
    """The least `value` that is good enough; None: there is no goal, the figure only informs."""
    beside: Mapping[str, float | int | str] = field(default_factory=dict)
    """What the value was made of: rates, spreads, counts; the unit stands in the name."""
    at_most: bool = False
    """Whether the goal is the largest `value` that is good enough, in place of the least."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def line(self) -> str:
        """Return the figure as a line of JSON; numbers have four digits that count."""
        return json.dumps({
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "goal": self.goal,
            "met": self.met,
            "beside": {name: _rounded(value) for name, value in self.beside.items()},
        })  # fmt: skip


def _rounded(value: float | str) -> float | int | str:
    if isinstance(value, float):
        return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")
    return value
