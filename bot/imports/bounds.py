"""Which numbers of a foreign file can stand in the database at all?

SQLite keeps integers of 64 bits, Python's grow without end: a digit too many in a file has to be refused where it is
read, with its place. A time outside the years of Bitcoin is no time of a trade.
"""

from __future__ import annotations

from bot.core.times import from_iso

FIRST = from_iso("2009-01-01")
END = from_iso("2101-01-01")
LARGEST = 2**63 - 1


def checked_time(instant: int) -> int:
    """Return `instant` (ms) as it is.

    Raises:
        ValueError: It is not in the years 2009 to 2100.
    """
    if not FIRST <= instant < END:
        raise ValueError(f"{instant} is not a time in ms of the years 2009 to 2100")
    return instant


def checked_count(number: int, name: str) -> int:
    """Return `number` as it is.

    Raises:
        ValueError: It is negative or has more than 64 bits; the message calls it `name`.
    """
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{name} {number} is not between 0 and {LARGEST}")
    return number
