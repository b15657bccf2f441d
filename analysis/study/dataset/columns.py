"""What stands in each column of the data set? Its name, unit and meaning.

A **feature** is known at the close of its bar and needs nothing after it. A **label** is what came after that close:
it is what is to be predicted, and is never learnt from. Prices and volumes grow over the years, so features are in
units that stay alike: ATRs, shares, ratios. Where something is not known (too few bars before it, a hole, a minute
missing, an exchange away) a column is null, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

LOOK_BACK = 48
"""No feature but the ATR and the zones looks further back, in bars."""
FAR = 10.0
"""ATRs: no gap is told to be further away than this, and where none is open this is told."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `{exchange}` in a name stands for one column an exchange."""

    name: str
    unit: str
    meaning: str


FEATURES = (
    Column("body", "ATR", "Close - open of the bar, in ATR(10) of its close, as all ATRs here."),
    Column("range", "ATR", "High - low of the bar."),
    Column("close_place", "0 to 1", "Where the close lies between low (0) and high (1); 0.5 when they are equal."),
    Column("return_3", "ATR", "Close less the close 3 bars before."),
    Column("return_12", "ATR", "Close less the close 12 bars before."),
    Column("return_48", "ATR", "Close less the close 48 bars before."),
    Column("volatility", "%", "ATR(10) in % of the close."),
    Column("volatility_change", "ratio", "Mean range of the newest 12 bars / of the newest 48."),
    Column("volume", "ratio", "Volume of the bar / mean volume of the newest 48."),
    Column("delta", "-1 to 1", "Delta of the bar / its volume; 0 without volume."),
    Column("delta_3", "-1 to 1", "Delta of the newest 3 bars / their volume."),
    Column("delta_12", "-1 to 1", "Delta of the newest 12 bars / their volume."),
    Column("delta_48", "-1 to 1", "Delta of the newest 48 bars / their volume."),
    Column("cvd", "ratio", "CVD of the anchor period at the close / mean volume of the newest 48 bars."),
    Column("absorption", "correlation", "Of deltas and bodies of the newest 48 bars; 0 where one stands still."),
    Column("signal", "-1, 0, 1", "The strategy's signal on this bar: 1 bull, -1 bear."),
    Column(
        "trend",
        "-1 to 1",
        "Direction of the newest signal, fading over 48 bars: 1 is a bull signal on this bar, 0.5 one 24 bars ago.",
    ),
    Column("gap", "ATR", "Height of the gap that begins on this bar, bearish ones negative; 0 without one."),
    Column("bull_gap", "ATR", "Close less the top of the newest open bullish gap; at most 10, 10 where none is open."),
    Column(
        "bear_gap",
        "ATR",
        "Bottom of the newest open bearish gap less the close; at most 10, 10 where none is open.",
    ),
    Column("hour_sin", "-1 to 1", "Sine of the time of day (UTC) at the close, 24 hours a turn."),
    Column("hour_cos", "-1 to 1", "Cosine of the same."),
    Column("weekend", "0, 1", "1 when the bar opens on Saturday or Sunday, UTC."),
)
"""Features of every source of candles, in their order."""

EXCHANGE_FEATURES = (
    Column("share_{exchange}", "0 to 1", "The exchange's part of the bar's volume."),
    Column("delta_{exchange}", "-1 to 1", "Its delta / its volume; 0 without volume."),
    Column("premium_{exchange}", "ATR", "Its last close less the bar's close."),
)
"""Features of each exchange, where the database has its minutes; null in a bar in which one of them is incomplete."""

HORIZONS = (1, 3, 12)
"""Bars ahead."""

LABELS = (
    *(
        Column(f"up_{bars}", "0, 1", f"1 when the close {bars} bars later is above the open of the next bar, 0 below.")
        for bars in HORIZONS
    ),
    *(Column(f"move_{bars}", "%", f"That move, in % of the next bar's open, over {bars} bars.") for bars in HORIZONS),
    Column("trade_profit", "USDT", "Profit of the trade that the strategy entered at this close; null without one."),
    Column("trade_win", "0, 1", "Whether that trade won."),
    Column("trade_exit", "UTC ms", "Open of the bar on which it left."),
)
"""What came after the close; null where it is not decided yet, a bar of it is missing, or the price stood still."""
