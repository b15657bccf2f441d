"""By how much is a venue's clock ahead of ours? Measured from the newest exchange time, against the latest ours can be.

Too small an offset closes a minute later, too large a one would close it early. What was sent was sent before it was
read, so the largest measure of the last two minutes is nearest to the truth.
"""

from __future__ import annotations

from bot.core.times import Moment, minute_of


class Offset:
    """The offset of one venue, ms."""

    def __init__(self) -> None:
        self._largest: list[int] = []  # of the newest minutes, at most two
        self._sampled = self._minute = 0

    @property
    def measured(self) -> bool:
        """Whether it is known."""
        return bool(self._largest)

    @property
    def value(self) -> int:
        """The venue's clock minus ours; 0 while unknown."""
        return max(self._largest, default=0)

    def clear(self) -> None:
        """Forget it: our clock was set."""
        self._largest.clear()

    def measure(self, newest: int, moment: Moment) -> int | None:
        """Take the newest exchange time; return the measure, None where it is no newer than the last one."""
        if newest <= self._sampled:
            return None
        self._sampled = newest
        sample = newest - moment.latest
        if minute_of(moment.now) != self._minute or not self._largest:
            self._minute = minute_of(moment.now)
            self._largest = [*self._largest[-1:], sample]
        elif sample > self._largest[-1]:
            self._largest[-1] = sample
        return sample
