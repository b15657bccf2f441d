"""Where is the price of the made market, how lively is it, and who pushes?

One hidden mid price moves in steps of `STEP` ms. It is a function of seed, start and time alone: however many trades
are drawn from it, the chart is the same. Its parts, each chosen because a trader sees it on a real chart:

- volatility in regimes (quiet, normal, wild) that last minutes to hours, with more life around 14:00 UTC;
- trends of half an hour to four hours, and a few impulses a day: minutes of one-sided buying or selling that leave
  fair value gaps behind;
- order flow, the taker imbalance from -1 (all selling) to 1, that follows trend and impulse and moves the price with
  it;
- a distance of each venue from the mid (basis of a perpetual, USD against USDT) that drifts slowly.
"""

from __future__ import annotations

from math import exp
from random import Random

STEP = 5_000
"""Milliseconds between two points of the path."""

_STEPS_A_DAY = 86_400_000 // STEP
_STEPS_A_MINUTE = 60_000 // STEP

_DAILY_VOLATILITY = 0.018
_SIGMA = _DAILY_VOLATILITY / _STEPS_A_DAY**0.5
"""Standard deviation of one step's return in a normal hour."""

_REGIMES = ((0.45, 90), (1.0, 150), (2.0, 35))
"""Volatility as a multiple of normal, and how many minutes the regime lasts on average."""

_TREND_MINUTES = (30.0, 240.0)
_IMPULSES_A_DAY = 9
_IMPULSE_MINUTES = (3.0, 11.0)
_IMPULSE_DRIFT = 0.33
"""Of the step's standard deviation, every step: a 7-minute impulse runs about three times as far as chance would."""

_FLOW_PULL = 0.03
"""Of a step's standard deviation: how far a full imbalance pushes the price in one step."""

_ANCHOR_DAYS = 20.0
"""How slowly the price is drawn back to where it began, so that a market left alone for a year stays a market."""

_BASIS_DRIFT = 0.00001
_BASIS_LIMIT = 0.001


class PricePath:
    """The hidden price and its mood, one step after the other.

    Within the current step the mid goes straight from `open` at `start` to `close` at `start + STEP`. `activity` is
    the intensity of trading as a multiple of its mean, `flow` the taker imbalance, `basis` each venue's distance from
    the mid as a fraction of it, `jitter` the width in USDT of the noise around the straight line.
    """

    __slots__ = (
        "_anchor", "_drift", "_drift_left", "_homes", "_impulse", "_impulse_left", "_level", "_random", "_regime",
        "_steps", "activity", "basis", "close", "flow", "jitter", "open", "start",
    )  # fmt: skip

    def __init__(self, start: int, seed: str, price: float, homes: tuple[float, ...]) -> None:
        """Begin in the step that holds `start`; `homes` is the distance each venue's basis hovers around."""
        self.start = start // STEP * STEP - STEP
        self.open = self.close = self._anchor = price
        self._random = Random(f"path {seed}")  # noqa: S311 - a market, not a secret
        self._homes = homes
        self.basis = list(homes)
        self.flow = 0.0
        self.activity = 1.0
        self.jitter = 0.0
        self._level = 1.0
        self._regime = 1.0
        self._drift = self._impulse = 0.0
        self._drift_left = self._impulse_left = 0
        self._steps = 0
        self.step()

    def step(self) -> None:
        """Move on by one step."""
        random, gauss = self._random.random, self._random.gauss
        self.start += STEP
        self._steps += 1
        if self._steps % _STEPS_A_MINUTE == 0:
            self._each_minute()
        if self._drift_left:
            self._drift_left -= 1
        else:
            self._drift_left = _steps(_TREND_MINUTES, random())
            self._drift = gauss(0.0, 0.02)
        if self._impulse_left:
            self._impulse_left -= 1
        elif random() < _IMPULSES_A_DAY / _STEPS_A_DAY:
            self._impulse_left = _steps(_IMPULSE_MINUTES, random())
            self._impulse = 1.0 if random() < 0.5 + 8.0 * self._drift else -1.0
        else:
            self._impulse = 0.0

        wanted = 0.75 * self._impulse + 8.0 * self._drift
        self.flow += 0.03 * (wanted - self.flow) + 0.045 * gauss(0.0, 1.0)
        self.flow = min(0.9, max(-0.9, self.flow))
        sigma = _SIGMA * self._level
        shock = gauss(0.0, 1.0) + self._drift + _IMPULSE_DRIFT * self._impulse + _FLOW_PULL * self.flow
        pull = (self._anchor / self.close - 1.0) / (_ANCHOR_DAYS * _STEPS_A_DAY)
        self.open = self.close
        self.close *= exp(sigma * shock + pull)
        self.activity = 0.97 * self._level * (1.8 if self._impulse_left else 1.0)
        self.jitter = 0.6 * sigma * self.open

    def _each_minute(self) -> None:
        """Let what changes slowly change: regime, volatility, the venues' distances."""
        random, gauss = self._random.random, self._random.gauss
        minutes = next(lasts for size, lasts in _REGIMES if size == self._regime)
        if random() < 1.0 / minutes:
            others = [size for size, _ in _REGIMES if size != self._regime]
            self._regime = others[random() < 0.5] if self._regime == 1.0 else 1.0  # noqa: PLR2004
        hour = self.start / 3_600_000 % 24.0
        daylight = 1.0 + 0.35 * (1.0 - abs((hour - 14.0 + 12.0) % 24.0 - 12.0) / 6.0)
        self._level += 0.1 * (self._regime * daylight - self._level) + 0.05 * self._level * gauss(0.0, 1.0)
        self._level = min(4.0, max(0.2, self._level))
        for venue, home in enumerate(self._homes):
            moved = self.basis[venue] + 0.004 * (home - self.basis[venue]) + gauss(0.0, _BASIS_DRIFT)
            self.basis[venue] = min(_BASIS_LIMIT, max(-_BASIS_LIMIT, moved))


def _steps(minutes: tuple[float, float], chance: float) -> int:
    shortest, longest = minutes
    return int((shortest + (longest - shortest) * chance) * _STEPS_A_MINUTE)
