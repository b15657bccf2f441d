"""TensorFlow, loaded when it is first needed: quietly, and only where it is installed and there is room for it."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

NEEDED = 1_500_000_000
"""Bytes that loading it and training take at most; 1.05 GB were measured with 46,673 bars."""
MEMORY, GROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def network() -> ModuleType:
    """Return `analysis.study.learning.network`.

    Raises:
        StudyError: TensorFlow is not installed, or there is too little memory.
    """
    name = "analysis.study.learning.network"
    if name not in sys.modules:
        check()
    with _quiet():
        return import_module(name)


def check() -> None:
    """Refuse where it cannot run.

    Raises:
        StudyError: TensorFlow is not installed, or there is too little memory.
    """
    if find_spec("tensorflow") is None:
        raise StudyError(
            "TensorFlow is not installed: run `make setup-ml`, or study the logistic regression alone with --no-keras"
        )
    free = available()
    if free is not None and free < NEEDED:
        raise StudyError(
            f"TensorFlow needs {NEEDED / 1e9:.1f} GB of free memory, and {free / 1e9:.1f} GB are free here: close other"
            " programs, use a larger machine, or study the logistic regression alone with --no-keras"
        )


def available() -> int | None:
    """Return the bytes of memory this process may still take; None where the system does not say."""
    found = [each for each in (_of_machine(), _of_group(), _of_process()) if each is not None]
    return min(found) if found else None


def _of_machine() -> int | None:
    try:
        lines = MEMORY.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _of_group() -> int | None:
    try:
        most, taken = ((GROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return None
    return None if most == "max" else int(most) - int(taken)


def _of_process() -> int | None:
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit  # noqa: PLC0415 - not on every system
    except ImportError:  # Windows
        return None
    most, _ = getrlimit(RLIMIT_AS)
    return None if most == RLIM_INFINITY else most


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what TensorFlow's libraries write to the error stream while they load; told when they fail."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            sys.stderr.flush()
            os.dup2(kept, 2)
            said.seek(0)
            os.write(2, said.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
