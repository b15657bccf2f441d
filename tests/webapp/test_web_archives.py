"""Rows that moved to an archive are answered as if they had stayed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import traded as trading
from archived import archive_beside, delete_archived, make_archive
from event_listener import Listener
from example_database import DAY, MINUTE, START, add_flat_minutes, create, publish
from traded import at
from web_client import web_client

from bot.core import archives
from webapp.request.timeframes import SPANS

if TYPE_CHECKING:
    from pathlib import Path

    from web_client import Client

CUT = at(1937)
"""In the middle of a bar of every timeframe but 1m, of a setup and of an hour of logs."""
EARLIER_CUT = at(600)


def moved_at(path: Path) -> None:
    """One archive, cut in the middle of a bar."""
    make_archive(path, 2024, CUT)
    delete_archived(path, CUT)


def moved_at_midnight(path: Path) -> None:
    """One archive, of whole days."""
    make_archive(path, 2024, at(1440))
    delete_archived(path, at(1440))


def moved_in_two_years(path: Path) -> None:
    """Two archives, one after the other."""
    make_archive(path, 2024, EARLIER_CUT)
    make_archive(path, 2025, CUT, EARLIER_CUT)
    delete_archived(path, CUT)


def crashed_before_the_rows_left(path: Path) -> None:
    """All that is in the archive is still in the main file."""
    make_archive(path, 2024, CUT)


def crashed_while_the_rows_left(path: Path) -> None:
    """Some of it is."""
    make_archive(path, 2024, CUT)
    delete_archived(path, EARLIER_CUT)


def imported_into_the_time_of_an_archive(path: Path) -> None:
    """Every third row of the archive's time is in the main file alone."""
    make_archive(path, 2024, CUT)
    third = f"timestamp < {CUT} AND timestamp / 60000 % 3 = 0"
    with closing(sqlite3.connect(archive_beside(path, 2024))) as sql, sql:
        sql.execute(f"DELETE FROM candles WHERE {third}")
        sql.execute(f"DELETE FROM exchange_candles WHERE {third}")
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute(f"DELETE FROM candles WHERE timestamp < {CUT} AND timestamp / 60000 % 3 > 0")
        sql.execute(f"DELETE FROM exchange_candles WHERE timestamp < {CUT} AND timestamp / 60000 % 3 > 0")


WAYS = [
    moved_at,
    moved_at_midnight,
    moved_in_two_years,
    crashed_before_the_rows_left,
    crashed_while_the_rows_left,
    imported_into_the_time_of_an_archive,
]

BY_TIMEFRAME = [
    f"{url}timeframe={timeframe}"
    for timeframes, urls in (
        (SPANS, ["/api/candles?from=0&"]),
        (["1m", "5m", "4h"], ["/api/candles?exchange=okx&from=0&", "/api/completeness?from=0&"]),
        (["15m"], ["/api/candles?limit=7&", f"/api/candles?from={CUT - 7_200_000}&to={CUT + 7_200_000}&"]),
        (["5m", "1h"], ["/api/indicators?limit=1000&", "/api/export/exchange_candles.csv?"]),
    )
    for timeframe in timeframes
    for url in urls
]
URLS = [
    *BY_TIMEFRAME,
    "/api/export/candles.csv",
    "/api/trades",
    f"/api/trades?from={CUT - DAY}&to={CUT + DAY}",
    "/api/trades?mode=imported",
    "/api/orders",
    "/api/equity",
    "/api/equity?mode=backtest",
    "/api/statistics",
    "/api/statistics?mode=imported",
    "/api/statistics/candles?timeframe=15m",
    "/api/patterns?timeframe=5m",
    "/api/setups?limit=1000",
    "/api/setups?mode=backtest&limit=1000",
    "/api/parameters",
    "/api/logs?limit=1000",
]


def rounded(value: object) -> object:
    """Sums over rows in another order differ in their last digits."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def answer(client: Client, url: str) -> object:
    """What is told, without whom it was read from."""
    response = client.get(url)
    assert response.status_code == 200, response.text
    if response.headers["content-type"] != "application/json":
        return response.text
    body = response.json()
    del body["snapshot"]
    return body


@pytest.fixture(scope="module")
def unmoved(traded_once: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The answers when everything is in one file."""
    path = tmp_path_factory.mktemp("unmoved") / "trading.db"
    trading.copy(traded_once, path)
    with web_client(path) as client:
        found = {url: answer(client, url) for url in URLS}
        trades = client.get("/api/trades").json()["trades"]
        found |= {url: answer(client, url) for url in (f"/api/trades/{trade['id']}" for trade in trades)}
    return found


@pytest.mark.more
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_answer_is_as_if_all_rows_had_stayed(traded: Path, way: Any, unmoved: dict[str, object]) -> None:
    way(traded)
    with web_client(traded) as client:
        for url, told in unmoved.items():
            assert rounded(answer(client, url)) == rounded(told), url
            if way is not imported_into_the_time_of_an_archive:
                assert answer(client, url) == told, url


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_rows_are_counted_once(traded: Path, way: Any, unmoved: dict[str, object]) -> None:
    assert unmoved
    with web_client(traded) as client:
        counts = client.get("/api/status").json()["counts"]
        way(traded)
        assert client.get("/api/status").json()["counts"] == counts


@pytest.fixture
def archived(writer: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Minutes 0 to 99 in archive_2024.db, 100 to 199 in the main file."""
    add_flat_minutes(writer, 0, 200)
    make_archive(path, 2024, START + 100 * MINUTE)
    delete_archived(path, START + 100 * MINUTE)
    return writer


@pytest.mark.usefixtures("archived")
def test_status_names_the_archives(client: Client, path: Path) -> None:
    (found,) = client.get("/api/status").json()["database"]["archives"]
    assert found == {
        "name": "archive_2024.db",
        "state": "ok",
        "message": None,
        "size": archive_beside(path, 2024).stat().st_size,
    }


def _damage(file: Path) -> None:
    file.write_bytes(b"\xff" * file.stat().st_size)


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as sql:
        sql.execute("PRAGMA user_version = 2")


def _foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as sql:
        sql.execute("CREATE TABLE songs (title)")


def _damage_inside(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * 4096)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("spoil", "state", "advice"),
    [
        (_damage, "corrupt", "copy it again with `cvdbot sync`"),
        (_damage_inside, "corrupt", "copy it again with `cvdbot sync`"),
        (_newer, "newer", "update cvdbot here"),
        (_foreign, "foreign", "move it away"),
        (lambda file: file.write_bytes(b""), "foreign", "move it away"),
        (_folder, "unreadable", "check its permissions"),
    ],
)
@pytest.mark.usefixtures("archived")
def test_an_archive_that_cannot_be_read_is_left_out_and_named(
    client: Client, path: Path, spoil: Any, state: str, advice: str
) -> None:
    assert len(client.get("/api/candles").json()["candles"]["close"]) == 200
    spoil(archive_beside(path, 2024))

    (found,) = client.get("/api/status").json()["database"]["archives"]
    assert found["state"] == state
    assert str(archive_beside(path, 2024)) in found["message"]
    assert advice in found["message"]
    assert len(client.get("/api/candles").json()["candles"]["close"]) == 100


def test_damage_further_inside_is_met_by_who_reads_there_and_said(
    writer: sqlite3.Connection, path: Path, client: Client
) -> None:
    add_flat_minutes(writer, 0, 5000)
    archive = make_archive(path, 2024, START + 4000 * MINUTE)
    delete_archived(path, START + 4000 * MINUTE)
    with archive.open("r+b") as file:
        file.seek(archive.stat().st_size // 2)
        file.write(b"\xff" * 4096)
    found = client.get("/api/status").json()["database"]  # it counts rows, so it reads there
    assert (found["state"], "an archive beside it" in found["message"]) == ("corrupt", True)
    assert len(client.get("/api/candles?timeframe=5m&limit=100").json()["candles"]["close"]) == 100
    refused = client.get("/api/candles?from=0")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "database_corrupt")
    assert "an archive beside it" in refused.json()["error"]["message"]


def test_a_new_archive_is_another_snapshot(archived: sqlite3.Connection, path: Path, client: Client) -> None:
    first = client.get("/api/candles")
    archive_beside(path, 2024).unlink()
    second = client.get("/api/candles", headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    assert len(second.json()["candles"]["close"]) == 100
    assert archived.in_transaction is False


def test_moving_rows_is_told_to_listeners_as_nothing_that_changed(
    writer: sqlite3.Connection, path: Path, client: Client
) -> None:
    add_flat_minutes(writer, 0, 300)

    async def listen() -> list[int | None]:
        async with Listener(client.app) as listener:
            await listener.next()
            make_archive(path, 2024, START + 100 * MINUTE)
            delete_archived(path, START + 100 * MINUTE)
            found = []
            while not found or (await client.http.get("/api/status")).json()["snapshot"]["id"] != found[-1][1]:
                event = await listener.next()
                assert event is not None
                found.append((event.data["changed_from"], event.id))
            return [changed for changed, _ in found]

    assert set(client.runner.run(listen())) == {None}


def test_published_generations_have_their_archives(tmp_path: Path) -> None:
    source, data = tmp_path / "pi.db", tmp_path / "data"
    with closing(create(source)) as writer:
        add_flat_minutes(writer, 0, 200)
        make_archive(source, 2024, START + 100 * MINUTE)
        delete_archived(source, START + 100 * MINUTE)
        name = publish(data, source, 1)
        generation = data / "generations" / "1"
        archive = archive_beside(source, 2024)
        archive.chmod(0o444)
        archive_beside(generation / "trading.db", 2024).hardlink_to(archive)
        with web_client(name) as client:
            assert len(client.get("/api/candles").json()["candles"]["close"]) == 200


def test_eleven_archives_are_one_too_many_and_the_oldest_is_named(path: Path, client: Client) -> None:
    with closing(create(path)) as writer:
        add_flat_minutes(writer, 0, 120)
    for number in range(11):
        make_archive(path, 2014 + number, START + (number + 1) * 10 * MINUTE, START + number * 10 * MINUTE)
    delete_archived(path, START + 110 * MINUTE)
    found = client.get("/api/status").json()["database"]["archives"]
    assert [archive["state"] for archive in found] == ["ok"] * 10 + ["unreadable"]
    assert "only the newest 10" in found[-1]["message"]
    assert len(client.get("/api/candles").json()["candles"]["close"]) == 110


def test_a_piece_is_of_one_file_or_a_copy_of_few_rows(archived: sqlite3.Connection, path: Path) -> None:
    """Bars of an hour: minutes 0 to 59 from the archive, the hour of the cut copied, the rest from the main file."""
    assert archived
    sql = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, factory=archives.Connection)
    archives.attach(sql, path, "mode=ro")
    seen = []

    def read(begin: int, end: int) -> list[tuple[int, int, str]]:
        ((view,),) = sql.execute("SELECT sql FROM sqlite_temp_schema WHERE name = 'candles'").fetchall()
        seen.append(((begin - START) // MINUTE, (end - START) // MINUTE, view.partition("FROM ")[2]))
        return sql.execute("SELECT timestamp FROM candles").fetchall()

    rows = archives.joined(sql, ["candles"], 60 * MINUTE, START, START + 240 * MINUTE, read)
    assert seen == [
        (0, 60, "archive_2024.candles"),
        (60, 120, "temp.candles_piece"),
        (120, 240, "main.candles"),
    ]
    assert len(rows) == 100 + 60 + 100
    assert sql.execute("SELECT count(*) FROM candles").fetchone() == (200,)
    sql.close()
