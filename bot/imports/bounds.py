"""Which numbers of a foreign file can stand in the database at all?

SQLite keeps integers of 64 bits, Python's grow without end: a digit too many in a file has to be refused where it is
read, with its place. A time outside the years of Bitcoin is no time of a trade. And a float that is finite alone makes
an infinite sum: the limits below are far from anything a market has shown, and near enough that every minute of every
year together stays finite.
"""

from __future__ import annotations

from bot.core.times import DAY, from_iso, to_iso

FIRST = from_iso("2009-01-01")
END = from_iso("2101-01-01")
LARGEST = 2**63 - 1

MOST_PRICE = 10**8
"""USDT. A thousand times what a bitcoin cost in 2024: a price beyond is one in another unit, or a slip."""

MOST_VOLUME = 10**9
"""BTC in a minute. There will be 21 million; the rest is room for pairs whose coin is worth a millionth."""

MOST_MONEY = 10**15
"""USDT, of a profit or a balance: more than all the money there is."""


def checked_time(instant: int) -> int:
    """Return `instant` (ms) as it is.

    Raises:
        ValueError: It is not in the years 2009 to 2100.
    """
    if not FIRST <= instant < END:
        raise ValueError(f"{instant} is not a time in ms of the years 2009 to 2100")
    return instant


def checked_past(instant: int, now: int) -> int:
    """Return `instant` (ms) as it is: a time there was, or may have been if a clock is off by less than a day.

    Raises:
        ValueError: It is not in the years 2009 to 2100, or more than a day ahead of `now`.
    """
    if checked_time(instant) > now + DAY:
        raise ValueError(f"{instant} ({to_iso(instant)}) is more than a day ahead of now, {to_iso(now)}")
    return instant


def checked_count(number: int, name: str) -> int:
    """Return `number` as it is.

    Raises:
        ValueError: It is negative or has more than 64 bits; the message calls it `name`.
    """
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{name} {number} is not between 0 and {LARGEST}")
    return number


def checked_price(price: float, name: str) -> float:
    """Return `price` (USDT) as it is.

    Raises:
        ValueError: It is not above 0, beyond `MOST_PRICE` or no number; the message calls it `name`.
    """
    if not 0 < price <= MOST_PRICE:
        raise ValueError(f"{name} is {price!r}; a price is above 0 and at most {MOST_PRICE} USDT")
    return price


def checked_volume(volume: float, name: str) -> float:
    """Return `volume` (BTC in a minute) as it is.

    Raises:
        ValueError: It is negative, beyond `MOST_VOLUME` or no number; the message calls it `name`.
    """
    if not 0 <= volume <= MOST_VOLUME:
        raise ValueError(f"{name} is {volume!r}; the volume of a minute is from 0 to {MOST_VOLUME} BTC")
    return volume


def checked_money(amount: float, name: str) -> float:
    """Return `amount` (USDT, negative: a loss) as it is.

    Raises:
        ValueError: It is beyond `MOST_MONEY` either way or no number; the message calls it `name`.
    """
    if not -MOST_MONEY <= amount <= MOST_MONEY:
        raise ValueError(f"{name} is {amount!r}; an amount is from -{MOST_MONEY} to {MOST_MONEY} USDT")
    return amount
