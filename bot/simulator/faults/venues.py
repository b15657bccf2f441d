"""Which faults has each venue?

One `Faults` is meant for all: there `missing` leaves out the venues whose ids don't rise by one, where nobody could
know. A mapping of exchange -> `Faults` is taken as it says; a venue that is not named has none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.exchanges import EXCHANGES
from bot.errors import ConfigurationError
from bot.simulator.dialects import spoken
from bot.simulator.faults.settings import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping


def each_of(faults: Faults | Mapping[str, Faults] | None) -> Mapping[str, Faults]:
    """Give exchange -> its faults.

    Raises:
        ConfigurationError: an exchange is unknown.
    """
    if faults is None:
        return {}
    if isinstance(faults, Faults):
        unseen = replace(faults, missing=0.0)
        return {each: faults if spoken(each).mishaps.consecutive else unseen for each in EXCHANGES}
    for exchange in faults:
        if exchange not in EXCHANGES:
            raise ConfigurationError(f"exchange is {exchange!r}; allowed: {', '.join(EXCHANGES)}")
    return faults
