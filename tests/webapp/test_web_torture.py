"""A copy that is replaced under many clients: every answer is of one generation, the one its snapshot names."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest
from generations import Live, Published, Seen, besieged
from web_server import serve

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = 16
KINDS = pytest.mark.parametrize("kind", [Published, Live])


def siege(kind: type[Published | Live], folder: Path, changes: int, pause: float) -> None:
    with closing(kind(folder)) as data, serve(data.name) as address:
        seen, heard = besieged(address, CLIENTS, data.change, changes, pause)
    assert seen.wrong == []
    assert seen.contradictions() == []
    assert seen.answers > changes
    assert len(seen.numbers) > changes / 4, "the clients saw too few generations"
    assert len(heard) == len(set(heard)), "no copy is told twice"
    assert len(heard) > changes / 4


@pytest.mark.more
@pytest.mark.long
@KINDS
def test_sixteen_clients_see_whole_generations_while_eight_replace_each_other(
    kind: type[Published | Live], tmp_path: Path
) -> None:
    siege(kind, tmp_path, changes=8, pause=0.4)


@KINDS
@pytest.mark.torture
@pytest.mark.timeout(1200)
def test_sixteen_clients_see_whole_generations_for_five_minutes(kind: type[Published | Live], tmp_path: Path) -> None:
    siege(kind, tmp_path, changes=300, pause=1)


def test_a_mixed_answer_would_be_noticed() -> None:
    """Two generations in one answer, an answer with the id of another, a refusal."""

    def body(closes: list[float], name: str, etag: str) -> httpx.Response:
        columns = dict.fromkeys(("open", "high", "low", "close"), closes)
        return httpx.Response(200, json={"candles": columns, "snapshot": {"id": name}}, headers={"ETag": f'W/"{etag}"'})

    seen = Seen()
    seen.take("/good", body([3, 3], "a", "a"))
    assert (seen.wrong, seen.contradictions()) == ([], [])
    seen.take("/mixed", body([3, 4], "b", "b"))
    seen.take("/other", body([5, 5], "c", "d"))
    seen.take("/refused", httpx.Response(503, text="locked"))
    assert [wrong.split(":")[0] for wrong in seen.wrong] == ["/mixed", "/other", "/refused"]
    seen.take("/late", body([9, 9], "a", "a"))
    assert seen.contradictions() == ["a: [3, 9]", "b: [3, 4]"]
