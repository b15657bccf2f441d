"""POST /api/backtest: what the body's numbers mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fastapi.testclient import TestClient as Client


def run_with(client: Client, length: str) -> tuple[int, dict[str, object]]:
    body = f'{{"parameters": {{"swing_length": {length}}}}}'
    answer = client.request("POST", "/api/backtest", content=body, headers={"Content-Type": "application/json"})
    return answer.status_code, answer.json()


@pytest.mark.slow
@pytest.mark.parametrize("same", ["28.0", "2.8e1"])
def test_a_whole_number_written_with_a_point_is_the_same_number(traded_client: Client, same: str) -> None:
    status, answer = run_with(traded_client, "28")
    assert status == 200
    assert run_with(traded_client, same) == (200, answer)


@pytest.mark.parametrize("length", ["28.5", "1e300", "true", '"28"'])
def test_what_is_no_whole_number_of_the_range_is_refused(traded_client: Client, length: str) -> None:
    status, answer = run_with(traded_client, length)
    assert (status, answer["error"]["field"]) == (422, "swing_length")  # type: ignore[index]
