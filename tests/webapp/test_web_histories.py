"""What is kept of the stored minutes grows with each snapshot, and is what reading all anew would give."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from example_database import MINUTE, START, add_minutes, create
from hypothesis import given
from hypothesis import strategies as st
from web_client import web_client

from webapp.bars import chunks
from webapp.bars.grown import Minutes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from webapp.bars.histories import Histories


def columns(rows: list[tuple[int, float]]) -> chunks.Columns:
    return chunks.columns_of([(time, *(price,) * 4, 1.0, 1.0, 4, 4) for time, price in rows])


def rows_of(minutes: Minutes) -> list[tuple[int, float]]:
    market = minutes.market("BTC/USDT")
    return list(zip(market.timestamp.tolist(), market.close.tolist(), strict=True))


ROWS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1.0, 2.0])), unique_by=lambda row: row[0]).map(sorted)


@given(st.lists(st.tuples(st.integers(0, 40), ROWS, st.booleans()), max_size=12))
def test_minutes_are_those_up_to_an_instant_and_then_the_new_ones_and_older_views_do_not_change(
    steps: list[tuple[int, list[tuple[int, float]], bool]],
) -> None:
    minutes, expected = Minutes(), []
    views: list[tuple[Minutes, list[tuple[int, float]]]] = []
    for begin, drawn, as_before in steps:
        new = [row for row in drawn if row[0] >= begin]
        if as_before:  # the usual case: what was there, and a few more
            tail = [row for row in expected if row[0] >= begin]
            new = tail + [row for row in new if not tail or row[0] > tail[-1][0]]
        views.append((minutes, expected))
        minutes = minutes.followed(begin, columns(new))
        expected = [row for row in expected if row[0] < begin] + new
        assert rows_of(minutes) == expected
    assert all(rows_of(old) == known for old, known in views)


def test_a_new_minute_is_written_behind_the_others_and_two_successors_do_not_write_over_each_other() -> None:
    first = Minutes().followed(0, columns([(number, 1.0) for number in range(5000)]))
    one, other = first.followed(4999, columns([(4999, 1.0), (5000, 2.0)])), first.followed(5000, columns([(5001, 3.0)]))
    assert np.shares_memory(first.market("").close, one.market("").close)
    assert rows_of(one)[-2:] == [(4999, 1.0), (5000, 2.0)]
    assert rows_of(other)[-2:] == [(4999, 1.0), (5001, 3.0)]


class Read:
    """Counts the minutes that are read."""

    def __init__(self, histories: Histories, monkeypatch: pytest.MonkeyPatch) -> None:
        self.minutes = 0
        whole = histories._rollup.read

        def read(*asked: Any) -> Any:
            for part in whole(*asked):
                self.minutes += len(part[0])
                yield part

        monkeypatch.setattr(histories._rollup, "read", read)

    def taken(self) -> int:
        minutes, self.minutes = self.minutes, 0
        return minutes


def minute(number: int, price: float = 100.0) -> tuple[Any, ...]:
    bend = number % 7 - 3 + 20 * (number % 97 == 0)
    return (number, price, price + 5 + bend, price - 5, price + bend, 3.0 + number % 5, 2.0 + number % 3, 4, 4)


def test_after_each_snapshot_only_new_and_changed_minutes_are_read_and_the_answer_is_that_of_a_new_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trading.db"
    writer = create(path)
    writer.execute("INSERT INTO configurations VALUES (1, 0, 'BTC/USDT', '{}', 'perpetual', '[]', '1')")
    add_minutes(writer, [minute(number) for number in range(6000)])
    ask = "/api/indicators?timeframe=1m&limit=3000&atr_length=5"
    with web_client(path) as client:
        read = Read(client.app.state.histories, monkeypatch)

        def answered() -> dict[str, Any]:
            mine: dict[str, Any] = client.get(ask).json()
            with web_client(path) as fresh:
                assert json.dumps(fresh.get(ask).json()["gaps"]) == json.dumps(mine["gaps"])
                assert fresh.get(ask).json()["cvd"] == mine["cvd"]
            return mine

        assert len(answered()["cvd"]["timestamp"]) == 3000
        assert read.taken() == 6000
        add_minutes(writer, [minute(6000)])
        assert answered()["cvd"]["timestamp"][-1] == START + 6000 * MINUTE
        assert read.taken() == 62, "what was the newest minute, the hour before it, the new one"
        corrected = START + 5000 * MINUTE
        writer.execute("UPDATE candles SET vBuy = vBuy + 1000 WHERE timestamp = ?", (corrected,))
        writer.execute(
            "INSERT INTO candle_corrections SELECT NULL, ?, * FROM candles WHERE timestamp = ?", (corrected, corrected)
        )
        place = 5000 - (6001 - 3000)
        assert answered()["cvd"]["close"][place] > 900
        assert read.taken() == 1001, "from the corrected minute on"
        writer.execute("DELETE FROM candles WHERE timestamp < ?", (START + 100 * MINUTE,))
        answered()
        assert read.taken() == 5901, "nothing tells where the past changed"
    writer.close()
