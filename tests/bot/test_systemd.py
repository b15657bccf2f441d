"""What the bot tells systemd, over a socket like systemd's own; and the unit, as systemd itself judges it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from botprocess import bot, simulating

from bot.store.archive import PULL_SECONDS
from bot.systemd import Systemd

UNIT = Path(__file__).parents[2] / "scripts" / "cvdbot.service"
MOST_EXPOSURE = 2.5

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


class Manager:
    """The end of the socket that is systemd's."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(60)

    def hears(self):
        return self.socket.recv(4096).decode().split("\n")

    def empties(self):
        self.socket.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                assert self.hears() == ["STOPPING=1"]

    def heard_nothing(self):
        self.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            self.socket.recv(4096)


@pytest.fixture
def manager(tmp_path):
    found = Manager(str(tmp_path / "notify"))
    yield found
    found.socket.close()


def told_at(address, **more):
    return Systemd({"NOTIFY_SOCKET": str(address), **more})


def test_the_first_sign_of_life_says_ready_and_the_next_waits_for_half_of_the_watchdogs_time(manager, tmp_path):
    systemd = told_at(tmp_path / "notify", WATCHDOG_USEC="400000")
    began = time.monotonic()
    systemd.alive("3 of 4 exchanges connected")
    assert manager.hears() == ["READY=1", "STATUS=3 of 4 exchanges connected"]
    systemd.alive("4 of 4 exchanges connected")
    if time.monotonic() - began < 0.2:
        manager.heard_nothing()
    while time.monotonic() - began < 0.25:
        time.sleep(0.01)
    systemd.alive("4 of 4 exchanges connected")
    manager.socket.settimeout(1)
    assert manager.hears() == ["WATCHDOG=1", "STATUS=4 of 4 exchanges connected"]
    systemd.stopping()
    assert manager.hears() == ["STOPPING=1"]


@pytest.mark.parametrize(
    "environment", [{}, {"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": ""}], ids=str
)
def test_no_sign_of_life_is_sent_where_no_watchdog_waits_for_ours(manager, tmp_path, environment):
    systemd = told_at(tmp_path / "notify", **environment)
    for _ in range(3):
        systemd.alive("")
    assert manager.hears()[0] == "READY=1"
    manager.heard_nothing()


def test_a_watchdog_that_names_this_process_is_ours(manager, tmp_path):
    systemd = told_at(tmp_path / "notify", WATCHDOG_USEC="2", WATCHDOG_PID=str(os.getpid()))
    systemd.alive("")
    time.sleep(0.001)
    systemd.alive("")
    assert [manager.hears()[0], manager.hears()[0]] == ["READY=1", "WATCHDOG=1"]


def test_an_abstract_socket_is_told_as_well():
    name = f"cvdbot-{os.getpid()}"
    manager = Manager(f"\0{name}")
    told_at(f"@{name}").stopping()
    assert manager.hears() == ["STOPPING=1"]
    manager.socket.close()


def test_nobody_is_told_where_there_is_nobody(tmp_path):
    Systemd({}).alive("")
    told_at(tmp_path / "gone").stopping()


def test_a_manager_that_does_not_read_holds_nothing_up(manager, tmp_path):
    systemd = told_at(tmp_path / "notify")
    for _ in range(1000):  # far more than the socket holds
        systemd.stopping()
    assert manager.hears() == ["STOPPING=1"]


def test_what_a_manager_had_no_room_for_is_said_again(manager, tmp_path):
    """As at boot, when many speak at once: without READY=1 the service would be ended, without WATCHDOG=1 killed."""
    systemd = told_at(tmp_path / "notify", WATCHDOG_USEC="60000000")
    for _ in range(1000):  # far more than the socket holds
        systemd.stopping()
    systemd.alive("4 of 4 exchanges connected")
    manager.empties()
    systemd.alive("4 of 4 exchanges connected")
    assert manager.hears()[0] == "READY=1"
    systemd.alive("4 of 4 exchanges connected")
    manager.heard_nothing()


def test_the_bot_says_ready_then_lives_then_stops(manager, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    with simulating(tmp_path), bot(tmp_path):
        first, *more = manager.hears(), manager.hears(), manager.hears()
        assert first[0] == "READY=1"
        assert [lines[0] for lines in more] == ["WATCHDOG=1", "WATCHDOG=1"]
        assert re.fullmatch(r"STATUS=[0-4] of 4 exchanges connected", more[-1][1])
    while (last := manager.hears()) != ["STOPPING=1"]:
        assert last[0] == "WATCHDOG=1"


@pytest.fixture
def unit(tmp_path):
    """The unit of an installation below a folder, with something to start."""
    program = tmp_path / "opt/cvdbot/current/venv/bin/cvdbot"
    program.parent.mkdir(parents=True)
    shutil.copy("/bin/true", program)
    path = tmp_path / "cvdbot.service"
    path.write_text(UNIT.read_text().replace("@PREFIX@", str(tmp_path)))
    return path


def test_the_end_has_time_for_an_archive_that_waits_for_a_pull():
    (minutes,) = re.findall(r"^TimeoutStopSec=(\d+)min$", UNIT.read_text(), re.MULTILINE)
    assert int(minutes) * 60 >= 3 * PULL_SECONDS


@needs_systemd
def test_systemd_finds_no_fault_with_the_unit(unit):
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_systemd_counts_the_service_among_the_least_exposed(unit):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (exposure,) = re.findall(r"Overall exposure level for cvdbot.service: ([\d.]+)", done.stdout)
    assert float(exposure) < MOST_EXPOSURE
