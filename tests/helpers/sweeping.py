"""Grids, archives and the command for tests of the sweep."""

from __future__ import annotations

import json

from command import call

from bot.core.times import MINUTE


def grid_file(folder, text, name="grid.toml"):
    path = folder / name
    path.write_text(text)
    return path


def archive_file(folder, minutes, interval=MINUTE, name="candles.csv"):
    """A kline archive of candles of an interval, taken as they come."""
    path = folder / name
    begin = minutes[0].timestamp // interval * interval
    path.write_text(
        "".join(
            f"{begin + number * interval},{m.open},{m.high},{m.low},{m.close},{m.buy + m.sell},"
            f"{begin + (number + 1) * interval - 1},0,{9 if m.buy + m.sell else 0},{m.buy},0\n"
            for number, m in enumerate(minutes)
        )
    )
    return path


def sweep(*options):
    """What `sweep --json` prints, and what it says beside."""
    said, beside = call("sweep", *options, "--json")
    assert "NaN" not in said
    assert "Infinity" not in said
    return json.loads(said), beside


def backtest(*options):
    return json.loads(call("backtest", *options, "--json")[0])
