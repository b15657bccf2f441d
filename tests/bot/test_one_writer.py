"""One program writes a folder at a time; whoever comes second is told who is there."""

from __future__ import annotations

import subprocess

from botprocess import CVDBOT, bot, simulating


def test_while_a_bot_writes_neither_a_second_one_nor_an_import_does(tmp_path):
    def says(*arguments):
        return subprocess.run(
            [*CVDBOT, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    with simulating(tmp_path, "--speed", 60), bot(tmp_path) as first:
        for command in (("run",), ("import", "bot.toml", "--db", "trading.db")):
            second = says(*command)
            assert (second.returncode, second.stdout) == (2, "")
            assert second.stderr.startswith(f"cvdbot: {tmp_path} is being written by process {first.pid} (")
            assert second.stderr.endswith("only one program may write it at a time: stop that one first\n")
            assert second.stderr.count("\n") == 1
        assert says("status", "--db", "trading.db").returncode in {0, 1}  # looking is always allowed
        assert first.poll() is None
