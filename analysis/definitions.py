"""The table of all figures in docs/statistics.md: `python -m analysis.definitions` prints it, a test compares it."""

from __future__ import annotations

from analysis.statistics import DEFINITIONS


def table() -> str:
    """Return the figures with unit and definition as a Markdown table."""
    rows = [f"| `{each.name}` | {each.unit or '-'} | {each.definition} |" for each in DEFINITIONS]
    return "\n".join(["| figure | unit | definition |", "| --- | --- | --- |", *rows])


if __name__ == "__main__":
    print(table())  # noqa: T201 - what it is for
