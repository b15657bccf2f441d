"""How does a venue word what goes wrong? Each dialect's module says it, in its SPOKEN, as the venue documents it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.simulator.instruments import Instrument
    from bot.simulator.messages import Answer, Message, Query


class Setting(NamedTuple):
    """What a mishap's message may name: an instrument, the instant (ms) and the connection."""

    traded: Instrument
    now: int
    connection: str


@dataclass(frozen=True, slots=True)
class Mishaps:
    """The venue's own words and habits."""

    refusal: Callable[[Mapping[str, Any], Setting], Sequence[object]]
    """The answers that refuse a subscription, as JSON is written; empty for a request that is none."""
    unasked: Callable[[Setting], Message]
    """A message of a kind that is not subscribed to."""
    limited: Answer
    """The answer to too many requests; `Retry-After` is added."""
    banned: Answer | None = None
    """The answer to whoever goes on asking; None: the same."""
    notice: Callable[[Setting], Message] | None = None
    """The announcement that the connection will be closed; None where none is documented."""
    consecutive: bool = False
    """Whether ids rise by one, so that the next one shows that a trade is missing."""
    cursors: Mapping[str, int] | None = None
    """REST parameter that names the id to go on at -> in which direction (1, -1) the page before lies."""

    def overlapping(self, query: Query, trades: int) -> Query | None:
        """Ask for some trades of the page before as well; None when the request doesn't go on at an id.

        At most half of the page is repeated, so that whoever pages on gets to the end.
        """
        if "rades" not in query.path or query.parameters.get("type") == "2":
            return None
        limit = query.parameters.get("limit", "100")
        trades = min(trades, int(limit) // 2) if limit.isdigit() else 0
        for name, direction in (self.cursors or {}).items():
            if trades > 0 and query.parameters.get(name, "").isdigit():
                at = max(0, int(query.parameters[name]) + direction * trades)
                return replace(query, parameters={**query.parameters, name: str(at)})
        return None
