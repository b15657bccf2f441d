"""`cvdbot export` and `cvdbot report`: what the page offers for download, without a server, and every other table."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import polars as pl
import pytest
from command import call, refusal
from pyarrow import ipc, parquet

if TYPE_CHECKING:
    from pathlib import Path

    from web_client import Client

FORMS = ("csv", "arrow", "parquet")
READ = {
    "csv": lambda path: pl.read_csv(path, infer_schema_length=None),
    "arrow": pl.read_ipc,
    "parquet": pl.read_parquet,
}


@pytest.fixture(params=FORMS)
def exported(request: pytest.FixtureRequest, traded: Path, tmp_path: Path) -> tuple[str, Path]:
    form, folder = request.param, tmp_path / "deep" / "folder"
    said, _ = call("export", "--db", traded, "--to", folder, "--format", form)
    assert [line.split()[0] for line in said.splitlines()] == [
        str(folder / name)
        for name in (
            f"candles_BTC-USDT_1m_2025-05-01T2000_2025-05-05T0307.{form}",
            f"exchange_candles_BTC-USDT_1m_2025-05-01T2000_2025-05-05T0307.{form}",
            f"trades_BTC-USDT_all.{form}",
            *(f"{name}.{form}" for name in OTHERS),
            "statistics_BTC-USDT_backtest_2025-05-01T2000_2025-05-03.csv",
            "statistics_BTC-USDT_imported_2025-05-01T2010_2025-05-02T0705.csv",
            "statistics_BTC-USDT_paper_2025-05-03_2025-05-05T0305.csv",
        )
    ]
    return form, folder


OTHERS = (
    *("candle_corrections", "configurations", "exchange_status", "logs", "orders", "setup_events", "state"),
    "verifications",
)


def test_the_files_are_those_of_the_server_byte_for_byte(exported: tuple[str, Path], traded_client: Client) -> None:
    form, folder = exported
    for kind in ("candles", "exchange_candles", "trades"):
        (file,) = folder.glob(f"{kind}_BTC*")
        assert file.read_bytes() == traded_client.get(f"/api/export/{kind}.{form}").content
    for mode in ("paper", "backtest", "imported"):
        (file,) = folder.glob(f"statistics_*_{mode}_*")
        assert file.read_text() == traded_client.get(f"/api/export/statistics.csv?mode={mode}").text


def test_every_other_table_is_a_file_with_its_rows(exported: tuple[str, Path], traded: Path) -> None:
    form, folder = exported
    with closing(sqlite3.connect(f"{traded.as_uri()}?mode=ro", uri=True)) as sql:
        for name in OTHERS:
            found = READ[form](folder / f"{name}.{form}")
            found = found.drop([column for column in found.columns if column.endswith("_utc")])
            cursor = sql.execute(f"SELECT * FROM {name}")
            assert found.columns == [column[0] for column in cursor.description]
            if form == "csv":  # polars reads 1 as a number where the column is text
                with (folder / f"{name}.csv").open(newline="") as file:
                    rows = [row[: len(found.columns)] for row in csv.reader(file)][1:]
                assert rows == [["" if cell is None else str(cell) for cell in row] for row in cursor]
            else:
                assert found.rows() == cursor.fetchall()


def test_nothing_is_written_over_and_nothing_is_half_written(traded: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    there = folder / "trades_BTC-USDT_all.csv"
    there.write_text("mine")
    assert refusal("export", "--db", traded, "--to", folder) == (
        f"{there} is there already, and nothing is written over: choose another --to"
    )
    assert [file.name for file in folder.iterdir()] == [there.name]
    assert there.read_text() == "mine"


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    for command in (("export", "--to", tmp_path / "out"), ("report",)):
        sentence = refusal(*command, "--db", tmp_path / "none.db")
        assert str(tmp_path / "none.db") in sentence
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(traded: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refusal("export", "--db", traded, "--to", tmp_path / "file" / "x").startswith(str(tmp_path / "file"))


@pytest.mark.slow
def test_the_report_is_the_one_of_the_server(traded: Path, traded_client: Client, tmp_path: Path) -> None:
    out = tmp_path / "mine.pdf"
    said, _ = call("report", "--db", traded, "--from", "2025-05-04", "--to", "2025-05-05T00:00Z", "--out", out)
    assert said == f"{out}\n"
    asked = "from=1746316800000&to=1746403200000"
    assert out.read_bytes() == traded_client.get(f"/api/report.pdf?{asked}").content


def test_what_a_report_cannot_be_of_is_one_sentence(traded: Path) -> None:
    def refused(*more: str) -> str:
        return refusal("report", "--db", traded, *more)

    assert refused("--from", "yesterday").startswith("--from: ")
    assert refused("--pair", "ETH/USDT") == "pair 'ETH/USDT' is not stored; known: BTC/USDT"
    assert "must not be after" in refused("--from", "2025-05-05", "--to", "2025-05-04")


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_pyarrow_reads_the_same_rows_to_the_last_bit(traded: Path, tmp_path: Path, form: str) -> None:
    call("export", "--db", traded, "--to", tmp_path, "--format", form)
    (file,) = tmp_path.glob("candles_BTC*")
    found = parquet.read_table(file) if form == "parquet" else ipc.open_file(file).read_all()
    columns = "timestamp, open, high, low, close, vBuy, vSell, sources, configured"
    with closing(sqlite3.connect(f"{traded.as_uri()}?mode=ro", uri=True)) as sql:
        stored = sql.execute(f"SELECT {columns} FROM candles ORDER BY timestamp").fetchall()
    told = zip(*(found.column(name).to_pylist() for name in columns.split(", ")), strict=True)
    assert list(told) == stored
    assert str(found.schema.field("timestamp_utc").type) == "timestamp[ms, tz=UTC]"


def test_csv_is_read_back_by_pythons_own_reader_to_the_last_digit(traded: Path, tmp_path: Path) -> None:
    call("export", "--db", traded, "--to", tmp_path)
    (file,) = tmp_path.glob("candles_BTC*")
    told = list(csv.DictReader(io.StringIO(file.read_text())))
    with closing(sqlite3.connect(f"{traded.as_uri()}?mode=ro", uri=True)) as sql:
        stored = sql.execute("SELECT timestamp, close, vBuy FROM candles ORDER BY timestamp").fetchall()
    assert [(int(row["timestamp"]), float(row["close"]), float(row["vBuy"])) for row in told] == stored
