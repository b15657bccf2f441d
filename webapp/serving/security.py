"""Who may ask, and what a page of ours may do.

The server holds private figures and listens on a port every web site can name. Loopback keeps other machines out; the
Host check keeps out other sites that point a name of theirs at 127.0.0.1 (DNS rebinding); sending no CORS headers
keeps scripts of other sites from reading answers; the content security policy keeps anything injected from running.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from webapp.serving.refusals import refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHART_STYLE = "sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY="
"""The one <style> that Lightweight Charts 5.2.1 adds, for its attribution logo. Another version may need another hash:
the browser's console tells it, and a test in the browser fails."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are no page."""


def new_nonce() -> str:
    """Make the mark that lets a page's own scripts and style sheets run; for one answer only."""
    return secrets.token_urlsafe(16)


def page_policy(nonce: str) -> str:
    """Allow a page its own marked scripts and styles, images in them, and this server's data."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}' '{CHART_STYLE}'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


class Guard:
    """ASGI middleware: refuses foreign host names and adds the security headers to every answer."""

    def __init__(self, app: ASGIApp, allowed_hosts: tuple[str, ...]) -> None:
        self.app = app
        self.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", DATA_POLICY)
            await send(message)

        host = Headers(scope=scope).get("host", "")
        if host_name(host) not in self.allowed_hosts:
            allowed = ", ".join(sorted(self.allowed_hosts))
            answer = refuse(400, "host_not_allowed", f"host {host[:80]!r} is not allowed here; allowed: {allowed}")
            await answer(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)


def host_name(header: str) -> str:
    """Take the name out of a Host header: `LocalHost:8000` is `localhost`, `[::1]:8000` is `[::1]`."""
    name, colon, port = header.rpartition(":")
    if not colon or not port.isdecimal():
        name = header
    return name.lower()
