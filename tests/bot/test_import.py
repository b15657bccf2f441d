"""`cvdbot import`, on files made here and on recorded ones."""

from __future__ import annotations

import gzip
import json
import sqlite3
import time
import zipfile

import pytest
from command import call, refusal
from earlier_bot import trade as old_trade
from offline import BEGAN, OfflineBot, market
from recorded import DATA, needs_recorded

from bot.core.aggregate import Candle
from bot.core.minutes import VenueCandle
from bot.core.times import from_iso
from bot.store import rows
from bot.store.database import open_for_writing

START = 1_763_942_400_000
"""2025-11-24 00:00 UTC."""
MINUTE = 60_000
HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)


def kline(number, price=100.0, interval=MINUTE, factor=1, buy=0.5, volume=2.0):
    """A line of an archive: the minute so many after START, 3 fills, prices around `price`."""
    opened = START + number * MINUTE
    times = [opened * factor, (opened + interval) * factor - 1]
    return f"{times[0]},{price},{price + 2},{price - 1},{price + 1},{volume},{times[1]},0,3,{buy},0,0\n"


def candle(number, price=100.0, **changes):
    """A candle as the earlier bot wrote it."""
    prices = {"open": price, "high": price + 2, "low": price - 1, "close": price + 1}
    return {**prices, "vBuy": 0.5, "vSell": 1.5, "timestamp": START + number * MINUTE, **changes}


@pytest.fixture
def here(tmp_path):
    """The folder of a test: write files, import them into its trading.db, look at the rows."""
    return Here(tmp_path)


class Here:
    def __init__(self, folder):
        self.folder = folder
        self.database = folder / "trading.db"

    def file(self, name, content):
        path = self.folder / name
        if isinstance(content, list):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def add(self, *paths):
        """What each file brought: (kind, added, present)."""
        return [(one["kind"], one["added"], one["present"]) for one in self.told(*paths)]

    def told(self, *paths, code=0):
        """All that is said of each file."""
        said, _ = call("import", *paths, "--db", self.database, "--json", code=code)
        return json.loads(said)

    def refused(self, *paths):
        """Why the last file is refused, of which nothing is stored; the others may be."""
        *_, last = self.told(*paths, code=1 if len(paths) > 1 else 2)
        assert (last["kind"], last["added"]) == ("refused", 0)
        (sentence,) = last["refused"]
        assert sentence.startswith(str(paths[-1]))
        return sentence.removeprefix(str(paths[-1])).lstrip(":, ")

    def rows(self, query):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def everything(self):
        return [self.rows(f"SELECT * FROM {table}") for table in ("candles", "exchange_candles", "trades", "state")]


def test_klines_become_whole_candles_of_binance_with_1_of_1_sources(here):
    file = here.file("BTCUSDT-1m-2025-11-24.csv", kline(0) + kline(1, price=110, buy=2.0))
    assert here.add(file) == [("klines", 2, 0)]
    assert here.rows("SELECT * FROM exchange_candles") == [
        (START, "BTC/USDT", "binance", 100, 102, 99, 101, 0.5, 1.5, 3, 1),
        (START + MINUTE, "BTC/USDT", "binance", 110, 112, 109, 111, 2.0, 0.0, 3, 1),
    ]
    assert here.rows("SELECT * FROM candles") == [
        (START, "BTC/USDT", 100, 102, 99, 101, 0.5, 1.5, 1, 1),
        (START + MINUTE, "BTC/USDT", 110, 112, 109, 111, 2.0, 0.0, 1, 1),
    ]
    assert here.rows("SELECT value FROM state WHERE key = 'origin'") == [('"exchanges"',)]
    assert here.rows("SELECT count(*) FROM candle_corrections") == [(0,)]


def test_the_same_file_a_second_time_changes_nothing(here):
    klines = here.file("klines.csv", kline(0) + kline(1))
    candles = here.file("candles_1m.json", [candle(2), candle(3)])
    trades = here.file("trades.json", [old_trade()])
    assert here.add(klines, candles, trades) == [("klines", 2, 0), ("candles", 2, 0), ("trades", 1, 0)]
    before = here.everything()
    assert here.add(klines, candles, trades) == [("klines", 0, 2), ("candles", 0, 2), ("trades", 0, 1)]
    assert here.everything() == before


def test_a_row_that_is_there_stays_whatever_a_later_file_says(here):
    here.add(here.file("candles_1m.json", [candle(0, price=100)]), here.file("trades.json", [old_trade(profit=1)]))
    other = here.file("BTCUSDT.csv", kline(0, price=500) + kline(1, price=500))
    klines, trades = here.told(other, here.file("trades2.json", [old_trade(profit=2), old_trade(2)]))
    assert (klines["added"], klines["present"], klines["different"]) == (
        *(1, 0),
        {"count": 1, "first": START, "last": START},
    )
    assert (trades["added"], trades["present"]) == (1, 1)
    assert here.rows("SELECT timestamp, open, sources, configured FROM candles") == [
        (START, 100, None, None),
        (START + MINUTE, 500, 1, 1),
    ]
    assert here.rows("SELECT timestamp FROM exchange_candles") == [(START + MINUTE,)]
    assert here.rows("SELECT tradeNumber, profit FROM trades") == [(1, 1), (2, 383.3)]


def test_the_earlier_bots_candles_have_no_exchange_and_an_unknown_completeness(here):
    here.add(here.file("candles_1m.json", [candle(0)]))
    assert here.rows("SELECT * FROM candles") == [(START, "BTC/USDT", 100, 102, 99, 101, 0.5, 1.5, None, None)]
    assert here.rows("SELECT * FROM exchange_candles") == []


def test_the_earlier_bots_trades_keep_their_numbers_in_an_account_of_their_own(here):
    here.add(here.file("trades.json", [old_trade(7)]))
    columns = "tradeNumber, mode, entryType, entryTime, exitTime, newBalance, size, stopLoss, fees, setup, decided"
    assert here.rows(f"SELECT {columns} FROM trades") == [
        (7, "imported", "Long", 1_746_177_000_000, 1_746_189_000_000, 10383.3, None, None, None, None, None)
    ]


@pytest.mark.parametrize("header", ["", HEADER + "\n"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".zip"])
def test_an_archive_is_read_packed_or_not_with_a_header_or_without(here, suffix, header):
    text = header + kline(0) + kline(1)
    path = here.folder / f"BTCUSDT-1m-2025-11{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("BTCUSDT-1m-2025-11.csv", text)
    else:
        path.write_bytes(gzip.compress(text.encode()) if suffix == ".csv.gz" else text.encode())
    assert here.add(path) == [("klines", 2, 0)]


def test_every_file_of_a_zip_may_have_a_header(here):
    path = here.folder / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in (0, 1):
            archive.writestr(f"{number}.csv", HEADER + "\n" + kline(number))
        archive.writestr("README.txt", "not a kline")
    assert here.add(path) == [("klines", 2, 0)]


def test_an_archive_with_a_byte_order_mark_loses_no_line(here):
    assert here.add(here.file("klines.csv", "\ufeff" + kline(0))) == [("klines", 1, 0)]


def test_times_in_microseconds_are_the_same_minutes(here):
    here.add(here.file("us.csv", kline(0, factor=1000) + kline(1, factor=1000)))
    assert here.rows("SELECT timestamp FROM candles") == [(START,), (START + MINUTE,)]


def test_a_minute_in_which_trading_halted_closes_early_and_counts(here):
    assert here.add(here.file("klines.csv", kline(0, interval=58_147) + kline(285))) == [("klines", 2, 0)]
    assert here.rows("SELECT timestamp FROM candles") == [(START,), (START + 285 * MINUTE,)]


def test_a_minute_that_stands_twice_in_a_file_counts_once_and_contradicting_ones_not_at_all(here):
    file = here.file(
        "klines.csv", kline(0) + kline(1) + kline(0) + kline(2) + kline(2, price=200) + kline(2) + kline(3)
    )
    (told,) = here.told(file, code=1)
    assert (told["added"], told["repeated"]) == (3, 1)
    assert told["refused"] == [
        f"{file}, line {number}: the minute 2025-11-24T00:02:00Z is another one in line 4: neither is taken"
        for number in (5, 6)
    ]
    assert here.rows("SELECT (timestamp - 1763942400000) / 60000 FROM candles") == [(0,), (1,), (3,)]


def test_a_folder_is_imported_in_the_order_of_its_names_and_the_unfinished_candle_is_named_and_left_out(here):
    folder = here.folder / "old"
    folder.mkdir()
    for name, content in (
        ("trades.json", [old_trade()]),
        ("candles_1m.json", [candle(0)]),
        ("current_candle.json", candle(1)),
        ("notes.txt", []),
    ):
        (folder / name).write_text(json.dumps(content))
    said, _ = call("import", folder, "--db", here.database)
    assert said.splitlines() == [
        f"{folder}/candles_1m.json: 1 candles added, 0 were there and say the same",
        f"{folder}/current_candle.json: left out, it is the earlier bot's unfinished minute",
        f"{folder}/trades.json: 1 trades added, 0 were there and say the same",
    ]
    assert here.rows("SELECT timestamp FROM candles") == [(START,)]


def test_files_are_of_the_pair_that_is_named(here):
    file = here.file("ETHUSDT-1m.csv", kline(0))
    call("import", file, "--db", here.database, "--pair", "ETH/USDT")
    assert here.rows("SELECT pair FROM candles") == [("ETH/USDT",)]


def test_an_archive_whose_name_says_another_instrument_is_refused_and_the_files_around_it_are_read(here):
    right, wrong = here.file("BTCUSDT-1m.csv", kline(0)), here.file("ETHUSDT-1m.csv", kline(0))
    assert here.refused(right, wrong) == "is of ETHUSDT, not of BTCUSDT; name its pair with --pair"
    assert here.refused(right, here.file("BTCUSDT_240329-1m.csv", kline(1))) == (
        "is of BTCUSDT_240329, a contract of its own, not of BTCUSDT"
    )
    assert here.rows("SELECT timestamp FROM candles") == [(START,)]


NO_JSON = ["{}", "[1]", "["]
BAD_ITEMS = [
    (candle(1, vBuy=None), "item 2: "),
    (candle(1, timestamp=START + 1), f"item 2: a candle begins at {START + 1}, not at a full minute"),
    (candle(1, high=100), "item 2: "),
    (candle(1, vSell=-1), "item 2: "),
    (candle(1, vSell=1e308), "item 2: "),
    (candle(1, timestamp=10**23), "100000000000000000000000 is not a time in ms of the years"),
    (candle(1, timestamp=-MINUTE), "-60000 is not a time in ms of the years"),
]
BAD_TRADES = [
    (old_trade(2, entryType="Buy"), "trade 2 has entryType 'Buy', not Long or Short"),
    (old_trade(2, newBalance="NaN"), "item 2: "),
    (old_trade(2, exitTime="yesterday"), "'yesterday' is not a date or time"),
    (old_trade(10**23), "100000000000000000000000"),
    (old_trade(2, exitTime="0001-01-01"), "is not a time in ms of the years 2009 to 2100"),
]


@pytest.mark.parametrize("text", NO_JSON)
def test_a_json_file_that_is_no_list_of_items_is_refused_and_nothing_is_written(here, text):
    assert "is not a JSON array of candles or trades" in here.refused(here.file("old.json", text))
    assert here.rows("SELECT count(*) FROM candles") == here.rows("SELECT count(*) FROM trades") == [(0,)]


@pytest.mark.parametrize(("good", "bad", "reason"), [(candle(0), *each) for each in BAD_ITEMS])
def test_a_candle_that_is_none_is_refused_by_its_place_and_the_others_are_stored(here, good, bad, reason):
    (told,) = here.told(here.file("candles_1m.json", [good, bad]), code=1)
    assert (told["added"], len(told["refused"])) == (1, 1)
    assert reason in told["refused"][0]
    assert here.rows("SELECT timestamp FROM candles") == [(START,)]


@pytest.mark.parametrize(("bad", "reason"), BAD_TRADES)
def test_a_trade_that_is_none_is_refused_by_its_place_and_the_others_are_stored(here, bad, reason):
    (told,) = here.told(here.file("trades.json", [old_trade(), bad]), code=1)
    assert (told["added"], len(told["refused"])) == (1, 1)
    assert reason in told["refused"][0]
    assert here.rows("SELECT tradeNumber FROM trades") == [(1,)]


BAD_ROWS = [
    ("1,2,3,4,5,6\n", "6 columns, no taker buy volume in the tenth"),
    (kline(0, interval=0), "a candle that closes at"),
    (kline(0, interval=15 * MINUTE), "a candle of 15 minutes; only archives of 1m are imported"),
    (kline(0, buy=3.0, volume=2.0), "taker buy volume 3.0 is not between 0 and the volume 2.0"),
    (kline(0, volume=0.0, buy=0.0), "3 trades without volume: prices alone (mark, index or premium)"),
    (kline(0, volume=1e308), "volume is 1e+308; the volume of a minute is from 0 to 1000000000 BTC"),
    (kline(0, price=1e300), "high is 1e+300; a price is above 0 and at most 100000000 USDT"),
    (kline(0, price=-5), "are not prices of one candle"),
    (kline(0, price=float("nan")), "are not prices of one candle"),
    (kline(0).replace("101", "abc"), "'abc.0' is not a number"),
    (kline(0).replace("101", "1_01"), "has characters that no number has"),
    (kline(0).replace("101", "\u0661"), "has characters that no number has"),
    (kline(0).replace(",3,", f",{10**23},"), "number of trades 1000000000000000000000"),
    (kline(0).replace(",3,", ",-1,"), "number of trades -1 is not between 0 and 9223372036854775807"),
    (kline(0).replace(str(START), "9" * 20), "99999999999999999 is not a time in ms of the years 2009 to 2100"),
    (kline(0).replace(str(START), "0"), "0 is not a time in ms of the years 2009 to 2100"),
    (kline(0).replace(str(START), f"-{START}"), f"-{START} is not a time in ms of the years 2009 to 2100"),
    (kline(40_000_000), "a candle of 2101-"),
    (kline(3_000_000), "which is more than a day ahead"),
    (kline(0)[:40] + "\n", "columns, no taker buy volume in the tenth"),
    ("nonsense\n", "1 columns"),
]


@pytest.mark.parametrize(("text", "reason"), BAD_ROWS)
def test_a_row_that_is_no_kline_is_refused_with_its_line_and_the_others_are_stored(here, text, reason):
    file = here.file("klines.csv", kline(1) + text + kline(2))
    (told,) = here.told(file, code=1)
    assert told["added"] == 2
    (sentence,) = told["refused"]
    assert sentence.startswith(f"{file}, line 2: ")
    assert reason in sentence or "is not a time in ms" in sentence
    assert here.rows("SELECT timestamp FROM candles") == [(START + MINUTE,), (START + 2 * MINUTE,)]


def test_a_damaged_first_row_is_refused_as_line_1_and_not_taken_for_a_header(here):
    file = here.file("klines.csv", "-" + kline(0) + kline(1))
    (told,) = here.told(file, code=1)
    assert (told["added"], told["refused"]) == (
        1,
        [f"{file}, line 1: -{START} is not a time in ms of the years 2009 to 2100"],
    )


BAD_FILES = [
    (f"{START},100,102,99,101,2\n" + kline(1), "line 1: 6 columns, no taker buy volume in the tenth"),
    (kline(0, interval=15 * MINUTE), "line 1: a candle of 15 minutes; only archives of 1m are imported"),
    (kline(0, volume=0.0, buy=0.0), "line 1: 3 trades without volume: prices alone (mark, index or premium)"),
    (HEADER.replace("close_time", "closed") + "\n" + kline(0), "line 1: 'open_time,open,"),
    ("unix,date,symbol,open,high,low,close\n" + kline(0), "is no header of a kline archive"),
    (kline(0).replace(",", ";"), "line 1: fields are separated by ';'; those of an archive are by ','"),
    (HEADER.replace(",", "\t") + "\n", "line 1: fields are separated by '\\t'"),
    ("", "holds no candles"),
    (HEADER + "\n", "holds no candles"),
]


@pytest.mark.parametrize(("text", "reason"), BAD_FILES)
def test_an_archive_of_another_kind_is_refused_and_nothing_is_written(here, text, reason):
    assert reason in here.refused(here.file("klines.csv", text))
    assert here.rows("SELECT count(*) FROM candles") == here.rows("SELECT count(*) FROM exchange_candles") == [(0,)]


def test_a_damaged_archive_is_refused_and_not_half_imported(here):
    whole = gzip.compress("".join(kline(number, price=100 + number % 7) for number in range(2000)).encode())
    middle = len(whole) // 2
    for name, content, reason in (
        ("cut.csv.gz", whole[:middle], "can't be read: "),
        ("garbled.csv.gz", whole[:10] + bytes(range(255, 0, -1)) + whole[265:], "can't be read: "),
        ("text.csv.gz", b"not packed", "can't be read: "),
        ("text.zip", b"not packed", "can't be read: "),
        ("bytes.csv", kline(0).encode("utf-16"), "is UTF-16 text"),
        ("unmarked.csv", kline(0).encode("utf-16-le"), "is UTF-16 text"),
        ("latin.csv", kline(0).encode() + b"\xff\xff\n", "is no UTF-8 text"),
    ):
        assert here.refused(here.file(name, content)).startswith(reason), name
    assert here.rows("SELECT count(*) FROM candles") == [(0,)]


def test_what_is_no_file_or_no_archive_is_refused(here):
    assert "missing.csv does not exist" in refusal("import", here.folder / "missing.csv", "--db", here.database)
    assert "is neither a kline archive" in here.refused(here.file("notes.txt", "hello"))
    (here.folder / "empty").mkdir()
    sentence = refusal("import", here.folder / "empty", "--db", here.database)
    assert sentence == f"there is nothing to import in {here.folder}/empty: no kline archive, no JSON"


def test_a_file_that_is_refused_hides_neither_those_before_it_nor_those_after(here):
    files = here.file("1.csv", kline(0)), here.file("2.csv", "nonsense\n"), here.file("3.csv", kline(2))
    said, complained = call("import", *files, "--db", here.database, code=1)
    assert said.splitlines() == [
        f"{file}: 1 klines added, 0 were there and say the same" for file in (files[0], files[2])
    ]
    assert complained.startswith(f"{files[1]}, line 1: 'nonsense' is no header")
    assert complained.endswith(": nothing of the file is stored\n")
    assert here.rows("SELECT timestamp FROM candles") == [(START,), (START + 2 * MINUTE,)]


def test_minutes_that_are_not_over_or_not_full_are_left_out_and_named(here):
    now = time.time_ns() // 60_000_000_000
    forming = now - START // MINUTE
    odd = kline(1).replace(str(START + MINUTE), str(START + MINUTE + 14_789))
    file = here.file("klines.csv", kline(0) + odd + kline(3) + kline(forming) + kline(forming + 1))
    (told,) = here.told(file)
    assert told["added"] == 2
    assert told["left_out"]["does not begin at a full minute"] == {
        "count": 1,
        "first": START + MINUTE + 14_789,
        "last": START + MINUTE + 14_789,
    }
    assert told["left_out"]["is not over yet"]["count"] in {1, 2}, "the minute may end while the test runs"
    assert told["missing"] == {"count": 2, "first": START + MINUTE, "last": START + 2 * MINUTE}
    said, _ = call("import", file, "--db", here.database)
    assert "  1 left out: does not begin at a full minute (2025-11-24T00:01:14Z)" in said
    assert "  2 are missing inside the file (2025-11-24T00:01:00Z to 2025-11-24T00:02:00Z)" in said


def test_what_systems_put_beside_the_archives_is_passed_over_and_folders_are_searched(here):
    deep = here.folder / "spot" / "monthly" / "klines" / "BTCUSDT" / "1m"
    deep.mkdir(parents=True)
    with zipfile.ZipFile(deep / "BTCUSDT-1m-2025-11.ZIP", "w") as archive:
        archive.writestr("__MACOSX/._BTCUSDT-1m-2025-11.csv", b"\x00\x05\x16\x07")
        archive.writestr("BTCUSDT-1m-2025-11.CSV", kline(0) + kline(1).rstrip("\n"))
        archive.writestr("BTCUSDT-1m-2025-12.csv", "\n\r\n" + kline(2).replace("\n", "\r\n"))
    (deep / "BTCUSDT-1m-2025-11.zip.CHECKSUM").write_text("0  BTCUSDT-1m-2025-11.zip\n")
    (deep / "._BTCUSDT.csv").write_bytes(b"\x00")
    assert here.add(here.folder / "spot") == [("klines", 3, 0)]


def test_archives_of_prices_alone_are_refused_by_their_folder(here):
    folder = here.folder / "futures" / "um" / "daily" / "markPriceKlines"
    folder.mkdir(parents=True)
    (folder / "BTCUSDT-1m-2025-11-24.csv").write_text(kline(0))
    assert here.refused(folder / "BTCUSDT-1m-2025-11-24.csv") == (
        "is of prices without trades (mark, index or premium), not of klines of trades"
    )


def test_fields_may_stand_in_quotes(here):
    quoted = ",".join(f'"{text}"' for text in kline(0).strip().split(",")) + "\n"
    assert here.add(here.file("klines.csv", quoted + kline(1))) == [("klines", 2, 0)]


def test_a_corrected_row_replaces_the_stored_one_only_when_asked_and_recorded_minutes_only_when_asked_twice(here):
    bot_wrote(here.database, {"binance": {0: 110.0, 1: 110.0}, "okx": {0: 110.0}}, {0: 110.0, 1: 110.0})
    file = here.file("klines.csv", kline(0, price=120) + kline(1, price=120))

    def replaced(*options):
        said, _ = call("import", file, "--db", here.database, "--json", *options)
        (told,) = json.loads(said)
        return told["different"]["count"], told["replaced"]["count"]

    assert replaced() == (2, 0)
    assert replaced("--replace") == (1, 1), "binance alone made minute 1; okx counted in minute 0"
    assert here.rows("SELECT open FROM exchange_candles WHERE exchange = 'binance'") == [(110,), (120,)]
    assert replaced("--replace-live") == (0, 1)
    assert here.rows("SELECT open FROM exchange_candles WHERE exchange = 'binance'") == [(120,), (120,)]


def test_replaced_minutes_are_noted_so_that_a_replay_still_gives_what_was_traded(here):
    first = (BEGAN - START) // MINUTE
    with OfflineBot(here.database, BEGAN) as bot:
        bot.live(BEGAN, market(120, seed=3))
    klines = "".join(kline(number, price=97_000 + number % 50) for number in range(first, first + 120))
    said, _ = call("import", here.file("k.csv", klines), "--db", here.database, "--replace-live", "--json")
    (told,) = json.loads(said)
    assert told["replaced"]["count"] == 120
    assert told["note"].startswith("the database is of the ")
    assert here.rows("SELECT count(*) FROM candle_corrections") == [(120,)]
    said, _ = call("verify", "--db", here.database, "--json")
    assert json.loads(said)["differences"] == []


def seen(number, price):
    return VenueCandle(START + number * MINUTE, price, price, price, price, 1.0, 1.0, 1, 1)


def bot_wrote(path, venues, candles):
    """Make a database a bot wrote: {exchange: {minute: price}} and {minute: aggregated price}, each of 2 configured."""
    database = open_for_writing(path)
    with database.transaction() as sql:
        rows.claim_origin(sql, "exchanges", START)
        for exchange, prices in venues.items():
            for number, price in prices.items():
                rows.put_venue(sql, "BTC/USDT", START + number * MINUTE, exchange, seen(number, price))
        for number, price in candles.items():
            minute = START + number * MINUTE
            number_of = sum(number in prices for prices in venues.values())
            sums = (1.0 * number_of, 1.0 * number_of)
            rows.put_candle(sql, "BTC/USDT", minute, Candle(minute, *[price] * 4, *sums, number_of, 2))
    database.close()


def test_minutes_that_come_behind_the_strategys_back_are_noted_and_a_replay_still_gives_what_was_traded(here):
    """The bot runs an hour, is away for 30 minutes, and runs 4 hours; klines of a day around it come later."""
    first, market_of_the_day = (BEGAN - START) // MINUTE, market(330, seed=3)
    for begin, end in ((0, 60), (90, 330)):
        with OfflineBot(here.database, BEGAN + begin * MINUTE) as bot:
            bot.live(BEGAN + begin * MINUTE, market_of_the_day[begin:end])
    traded = here.rows("SELECT * FROM trades"), here.rows("SELECT * FROM setup_events")
    assert len(traded[1]) > 0
    klines = "".join(kline(number, price=97_000 + number % 50) for number in range(first - 100, first + 400))
    (told,) = here.told(here.file("klines.csv", klines))
    assert (told["added"], told["present"] + told["different"]["count"]) == (100 + 30 + 70, 300)
    assert (here.rows("SELECT * FROM trades"), here.rows("SELECT * FROM setup_events")) == traded
    noted = [row for (row,) in here.rows("SELECT timestamp FROM candle_corrections WHERE open IS NULL ORDER BY id")]
    assert noted == [BEGAN + number * MINUTE for number in (*range(-100, 0), *range(60, 90))]
    said, _ = call("verify", "--db", here.database, "--json")
    assert json.loads(said)["differences"] == []


def test_before_a_bot_has_run_nothing_is_behind_its_back(here):
    day = market(330, seed=3)
    first = (BEGAN - START) // MINUTE
    for name, span in (("1.csv", (*range(-50, -30), *range(-20, 0))), ("2.csv", range(-30, -20))):
        text = "".join(kline(first + number, price=97_000 + number) for number in span)
        here.add(here.file(name, text))
    assert here.rows("SELECT count(*) FROM candle_corrections") == [(0,)]
    with OfflineBot(here.database, BEGAN) as bot:
        bot.live(BEGAN, day[:60])
    said, _ = call("verify", "--db", here.database, "--json")
    assert json.loads(said)["differences"] == []


def test_an_outage_of_all_filled_from_klines_does_not_move_the_price(here):
    """Binance closed 10 above and OKX 10 below the candle at 0; the import knows Binance alone at 3, closing at 121."""
    bot_wrote(here.database, {"binance": {0: 110.0}, "okx": {0: 90.0, 5: 90.0}}, {0: 100.0, 5: 100.0})
    here.add(here.file("klines.csv", kline(3, price=120)))
    assert here.rows("SELECT timestamp, close, sources, configured FROM candles") == [
        (START, 100, 2, 2),
        (START + 3 * MINUTE, 111, 1, 1),  # 121 less OKX's last known distance
        (START + 5 * MINUTE, 100, 1, 2),  # OKX alone, 90, less Binance's distance: it is still +10
    ]


def test_a_later_candle_that_comes_out_differently_is_corrected_and_kept_as_the_strategy_saw_it(here):
    with OfflineBot(here.database, BEGAN) as bot:
        bot.live(BEGAN, market(10, seed=3))
    (close,) = here.rows(f"SELECT close FROM candles WHERE timestamp = {BEGAN + 6 * MINUTE}")[0]
    with sqlite3.connect(here.database) as sql:  # somebody else changes a candle
        sql.execute("UPDATE candles SET close = 95 WHERE timestamp = ?", (BEGAN + 6 * MINUTE,))
    sql.close()
    here.add(here.file("klines.csv", kline((BEGAN - START) // MINUTE - 1)))
    assert here.rows(f"SELECT close FROM candles WHERE timestamp = {BEGAN + 6 * MINUTE}") == [(close,)]
    assert here.rows("SELECT timestamp, pair, close, configured FROM candle_corrections ORDER BY id") == [
        (BEGAN - MINUTE, "BTC/USDT", None, None),
        (BEGAN + 6 * MINUTE, "BTC/USDT", 95, 2),
    ]


@needs_recorded
def test_the_recorded_outage_of_284_minutes_stays_a_hole(here):
    file = DATA / "klines" / "binance_spot_BTCUSDT_1m_20210424_20210428.csv.gz"
    assert here.add(file) == [("klines", 5671, 0)]
    assert here.rows(
        "SELECT count(*), min(sources), max(configured), min(complete) FROM candles JOIN exchange_candles"
        " USING (timestamp, pair) WHERE exchange = 'binance'"
    ) == [(5671, 1, 1, 1)]
    gaps = here.rows(
        "SELECT timestamp, next FROM (SELECT timestamp, lead(timestamp) OVER (ORDER BY timestamp) AS next FROM candles)"
        " WHERE next > timestamp + 60000"
    )
    assert gaps == [(from_iso("2021-04-25T04:00"), from_iso("2021-04-25T08:45"))]  # 284 minutes lie between
    assert here.rows("SELECT count(*) FROM candle_corrections") == [(0,)]


@needs_recorded
def test_the_recorded_archive_without_gap_is_imported_whole_and_once(here):
    file = DATA / "klines" / "binance_spot_BTCUSDT_1m_20251029_20251101.csv.gz"
    assert here.add(file) == [("klines", 4357, 0)]
    first = here.rows("SELECT open, high, low, close, vBuy, vSell FROM candles ORDER BY timestamp LIMIT 1")
    assert first == [(112564.3, 112564.3, 112543.46, 112543.46, 0.7607, 2.24768 - 0.7607)]
    before = here.everything()
    assert here.add(file) == [("klines", 0, 4357)]
    assert here.everything() == before


NO_TAKER_VOLUME = "no taker buy volume in the tenth; without it nobody knows who bought, so it can't become candles"


@needs_recorded
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "binance_spot_BTCUSDT_15m_20241230_20260430.csv.gz",
            "line 2: a candle of 15 minutes; only archives of 1m are imported",
        ),
        (
            "binance_spot_BTCUSDT_1h_20220101_20260430.csv.gz",
            "line 2: a candle of 60 minutes; only archives of 1m are imported",
        ),
        (
            "ohlcv_only_binance_spot_BTCUSDT_1m_20250301_20250401.csv.gz",
            f"line 2: 6 columns, {NO_TAKER_VOLUME}",
        ),
    ],
)
def test_a_recorded_archive_of_another_interval_or_without_taker_volume_is_refused(here, name, reason):
    assert here.refused(DATA / "klines" / name) == reason
    assert here.everything()[:3] == [[], [], []]


@needs_recorded
def test_the_earlier_bots_recorded_day_is_imported(here):
    files = [DATA / "candles_1m_2025-05-02.json", DATA / "trades_2025-05-02.json"]
    assert here.add(*files) == [("candles", 1000, 0), ("trades", 1, 0)]
    assert here.rows("SELECT min(timestamp), count(*), count(sources) FROM candles") == [(1_746_151_560_000, 1000, 0)]
    assert here.rows("SELECT tradeNumber, mode, entryType, newBalance, outcome FROM trades") == [
        (1, "imported", "Long", 10383.32, "Take Profit")
    ]


def test_an_import_while_another_program_writes_is_refused_with_its_name(here):
    database = open_for_writing(here.database)
    try:
        sentence = refusal("import", here.file("klines.csv", kline(0)), "--db", here.database)
    finally:
        database.close()
    assert f"{here.folder} is being written by process " in sentence
    assert sentence.endswith("only one program may write it at a time: stop that one first")


def test_real_klines_never_join_a_simulated_market(here):
    database = open_for_writing(here.database)
    with database.transaction() as sql:
        rows.claim_origin(sql, "simulated", START)
    database.close()
    sentence = refusal("import", here.file("klines.csv", kline(0)), "--db", here.database)
    assert sentence == ("this database holds a simulated market; it is not continued with real data. Name another file")
    assert here.rows("SELECT count(*) FROM candles") == [(0,)]
