"""Counting many trades in one step, of messages or of a page of the past, whose price and size are text.

A connector's `fold` decodes all messages of a read at once by a shape that only sound trades of its symbol have, with
the same exact types as its parser; here their numbers are read and summed. It is all or nothing: whatever is not plain
(another kind of message, a number that is none, a time that falls, a new minute) leaves the whole read to the parser,
which says of each message what is wrong with it.
"""

from __future__ import annotations

from bisect import bisect_left
from operator import lt
from typing import TYPE_CHECKING, Any

from bot.core.burst import Burst
from bot.core.times import MINUTE, minute_of
from bot.core.trades import LARGEST
from bot.exchanges.messages import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def decoded(decode_lines: Callable[[bytes], list[Any]], texts: list[bytes]) -> list[Any] | None:
    """Return the messages by their one shape; None when any does not have it."""
    count, lines = len(texts), b"\n".join(texts)
    if lines.count(b"\n") != count - 1:  # a text with a line break could pass for two
        return None
    try:
        messages = decode_lines(lines)
    except UNREADABLE:
        return None
    return messages if len(messages) == count else None  # an empty line is none


def by_minute(
    trades: Sequence[Any],
    ids: Sequence[int],
    buys: str | bool,
    milliseconds: Callable[[Any], int],
    fills: Sequence[int] | None = None,
) -> list[Burst] | None:
    """Fold a page of the past, oldest first, into one burst a minute; None when any trade needs a look.

    `fills` are the executions of each trade, where that is not one each; else as for `folded`.
    """
    if not all(map(lt, ids, ids[1:])):
        return None
    bursts: list[Burst] = []
    start = 0
    while start < len(trades):
        end = minute_of(milliseconds(trades[start].time)) + MINUTE
        # Should times fall, this finds any place; then folding finds them out.
        stop = bisect_left(trades, end, start, key=lambda trade: milliseconds(trade.time))
        count = None if fills is None else sum(fills[start:stop])
        burst = folded(trades[start:stop], ids[start:stop], 1, buys, milliseconds, fills=count)
        if burst is None:
            return None
        bursts.append(burst)
        start = stop
    return bursts


def folded(
    trades: Sequence[Any],
    ids: Sequence[int | str],
    texts: int,
    buys: str | bool,
    milliseconds: Callable[[Any], int],
    *,
    worth: float = 1.0,
    fills: int | None = None,
) -> Burst | None:
    """Fold all of `trades`, which have `time` and `side`, `price` and `size` as text; None when any needs a look.

    `ids` are theirs, `texts` counts the messages they came in, `buys` is the side of a buying taker, `milliseconds`
    makes a time (they are compared as they are) UTC ms, `worth` is a size of 1 in BTC, `fills` the executions they
    stand for where that is not one each.

    This loop is most of what a busy minute costs: it works on local names and calls only `float`.
    """
    if not trades:
        return None
    last = trades[0].time
    buy = sell = 0.0
    try:
        opened = price = high = low = float(trades[0].price)
        for trade in trades:
            time, price, size = trade.time, float(trade.price), float(trade.size)
            if not (0.0 < price < LARGEST and 0.0 < size < LARGEST):
                return None
            if time < last and milliseconds(time) < milliseconds(last):  # within one millisecond ids tell the order
                return None
            last = time
            if price > high:
                high = price
            elif price < low:
                low = price
            if trade.side == buys:
                buy += size * worth
            else:
                sell += size * worth
    except ValueError:
        return None
    began, ended = milliseconds(trades[0].time), milliseconds(last)
    if minute_of(began) != minute_of(ended):
        return None
    return Burst(ids, texts, began, ended, opened, high, low, price, buy, sell, len(trades) if fills is None else fills)
