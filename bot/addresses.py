"""Is an address on this machine? A proxy that the environment names must not stand before it."""

from __future__ import annotations

from urllib.parse import urlsplit


def local(url: str) -> bool:
    """Say whether the host of an address is this machine."""
    return urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}
