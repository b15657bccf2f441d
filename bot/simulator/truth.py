"""What did the simulated venues really publish?

One CSV row a fill, written before the message is sent, whether or not anybody was connected: whatever a bot stored
can be held against it. Each write is one system call of whole lines, so the file may be read at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import BotError
from bot.simulator.coins import BITCOIN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bot.simulator.history import Print

HEADER = "exchange,id,timestamp,price,size,side"
SEVERAL = f"{HEADER},pair"
"""The header of a file of several pairs."""
_SIDES = {True: "buy", False: "sell"}


class Truth:
    """The file of every fill sent: `side` is the taker's, `size` in the base coin, numbers in full precision."""

    def __init__(self, path: Path, *, several: bool = False) -> None:
        """Begin the file anew; with `several` pairs each row names its own.

        Raises:
            BotError: it can't be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise BotError(f"can't write the truth file {path}: {error.strerror}") from error
        self._several = several
        self._file.write(f"{SEVERAL if several else HEADER}\n".encode())

    def add(self, exchange: str, prints: Iterable[Print], pair: str = BITCOIN) -> None:
        """Write the fills of one message."""
        named = f",{pair}" if self._several else ""
        rows = "".join(
            f"{exchange},{each.id},{each.timestamp},{each.price!r},{each.size!r},{_SIDES[each.taker_buy]}{named}\n"
            for each in prints
        )
        self._file.write(rows.encode())

    def close(self) -> None:
        """End the file."""
        self._file.close()
