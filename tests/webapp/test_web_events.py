"""A page that listens is told of every new copy, and from where on the past has changed."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from event_listener import PATIENCE, Event, Listener, parsed
from example_database import MINUTE, START, add_flat_minutes, create, publish
from web_client import web_client
from web_server import serve

from webapp import limits
from webapp.api import events
from webapp.reading import changes

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from web_client import Client

HOUR = 60


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, so that the tests need not wait."""
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.01)


def heard(client: Client, *steps: Callable[[], object], last: str | None = None, query: str = "") -> list[Event | None]:
    """Listen: the first event, and the one after each step."""

    async def listen() -> list[Event | None]:
        async with Listener(client.app, last, query=query) as listener:
            found = [await listener.next()]
            for step in steps:
                step()
                found.append(await listener.next())
            return found

    return client.runner.run(listen())


def changed_from(client: Client, step: Callable[[], object]) -> int | None:
    """What the event after a step says."""
    event = heard(client, step)[1]
    assert event is not None
    assert event.kind == "snapshot"
    found: int | None = event.data["changed_from"]
    return found


def snapshot(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/status").json()["snapshot"]
    return found


def correct(writer: sqlite3.Connection, minute: int) -> None:
    """Change a candle as the bot does when a trade comes late."""
    writer.execute("BEGIN")
    writer.execute(
        "INSERT INTO candle_corrections (corrected, timestamp, pair, open, high, low, close, vBuy, vSell, sources, "
        "configured) SELECT 1, * FROM candles WHERE timestamp = ?",
        (START + minute * MINUTE,),
    )
    writer.execute("UPDATE candles SET close = 101 WHERE timestamp = ?", (START + minute * MINUTE,))
    writer.execute("COMMIT")


def test_the_first_event_is_the_snapshot_that_is_there(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 3)
    (event,) = heard(client)
    assert event == Event("snapshot", {"snapshot": snapshot(client), "changed_from": None}, snapshot(client)["id"])


def test_a_newer_row_is_told_and_the_past_has_not_changed(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 300)
    first, second = heard(client, lambda: add_flat_minutes(writer, 300, 1))
    assert first is not None
    assert second is not None
    assert second.data == {"snapshot": snapshot(client), "changed_from": None}
    assert second.data["snapshot"]["newest"] == START + 300 * MINUTE
    assert second.id != first.id


def test_a_corrected_candle_is_told_with_its_minute(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 300)
    assert changed_from(client, lambda: correct(writer, 298)) == START + 298 * MINUTE


def test_the_earliest_of_several_corrections_counts(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 300)

    def several() -> None:
        writer.execute("SAVEPOINT several")
        for minute in (250, 40, 299):
            writer.execute(
                "INSERT INTO candle_corrections (corrected, timestamp, pair) VALUES (1, ?, 'BTC/USDT')",
                (START + minute * MINUTE,),
            )
        writer.execute("RELEASE several")

    assert changed_from(client, several) == START + 40 * MINUTE


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_an_import_before_the_first_minute_changes_everything(
    writer: sqlite3.Connection, client: Client, journal_mode: str
) -> None:
    writer.execute(f"PRAGMA journal_mode = {journal_mode}")
    add_flat_minutes(writer, 0, 300)
    assert changed_from(client, lambda: add_flat_minutes(writer, -10, 10)) == START - 10 * MINUTE


def test_an_import_into_a_hole_changes_everything(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 100)
    add_flat_minutes(writer, 110, 200)
    assert changed_from(client, lambda: add_flat_minutes(writer, 100, 10)) == START


def test_a_candle_that_somebody_edited_changes_everything(writer: sqlite3.Connection, client: Client) -> None:
    """Nobody noted it: the sums over the rows say so when the log is folded into the main file."""
    add_flat_minutes(writer, 0, 300)

    def edit() -> None:
        writer.execute("UPDATE candles SET high = 100.5 WHERE timestamp = ?", (START + 7 * MINUTE,))
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert changed_from(client, edit) == START


def test_folding_the_log_into_the_main_file_changes_nothing(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 300)

    def add_and_fold() -> None:
        writer.execute("UPDATE candles SET sources = 3 WHERE timestamp = ?", (START + 299 * MINUTE,))
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert changed_from(client, add_and_fold) is None


def test_the_first_minute_of_another_pair_is_newer_although_its_clock_is_behind(
    writer: sqlite3.Connection, client: Client
) -> None:
    add_flat_minutes(writer, 0, 300)

    def other_pair() -> None:
        writer.execute("INSERT INTO candles VALUES (?, 'ETH/USDT', 1, 1, 1, 1, 1, 1, 4, 4)", (START + 298 * MINUTE,))

    assert changed_from(client, other_pair) is None


def test_a_published_generation_is_told(tmp_path: Path) -> None:
    writer = create(tmp_path / "pi.db")
    add_flat_minutes(writer, 0, 300)
    name = publish(tmp_path / "data", tmp_path / "pi.db", 1)

    def publish_next() -> None:
        add_flat_minutes(writer, 300, 1)
        publish(tmp_path / "data", tmp_path / "pi.db", 2)

    with web_client(name) as client:
        event = heard(client, publish_next)[1]
        assert event is not None
        assert event.data == {"snapshot": snapshot(client), "changed_from": None}
    writer.close()


def test_another_database_in_the_same_place_changes_everything(tmp_path: Path) -> None:
    one, other = create(tmp_path / "pi1.db"), create(tmp_path / "pi2.db")
    add_flat_minutes(one, 0, 300, 100.0)
    add_flat_minutes(other, 0, 300, 200.0)
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    name = publish(tmp_path / "data", tmp_path / "pi1.db", 1)
    with web_client(name) as client:
        assert changed_from(client, lambda: publish(tmp_path / "data", tmp_path / "pi2.db", 2)) == START
    one.close()
    other.close()


def test_a_database_that_is_missing_is_told_and_comes(path: Path, client: Client) -> None:
    def come() -> None:
        with closing(create(path)) as writer:
            add_flat_minutes(writer, 0, 1)

    first, second, third = heard(client, come, path.unlink)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.kind == third.kind == "unavailable"
    assert first.data["error"]["code"] == "database_missing"
    assert "cvdbot sync" in first.data["error"]["message"]
    assert second.kind == "snapshot" or second.data["error"]["code"] == "database_empty"


def test_a_browser_that_comes_back_is_told_what_changed_meanwhile(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 300)
    first, *_ = heard(client, lambda: correct(writer, 200), lambda: correct(writer, 250))
    assert first is not None
    (again,) = heard(client, last=first.id)
    assert again is not None
    assert again.data["changed_from"] == START + 200 * MINUTE

    (event,) = heard(client, last="of a server that was restarted")
    assert event is not None
    assert event.data["changed_from"] == START, "nobody knows what it has: everything"


def test_a_page_that_takes_the_stream_over_says_what_it_knows_and_is_told_the_rest(
    writer: sqlite3.Connection, client: Client
) -> None:
    add_flat_minutes(writer, 0, 300)
    first, second = heard(client, lambda: correct(writer, 200))
    assert first is not None
    assert second is not None
    correct(writer, 250)
    (taken,) = heard(client, query=f"after={first.id}")
    assert taken is not None
    assert taken.data["changed_from"] == START + 200 * MINUTE
    (again,) = heard(client, query=f"after={first.id}", last=second.id)
    assert again is not None
    assert again.data["changed_from"] == START + 250 * MINUTE, "the header is of the same stream, and newer"


def test_what_changed_while_nobody_listened_is_told(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 300)
    (first,) = heard(client)
    assert first is not None
    correct(writer, 120)
    (again,) = heard(client, last=first.id)
    assert again is not None
    assert again.data["changed_from"] == START + 120 * MINUTE


def test_a_browser_that_comes_back_to_the_same_copy_hears_nothing(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 300)
    (first,) = heard(client)
    assert first is not None

    async def listen() -> Event | None:
        async with Listener(client.app, first.id) as listener:
            add_flat_minutes(writer, 300, 1)
            return await listener.next()

    event = client.runner.run(listen())
    assert event is not None
    assert event.data["snapshot"]["newest"] == START + 300 * MINUTE


def test_a_silent_stream_shows_that_somebody_is_there(
    writer: sqlite3.Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.02)
    add_flat_minutes(writer, 0, 1)
    assert Event("comment", "nothing new") in heard(client, lambda: None)


def test_one_look_serves_all_listeners_and_nobody_looks_without_one(
    writer: sqlite3.Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_flat_minutes(writer, 0, 1)
    looks = []

    def counted(*given: Any) -> Any:
        looks.append(1)
        return compared(*given)

    compared = changes.compared
    monkeypatch.setattr(changes, "compared", counted)

    async def listen() -> list[Event | None]:
        async with Listener(client.app) as one, Listener(client.app) as other:
            first = [await one.next(), await other.next()]
            add_flat_minutes(writer, 1, 1)
            return [*first, await one.next(), await other.next()]

    first, same, second, same_again = client.runner.run(listen())
    assert first == same
    assert second == same_again
    assert len(looks) == 2
    assert client.app.state.events._looking is None


def test_more_listeners_than_may_be_are_told_so_and_a_place_becomes_free(
    writer: sqlite3.Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LISTENERS", 1)
    add_flat_minutes(writer, 0, 1)

    async def listen() -> dict[str, Any]:
        async with Listener(client.app) as one:
            assert (await one.next() or Event("", None)).kind == "snapshot"
            async with Listener(client.app) as other:
                assert (other.status, other.headers["retry-after"]) == (503, "5")
                await other.next()
                refusal: dict[str, Any] = json.loads(other.body)
        return refusal

    error = client.runner.run(listen())["error"]
    assert error["code"] == "too_many_listeners"
    assert "1 event streams are open" in error["message"]
    assert heard(client)[0] is not None
    assert limits.LISTENERS > 8


def test_a_defect_of_the_look_ends_the_stream_and_the_next_listener_is_served(
    writer: sqlite3.Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_flat_minutes(writer, 0, 1)

    async def fail() -> None:
        raise ZeroDivisionError

    async def listen() -> None:
        async with Listener(client.app) as listener:
            await listener.next()
            monkeypatch.setattr(client.app.state.events, "_look", fail)
            await listener.next()

    with pytest.raises(ZeroDivisionError):
        client.runner.run(listen())
    monkeypatch.undo()
    assert heard(client)[0] is not None


def test_the_stream_is_not_kept_and_not_to_be_read_by_other_sites(writer: sqlite3.Connection, client: Client) -> None:
    async def headers(host: str) -> tuple[int, dict[str, str]]:
        async with Listener(client.app, host=host) as listener:
            return listener.status, listener.headers

    add_flat_minutes(writer, 0, 1)
    status, found = client.runner.run(headers("localhost"))
    assert status == 200
    assert found["content-type"].startswith("text/event-stream")
    assert found["cache-control"] == "no-store"
    assert found["x-content-type-options"] == "nosniff"
    assert client.runner.run(headers("evil.example"))[0] == 400


@pytest.mark.slow
def test_a_server_that_is_told_to_end_ends_its_streams_in_good_order(path: Path) -> None:
    """A stream that is cut off in the middle raises here."""
    with closing(create(path)) as writer:
        add_flat_minutes(writer, 0, 1)
        ends = asyncio.run(_listen_until_the_end(path, writer))
    assert [event.data["snapshot"]["newest"] for event in ends] == [START, START + MINUTE]


async def _listen_until_the_end(path: Path, writer: sqlite3.Connection) -> list[Event]:
    with serve(path) as address:
        client = httpx.AsyncClient(timeout=PATIENCE)
        stream = client.stream("GET", f"{address}/api/events")
        response = await stream.__aenter__()
        blocks = _blocks(response)
        found = [await anext(blocks)]
        add_flat_minutes(writer, 1, 1)
        found.append(await anext(blocks))
    assert [block async for block in blocks] == []
    await stream.__aexit__(None, None, None)
    await client.aclose()
    return found


async def _blocks(response: httpx.Response) -> Any:
    text = ""
    async for part in response.aiter_text():
        text += part
        *whole, text = text.split("\n\n")
        for block in whole:
            if (event := parsed(block)).kind == "snapshot":
                yield event
