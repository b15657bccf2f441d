"""From a message's text to the candle: the bot's feed beside cryptofeed's parser with its OHLCV callback.

Both take the same trades in the same run. Before anything is timed both list the trades they see, and after every
timed run both candles are compared: a side that counts less is not faster.
"""

from __future__ import annotations

import asyncio
import math
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.cryptofeed_feeds import Theirs, for_cryptofeed
from benchmarks.figure import Figure, VoidError
from benchmarks.traffic import START, feed, spoken
from benchmarks.turns import Reading, cpu, in_turns, rates, ratio
from bot.core.times import HOUR, MINUTE
from bot.core.trades import Trade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.exchanges.feed import Feed

GOAL = 5.0
MESSAGES, ROUNDS = 20_000, 7
BURST = 256
"""Messages of one read, some 40 kB: a busy socket gives up to six times as many."""
ADDRESS = "ws://127.0.0.1/ws"
MARKETS = {"binance": "perpetual", "bybit": "perpetual", "okx": "spot", "coinbase": "spot"}
"""OKX's swaps are counted in contracts by cryptofeed and in BTC by the bot; on spot both count BTC."""


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield one figure a venue; Binance, the busiest, first."""
    messages, rounds = (200, 2) if tiny else (MESSAGES, ROUNDS)
    for exchange, market in MARKETS.items():
        yield _figure(exchange, market, messages, rounds)


def _figure(exchange: str, market: str, messages: int, rounds: int) -> Figure:
    texts = spoken(exchange, market, messages)
    arrived = [text.encode() for text in texts]
    bursts = [arrived[start : start + BURST] for start in range(0, len(arrived), BURST)]
    theirs = [for_cryptofeed(exchange, text) for text in texts]
    trades = _agreed(exchange, feed(exchange, market, ADDRESS), arrived, theirs)

    def bot() -> Reading:
        one = feed(exchange, market, ADDRESS)
        take = one.take
        start = Reading.now()
        for texts in bursts:
            take(texts)
        passed = Reading.now().since(start)
        _check(one, trades)
        return passed

    def cryptofeed() -> Reading:
        return asyncio.run(_timed(exchange, theirs, trades))

    taken = in_turns({"bot": bot, "cryptofeed": cryptofeed}, rounds)
    ours, other = cpu(taken["bot"]), cpu(taken["cryptofeed"])
    return Figure(
        f"ingest.parse.{exchange}",
        ratio(other, ours),
        "x cryptofeed's trades/s",
        GOAL if exchange == "binance" else None,
        {
            **rates("bot", len(trades), ours),
            **rates("cryptofeed", len(trades), other),
            "bot_us_per_trade": median(ours) / len(trades) * 1e6,
            "trades": len(trades),
            "rounds": rounds,
        },
    )


async def _timed(exchange: str, texts: list[str], trades: list[Trade]) -> Reading:
    theirs = Theirs(exchange)
    start = Reading.now()
    await theirs.take(texts)
    passed = Reading.now().since(start)
    _same(exchange, "cryptofeed's candle", theirs.candle, _totals(trades))
    return passed


def _agreed(exchange: str, ours: Feed, arrived: list[bytes], texts: list[str]) -> list[Trade]:
    """Return the trades that both sides read out of the messages, one by one the same."""
    trades: list[Trade] = []
    for text in arrived:
        message = ours.legs[0].connector.parse(text)
        if not isinstance(message, Trade | list):
            raise VoidError(f"{exchange}: the bot reads no trade in {text!r}: {message}")
        trades += [message] if isinstance(message, Trade) else message
    theirs = asyncio.run(Theirs(exchange).trades(texts))
    if [str(trade.id) for trade in trades] != [str(trade.id) for trade in theirs]:
        raise VoidError(f"{exchange}: the bot reads {len(trades)} trades, cryptofeed {len(theirs)}, or others")
    for mine, yours in zip(trades, theirs, strict=True):
        found = [float(yours.price), float(yours.amount), round(yours.timestamp * 1000)]
        _same(exchange, f"cryptofeed's trade {mine.id}", found, [mine.price, mine.size, mine.timestamp])
    return trades


def _check(ours: Feed, trades: list[Trade]) -> None:
    """Compare the minutes' candles, taken together, with the trades."""
    candles = [candle for minute in range(START, START + HOUR, MINUTE) if (candle := ours.legs[0].venue.candle(minute))]
    found = [
        candles[0].open,
        max(candle.high for candle in candles),
        min(candle.low for candle in candles),
        candles[-1].close,
        sum(candle.buy + candle.sell for candle in candles),
        sum(candle.trades for candle in candles),
    ]
    _same(ours.exchange, "the bot's candles", found, [*_totals(trades), sum(trade.fills for trade in trades)])


def _totals(trades: list[Trade]) -> list[float]:
    """Return open, high, low, close and volume (BTC) of trades in order of time."""
    prices = [trade.price for trade in trades]
    return [prices[0], max(prices), min(prices), prices[-1], math.fsum(trade.size for trade in trades)]


def _same(exchange: str, what: str, found: list[float], expected: list[float]) -> None:
    if not all(math.isclose(*pair, rel_tol=1e-9) for pair in zip(found, expected, strict=True)):
        raise VoidError(f"{exchange}: {what} is {found}, expected {expected}")
