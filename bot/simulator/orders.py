"""A taker's order and its fills, as the made market draws them; and what a bot counts of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.core.trades import Trade
from bot.simulator.coins import BITCOIN

if TYPE_CHECKING:
    from collections.abc import Callable


class Fill(NamedTuple):
    """One maker's part of an order: `id` is consecutive on its venue, `price` in USDT, `size` in the base coin."""

    id: int
    price: float
    size: float


class Order(NamedTuple):
    """One taker order and its fills, all at the millisecond `timestamp`."""

    exchange: str
    timestamp: int
    taker_buy: bool
    fills: tuple[Fill, ...]
    pair: str = BITCOIN


def each_fill(order: Order) -> list[Trade]:
    """Count the fills of an order, of a venue that publishes each."""
    return [Trade(order.timestamp, fill.price, fill.size, order.taker_buy, fill.id) for fill in order.fills]


def by_price(order: Order, number: Callable[[int], int]) -> list[Trade]:
    """Count the fills of an order, of a venue that publishes those at one price together.

    Args:
        order: The order.
        number: The id of the last of them -> the id they are published by.
    """
    _, timestamp, buy, fills, _ = order
    trades: list[Trade] = []
    count, size = 0, 0.0
    for index, fill in enumerate(fills, 1):
        count, size = count + 1, size + fill.size
        if index == len(fills) or fills[index].price != fill.price:
            trades.append(Trade(timestamp, fill.price, round(size, 8), buy, number(fill.id), count))
            count, size = 0, 0.0
    return trades
