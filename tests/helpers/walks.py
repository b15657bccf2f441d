"""Markets and parameters for property tests: random walks with missing minutes, and every kind of parameter set.

Prices and volumes are whole numbers of coarse steps, so that ties and a CVD of exactly zero are common; sometimes they
are fine, so that rounding shows.

Laws about trades say nothing of a market without one. So most draws (`LIVELY` of `LIVELY + 1`) are long markets, and
parameters that soon find a zone and leave a position soon; the others are anything.
tests/core/test_walks.py counts the trades.
"""

from __future__ import annotations

import dataclasses
import random
from typing import TypeVar

from hypothesis import strategies as st

from bot.core.bars import Minute
from bot.core.parameters import (
    DeltaSource,
    EntryMode,
    FvgBars,
    FvgSensitivity,
    Parameters,
    Risk,
    SignalType,
    TpslMethod,
)

T = TypeVar("T")

START = 1_746_151_560_000
"""2025-05-02T02:06:00Z: no multiple of any longer bar."""

CHARTS = ("1m", "2m", "3m", "5m", "7m", "15m")
LIVELY = 14
ANCHORS = ("1m", "3m", "4m", "7m", "10m", "15m", "16m", "45m", "1h", "4h", "1d")


def walk(seed: int, length: int, step: float, missing: float) -> list[Minute]:
    """A market of `length` minutes that trends, rests and jumps in price steps of `step` USDT; takers lean.

    A minute is missing with probability `missing`, then with it often a whole run of them.
    """
    rng = random.Random(seed)
    minutes: list[Minute] = []
    price, drift, bias, timestamp = round(1000 / step), 0.0, 0, START + rng.randrange(30) * 60_000
    while len(minutes) < length:
        timestamp += 60_000
        if rng.random() < missing:
            timestamp += 60_000 * rng.choice((0, 0, 0, 1, 3, 7, 20, 90))
            continue
        if rng.random() < 0.08:
            drift = rng.choice((0, 0, 1.5, -1.5, 4, -4))
        if rng.random() < 0.03:
            bias = rng.choice((-2, -1, 0, 1, 2))
        opened = max(1, price + (rng.choice((-9, -3, 3, 9)) if rng.random() < 0.03 else rng.randint(-1, 1)))
        price = max(1, opened + round(rng.gauss(drift, 1.5)))
        high = max(opened, price) + rng.choice((0, 0, 1, 2, 5) if rng.random() < 0.99 else (30,))
        low = max(0, min(opened, price) - rng.choice((0, 0, 1, 2, 5) if rng.random() < 0.99 else (30,)))
        buy, sell = (rng.randint(0, 3) if step == 1 else rng.random() * 3 for _ in range(2))
        buy, sell = buy + max(0, bias), sell + max(0, -bias)
        minutes.append(Minute(timestamp, opened * step, high * step, low * step, price * step, float(buy), float(sell)))
    return minutes


def mostly(lively: st.SearchStrategy[T], anything: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return st.sampled_from([anything, *[lively] * LIVELY]).flatmap(lambda chosen: chosen)


def markets(most: int = 1500) -> st.SearchStrategy[list[Minute]]:
    return st.builds(
        walk,
        seed=st.integers(0, 2**32 - 1),
        length=mostly(st.integers(most * 4 // 5, most), st.integers(1, most)),
        step=st.sampled_from((1.0, 1.0, 0.1, 0.37)),
        missing=st.sampled_from((0.0, 0.02, 0.3)),
    )


def parameter_sets() -> st.SearchStrategy[Parameters]:
    return mostly(lively_parameters(), any_parameters())


@st.composite
def lively_parameters(draw: st.DrawFn) -> Parameters:
    """Signals every few minutes, zones that are small and plenty, stops and targets near; all else is anything."""
    near = st.floats(0.02, 0.1)
    return dataclasses.replace(
        draw(any_parameters()),
        chart_timeframe=draw(st.sampled_from(("1m", "2m", "3m"))),
        anchor_period=draw(st.sampled_from(("3m", "4m", "7m", "10m"))),
        delta_source=draw(st.sampled_from((*[DeltaSource.TRADES] * 3, DeltaSource.POLARITY))),
        entry_mode=draw(st.sampled_from((*[EntryMode.FVG] * 3, EntryMode.ORDER_BLOCK))),
        fvg_sensitivity=draw(st.sampled_from((FvgSensitivity.ALL, FvgSensitivity.EXTREME))),
        atr_length=draw(st.integers(1, 10)),
        atr_length_risk=draw(st.integers(1, 10)),
        swing_length=draw(st.integers(3, 4)),
        risk=draw(st.sampled_from((Risk.LOW, Risk.LOWEST))),
        reward_to_risk=draw(st.floats(0.1, 1)),
        take_profit_percent=draw(near),
        stop_loss_percent=draw(near),
    )


@st.composite
def any_parameters(draw: st.DrawFn) -> Parameters:
    chart = draw(st.sampled_from(CHARTS))
    length = Parameters(chart_timeframe=chart, anchor_period="1d").chart_ms
    anchors = [each for each in ANCHORS if Parameters(chart_timeframe="1m", anchor_period=each).anchor_ms >= length]
    positive = st.floats(0.01, 2)
    rate = st.sampled_from((0.0, 0.0004, 0.001))
    return Parameters(
        chart_timeframe=chart,
        anchor_period=draw(st.sampled_from(anchors)),
        delta_source=draw(st.sampled_from(DeltaSource)),
        signal_type=draw(st.sampled_from(SignalType)),
        entry_mode=draw(st.sampled_from(EntryMode)),
        require_retracement=draw(st.booleans()),
        fvg_sensitivity=draw(st.sampled_from(FvgSensitivity)),
        fvg_bars=draw(st.sampled_from(FvgBars)),
        atr_length=draw(st.integers(1, 30)),
        atr_length_risk=draw(st.integers(1, 60)),
        swing_length=draw(st.integers(3, 45) | st.integers(3, 6)),
        tpsl_method=draw(st.sampled_from(TpslMethod)),
        risk=draw(st.sampled_from(Risk)),
        reward_to_risk=draw(positive),
        take_profit_percent=draw(positive),
        stop_loss_percent=draw(positive),
        initial_balance=draw(st.sampled_from((10_000.0, 0.0, 123.456))),
        position_size=draw(st.sampled_from((1.0, 0.1, 2.5))),
        fee_rate=draw(rate),
        slippage=draw(rate),
    )
