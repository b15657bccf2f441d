"""Many sets on the cores of this machine: a process maps the candles into memory once and takes piece after piece."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.market import COLUMNS, from_rows
from analysis.study.sweeps.chunks import Chunk, Keeper, Task, chunks
from analysis.study.sweeps.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.batch.market import Market
    from analysis.study.sweeps.figures import Row
    from bot.core.parameters import Parameters

WORTH_A_PROCESS = 16
"""Sets: to start a process takes as long as some of them."""

_keeper: list[Keeper] = []
"""Of a worker process: what its pieces are computed with."""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def compute(
    market: Market, sets: Sequence[tuple[int, Parameters]], task: Task, processes: int | None = None
) -> Iterator[list[Row]]:
    """Yield the rows of each piece when it is done, in any order; None: as many processes as are worth it.

    Raises:
        WorkerError: A process was ended from outside.
    """
    count = min(processes or cores(), max(1, len(sets) // WORTH_A_PROCESS))
    pieces = chunks(sets, count)
    if count == 1:
        keeper = Keeper(market)
        yield from (keeper.rows(piece, task) for piece in pieces)
        return
    with tempfile.TemporaryDirectory(prefix="cvdbot-sweep-") as folder:
        path = Path(folder) / "candles.npy"
        _write(path, market)
        handed = (str(path), market.pair, market.interval_ms, market.sides_known)
        pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _begin, handed)
        try:
            futures = [pool.submit(_rows, piece, task) for piece in pieces]
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            raise WorkerError(
                "a process of the sweep was ended from outside (is there enough memory?): try fewer with --processes"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _write(path: Path, market: Market) -> None:
    table = np.empty(len(market), dtype=COLUMNS)
    for name in COLUMNS.names or ():
        table[name] = getattr(market, name)
    np.save(path, table)


def _begin(path: str, pair: str, interval_ms: int, sides_known: bool) -> None:
    """Take the candles over, once a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent ends its workers
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _keeper.append(Keeper(from_rows(pair, np.load(path, mmap_mode="r"), interval_ms, sides_known)))


def _leave_with_parent() -> None:
    """End this process when its parent is gone: nobody else tells a worker that waits for work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _rows(piece: Chunk, task: Task) -> list[Row]:
    return _keeper[0].rows(piece, task)
