"""Doing to one venue's stream what the plan says, when its time has come.

Everything waits in market time: what is due is done when the simulator sends what happened up to that instant. A
market that stands still holds faults up as well.
"""

from __future__ import annotations

import json
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from bot.simulator.faults.plan import Beat, Chance, Flow, timed
from bot.simulator.mishaps import Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.simulator.client import Client
    from bot.simulator.faults.gateway import Gateway
    from bot.simulator.faults.log import Log
    from bot.simulator.faults.settings import Faults
    from bot.simulator.instruments import Instrument
    from bot.simulator.messages import Message
    from bot.simulator.mishaps import Mishaps

NEVER = float("inf")
UPGRADE = (1001, "going away as announced")
_SHOWN = 200
"""Characters of a message that the log keeps."""


class Trouble:
    """The faults of one venue: `clients` are those connected now, `push` sends a message to the subscribed ones.

    `traded` is what its messages name. `away` is whether the venue is off the net; `rest` stands before its REST
    interface.
    """

    def __init__(
        self,
        faults: Faults,
        mishaps: Mishaps,
        traded: Instrument,
        log: Log,
        rest: Gateway,
        *,
        start: int,
        clients: set[Client],
        push: Callable[[Message], None],
    ) -> None:
        """Begin at `start` (ms)."""
        exchange = traded.exchange
        self.away = False
        self.rest = rest
        self._exchange = exchange
        self._mishaps = mishaps
        self._traded = traded
        self._log = log
        self._clients = clients
        self._push = push
        self._flow = Flow(faults, exchange)
        self._refused = Chance(faults, exchange, "refused")
        self._beats = timed(faults, exchange, start)
        self._beat = next(self._beats, None)
        self._leapt = 0
        self._outages = 0
        self._number = count()
        self._held: list[tuple[int, float, int, Message]] = []
        self._ends: list[tuple[int, int, Callable[[], None]]] = []

    @property
    def due(self) -> float:
        """The instant (ms) of what is to be done next."""
        beat = NEVER if self._beat is None else self._beat.instant + self._leapt
        return min(beat, self._held[0][0] if self._held else NEVER, self._ends[0][0] if self._ends else NEVER)

    def take(self, timestamp: int, message: Message) -> None:
        """Send a trade message of the instant `timestamp` (ms) as planned: now, later, otherwise or never."""
        sendings, done = self._flow.take(timestamp, message)
        for kind in done:
            self._log.add(timestamp, self._exchange, kind, message.text[:_SHOWN])
        for sending in sendings:
            if sending.due <= timestamp:
                self._push(sending.message)
            else:
                heappush(self._held, (sending.due, sending.order, next(self._number), sending.message))

    def pass_until(self, instant: int) -> None:
        """Do what is due up to `instant` (ms), in time order."""
        while (due := self.due) <= instant:
            if self._held and self._held[0][0] == due:
                self._push(heappop(self._held)[-1])
            elif self._ends and self._ends[0][0] == due:
                heappop(self._ends)[-1]()
            elif self._beat is not None:
                beat, self._beat = self._beat, next(self._beats, None)
                self._do(beat._replace(instant=beat.instant + self._leapt))

    def shift(self, leap: int) -> None:
        """Carry what is to come over a leap of the clock (ms)."""
        self._leapt += leap
        self._held = [(due + leap, *rest) for due, *rest in self._held]  # type: ignore[misc]
        self._ends = [(due + leap, number, end) for due, number, end in self._ends]
        self.rest.shift(leap)

    def refusal(self, client: Client, text: str, now: int) -> Sequence[object]:
        """Give the answers that refuse a client's message, none where it is not refused."""
        try:
            request = json.loads(text)
        except ValueError:
            return ()
        if not isinstance(request, dict):
            return ()
        refusal = self._mishaps.refusal(request, self._setting(client, now))
        if not refusal or not self._refused.hits():
            return ()
        self._log.add(now, self._exchange, "refused", text[:_SHOWN])
        client.mark("data sent")
        return refusal

    def _setting(self, client: Client, now: int) -> Setting:
        return Setting(self._traded, now, client.name)

    def _do(self, beat: Beat) -> None:
        if beat.kind == "outages":
            self._go_away(beat)
            return
        if beat.kind == "announced" and self._mishaps.notice is None:
            return
        present = tuple(client for client in self._clients if client.listening and not client.silent)
        if not present:
            return
        lasting = beat.seconds if beat.kind in {"stalls", "announced"} else 0.0
        self._log.add(beat.instant, self._exchange, beat.kind, f"{lasting:.1f} s" if lasting else "", seconds=lasting)
        for client in present:
            self._do_to(client, beat)

    def _do_to(self, client: Client, beat: Beat) -> None:
        match beat.kind:
            case "cuts":
                client.drop(reset=beat.chance < 0.5)  # noqa: PLR2004 - each form as likely
            case "stalls":
                client.hold()
                self._after(beat, client.release)
            case "half_open":
                client.fall_silent()
            case "announced" if self._mishaps.notice is not None:
                client.tell(self._mishaps.notice(self._setting(client, beat.instant)))
                self._after(beat, lambda: client.cut(*UPGRADE))
            case "unasked":
                client.tell(self._mishaps.unasked(self._setting(client, beat.instant)))

    def _after(self, beat: Beat, end: Callable[[], None]) -> None:
        heappush(self._ends, (beat.instant + int(beat.seconds * 1000), next(self._number), end))

    def _go_away(self, beat: Beat) -> None:
        self._log.add(beat.instant, self._exchange, beat.kind, f"{beat.seconds:.1f} s", seconds=beat.seconds)
        self.away = True
        self._outages += 1
        self._after(beat, self._come_back)
        for client in tuple(self._clients):
            client.drop()

    def _come_back(self) -> None:
        """End an outage, unless another one goes on."""
        self._outages -= 1
        self.away = self._outages > 0
