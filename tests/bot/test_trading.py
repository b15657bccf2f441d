"""The strategy in the bot: a restart anywhere, history at the first start, minutes that come late, other parameters."""

import json

import pytest
from offline import BEGAN, MINUTE, OfflineBot, market, read, story

from bot.core.minutes import HEALED, VenueCandle
from bot.core.times import HOUR
from bot.errors import DatabaseError
from bot.imports.importer import recompute
from bot.store import rows as store
from bot.store.database import open_for_writing

DAY = market(700, seed=3)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """What a bot that ran through the whole market wrote."""
    path = tmp_path_factory.mktemp("uninterrupted") / "trading.db"
    with OfflineBot(path, BEGAN) as bot:
        bot.live(BEGAN, DAY)
    whole = story(path)
    assert len(whole["trades"]) >= 2, "a market in which nothing is traded proves nothing"
    return whole


@pytest.mark.slow
@pytest.mark.parametrize("cuts", [(350,), (1, 2, 3), (61, 303, 304, 305, 500), tuple(range(40, 700, 40))])
def test_a_bot_killed_between_minutes_goes_on_as_if_nothing_had_been(tmp_path, uninterrupted, cuts):
    path = tmp_path / "trading.db"
    for start, end in zip((0, *cuts), (*cuts, len(DAY)), strict=True):
        with OfflineBot(path, BEGAN + start * MINUTE) as bot:
            bot.live(BEGAN + start * MINUTE, DAY[start:end])
    assert story(path) == uninterrupted


def test_a_bot_killed_within_a_transaction_trades_no_bar_twice(tmp_path, uninterrupted):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN) as bot:
        bot.live(BEGAN, DAY[:300])
        bot.database._begin(bot.database._file.sql)  # the kill comes before the commit
        bot.database._file.sql.execute("DELETE FROM candles")
        bot.database._file.sql.execute("DELETE FROM state")
    with OfflineBot(path, BEGAN + 300 * MINUTE) as bot:
        bot.live(BEGAN + 300 * MINUTE, DAY[300:])
    assert story(path) == uninterrupted


def hand_in(path, rows, first):
    """Put minutes of `binance` into the database as a back-fill does, the bot being away."""
    database = open_for_writing(path)
    with database.transaction() as sql:
        for number, (opening, high, low, closing, buy, sell) in enumerate(rows):
            for offset, exchange in enumerate(("binance", "okx")):
                prices = (opening + offset, high + offset, low + offset, closing + offset)
                minute = first + number * MINUTE
                candle = VenueCandle(minute, *prices, buy, sell, 5, HEALED)
                store.put_venue(sql, "BTC/USDT", minute, exchange, candle)
        recompute(sql, "BTC/USDT", first, first)
        sql.execute("UPDATE candles SET configured = 2")
    database.close()


def test_minutes_filled_in_during_an_outage_are_traded_in_order_and_their_entries_are_late(tmp_path, uninterrupted):
    path = tmp_path / "trading.db"
    entries = [row[4] for row in uninterrupted["trades"]]
    away = (entries[1] - BEGAN) // MINUTE - 30
    back = away + 100
    with OfflineBot(path, BEGAN) as bot:
        bot.live(BEGAN, DAY[:away])
    hand_in(path, DAY[away:back], BEGAN + away * MINUTE)
    with OfflineBot(path, BEGAN + back * MINUTE) as bot:
        bot.live(BEGAN + back * MINUTE, DAY[back:])
    told = story(path)
    assert [row[:6] for row in told["trades"]] == [row[:6] for row in uninterrupted["trades"]]
    assert told["events"] == uninterrupted["events"]
    decided = dict(read(path, "SELECT entryTime, decided - entryTime FROM trades"))
    assert decided[entries[0]] < 6 * MINUTE, "decided when its 5-minute bar closed"
    assert decided[entries[1]] > 30 * MINUTE, "nobody could have made it"


def test_the_first_start_replays_history_as_a_backtest_and_closes_what_is_open(tmp_path, uninterrupted):
    path = tmp_path / "trading.db"
    entered = [row for row in uninterrupted["events"] if row[3] == "entered"][-1]
    cut = (entered[0] - BEGAN) // MINUTE + 6
    hand_in(path, DAY[:cut], BEGAN)
    with OfflineBot(path, BEGAN + cut * MINUTE) as bot:
        bot.live(BEGAN + cut * MINUTE, DAY[cut:])
    trades = story(path)["trades"]
    history = [row for row in trades if row[1] == "backtest"]
    assert history[-1][8] == "Forced Close"
    assert history[-1][2:5] == (entered_side(entered), entered[4], entered[0])
    assert [row[0] for row in history] == list(range(1, len(history) + 1))
    (balance,) = {row[9] - row[7] for row in trades if row[1] == "paper" and row[0] == 1} or {10_000.0}
    assert balance == pytest.approx(10_000.0), "the paper account begins anew"
    assert {row[1] for row in story(path)["events"]} == {"backtest", "paper"}


def entered_side(event):
    return json.loads(event[5])["side"]


def test_other_parameters_are_another_configuration_and_the_open_position_goes_on(tmp_path, uninterrupted):
    path = tmp_path / "trading.db"
    entered = [row for row in uninterrupted["events"] if row[3] == "entered"][-1]
    cut = (entered[0] - BEGAN) // MINUTE + 6
    with OfflineBot(path, BEGAN) as bot:
        bot.live(BEGAN, DAY[:cut])
    before = story(path)["orders"]
    with OfflineBot(path, BEGAN + cut * MINUTE, fee_rate=0.00055, atr_length=12) as bot:
        bot.live(BEGAN + cut * MINUTE, DAY[cut : cut + 1])
        assert story(path)["orders"] == before
    assert len(before) == 1
    parameters = [json.loads(text) for (text,) in read(path, "SELECT parameters FROM configurations ORDER BY id")]
    assert [one["atr_length"] for one in parameters] == [10, 12]
    assert [one["fee_rate"] for one in parameters] == [0.0, 0.00055]


def test_an_unfinished_setup_is_aborted_when_the_parameters_change(tmp_path):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN) as bot:
        for number in range(len(DAY)):
            bot.live(BEGAN + number * MINUTE, DAY[number : number + 1])
            events = read(path, "SELECT event FROM setup_events ORDER BY id DESC LIMIT 1")
            if events == [("signal",)]:
                break
    with OfflineBot(path, BEGAN + (number + 1) * MINUTE, fvg_sensitivity="normal"):
        pass
    event, detail = read(path, "SELECT event, detail FROM setup_events ORDER BY id DESC LIMIT 1")[0]
    assert event == "aborted"
    assert json.loads(detail)["reason"] == "configuration changed"


def test_fees_are_booked_apart_from_the_price_difference(tmp_path):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN, fee_rate=0.00055) as bot:
        bot.live(BEGAN, DAY)
    for side, entry, out, size, fees, profit in read(
        path, "SELECT entryType, entryPrice, exitPrice, size, fees, profit FROM trades"
    ):
        difference = (out - entry if side == "Long" else entry - out) * size
        assert fees == pytest.approx(0.00055 * (entry + out) * size)
        assert profit == pytest.approx(difference - fees)


def test_the_health_line_of_the_hour_counts_candles_and_trades(tmp_path, uninterrupted):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN) as bot:
        bot.live(BEGAN, DAY[:660])
    lines = [message for (message,) in read(path, "SELECT message FROM logs WHERE event = 'saved' ORDER BY id")]
    assert lines[0] == "candles saved: 60, trades: 0"
    assert len(lines) == 11
    until = BEGAN + 11 * HOUR
    expected = sum(1 for row in uninterrupted["trades"] if row[6] < until)
    assert sum(int(line.rsplit(" ", 1)[1]) for line in lines) == expected


def test_a_clock_that_stands_before_what_is_stored_is_refused_and_nothing_is_written(tmp_path):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN) as bot:
        bot.live(BEGAN, DAY[:30])
    before = story(path)
    with pytest.raises(DatabaseError, match=r"the clock says 2025-05-01T23:00:00Z.*up to 2025-05-02T00:29:00Z"):
        OfflineBot(path, BEGAN - HOUR)
    assert story(path) == before
