"""The figures of /api/statistics as a table for a spreadsheet: one a row, with its unit, its n and its definition.

The columns `late` and `late_n` are of the late trades alone, which nobody could have made. A figure that is not known
is empty. Account and span stand in every row, so that files can be put after each other.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from webapp.files.table import as_cell, file_name

if TYPE_CHECKING:
    from analysis.account.statistics import Statistics

COLUMNS = ("pair", "mode", "from", "to", "figure", "value", "unit", "n", "late", "late_n", "note", "definition")


def statistics_csv(found: Statistics) -> str:
    """Return the figures as CSV with a header; lines end with a line feed, as in the other files."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    account = (found.pair, found.mode, found.begin, found.end)
    for name, figure in found.figures.items():
        late = (None, None) if figure.late is None else (figure.late.value, figure.late.n)
        definition = as_cell(figure.definition)
        table.writerow((*account, name, figure.value, figure.unit, figure.n, *late, figure.note, definition))
    return text.getvalue()


def statistics_name(found: Statistics, origin: str) -> str:
    """Return what the file is called, without its ending."""
    return file_name("statistics", found.pair, origin, found.begin, found.end, found.mode)
