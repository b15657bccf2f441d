"""Syncing: pull, check, publish; again after a failure; again every minute; one instance at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync import publish, status, verify
from sync.errors import PullError, RefusedError, SyncError, TornError
from sync.guard import Guard
from sync.layout import DATABASE, Layout
from sync.pull import pull
from sync.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.config import Config
    from sync.pull import Pulled

RETRY_AFTER_SECONDS = (2.0, 5.0, 15.0)
"""Pauses before the second, third and fourth try; then the next minute comes."""

CHECK_WHOLE_EVERY_MS = 24 * 3600 * 1000

MINUTE_MS = 60_000

_WAIT_FOR_ORPHAN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Done:
    """What one good try did."""

    pulled: Pulled
    published: bool
    epoch_changed: bool
    checked_whole: bool


def sync_once(config: Config, instance: int, *, pause: Callable[[float], None] = time.sleep) -> Status:
    """Bring the published copy up to date, with retries; never raises for what a status can tell.

    `instance` is the descriptor of `only_instance`.
    """
    layout = Layout(config.data)
    before = status.read(layout.status)
    began = time.monotonic()
    tries = 0
    while True:
        tries += 1
        done, error = _try(config, layout, instance, before)
        if error is None or not error.retry or tries > len(RETRY_AFTER_SECONDS):
            break
        pause(RETRY_AFTER_SECONDS[tries - 1])
    report = _report(layout, before, done, error, tries, time.monotonic() - began)
    with suppress(OSError):  # a full disk: what is printed tells it
        status.write(layout.status, report)
    return report


def sync_forever(
    config: Config,
    instance: int,
    show: Callable[[Status], None],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Sync every `config.every` seconds, from beginning to beginning, until the process is told to stop."""
    guard = Guard(config, Layout(config.data))
    while True:
        began = time.monotonic()
        status = sync_once(config, instance, pause=pause)
        show(status)
        guard.look(status)
        pause(max(0.0, began + config.every - time.monotonic()))


@contextmanager
def only_instance(layout: Layout) -> Iterator[int]:
    """Hold the instance lock of a data folder; raises `SyncError` when another sync is at work there.

    rsync holds the lock as well: when a sync was killed, its transfer is waited for, which does not live long.
    """
    publish.prepare(layout)
    descriptor = os.open(layout.private / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + _WAIT_FOR_ORPHAN_SECONDS
        while not _lock(descriptor):
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            if _alive(holder) or time.monotonic() >= deadline:
                raise SyncError(f"another sync (process {holder}) keeps {layout.data} up to date already")
            time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:  # another user's
        return True
    return True


def _try(config: Config, layout: Layout, instance: int, before: Status | None) -> tuple[Done | None, SyncError | None]:
    try:
        return _pull_and_publish(config, layout, instance, before), None
    except SyncError as error:
        return None, error
    except OSError as error:
        return None, SyncError(f"{layout.data} can't be written: {error.strerror}; the next sync repairs itself")


def _pull_and_publish(config: Config, layout: Layout, instance: int, before: Status | None) -> Done:
    publish.prepare(layout)
    fresh = not (layout.mirror / DATABASE).exists() or (before is not None and before.refused)
    pulled = pull(config, layout, hold=(instance,))
    if not (layout.mirror / DATABASE).exists():
        raise RefusedError(
            f"{config.host} has no trading.db in its folder: has the bot run, is the path in the key's line right?"
        )
    if not publish.changed(layout):
        return Done(pulled, published=False, epoch_changed=False, checked_whole=False)
    staged = publish.stage(layout)
    published = layout.current if layout.current.exists() else None
    try:
        verdict = verify.check(staged, published, fresh=fresh, in_full=_whole_check_is_due(before))
        publish.publish(layout, staged)
    except BaseException as error:
        if isinstance(error, TornError):
            publish.discard_mirror(layout)
        shutil.rmtree(staged, ignore_errors=True)
        raise
    publish.prune(layout)
    return Done(pulled, published=True, epoch_changed=verdict.new_main, checked_whole=verdict.in_full)


def _whole_check_is_due(before: Status | None) -> bool:
    if before is None or before.checked is None:
        return True
    return not 0 <= _now() - before.checked < CHECK_WHOLE_EVERY_MS  # a clock that was set back must not put it off


def _report(
    layout: Layout, before: Status | None, done: Done | None, error: SyncError | None, tries: int, seconds: float
) -> Status:
    now = _now()
    try:
        facts = verify.look(layout.current) if layout.current.exists() else None
    except SyncError:
        facts = None
    newest = facts.newest if facts else None
    return Status(
        time=now,
        ok=error is None,
        refused=isinstance(error, RefusedError),
        damaged=isinstance(error, TornError),
        rc=error.code if isinstance(error, PullError) else 0,
        tries=tries,
        payload=done.pulled.payload if done else None,
        wire=done.pulled.wire if done else None,
        seconds=round(seconds, 3),
        generation=layout.current.readlink().name if layout.current.is_symlink() else None,
        published=done.published if done else False,
        epoch_changed=done.epoch_changed if done else False,
        rows=facts.rows if facts else None,
        newest=newest,
        age_seconds=(now - newest - MINUTE_MS) / 1000 if newest is not None else None,
        wal_bytes=facts.wal_bytes if facts else None,
        error=str(error) if error else None,
        good=now if error is None else (before.good if before else None),
        checked=now if done and done.checked_whole else (before.checked if before else None),
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
