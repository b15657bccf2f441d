"""Installed for a real systemd user manager, `cvdbot sync` and `cvdbot web` run, come back when killed, and go."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from pc import Pc, without_ssh, write_minutes
from user_manager import UserManager, until, user_manager

from background.errors import BackgroundError
from background.install import install, uninstall
from background.job import Job

CVDBOT = str(Path(sys.executable).with_name("cvdbot"))


@pytest.fixture
def home(tmp_path):
    found = tmp_path / "home"
    found.mkdir()
    return found


@pytest.fixture
def manager(home):
    with user_manager(home) as found:
        yield found


def sped_up(home, name):
    """What a user writes by `systemctl --user edit`: no five seconds until the next start."""
    folder = home / f".config/systemd/user/{name}.service.d"
    folder.mkdir(parents=True)
    (folder / "override.conf").write_text("[Service]\nRestartSec=100ms\n")


def said(manager: UserManager, *words, folder=None):
    environment = {**os.environ, **manager.environment}
    environment.pop("XDG_CONFIG_HOME", None)
    done = subprocess.run(
        [CVDBOT, *words], env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def rows(pc: Pc):
    return json.loads(pc.layout.status.read_text())["rows"] if pc.layout.status.exists() else None


@pytest.mark.slow
def test_the_copy_goes_on_after_a_kill_until_it_is_uninstalled(bot, pi, pc, home, tmp_path, monkeypatch):
    without_ssh(pi, tmp_path / "bin", monkeypatch)
    pi.sync_toml(pc.toml, every=1)
    sped_up(home, "cvdbot-sync")
    unit = home / ".config/systemd/user/cvdbot-sync.service"
    write_minutes(bot, 0, 1)
    with user_manager(home) as manager:
        code, lines = said(manager, "sync", "--install", folder=pc.toml.parent)
        assert (code, lines[:2]) == (0, [f"wrote {unit}", "cvdbot-sync runs now, and from every login on"])
        assert lines[2] == "its log: journalctl --user -u cvdbot-sync -f"
        assert "loginctl enable-linger" in lines[3]
        until(lambda: rows(pc) == 1)

        before = manager.systemctl("show", "--property=MainPID", "cvdbot-sync")
        manager.systemctl("kill", "--signal=KILL", "cvdbot-sync")
        write_minutes(bot, 1, 1)
        until(lambda: rows(pc) == 2)
        assert manager.systemctl("show", "--property=NRestarts", "cvdbot-sync") == "NRestarts=1"
        assert manager.systemctl("show", "--property=MainPID", "cvdbot-sync") != before
        code, lines = said(manager, "sync", "--once", folder=pc.toml.parent)
        assert (code, "another sync" in lines[-1]) == (1, True)

        code, lines = said(manager, "sync", "--install", folder=pc.toml.parent)
        assert (code, lines[0]) == (0, "cvdbot-sync is installed already and runs: nothing is changed")
        assert manager.systemctl("show", "--property=NRestarts", "cvdbot-sync") == "NRestarts=1"

        other = pc.toml.rename(tmp_path / "other.toml")
        code, lines = said(manager, "sync", "--install", "--config", str(other))
        assert (code, lines[0]) == (0, f"rewrote {unit}")
        until((tmp_path / "data/trading.db").exists)

        assert said(manager, "sync", "--uninstall") == (0, [f"cvdbot-sync is ended, and {unit} removed"])
        assert manager.systemctl("is-active", "cvdbot-sync") == "inactive"
        assert [one.name for one in unit.parent.rglob("*") if one.is_file() or one.is_symlink()] == ["override.conf"]
        assert said(manager, "sync", "--uninstall") == (0, [f"cvdbot-sync is not installed: there is no {unit}"])


@pytest.mark.slow
def test_the_page_answers_from_its_service(manager, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code, lines = said(manager, "web", "--install", "--port", str(port), folder=tmp_path)
    assert (code, lines[-1]) == (0, f"the page: http://127.0.0.1:{port}")

    def answers():
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", port)) == 0

    until(answers)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status") as answer:
        assert json.load(answer)["database"]["message"].startswith("data/trading.db does not exist yet")
    code, lines = said(manager, "web", "--uninstall")
    assert (code, answers()) == (0, False)


@pytest.fixture
def asking(manager, monkeypatch):
    """Let what is called in this process speak with the manager."""
    for name in ("XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in manager.environment.items():
        monkeypatch.setenv(name, value)
    return manager


@pytest.mark.usefixtures("asking")
def test_systemd_reads_folder_path_and_arguments_as_they_are(tmp_path):
    folder = tmp_path / 'a 100%h $HOME $$ it\'s "quoted" back\\slash é;'
    folder.mkdir()
    program = tmp_path / "my $HOME %h"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$PATH" "$@" > told.new\nmv told.new told\n')
    program.chmod(0o755)
    made = Job(
        "cvdbot-sync", "a copy", (str(program), "--config", f"{folder}/a.toml"), folder, f"{folder}:/usr/bin:/bin"
    )
    list(install(made))
    until((folder / "told").exists)
    assert (folder / "told").read_text().splitlines() == [str(folder), made.path, "--config", f"{folder}/a.toml"]
    list(uninstall("cvdbot-sync"))


@pytest.mark.parametrize("place", ["ours", "another"])
def test_a_service_of_that_name_that_is_somebody_elses_is_left_alone(asking, home, tmp_path, place):
    mine = home / ".config/systemd/user/cvdbot-sync.service"
    theirs = mine if place == "ours" else home / ".local/share/systemd/user/cvdbot-sync.service"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[Service]\nExecStart=/bin/true\n")
    asking.systemctl("daemon-reload")
    for ask in (install(Job("cvdbot-sync", "a copy", (CVDBOT, "sync"), tmp_path, "/bin")), uninstall("cvdbot-sync")):
        with pytest.raises(BackgroundError, match=r"is not of cvdbot's making|of somebody else's"):
            list(ask)
    assert theirs.read_text() == "[Service]\nExecStart=/bin/true\n"
    assert mine.exists() == (place == "ours")
