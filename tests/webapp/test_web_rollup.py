"""Bars from the side file are those made of the minutes, bit by bit, whatever happened to the minutes meanwhile."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from example_database import MINUTE, START, add_minutes, create
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.bars import bars, chunks
from webapp.bars.rollup import Rollup
from webapp.database import Database
from webapp.request.timeframes import DAY, SPANS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from webapp.database import Snapshot

PAIR = "BTC/USDT"
LENGTH = 4 * 1440 + 700
FAR = 2**62


def minute(number: int, price: float) -> tuple[float | None, ...]:
    draw = random.Random(number)
    close = price + draw.gauss(0, 30)
    known = None if number % 997 == 0 else draw.choice([3, 4, 4, 4])
    return (number, price, max(price, close) + 1, min(price, close) - 1, close, draw.random(), draw.random(), known, 4)


def fill(writer: sqlite3.Connection, numbers: list[int]) -> None:
    add_minutes(writer, [minute(number, 97_000 + random.Random(-number).random()) for number in numbers])


@pytest.fixture
def stored(path: Path) -> Iterator[sqlite3.Connection]:
    """Four days and a bit from 13:07 on, with holes of a minute, of an hour and of more than a day."""
    writer = create(path)
    holes = {800, 801, *range(1500, 1570), *range(2500, 2500 + 1700)}
    fill(writer, [number for number in range(787, LENGTH) if number not in holes])
    yield writer
    writer.close()


class Reading:
    """A side file beside a database, and how one reads through it."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.database = Database(path)
        self.rollup = Rollup(folder / "side.candles")
        self.at_hand = 0

    async def follow(self) -> None:
        """Have the side file agree with the database and hold all it can."""
        more = True
        while more:
            async with self.database.snapshot() as snapshot:
                self.rollup.follow(PAIR)
                more = await snapshot.run(lambda sql, snapshot=snapshot: self.rollup.step(sql, snapshot))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        async with self.database.snapshot() as snapshot:
            yield snapshot

    async def read(self, snapshot: Snapshot, asked: bars.Asked) -> tuple[list[list], list[list]]:
        """The bars from the side file, and those of the minutes."""

        def both(sql: sqlite3.Connection) -> tuple[list[list], list[list]]:
            newest = bars.newest_minute(sql, PAIR)
            assert newest is not None
            source = bars.Source(PAIR, None, newest)
            kept = chunks.lists(self.rollup.read(sql, snapshot, source, asked))
            made = [list(column) for column in zip(*bars.read(sql, source, asked), strict=True)] or [[]] * 9
            if (at_hand := self.rollup.at_hand(snapshot, source, asked)) is not None:
                assert chunks.lists(at_hand) == made
                self.at_hand += 1
            return kept, made

        return await snapshot.run(both)

    async def agrees(self) -> None:
        """Every bar of every timeframe is the one made of the minutes."""
        async with self.snapshot() as snapshot:
            for span in SPANS.values():
                kept, made = await self.read(snapshot, bars.Asked(span, 0, bars.bar_from(None, span)))
                assert kept == made, span

    async def used(self) -> set[int]:
        """Up to where, UTC ms, bars of each timeframe would be read from the side file."""
        async with self.snapshot() as snapshot:

            def reach(sql: sqlite3.Connection) -> set[int]:
                source = bars.Source(PAIR, None, bars.newest_minute(sql, PAIR) or 0)
                everything = [bars.Asked(span, 0, bars.bar_from(None, span)) for span in SPANS.values()]
                return {self.rollup.reach(sql, snapshot, source, asked) for asked in everything}

            return await snapshot.run(reach)

    def reached(self) -> set[int]:
        """Up to which day bars of each timeframe are in the side file, as days after START."""
        side = self.rollup._opened()
        with side.reading():
            return {(side.until(PAIR, span) - START) // DAY for span in SPANS.values()}


@pytest.fixture
def reading(path: Path, tmp_path: Path) -> Reading:
    return Reading(path, tmp_path / "cache")


@pytest.mark.usefixtures("stored")
def test_bars_of_whole_days_are_kept_and_the_newest_day_is_not(reading: Reading) -> None:
    asyncio.run(reading.follow())
    assert reading.reached() == {4}
    assert asyncio.run(reading.used()) == {START + 4 * DAY}
    asyncio.run(reading.agrees())


@pytest.mark.usefixtures("stored")
def test_any_range_and_limit_gives_the_bits_of_the_minutes(reading: Reading) -> None:
    asyncio.run(reading.follow())

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        span=st.sampled_from(sorted(SPANS.values())),
        begin=st.integers(-100, LENGTH + 100),
        length=st.integers(0, LENGTH),
        limit=st.integers(1, 700) | st.just(FAR),
        newest_first=st.booleans(),
    )
    def holds(span: int, begin: int, length: int, limit: int, newest_first: bool) -> None:
        first = bars.bar_from(START + begin * MINUTE, span)
        end = bars.bar_from(START + (begin + length) * MINUTE, span)
        asked = bars.Asked(span, first, end, limit, newest_first)

        async def compare() -> None:
            async with reading.snapshot() as snapshot:
                kept, made = await reading.read(snapshot, asked)
                assert kept == made

        asyncio.run(compare())

    holds()
    assert reading.at_hand > 5


def test_what_a_correction_changed_is_made_anew_from_its_day_on(stored: sqlite3.Connection, reading: Reading) -> None:
    asyncio.run(reading.follow())
    corrected = START + 1445 * MINUTE
    stored.execute("BEGIN")
    stored.execute(
        "INSERT INTO candle_corrections SELECT NULL, ?, timestamp, pair, open, high, low, close, vBuy, vSell, sources, "
        "configured FROM candles WHERE timestamp = ?",
        (START + LENGTH * MINUTE, corrected),
    )
    stored.execute("UPDATE candles SET high = 200000, vBuy = 77 WHERE timestamp = ?", (corrected,))
    stored.execute("COMMIT")
    asyncio.run(reading.agrees())
    asyncio.run(reading.follow())
    assert reading.reached() == {4}
    asyncio.run(reading.agrees())


def test_minutes_that_an_import_adds_to_the_past_are_seen(stored: sqlite3.Connection, reading: Reading) -> None:
    asyncio.run(reading.follow())
    fill(stored, list(range(2600, 2700)))
    asyncio.run(reading.agrees())
    asyncio.run(reading.follow())
    asyncio.run(reading.agrees())


def test_another_file_with_as_many_rows_is_seen(
    stored: sqlite3.Connection, path: Path, reading: Reading, tmp_path: Path
) -> None:
    asyncio.run(reading.follow())
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as copy:
        stored.backup(copy)
        copy.execute("UPDATE candles SET close = close + 1, high = high + 1 WHERE timestamp < ?", (START + DAY,))
    copy.close()
    stored.close()
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    shutil.move(other, path)
    asyncio.run(reading.agrees())
    asyncio.run(reading.follow())
    assert reading.reached() == {4}
    asyncio.run(reading.agrees())


def test_newer_rows_alone_throw_nothing_away(stored: sqlite3.Connection, reading: Reading) -> None:
    asyncio.run(reading.follow())
    with reading.rollup._opened().reading() as before:
        pass
    fill(stored, list(range(LENGTH, LENGTH + 2000)))
    asyncio.run(reading.follow())
    with reading.rollup._opened().reading() as after:
        assert after == before
    assert reading.reached() == {5}
    asyncio.run(reading.agrees())


def test_a_request_on_an_older_moment_gets_the_bars_of_that_moment(
    stored: sqlite3.Connection, reading: Reading
) -> None:
    async def during() -> None:
        await reading.follow()
        async with reading.snapshot() as before:
            asked = bars.Asked(DAY, 0, bars.bar_from(None, DAY))
            first, _ = await reading.read(before, asked)
            stored.execute("BEGIN")
            stored.execute(
                "INSERT INTO candle_corrections VALUES (NULL, 0, ?, ?, 1, 1, 1, 1, 1, 1, 4, 4)", (START + DAY, PAIR)
            )
            stored.execute("UPDATE candles SET vBuy = 1000 WHERE timestamp = ?", (START + DAY,))
            stored.execute("COMMIT")
            await reading.follow()
            assert await reading.read(before, asked) == (first, first)
        async with reading.snapshot() as after:
            now, made = await reading.read(after, asked)
            assert now == made
            assert now != first

    asyncio.run(during())


@pytest.mark.usefixtures("stored")
def test_a_chunk_that_a_disk_changed_is_noticed_and_made_anew(reading: Reading) -> None:
    asyncio.run(reading.follow())
    with sqlite3.connect(reading.rollup.path) as vandal:
        vandal.execute("UPDATE chunks SET data = zeroblob(length(data)) WHERE span = ?", (SPANS["5m"],))
    vandal.close()
    asyncio.run(reading.agrees())
    asyncio.run(reading.follow())
    assert reading.reached() == {4}
    asyncio.run(reading.agrees())


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""])
def test_a_file_of_another_kind_in_its_place_is_made_anew(reading: Reading, content: bytes) -> None:
    reading.rollup.path.parent.mkdir()
    reading.rollup.path.write_bytes(content)
    asyncio.run(reading.follow())
    asyncio.run(reading.follow())
    assert reading.reached() == {4}
    asyncio.run(reading.agrees())


@pytest.mark.usefixtures("stored")
def test_where_no_side_file_can_be_made_answers_come_without_it(path: Path, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("where a folder should be")
    reading = Reading(path, tmp_path / "a file")
    asyncio.run(reading.follow())
    asyncio.run(reading.agrees())


@pytest.mark.usefixtures("stored")
def test_two_processes_share_one_side_file(path: Path, reading: Reading, tmp_path: Path) -> None:
    asyncio.run(reading.follow())
    other = Reading(path, tmp_path / "cache")
    asyncio.run(other.follow())
    assert other.reached() == {4}
    asyncio.run(other.agrees())
    with other.rollup._opened().reading() as generation:
        assert generation == 0


def test_the_database_itself_is_never_written(stored: sqlite3.Connection, path: Path, reading: Reading) -> None:
    stored.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes(), path.stat().st_mtime_ns
    asyncio.run(reading.follow())
    asyncio.run(reading.agrees())
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
