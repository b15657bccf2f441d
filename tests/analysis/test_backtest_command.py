from __future__ import annotations

import contextlib
import gzip
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from damaged_archives import START as DAY_ONE
from damaged_archives import damaged
from hypothesis import HealthCheck, given, settings
from recorded import DATA, klines, needs_recorded, recorded_day
from typer.testing import CliRunner
from walks import walk

from analysis import stored
from analysis.batch import archive
from analysis.commands import commands
from analysis.errors import AnalysisError, SourceError
from bot.core.parameters import ParameterError
from bot.core.times import from_iso
from bot.store.database import OUR_TABLES

SCHEMA = (Path(__file__).parents[2] / "bot" / "store" / "schema.sql").read_text()
HEADER = "open_time,open,high,low,close,volume,close_time,quote_volume,trades,taker_buy_base,taker_buy_quote\n"


def backtest(*options: object) -> dict:
    """What `backtest --json` prints."""
    done = CliRunner().invoke(commands, ["backtest", *map(str, options), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def shown(*options: object) -> str:
    done = CliRunner().invoke(
        commands, ["backtest", *map(str, options)], env={"COLUMNS": "200"}, catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def database(tmp_path):
    """Write candles into a new database of ours."""

    def write(minutes, pair="BTC/USDT", origin="exchanges"):
        path = tmp_path / "trading.db"
        sql = sqlite3.connect(path)
        sql.executescript(SCHEMA)
        sql.execute("PRAGMA user_version = 1")
        sql.executemany(
            "INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 1)",
            [(minute.timestamp, pair, *minute[1:]) for minute in minutes],
        )
        sql.execute("INSERT INTO state VALUES ('origin', ?, 0)", (json.dumps(origin),))
        sql.commit()
        sql.close()
        return path

    return write


def kline_lines(minutes, interval=60_000, factor=1) -> str:
    return "".join(
        f"{m.timestamp * factor},{m.open},{m.high},{m.low},{m.close},{m.buy + m.sell},"
        f"{(m.timestamp + interval) * factor - 1},0,{9 if m.buy + m.sell else 0},{m.buy},0\n"
        for m in minutes
    )


@needs_recorded
def test_a_database_of_the_recorded_day_gives_the_check_values(database):
    answer = backtest("--db", database(recorded_day()))
    assert list(answer)[:9] == [
        *("parameters", "pair", "bars", "signals", "gaps", "trades", "open", "statistics", "equity"),
    ]
    assert (answer["bars"], answer["signals"], answer["gaps"], answer["origin"]) == (200, 61, 13, "exchanges")
    first, second = answer["trades"]
    assert first == {
        "tradeNumber": 1,
        "pair": "BTC/USDT",
        "mode": "backtest",
        "entryType": "Long",
        "entryPrice": 96806.2,
        "entryTime": from_iso("2025-05-02T06:30"),
        "exitPrice": 97155.46802595012,
        "exitTime": from_iso("2025-05-02T13:00"),
        "profit": 349.2680259501212,
        "outcome": "Take Profit",
        "newBalance": 10349.268025950121,
        "size": 1.0,
        "stopLoss": first["stopLoss"],
        "takeProfit": 97155.46802595012,
        "fees": 0.0,
        "setup": first["setup"],
    }
    assert (second["entryTime"], second["profit"]) == (from_iso("2025-05-02T14:25"), 496.3999347752251)
    left = answer["open"]
    assert (left["entryType"], left["entryPrice"], left["orderNumber"]) == ("Short", 97290, 3)
    assert left["entryTime"] == from_iso("2025-05-02T16:55")
    worth = answer["equity"]
    assert {len(column) for column in worth.values()} == {200}
    assert (worth["timestamp"][0], worth["balance"][0]) == (from_iso("2025-05-02T02:05"), 10000.0)
    for trade in (first, second):
        row = worth["timestamp"].index(trade["exitTime"])
        assert worth["balance"][row - 1] != worth["balance"][row] == worth["marked"][row] == trade["newBalance"]
    figures = answer["statistics"]["figures"]
    assert (figures["win_rate"]["value"], figures["win_rate"]["unit"], figures["win_rate"]["n"]) == (100.0, "%", 2)
    assert figures["sharpe"]["value"] is None
    assert answer["statistics"]["account"] == {"pair": "BTC/USDT", "mode": "backtest"}
    assert answer["statistics"]["from"] == from_iso("2025-05-02T02:05")
    assert answer["statistics"]["to"] == from_iso("2025-05-02T18:45")
    assert answer["missing"] == {"bars": 0, "incomplete_bars": 1, "minutes": 1, "partial_minutes": 0}
    assert answer["parameters"]["fvg_sensitivity"] == "extreme"


@needs_recorded
def test_parameters_are_set_one_by_one(database):
    path = database(recorded_day())
    assert backtest("--db", path, "--set", "fvg_sensitivity=normal")["gaps"] == 5
    answer = backtest("--db", path, "--set", "delta_source=polarity", "--set", "position_size=2")
    assert (answer["signals"], answer["parameters"]["position_size"]) == (62, 2.0)
    assert answer["trades"][0]["profit"] == pytest.approx(2 * 288.249)


@needs_recorded
def test_setups_start_at_the_first_bar_of_a_range_that_ends_before_its_end(database):
    path = database(recorded_day())
    late = backtest("--db", path, "--from", "2025-05-02T13:05:00Z")
    assert [trade["profit"] for trade in late["trades"]] == [496.3999347752251]
    assert (late["bars"], late["equity"]["timestamp"][0]) == (68, from_iso("2025-05-02T13:05"))
    early = backtest("--db", path, "--to", "2025-05-02T13:00:00Z")
    assert (early["bars"], early["trades"], early["open"]["entryPrice"]) == (131, [], 96806.2)


@needs_recorded
def test_the_printed_form_names_trades_counts_and_the_open_position(database):
    text = shown("--db", database(recorded_day()))
    assert "2025-05-02 06:30" in text
    assert "+349.27" in text
    assert "BTC/USDT: 200 bars of 5m, 61 signals, 13 gaps, 2 trades" in text
    assert "Open at the end: Short from 2025-05-02T16:55:00Z at 97290.00" in text
    assert "simulated" not in text
    assert re.search(r"win rate +100\.00 % +2 +before fees *\n +win rate to break even +63\.69 %", text)
    assert "Incomplete data: 1 bar with a minute missing." in text
    assert "Too few trades to conclude: 2, and at least 10 are needed (before fees)." in text
    assert "Paper trading only" in text


def test_a_simulated_market_is_named(database):
    path = database(walk(3, 60, 1.0, 0.0), origin="simulated")
    assert backtest("--db", path)["origin"] == "simulated"
    assert "A simulated market" in shown("--db", path)


def test_another_pair_is_asked_for_by_name(database):
    path = database(walk(3, 60, 1.0, 0.0), pair="ETH/USDT")
    assert backtest("--db", path)["pair"] == "ETH/USDT"
    with pytest.raises(SourceError, match="holds no candles of BTC/USDT"):
        backtest("--db", path, "--pair", "BTC/USDT")


@pytest.mark.parametrize("form", ["csv", "csv.gz", "zip", "without header", "microseconds"])
def test_every_form_of_an_archive_gives_what_the_database_gives(database, tmp_path, form):
    minutes = walk(8, 1200, 0.5, 0.01)
    text = kline_lines(minutes, factor=1000 if form == "microseconds" else 1)
    text = text if form == "without header" else HEADER + text
    path = tmp_path / ("BTCUSDT-1m.csv.gz" if form == "csv.gz" else "BTCUSDT-1m.zip" if form == "zip" else "k.csv")
    if form == "csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif form == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("BTCUSDT-1m.csv", text)
    else:
        path.write_text(text)
    read, stored = backtest("--klines", path), backtest("--db", database(minutes))
    assert read["origin"] is None
    assert read["trades"]
    read["missing"]["partial_minutes"] = 0
    for answer in (read, stored):  # an archive has the sum of both sides, so the delta differs in its last bits
        for event in (each for setup in answer["setups"] for each in setup["events"]):
            event["detail"]["cvd"] = round(event["detail"].get("cvd", 0.0), 6)
    assert {**read, "origin": "exchanges"} == stored


@needs_recorded
@pytest.mark.parametrize(
    "name", ["binance_spot_BTCUSDT_15m_20241230_20260430.csv.gz", "binance_spot_BTCUSDT_1m_20251029_20251101.csv.gz"]
)
def test_an_archive_is_read_to_the_last_bit(name):
    market = archive.read(DATA / "klines" / name, "BTC/USDT").market
    assert list(market.minutes()) == klines(name)
    assert market.interval_ms == (900_000 if "15m" in name else 60_000)


def test_a_bar_that_is_set_shorter_than_the_archive_s_candles_is_refused_by_its_name(tmp_path):
    quarters = [
        each._replace(timestamp=DAY_ONE + number * 900_000) for number, each in enumerate(walk(2, 40, 1.0, 0.0))
    ]
    path = tmp_path / "k.csv"
    path.write_text(kline_lines(quarters, interval=900_000))
    assert backtest("--klines", path)["bars"] == 40
    assert backtest("--klines", path, "--set", "chart_timeframe=30m", "--set", "anchor_period=1h")["bars"] == 20
    with pytest.raises(ParameterError, match="chart_timeframe = 5m is not possible: allowed is a multiple of 15m"):
        backtest("--klines", path, "--set", "chart_timeframe=5m")


@needs_recorded
def test_quarter_hours_take_the_place_of_minutes():
    path = DATA / "klines" / "binance_spot_BTCUSDT_15m_20241230_20260430.csv.gz"
    answer = backtest("--klines", path, "--set", "chart_timeframe=15m", "--set", "anchor_period=1h")
    assert answer["bars"] == 46673


@needs_recorded
def test_without_taker_volume_only_polarity_is_possible():
    path = DATA / "klines" / "ohlcv_only_binance_spot_BTCUSDT_1m_20250301_20250401.csv.gz"
    with pytest.raises(ParameterError, match="delta_source = trades is not possible: allowed is polarity"):
        backtest("--klines", path)
    answer = backtest("--klines", path, "--set", "delta_source=polarity")
    assert (answer["bars"], len(answer["trades"]) > 0) == (8928, True)


def six(minute, volume=1):
    """A line of the first six columns."""
    return f"{DAY_ONE + round(minute * 60_000)},10,11,9,10,{volume}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no candles"),
        ("1,2,3\n", "line 1: 3 columns"),
        (six(0) + six(1).replace("11", "high"), "line 2: 'high' is not a number"),
        (six(0) + six(1).replace("11", "nan"), "line 2: open 10, high nan, low 9, close 10 are not prices"),
        (six(0) + six(0).replace("11", "12"), "line 2: the candle is another one in line 1"),
        (
            six(0) + six(1 / 60) + six(2 / 60),
            "holds candles of 0.0166667 minutes; possible are whole",
        ),
        (
            six(0) + six(7 * 1440) + six(14 * 1440),
            "holds candles of 10080 minutes; possible are whole",
        ),
        (six(0) + six(1).replace("11,9,10", "11,9,12"), "line 2: open 10, high 11, low 9, close 12 are not prices"),
        (six(0, volume=-1), "line 1: volume is -1.0; the volume of a minute is from 0"),
        (
            six(0).strip() + f",{DAY_ONE + 59_999},0,3,2,0\n",
            "line 1: taker buy volume 2 is not between 0 and",
        ),
        ("time,price\n" + six(0), "line 1: 'time,price' is no header of a kline archive"),
    ],
)
def test_what_is_no_archive_is_refused_with_the_row_and_the_reason(tmp_path, text, reason):
    path = tmp_path / "k.csv"
    path.write_text(text)
    with pytest.raises(SourceError, match=reason):
        archive.read(path, "BTC/USDT")


def test_rows_that_are_repeated_forming_or_off_the_grid_are_told_and_left_out(tmp_path):
    path = tmp_path / "k.csv"
    now = DAY_ONE + 5 * 60_000 + 30_000
    path.write_text("".join(six(minute) for minute in (0, 1, 1, 1.5, 2, 3, 4, 5)))
    found = archive.read(path, "BTC/USDT", now)
    assert [(time - DAY_ONE) // 60_000 for time in found.market.timestamp.tolist()] == [0, 1, 2, 3, 4]
    assert found.notes == [
        f"{path}: 1 left out: they do not begin at a full 1m",
        f"{path}: 1 left out: not over yet",
        f"{path}: 1 repeated in the file",
    ]


def test_a_zip_of_two_members_without_a_newline_between_and_of_macos_is_read_whole(tmp_path):
    path = tmp_path / "BTCUSDT-1m.ZIP"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("__MACOSX/._a.csv", b"\x00\x05")
        packed.writestr("a.csv", "".join(six(minute) for minute in range(3)).rstrip("\n"))
        packed.writestr("b.csv", "".join(six(minute) for minute in range(3, 6)))
    assert len(archive.read(path, "BTC/USDT").market) == 6


@pytest.mark.parametrize("begin", ["\ufeff", "\n", "\ufeff\n  \n"])
def test_no_row_is_lost_behind_a_byte_order_mark_or_an_empty_line(tmp_path, begin):
    path = tmp_path / "k.csv"
    path.write_text(begin + "".join(six(minute) for minute in range(20)), encoding="utf-8")
    assert len(archive.read(path, "BTC/USDT").market) == 20


def test_an_archive_of_another_pair_is_refused_by_its_name(tmp_path):
    path = tmp_path / "ETHUSDT-1m-2025-11.csv"
    path.write_text(six(0))
    with pytest.raises(SourceError, match="is of ETHUSDT, not of BTCUSDT"):
        archive.read(path, "BTC/USDT")


@pytest.mark.parametrize(
    ("at", "value"),
    [
        *((0, DAY_ONE + 120_001), (0, DAY_ONE + 60_000), (0, 10**12), (0, 4_102_444_800_000), (0, "x"), (0, "")),
        *((1, 12), (1, 8), (2, 9.5), (2, "nan"), (2, 1e9), (3, 0), (3, 10.5), (4, 12), (4, 8), (4, "inf")),
        *(
            (5, -1),
            (5, 0),
            (5, 1e10),
            (6, DAY_ONE + 119_999),
            (6, DAY_ONE + 180_000),
            (8, -1),
            (8, 1.5),
            (9, 2),
            (9, -1),
        ),
    ],
)
def test_a_row_with_one_wrong_value_is_never_taken_in_bulk(tmp_path, at, value):
    rows = [
        [DAY_ONE + minute * 60_000, 10, 11, 9, 10, 1, DAY_ONE + minute * 60_000 + 59_999, 0, 3, 0.5, 0]
        for minute in range(6)
    ]
    path = tmp_path / "k.csv"
    now = DAY_ONE + 10**9
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    whole = archive.bulk(path, "BTC/USDT", now)
    assert whole is not None
    assert len(whole) == 6
    rows[2][at] = value
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    assert archive.bulk(path, "BTC/USDT", now) is None
    with contextlib.suppress(SourceError):
        assert archive.strict(path, "BTC/USDT", now).notes


def test_candles_that_all_lie_beside_the_minutes_are_not_taken(tmp_path):
    path = tmp_path / "k.csv"
    path.write_text("".join(six(minute + 0.25) for minute in range(6)))
    assert archive.bulk(path, "BTC/USDT", DAY_ONE + 10**9) is None
    with pytest.raises(SourceError, match="holds no candles that are over"):
        archive.read(path, "BTC/USDT", DAY_ONE + 10**9)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged())
def test_the_bulk_reader_takes_only_what_the_strict_one_takes_and_that_to_the_last_bit(tmp_path, content):
    path = tmp_path / "k.csv"
    path.write_bytes(content)
    now = DAY_ONE + 10**11
    quick = archive.bulk(path, "BTC/USDT", now)
    if quick is not None:
        slow = archive.strict(path, "BTC/USDT", now)
        assert slow.notes == []
        assert list(quick.minutes()) == list(slow.market.minutes())
        assert (quick.interval_ms, quick.sides_known) == (slow.market.interval_ms, slow.market.sides_known)


def test_a_truncated_archive_is_refused(tmp_path):
    path = tmp_path / "k.csv.gz"
    path.write_bytes(gzip.compress(kline_lines(walk(1, 50, 1.0, 0.0)).encode())[:-20])
    with pytest.raises(SourceError, match="can't be read"):
        archive.read(path, "BTC/USDT")


def test_what_cannot_be_asked_is_refused_in_a_sentence(database, tmp_path):
    path = database(walk(3, 60, 1.0, 0.0))
    for options, reason in (
        ([], "--db FILE or .* --klines FILE"),
        (["--db", path, "--klines", path], "--db FILE or .* --klines FILE"),
        (["--db", tmp_path / "none.db"], "does not exist"),
        (["--db", path, "--from", "yesterday"], "--from: 'yesterday' is not a date"),
    ):
        with pytest.raises(AnalysisError, match=reason):
            backtest(*options)
    (tmp_path / "text.db").write_text("no database, but long enough to look like something else" * 9)
    with pytest.raises(SourceError, match="cannot be read as a database of cvdbot"):
        backtest("--db", tmp_path / "text.db")
    with pytest.raises(ParameterError, match="risk = huge"):
        backtest("--db", path, "--set", "risk=huge")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "PRAGMA user_version = 9",
            r"was written by a newer cvdbot \(database version 9, this one knows 1\): update cvdbot here",
        ),
        ("PRAGMA user_version = 0", "is the database of another program: name another file"),
        ("DROP TABLE trades", "is the database of another program: name another file"),
    ],
)
def test_a_newer_and_a_foreign_database_are_refused(database, change, sentence):
    path = database(walk(3, 60, 1.0, 0.0))
    with closing(sqlite3.connect(path)) as sql:
        sql.execute(change)
    with pytest.raises(SourceError, match=sentence):
        backtest("--db", path)


def test_a_database_that_no_bot_has_started_is_called_that(tmp_path):
    sqlite3.connect(tmp_path / "new.db").close()
    with pytest.raises(SourceError, match="has no tables yet"):
        backtest("--db", tmp_path / "new.db")


def test_the_tables_of_every_version_are_known():
    assert stored.OUR_TABLES == OUR_TABLES


def test_an_empty_range_is_refused_with_what_there_is(database):
    path = database(walk(3, 60, 1.0, 0.0))
    with pytest.raises(AnalysisError, match=r"no whole bar of 5m opens in the range: the candles are of 2025-05-02T"):
        backtest("--db", path, "--from", "2030-01-01")
    with pytest.raises(AnalysisError, match="--from 2025-05-03T00:00:00Z is not before --to 2025-05-02T00:00:00Z"):
        backtest("--db", path, "--from", "2025-05-03", "--to", "2025-05-02")


def test_a_database_without_candles_and_an_anchor_below_the_bars_are_refused(database):
    with pytest.raises(SourceError, match="holds no candles"):
        backtest("--db", database([]))
    for setting, sentence in (
        ("anchor_period=1m", "chart_timeframe = 5m is not possible: allowed is at most anchor_period, which is 1m"),
        ("anchor=15m", "anchor is no parameter: allowed is one of chart_timeframe, anchor_period"),
    ):
        with pytest.raises(ParameterError, match=sentence):
            backtest("--db", "unread.db", "--set", setting)


def test_minutes_and_bars_that_are_missing_are_counted_and_named(database):
    minutes = [each for each in walk(3, 120, 1.0, 0.0) if each.timestamp // 60_000 % 60 not in {1, 20, 21, 22, 23, 24}]
    path = database(minutes)
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("UPDATE candles SET configured = 2 WHERE timestamp % 1200000 = 0")
    lacking = backtest("--db", path)["missing"]
    whole = lacking["minutes"]
    assert lacking["bars"] == 2
    assert lacking["incomplete_bars"] >= 2
    assert whole >= 12
    assert lacking["partial_minutes"] == sum(each.timestamp % 1_200_000 == 0 for each in minutes)
    assert "2 bars without any minute" in shown("--db", path)


@needs_recorded
def test_every_trade_is_followed_on_each_exchange_s_own_candles(database):
    day = recorded_day()
    path = database(day)
    with closing(sqlite3.connect(path)) as sql, sql:
        for exchange, above in (("binance", 0.0), ("okx", 100.0)):
            sql.executemany(
                "INSERT INTO exchange_candles VALUES (?, 'BTC/USDT', ?, ?, ?, ?, ?, 1, 1, 9, 1)",
                [(m.timestamp, exchange, *(price + above for price in m[1:5])) for m in day],
            )
    binance, okx = backtest("--db", path)["statistics"]["venues"]
    assert (binance["exchange"], binance["n"], okx["n"]) == ("binance", 2, 2)
    assert binance["difference"] == pytest.approx(0, abs=1e-6)
    assert okx["trades"]["entryPrice"] == [96906.2, 97219.9]
    assert okx["trades"]["touched"] == ["target", "target"]
    assert "On okx's own candles 2 of 2 trades end" in shown("--db", path)


def test_a_long_list_of_trades_is_cut_to_the_newest_and_says_so(database):
    path = database(walk(8, 3000, 0.5, 0.0))
    settings = ("--set", "risk=lowest", "--set", "chart_timeframe=1m")
    count = len(backtest("--db", path, *settings)["trades"])
    assert count > 20
    assert f"The newest 20 of {count} trades; --json has all of them." in shown("--db", path, *settings)


def test_a_ruined_account_is_called_that(database):
    path = database(walk(8, 1200, 0.5, 0.01))
    assert "The account is ruined" in shown("--db", path, "--set", "initial_balance=1", "--set", "fee_rate=0.01")
