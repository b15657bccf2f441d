"""What each failure says, that the published copy stays, and which failures are tried again."""

import fcntl
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pc import Pc, write_minutes
from sshd import Pi, free_port, make_key

from bot.store.database import Database
from sync import run
from sync.config import Config
from sync.failures import explain
from sync.status import Status

ALL_PAUSES = [2.0, 5.0, 15.0]


@pytest.fixture
def published(bot: Database, pc: Pc) -> Pc:
    """A PC that has a good copy, and a Pi that has something newer."""
    write_minutes(bot, 0, 3)
    assert pc.sync().ok
    write_minutes(bot, 3, 1)
    return pc


def failed(pc: Pc, *, tries: int) -> str:
    """Sync, which must fail after so many tries and leave the published copy; give the sentence."""
    before = pc.layout.database.resolve(), pc.layout.database.read_bytes()
    done = pc.sync()
    assert (done.ok, done.published, done.generation, done.rows) == (False, False, "000001", 3)
    assert done.tries == tries
    assert pc.pauses == ALL_PAUSES[: tries - 1]
    assert (pc.layout.database.resolve(), pc.layout.database.read_bytes()) == before
    assert done.good is not None
    assert done.good < done.time
    assert done.error is not None
    return done.error


def good_again(pc: Pc) -> Status:
    done = pc.sync()
    assert (done.ok, done.rows, done.tries) == (True, 4, 1), done
    return done


def test_a_changed_host_key_stops_at_once(pi: Pi, published: Pc, tmp_path: Path) -> None:
    make_key(tmp_path / "other")
    pi.trust(tmp_path / "other.pub")
    assert "shows another host key than the one in" in failed(published, tries=1)
    pi.trust()
    good_again(published)


def test_an_unknown_host_key_says_how_to_add_it(pi: Pi, published: Pc) -> None:
    pi.known_hosts_file.write_text("")
    sentence = failed(published, tries=1)
    assert f"add it (ssh-keyscan -p {pi.port} 127.0.0.1 >> {pi.known_hosts_file})" in sentence
    pi.trust()
    good_again(published)


def test_a_refused_key_says_where_to_add_it(pi: Pi, published: Pc) -> None:
    (pi.home / "authorized_keys").write_text("")
    assert "does not take the key" in failed(published, tries=1)
    pi.authorize()
    good_again(published)


def test_a_missing_key_says_how_to_make_one(pi: Pi, published: Pc, tmp_path: Path) -> None:
    lost = Pc(pi.sync_toml(published.toml, identity_file=str(tmp_path / "lost")))
    assert f"there is no key {tmp_path}/lost: make one (ssh-keygen" in failed(lost, tries=1)


def test_a_key_that_others_can_read_says_what_to_do(pi: Pi, published: Pc, tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.write_bytes(pi.identity_file.read_bytes())
    loose.chmod(0o644)
    sentence = failed(Pc(pi.sync_toml(published.toml, identity_file=str(loose))), tries=1)
    assert f"chmod 600 {loose}" in sentence


def test_a_closed_port_is_tried_again_and_named(pi: Pi, published: Pc) -> None:
    port = free_port()
    closed = Pc(pi.sync_toml(published.toml, port=port))
    assert f"answers, but no ssh server listens on port {port}" in failed(closed, tries=4)


def test_a_name_nobody_knows_is_named(pi: Pi, published: Pc) -> None:
    gone = Pc(pi.sync_toml(published.toml, host="no-such-pi.invalid"))
    assert "the name no-such-pi.invalid is not known in this network" in failed(gone, tries=4)


def test_a_busy_lock_is_tried_again_and_named(pi: Pi, published: Pc) -> None:
    pi.authorize(lock_wait=1)
    with (pi.folder / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "its lock was busy for too long" in failed(published, tries=4)
    good_again(published)


def test_a_lock_that_is_free_again_in_time_is_a_second_try_away(pi: Pi, published: Pc) -> None:
    pi.authorize(lock_wait=1)
    with (pi.folder / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        def let_go(seconds: float) -> None:
            assert seconds == 2.0
            fcntl.flock(lock, fcntl.LOCK_UN)

        with run.only_instance(published.layout) as instance:
            done = run.sync_once(published.config, instance, pause=let_go)
    assert (done.ok, done.tries, done.rows) == (True, 2, 4)


def test_without_rsync_on_this_computer(published: Pc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert "rsync is not installed on this computer" in failed(published, tries=1)
    monkeypatch.undo()
    good_again(published)


@pytest.mark.parametrize("missing", ["rrsync", "flock"])
def test_without_a_tool_on_the_pi(pi: Pi, published: Pc, missing: str) -> None:
    command = f"flock --shared --timeout 20 -E 75 {pi.folder}/.lock timeout 300 rrsync -ro {pi.folder}"
    pi.authorize(command.replace(missing, f"/nowhere/{missing}"))
    assert "the Pi lacks rsync, rrsync or flock" in failed(published, tries=1)


def test_a_folder_that_the_pi_does_not_have(pi: Pi, published: Pc) -> None:
    pi.authorize(f"flock --shared --timeout 20 -E 75 {pi.folder}/.lock timeout 300 rrsync -ro {pi.folder}/nowhere")
    assert "the Pi has no such folder: look at the path in" in failed(published, tries=1)


def test_a_pi_whose_bot_never_ran(pi: Pi, published: Pc) -> None:
    pi.authorize(f"flock --shared --timeout 20 -E 75 {pi.folder}/none/.lock timeout 300 rrsync -ro {pi.folder}")
    assert "the Pi's folder has no .lock that" in failed(published, tries=4)


def test_a_pi_that_talks_before_the_copy(pi: Pi, published: Pc) -> None:
    pi.authorize("echo Welcome to the Pi; cat")
    assert "the Pi prints text before the copy begins" in failed(published, tries=1)


CONFIG = Config(
    host="pi",
    user="botsync",
    port=22,
    identity_file=Path("/keys/cvdbot"),
    known_hosts_file=Path("/keys/known_hosts"),
    data=Path("/data"),
    every=60,
)


@pytest.mark.parametrize(
    ("code", "stderr", "sentence"),
    [
        (255, "ssh: connect to host pi port 22: No route to host\n", "pi does not answer: is the Pi on"),
        (255, "ssh: connect to host pi port 22: Connection timed out\n", "pi does not answer: is the Pi on"),
        (
            11,
            'rsync: [receiver] write failed on "/data/.sync/mirror/trading.db": No space left on device (28)\n',
            "the disk of this computer is full",
        ),
        (
            23,
            'rsync: [sender] send_files failed to open "/trading.db": Permission denied (13)\n',
            "botsync can't read the database on the Pi: put botsync into the bot's group",
        ),
        (
            11,
            'rsync: [receiver] mkstemp "/data/.sync/mirror/.trading.db.x" failed: Permission denied (13)\n',
            "the data folder of this computer can't be written",
        ),
        (
            0,
            "WARNING: trading.db failed verification -- update discarded (will try again).\n",
            "a file changed on the Pi while it was copied",
        ),
        (30, "[Receiver] io timeout after 20 seconds -- exiting\n", "the connection to pi stalled for 20 s"),
        (
            12,
            "Authenticated to pi.\nrsync: connection unexpectedly closed (5123 bytes received so far) [receiver]\n",
            "the connection to pi broke during the copy",
        ),
        (
            75,
            "Authenticated to pi.\nrsync: connection unexpectedly closed (0 bytes received so far)\n",
            "lock was busy",
        ),
        (13, "Authenticated to pi.\nrsync: something new\n", "rsync ended with code 13: rsync: something new"),
        (13, "", "rsync ended with code 13: it said nothing"),
    ],
)
def test_the_words_of_stderr_decide(code: int, stderr: str, sentence: str) -> None:
    error = explain(code, stderr, CONFIG)
    assert sentence in str(error)
    assert error.code == code


def test_rsync_gets_no_options_from_the_surroundings(published: Pc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RSYNC_COMPRESS_LIST", "nonsense")
    monkeypatch.setenv("RSYNC_CHECKSUM_LIST", "nonsense")
    good_again(published)


@contextmanager
def resetting(answer: bytes) -> Iterator[int]:
    """A port that takes a connection, says something or nothing, and resets it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection = server.accept()[0]
                except OSError:
                    return
                connection.sendall(answer)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_that_resets_before_login_is_not_taken_for_a_copy_that_broke(
    pi: Pi, published: Pc, answer: bytes
) -> None:
    with resetting(answer) as port:
        sentence = failed(Pc(pi.sync_toml(published.toml, port=port)), tries=4)
    assert sentence.startswith("the SSH server of 127.0.0.1 closed the connection before login: ")
    assert f"something else than sshd listens on port {port}" in sentence
