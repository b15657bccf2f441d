"""Whose message is it? One connection carries several pairs, and each message is for the one it names.

Nearly every message is a trade and names its symbol in one known place (`needle`), so a look for these bytes tells.
What has none of them (answers, refusals, pongs) is for the pairs whose symbol stands in it, else for all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.exchanges.leg import Leg


class Routing:
    """The legs of one connection."""

    def __init__(self, legs: Sequence[Leg]) -> None:
        self._legs = tuple(legs)
        self._needles = [(leg.connector.needle, number) for number, leg in enumerate(legs)]
        names = "|".join(re.escape(leg.symbol) for leg in sorted(legs, key=lambda leg: -len(leg.symbol)))
        self._names = re.compile(rf"(?<![A-Z0-9-])(?:{names})(?![A-Z0-9-])".encode())
        self._numbers = {leg.symbol.encode(): number for number, leg in enumerate(legs)}

    def parted(self, texts: list[bytes]) -> list[tuple[Leg, list[bytes]]]:
        """Return each leg's messages, in their order."""
        if len(self._legs) == 1:
            return [(self._legs[0], texts)]
        parts: list[list[bytes]] = [[] for _ in self._legs]
        for text in texts:
            for needle, number in self._needles:
                if needle in text:
                    parts[number].append(text)
                    break
            else:
                named = {self._numbers[name] for name in self._names.findall(text)}
                for number in named or range(len(parts)):
                    parts[number].append(text)
        return [(leg, part) for leg, part in zip(self._legs, parts, strict=True) if part]
