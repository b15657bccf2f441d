"""`cvdbot web` as a process: one address, one sentence when it cannot start, a clean end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from example_database import add_flat_minutes, create

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "cvdbot", "web"]


def test_it_prints_its_address_answers_there_and_ends_when_told(tmp_path: Path) -> None:
    path = tmp_path / "trading.db"
    writer = create(path)
    add_flat_minutes(writer, 0, 1)
    writer.close()
    with subprocess.Popen([*COMMAND, "--db", path, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        address = line.split()[0]
        assert line == f"{address} shows {path}\n"
        assert address.startswith("http://127.0.0.1:")

        answer = httpx.get(f"{address}/api/status")
        assert answer.json()["counts"]["candles"] == 1
        assert "server" not in answer.headers

        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_port_in_use_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [*COMMAND, "--db", tmp_path / "none.db", "--port", str(port)], capture_output=True, text=True, check=False
        )
    assert ended.returncode == 2
    assert ended.stderr == f"cvdbot: port {port} is in use: end what listens there, or choose another with --port\n"


@pytest.mark.parametrize("option", [["--port", "70000"], ["--config", "none.toml"]])
def test_a_wrong_option_is_exit_code_2(tmp_path: Path, option: list[str]) -> None:
    ended = subprocess.run([*COMMAND, *option], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_it_listens_on_loopback_alone(tmp_path: Path) -> None:
    command = [*COMMAND, "--db", tmp_path / "none.db", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline().split()[0].rpartition(":")[2])
        with socket.socket() as outside, pytest.raises(OSError, match=r".*"):
            outside.connect(("127.0.0.2", port))  # refused: nothing listens on any other address
        process.terminate()
        process.wait(20)
