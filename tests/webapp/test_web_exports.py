"""Files hold what the database holds, row by row, of one snapshot; a break is seen, and who leaves ends the work."""

from __future__ import annotations

import csv
import io
import socket
import sqlite3
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import polars as pl
import pytest
from example_database import DAY, MINUTE, START, add_example, add_flat_minutes, create, publish
from traded import END, at
from web_server import serve, serving

if TYPE_CHECKING:
    from web_client import Client

FORMS = ("csv", "arrow", "parquet")
KINDS = ("candles", "exchange_candles", "trades")


def table(content: bytes, form: str) -> pl.DataFrame:
    """Read a file as a notebook does; the instants as people read them are held against those in ms and left out."""
    if form == "csv":
        found = pl.read_csv(content, infer_schema_length=None)
    else:
        found = pl.read_ipc(content) if form == "arrow" else pl.read_parquet(content)
    readable = [name for name in found.columns if name.endswith("_utc")]
    assert found.columns[-len(readable) :] == readable or not readable
    for name in readable:
        if form == "csv":
            told = [text and int(datetime.fromisoformat(text).timestamp() * 1000 + 0.5) for text in found[name]]
            assert all(text is None or text.endswith("Z") for text in found[name])
        else:
            assert str(found.schema[name]) == str(pl.Datetime("ms", "UTC"))
            told = found[name].dt.epoch("ms").to_list()
        assert told == found[name.removesuffix("_utc")].to_list()
    return found.drop(readable)


def read(path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def named(answer: httpx.Response) -> str:
    return answer.headers["content-disposition"].removeprefix('attachment; filename="').removesuffix('"')


@pytest.mark.parametrize("form", FORMS)
def test_every_stored_minute_is_in_the_file_as_it_is_in_the_database(traded_client: Client, traded: Path, form: str):
    answer = traded_client.get(f"/api/export/candles.{form}")
    columns = "timestamp, open, high, low, close, vBuy, vSell, sources, configured"
    rows = read(traded, f"SELECT {columns} FROM candles ORDER BY timestamp")
    assert len(rows) == 240 + 4507 - 7
    found = table(answer.content, form)
    assert found.columns == columns.split(", ")
    assert found.rows() == rows
    assert named(answer) == f"candles_BTC-USDT_1m_2025-05-01T2000_2025-05-05T0307.{form}"


@pytest.mark.parametrize("form", FORMS)
def test_every_exchange_of_every_minute_is_in_the_file_ordered_by_open_and_name(
    traded_client: Client, traded: Path, form: str
):
    found = table(traded_client.get(f"/api/export/exchange_candles.{form}").content, form)
    columns = "timestamp, exchange, open, high, low, close, vBuy, vSell, trades, complete"
    assert found.columns == columns.split(", ")
    assert found.rows() == read(traded, f"SELECT {columns} FROM exchange_candles ORDER BY timestamp, exchange")


@pytest.mark.parametrize("form", FORMS)
def test_every_trade_is_in_the_file_with_what_follows_from_it(traded_client: Client, traded: Path, form: str):
    answer = traded_client.get(f"/api/export/trades.{form}")
    found = table(answer.content, form)
    stored = found.drop("late", "duration", "r", "mfe", "mae")
    assert stored.rows() == read(traded, "SELECT * FROM trades ORDER BY exitTime, id")
    assert stored.columns == [name for _, name, *_ in read(traded, "PRAGMA table_info(trades)")]
    listed = traded_client.get("/api/trades").json()["trades"]
    assert [row | {"counted": True} for row in found.rows(named=True)] == listed
    assert found.filter("late").rows(named=True)[0]["tradeNumber"] == 7
    assert found["late"].sum() == 1
    assert named(answer) == f"trades_BTC-USDT_all.{form}"


def test_trades_of_one_account_closed_in_a_range_are_a_file_of_their_own(traded_client: Client, traded: Path):
    begin, end = at(2000), at(3000)
    answer = traded_client.get(f"/api/export/trades.csv?mode=paper&from={begin}&to={end}")
    inside = "SELECT id FROM trades WHERE mode = 'paper' AND exitTime >= ? AND exitTime < ? ORDER BY exitTime, id"
    assert table(answer.content, "csv").select("id").rows() == read(traded, inside, begin, end)
    assert named(answer) == "trades_BTC-USDT_paper_2025-05-03T0920_2025-05-04T0200.csv"


def test_what_the_earlier_bot_did_not_keep_is_empty(traded_client: Client):
    lines = traded_client.get("/api/export/trades.csv?mode=imported").text.splitlines()
    assert lines[1].split(",") == [
        *("1", "7", "BTC/USDT", "imported", "Long", "96800.0", str(at(-230)), "97150.5", str(at(-90)), "350.5"),
        *("Take Profit", "10350.5", "", "", "", "", "", "", "", "false", "8400000", "", "", ""),
        *("2025-05-01T20:10:00.000Z", "2025-05-01T22:30:00.000Z", ""),
    ]


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_of_a_csv_begins_as_a_formula_does(client: Client, writer: sqlite3.Connection, begins: str):
    add_example(writer)
    trade = "(9, 'BTC/USDT', 'imported', 'Long', 1, 0, 2, 60000, -1.5, ?, 3)"
    names = "tradeNumber, pair, mode, entryType, entryPrice, entryTime, exitPrice, exitTime, profit, outcome"
    writer.execute(f"INSERT INTO trades ({names}, newBalance) VALUES {trade}", (begins,))
    told = list(csv.DictReader(io.StringIO(client.get("/api/export/trades.csv?mode=imported").text, newline="")))
    assert (told[0]["outcome"], told[0]["profit"]) == (f"'{begins}", "-1.5"), "a number may begin with a sign"
    stored = table(client.get("/api/export/trades.parquet?mode=imported").content, "parquet")
    assert stored["outcome"].to_list() == [begins], "nobody computes a cell of Parquet"


@pytest.mark.parametrize("form", FORMS)
def test_longer_bars_are_those_of_the_answer_in_json(traded_client: Client, form: str):
    for more in ("", "&exchange=okx"):
        json_bars = traded_client.get(f"/api/candles?timeframe=15m&from=0{more}").json()["candles"]
        found = table(traded_client.get(f"/api/export/candles.{form}?timeframe=15m{more}").content, form)
        assert found.to_dict(as_series=False) == json_bars


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("asked", ["", "&limit=7", f"&from={at(100)}", f"&from={at(100)}&limit=7", f"&to={at(-300)}"])
def test_format_gives_the_same_bars_as_json_does(traded_client: Client, form: str, asked: str):
    url = f"/api/candles?timeframe=5m{asked}"
    found = table(traded_client.get(f"{url}&format={form}").content, form)
    assert found.to_dict(as_series=False) == traded_client.get(url).json()["candles"]


def test_the_name_of_a_file_with_a_limit_says_so(traded_client: Client):
    answer = traded_client.get("/api/candles?timeframe=1h&format=csv&limit=3&exchange=okx")
    assert len(answer.text.splitlines()) == 4
    assert named(answer) == "candles_BTC-USDT_okx_1h_last-3_2025-05-01T2000_2025-05-05T0400.csv"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_range_is_a_file_with_a_header_and_no_rows(traded_client: Client, kind: str, form: str):
    whole = table(traded_client.get(f"/api/export/{kind}.{form}").content, form)
    answer = traded_client.get(f"/api/export/{kind}.{form}?from={at(END)}&to={at(END + 60)}")
    found = table(answer.content, form)
    assert (answer.status_code, found.height, found.columns) == (200, 0, whole.columns)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_database_without_any_rows_is_a_file_without_rows(
    client: Client, writer: sqlite3.Connection, kind: str, form: str
):
    assert writer
    found = table(client.get(f"/api/export/{kind}.{form}").content, form)
    assert found.height == 0
    assert found.columns[0] in {"timestamp", "id"}


def test_a_range_is_half_open_and_belongs_to_the_opens_of_its_bars(traded_client: Client):
    found = table(traded_client.get(f"/api/export/candles.csv?from={at(10)}&to={at(13)}").content, "csv")
    assert found["timestamp"].to_list() == [at(10), at(11), at(12)]


def test_data_of_a_simulated_market_says_so_in_the_name_and_inside_where_no_reader_stumbles(
    client: Client, writer: sqlite3.Connection
):
    add_example(writer)
    for kind in KINDS:
        for form in FORMS:
            answer = client.get(f"/api/export/{kind}.{form}")
            assert named(answer).endswith(f"_simulated.{form}")
            assert answer.content.startswith({"csv": b"timestamp,", "arrow": b"ARROW1", "parquet": b"PAR1"}[form]) or (
                kind == "trades"
            )
        inside = pl.read_parquet_metadata(io.BytesIO(client.get(f"/api/export/{kind}.parquet").content))
        assert (inside["origin"], inside["pair"]) == ("simulated", "BTC/USDT")
    assert named(client.get("/api/export/statistics.csv")).endswith("_simulated.csv")
    assert named(client.get("/api/candles?format=csv")).endswith("_simulated.csv")


def test_real_data_does_not_say_simulated(traded_client: Client):
    answer = traded_client.get("/api/export/candles.parquet?timeframe=1d")
    assert "simulated" not in named(answer)
    assert pl.read_parquet_metadata(io.BytesIO(answer.content))["origin"] == "exchanges"


def test_figures_are_a_row_each_and_those_of_the_answer_in_json(traded_client: Client):
    answer = traded_client.get("/api/export/statistics.csv")
    told = traded_client.get("/api/statistics").json()
    rows = table(answer.content, "csv").rows(named=True)
    assert [row["figure"] for row in rows] == list(told["figures"])
    for row in rows:
        figure = told["figures"][row["figure"]]
        late = figure["late"] or {"value": None, "n": None}
        assert (row["value"], row["unit"] or "", row["n"]) == (figure["value"], figure["unit"], figure["n"])
        assert (row["late"], row["late_n"], row["note"]) == (late["value"], late["n"], figure["note"])
        assert row["definition"] == figure["definition"]
        assert (row["pair"], row["mode"], row["from"], row["to"]) == ("BTC/USDT", "paper", told["from"], told["to"])
    assert named(answer) == "statistics_BTC-USDT_paper_2025-05-03_2025-05-05T0305.csv"


@pytest.mark.parametrize("kind", [*KINDS, "statistics"])
def test_what_cannot_be_is_refused_by_the_name_of_its_field(traded_client: Client, kind: str):
    def refused(query: str) -> tuple[int, str, str]:
        answer = traded_client.get(f"/api/export/{kind}.csv?{query}")
        error = answer.json()["error"]
        return answer.status_code, error["code"], error["field"]

    assert refused("from=2&to=1") == (422, "invalid_parameter", "from")
    assert refused("from=1.5") == (422, "invalid_parameter", "from")
    assert refused("pair=ETH/USDT") == (422, "unknown_pair", "pair")
    assert refused("limit=3") == (422, "unknown_parameter", "limit")
    assert traded_client.get(f"/api/export/{kind}.xlsx").status_code in {404, 422}


def test_a_client_that_has_a_snapshot_does_not_get_its_files_again(traded_client: Client):
    for url in ("/api/export/candles.csv", "/api/export/trades.csv", "/api/export/statistics.csv"):
        answer = traded_client.get(url)
        again = traded_client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert (answer.status_code, again.status_code, again.content) == (200, 304, b"")


def damage(path: Path, begin: float, end: float) -> None:
    """Overwrite a part of a database, given as shares of its size, as a failing disk does."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(int(size * begin))
        file.write(b"\xa5" * int(size * (end - begin)))


def test_a_database_that_cannot_be_read_at_all_is_refused_before_a_file_begins(client: Client, path: Path):
    with closing(create(path)) as writer:
        add_flat_minutes(writer, 0, 20_000)
    damage(path, 0.1, 1)
    answer = client.get("/api/export/candles.csv")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_corrupt")
    assert "content-disposition" not in answer.headers


@pytest.mark.more
@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_cannot_be_read_to_its_end_breaks_the_transfer(path: Path, form: str):
    with closing(create(path)) as writer:
        add_flat_minutes(writer, 0, 200_000)
    damage(path, 0.6, 0.9)
    with serve(path) as address, pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        httpx.get(f"{address}/api/export/candles.{form}", timeout=60)


def minutes_of_four(writer: sqlite3.Connection, count: int) -> None:
    """Commit minutes that four exchanges saw."""
    add_flat_minutes(writer, 0, count)
    writer.execute("BEGIN")
    writer.executemany(
        "INSERT INTO exchange_candles VALUES (?, 'BTC/USDT', ?, 100.0, 100.0, 100.0, 100.0, 1.0, 2.0, 40, 1)",
        ((START + n * MINUTE, name) for n in range(count) for name in ("binance", "bybit", "coinbase", "okx")),
    )
    writer.execute("COMMIT")


@pytest.mark.more
def test_a_file_is_of_one_copy_though_another_is_published_while_it_is_sent(tmp_path: Path):
    source = tmp_path / "source.db"
    with closing(create(source)) as writer:
        minutes_of_four(writer, 40_000)
        name = publish(tmp_path / "data", source, 1)
        with serve(name) as address:
            with httpx.stream("GET", f"{address}/api/export/exchange_candles.csv", timeout=60) as answer:
                pieces = answer.iter_bytes()
                begun = next(pieces)
                writer.execute("UPDATE exchange_candles SET close = 200.0")
                writer.execute("UPDATE candles SET close = 200.0")
                publish(tmp_path / "data", source, 2)
                after = httpx.get(f"{address}/api/export/candles.csv", timeout=60)
                before = table(begun + b"".join(pieces), "csv")
            assert (before.height, before["close"].unique().to_list()) == (160_000, [100.0])
            assert table(after.content, "csv")["close"].unique().to_list() == [200.0]
            assert answer.headers["etag"] != after.headers["etag"]


@pytest.mark.more
def test_clients_that_do_not_read_on_keep_nobody_waiting_and_make_room_when_they_leave(path: Path):
    with closing(create(path)) as writer:
        minutes_of_four(writer, 30_000)
    little_room = httpx.HTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)])
    with serve(path) as address, httpx.Client(timeout=60, transport=little_room) as client:
        with ExitStack() as slow:
            urls = [f"{address}/api/export/exchange_candles.csv"] * 8
            files = [slow.enter_context(client.stream("GET", url)).iter_raw() for url in urls]
            assert {next(file)[:10] for file in files} == {b"timestamp,"}
            assert client.get(f"{address}/api/candles?timeframe=5m").status_code == 200
            assert client.get(f"{address}/api/indicators?timeframe=5m").status_code == 200
            refused = client.get(f"{address}/api/export/candles.csv")
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too_many_downloads")
            assert refused.headers["retry-after"] == "5"
        while (answer := client.get(f"{address}/api/export/candles.csv")).status_code == 503:
            assert answer.json()["error"]["code"] == "too_many_downloads"
        assert len(answer.text.splitlines()) == 30_001


def memory_of(process: int, field: str) -> int:
    """Bytes a process holds now (VmRSS), or held at most so far (VmHWM)."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.split(f"{field}:")[1].split()[0]) * 1024


@pytest.mark.more
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a process's memory is read from /proc")
@pytest.mark.parametrize("days", [50, pytest.param(200, marks=[pytest.mark.torture])])
def test_memory_stays_flat_while_all_candles_are_exported_ten_times(path: Path, days: int):
    with closing(create(path)) as writer:
        add_flat_minutes(writer, 0, days * 1440)
    with serving(path) as (address, process), httpx.Client(timeout=120) as client:

        def export(form: str, until: int) -> int:
            """Download [START, START + days); return its bytes, none of them kept."""
            with client.stream("GET", f"{address}/api/export/candles.{form}?to={START + until * DAY}") as answer:
                answer.raise_for_status()
                return sum(len(piece) for piece in answer.iter_bytes())

        for form in [*FORMS, *FORMS]:  # what the libraries take once
            export(form, days)
        before = memory_of(process, "VmHWM")
        sent = [export(form, days) for form in [*FORMS, *FORMS, *FORMS, "csv"]]
        grown = memory_of(process, "VmHWM") - before
    assert sent[0] == 108_000 * days + 74  # 75 bytes a minute and the header
    assert sent[:3] == sent[3:6] == sent[6:9]
    assert grown < 16 * 2**20, f"at most {grown} bytes more than before, over files of {sent[:3]} bytes"
