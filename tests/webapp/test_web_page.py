"""The shell of the page: hashed assets from the manifest, a fresh nonce each time; a sentence when nothing is built."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from web_client import Client, web_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST = {
    "src/main.js": {
        "file": "assets/main-1a2b.js",
        "isEntry": True,
        "imports": ["_shared-3c.js"],
        "css": ["assets/main-4d.css"],
    },
    "_shared-3c.js": {"file": "assets/shared-3c.js", "css": ["assets/shared-5e.css"]},
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    page = tmp_path / "page"
    for folder in (".vite", "assets", "docs"):
        (page / folder).mkdir(parents=True)
    (page / ".vite" / "manifest.json").write_text(json.dumps(MANIFEST))
    (page / "assets" / "main-1a2b.js").write_text("export {}")
    (page / "docs" / "swagger-ui.css").write_text("body {}")
    return page


@pytest.fixture
def site(path: Path, built: Path) -> Iterator[Client]:
    with web_client(path, built) as client:
        yield client


def test_the_shell_names_the_assets_of_the_manifest_with_the_nonce_of_its_policy(site: Client) -> None:
    answer = site.get("/")
    nonce = re.search(r"script-src 'nonce-([^']+)'", answer.headers["content-security-policy"])
    assert nonce
    assert f'<script type="module" src="/assets/main-1a2b.js" nonce="{nonce[1]}">' in answer.text
    for sheet in ("main-4d", "shared-5e"):
        assert f'<link rel="stylesheet" href="/assets/{sheet}.css" nonce="{nonce[1]}">' in answer.text
    assert f'<link rel="modulepreload" href="/assets/shared-3c.js" nonce="{nonce[1]}">' in answer.text


def test_no_two_shells_have_one_nonce_and_none_is_kept(site: Client) -> None:
    first, second = site.get("/"), site.get("/")
    assert first.headers["content-security-policy"] != second.headers["content-security-policy"]
    assert first.headers["cache-control"] == "no-store"


def test_assets_are_kept_for_ever_and_the_docs_files_asked_for_again(site: Client) -> None:
    assert site.get("/assets/main-1a2b.js").headers["cache-control"] == "public, max-age=31536000, immutable"
    assert site.get("/docs/swagger-ui.css").headers["cache-control"] == "no-cache"


def test_the_docs_come_from_this_server_alone(site: Client) -> None:
    html = site.get("/docs").text
    assert re.findall(r'(?:src|href)="([^"]+)"', html) == [
        "data:,",
        "/docs/swagger-ui.css",
        "/docs/swagger-ui-bundle.js",
    ]
    assert "//" not in html.replace("<!doctype html>", "")


def test_a_page_that_is_not_built_says_how_and_comes_without_a_restart(path: Path, tmp_path: Path, built: Path) -> None:
    later = tmp_path / "later"
    with web_client(path, later) as client:
        for url in ("/", "/docs"):
            answer = client.get(url)
            assert answer.status_code == 503
            assert "make setup" in answer.json()["error"]["message"]
        built.rename(later)
        assert client.get("/").status_code == 200
        assert client.get("/assets/main-1a2b.js").status_code == 200


def test_every_endpoint_is_documented(site: Client) -> None:
    paths = site.get("/openapi.json").json()["paths"]
    assert {"/api/status", "/api/candles", "/api/indicators", "/api/setups", "/api/backtest"} <= set(paths)
    for path in paths.values():
        for operation in path.values():
            assert operation["description"]
            refused = operation["responses"]["422"]["content"]["application/json"]["schema"]["$ref"]
            assert refused.endswith("RefusalAnswer")
    named = {parameter["name"] for parameter in paths["/api/candles"]["get"]["parameters"]}
    assert named == {"timeframe", "from", "to", "limit", "pair", "exchange", "format"}
