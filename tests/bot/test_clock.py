"""The bot's time: the machine's, or a simulator's read from a real server that says what the test wants."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from bot import clock
from bot.clock import SimulatedClock, SystemClock
from bot.core.times import Moment
from bot.errors import ConfigurationError

START = 1_763_942_400_000
"""2025-11-24 00:00 UTC."""
MINUTE = 60_000
HOUR = 60 * MINUTE


class Server:
    """A simulator's `/clock`: a fixed reading, one that runs, or no answer at all."""

    def __init__(self, speed=1.0, *, runs=False):
        self.speed = speed
        self.runs = runs
        self.running = True
        self.at = START
        self.began = time.monotonic()
        self.answers = 0
        self.speaks = asyncio.Event()
        self.speaks.set()
        self.body = None
        self.status = "200 OK"
        self._answered = asyncio.Condition()

    def reading(self):
        passed = int((time.monotonic() - self.began) * 1000 * self.speed) if self.runs else 0
        return {"now": self.at + passed, "speed": self.speed, "running": self.running}

    async def answered(self, more):
        """Wait until so many more readings were answered."""
        until = self.answers + more
        async with self._answered:
            await asyncio.wait_for(self._answered.wait_for(lambda: self.answers >= until), 20)

    async def serve(self, reader, writer):
        try:
            while await reader.readline():
                while (await reader.readline()).strip():
                    pass
                await self.speaks.wait()
                body = (self.body or json.dumps(self.reading())).encode()
                writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
                async with self._answered:
                    self.answers += 1
                    self._answered.notify_all()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(server):
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/clock"


@asynccontextmanager
async def reading(server):
    async with listening(server) as url, SimulatedClock(url) as simulated:
        yield simulated


def test_a_simulated_minute_passes_at_the_simulators_speed_and_sleeping_waits_for_it():
    async def scene():
        server = Server(speed=600, runs=True)
        async with reading(server) as simulated:
            before = simulated.now()
            await simulated.sleep(MINUTE)
            assert simulated.now() - before >= MINUTE
            assert simulated.now() <= server.reading()["now"]  # the simulator itself is never overtaken
            truth = server.reading()["now"]
            assert simulated.moment().latest >= truth

    asyncio.run(scene())


def test_while_the_simulator_stands_still_so_does_the_bots_time():
    async def scene():
        server = Server(speed=60)
        server.running = False
        async with reading(server) as simulated:
            await server.answered(3)
            assert simulated.now() == START
            server.running, server.at = True, START + 500
            await server.answered(2)
            assert simulated.now() >= START + 500

    asyncio.run(scene())


def test_a_simulator_that_stops_answering_is_never_outrun_by_more_than_two_readings():
    async def scene():
        server = Server(speed=60)  # a reading every 1/50 s: two of them are 2,400 simulated ms
        async with reading(server) as simulated:
            server.speaks.clear()
            await asyncio.sleep(0.2)  # ten readings' time
            assert simulated.now() == START + 2400
            assert simulated.moment().earliest == START
            server.at = START + 3000
            server.speaks.set()
            await server.answered(2)
            assert simulated.now() >= START + 3000

    asyncio.run(scene())


def test_a_reading_a_little_behind_does_not_turn_time_back():
    async def scene():
        server = Server(speed=1)
        server.at = START + 10_000
        async with reading(server) as simulated:
            server.at = START + 9_000
            await server.answered(2)
            assert simulated.now() >= START + 10_000
            assert simulated.take_leap() is None

    asyncio.run(scene())


@pytest.mark.slow
@pytest.mark.parametrize("leap", [2 * HOUR, -2 * HOUR])
def test_a_leap_of_the_simulator_is_told_once_and_followed_in_either_direction(leap):
    async def scene():
        server = Server(speed=1)
        async with reading(server) as simulated:
            assert simulated.take_leap() is None  # the first reading is none, however far from 1970
            server.at = START + leap
            await server.answered(2)
            start, end = simulated.take_leap()
            assert START <= start < START + 5 * MINUTE
            assert end == START + leap
            assert simulated.take_leap() is None
            assert START + leap <= simulated.now() < START + leap + 5 * MINUTE

    asyncio.run(scene())


@pytest.mark.slow
def test_two_leaps_before_anyone_looked_are_told_as_one():
    async def scene():
        server = Server(speed=1)
        async with reading(server) as simulated:
            for hours in (1, 3):
                server.at = START + hours * HOUR
                await server.answered(2)
            start, end = simulated.take_leap()
            assert START <= start < START + 5 * MINUTE
            assert end == START + 3 * HOUR

    asyncio.run(scene())


def test_who_sleeps_while_the_simulator_begins_anew_waits_no_longer_than_asked():
    async def scene():
        server = Server(speed=1000, runs=True)
        async with reading(server) as simulated:
            sleeping = asyncio.create_task(simulated.sleep(5 * MINUTE))
            await server.answered(1)
            server.at -= 240 * HOUR  # ten days back: 864 real seconds at this speed
            await asyncio.wait_for(sleeping, 30)
            assert simulated.now() < START

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<html>", "200 OK"),
        ('{"now": 1}', "200 OK"),
        ('{"now": 1, "speed": 0, "running": true}', "200 OK"),
        ("", "404 Not Found"),
    ],
)
def test_what_does_not_answer_as_a_clock_is_refused_by_its_key(body, status, monkeypatch):
    monkeypatch.setattr(clock, "PAUSE", 0)

    async def scene():
        server = Server()
        server.body, server.status = body or "no", status
        async with listening(server) as url:
            with pytest.raises(ConfigurationError, match="does not answer as a simulator's clock") as refused:
                await SimulatedClock(url).__aenter__()
            assert str(refused.value).startswith(f"clock.url {url}")
            assert server.answers == clock.ATTEMPTS

    asyncio.run(scene())


def test_a_clock_where_nobody_listens_is_refused_with_what_to_start(monkeypatch):
    monkeypatch.setattr(clock, "PAUSE", 0)

    async def scene():
        async with listening(Server()) as url:
            pass
        with pytest.raises(ConfigurationError, match=r"is `cvdbot simulate` running\?"):
            await SimulatedClock(url).__aenter__()

    asyncio.run(scene())


@pytest.fixture
def machine(monkeypatch):
    """The machine's two clocks, set by the test: the time of day in ms, and seconds since it was switched on."""
    machine = SimpleNamespace(day=START, up=100.0)
    told = SimpleNamespace(time_ns=lambda: machine.day * 1_000_000, monotonic=lambda: machine.up)
    monkeypatch.setattr(clock, "time", told)
    return machine


def test_the_machines_clock_is_told_as_it_is(machine):
    system = SystemClock()
    assert system.moment() == Moment(START, START, START, slack=0)
    machine.day += 1
    assert system.now() == START + 1


def test_a_clock_that_keeps_pace_has_not_leapt(machine):
    system = SystemClock()
    for _ in range(3):
        machine.day, machine.up = machine.day + 250, machine.up + 0.25
        assert system.take_leap() is None


def test_a_clock_corrected_by_less_than_a_minute_has_not_leapt(machine):
    system = SystemClock()
    machine.day += MINUTE
    assert system.take_leap() is None


def test_a_machine_that_is_told_the_time_leaps_from_where_it_would_stand(machine):
    system = SystemClock()
    machine.day, machine.up = START + 24 * HOUR, machine.up + 10
    assert system.take_leap() == (START + 10_000, START + 24 * HOUR)
    assert system.take_leap() is None


def test_a_laptop_that_slept_an_hour_leaps_though_nobody_set_its_clock(machine):
    system = SystemClock()
    machine.day, machine.up = START + HOUR, machine.up + 0.25  # the second clock stands still in sleep
    assert system.take_leap() == (START + 250, START + HOUR)


def test_a_clock_set_back_leaps_back(machine):
    system = SystemClock()
    machine.day -= 2 * HOUR
    assert system.take_leap() == (START, START - 2 * HOUR)


def test_the_machines_clock_sleeps_in_milliseconds():
    async def scene():
        system = SystemClock()
        before = system.now()
        await system.sleep(20)
        assert system.now() - before >= 19

    asyncio.run(scene())


def test_a_clock_that_is_years_off_at_boot_is_waited_for_and_said_once(machine, monkeypatch, caplog):
    """As on a Pi, which has no clock of its own: three seconds after the start the network tells it the time."""
    machine.day, slept = 0, []
    system = SystemClock()

    async def sleep(_, duration):
        slept.append(duration)
        machine.up += 1
        machine.day = START if len(slept) == 3 else machine.day + 1_000

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    asyncio.run(clock.plausible(system))
    assert slept == [1_000] * 3
    assert [record.message for record in caplog.records] == [
        "the clock says 1970-01-01T00:00:00Z: waiting until the network tells it the time"
    ]
    assert system.take_leap() is None


@pytest.mark.usefixtures("machine")
def test_a_plausible_clock_is_not_waited_for(caplog):
    asyncio.run(clock.plausible(SystemClock()))
    assert caplog.records == []
