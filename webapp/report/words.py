"""How are numbers and instants written on paper? With a true minus, thousands apart, and every instant in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

UNKNOWN = "\N{EN DASH}"
"""Too few cases, or it would divide by nothing."""

MINUS = "\N{MINUS SIGN}"

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def amount(number: float, digits: int = 2) -> str:
    """Write a number with its thousands apart."""
    text = f"{number:,.{digits}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) else text.removeprefix("-")


def signed(number: float, digits: int = 2) -> str:
    """Write a number with its sign."""
    text = amount(number, digits)
    return f"+{text}" if number > 0 and float(text.replace(",", "")) else text


def value(number: float | None, unit: str, *, sign: bool = False) -> str:
    """Write a figure with its unit."""
    if number is None:
        return UNKNOWN
    if unit == "UTC ms":
        return instant(int(number))
    text = amount(number, 0) if isinstance(number, int) else (signed if sign else amount)(number)
    return f"{text} {unit.removesuffix('s') if number == 1 and unit == 'trades' else unit}" if unit else text


def instant(moment: int) -> str:
    """Write an instant, UTC ms, with the name of its month."""
    try:
        when = datetime.fromtimestamp(moment / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return "after the year 9999"
    return f"{when.day} {when:%b %Y, %H:%M}"


def between(begin: int | None, end: int | None) -> str:
    """Write a period that is open where an end of it, UTC ms, is None."""
    parts = [f"{word} {instant(each)}" for word, each in (("from", begin), ("to", end)) if each is not None]
    return f"{' '.join(parts)} UTC" if parts else "at any time"


def day(moment: int) -> str:
    """Write an instant, UTC ms, for a column of a table."""
    return f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M}"


def duration(length: int) -> str:
    """Write a length of time, ms: `35 min`, `2 h 05`, `1 d 04 h`."""
    if length < HOUR:
        return f"{length // MINUTE} min"
    if length < DAY:
        return f"{length // HOUR} h {length % HOUR // MINUTE:02d}"
    return f"{length // DAY} d {length % DAY // HOUR:02d} h"


def times(count: int) -> str:
    """Write how often: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def with_minus(sentence: str) -> str:
    """Give the negative numbers of a sentence a true minus."""
    return re.sub(r"(?<!\S)-(?=\d)", MINUS, sentence)
