"""What time is it in the simulation, and may it pass?

Simulated time never runs ahead of what was sent: the clock is moved to an instant only after every trade up to it was
handed to the sockets. A process that is late makes the clock lag; it never jumps to catch up.
"""

from __future__ import annotations

LONGEST_STEP = 0.25
"""Real seconds the clock moves at most in one step; what a stalled process missed beyond that never happened."""

PATIENCE = 2.0
"""Real seconds a market that waits for its audience grants the others after the first client subscribed."""


class Clock:
    """Simulated time: `speed` is simulated seconds a real one, `running` whether time passes."""

    __slots__ = ("_exact", "running", "speed")

    def __init__(self, now: int, speed: float = 1.0) -> None:
        self._exact = float(now)
        self.speed = speed
        self.running = False

    @property
    def now(self) -> int:
        """The instant up to which everything was sent, ms since the epoch."""
        return int(self._exact)

    def target(self, elapsed: float) -> float:
        """Give the instant to play up to, `elapsed` real seconds after the last step."""
        return self._exact + min(elapsed, LONGEST_STEP) * 1000.0 * self.speed

    def reach(self, instant: float) -> None:
        """Say that everything up to `instant` was sent. An instant that has passed changes nothing."""
        self._exact = max(self._exact, instant)


class Gate:
    """Whether the market trades, given who listens.

    A market that waits stands still until every pair of every venue has a subscriber, or for `patience` real seconds
    after the first. One that `waits_again` stands still again as soon as nobody is left.
    """

    __slots__ = ("_first", "_open", "_patience", "_waits_again")

    def __init__(self, *, waits: bool, waits_again: bool, patience: float = PATIENCE) -> None:
        self._open = not waits
        self._patience = patience
        self._waits_again = waits_again
        self._first: float | None = None

    def passes(self, subscribed: int, served: int, real: float) -> bool:
        """Decide with `subscribed` of `served` pairs, each venue's counted, listened to at the `real` second."""
        if subscribed == 0:
            self._first = None
            if self._waits_again:
                self._open = False
        elif not self._open:
            self._first = real if self._first is None else self._first
            self._open = subscribed >= served or real - self._first >= self._patience
        return self._open
