"""The strategy once more, slowly: written from docs/strategy.md alone, with lists, indices and words.

Nothing of `bot.core` is used here but the parameters' values, so that an error in the code and an error here would
have to be the same error. Everything is looked up in the whole history again and again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.bars import Minute
    from bot.core.parameters import Parameters

LENGTHS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
FACTORS = {"all": 100, "extreme": 6, "high": 2, "normal": 1.5, "low": 1}
MULTIPLES = {"highest": 10, "high": 8.5, "normal": 6.5, "low": 5, "lowest": 3}


@dataclass
class Result:
    bars: list[dict] = field(default_factory=list)
    atr: list[float | None] = field(default_factory=list)
    risk_atr: list[float] = field(default_factory=list)
    signals: list[str | None] = field(default_factory=list)
    gaps: list[tuple | None] = field(default_factory=list)
    """By bar: (start, direction, top, bottom) of the gap found there."""
    kept_gaps: list[list[tuple]] = field(default_factory=list)
    blocks: list[list[tuple]] = field(default_factory=list)
    """By bar: (start, direction, top, bottom, broken) of the blocks kept after it, newest first."""
    aborted: list[int] = field(default_factory=list)
    trades: list[dict] = field(default_factory=list)
    open: dict | None = None
    state: str = ""


def milliseconds(timeframe: str) -> int:
    return int(timeframe[:-1]) * LENGTHS[timeframe[-1]]


def run(p: Parameters, minutes: Sequence[Minute], interval: int = 60_000, setups_from: int = 0) -> Result:
    result = Result()
    result.bars = bars = make_bars(p, minutes, interval)
    ranges = [true_range(bars, i) for i in range(len(bars))]
    result.atr = rma(ranges, p.atr_length)
    wide = rma(ranges, p.atr_length_risk)
    result.risk_atr = [span if value is None else value for value, span in zip(wide, ranges, strict=True)]
    result.signals = [signal(p, bars, i) for i in range(len(bars))]
    result.gaps = [gap(p, bars, i, result.atr[i]) for i in range(len(bars))]
    result.kept_gaps = keep_gaps(bars, result.gaps)
    result.blocks = order_blocks(p, bars, result.atr)
    trade(p, result, setups_from)
    return result


def make_bars(p: Parameters, minutes: Sequence[Minute], interval: int) -> list[dict]:
    length, anchor = milliseconds(p.chart_timeframe), milliseconds(p.anchor_period)
    groups: dict[int, list[int]] = {}
    for i, minute in enumerate(minutes):
        groups.setdefault(minute.timestamp // length * length, []).append(i)
    deltas = make_deltas(p, minutes)
    bars: list[dict] = []
    for start, inside in groups.items():
        last = minutes[inside[-1]].timestamp == start + length - interval
        later = minutes[-1].timestamp >= start + length
        if not last and not later:
            continue
        walk = [0.0]
        for i in inside:
            walk.append(walk[-1] + deltas[i])
        same_anchor = bars and bars[-1]["time"] // anchor == start // anchor
        opened = bars[-1]["cvd_close"] if same_anchor else 0.0
        bars.append(
            {
                "time": start,
                "open": minutes[inside[0]].open,
                "high": max(minutes[i].high for i in inside),
                "low": min(minutes[i].low for i in inside),
                "close": minutes[inside[-1]].close,
                "cvd_open": opened,
                "cvd_high": opened + max(walk),
                "cvd_low": opened + min(walk),
                "cvd_close": opened + walk[-1],
            }
        )
    return bars


def make_deltas(p: Parameters, minutes: Sequence[Minute]) -> list[float]:
    if p.delta_source == "trades":
        return [minute.buy - minute.sell for minute in minutes]
    signs: list[int] = []
    for i, minute in enumerate(minutes):
        if minute.close > minute.open:
            signs.append(1)
        elif minute.close < minute.open:
            signs.append(-1)
        elif i == 0 or minute.close > minutes[i - 1].close:
            signs.append(1)
        elif minute.close < minutes[i - 1].close:
            signs.append(-1)
        else:
            signs.append(signs[i - 1])
    return [sign * (minute.buy + minute.sell) for sign, minute in zip(signs, minutes, strict=True)]


def true_range(bars: list[dict], i: int) -> float:
    high, low = bars[i]["high"], bars[i]["low"]
    if i == 0:
        return high - low
    before = bars[i - 1]["close"]
    return max(high - low, abs(high - before), abs(low - before))


def rma(values: list[float], n: int) -> list[float | None]:
    out: list[float | None] = []
    for i, value in enumerate(values):
        if i < n - 1:
            out.append(None)
        elif i == n - 1:
            out.append(sum_in_order(values[:n]) / n)
        else:
            out.append(out[-1] + (value - out[-1]) / n)
    return out


def sum_in_order(values: list[float]) -> float:
    total = 0.0
    for value in values:  # the built-in sum compensates from Python 3.12 on
        total = total + value
    return total


def signal(p: Parameters, bars: list[dict], i: int) -> str | None:
    if i == 0:
        return None
    now, before = bars[i], bars[i - 1]
    advanced = p.signal_type == "advanced"
    if now["cvd_close"] < 0 and before["cvd_close"] >= 0 and (not advanced or now["close"] > now["open"]):
        return "bear"
    if now["cvd_close"] > 0 and before["cvd_close"] <= 0 and (not advanced or now["close"] < now["open"]):
        return "bull"
    return None


def gap(p: Parameters, bars: list[dict], i: int, a: float | None) -> tuple | None:
    if i < 2 or a is None:
        return None
    b0, b1, b2 = bars[i], bars[i - 1], bars[i - 2]
    s = FACTORS[p.fvg_sensitivity]
    if p.fvg_bars == "same_type":
        falling = all(b["open"] > b["close"] for b in (b0, b1, b2))
        rising = all(b["open"] <= b["close"] for b in (b0, b1, b2))
        if not (falling or rising):
            return None
    bodies = abs(b0["open"] - b0["close"]) + abs(b1["open"] - b1["close"]) + abs(b2["open"] - b2["close"])
    if not bodies * s > a / 1.5:
        return None
    if not max(abs(b2["close"] - b1["open"]), abs(b1["close"] - b0["open"])) <= a:
        return None
    if b0["high"] < b2["low"] and b1["close"] < b2["low"]:
        found = (b0["time"], "bear", b2["low"], b0["high"])
    elif b0["low"] > b2["high"] and b1["close"] > b2["high"]:
        found = (b0["time"], "bull", b0["low"], b2["high"])
    else:
        return None
    return found if (found[2] - found[3]) * s > a else None


def keep_gaps(bars: list[dict], found: list[tuple | None]) -> list[list[tuple]]:
    after_each_bar = []
    kept: list[tuple] = []
    touched: dict[tuple, int] = {}
    for i, bar in enumerate(bars):
        new = found[i]
        if new is not None:
            kept = [new, *kept]
        kept = kept[:2]
        for each in kept:
            _, direction, top, bottom = each
            if (direction == "bull" and bar["low"] <= top) or (direction == "bear" and bar["high"] >= bottom):
                touched[each] = i
        closed = [
            each
            for each in kept
            if (each[1] == "bull" and bar["close"] < each[3]) or (each[1] == "bear" and bar["close"] > each[2])
        ]
        old = [each for each in kept if i - touched[each] > 200]
        kept = [each for each in kept if each not in closed and each not in old]
        after_each_bar.append(kept)
    return after_each_bar


def order_blocks(p: Parameters, bars: list[dict], atr: list[float | None]) -> list[list[tuple]]:
    n = p.swing_length
    after_each_bar = []
    kept: list[tuple] = []
    swing = "top"
    top = bottom = None  # (index, price)
    crossed = set()
    for i, bar in enumerate(bars):
        if i >= n:
            then = bars[i - n]
            last = bars[i - n + 1 : i + 1]
            before = swing
            if then["high"] > max(each["high"] for each in last):
                swing = "top"
            elif then["low"] < min(each["low"] for each in last):
                swing = "bottom"
            if swing == "top" != before:
                top = (i - n, then["high"])
            if swing == "bottom" != before:
                bottom = (i - n, then["low"])
        marked = []
        for start, direction, upper, lower, broken in kept:
            breaks = (
                min(bar["open"], bar["close"]) < lower
                if direction == "bull"
                else max(bar["open"], bar["close"]) > upper
            )
            marked.append((start, direction, upper, lower, broken or breaks))
        kept = marked
        for direction, point in (("bull", top), ("bear", bottom)):
            if point is None or (direction, point) in crossed:
                continue
            if bar["close"] <= point[1] if direction == "bull" else bar["close"] >= point[1]:
                continue
            crossed.add((direction, point))
            best = i - 1
            for k in range(i - 1, max(point[0], i - 49), -1):
                lower_low = bars[k]["low"] <= bars[best]["low"]
                higher_high = bars[k]["high"] >= bars[best]["high"]
                if lower_low if direction == "bull" else higher_high:
                    best = k
            chosen = bars[best]
            if atr[i] is not None and chosen["high"] - chosen["low"] <= 3.5 * atr[i]:
                kept = [(chosen["time"], direction, chosen["high"], chosen["low"], False), *kept][:5]
        after_each_bar.append(kept)
    return after_each_bar


def trade(p: Parameters, result: Result, setups_from: int) -> None:  # noqa: C901, PLR0912 - the rules as they stand
    balance = p.initial_balance
    state = "none"
    direction = signal_time = zone = order = None
    for i, bar in enumerate(result.bars):
        if bar["time"] < setups_from:
            continue
        now = result.signals[i]
        if state in ("none", "exited", "aborted"):
            state, direction, signal_time, zone, order = "waiting_for_cvd", None, None, None, None
        if state.startswith("waiting") and direction is not None and now is not None and now != direction:
            state = "aborted"
            result.aborted.append(bar["time"])
            continue
        if state == "waiting_for_cvd" and now is not None:
            direction, signal_time = now, bar["time"]
            state = "waiting_for_fvg" if p.entry_mode == "fvg" else "waiting_for_order_block"
        if state == "waiting_for_fvg":
            newest = result.gaps[i]
            if newest is not None and newest[1] == direction and newest[0] == bar["time"]:
                zone = newest
        elif state == "waiting_for_order_block" and result.blocks[i]:
            newest = result.blocks[i][0]
            if newest[1] == direction and newest[0] > signal_time:
                zone = newest
        if state in ("waiting_for_fvg", "waiting_for_order_block") and zone is not None:
            state = "waiting_for_retracement" if p.require_retracement else "enter"
        if state == "waiting_for_retracement" and bar["time"] > zone[0]:
            if direction == "bull" and bar["low"] <= zone[2]:
                state = "enter"
            if direction == "bear" and bar["high"] >= zone[3]:
                state = "enter"
        if state == "enter":
            order = enter(p, bar, direction, result.risk_atr[i])
            state = "entered"
        elif state == "entered":
            left = leave(bar, order)
            if left is not None:
                balance = complete(p, result, order, bar, left, balance)
                state = "exited"
    result.open = order if state == "entered" else None
    result.state = state


def enter(p: Parameters, bar: dict, direction: str, risk_atr: float) -> dict:
    entry = bar["close"]
    sign = 1 if direction == "bull" else -1
    if p.tpsl_method == "dynamic":
        stop = entry - sign * (risk_atr * MULTIPLES[p.risk])
        target = entry + sign * (abs(entry - stop) * p.reward_to_risk)
    else:
        stop = entry * (1 - sign * p.stop_loss_percent / 100)
        target = entry * (1 + sign * p.take_profit_percent / 100)
    side = "Long" if direction == "bull" else "Short"
    return {"side": side, "entry": entry, "entry_time": bar["time"], "stop": stop, "target": target}


def leave(bar: dict, order: dict) -> tuple[float, str] | None:
    if order["side"] == "Long":
        at_target, at_stop = bar["high"] >= order["target"], bar["low"] <= order["stop"]
    else:
        at_target, at_stop = bar["low"] <= order["target"], bar["high"] >= order["stop"]
    if at_stop:
        return order["stop"], "Stop Loss"
    if at_target:
        return order["target"], "Take Profit"
    return None


def complete(p: Parameters, result: Result, order: dict, bar: dict, left: tuple[float, str], balance: float) -> float:
    out, outcome = left
    entry, size = order["entry"], p.position_size
    fees = (p.fee_rate + p.slippage) * (entry + out) * size
    gross = (out - entry) * size if order["side"] == "Long" else (entry - out) * size
    profit = gross - fees
    balance = balance + profit
    result.trades.append(
        order
        | {"exit": out, "exit_time": bar["time"], "outcome": outcome, "fees": fees, "profit": profit}
        | {"balance": balance}
    )
    return balance
