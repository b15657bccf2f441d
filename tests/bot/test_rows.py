"""The rows the bot writes are the rows it reads back, on a real database."""

from __future__ import annotations

import pytest

from bot.core.aggregate import Candle
from bot.core.minutes import VenueCandle
from bot.engine import Engine
from bot.errors import DatabaseError
from bot.records import Correction, ImportedTrade, Line, Update
from bot.store import rows, traded
from bot.store.database import open_for_writing

START = 1_763_942_400_000
"""2025-11-24 00:00 UTC."""
MINUTE = 60_000
DAY = 24 * 60 * MINUTE
PAIR = "BTC/USDT"


@pytest.fixture
def sql(tmp_path):
    """An open transaction on a new database."""
    database = open_for_writing(tmp_path / "trading.db")
    with database.transaction() as connection:
        yield connection
    database.close()


def minute(number):
    return START + number * MINUTE


def candle(number, close, sources=2):
    return Candle(minute(number), close, close, close, close, 1.5, 2.5, sources, 2)


def seen(number, close, complete=1):
    return VenueCandle(minute(number), close, close + 1, close - 1, close, 0.5, 1.0, 7, complete)


def store(sql, *, candles=(), venues=(), pair=PAIR):
    """Store {number: close} candles and {(number, exchange): close} of the exchanges."""
    update = Update(
        candles={minute(number): candle(number, close) for number, close in dict(candles).items()},
        venues={(minute(number), name): seen(number, close) for (number, name), close in dict(venues).items()},
    )
    rows.put_update(sql, pair, update, START)


def test_what_the_engine_puts_out_is_read_back_as_it_was(sql):
    store(sql, candles={0: 100.25, 1: 101.5}, venues={(0, "okx"): 100.0, (0, "binance"): 100.5, (1, "okx"): 101.5})
    assert rows.read_candles(sql, PAIR, 0) == [candle(0, 100.25), candle(1, 101.5)]
    assert rows.read_venues(sql, PAIR, 0) == {
        minute(0): {"binance": seen(0, 100.5), "okx": seen(0, 100.0)},
        minute(1): {"okx": seen(1, 101.5)},
    }


def test_a_span_holds_its_first_minute_and_not_its_last(sql):
    store(sql, candles={0: 1, 1: 2, 2: 3}, venues={(number, "okx"): 1 for number in range(3)})
    assert [one.timestamp for one in rows.read_candles(sql, PAIR, minute(1), minute(2))] == [minute(1)]
    assert list(rows.read_venues(sql, PAIR, minute(1), minute(2))) == [minute(1)]


def test_pairs_do_not_see_each_other(sql):
    store(sql, candles={0: 100}, venues={(0, "okx"): 100})
    store(sql, candles={1: 5}, venues={(1, "okx"): 5}, pair="ETH/USDT")
    assert [one.timestamp for one in rows.read_candles(sql, PAIR, 0)] == [minute(0)]
    assert rows.newest_venue_minute(sql, PAIR) == minute(0)
    assert rows.newest_venue_minute(sql, "ETH/USDT") == minute(1)


def test_a_candle_stored_again_takes_the_place_of_the_first_and_none_removes_it(sql):
    store(sql, candles={0: 100}, venues={(0, "okx"): 100})
    store(sql, candles={0: 105}, venues={(0, "okx"): 105})
    assert rows.read_candles(sql, PAIR, 0) == [candle(0, 105)]
    rows.put_update(sql, PAIR, Update(candles={minute(0): None}, venues={(minute(0), "okx"): None}), START)
    assert rows.read_candles(sql, PAIR, 0) == []
    assert rows.read_venues(sql, PAIR, 0) == {}


def test_a_correction_keeps_the_candle_as_it_was_and_nulls_where_there_was_none(sql):
    corrections = [Correction(minute(0), candle(0, 100)), Correction(minute(1), None)]
    rows.put_update(sql, PAIR, Update(corrections=corrections), START + DAY)
    assert sql.execute("SELECT * FROM candle_corrections ORDER BY id").fetchall() == [
        (1, START + DAY, minute(0), PAIR, 100, 100, 100, 100, 1.5, 2.5, 2, 2),
        (2, START + DAY, minute(1), PAIR, *[None] * 8),
    ]


def test_what_a_run_resumes_from_is_the_time_since_a_start_and_each_exchanges_last_word_before_it(sql):
    """At 0 both count, 10 above and below the candle; Binance is missing from 1 on; the run resumes from 2."""
    store(
        sql,
        candles={0: 100, 1: 101, 2: 102, 3: 103},
        venues={(0, "binance"): 110, (0, "okx"): 90, (1, "okx"): 91.5, (2, "okx"): 92, (3, "okx"): 93},
    )
    resume = rows.read_resume(sql, PAIR, ("binance", "bybit", "okx"), minute(2))
    assert resume.candles == [candle(2, 102), candle(3, 103)]
    assert resume.venues == {"okx": [seen(2, 92), seen(3, 93)]}
    assert resume.prices == {"binance": 110, "okx": 91.5}
    assert resume.distances == {"binance": 10, "okx": -9.5}


def test_a_new_database_has_nothing_to_resume_from(sql):
    resume = rows.read_resume(sql, PAIR, ("binance", "okx"), START)
    assert (resume.candles, resume.venues, resume.distances, resume.prices) == ([], {}, {}, {})
    assert rows.newest_venue_minute(sql, PAIR) == -1
    assert rows.stored_minutes(sql, PAIR, []) == set()


def test_the_engine_of_the_next_run_begins_after_the_newest_stored_minute(sql):
    store(sql, candles={0: 100, 1: 101}, venues={(0, "okx"): 100, (1, "okx"): 101})
    resume = rows.read_resume(sql, PAIR, ("okx",), START)
    assert Engine({}, minute(1) + 30_000, resume).next == minute(2)  # also when the clock is a little behind


def test_the_first_origin_is_kept(sql):
    rows.claim_origin(sql, "simulated", START)
    rows.claim_origin(sql, "simulated", START + 5)
    assert rows.read_state(sql, "origin") == "simulated"
    assert sql.execute("SELECT updated FROM state WHERE key = 'origin'").fetchone() == (START,)


@pytest.mark.parametrize(
    ("stored", "asked", "sentence"),
    [
        (
            "simulated",
            "exchanges",
            "this database holds a simulated market; it is not continued with real data. Name another file",
        ),
        (
            "exchanges",
            "simulated",
            "this database holds real data; it is not continued with a simulated market. Name another file",
        ),
    ],
)
def test_a_simulated_market_and_real_exchanges_never_meet_in_one_database(sql, stored, asked, sentence):
    rows.claim_origin(sql, stored, START)
    with pytest.raises(DatabaseError) as refused:
        rows.claim_origin(sql, asked, START)
    assert str(refused.value) == sentence
    assert rows.read_state(sql, "origin") == stored


def configure(
    sql, now, *, pair=PAIR, parameters=None, market="perpetual", exchanges=("binance", "okx"), version="0.1.0"
):
    return traded.put_configuration(sql, pair, parameters or {"risk": "low"}, market, list(exchanges), version, now)


def test_a_configuration_is_kept_only_when_it_differs_from_the_newest(sql):
    assert configure(sql, START)
    assert not configure(sql, START + 1)
    assert configure(sql, START + 2, parameters={"risk": "high"})
    assert configure(sql, START + 3, parameters={"risk": "high"}, market="spot")
    assert configure(sql, START + 4, parameters={"risk": "high"}, market="spot", exchanges=("okx",))
    assert configure(sql, START + 5, parameters={"risk": "high"}, market="spot", exchanges=("okx",), version="0.2.0")
    assert configure(sql, START + 6)  # as at the beginning, but not as the newest
    since = [row for (row,) in sql.execute("SELECT since FROM configurations ORDER BY id")]
    assert since == [START + number for number in (0, 2, 3, 4, 5, 6)]


def test_a_configuration_is_its_pairs_own_whatever_the_order_of_its_parameters(sql):
    assert configure(sql, START, parameters={"risk": "low", "fee_rate": 0.1})
    assert not configure(sql, START + 1, parameters={"fee_rate": 0.1, "risk": "low"})
    assert configure(sql, START + 2, pair="ETH/USDT", parameters={"risk": "low", "fee_rate": 0.1})
    assert not configure(sql, START + 3, parameters={"risk": "low", "fee_rate": 0.1})


def test_an_exchanges_health_is_one_row_that_the_next_run_goes_on_from(sql):
    rows.put_status(sql, "okx", connected=True, last_trade=None, counts=(0, 0, 0), now=START)
    rows.put_status(sql, "okx", connected=False, last_trade=START + 7, counts=(3, 2, 1), now=START + 9)
    assert rows.read_status(sql) == {"okx": (START + 7, (3, 2, 1))}
    assert sql.execute("SELECT * FROM exchange_status").fetchall() == [("okx", 0, START + 7, 3, 2, 1, START + 9)]


def test_state_is_json_and_nothing_where_nothing_was_kept(sql):
    rows.put_state(sql, "ids", {"binance": 3_735_683_259, "okx": None}, START)
    assert rows.read_state(sql, "ids") == {"binance": 3_735_683_259, "okx": None}
    rows.put_state(sql, "ids", [], START)
    assert rows.read_state(sql, "ids") == []
    assert rows.read_state(sql, "nothing") is None


def test_log_lines_are_kept_for_thirty_days(sql):
    rows.put_logs(sql, [Line(START + day * DAY, "info", "saved", f"day {day}") for day in range(3)])
    rows.prune_logs(sql, START + 31 * DAY)
    assert sql.execute("SELECT message FROM logs ORDER BY id").fetchall() == [("day 1",), ("day 2",)]


def test_an_imported_trade_keeps_its_number_and_the_first_with_it_stays(sql):
    trade = ImportedTrade(7, "Long", 100.0, START, 110.0, START + MINUTE, 10.0, "Take Profit", 10_010.0)
    assert traded.put_imported_trade(sql, PAIR, trade)
    assert not traded.put_imported_trade(sql, PAIR, trade)
    assert traded.put_imported_trade(sql, "ETH/USDT", trade)
    assert sql.execute("SELECT tradeNumber, pair, mode FROM trades ORDER BY id").fetchall() == [
        (7, PAIR, "imported"),
        (7, "ETH/USDT", "imported"),
    ]
