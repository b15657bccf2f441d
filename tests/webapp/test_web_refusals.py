"""One error shape for everything that is not a success, and no traceback ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from web_client import Client


@pytest.mark.parametrize(
    ("method", "url", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/nowhere", 404, "not_found"),
        ("GET", "/assets/nothing.js", 404, "not_found"),
        ("GET", "/docs/nothing.js", 404, "not_found"),
        ("GET", "/assets/../../config.py", 404, "not_found"),
        ("POST", "/api/status", 405, "method_not_allowed"),
        ("DELETE", "/api/candles", 405, "method_not_allowed"),
        ("GET", "/api/candles?limit=x", 422, "invalid_parameter"),
        ("GET", "/api/candles", 503, "database_missing"),
        ("GET", "/", 503, "page_not_built"),
    ],
)
def test_a_refusal_has_the_one_shape(client: Client, method: str, url: str, status: int, code: str) -> None:
    answer = client.request(method, url)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    error = answer.json()["error"]
    assert answer.json() == {"error": error}
    assert set(error) == {"code", "message", "field"}
    assert error["code"] == code
    assert error["message"]


def test_a_defect_is_logged_and_not_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("a secret of ours")

    monkeypatch.setattr("webapp.database.Database.snapshot", fail)
    answer = client.get("/api/status")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"
    assert "secret" not in answer.text
    assert "a secret of ours" in caplog.text


def test_a_wrong_method_says_which_are_right(client: Client) -> None:
    assert client.request("POST", "/api/status").headers["allow"] == "GET"
