"""scripts/install-pi.sh below a folder: the real bot on a simulated market, started and stopped as systemd would.

`systemctl.py` of the helpers stands in for systemd. The environment of a version is a folder of two scripts around this
Python, so that nothing is downloaded; `test_the_environment_is_made_from_what_is_pinned` makes a real one.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from botprocess import bot, simulating, wait_for

ROOT = Path(__file__).resolve().parents[2]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqFx3v7 pc"
HELPER = ROOT / "tests" / "helpers" / "systemctl.py"
NEXT_STEP = '1001: "CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT;",\n}\n"""Version'


class Pi:
    """A machine below a folder, without an installation at first."""

    def __init__(self, folder):
        self.folder = folder
        self.unit = folder / "etc/systemd/system/cvdbot.service"
        self.settings = folder / "etc/cvdbot/bot.toml"
        self.database = folder / "srv/bot/db/trading.db"
        self.current = folder / "opt/cvdbot/current"
        self.managed = False

    def asks(self, *arguments, code=0, umask=0o022, **environment):
        """Run the script, make sure of its exit code, and return what it said."""
        if self.managed:
            environment["CVDBOT_SYSTEMCTL"] = str(self.folder / "systemctl")
            environment |= {"CVDBOT_UNIT": str(self.unit), "CVDBOT_SETTLE": "0.3"}
        done = subprocess.run(
            [ROOT / "scripts" / "install-pi.sh", "--prefix", self.folder, *arguments],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
            umask=umask,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def installs(self, version, *arguments, code=0):
        return self.asks("--environment", version, *arguments, code=code)

    def releases(self):
        opt = self.folder / "opt/cvdbot"
        return sorted(each.name for each in opt.iterdir() if not each.is_symlink()) if opt.is_dir() else []

    def runs(self):
        return self.unit.exists() and self.manager("is-active") == 0

    def manager(self, verb):
        return subprocess.run(
            [self.folder / "systemctl", verb], env={**os.environ, "CVDBOT_UNIT": str(self.unit)}, check=False
        ).returncode

    def rows(self, query):
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as sql:
            return sql.execute(query).fetchall()


@pytest.fixture
def pi(tmp_path):
    return Pi(tmp_path / "pi")


@pytest.fixture
def managed(pi, tmp_path):
    """A machine with a service manager, whose settings name a simulated market that trades a minute a second."""
    pi.managed = True
    pi.settings.parent.mkdir(parents=True)
    script(pi.folder / "systemctl", f'exec "{sys.executable}" "{HELPER}" "$@"')
    (tmp_path / "market").mkdir()
    with simulating(tmp_path / "market", "--speed", "60"):
        text = (tmp_path / "market/bot.toml").read_text().replace('"trading.db"', f'"{pi.database}"')
        pi.settings.write_text(f'{text}\n[backup]\nfolder = "{pi.folder}/srv/bot/backups"\n')
        yield pi
        if pi.unit.exists():
            pi.manager("stop")


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def version(folder, source=ROOT):
    """An environment in which the code of `source` is installed."""
    script(folder / "bin/python", f'PYTHONPATH="{source}" exec "{sys.executable}" "$@"')
    script(folder / "bin/cvdbot", f'PYTHONPATH="{source}" exec "{sys.executable}" -P -m cvdbot "$@"')
    return folder


@pytest.fixture
def this(tmp_path):
    return version(tmp_path / "this")


@pytest.fixture
def broken(tmp_path):
    """A next version: it brings the database up to date, and ends before it is ready."""
    source = tmp_path / "broken-source"
    shutil.copytree(ROOT / "bot", source / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "cvdbot.py", source)
    for name, old, new in (
        ("bot/store/migrations.py", '}\n"""Version', NEXT_STEP),
        ("bot/service.py", "        await service.run(stop)", '        raise RuntimeError("a defect of this version")'),
    ):
        text = (source / name).read_text()
        assert text.count(old) == 1
        (source / name).write_text(text.replace(old, new))
    return version(tmp_path / "broken", source)


def candles(pi):
    """Its minutes, and what tells this database from one begun anew: when its first bot started."""
    began = pi.rows("SELECT min(timestamp) FROM logs WHERE event = 'start'")
    return [(*row, *began[0]) for row in pi.rows("SELECT timestamp, pair FROM candles ORDER BY 1")]


def wait_for_a_candle(pi, more_than=0):
    class Service:
        """As `wait_for` asks a process."""

        returncode = None

        def poll(self):
            return None if pi.runs() else 1

    return wait_for(lambda: (found := candles(pi))[more_than:] and found, Service(), pi.unit.with_suffix(".log"))


def test_a_first_install_makes_folders_settings_and_unit(pi, this):
    said = pi.installs(this)
    text = pi.settings.read_text()
    assert f'database = "{pi.database}"' in text
    assert f'folder = "{pi.folder}/srv/bot/backups"' in text
    assert len(text.splitlines()) == len((ROOT / "bot/bot.toml.example").read_text().splitlines())
    assert stat.S_IMODE(pi.database.parent.stat().st_mode) == 0o2750
    assert f"ExecStart={pi.current}/venv/bin/cvdbot run --config {pi.settings}\n" in pi.unit.read_text()
    assert re.fullmatch(r"0\.1\.0-\d{8}T\d{6}Z", pi.current.resolve().name)
    assert "The PC can't copy yet" in said
    pi.settings.write_text("# mine\n" + text)
    pi.installs(this)
    assert pi.settings.read_text() == "# mine\n" + text, "settings that are there stay"


def test_the_key_of_the_pc_gets_the_line_of_the_documentation_once(pi, this, tmp_path):
    (tmp_path / "pc.pub").write_text(KEY + "\n")
    pi.installs(this, "--pc-key", tmp_path / "pc.pub")
    pi.installs(this, "--pc-key", KEY)
    keys = pi.folder / "home/botsync/.ssh/authorized_keys"
    (line,) = keys.read_text().splitlines()
    (documented,) = re.findall(
        r"^    (restrict,command=.*) ssh-ed25519 AAAA", (ROOT / "docs/sync.md").read_text(), re.MULTILINE
    )
    assert line.replace(str(pi.folder), "") == f"{documented} {KEY}"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA", f"{KEY}\n{KEY}", "pc"])
def test_what_is_not_one_public_key_is_refused(pi, this, key):
    assert "--pc-key takes" in pi.installs(this, "--pc-key", key, code=2)
    assert not pi.unit.exists()


def test_a_32_bit_machine_is_refused(pi, this, tmp_path):
    script(tmp_path / "bin/uname", "echo armv7l")
    said = pi.asks("--environment", this, code=2, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert "this machine is armv7l; the bot needs a 64-bit system" in said


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("cvdbot", "was not made by this script"), ("mine", "starts a bot as well, and a database has one writer")],
)
def test_another_installation_is_refused_and_stays(pi, this, name, sentence):
    other = pi.unit.with_name(f"{name}.service")
    other.parent.mkdir(parents=True)
    other.write_text("[Service]\nExecStart=/home/pi/cvdbot/.venv/bin/cvdbot run\n")
    assert sentence in pi.installs(this, code=2)
    if name == "cvdbot":
        assert "was not made by this script" in pi.asks("--uninstall", code=2)
    assert "/home/pi" in other.read_text()
    assert pi.releases() == []


@pytest.mark.more
def test_a_bot_that_writes_the_database_already_is_refused(managed, this):
    managed.database.parent.mkdir(parents=True)
    shutil.copy(managed.settings, managed.database.with_name("bot.toml"))
    with bot(managed.database.parent) as process:
        said = managed.installs(this, code=2)
        assert f"is being written by process {process.pid}" in said
        assert process.poll() is None
    assert managed.releases() == []
    assert not managed.unit.exists()


def test_settings_that_the_new_version_refuses_stop_nothing(pi, this):
    pi.settings.parent.mkdir(parents=True)
    pi.settings.write_text('databse = "trading.db"\n')
    said = pi.installs(this, code=2)
    assert "'databse' is not a key" in said
    assert "the new version refuses the settings; nothing was changed" in said
    assert pi.releases() == []


def test_the_bot_runs_an_upgrade_backs_up_first_and_uninstalling_leaves_the_data(managed, this):
    assert "runs, and starts with the machine" in managed.installs(this)
    before = wait_for_a_candle(managed)
    (first,) = managed.releases()

    said = managed.installs(this)
    (backup,) = map(
        Path, re.findall(r"^backed up: (\S+/srv/bot/backups/trading-\d{8}T\d{6}Z\.db):", said, re.MULTILINE)
    )
    assert "on a copy: database version 1\n" in said
    assert managed.current.resolve().name != first
    assert wait_for_a_candle(managed, len(before))[: len(before)] == before
    assert not (managed.folder / "srv/bot/before-upgrade").exists()
    managed.installs(this)
    assert len(managed.releases()) == 2, "the version that runs and the one before"

    said = managed.asks("--uninstall")
    assert not managed.runs()
    assert not managed.unit.exists()
    assert not managed.current.parent.exists()
    assert candles(managed)[: len(before)] == before
    assert backup.exists()
    assert managed.settings.exists()
    assert "(data and backups)" in said
    assert "there is nothing to remove" in managed.asks("--uninstall", code=2)


def test_a_version_that_does_not_start_is_taken_back_with_the_data_it_had_changed(managed, this, broken):
    managed.installs(this)
    before = wait_for_a_candle(managed)
    (first,) = managed.releases()

    said = managed.installs(broken, code=1)
    assert "database version 1001, brought up from 1" in said
    assert "a defect of this version" in managed.unit.with_suffix(".log").read_text()
    assert "The new version did not come up" in said
    assert "The database is again what it was before." in said
    assert f"{first} runs again" in said
    assert managed.releases() == [first]
    assert not (managed.folder / "srv/bot/before-upgrade").exists()
    assert managed.rows("PRAGMA user_version") == [(1,)]
    assert wait_for_a_candle(managed, len(before))[: len(before)] == before


@pytest.mark.more
def test_a_disk_that_is_full_while_the_service_is_stopped_changes_nothing(managed, this, tmp_path):
    managed.installs(this)
    (first,) = managed.releases()
    full = 'case "$*" in *before-upgrade*) echo "cp: No space left on device" >&2; exit 1 ;; esac'
    script(tmp_path / "bin/cp", f'{full}\nexec {shutil.which("cp")} "$@"')
    said = managed.asks("--environment", this, code=1, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert f"Nothing was changed: {first} runs again." in said
    assert managed.runs()
    assert managed.releases() == [first]


@pytest.mark.more
def test_a_database_that_can_not_be_put_back_is_not_lost(managed, this, broken, tmp_path):
    managed.installs(this)
    before = wait_for_a_candle(managed)
    full = 'case "$*" in *before-upgrade/*) echo "cp: No space left on device" >&2; exit 1 ;; esac'
    script(tmp_path / "bin/cp", f'{full}\nexec {shutil.which("cp")} "$@"')
    said = managed.asks("--environment", broken, code=1, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert candles(managed)[: len(before)] == before
    assert f"what it was before is in {managed.folder}/srv/bot/before-upgrade" in said
    assert (managed.folder / "srv/bot/before-upgrade/trading.db").exists()
    assert not list(managed.database.parent.glob("trading.db*.back"))


def test_a_folder_that_can_not_be_made_is_said(pi, this, tmp_path):
    full = 'case "$*" in */opt/cvdbot/*) echo "mkdir: No space left on device" >&2; exit 1 ;; esac'
    script(tmp_path / "bin/mkdir", f'{full}\nexec {shutil.which("mkdir")} "$@"')
    said = pi.asks("--environment", this, code=2, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert re.search(r"opt/cvdbot/0\.1\.0-\w+ can't be made", said)


def test_the_bot_may_read_what_a_root_that_hides_its_files_installed(pi, this):
    pi.asks("--environment", this, umask=0o077)
    for each in (pi.folder / "opt/cvdbot", pi.current.resolve(), pi.settings.parent, pi.settings, pi.unit):
        assert stat.S_IMODE(each.stat().st_mode) & 0o044 == 0o044, each


def test_folders_that_the_service_may_not_write_are_named(pi, this, tmp_path):
    assert "may not write" not in pi.installs(this)
    pi.settings.write_text(f'database = "{pi.database}"\n[backup]\nfolder = "{tmp_path}/ssd"\n')
    assert (
        f"{tmp_path}/ssd is not below {pi.folder}/srv/bot, and the service may not write it: sudo systemctl edit"
        f" cvdbot, with the lines [Service] and ReadWritePaths=-{tmp_path}/ssd"
    ) in pi.installs(this)


@pytest.mark.more
def test_the_environment_is_made_from_what_is_pinned(pi):
    pi.asks()
    program = pi.current / "venv/bin/cvdbot"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=True, cwd="/")
    assert done.stdout == "cvdbot 0.1.0\n"
    names = {each.name for each in next((pi.current / "venv/lib").glob("python3*")).joinpath("site-packages").iterdir()}
    assert {"bot", "websockets", "msgspec"} <= names
    assert not {"polars", "fastapi", "numpy"} & names
