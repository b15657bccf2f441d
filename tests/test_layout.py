"""One file, one idea: none is so long that nobody reads it to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "sync", "webapp", "analysis", "background", "frontend/src")
SUFFIXES = {".py", ".js", ".jsx", ".css"}
BUILT = {"page", "page-test"}
"""Folders below webapp that Vite fills."""

MOST = 400
"""Lines of a file."""


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_is_longer_than_400_lines(room: str) -> None:
    files = [
        file
        for file in (ROOT / room).rglob("*")
        if file.suffix in SUFFIXES and not BUILT & set(file.relative_to(ROOT).parts)
    ]
    assert files
    lengths = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {name: lines for name, lines in lengths.items() if lines > MOST} == {}
