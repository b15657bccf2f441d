"""A bot that runs for a day: it takes no more memory at its end, and holds nothing open that it does not use."""

from __future__ import annotations

from pathlib import Path

import pytest
from botprocess import MINUTE, bot, rows, simulating, wait_for
from test_truth import newest

HOUR = 60 * MINUTE
ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""As the service has it (scripts/cvdbot.service): without, some 4 % more stays with the C library."""
FAULTS = """
seed = 5
announced = 1
"""


def resident(process):
    """The resident memory of a process in kB, and its open file descriptors, sockets to servers among them."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    memory = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    open_ones = [each.name for each in Path(f"/proc/{process.pid}/fd").iterdir()]
    return memory, len(open_ones)


@pytest.mark.torture
def test_memory_and_descriptors_stay_flat_over_24_simulated_hours(tmp_path, monkeypatch):
    for name, value in ALLOCATOR.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "faults.toml").write_text(FAULTS)
    log, hours = tmp_path / "bot.log", []
    with (
        simulating(tmp_path, "--speed", 200, "--seed", 8, "--faults", tmp_path / "faults.toml"),
        bot(tmp_path) as process,
    ):
        first = wait_for(lambda: newest(tmp_path), process, log)
        for number in range(1, 25):
            wait_for(lambda: newest(tmp_path) >= first + number * HOUR, process, log, seconds=120)  # noqa: B023
            hours.append(resident(process))
    memory, descriptors = zip(*hours, strict=True)
    assert memory[-1] <= memory[1] * 1.05, list(memory)
    assert memory[-1] < 80_000, list(memory)
    assert max(descriptors[2:]) <= max(descriptors[:2]) + 5, descriptors  # a successor a venue
    assert rows(tmp_path, "SELECT count(*) FROM exchange_candles WHERE complete = 0")[0][0] <= 30
