"""Saved state: an upgrade goes on from it, and where it is lost or damaged the tables tell enough to go on.

Every test cuts one market in two, changes what is stored between, and compares what the bot writes afterwards with what
an undisturbed bot writes.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, make_dataclass
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from offline import BEGAN, MINUTE, OfflineBot, market, read, story

from bot.core import saved
from bot.core.aggregate import Candle
from bot.core.parameters import Parameters
from bot.core.saved import Saved, UnusableStateError
from bot.core.setup import Phase
from bot.errors import DatabaseError
from bot.store import rows
from bot.store.database import open_for_reading
from bot.trading import restart
from bot.trading.desk import Desk
from bot.trading.verify import verify

DAY = market(700, seed=3)
STRATEGY = {"risk": "lowest", "fvg_sensitivity": "all"}
PAIR = "BTC/USDT"
SAMPLES = Path(__file__).parent / "saved"
"""States of an open position as each version wrote them."""


def run(path, start, end):
    with OfflineBot(path, BEGAN + start * MINUTE, **STRATEGY) as bot:
        bot.live(BEGAN + start * MINUTE, DAY[start:end])


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    path = tmp_path_factory.mktemp("uninterrupted") / "trading.db"
    run(path, 0, len(DAY))
    whole = story(path)
    assert len(whole["trades"]) >= 3
    return whole


def change(path, statement, *values):
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.execute(statement, values)


def rewrite(path, work):
    """Change what is saved of the strategy, as plain JSON."""
    ((text,),) = read(path, "SELECT value FROM state WHERE key = 'strategy:BTC/USDT'")
    plain = json.loads(text)
    work(plain)
    change(path, "UPDATE state SET value = ? WHERE key = 'strategy:BTC/USDT'", json.dumps(plain))


def verdict(path):
    with closing(open_for_reading(path)) as sql:
        return verify(sql, PAIR)


def minute_after(events, kind, nth=-1):
    """The minute, from the first, in which the bar of an event has closed."""
    timestamp = [event[0] for event in events if event[3] == kind][nth]
    return (timestamp - BEGAN) // MINUTE + 6


def lines(path):
    return [message for (message,) in read(path, "SELECT message FROM logs WHERE event = 'state'")]


def as_version_1(plain):
    """What was saved before runs told whether they were recovered."""
    del plain["version"]
    for each in plain["runs"]:
        del each["recovered"]


def with_unknown_fields(plain):
    plain["version"] = 99
    plain["mood"] = "good"
    plain["trader"]["setup"]["patience"] = 3
    plain["runs"][0]["weather"] = {"rain": True}


@pytest.mark.slow
@pytest.mark.parametrize("other_version", [as_version_1, with_unknown_fields])
def test_what_an_older_or_a_newer_version_saved_is_gone_on_from(tmp_path, uninterrupted, other_version):
    path = tmp_path / "trading.db"
    cut = minute_after(uninterrupted["events"], "entered")
    run(path, 0, cut)
    assert read(path, "SELECT count(*) FROM orders") == [(1,)]
    rewrite(path, other_version)
    run(path, cut, len(DAY))
    assert story(path) == uninterrupted
    assert lines(path) == []
    assert verdict(path).differences == []


@pytest.mark.parametrize("version", range(1, saved.VERSION + 1))
def test_the_state_of_every_version_so_far_is_read(version):
    """A field that is added to any part of the state needs its line in `SINCE`, a higher VERSION and a sample here."""
    plain = json.loads((SAMPLES / f"state_{version}.json").read_text())
    assert plain.get("version", 1) == version
    assert saved.read(plain, msgspec) == saved.read(json.loads((SAMPLES / "state_1.json").read_text()), msgspec)


def test_the_newest_sample_has_every_field():
    plain = json.loads((SAMPLES / f"state_{saved.VERSION}.json").read_text())
    assert json.loads(json.dumps(saved.write(saved.read(plain, msgspec), msgspec))) == plain


def test_a_field_takes_its_default_only_where_the_saved_version_is_older_than_it(monkeypatch):
    desk = Desk(Parameters(), 1)
    plain = saved.write(desk.saved(), msgspec)
    assert plain["version"] == saved.VERSION
    del plain["trader"]["setup"]["rejection"]  # has a default, and every version had it
    with pytest.raises(UnusableStateError, match=r"it lacks trader\.setup\.rejection"):
        saved.read(plain, msgspec)
    monkeypatch.setitem(saved.SINCE, "trader.setup.rejection", saved.VERSION + 1)
    assert saved.read(plain, msgspec) == desk.saved()


def test_a_field_added_to_any_dataclass_of_the_state_is_noticed_inside_lists_too():
    @dataclass
    class Older:
        runs: list[make_dataclass("Each", ["number"])]
        trader: dict = field(default_factory=dict)

    whole = {"runs": [{"number": 1, "mode": "paper"}, {"number": 2, "mode": "paper"}], "trader": {}}
    assert saved.missing(msgspec.to_builtins(Older([])), whole) == []
    assert saved.missing({"runs": [{"number": 1}, {"number": 2}]}, whole) == ["runs.mode", "runs.mode", "trader"]


def test_what_was_saved_reads_back_bit_by_bit():
    desk = Desk(Parameters(), 1)
    desk.take((Candle(BEGAN + number * MINUTE, *row, 1, 1) for number, row in enumerate(DAY[:300])), 0)
    text = json.dumps(saved.write(desk.saved(), msgspec))
    assert saved.read(json.loads(text), msgspec) == desk.saved()


def without_position(plain):
    plain["trader"]["setup"]["position"] = None


def without_a_field(plain):
    del plain["trader"]["indicators"]["atr"]


def of_another_type(plain):
    plain["trader"]["account"]["balance"] = "ten thousand"


DAMAGE = {
    "not JSON": lambda path: change(path, "UPDATE state SET value = 'garbage'"),
    "a number": lambda path: change(path, "UPDATE state SET value = '42'"),
    "an empty text": lambda path: change(path, "UPDATE state SET value = ''"),
    "nested too deeply": lambda path: change(path, "UPDATE state SET value = ?", "[" * 100_000),
    "nothing at all": lambda path: change(path, "DELETE FROM state"),
    "a field missing": lambda path: rewrite(path, without_a_field),
    "a balance of another type": lambda path: rewrite(path, of_another_type),
    "in a position it does not know": lambda path: rewrite(path, without_position),
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGE)
def test_with_an_open_position_lost_state_changes_nothing_that_is_traded_afterwards(tmp_path, uninterrupted, damage):
    path = tmp_path / "trading.db"
    cut = minute_after(uninterrupted["events"], "entered", -2)
    run(path, 0, cut)
    orders = read(path, "SELECT * FROM orders")
    assert len(orders) == 1
    DAMAGE[damage](path)
    with OfflineBot(path, BEGAN + cut * MINUTE, **STRATEGY) as bot:
        bot.tick()
        bot.service._store()
        assert read(path, "SELECT * FROM orders") == orders
        bot.live(BEGAN + cut * MINUTE, DAY[cut:])
    told = story(path)
    assert told["trades"] == uninterrupted["trades"]
    assert told["events"] == uninterrupted["events"]
    assert told["orders"] == uninterrupted["orders"]
    assert len(lines(path)) == 1
    assert "account and position go on from the stored trades and orders" in lines(path)[0]
    assert verdict(path).differences == []


def test_a_setup_that_waited_is_aborted_and_what_follows_is_what_a_replay_of_that_gives(tmp_path, uninterrupted):
    path = tmp_path / "trading.db"
    events = uninterrupted["events"]
    waits = next(  # a signal that was answered by an abort two bars later or more: lost in between
        index
        for index, (first, second) in enumerate(pairwise(events))
        if (first[3], second[3]) == ("signal", "aborted") and second[0] - first[0] >= 10 * MINUTE
    )
    cut = (events[waits][0] - BEGAN) // MINUTE + 6
    run(path, 0, cut)
    change(path, "UPDATE state SET value = 'garbage'")
    run(path, cut, len(DAY))
    told = story(path)["events"]
    assert told[: waits + 1] == events[: waits + 1]
    timestamp, mode, setup, kind, _, detail = told[waits + 1]
    assert (timestamp, mode, setup, kind) == (events[waits][0], "paper", events[waits][2], "aborted")
    assert json.loads(detail)["reason"] == "state lost"
    assert json.loads(detail)["phase"] == "waiting_for_fvg"
    assert told[waits + 2][2] == events[waits][2] + 1, "the next setup has the next number"
    assert verdict(path).differences == []


def test_before_the_first_trade_the_account_begins_with_its_balance_and_history_is_not_traded_again(tmp_path):
    path = tmp_path / "trading.db"
    run(path, 0, 30)
    change(path, "UPDATE state SET value = 'garbage'")
    run(path, 30, 60)
    assert read(path, "SELECT count(*) FROM trades") == [(0,)]
    ((text,),) = read(path, "SELECT value FROM state WHERE key = 'strategy:BTC/USDT'")
    state = saved.read(json.loads(text), msgspec)
    assert (state.trader.account.balance, state.trader.account.trades) == (10_000.0, 0)
    assert [each.mode for each in state.runs] == ["paper", "paper"]
    assert verdict(path).differences == []


def test_a_damaged_checkpoint_is_dropped_and_the_others_are_kept(tmp_path):
    path = tmp_path / "trading.db"
    run(path, 0, 200)
    with OfflineBot(path, BEGAN + 200 * MINUTE, **STRATEGY) as bot:
        with bot.database.transaction() as sql:
            restart.put_checkpoint(sql, PAIR, bot.followed.desk, BEGAN)
            kept = rows.read_state(sql, restart.checkpoint_key(PAIR))
            (minute,) = kept
            worse = {"12": {"trader": 1}, "noon": kept[minute], "13": kept[minute]}
            rows.put_state(sql, restart.checkpoint_key(PAIR), kept | worse, BEGAN)
            assert list(restart.read_checkpoints(sql, PAIR)) == [int(minute)]
        bot.live(BEGAN + 200 * MINUTE, DAY[200:205])
        with bot.database.transaction() as sql:
            restart.put_checkpoint(sql, PAIR, bot.followed.desk, BEGAN)
            assert len(rows.read_state(sql, restart.checkpoint_key(PAIR))) == 2


def test_until_the_bot_starts_verify_says_in_a_sentence_that_nothing_can_be_replayed(tmp_path):
    path = tmp_path / "trading.db"
    run(path, 0, 60)
    change(path, "UPDATE state SET value = 'garbage'")
    with pytest.raises(DatabaseError, match=r"of BTC/USDT can't be read \(it is no JSON .*start `cvdbot run`"):
        verdict(path)


def test_an_entered_setup_whose_position_is_missing_is_no_state():
    plain = saved.write(Desk(Parameters(), 1).saved(), msgspec)
    plain["trader"]["setup"]["phase"] = Phase.ENTERED
    with pytest.raises(UnusableStateError, match="in a position that it does not know"):
        saved.read(plain, msgspec)
    assert isinstance(saved.read(saved.write(Desk(Parameters(), 1).saved(), msgspec), msgspec), Saved)
