"""Running the app on this machine alone.

The socket is bound before anything starts, so that a port in use is one sentence, and port 0 can print what it got.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import TYPE_CHECKING

import typer
import uvicorn

from webapp.app import create_app
from webapp.errors import WebError

if TYPE_CHECKING:
    from pathlib import Path

    from webapp.config import Settings

ADDRESS = "127.0.0.1"
FINISH_SECONDS = 5
"""How long requests in flight may take when the server is told to end."""


def serve(settings: Settings, page: Path) -> None:
    """Answer until interrupted (Ctrl-C, SIGTERM).

    Raises:
        WebError: The port is in use or not ours to take.
    """
    with _bind(settings.port) as listener:
        typer.echo(f"http://{ADDRESS}:{listener.getsockname()[1]} shows {settings.database}")
        app = create_app(settings, page)
        server = _Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=FINISH_SECONDS,
            )
        )
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends the event streams first: they would keep it waiting."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.events.end()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere the option would let two servers share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen()  # whoever reads the printed address may connect at once
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise WebError(f"port {port} is in use: end what listens there, or choose another with --port") from error
        raise WebError(f"port {port} cannot be taken ({error.strerror}): choose another with --port") from error
    return listener
