"""Many sets on the machines of a Dask cluster: the candles go to each worker once, then piece after piece.

A worker that dies takes nothing along: its pieces are computed by the others, and the candles are sent again where no
worker holds them any more. Rows are those of one machine, bit for bit; whoever asks puts them in order.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from distributed import CancelledError, Client, Future, wait
from distributed.scheduler import KilledWorker

from analysis.study.sweeps.chunks import Chunk, Keeper, Task, chunks
from analysis.study.sweeps.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.batch.market import Market
    from analysis.study.sweeps.figures import Row
    from bot.core.parameters import Parameters

REACHED = 8.0
"""Seconds to reach a scheduler in, and a scheduler its workers."""
ALONE = 60.0
"""Seconds to wait for a worker when none is left."""
LOOK = 1.0
"""Seconds after which it is looked who is there."""
TRIES = 4
"""Times that a piece is given out."""

_local = threading.local()
"""Of a worker's thread: what its pieces are computed with. A history is not for two threads."""


def compute(market: Market, sets: Sequence[tuple[int, Parameters]], task: Task, address: str) -> Iterator[list[Row]]:
    """Yield the rows of each piece when it is done, in any order.

    Raises:
        WorkerError: There is no scheduler at the address, it has no worker, or one of another cvdbot; or all were lost.
    """
    with _client(address) as client:
        count = _workers(client, address)
        yield from _Sweep(client, market, task, address).rows(chunks(sets, count))


class _Sweep:
    """One sweep on one cluster."""

    def __init__(self, client: Client, market: Market, task: Task, address: str) -> None:
        self._client = client
        self._market = market
        self._task = task
        self._address = address
        self._token = f"{time.time_ns()}"
        self._candles = self._scatter()

    def rows(self, pieces: list[Chunk]) -> Iterator[list[Row]]:
        waiting = {self._submit(piece): (piece, 1) for piece in pieces}
        seen = time.monotonic()
        while waiting:
            try:
                done = wait(list(waiting), timeout=LOOK, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                done = set()
            except CancelledError:
                done = {future for future in waiting if future.done()}
            if self._alone():
                if time.monotonic() - seen > ALONE:
                    raise WorkerError(f"{self._address} has no worker left: start some, and run the sweep again")
            else:
                seen = time.monotonic()
            lost = []
            for future in done:
                piece, tried = waiting.pop(future)
                try:
                    yield future.result()
                except (CancelledError, KilledWorker) as error:
                    if tried == TRIES:
                        raise WorkerError(
                            f"{self._address}: workers died {TRIES} times over the same sets ({type(error).__name__})"
                        ) from error
                    lost.append((piece, tried + 1))
            if lost:
                self._candles = self._scatter()
                waiting |= {self._submit(piece): (piece, tried) for piece, tried in lost}

    def _scatter(self) -> object:
        """Hand the candles to every worker."""
        try:
            return self._client.scatter(self._market, broadcast=True, hash=False)
        except (OSError, TimeoutError) as error:
            self._alone()
            raise WorkerError(f"{self._address} does not take the candles ({error}): are its workers alive?") from None

    def _submit(self, piece: Chunk) -> Future:
        return self._client.submit(rows, self._candles, piece, self._task, self._token, pure=False)

    def _alone(self) -> bool:
        """Say whether no worker is there; WorkerError when the scheduler is gone."""
        if self._client.status not in ("running", "connecting"):
            raise WorkerError(f"the scheduler at {self._address} is gone")
        return not self._client.scheduler_info(n_workers=-1)["workers"]


def rows(market: Market, piece: Chunk, task: Task, token: str) -> list[Row]:
    """Compute a piece on a worker; `token` tells sweeps apart."""
    if getattr(_local, "token", None) != token:
        _local.token, _local.keeper = token, Keeper(market)
    keeper: Keeper = _local.keeper
    return keeper.rows(piece, task)


def _client(address: str) -> Client:
    for name in ("distributed", "distributed.client", "distributed.comm", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is told in a sentence
    try:
        return Client(address, timeout=REACHED)
    except (OSError, TimeoutError, ValueError) as error:
        raise WorkerError(
            f"no Dask scheduler answers at {address} within {REACHED:g} s: name the address that `dask scheduler`"
            " prints, such as tcp://192.168.0.2:8786"
        ) from error


def _workers(client: Client, address: str) -> int:
    """Return how many threads compute; WorkerError when there are none, or one with another cvdbot."""

    def told() -> str | None:
        # Nested, so that it is sent as code: a worker without cvdbot could not look it up.
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

        try:
            return version("cvdbot")
        except PackageNotFoundError:
            return None

    mine = told()
    try:
        client.wait_for_workers(1, timeout=REACHED)
        versions: dict[str, str | None] = client.run(told, on_error="return")
    except (OSError, TimeoutError):
        raise WorkerError(
            f"the scheduler at {address} has no worker: start some with `dask worker {address}`"
        ) from None
    for worker, version in sorted(versions.items()):
        if version != mine:
            has = f"cvdbot {version}" if isinstance(version, str) else "no cvdbot"
            raise WorkerError(f"the worker at {worker} has {has}, here it is {mine}: install the same version there")
    return max(1, sum(map(int, client.nthreads().values())))
