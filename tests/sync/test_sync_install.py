"""`--install` and `--uninstall`: what systemd, launchd and cron are told, whose files are touched, what is said.

systemd itself judges the unit, a shell runs the line; the Mac is a folder and a launchctl that remembers.
"""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sync.commands
import webapp.commands
from background import systemd
from background.errors import BackgroundError, NoManagerError, OnlyCronError
from background.install import install, uninstall
from background.job import STANDARD, Job, job
from background.texts import MARK, agent, cron_line, unit

CVDBOT = str(Path(sys.executable).with_name("cvdbot"))
NAMES = ("plain", "two words", "100%h", "$HOME $$", 'it\'s "quoted"', "back\\slash", "a=é;&|<>*")
"""Of folders, as nobody has them and each of the three reads in its own way."""

LAUNCHCTL = """#!/bin/sh
echo "$*" >> "$HOME/asked"
case $1 in
    print) test -e "$HOME/loaded" ;;
    bootstrap) touch "$HOME/loaded" ;;
    bootout) rm "$HOME/loaded" ;;
esac
"""
"""A launchctl that remembers whether the agent is loaded, and what it was asked."""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home folder of its own, of a user for whom systemd manages nothing, on a machine that it does not run."""
    found = tmp_path / "home"
    found.mkdir()
    monkeypatch.setenv("HOME", str(found))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "no manager"))
    for name in ("XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(systemd, "BOOTED", tmp_path / "not booted")
    monkeypatch.setattr(sys, "platform", "linux")
    return found


@pytest.fixture
def mac(home, tmp_path, monkeypatch):
    """A Mac as far as the command can see; give what launchctl was asked."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/launchctl").write_text(LAUNCHCTL)
    (tmp_path / "bin/launchctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "darwin")

    def asked():
        return [line.split()[0] for line in (home / "asked").read_text().splitlines()]

    return asked


def telling(folder):
    """A job whose program writes its folder, its PATH and its arguments, a line each."""
    folder.mkdir(exist_ok=True)
    program = folder / "cvdbot"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$PATH" "$@" > told\n')
    program.chmod(0o755)
    command = (str(program), "sync", "--config", str(folder / "sync.toml"))
    return Job("cvdbot-sync", "a copy", command, folder, f"{folder}:/usr/bin:/bin")


def with_config(name):
    return Job("cvdbot-sync", "a copy", (CVDBOT, "sync", "--config", name), Path("/"), "/usr/bin:/bin")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_no_fault_with_the_unit_whatever_its_folders_are_called(tmp_path, name):
    file = tmp_path / "cvdbot-sync.service"
    made = telling(tmp_path / name)
    file.write_text(unit(replace(made, command=("/bin/sh", *made.command))))
    runtime = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", file], capture_output=True, text=True, env=runtime, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["it's", 'a "quoted" one', "back\\slash"])
def test_a_program_that_systemd_would_not_start_is_refused(tmp_path, name):
    with pytest.raises(BackgroundError, match="systemd starts no program with a quote or"):
        unit(telling(tmp_path / name))


@pytest.mark.parametrize("name", NAMES)
def test_the_agent_is_a_property_list_with_every_path_as_it_is(tmp_path, name):
    made = telling(tmp_path / name)
    text = agent(made, tmp_path / "log")
    assert MARK in text
    assert plistlib.loads(text.encode()) == {
        "Label": "cvdbot-sync",
        "ProgramArguments": list(made.command),
        "WorkingDirectory": str(tmp_path / name),
        "EnvironmentVariables": {"PATH": made.path},
        "RunAtLoad": True,
        "KeepAlive": True,
        "ThrottleInterval": 5,
        "StandardOutPath": str(tmp_path / "log"),
        "StandardErrorPath": str(tmp_path / "log"),
    }


@pytest.mark.parametrize("name", [name for name in NAMES if not set(name) & set("%\\")])
def test_a_cron_line_is_five_stars_and_a_command_that_runs_in_its_folder(tmp_path, name):
    made = telling(tmp_path / name)
    line = cron_line(made)
    assert "\n" not in line
    *fields, command = line.split(" ", 5)
    assert fields == ["*"] * 5
    bare = {"HOME": "/", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}  # what cron gives: crontab(5)
    done = subprocess.run(["/bin/sh", "-c", command], cwd="/", env=bare, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    told = (tmp_path / name / "told").read_text().splitlines()
    assert told == [str(made.folder), made.path, *made.command[1:]]


@pytest.mark.parametrize("name", ["100%", "back\\slash"])
def test_cron_is_told_of_no_path_that_it_would_cut(tmp_path, name):
    with pytest.raises(BackgroundError, match="cron can't be told of a path with %"):
        cron_line(telling(tmp_path / name))


def test_a_job_has_absolute_paths_and_finds_its_programs_where_they_are_now(tmp_path, monkeypatch):
    """Cron and launchd know nothing of Homebrew's folder."""
    brew = tmp_path / "homebrew/bin"
    brew.mkdir(parents=True)
    shutil.copy("/bin/true", brew / "rsync")
    monkeypatch.setenv("PATH", f"{brew}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    made = job("cvdbot-sync", "a copy", ("sync",), Path(), needs=("rsync", "not-there"))
    assert made == Job("cvdbot-sync", "a copy", (CVDBOT, "sync"), tmp_path, ":".join((str(brew), *STANDARD)))


@pytest.mark.parametrize("name", ["a\nb", "ends in a space ", "ends\\", "\udcff"])
def test_a_path_that_no_service_can_be_told_of_is_refused(tmp_path, name):
    with pytest.raises(BackgroundError, match="has a character that a service can't be told of"):
        job("cvdbot-sync", "a copy", ("sync",), tmp_path / name)


def test_on_a_mac_the_agent_is_written_and_loaded_and_a_second_time_nothing_is_changed(home, mac):
    file = home / "Library/LaunchAgents/cvdbot-sync.plist"
    log = f"its log: tail -f {home}/Library/Logs/cvdbot-sync.log"
    assert list(install(with_config("/a.toml"))) == [
        f"wrote {file}",
        "cvdbot-sync runs now, and from every login on",
        log,
    ]
    assert mac() == ["print", "bootstrap"]
    assert list(install(with_config("/a.toml"))) == [
        "cvdbot-sync is installed already and runs: nothing is changed",
        log,
    ]
    assert next(install(with_config("/b.toml"))) == f"rewrote {file}"
    assert mac()[-4:] == ["print", "bootout", "print", "bootstrap"]
    assert plistlib.loads(file.read_bytes())["ProgramArguments"][-1] == "/b.toml"
    assert list(uninstall("cvdbot-sync")) == [f"cvdbot-sync is ended, and {file} removed"]
    assert not file.exists()
    assert list(uninstall("cvdbot-sync")) == [f"cvdbot-sync is not installed: there is no {file}"]


@pytest.mark.usefixtures("mac")
@pytest.mark.parametrize("foreign", ["text", "link to nothing"])
def test_somebody_elses_file_of_that_name_is_left_alone(home, foreign):
    file = home / "Library/LaunchAgents/cvdbot-sync.plist"
    file.parent.mkdir(parents=True)
    if foreign == "text":
        file.write_text("<plist/>")
    else:
        file.symlink_to("nowhere")
    with pytest.raises(BackgroundError, match=r"cvdbot-sync\.plist is not of cvdbot's making: rename it"):
        list(install(with_config("/a.toml")))
    with pytest.raises(BackgroundError, match="is not of cvdbot's making"):
        list(uninstall("cvdbot-sync"))
    assert file.is_symlink() or file.read_text() == "<plist/>"


@pytest.mark.usefixtures("mac")
def test_a_home_that_cant_be_written_is_a_sentence(home):
    (home / "Library").write_text("no folder")
    with pytest.raises(BackgroundError, match="can't be written: Not a directory; is this your own home"):
        list(install(with_config("/a.toml")))


@pytest.mark.usefixtures("mac")
def test_what_launchctl_refuses_is_told_in_its_own_words(tmp_path):
    (tmp_path / "bin/launchctl").write_text("#!/bin/sh\necho 'Domain does not support it' >&2\nexit 125\n")
    with pytest.raises(BackgroundError, match=r"launchctl bootstrap .*: Domain does not support it; are you logged in"):
        list(install(with_config("/a.toml")))


def test_where_systemd_runs_but_not_for_this_user_a_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(systemd, "BOOTED", tmp_path)
    with pytest.raises(NoManagerError, match="systemd manages no services of this user here"):
        list(install(with_config("/a.toml")))
    with pytest.raises(NoManagerError, match="log in as that user"):
        list(uninstall("cvdbot-sync"))


def test_under_sudo_nothing_is_installed_for_root(monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ada")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(BackgroundError, match="it would run as root, not as ada: ask without sudo"):
        list(install(with_config("/a.toml")))


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Ask a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def ask(package, *words):
        return CliRunner().invoke(package.commands.commands, words)

    return ask


def test_without_systemd_the_command_prints_the_line_for_cron_and_how_to_add_it(asked, tmp_path):
    (tmp_path / "sync.toml").touch()
    done = asked(sync, "--install")
    assert isinstance(done.exception, OnlyCronError)
    assert done.exception.exit_code == 1
    assert "`crontab -e` opens its table, add the line above" in str(done.exception)
    assert done.stdout.startswith(f"* * * * * cd {tmp_path} && export PATH=")
    assert done.stdout.endswith(f" {CVDBOT} sync --config {tmp_path}/sync.toml >/dev/null 2>&1\n")
    assert asked(sync, "--uninstall").stdout.startswith("systemd does not run here, so nothing is installed")


def test_the_page_is_installed_with_the_options_it_was_given(asked, tmp_path):
    done = asked(webapp, "web", "--install", "--db", "my.db", "--port", "8123")
    assert isinstance(done.exception, OnlyCronError)
    assert f" {CVDBOT} web --db {tmp_path}/my.db --port 8123 >/dev/null" in done.stdout
    (tmp_path / "web.toml").write_text("port = 8124")
    assert f" {CVDBOT} web --config {tmp_path}/web.toml >/dev/null" in asked(webapp, "web", "--install").stdout


def test_settings_that_are_refused_are_not_installed(asked, tmp_path):
    (tmp_path / "sync.toml").write_text("hots = 1")
    assert "unknown key 'hots'" in str(asked(sync, "--install").exception)
    assert "port 0 is another one at each start" in str(asked(webapp, "web", "--install", "--port", "0").exception)


@pytest.mark.parametrize(("package", "words"), [(sync, ()), (webapp, ("web",))], ids=["sync", "web"])
def test_to_install_and_to_uninstall_at_once_is_refused(asked, package, words):
    done = asked(package, *words, "--install", "--uninstall")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "exclude each other" in done.stderr
