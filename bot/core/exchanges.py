"""Which exchanges are there?

The one list of them. Adding an exchange is a row here and two modules of its name, found by it: its connector in
bot/exchanges (what its messages mean, where it answers) and its dialect in bot/simulator (what it would say).
"""

from __future__ import annotations

MARKS = {
    "binance": "B",
    "bybit": "Y",
    "coinbase": "C",
    "okx": "O",
}
"""Exchange -> the letter that stands for it where there is room for one; in alphabetical order."""

EXCHANGES = tuple(MARKS)


def mark(exchange: str) -> str:
    """Return an exchange's letter; one of an older or newer program's list has its first."""
    return MARKS.get(exchange) or exchange[:1].upper()
