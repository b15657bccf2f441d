"""Only this machine's own pages get an answer, and a page of ours runs only what is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from web_client import web_client

from webapp.serving.security import host_name, page_policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web_client import Client


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:12345", "LOCALHOST:80"])
def test_our_own_names_are_answered(client: Client, host: str) -> None:
    assert client.get("/api/status", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1]:8000"]
)
@pytest.mark.parametrize("url", ["/api/status", "/", "/docs", "/openapi.json"])
def test_a_foreign_name_is_refused_everywhere(client: Client, host: str, url: str) -> None:
    answer = client.get(url, headers={"Host": host})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "host_not_allowed"
    assert "127.0.0.1, localhost" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("header", "name"),
    [("a:1", "a"), ("A", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a:b", "a:b"), ("", "")],
)
def test_a_port_is_no_part_of_the_name(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize("url", ["/api/status", "/api/nowhere", "/api/candles?limit=x", "/"])
def test_every_answer_carries_the_headers_and_none_opens_cors(client: Client, url: str) -> None:
    headers = client.get(url, headers={"Origin": "http://evil.example"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"]
    assert not [name for name in headers if name.startswith("access-control-")]


def test_a_preflight_is_not_answered_kindly(client: Client) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "GET"}
    answer = client.request("OPTIONS", "/api/status", headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_page_runs_only_marked_scripts() -> None:
    policy = dict(rule.split(" ", 1) for rule in page_policy("abc").split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'nonce-abc'"
    assert "unsafe" not in page_policy("abc")
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


@pytest.fixture(scope="module")
def shared(traded_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A browser on a database with everything in it."""
    with web_client(traded_once, tmp_path_factory.mktemp("page")) as client:
        yield client


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "POST", "PROPFIND"])
def test_other_methods_are_refused_and_the_right_one_named(shared: Client, method: str) -> None:
    answer = shared.request(method, "/api/candles")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "query",
    [
        "pair=%ff%fe",
        "pair=%00",
        "exchange=okx%00",
        "from=%ff",
        "from=99999999999999999999999999",
        "limit=-99999999999999999999999",
        "from=1_000",
        "from=\u0661",
        "to=NaN",
        "timeframe=1m&timeframe=7m",
        "%00=1",
        "%ff=%ff",
        "pair=" + "x" * 5000,
    ],
)
@pytest.mark.parametrize("url", ["/api/candles", "/api/trades", "/api/export/candles.csv", "/api/logs"])
def test_a_bad_value_is_refused_in_the_one_shape(shared: Client, url: str, query: str) -> None:
    answer = shared.get(f"{url}?{query}")
    assert answer.status_code in {404, 422}, answer.text
    error = answer.json()["error"]
    assert error["field"]
    assert len(error["message"]) < 6000


@pytest.mark.parametrize(
    "path",
    [
        "/api/export/candles.%2e%2e%2fx",
        "/assets/%2e%2e/%2e%2e/app.py",
        "/docs/..%2f..%2fconfig.py",
        "/..%2fpyproject.toml",
    ],
)
def test_no_path_reaches_the_file_system(shared: Client, path: str) -> None:
    answer = shared.get(path)
    assert answer.status_code in {404, 422}
    assert "import" not in answer.text


def test_another_site_cannot_start_a_back_test(shared: Client) -> None:
    """A form sends what a script may send without asking; asking is refused."""
    headers = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
    assert shared.request("POST", "/api/backtest", content="{}", headers=headers).status_code == 415
    asking = {"Origin": "http://evil.example", "Access-Control-Request-Headers": "content-type"}
    assert shared.request("OPTIONS", "/api/backtest", headers=asking).status_code == 405
