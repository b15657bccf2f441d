"""Bars over HTTP are those of polars' `group_by_dynamic`: made of the minutes, and from the side file."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from example_database import DAY, MINUTE, START, add_minutes, create
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_client import Client, web_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FRAMES = ["1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d"]
COLUMNS = ["timestamp", "open", "high", "low", "close", "vBuy", "vSell"]
FIRST, LAST = -5 * 1440 + 1427, 431
"""From 23:47 on 2025-04-29 to 07:11 on 2025-05-04, in minutes since START: over the end of a month."""

HOLES = [(-5000, 1), (-4321, 59), (-3600, 240), (-2881, 3), (-1500, 60)]


def minutes() -> list[tuple[Any, ...]]:
    draw = random.Random(20)
    gone = {number for first, length in HOLES for number in range(first, first + length)}
    rows: list[tuple[Any, ...]] = []
    for number in range(FIRST, LAST):
        opening, close = draw.gauss(97_000, 300), draw.gauss(97_000, 300)
        volumes = draw.randrange(4000) / 8, draw.randrange(4000) / 8  # eighths, so that sums are exact in any order
        high, low = max(opening, close) + draw.random(), min(opening, close) - draw.random()
        if number not in gone:
            rows.append((number, opening, high, low, close, *volumes, 4, 4))
    return rows


def expected(rows: list[tuple[Any, ...]], timeframe: str) -> dict[str, list[Any]]:
    frame = pl.DataFrame(
        [(START + row[0] * MINUTE, *row[1:7]) for row in rows], schema=dict.fromkeys(COLUMNS, pl.Float64), orient="row"
    ).with_columns(pl.col("timestamp").cast(pl.Int64).cast(pl.Datetime("ms")))
    bars = frame.group_by_dynamic("timestamp", every=timeframe).agg(
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        pl.col("vBuy").sum(),
        pl.col("vSell").sum(),
    )
    return bars.with_columns(pl.col("timestamp").dt.epoch("ms")).to_dict(as_series=False)


def told(client: Client, query: str) -> dict[str, list[Any]]:
    candles = client.get(f"/api/candles?{query}").json()["candles"]
    return {name: candles[name] for name in COLUMNS}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("market") / "trading.db"
    writer = create(path)
    add_minutes(writer, minutes())
    writer.close()
    return path


@pytest.fixture(scope="module")
def kept(market: Path) -> Iterator[Client]:
    """A client of an app whose side file is made."""
    with web_client(market) as client:
        client.get("/api/candles?from=0&limit=7000")
        client.runner.run(client.app.state.rollup.finished())
        side = client.app.state.rollup._opened()
        with side.reading():
            assert {side.until("BTC/USDT", span * MINUTE) for span in (1, 60, 1440)} == {START}
        yield client


@pytest.mark.parametrize("timeframe", FRAMES)
def test_made_of_the_minutes_every_bar_is_that_of_polars(
    market: Path, tmp_path: Path, timeframe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.bars.rollup.Rollup._agreement", lambda *_: None)
    with web_client(market, tmp_path) as client:
        assert told(client, f"timeframe={timeframe}&from=0") == expected(minutes(), timeframe)


@pytest.mark.parametrize("timeframe", FRAMES)
def test_from_the_side_file_every_bar_is_that_of_polars(kept: Client, timeframe: str) -> None:
    assert told(kept, f"timeframe={timeframe}&from=0") == expected(minutes(), timeframe)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    timeframe=st.sampled_from(FRAMES),
    begin=st.none() | st.integers(FIRST - 2000, LAST + 100),
    length=st.integers(1, 9000),
    limit=st.none() | st.integers(1, 3000),
)
def test_any_window_is_cut_from_the_bars_of_polars(
    kept: Client, timeframe: str, begin: int | None, length: int, limit: int | None
) -> None:
    since = -(2**62) if begin is None else START + begin * MINUTE
    until = START + ((FIRST if begin is None else begin) + length) * MINUTE
    query = f"timeframe={timeframe}&to={until}"
    query += "" if begin is None else f"&from={since}"
    query += "" if limit is None else f"&limit={limit}"
    whole = expected(minutes(), timeframe)
    rows = [row for row in zip(*whole.values(), strict=True) if since <= row[0] < until]
    rows = rows[-(limit or 500) :] if begin is None else rows[: limit or 100_000]
    assert list(zip(*told(kept, query).values(), strict=True)) == rows


def test_a_bar_in_which_a_minute_is_missing_says_so_from_the_side_file_too(kept: Client) -> None:
    candles = kept.get(f"/api/candles?timeframe=1h&from={START - 5 * DAY}").json()["candles"]
    lacking = {
        (bar - START) // (60 * MINUTE) for bar, n in zip(candles["timestamp"], candles["sources"], strict=True) if not n
    }
    # 23:47 begins within an hour; minute -5000 lies in hour -84, minutes -4321 to -4263 in the hours -73 and -72,
    # -2881 to -2879 in -49 and -48
    assert lacking == {-97, -84, -73, -72, -49, -48}
    assert START - 25 * 60 * MINUTE not in candles["timestamp"], "an hour without any minute is absent"


def test_an_answer_is_sent_again_as_it_was_until_there_is_another_snapshot(path: Path, tmp_path: Path) -> None:
    writer = create(path)
    add_minutes(writer, [(n, 1.5, 2.5, 0.5, 1.25, 1.0, 2.0, 4, 4) for n in range(10)])
    with web_client(path, tmp_path) as client:
        looked: list[object] = []
        opened = client.app.state.database._open
        client.app.state.database._open = lambda: looked.append(1) or opened()
        first = client.get("/api/candles?timeframe=5m")
        again = client.get("/api/candles?timeframe=5m")
        known = client.get("/api/candles?timeframe=5m", headers={"If-None-Match": first.headers["etag"]})
        assert (again.content, again.headers) == (first.content, first.headers)
        assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", first.headers["etag"])
        assert known.headers["cache-control"] == first.headers["cache-control"] == "no-cache"
        assert len(looked) == 1, "the database was opened for the first alone"
        add_minutes(writer, [(10, 1.5, 2.5, 0.5, 1.25, 1.0, 2.0, 4, 4)])
        newer = client.get("/api/candles?timeframe=5m", headers={"If-None-Match": first.headers["etag"]})
        assert newer.status_code == 200
        assert newer.json()["candles"]["timestamp"][-1] == START + 10 * MINUTE
        assert client.get("/api/candles?timeframe=5m").content == newer.content
        assert len(looked) == 2
    writer.close()


def test_answers_in_memory_are_bounded(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.serving.kept.MOST_BYTES", 30_000)
    writer = create(path)
    add_minutes(writer, [(n, 1.5, 2.5, 0.5, 1.25, 1.0, 2.0, 4, 4) for n in range(300)])
    with web_client(path, tmp_path) as client:
        sizes = [len(client.get(f"/api/candles?limit={limit}").content) for limit in range(100, 140)]
        kept = client.app.middleware_stack
        while type(kept).__name__ != "KeptAnswers":
            kept = kept.app
        assert sum(sizes) > 150_000
        assert kept._bytes == sum(len(one.body) for one in kept._kept.values()) <= 30_000
        assert len(client.get("/api/candles?limit=139").json()["candles"]["open"]) == 139
    writer.close()
