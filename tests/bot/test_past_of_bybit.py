"""What Bybit's REST interface tells of the past: a time that is none is an answer that can't be used, no crash."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from bot.errors import VenueError
from bot.exchanges.bybit import Bybit
from bot.exchanges.connector import Endpoint
from bot.exchanges.rest import OutOfReachError

BYBIT = Bybit(Endpoint("ws://127.0.0.1", "http://127.0.0.1", "BTCUSDT", spot=True))


def trade(number, time):
    return {"execId": str(number), "price": "97000.5", "size": "0.1", "side": "Buy", "time": time}


def told(trades):
    """The trades of [1000, 2000), from an answer with these trades, newest first."""
    body = json.dumps({"retCode": 0, "retMsg": "OK", "result": {"list": trades}})

    async def ask():
        async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, text=body))) as client:
            return [trade async for page in BYBIT.past(client, 1000, 2000) for trade in page.trades]

    return asyncio.run(ask())


def test_the_trades_of_the_range_are_told_in_the_order_they_happened():
    found = told([trade(3, "2000"), trade(2, "1999"), trade(1, "1000"), trade(0, "999")])
    assert [(one.id, one.timestamp) for one in found] == [("1", 1000), ("2", 1999)]


def test_a_page_that_does_not_reach_back_to_the_start_tells_nothing():
    with pytest.raises(OutOfReachError, match=r"its newest 60 trades reach back to 1970-01-01T00:00:01Z"):
        told([trade(one, "1500") for one in range(60)])


@pytest.mark.parametrize("time", ["", "soon", "1500.5", "9" * 5000], ids=["empty", "word", "fraction", "endless"])
@pytest.mark.parametrize("full", [False, True], ids=["a short answer", "a full one"])
def test_a_time_that_is_no_number_is_a_venue_error(time, full):
    trades = [*[trade(one, "1500") for one in range(59 if full else 0)], trade(60, time)]
    with pytest.raises(VenueError, match=r"bybit: trade 60 has time '.*', not a number of ms"):
        told(trades)
