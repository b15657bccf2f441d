"""What stands before a venue's REST interface: limits, broken gateways, silence, pages that overlap, a lag."""

from __future__ import annotations

from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.simulator.faults.behind import Behind
from bot.simulator.faults.garbled import page
from bot.simulator.faults.plan import Requests
from bot.simulator.messages import Answer, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.simulator.faults.log import Log
    from bot.simulator.faults.settings import Faults
    from bot.simulator.history import History
    from bot.simulator.mishaps import Mishaps


class Gateway:
    """The REST interface of one venue as its clients meet it."""

    def __init__(self, faults: Faults, exchange: str, mishaps: Mishaps, histories: Iterable[History], log: Log) -> None:
        self._requests = Requests(faults, exchange)
        self._exchange = exchange
        self._mishaps = mishaps
        self._behind = [each for each in histories if isinstance(each, Behind)]
        self._log = log
        self._limited_until = 0

    def answer(self, query: Query, tell: Callable[[Query], Answer], now: int) -> Answer | None:
        """Answer a request at `now` (ms), with `tell` where nothing is wrong; None: never."""
        if now < self._limited_until:
            refusal = self._mishaps.banned or self._mishaps.limited
            return _limited(refusal, -((now - self._limited_until) // 1000))
        fate = self._requests.next()
        if fate.kind == "rest_overlap":
            overlapping = self._mishaps.overlapping(query, fate.overlap)
            if overlapping is not None:
                query = overlapping
                self._log.add(now, self._exchange, fate.kind, query.path)
        elif fate.kind:
            self._log.add(now, self._exchange, fate.kind, query.path)
        if fate.kind == "rest_timeout":
            return None
        if fate.kind == "rest_5xx":
            return Answer(page(fate.status, HTTPStatus(fate.status).phrase), fate.status, content_type="text/html")
        if fate.kind == "rest_429":
            self._limited_until = now + fate.seconds * 1000
            return _limited(self._mishaps.limited, fate.seconds)
        with ExitStack() as stack:
            for history in self._behind:
                stack.enter_context(history.asked(now))
            return tell(query)

    def shift(self, leap: int) -> None:
        """Carry a limit over a leap of the clock (ms)."""
        self._limited_until += leap


def _limited(refusal: Answer, seconds: int) -> Answer:
    return Answer(refusal.body, refusal.status, {**refusal.headers, "Retry-After": str(seconds)})
