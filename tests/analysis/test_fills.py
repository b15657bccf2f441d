from __future__ import annotations

import numpy as np
import pytest
from accounts import BAR, START, account, closed

from analysis.account.fills import VenueMinutes, on_venue, on_venues
from bot.core.ledger import Side

MINUTE = 60_000
COLUMNS = ("timestamp", "high", "low", "close")


def venue(*minutes: tuple[float, float, float], first: int = 4, without: tuple[int, ...] = ()) -> VenueMinutes:
    """Minutes of (high, low, close) from the entry bar's last minute on; some of them missing, by position."""
    kept = [number for number in range(len(minutes)) if number not in without]
    high, low, close = (np.array([minutes[number][column] for number in kept]) for column in range(3))
    return VenueMinutes("okx", START + (first + np.array(kept)) * MINUTE, high, low, close)


def followed(trade, minutes):
    (one,) = on_venue(account([trade]), minutes).trades
    return one


def test_a_venue_20_above_enters_20_above_with_stop_and_target_as_far_away():
    one = followed(closed(5.7), venue((121, 119, 120), (125, 119, 124), (126, 119, 124)))
    assert (one.entry_price, one.touched, one.exit_price) == (120.0, "target", pytest.approx(125.7))
    assert one.exit_time == START + 6 * MINUTE
    assert (one.profit, one.difference) == (pytest.approx(5.7), pytest.approx(0.0, abs=1e-9))
    assert one.missing == 0


def test_a_venue_that_reaches_the_stop_first_loses_what_the_account_won():
    one = followed(closed(5.7), venue((100, 100, 100), (101, 90, 95), (106, 95, 106)))
    assert (one.touched, one.profit, one.difference) == ("stop", pytest.approx(-10.0), pytest.approx(-15.7))


def test_a_short_is_mirrored():
    one = followed(closed(5.7, side=Side.SHORT), venue((100, 100, 100), (109, 94.5, 95), (106, 94.3, 106)))
    assert (one.touched, one.exit_time, one.profit) == ("target", START + 6 * MINUTE, pytest.approx(5.7))


def test_in_a_minute_that_reaches_both_the_stop_counts():
    assert followed(closed(5.7), venue((100, 100, 100), (106, 90, 95))).touched == "stop"


def test_a_trade_that_reaches_neither_is_open_there():
    one = followed(closed(5.7), venue((100, 100, 100), (105, 91, 95)))
    assert (one.entry_price, one.touched, one.profit, one.difference) == (100.0, None, None, None)


def test_the_entry_bar_itself_exits_nothing():
    assert followed(closed(5.7), venue((200, 50, 100), (105, 91, 95))).touched is None


def test_a_venue_that_did_not_count_at_the_entry_knows_nothing_of_the_trade():
    one = followed(closed(5.7), venue((100, 100, 100), (106, 95, 106), without=(0,)))
    assert (one.entry_price, one.touched, one.difference) == (None, None, None)


def test_minutes_the_venue_did_not_count_in_are_counted_as_missing():
    one = followed(closed(5.7), venue(*[(100, 100, 100)] * 5, (106, 99, 106), without=(2, 3)))
    assert (one.touched, one.missing) == ("target", 2)


def test_fees_there_are_at_the_trade_s_own_rate():
    fees = 0.001 * 205.7
    one = followed(closed(5.7 - fees, fees=fees), venue((200, 200, 200), (205.7, 200, 205.7)))
    assert one.profit == pytest.approx(5.7 - 0.001 * 405.7)


def test_a_far_exit_is_found_behind_the_first_look():
    one = followed(closed(5.7, exit=600), venue(*[(100, 100, 100)] * 2000, (106, 99, 106)))
    assert one.exit_time == START + 2004 * MINUTE


def test_late_trades_stand_apart_and_trades_without_levels_are_left_out():
    bare = closed(1.0)
    bare = type(bare)(0, bare.side, 100.0, bare.entry_time, 101.0, bare.exit_time, 1.0, 1000.0)
    record = account([closed(5.7), closed(5.7, late=True), bare])
    there = on_venue(record, venue((100, 100, 100), (106, 99, 106)))
    assert [each.number for each in there.trades] == [1, 2]
    assert [each.number for each in there.ended(late=True)] == [2]
    assert record.prices.bar_ms == BAR


def quotes(seed: int, count: int) -> list[VenueMinutes]:
    """Two exchanges' minutes around 100 USDT; one is away now and then, the other comes in late."""
    rng = np.random.default_rng(seed)
    found = []
    for exchange, away in (("bybit", 0.1), ("okx", 0.0)):
        close = 100 + np.cumsum(rng.normal(0, 1.5, count)).round(1)
        kept = rng.random(count) >= away
        kept[: 300 if exchange == "okx" else 0] = False
        opens = START + np.arange(count, dtype=np.int64) * MINUTE
        found.append(VenueMinutes(exchange, opens[kept], (close + 2)[kept], (close - 2)[kept], close[kept]))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_reading_the_minutes_of_trades_alone_tells_the_same_as_reading_all(seed: int):
    trades = [closed(1.0, entry=3 * n, exit=3 * n + 1 + n % 2, side=list(Side)[n % 2]) for n in range(60)]
    record = account(trades)
    every = quotes(seed, (record.end - record.begin) // MINUTE)
    asked = []

    def read(begin: int, end: int) -> list[VenueMinutes]:
        asked.append((end - begin) // MINUTE)
        found = []
        for each in every:
            part = slice(*np.searchsorted(each.timestamp, (begin, end)))
            if len(each.timestamp[part]):
                found.append(VenueMinutes(each.exchange, *(getattr(each, name)[part] for name in COLUMNS)))
        return found

    assert on_venues(record, read) == [on_venue(record, each) for each in every]
    assert min(asked) == 6, "from the entry's last minute to the end of a bar after"
    assert max(asked) > 60, "some trades end on an exchange long after they did in the account"


def test_an_account_without_trades_asks_no_exchange():
    assert on_venues(account([]), lambda *_: pytest.fail("nothing to read")) == []
