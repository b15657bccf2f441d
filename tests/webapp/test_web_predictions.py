"""The newest prediction with its evidence; what is wrong with its file is said and harms nothing else."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from event_listener import Listener
from example_database import START, add_flat_minutes, create, publish
from predicted import BAR, EDGE, MINUTE, NO_EDGE, change, predict, predict_many
from web_client import web_client

from analysis.study.learning import predictions as kept
from webapp.api import events

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from event_listener import Event
    from web_client import Client


@pytest.fixture
def database(writer: sqlite3.Connection, path: Path) -> Path:
    """A database with three minutes."""
    add_flat_minutes(writer, 0, 3)
    return path


def asked(client: Client, query: str = "") -> dict[str, Any]:
    """What is answered; the snapshot is always that of everything else."""
    answer = client.get(f"/api/predictions{query}")
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 200
    assert body.pop("snapshot") == client.get("/api/status").json()["snapshot"]
    return body


def test_there_is_no_prediction_yet_and_nothing_is_made(database: Path, client: Client) -> None:
    before = sorted(database.parent.iterdir())
    assert asked(client) == {"prediction": None, "problem": None}
    assert sorted(database.parent.iterdir()) == before


def test_without_a_database_there_is_none_either(path: Path, client: Client) -> None:
    predict(path, EDGE)
    answer = client.get("/api/predictions")
    assert (answer.status_code, answer.json()) == (200, {"snapshot": None, "prediction": None, "problem": None})
    assert "etag" not in answer.headers


def test_a_prediction_comes_with_what_it_was_learnt_from_and_how_often_it_was_right(
    database: Path, client: Client
) -> None:
    predict(database, EDGE)
    assert asked(client) == {
        "prediction": {
            "bar": BAR,
            "closes": BAR + 5 * MINUTE,
            "timeframe": "5m",
            "made": BAR + 2_300,
            "probability_up": 0.648,
            "model": "keras, trained to 2025-05-04 00:00 UTC",
            "trained_from": EDGE.trained_from,
            "trained_to": EDGE.trained_to,
            "insisted": False,
            "track_record": {
                "accuracy": pytest.approx(55.12),
                "margin": pytest.approx(2.91),
                "n": 2475,
                "edge": True,
            },
            "live": {"n": 0, "right": 0, "accuracy": None, "margin": None},
        },
        "problem": None,
    }


def test_below_30_cases_no_accuracy_is_told(database: Path, client: Client) -> None:
    predict(database, replace(EDGE, n=29, edge=False))
    record = asked(client)["prediction"]["track_record"]
    assert record == {"accuracy": None, "margin": None, "n": 29, "edge": False}
    predict(database, replace(EDGE, n=30))
    assert asked(client)["prediction"]["track_record"]["accuracy"] == pytest.approx(55.12)


def test_a_model_that_was_not_evaluated_has_no_track_record(database: Path, client: Client) -> None:
    predict(database, replace(NO_EDGE, accuracy=None, margin=None, n=0, insisted=True))
    told = asked(client)["prediction"]
    assert told["track_record"] == {"accuracy": None, "margin": None, "n": 0, "edge": False}
    assert told["insisted"] is True


def test_an_accuracy_may_be_known_without_its_margin(database: Path, client: Client) -> None:
    predict(database, replace(NO_EDGE, margin=None))
    record = asked(client)["prediction"]["track_record"]
    assert (record["accuracy"], record["margin"]) == (pytest.approx(52.04), None)


def test_the_live_record_counts_what_came_and_has_a_margin_from_30_on(database: Path, client: Client) -> None:
    predict_many(database, EDGE, 18, 11)
    assert asked(client)["prediction"]["live"] == {"n": 29, "right": 18, "accuracy": None, "margin": None}
    later = replace(EDGE, bar=BAR + 5 * MINUTE, closes=BAR + 10 * MINUTE)
    kept.store(database.with_name("analysis.db"), later, {BAR: True})
    assert asked(client)["prediction"]["live"] == {
        "n": 30,
        "right": 19,
        "accuracy": pytest.approx(100 * 19 / 30),
        "margin": pytest.approx(20.65, abs=0.01),  # Wilson's 99 % interval of 19 of 30
    }


def test_the_newest_is_the_one_whose_bar_closes_last(database: Path, client: Client) -> None:
    predict(database, EDGE)
    predict(database, replace(EDGE, bar=BAR - 5 * MINUTE, closes=BAR, made=BAR + 60_000))
    assert asked(client)["prediction"]["bar"] == BAR


def test_each_pair_has_its_own_and_an_unknown_one_is_refused(
    database: Path, writer: sqlite3.Connection, client: Client
) -> None:
    writer.execute("INSERT INTO candles SELECT timestamp, 'ETH/USDT', 1, 1, 1, 1, 1, 1, 4, 4 FROM candles")
    predict(database, EDGE)
    predict(database, replace(EDGE, pair="ETH/USDT", bar=BAR + MINUTE, closes=BAR + 6 * MINUTE, probability_up=0.3))
    assert [asked(client, query)["prediction"]["probability_up"] for query in ("", "?pair=ETH/USDT")] == [0.648, 0.3]
    refused = client.get("/api/predictions?pair=DOGE/USDT")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unknown_pair")


def test_any_timeframe_a_bot_can_have_is_told(database: Path, client: Client) -> None:
    predict(database, replace(EDGE, timeframe="10m", closes=BAR + 10 * MINUTE))
    assert asked(client)["prediction"]["timeframe"] == "10m"


def test_the_tag_is_another_one_after_a_prediction_and_after_a_candle_alone(
    database: Path, writer: sqlite3.Connection, client: Client
) -> None:
    tags: list[str] = []

    def ask_again() -> int:
        known = {"If-None-Match": tags[-1]} if tags else {}
        answer = client.get("/api/predictions", headers=known)
        tags.append(answer.headers["etag"])
        return answer.status_code

    assert [ask_again(), ask_again()] == [200, 304]
    predict(database, EDGE)
    assert [ask_again(), ask_again()] == [200, 304]
    predict(database, replace(EDGE, probability_up=0.7))
    assert [ask_again(), ask_again()] == [200, 304]
    add_flat_minutes(writer, 3, 1)
    assert [ask_again(), ask_again()] == [200, 304]
    database.with_name("analysis.db").unlink()
    assert ask_again() == 200
    assert len(set(tags)) == 5


def test_it_lies_beside_the_name_that_was_given_and_not_beside_the_copy(tmp_path: Path) -> None:
    writer = create(tmp_path / "pi.db")
    add_flat_minutes(writer, 0, 3)
    name = publish(tmp_path / "data", tmp_path / "pi.db", 1)
    predict(name.resolve(), replace(EDGE, probability_up=0.1))
    predict(name, EDGE)
    with web_client(name) as client:
        first = client.get("/api/predictions")
        assert first.json()["prediction"]["probability_up"] == 0.648
        predict(name, replace(EDGE, probability_up=0.7))
        second = client.get("/api/predictions", headers={"If-None-Match": first.headers["etag"]})
        assert second.json()["prediction"]["probability_up"] == 0.7
        assert second.json()["snapshot"] == first.json()["snapshot"]
    writer.close()


def test_other_answers_stay_kept_while_predictions_are_asked_for(database: Path, client: Client) -> None:
    predict(database, EDGE)
    client.get("/api/candles")
    layer: Any = client.app.middleware_stack
    while type(layer).__name__ != "KeptAnswers":
        layer = layer.app
    client.get("/api/predictions")
    assert [path for path, *_ in layer._kept] == ["/api/candles"]


# A file that tells nothing


def of_something_else(path: Path) -> None:
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("CREATE TABLE songs (title)")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "garbage": (lambda path: path.write_bytes(os.urandom(20_000)), "cannot be read (file is not a database)"),
    "a text": (lambda path: path.write_text("bar,up\n1,0.6\n" * 100), "cannot be read (file is not a database)"),
    "cut off": (cut, "cannot be read (database disk image is malformed)"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "is not a file: move it away"),
    "newer": (lambda path: change(path, "PRAGMA user_version = 2"), "was written by a newer cvdbot: update cvdbot"),
    "other tables": (lambda path: (path.unlink(), of_something_else(path)), "is a database of something else"),
    "other columns": (
        lambda path: change(path, "ALTER TABLE predictions RENAME COLUMN closes TO ends"),
        "cannot be read (no such column: closes)",
    ),
    "a probability of 7": (lambda path: change(path, "UPDATE predictions SET probability_up = 7"), "is not one that"),
    "before 1970": (lambda path: change(path, "UPDATE predictions SET bar = -1"), "is not one that cvdbot writes"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_wrong_with_the_file_is_said_and_the_rest_is_answered(
    database: Path, client: Client, damage: str
) -> None:
    path = predict(database, EDGE)
    spoil, says = DAMAGES[damage]
    spoil(path)
    before = sorted(database.parent.iterdir())

    answer = client.get("/api/predictions")
    told = asked(client)
    assert told["prediction"] is None
    assert says in told["problem"]
    assert str(database.parent) in told["problem"]
    assert "\n" not in told["problem"]
    assert "etag" not in answer.headers, "it may pass"
    assert client.get("/api/candles").status_code == 200
    assert sorted(database.parent.iterdir()) == before

    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    predict(database, EDGE)
    assert asked(client)["prediction"]["probability_up"] == 0.648


def test_a_file_that_was_just_made_holds_no_prediction_yet(database: Path, client: Client) -> None:
    database.with_name("analysis.db").touch()
    assert asked(client) == {"prediction": None, "problem": None}


def test_a_file_that_somebody_locks_is_said_and_read_when_it_is_free(
    database: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "PATIENCE", 0.05)
    path = predict(database, EDGE)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert asked(client) == {"prediction": None, "problem": f"{path} cannot be read (database is locked)"}
        other.execute("ROLLBACK")
    assert asked(client)["prediction"]["probability_up"] == 0.648


# Being told of it


def heard(client: Client, *steps: Callable[[], object]) -> list[Event | None]:
    """Listen: the first event, and the one after each step."""

    async def listen() -> list[Event | None]:
        async with Listener(client.app) as listener:
            found = [await listener.next()]
            for step in steps:
                step()
                found.append(await listener.next())
            return found

    return client.runner.run(listen())


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, so that the tests need not wait."""
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.01)


@pytest.mark.usefixtures("_quick")
def test_a_page_that_listens_is_told_of_each_prediction(database: Path, client: Client) -> None:
    path = database.with_name("analysis.db")
    first, *told = heard(
        client,
        lambda: predict(path.with_name("trading.db"), EDGE).replace(path),
        lambda: os.utime(path, ns=(1, 1)),
        path.unlink,
    )
    assert first is not None
    assert first.kind == "snapshot"
    assert [event and (event.kind, event.id) for event in told] == [("prediction", None)] * 3
    one, other, gone = (event.data["prediction"] for event in told if event)
    assert isinstance(one, str)
    assert isinstance(other, str)
    assert one != other
    assert gone is None


@pytest.mark.usefixtures("_quick")
def test_who_comes_later_is_told_at_once_that_there_is_one(database: Path, client: Client) -> None:
    predict(database, EDGE)
    first, second = heard(client, lambda: None)
    assert first is not None
    assert second is not None
    assert [first.kind, second.kind] == ["snapshot", "prediction"]
    assert first.data["snapshot"]["newest"] == START + 2 * MINUTE
