"""Damaged archives: either exactly the rows that a slow reader finds in the damaged text, or a refusal with its line.

The slow reader below is written from docs/import.md and shares nothing with the one of the bot.
"""

from __future__ import annotations

import io
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import pytest
from damaged_archives import HEADER, START, damaged
from hypothesis import HealthCheck, given, settings

from bot.errors import ImportFileError
from bot.imports import klines

if TYPE_CHECKING:
    from pathlib import Path

MINUTE = 60_000
NOW = START + 100_000 * MINUTE


def decimal(text: str) -> Decimal | None:
    text = text.strip().strip('"')
    if not text.isascii() or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def whole(text: str) -> int | None:
    text = text.strip().strip('"')
    digits = text.removeprefix("-").removeprefix("+")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 30 else None


def slow(text: str) -> tuple[dict[int, tuple[float, ...]], set[int]]:
    """The rows of a text by their minute, and the lines that are none of them and not left out."""
    found: dict[int, tuple[float, ...]] = {}
    dead: set[int] = set()
    refused: set[int] = set()
    first = True
    for number, each in enumerate(io.StringIO(text, newline=None), start=1):
        if not each.strip():
            continue
        names = [cell.strip() for cell in each.split(",")]
        if first and names[:10] == HEADER.split(",")[:10] and not any(decimal(name) for name in names):
            first = False
            continue
        first = False
        cells = each.rstrip("\n").split(",")
        times = [whole(cells[at]) for at in (0, 6, 8)] if len(cells) >= 10 else [None]
        values = [decimal(cells[at]) for at in (1, 2, 3, 4, 5, 9)] if len(cells) >= 10 else [None]
        if None in times or None in values or not each.isascii() or "_" in each:
            refused.add(number)
            continue
        opened, closed, count = (time // 1000 if at < 2 and time >= 10**14 else time for at, time in enumerate(times))
        opening, high, low, close, volume, buy = (float(value) for value in values)
        good = (
            1_230_768_000_000 <= opened < NOW + 86_400_000
            and opened <= closed < opened + MINUTE
            and 0 < low <= min(opening, close)
            and max(opening, close) <= high <= 1e8
            and 0 <= buy <= volume <= 1e9
            and 0 <= count < 2**63
            and (volume > 0 or count == 0)
        )
        if not good:
            refused.add(number)
        elif opened % MINUTE or opened + MINUTE > NOW:
            pass
        else:
            row = (opening, high, low, close, buy, volume - buy, float(count))
            if opened in dead or found.get(opened, row) != row:
                found.pop(opened, None)
                dead.add(opened)
                refused.add(number)
            else:
                found[opened] = row
    return found, refused


def check(folder: Path, content: bytes) -> None:
    path = folder / "klines.csv"
    path.write_bytes(content)
    try:
        read = klines.read(path, "BTC/USDT", NOW)
    except ImportFileError as error:
        assert str(path) in str(error)  # noqa: PT017 - a refusal is one of two right answers
        return
    found, refused = slow(content.decode("utf-8-sig"))
    assert {
        minute: (each.open, each.high, each.low, each.close, each.buy, each.sell, float(each.trades))
        for minute, each in read.minutes.items()
    } == found
    lines = {int(sentence.split("line ")[1].split(":")[0]) for sentence in read.refused}
    assert lines == refused


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged())
def test_of_a_damaged_archive_the_right_rows_are_taken_or_a_line_is_refused(tmp_path: Path, content: bytes):
    check(tmp_path, content)


@pytest.mark.torture
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged())
def test_of_ten_thousand_damaged_archives_the_right_rows_are_taken_or_a_line_is_refused(tmp_path: Path, content: bytes):
    check(tmp_path, content)
