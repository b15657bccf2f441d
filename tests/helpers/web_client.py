"""A browser's view of the app, without a socket: requests go straight into it."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from webapp.app import create_app
from webapp.config import PAGE, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI


class Client:
    """One app and one event loop for all its requests."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner) -> None:
        self.app = app
        self.runner = runner
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    def request(self, method: str, url: str, **options: object) -> httpx.Response:
        return self.runner.run(self.http.request(method, url, **options))  # type: ignore[arg-type]

    def get(self, url: str, **options: object) -> httpx.Response:
        return self.request("GET", url, **options)


@contextmanager
def web_client(database: Path, page: Path = PAGE) -> Iterator[Client]:
    """Serve a database."""
    with asyncio.Runner() as runner:
        client = Client(create_app(Settings(database=database, cache=database.parent / "cache"), page), runner)
        yield client
        runner.run(client.http.aclose())
