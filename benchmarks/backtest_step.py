"""What the strategy costs the bot: a bar at 5m, beside taking in one minute of trades.

The minute is one of the simulator's: two orders a second and venue, four venues, each message through its venue's
parser and into its minute, then the minute closed and aggregated. The bar is five steps of the streaming strategy, the
fifth of which closes it.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks import past
from benchmarks.figure import Figure
from benchmarks.traffic import SEED, START
from benchmarks.turns import Reading, cpu, in_turns, ratio
from bot.core import trader
from bot.core.parameters import Parameters
from bot.core.times import MINUTE, SECOND, Moment
from bot.core.trades import Trade
from bot.engine import Engine
from bot.exchanges.connectors import connector
from bot.exchanges.settings import ExchangeSettings
from bot.simulator.market import Market
from bot.simulator.simulator import made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.exchanges.connector import Connector

GOAL = 0.1
ROUNDS = 15
TAKEN_IN, TRADED, RATE = 10, 5_000, 2.0
"""Minutes taken in, minutes traded, orders a second and venue."""

Spoken = list[list[tuple[str, bytes]]]
"""Of each minute the messages of all venues in order: (exchange, text)."""


class VoidError(Exception):
    """A minute was not closed, or nothing was traded: the figure means nothing."""


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the one figure."""
    count, length, rounds = (2, 500, 1) if tiny else (TAKEN_IN, TRADED, ROUNDS)
    spoken, parameters = _spoken(count), Parameters()
    minutes = list(past.market(length).minutes())
    bars = length * MINUTE // parameters.chart_ms
    connectors = {
        exchange: connector(exchange, "perpetual", "BTC/USDT", ExchangeSettings()) for exchange in _exchanges(spoken)
    }

    def strategy() -> Reading:
        state, entered = trader.begin(parameters), 0
        start = Reading.now()
        for minute in minutes:
            state, happened = trader.step(parameters, state, minute)
            entered += len(happened.events)
        passed = Reading.now().since(start)
        if not entered:
            raise VoidError("the strategy did nothing")
        return Reading(passed.wall / bars, passed.cpu / bars)

    def intake() -> Reading:
        passed = _intake(connectors, spoken)
        return Reading(passed.wall / count, passed.cpu / count)

    taken = in_turns({"strategy": strategy, "intake": intake}, rounds)
    ours, minute = cpu(taken["strategy"]), cpu(taken["intake"])
    yield Figure(
        "backtest.step",
        ratio(ours, minute),
        "x the cost of taking in a minute",
        GOAL,
        at_most=True,
        beside={
            "bar_cpu_us": median(ours) * 1e6,
            "minute_cpu_us": median(minute) * 1e6,
            "messages_a_minute": sum(len(each) for each in spoken) / count,
            "bars": bars,
            "rounds": rounds,
        },
    )


def _intake(connectors: dict[str, Connector], spoken: Spoken) -> Reading:
    """Return what it took to take in and close the minutes."""
    engine = Engine({exchange: each.ids(None) for exchange, each in connectors.items()}, START)
    parse = {exchange: each.parse for exchange, each in connectors.items()}
    add = {exchange: venue.add for exchange, venue in engine.venues.items()}
    for venue in engine.venues.values():
        venue.subscribed(Moment.exact(START))
    closed, now = 0, START
    start = Reading.now()
    for messages in spoken:
        now += MINUTE
        engine.expect(Moment.exact(now))
        for exchange, text in messages:
            message = parse[exchange](text)
            if isinstance(message, Trade):
                add[exchange](message)
            elif isinstance(message, list):
                for trade in message:
                    add[exchange](trade)
        engine.expect(Moment.exact(now))
        closed += len(engine.tick(now + 20 * SECOND, ()).closed)
    passed = Reading.now().since(start)
    if closed != len(spoken):
        raise VoidError(f"{closed} of {len(spoken)} minutes were closed")
    return passed


def _spoken(count: int) -> Spoken:
    """Return the trade messages of the first `count` minutes of a made market."""
    source = Market("perpetual", start=START, seed=SEED, rate=RATE)
    venues = made(source).venues
    minutes: Spoken = []
    for number in range(1, count + 1):
        minutes.append([])
        for order in source.until(START + number * MINUTE):
            venue = venues[order.exchange]
            for message in venue.dialect.messages(order, venue.prints(order)):
                if message.topic in venue.listings.topics:
                    minutes[-1].append((order.exchange, message.text.encode()))
    return minutes


def _exchanges(spoken: Spoken) -> list[str]:
    return sorted({exchange for minute in spoken for exchange, _ in minute})
