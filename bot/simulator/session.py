"""`cvdbot simulate`: build the simulator the options ask for, run it, end it cleanly."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from bot.core.exchanges import EXCHANGES
from bot.core.times import from_iso
from bot.errors import BotError
from bot.simulator import recordings
from bot.simulator.clock import Gate
from bot.simulator.coins import BITCOIN
from bot.simulator.configuration import configuration, write
from bot.simulator.faults import file as faults_file
from bot.simulator.market import RATE, Market
from bot.simulator.player import Player
from bot.simulator.simulator import made, played
from bot.simulator.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.simulator.simulator import Simulator

MOST_BURST = 100
_PAIR = re.compile(r"(?!USDT/)[A-Z0-9]{2,12}/USDT")
HIGHEST_PORT = 65_535 - (len(EXCHANGES) - 1)
"""The last port base: each venue has a port."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `cvdbot simulate` was asked for; see its help."""

    port_base: int = 0
    speed: float = 1.0
    seed: int = 1
    pairs: str | None = None
    play: Sequence[Path] = field(default_factory=tuple)
    truth: Path | None = None
    write_config: Path | None = None
    wait: bool = False
    market: str | None = None
    rate: float = RATE
    burst: int = 0
    start: str | None = None
    exit_after: float | None = None
    faults: Path | None = None


def run(options: Options) -> None:
    """Run until a signal, or for `exit_after` real seconds.

    Raises:
        BotError: an option, a recording or a port can't be used.
    """
    _check(options)
    with suppress(KeyboardInterrupt):  # where signals can't be handled in the loop
        asyncio.run(_run(options))


def _check(options: Options) -> None:
    if not options.speed > 0 or options.speed == float("inf"):
        raise BotError(f"--speed is {options.speed:g}; it must be above 0")
    if not options.rate > 0 or options.rate == float("inf"):
        raise BotError(f"--rate is {options.rate:g}; it must be above 0 orders a second")
    if not 0 <= options.burst <= MOST_BURST:
        raise BotError(f"--burst is {options.burst}; it must be 0 (none) to {MOST_BURST} orders")
    if not 0 <= options.port_base <= HIGHEST_PORT:
        raise BotError(f"--port-base is {options.port_base}; it must be 0 (any free ports) to {HIGHEST_PORT}")
    if options.market not in {None, "perpetual", "spot"}:
        raise BotError(f'--market is "{options.market}"; it must be perpetual or spot')
    if options.pairs is not None and options.play:
        raise BotError("--pairs is for the made market; a recording that is played brings its own")
    if options.market is not None and options.play:
        raise BotError("--market is for the made market; a recording that is played brings its own")
    if options.start is not None and options.play:
        raise BotError("--start is for the made market; a recording that is played begins when it was recorded")


def read_pairs(text: str | None) -> tuple[str, ...]:
    """Read the pairs of the made market, Bitcoin's alone when none are asked for.

    Raises:
        BotError: the text is no list of pairs.
    """
    if text is None:
        return (BITCOIN,)
    pairs: list[str] = []
    for pair in (each.strip() for each in text.split(",")):
        if not _PAIR.fullmatch(pair):
            raise BotError(f'--pairs has "{pair}"; write pairs as BTC/USDT,ETH/USDT (in USDT, as the market is)')
        if pair in pairs:
            raise BotError(f"--pairs has {pair} twice")
        pairs.append(pair)
    return tuple(pairs)


def _start(text: str | None) -> int:
    """Give the first instant of the made market, now when none is asked for.

    Raises:
        BotError: the text is no instant.
    """
    if text is None:
        return time.time_ns() // 1_000_000
    try:
        return from_iso(text)
    except ValueError as error:
        raise BotError(f"--start: {error}") from None


async def _run(options: Options) -> None:
    faults = None if options.faults is None else faults_file.read(options.faults)
    if options.play:
        held = recordings.read(options.play)
        market, pair = recordings.market(held), recordings.pair(held)
    else:
        market, pair = options.market or "perpetual", None
    pairs, start = read_pairs(options.pairs), _start(options.start)
    truth = None if options.truth is None else Truth(options.truth, several=len(pairs) > 1)
    gate = Gate(waits=True, waits_again=True) if options.wait else None
    if options.play:
        simulator = played(Player(held), speed=options.speed, gate=gate, truth=truth, faults=faults)
    else:
        seed, rate, burst = options.seed, options.rate, options.burst
        markets = [Market(market, start=start, seed=seed, rate=rate, burst=burst, pair=each) for each in pairs]
        simulator = made(*markets, speed=options.speed, gate=gate, truth=truth, faults=faults)
    ended = _ended_by_signal()
    try:
        await simulator.start(options.port_base)
        if options.write_config is not None:
            write(options.write_config, configuration(simulator, market=market, pair=pair))
        _announce(simulator, options)
        await _until(ended, options.exit_after, simulator)
    finally:
        await simulator.stop()
    if faults is not None:
        typer.echo(simulator.faults.sentence())


def _ended_by_signal() -> asyncio.Event:
    """Give an event that SIGINT or SIGTERM sets."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
            loop.add_signal_handler(number, ended.set)
    return ended


async def _until(ended: asyncio.Event, seconds: float | None, simulator: Simulator) -> None:
    """Run the simulator until the event, the end of its time, or its own defect."""
    running = asyncio.create_task(simulator.run())
    waiting = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait((running, waiting), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        for task in (running, waiting):
            task.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)


def _announce(simulator: Simulator, options: Options) -> None:
    for venue in simulator.venues.values():
        symbols = " ".join(each.traded.symbol for each in venue.listings.all)
        market = venue.listings.first.traded.market
        typer.echo(f"{venue.exchange:<9} {venue.websocket}  {venue.rest}  {market} {symbols}")
    typer.echo(f"{'clock':<9} {simulator.clock_url}")
    if options.write_config is not None:
        typer.echo(f"{'bot.toml':<9} {options.write_config}")
    typer.echo("ready")
