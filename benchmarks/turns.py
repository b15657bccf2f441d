"""How are two things compared on a machine that others use too?

In turns: A B, B A, A B, ... Each turn gives a ratio of neighbours in time, and the median of the ratios is the figure.
CPU-seconds leave out what the machine did for others; wall-clock seconds are what a user waits.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Reading:
    """Two clocks at one instant, or what passed on each between two instants; seconds."""

    wall: float
    cpu: float
    """Of this process alone."""

    @classmethod
    def now(cls) -> Reading:
        """Read both clocks."""
        return cls(time.perf_counter(), time.process_time())

    def since(self, start: Reading) -> Reading:
        """Return what passed since `start`."""
        return Reading(self.wall - start.wall, self.cpu - start.cpu)


def in_turns(runs: Mapping[str, Callable[[], Reading]], rounds: int) -> dict[str, list[Reading]]:
    """Run each of `runs` once in every round, every second round backwards; return their readings by name.

    One round before the first is run and thrown away.
    """
    taken: dict[str, list[Reading]] = {name: [] for name in runs}
    for number in range(-1, rounds):
        order = list(runs) if number % 2 else list(runs)[::-1]
        for name in order:
            gc.collect()
            reading = runs[name]()
            if number >= 0:
                taken[name].append(reading)
    return taken


def ratio(slower: Iterable[float], faster: Iterable[float]) -> float:
    """Return the median over the rounds of how many times longer `slower` took than `faster`."""
    return median(mine / yours for mine, yours in zip(slower, faster, strict=True))


def wall(readings: Sequence[Reading]) -> list[float]:
    """Return the wall-clock seconds."""
    return [reading.wall for reading in readings]


def cpu(readings: Sequence[Reading]) -> list[float]:
    """Return the CPU-seconds."""
    return [reading.cpu for reading in readings]


def rates(name: str, count: int, seconds: Sequence[float]) -> dict[str, float]:
    """Return how many of `count` a second: in the middle, and at best."""
    return {f"{name}_per_s": count / median(seconds), f"{name}_best_per_s": count / min(seconds)}
