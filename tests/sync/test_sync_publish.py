"""Generations: what readers open, that it never changes, what is kept and what is removed."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync import publish
from sync.errors import SyncError
from sync.flatten import flatten
from sync.layout import Layout

MINUTE = 60


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "data")
    publish.prepare(layout)
    return layout


def pulled(layout: Layout, name: str, content: bytes) -> None:
    """Replace a file of the mirror as rsync does: a new file under the old name."""
    new = layout.mirror / ".new"
    new.write_bytes(content)
    new.replace(layout.mirror / name)


def publish_mirror(layout: Layout) -> str:
    return publish.publish(layout, publish.stage(layout))


def generations(layout: Layout) -> list[str]:
    return sorted(entry.name for entry in layout.generations.iterdir())


def test_readers_open_a_link_to_the_newest_generation(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    pulled(layout, "trading.db-wal", b"wal one")
    assert publish_mirror(layout) == "000001"
    assert layout.database.readlink() == Path("current/trading.db")
    assert layout.current.readlink() == Path("generations/000001")
    assert layout.database.read_bytes() == b"one"
    pulled(layout, "trading.db-wal", b"wal two")
    assert publish_mirror(layout) == "000002"
    assert layout.database.resolve() == layout.generations / "000002" / "trading.db"
    assert (layout.current / "trading.db-wal").read_bytes() == b"wal two"


def test_a_published_file_never_changes(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    publish_mirror(layout)
    before = (layout.generations / "000001" / "trading.db").stat()
    pulled(layout, "trading.db", b"two")
    publish_mirror(layout)
    after = (layout.generations / "000001" / "trading.db").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (layout.generations / "000001" / "trading.db").read_bytes() == b"one"
    assert layout.database.read_bytes() == b"two"


def test_published_files_are_links_into_the_mirror_that_nobody_may_write(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    pulled(layout, "trading.db-wal", b"wal")
    publish_mirror(layout)
    for name in ("trading.db", "trading.db-wal"):
        assert (layout.mirror / name).samefile(layout.current / name)
        assert stat.S_IMODE((layout.current / name).stat().st_mode) == 0o444


def test_what_is_published_is_known_by_its_inode(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    assert publish.changed(layout)
    publish_mirror(layout)
    assert not publish.changed(layout)
    pulled(layout, "trading.db", b"one")
    assert publish.changed(layout)
    publish_mirror(layout)
    pulled(layout, "trading.db-wal", b"wal")
    assert publish.changed(layout)
    publish_mirror(layout)
    pulled(layout, "archive_2024.db", b"archive")
    assert publish.changed(layout)
    publish_mirror(layout)
    assert not publish.changed(layout)
    (layout.mirror / "trading.db-wal").unlink()
    assert publish.changed(layout)


def test_the_empty_wal_that_a_reader_leaves_is_no_change(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    publish_mirror(layout)
    (layout.current / "trading.db-wal").touch()
    assert not publish.changed(layout)


def test_an_archive_is_linked_beside_the_database_and_never_removed(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    pulled(layout, "archive_2023.db", b"2023")
    publish_mirror(layout)
    assert (layout.data / "archive_2023.db").readlink() == Path("current/archive_2023.db")
    (layout.mirror / "archive_2023.db").unlink()  # by whoever cleaned up
    pulled(layout, "archive_2024.db", b"2024")
    publish_mirror(layout)
    assert (layout.data / "archive_2023.db").read_bytes() == b"2023"
    assert (layout.data / "archive_2024.db").read_bytes() == b"2024"


def test_a_discarded_mirror_keeps_published_archives_and_drops_the_rest(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    pulled(layout, "archive_2023.db", b"2023")
    publish_mirror(layout)
    pulled(layout, "trading.db-wal", b"wal")
    pulled(layout, "archive_2024.db", b"damaged")
    publish.discard_mirror(layout)
    assert [file.name for file in layout.mirror.iterdir()] == ["archive_2023.db"]
    assert layout.database.read_bytes() == b"one"


def test_generations_are_removed_when_older_than_15_minutes_but_never_the_newest_five(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    names = [publish_mirror(layout) for _ in range(8)]
    now = time.time()
    for age, name in enumerate(reversed(names)):  # one a 4 minutes: 0, 4, 8 .. 28 minutes old
        os.utime(layout.generations / name, (now - age * 4 * MINUTE,) * 2)
    os.utime(layout.generations / "000003", (now - 14 * MINUTE,) * 2)
    publish.prune(layout, now)
    assert generations(layout) == ["000003", "000004", "000005", "000006", "000007", "000008"]
    publish.prune(layout, now + 3600)
    assert generations(layout) == ["000004", "000005", "000006", "000007", "000008"]
    assert layout.database.read_bytes() == b"one"


def test_a_clock_that_was_set_back_keeps_no_generation_for_ever(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    for _ in range(6):
        publish_mirror(layout)
    publish.prune(layout, time.time() - 365 * 86400)
    assert generations(layout) == ["000002", "000003", "000004", "000005", "000006"]


def test_the_rest_of_a_killed_sync_is_swept_up(layout: Layout) -> None:
    pulled(layout, "trading.db", b"one")
    (publish.stage(layout) / "half").touch()
    assert not layout.current.exists()
    assert publish_mirror(layout) == "000001"
    assert sorted(file.name for file in layout.current.iterdir()) == ["trading.db"]
    assert generations(layout) == ["000001"]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_database_of_its_own_in_the_data_folder_is_never_replaced(tmp_path: Path, kind: str) -> None:
    layout = Layout(tmp_path / "data")
    layout.data.mkdir()
    if kind == "file":
        layout.database.write_bytes(b"a bot's")
    else:
        (tmp_path / "elsewhere.db").write_bytes(b"a bot's")
        layout.database.symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(SyncError, match=r"is not a copy made by sync but a database of its own .*: move it away"):
        publish.prepare(layout)
    assert layout.database.read_bytes() == b"a bot's"


def test_a_data_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SyncError, match="can't be used: Not a directory"):
        publish.prepare(Layout(tmp_path / "file" / "data"))


# SQLite's side of it


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def source(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database that is being written: an empty table in the main file, everything else in the WAL."""
    with closing(sqlite3.connect(tmp_path / "source.db", isolation_level=None)) as sql:
        sql.execute("PRAGMA journal_mode = WAL")
        sql.execute("PRAGMA wal_autocheckpoint = 0")
        sql.execute("CREATE TABLE numbers (n INTEGER)")
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield sql


def pull_rows(source: sqlite3.Connection, layout: Layout, rows: int) -> None:
    """Write so many more rows and pull: the main file the first time, the WAL each time."""
    source.executemany("INSERT INTO numbers VALUES (?)", [(n,) for n in range(rows)])
    ((_, _, name),) = source.execute("PRAGMA database_list")
    if not (layout.mirror / "trading.db").exists():
        pulled(layout, "trading.db", Path(name).read_bytes())
    pulled(layout, "trading.db-wal", Path(f"{name}-wal").read_bytes())


NOBODY = 65534

TRY_TO_WRITE = f"""
import os, sqlite3, sys
if os.getuid() == 0:
    os.setgid({NOBODY})
    os.setuid({NOBODY})
sql = sqlite3.connect(sys.argv[1], isolation_level=None)
print(sql.execute("SELECT count(*) FROM numbers").fetchone()[0])
for statement in ("INSERT INTO numbers VALUES (1)", "PRAGMA wal_checkpoint(TRUNCATE)"):
    try:
        print(sql.execute(statement).fetchall())
    except sqlite3.OperationalError as error:
        print(error)
"""


def test_an_ordinary_user_reads_main_file_and_wal_and_can_write_neither(
    source: sqlite3.Connection, open_folder: Path
) -> None:
    layout = Layout(open_folder / "data")
    publish.prepare(layout)
    pull_rows(source, layout, 7)
    publish_mirror(layout)
    before = layout.database.read_bytes(), (layout.current / "trading.db-wal").read_bytes()
    if os.getuid() == 0:
        for path in [layout.data, *layout.data.rglob("*")]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    command = [sys.executable, "-c", TRY_TO_WRITE, str(layout.database)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=open_folder).stdout.splitlines()
    assert said[:2] == ["7", "attempt to write a readonly database"]
    assert (layout.database.read_bytes(), (layout.current / "trading.db-wal").read_bytes()) == before


READ_TWO = f"""
import os, sqlite3, sys
if os.getuid() == 0:
    os.setgid({NOBODY})
    os.setuid({NOBODY})
def connect(name):
    return sqlite3.connect(f"file:{{sys.argv[1]}}/{{name}}/trading.db?mode=ro", uri=True, isolation_level=None)
def count(sql):
    return sql.execute("SELECT count(*) FROM numbers").fetchone()[0]
one, two = connect("000001"), connect("000002")
print(count(one), count(two), count(one))
one.close()
two.close()
two = connect("000002")
print(count(two), count(connect("000001")), count(two))
"""


def test_two_generations_in_one_process_are_each_what_they_are(source: sqlite3.Connection, open_folder: Path) -> None:
    """They share the inode of the main file, by which SQLite would let them share one index of the WAL."""
    layout = Layout(open_folder / "data")
    publish.prepare(layout)
    pull_rows(source, layout, 7)
    publish_mirror(layout)
    pull_rows(source, layout, 500)
    publish_mirror(layout)
    first, second = layout.generations / "000001", layout.generations / "000002"
    assert (first / "trading.db").samefile(second / "trading.db")
    assert {stat.S_IMODE((folder / "trading.db-shm").stat().st_mode) for folder in (first, second)} == {0o444}
    command = [sys.executable, "-c", READ_TWO, str(layout.generations)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=open_folder).stdout
    assert said == "7 507 7\n507 7 507\n"


def test_a_reader_keeps_its_copy_while_generations_come_and_go(source: sqlite3.Connection, layout: Layout) -> None:
    pull_rows(source, layout, 3)
    publish_mirror(layout)
    uri = f"{layout.database.as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as reader:
        assert reader.execute("SELECT count(*) FROM numbers").fetchone() == (3,)
        for _ in range(6):
            pull_rows(source, layout, 1)
            publish_mirror(layout)
        publish.prune(layout, time.time() + 3600)
        assert "000001" not in generations(layout)
        assert reader.execute("SELECT count(*) FROM numbers").fetchone() == (3,)
        assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(sqlite3.connect(uri, uri=True)) as reader:
        assert reader.execute("SELECT count(*) FROM numbers").fetchone() == (9,)


def test_flattened_it_is_one_plain_file_with_everything(
    source: sqlite3.Connection, layout: Layout, tmp_path: Path
) -> None:
    pull_rows(source, layout, 7)
    publish_mirror(layout)
    target = tmp_path / "mail" / "copy.db"
    target.parent.mkdir()
    size = flatten(layout, target)
    assert [file.name for file in target.parent.iterdir()] == ["copy.db"]
    assert target.stat().st_size == size
    shutil.move(target, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as sql:
        assert sql.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert sql.execute("SELECT count(*) FROM numbers").fetchone() == (7,)


def test_flatten_replaces_nothing_and_needs_a_published_copy(
    source: sqlite3.Connection, layout: Layout, tmp_path: Path
) -> None:
    with pytest.raises(SyncError, match=r"nothing is published in .* yet: run `cvdbot sync --once` first"):
        flatten(layout, tmp_path / "copy.db")
    pull_rows(source, layout, 1)
    publish_mirror(layout)
    (tmp_path / "copy.db").write_bytes(b"mine")
    with pytest.raises(SyncError, match=r"copy\.db is there already: name a new file"):
        flatten(layout, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"mine"
    with pytest.raises(SyncError, match="can't be written"):
        flatten(layout, tmp_path / "nowhere" / "copy.db")
