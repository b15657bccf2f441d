"""A sweep that was interrupted anywhere and goes on ends with the file of one that was not."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from command import refusal
from sweeping import archive_file, grid_file, sweep
from walks import walk

from analysis.batch import archive
from analysis.study.sweeps import stored
from analysis.study.sweeps.chunks import Keeper, Task, chunks
from analysis.study.sweeps.errors import OutError
from analysis.study.sweeps.grid import parse, sets

GRID = '[grid]\nfvg_sensitivity = ["all", "low"]\nreward_to_risk = [0.5, 1, 2]\n'


@pytest.fixture
def candles(tmp_path):
    return archive_file(tmp_path, walk(8, 900, 0.5, 0.0))


def whole_part(tmp_path, candles, *options):
    """The part of a sweep just before its file was written, and the rows it ended with."""
    out, kept = tmp_path / "whole.parquet", []
    finish = stored.Part.finish
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored.Part, "finish", lambda *given: (kept.append(given[0].path.read_bytes()), finish(*given)))
        answer, _ = sweep("--klines", candles, "--grid", grid_file(tmp_path, GRID), "--out", out, *options)
    return kept[0], answer, pl.read_parquet(out)


@pytest.mark.parametrize("options", [(), ("--walk-forward", "100/40")])
def test_interrupted_at_any_line_or_within_one_and_gone_on_it_is_the_whole(tmp_path, candles, options):
    content, answer, table = whole_part(tmp_path, candles, *options)
    ends = [place + 1 for place, byte in enumerate(content) if byte == ord("\n")]
    assert len(ends) == 7
    for cut in (0, 5, *ends, *(end + 9 for end in ends[:-1]), *(end - 1 for end in ends)):
        out = tmp_path / f"{cut}.parquet"
        (tmp_path / f"{cut}.parquet.part").write_bytes(content[:cut])
        again, said = sweep("--klines", candles, "--grid", tmp_path / "grid.toml", "--out", out, *options)
        done = sum(end <= cut for end in ends[1:])
        assert said == (f"{done} of 6 sets are in {out}.part already\n" if done else "")
        assert again == answer
        assert pl.read_parquet(out).equals(table)
        assert not (tmp_path / f"{cut}.parquet.part").exists()


def test_what_is_there_already_is_not_computed_again(tmp_path, candles):
    content, _, _ = whole_part(tmp_path, candles)
    lines = content.splitlines(keepends=True)
    number, values, windows = stored.json.loads(lines[1])
    marked = stored.json.dumps([number, [-1, *values[1:]], windows]).encode() + b"\n"
    (tmp_path / "x.parquet.part").write_bytes(lines[0] + marked)
    answer, _ = sweep("--klines", candles, "--grid", tmp_path / "grid.toml", "--out", tmp_path / "x.parquet")
    assert answer["results"][number]["trades"] == -1


def test_rows_after_a_torn_line_are_there_after_the_next_interruption(tmp_path):
    rows = [stored.Row(number, dict.fromkeys(stored.FIGURES, 0.1 * number), ()) for number in range(4)]
    for kept, torn in ((rows[:1], 9), (rows[:3], 3)):
        part = stored.Part(tmp_path / "x.parquet", "mark")
        begun = part.begin()
        part.add(rows[len(begun) :])
        part.close()
        content = part.path.read_bytes().splitlines(keepends=True)
        part.path.write_bytes(b"".join(content[: len(kept) + 1]) + content[len(kept) + 1][:torn])
        again = stored.Part(tmp_path / "x.parquet", "mark")
        assert again.begin() == kept
        again.add(rows[len(kept) :])
        again.close()
        last = stored.Part(tmp_path / "x.parquet", "mark")
        assert last.begin() == rows
        last.close()


def test_a_line_that_is_no_row_and_what_comes_after_it_are_computed_again(tmp_path, candles):
    content, answer, _ = whole_part(tmp_path, candles)
    lines = content.splitlines(keepends=True)
    for number, bad in enumerate((b"\0\0\0\n", b"[1]\n", b"[0, [1], []]\n", b"7\n")):
        out = tmp_path / f"{number}.parquet"
        (tmp_path / f"{number}.parquet.part").write_bytes(b"".join((*lines[:3], bad, *lines[3:])))
        again, said = sweep("--klines", candles, "--grid", tmp_path / "grid.toml", "--out", out)
        assert said.startswith("2 of 6 sets are in ")
        assert again == answer


def test_the_part_of_another_sweep_is_refused_and_stays(tmp_path, candles):
    content, _, _ = whole_part(tmp_path, candles)
    out, part = tmp_path / "x.parquet", tmp_path / "x.parquet.part"
    part.write_bytes(content)
    other_candles = archive_file(tmp_path, walk(9, 900, 0.5, 0.0), name="other.csv")
    other_grid = grid_file(tmp_path, GRID.replace("0.5", "0.6"), "other.toml")
    same = ("--klines", candles, "--grid", tmp_path / "grid.toml", "--out", out)
    for options in (
        ("--klines", other_candles, *same[2:]),
        (*same[:2], "--grid", other_grid, *same[4:]),
        (*same, "--set", "fee_rate=0.001"),
        (*same, "--from", "2025-05-02T05:00"),
        (*same, "--random", 3),
        (*same, "--walk-forward", "100/40"),
    ):
        assert refusal("sweep", *options) == (
            f"{part} is of another sweep (other candles, sets or version): name another file with --out, or remove it"
        )
    for other in (b"something else", b"something else\n"):
        part.write_bytes(other)
        assert "is of another sweep" in refusal("sweep", *same)
        assert part.read_bytes() == other


def test_a_full_disk_is_a_sentence(tmp_path):
    part = stored.Part(tmp_path / "x.parquet", "mark")
    part.begin()
    part.close()
    part._file = open("/dev/full", "w")  # noqa: PTH123, SIM115 - closed below
    with pytest.raises(OutError, match=r"cannot be written \(No space left on device\)"):
        part.add([stored.Row(0, {})])
    part.close()


def test_sets_that_share_indicators_lie_in_one_piece_and_none_is_lost():
    text = '[grid]\nreward_to_risk = [1, 2, 3, 4]\natr_length = [5, 10]\nfvg_sensitivity = ["all", "low"]\n'
    every = list(enumerate(sets(parse(text), {}).parameters))
    pieces = chunks(every, 1)
    assert sorted(number for piece in pieces for number, _ in piece) == list(range(16))
    ordered = [(each.atr_length, each.fvg_sensitivity) for piece in pieces for _, each in piece]
    assert sum(one != other for one, other in pairwise(ordered)) == 3


def test_what_is_kept_of_indicators_is_bounded_and_changes_no_row(candles):
    market = archive.read(candles, "BTC/USDT").market
    text = f"[grid]\natr_length = {list(range(2, 22))}\n"
    piece = list(enumerate(sets(parse(text), {}).parameters))
    free, bounded = Keeper(market), Keeper(market, kept=50_000)
    assert free.rows(piece, Task((None, None))) == bounded.rows(piece, Task((None, None)))
    assert free.history.nbytes() > 50_000 >= bounded.history.nbytes()
