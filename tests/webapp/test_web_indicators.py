"""GET /api/indicators: any window, on any timeframe, is cut from the run over the whole history."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from example_database import DAY, MINUTE, START, add_minutes, create
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_client import Client, web_client

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAMES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1440}
FIRST, LAST = 787, 9 * 1440 + 333
"""Minutes since START."""

PARAMETERS = [
    "",
    "&atr_length=5",
    "&anchor_period=15m",
    "&swing_length=4&fvg_sensitivity=extreme",
    "&delta_source=polarity",
]


def rows() -> list[tuple[Any, ...]]:
    """A market that jumps, with a hole of four hours."""
    draw, price, made = random.Random(5), 97_000.0, []
    for number in range(FIRST, LAST):
        close = price * (1 + draw.gauss(0, 0.0006) + (draw.random() < 0.02) * draw.gauss(0, 0.004))
        high, low = max(price, close) * 1.0001, min(price, close) * 0.9999
        if not 4000 <= number < 4240:
            made.append((number, price, high, low, close, draw.expovariate(0.1), draw.expovariate(0.1), 4, 4))
        price = close
    return made


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("market") / "trading.db"
    writer = create(path)
    add_minutes(writer, rows())
    writer.execute("INSERT INTO configurations VALUES (1, 0, 'BTC/USDT', '{}', 'perpetual', '[]', '1')")
    writer.close()
    with web_client(path) as made:
        yield made


WHOLE: dict[str, dict[str, Any]] = {}


def whole(client: Client, timeframe: str, parameters: str) -> dict[str, Any]:
    """The run over the whole history; asked for once."""
    query = f"timeframe={timeframe}{parameters}"
    if query not in WHOLE:
        WHOLE[query] = client.get(f"/api/indicators?from=0&{query}").json()
    return WHOLE[query]


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    timeframe=st.sampled_from(sorted(FRAMES)),
    parameters=st.sampled_from(PARAMETERS),
    begin=st.none() | st.integers(-100, LAST + 100),
    length=st.none() | st.integers(0, LAST),
    limit=st.none() | st.integers(1, 800),
)
def test_a_window_is_cut_from_the_run_over_the_whole_history(
    client: Client, timeframe: str, parameters: str, begin: int | None, length: int | None, limit: int | None
) -> None:
    since = -(2**62) if begin is None else START + begin * MINUTE
    until = 2**62 if length is None else START + (max(begin or 0, 0) + length) * MINUTE
    query = f"timeframe={timeframe}{parameters}"
    query += "" if begin is None else f"&from={since}"
    query += "" if length is None else f"&to={until}"
    query += "" if limit is None else f"&limit={limit}"
    if since > until:
        return
    window, everything = client.get(f"/api/indicators?{query}").json(), whole(client, timeframe, parameters)

    opens = [time for time in everything["cvd"]["timestamp"] if since <= time < until]
    opens = opens[-(limit or 500) :] if begin is None else opens[: limit or 100_000]
    for name in ("cvd", "atr"):
        columns = everything[name]
        inside = [row for row in zip(*columns.values(), strict=True) if opens and opens[0] <= row[0] <= opens[-1]]
        assert list(zip(*window[name].values(), strict=True)) == inside, name
    signals = everything["signals"]
    assert window["signals"] == [one for one in signals if opens and opens[0] <= one["timestamp"] <= opens[-1]]
    for name in ("gaps", "order_blocks"):
        overlapping = [
            zone
            for zone in everything[name]
            if opens and zone["start"] <= opens[-1] and (zone["end"] is None or zone["end"] >= opens[0])
        ]
        if opens:
            assert window[name] == overlapping, name


def test_there_is_something_of_everything(client: Client) -> None:
    for timeframe in ("1m", "5m", "15m"):
        answer = whole(client, timeframe, "")
        assert all(len(answer[name]) > 3 for name in ("signals", "gaps")), timeframe
        assert answer["gaps"][0]["end"] is None or answer["gaps"][0]["ended_by"] is not None
    assert len(whole(client, "5m", "&swing_length=4&fvg_sensitivity=extreme")["order_blocks"]) > 3


def test_the_first_bars_have_no_average_yet(client: Client) -> None:
    values = whole(client, "1h", "&atr_length=5")["atr"]["value"]
    assert values[:4] == [None] * 4
    assert values[4] is not None


def test_the_newest_bar_is_there_once_its_last_minute_is(client: Client) -> None:
    times = whole(client, "5m", "")["cvd"]["timestamp"]
    assert times[-1] == START + 9 * DAY + 325 * MINUTE, "minute 332 is stored, 334 would end the bar of 330"


@pytest.mark.parametrize(("timeframe", "parameters"), [("1h", ""), ("15m", "&delta_source=polarity"), ("4h", "")])
def test_the_bar_that_is_not_over_has_the_cvd_of_its_minutes_so_far(
    client: Client, timeframe: str, parameters: str
) -> None:
    answer = whole(client, timeframe, parameters)
    minutes = whole(client, "1m", f"{parameters}&anchor_period=1d")["cvd"]
    span = FRAMES[timeframe] * MINUTE
    opened = minutes["timestamp"][-1] // span * span
    assert answer["cvd"]["timestamp"][-1] == opened - span
    place = minutes["timestamp"].index(opened)
    begin = minutes["open"][place]  # of the day; the bar's own begins at zero, for its anchor period does
    so_far = answer["forming"]
    assert so_far["timestamp"] == opened
    assert so_far["open"] == 0.0
    assert so_far["close"] == pytest.approx(minutes["close"][-1] - begin)
    assert so_far["high"] == pytest.approx(max(minutes["high"][place:]) - begin)
    assert so_far["low"] == pytest.approx(min(minutes["low"][place:]) - begin)


def test_a_window_before_the_bar_that_is_not_over_does_not_have_it(client: Client) -> None:
    opened = whole(client, "1h", "")["forming"]["timestamp"]
    ask = "/api/indicators?timeframe=1h&from=0"
    assert client.get(f"{ask}&to={opened}").json()["forming"] is None
    assert client.get(f"{ask}&to={opened + 60 * MINUTE}").json()["forming"]["timestamp"] == opened
    assert client.get(f"{ask}&limit=3").json()["forming"] is None
    assert whole(client, "1m", "")["forming"] is None, "a minute that is stored is over"


def test_the_same_parameters_over_the_side_file_give_the_same_bytes(client: Client) -> None:
    before = json.dumps(whole(client, "15m", "")["cvd"])
    client.get("/api/candles?timeframe=1h&from=0")
    client.runner.run(client.app.state.rollup.finished())
    client.app.state.histories._kept.clear()
    after = client.get("/api/indicators?timeframe=15m&from=1").json()
    assert json.dumps(after["cvd"]) == before
