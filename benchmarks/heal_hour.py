"""Healing an hour of a busy venue over its REST interface: the bot's healer beside downloading the same pages bare.

50 trades a second are 180,000 in 181 pages. The bare side asks for the same pages with the same HTTP client and decodes
them into plain objects, by the fastest decoder there is, and makes nothing more of them; `ratio_to_undecoded` is beside
a side that does not even decode what it downloads. Both are counted in CPU-seconds of this process, so the
waiting that a venue's rate limit would ask for is in neither; the healer's clock passes over it. After every run each
minute is compared with the trades.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from benchmarks import pages
from benchmarks.figure import Figure, VoidError
from benchmarks.traffic import START
from benchmarks.turns import Reading, cpu, in_turns, rates, ratio, wall
from bot.clock import SystemClock
from bot.core.minutes import HEALED
from bot.core.times import HOUR, MINUTE, SECOND, Moment
from bot.core.venue import Venue
from bot.exchanges.connectors import connector
from bot.exchanges.healer import ANSWER, Healer
from bot.exchanges.settings import ExchangeSettings
from bot.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.core.trades import Trade

GOAL = 1.5
TRADES, ROUNDS = 180_000, 7
VENUES: dict[str, Callable[[list[Trade]], pages.Pages]] = {"binance": pages.binance, "coinbase": pages.coinbase}
"""Those that give 1,000 trades a page."""


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield one figure a venue."""
    count, rounds = (2_500, 1) if tiny else (TRADES, ROUNDS)
    for exchange, paged in VENUES.items():
        trades = pages.hour(exchange, START, count)
        told = paged(trades)
        with pages.served(told) as address:
            taken = in_turns(
                {
                    "healer": lambda: asyncio.run(_healed(exchange, address, trades)),  # noqa: B023 - called here
                    "bare": lambda: asyncio.run(_bare(exchange, address, trades, list[dict[str, Any]])),  # noqa: B023
                    "undecoded": lambda: asyncio.run(_bare(exchange, address, trades, list[msgspec.Raw])),  # noqa: B023
                },
                rounds,
            )
        healer, bare = cpu(taken["healer"]), cpu(taken["bare"])
        yield Figure(
            f"heal.hour.{exchange}",
            ratio(healer, bare),
            "x bare downloading's CPU-seconds",
            GOAL,
            {
                "ratio_to_undecoded": ratio(healer, cpu(taken["undecoded"])),
                "ratio_of_wall_seconds": ratio(wall(taken["healer"]), wall(taken["bare"])),
                **rates("healed", count, healer),
                **rates("downloaded", count, bare),
                "trades": count,
                "pages": len(told),
                "rounds": rounds,
            },
            at_most=True,
        )


class _PassingClock(SystemClock):
    """A clock that is a second on whenever it is read, a little after the hour: no request is ever too soon.

    Short waits are over at once; an answer is waited for as long as it takes.
    """

    def __init__(self) -> None:
        self._now = START + HOUR + MINUTE
        super().__init__()

    def now(self) -> int:
        """Return the time and let a second pass, UTC ms."""
        self._now += SECOND
        return self._now

    async def sleep(self, duration: float) -> None:
        """Return at once, or never from so long a wait as is for an answer."""
        await asyncio.sleep(0) if duration < ANSWER else await asyncio.Event().wait()


async def _healed(exchange: str, address: str, trades: list[Trade]) -> Reading:
    """Heal every minute of the hour that has trades, as after a restart."""
    clock = _PassingClock()
    spoken = connector(exchange, "spot", "BTC/USDT", ExchangeSettings(rest=address))
    venue = Venue(spoken.ids(None))
    end = trades[-1].timestamp // MINUTE * MINUTE + MINUTE
    venue.heal_from(START, away=True)
    venue.subscribed(Moment.exact(end))
    venue.expect(Moment.exact(end))
    venue.heartbeat(end + 3 * SECOND)
    venue.expect(Moment.exact(end + 3 * SECOND))  # its time is measured: before, nothing is healed
    start = Reading.now()
    healing = asyncio.create_task(Healer(spoken, venue, clock, Journal(clock.now)).run())
    while venue.lacks(end - MINUTE) or venue.lacks(START):  # noqa: ASYNC110 - what is awaited has no event
        await asyncio.sleep(0.001)
    passed = Reading.now().since(start)
    healing.cancel()
    await asyncio.gather(healing, return_exceptions=True)
    _check(exchange, venue, trades)
    return passed


async def _bare(exchange: str, address: str, trades: list[Trade], kind: Any) -> Reading:  # noqa: ANN401 - a type to decode
    """Download the same pages one after the other."""
    url, after = ("/api/v3/aggTrades", 0) if exchange == "binance" else ("/products/BTC-USD/trades", 0)
    asked: dict[str, str | int] = {"limit": pages.PAGE}
    count = 0
    start = Reading.now()
    async with httpx.AsyncClient(timeout=None, trust_env=False) as client:
        while True:
            answer = await client.get(f"{address}{url}", params=asked)
            found = msgspec.json.decode(answer.content, type=kind)
            count += len(found)
            if len(found) < pages.PAGE:
                break
            if exchange == "coinbase":
                asked["after"] = answer.headers["cb-after"]
            else:
                after = int(trades[count - 1].id) + 1
                asked["fromId"] = after
    passed = Reading.now().since(start)
    if count != len(trades):
        raise VoidError(f"{exchange}: {count} trades were downloaded, {len(trades)} are there")
    return passed


def _check(exchange: str, venue: Venue, trades: list[Trade]) -> None:
    """Compare each healed minute with the trades in it."""
    minutes: dict[int, list[Trade]] = {}
    for trade in trades:
        minutes.setdefault(trade.timestamp // MINUTE * MINUTE, []).append(trade)
    for minute, inside in minutes.items():
        candle, prices = venue.candle(minute), [trade.price for trade in inside]
        if candle is None or candle.complete != HEALED:
            raise VoidError(f"{exchange}: the minute {minute} is not healed: {candle}")
        buy, sell = (math.fsum(one.size for one in inside if one.taker_buy is side) for side in (True, False))
        expected = [prices[0], max(prices), min(prices), prices[-1], buy, sell, len(inside)]
        found = [candle.open, candle.high, candle.low, candle.close, candle.buy, candle.sell, candle.trades]
        if not all(math.isclose(*pair, rel_tol=1e-9) for pair in zip(found, expected, strict=True)):
            raise VoidError(f"{exchange}: the minute {minute} is {found}, its trades make {expected}")
