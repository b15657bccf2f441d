"""Everything on one machine: a simulated market with a past, the real bot, the web app.

The demo's own process is the market: it writes the history, then serves the exchanges from the very minute where the
history ends. Time stands still until the bot has subscribed to all of them, so no minute is half seen.
Bot and web app are child processes in sessions of their own: Ctrl-C reaches the demo alone, which ends them in order.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bot.config import read
from bot.core.times import DAY, MINUTE, SECOND
from bot.errors import BotError
from bot.simulator import past
from bot.simulator.clock import Gate
from bot.simulator.configuration import configuration, write
from bot.simulator.market import Market
from bot.simulator.session import read_pairs
from bot.simulator.simulator import made
from bot.store.database import open_for_writing
from bot.store.lock import WriterLock

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from bot.simulator.simulator import Simulator

FOLDER = Path("data/demo")
ANSWER_WITHIN = 60.0
"""Real seconds the web app has to answer."""
END_WITHIN = 15.0
"""Real seconds a child has to end."""
LISTENING_BEFORE = 5 * SECOND
UNCERTAIN = 2.5
"""The clock starts so much (simulated time, and real seconds) before the market goes on: a bot takes only what surely
came after its subscription for heard, and is to have heard the whole first minute."""
TOLD_LINES = 12


class DemoError(BotError):
    """The demo can't begin or go on."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Options:
    """What `cvdbot demo` was asked for; see its help."""

    port: int = 8000
    days: int = 30
    speed: float = 1.0
    seed: int = 1
    pairs: str | None = None
    exit_after: float | None = None
    folder: Path = FOLDER


@dataclass(frozen=True, slots=True)
class Child:
    """A program the demo runs, and the file it writes to."""

    name: str
    process: Process
    output: Path

    def ended(self) -> DemoError:
        """Tell in a sentence how it ended, with its last lines."""
        last = self.output.read_text(errors="replace").strip().splitlines()[-TOLD_LINES:]
        lines = "\n".join(f"  {line}" for line in last)
        return DemoError(f"{self.name} ended by itself (exit code {self.process.returncode}); it said last:\n{lines}")


def run(options: Options) -> None:
    """Run the demo until a signal, or for `exit_after` real seconds from the moment the page can be opened.

    Raises:
        BotError: an option or the port can't be used, another demo runs, or bot or web app ended.
    """
    read_pairs(options.pairs)
    if not 0 < options.speed < float("inf"):
        raise BotError(f"--speed is {options.speed:g}; it must be above 0")
    _refuse_a_port_in_use(options.port)
    asyncio.run(_until_stopped(options))


async def _until_stopped(options: Options) -> None:
    """Run the demo as a task that SIGINT and SIGTERM cancel."""
    demo = asyncio.ensure_future(_demo(options))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, demo.cancel)
    with suppress(asyncio.CancelledError):
        await demo


async def _demo(options: Options) -> None:
    folder = options.folder.absolute()
    _clear(folder)
    end = time.time_ns() // 1_000_000 // MINUTE * MINUTE
    pairs = read_pairs(options.pairs)
    markets = [Market(start=end - options.days * DAY, seed=options.seed, pair=pair) for pair in pairs]
    gate = Gate(waits=True, waits_again=False, patience=float("inf"))
    simulator = made(*markets, speed=options.speed, gate=gate)
    database, config = folder / "trading.db", folder / "bot.toml"
    async with AsyncExitStack() as stack:
        stack.push_async_callback(simulator.stop)
        await simulator.start()
        write(config, configuration(simulator, market="perpetual"))
        await _write_past(markets, simulator, config, end, options.days)
        simulator.clock.reach(end - LISTENING_BEFORE - int(UNCERTAIN * SECOND * options.speed))
        bot = await stack.enter_async_context(_child("bot", folder, "run", "--config", config))
        web = await stack.enter_async_context(_child("web", folder, "web", "--db", database, "--port", options.port))
        running = asyncio.ensure_future(simulator.run())
        stack.callback(running.cancel)
        url = f"http://127.0.0.1:{options.port}"
        await _or_death(_answers(f"{url}/api/status"), running, bot, web)
        typer.echo(f"{url} shows the demo; Ctrl-C ends it")
        shown_for = float("inf") if options.exit_after is None else options.exit_after
        await _or_death(asyncio.sleep(shown_for), running, bot, web)


async def _write_past(markets: Sequence[Market], simulator: Simulator, config: Path, end: int, days: int) -> None:
    settings, path = read(config)
    database = open_for_writing(path)
    try:
        for market, wanted in zip(markets, settings.pairs, strict=True):
            of = f" of {wanted.pair}" if len(markets) > 1 else ""
            with _progress(f"writing {days} days of history{of}", market.now, end) as tell:
                await past.write(market, simulator, settings, wanted, database, end, tell)
    finally:
        database.close()


@asynccontextmanager
async def _child(name: str, folder: Path, *command: object) -> AsyncIterator[Child]:
    """Run `cvdbot` with `command`, and end it on the way out."""
    output = folder / f"{name}.log"
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cvdbot", *map(str, command),
            stdin=asyncio.subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
    try:
        yield Child(name, process, output)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), END_WITHIN)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _or_death(awaited: object, running: asyncio.Future[None], *children: Child) -> None:
    """Wait for `awaited`, unless a child or the market ends before.

    Raises:
        DemoError: a child ended.
    """
    deaths = {asyncio.ensure_future(child.process.wait()): child for child in children}
    work = asyncio.ensure_future(awaited)  # type: ignore[call-overload]
    try:
        done, _ = await asyncio.wait({work, running, *deaths}, return_when=asyncio.FIRST_COMPLETED)
        for death, child in deaths.items():
            if death in done:
                raise child.ended()
        for task in done:
            task.result()
    finally:
        for task in (work, *deaths):
            task.cancel()


async def _answers(url: str) -> None:
    """Wait until the web app answers.

    Raises:
        DemoError: it doesn't.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as http:
        for _ in range(int(ANSWER_WITHIN * 10)):
            with suppress(httpx.HTTPError):
                if (await http.get(url)).is_success:
                    return
            await asyncio.sleep(0.1)
    raise DemoError(f"the web app does not answer at {url} within {ANSWER_WITHIN:.0f} s")


def _refuse_a_port_in_use(port: int) -> None:
    """Find out before a history is written.

    Raises:
        DemoError: something listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoError(f"port {port} can't be used ({error.strerror}): name another with --port") from error


def _clear(folder: Path) -> None:
    """Remove an earlier demo's files.

    Raises:
        BotError: another demo's bot writes there, or the folder can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = WriterLock(folder)
        try:
            for name in ("trading.db", "trading.db-wal", "trading.db-shm", "bot.toml", "bot.log", "web.log"):
                (folder / name).unlink(missing_ok=True)
        finally:
            lock.close()
    except OSError as error:
        raise DemoError(f"{error.filename} can't be made anew: {error.strerror}") from error


@contextmanager
def _progress(what: str, start: int, end: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on the terminal; the block tells the instants it has reached."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=(end - start) / SECOND)
        yield lambda reached: progress.update(task, completed=(reached - start) / SECOND)
