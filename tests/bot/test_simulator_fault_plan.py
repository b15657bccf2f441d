"""When what goes wrong: pure, by seed."""

from itertools import islice, takewhile

import pytest

from bot.errors import ConfigurationError
from bot.simulator.faults.garbled import garbled
from bot.simulator.faults.log import GRACE, Log
from bot.simulator.faults.plan import HOUR, Fate, Flow, Requests, timed
from bot.simulator.faults.settings import Faults, Outage
from bot.simulator.faults.venues import each_of
from bot.simulator.messages import Message

HOURLY = {"cuts": 20.0, "stalls": 12.0, "half_open": 4.0, "announced": 2.0, "unasked": 30.0}
TRADE = Message("t", '{"p":"97000.10","q":"0.012"}')


def sent(faults, times, exchange="binance"):
    """What becomes of a message at each of the instants, and the faults that were done."""
    flow, sendings, done = Flow(faults, exchange), [], []
    for number, timestamp in enumerate(times):
        more, kinds = flow.take(timestamp, Message("t", str(number)))
        sendings += more
        done += kinds
    return sendings, done


def in_order(sendings):
    return [each.message.text for each in sorted(sendings, key=lambda each: each[:2])]


def test_the_same_seed_gives_the_same_plan_and_another_one_another():
    plans = [list(islice(timed(Faults(seed=seed, **HOURLY), "okx", 0), 200)) for seed in (3, 3, 4)]
    assert plans[0] == plans[1]
    assert plans[0] != plans[2]
    assert [each.instant for each in plans[0]] == sorted(each.instant for each in plans[0])
    chances = Faults(seed=3, missing=0.1, duplicated=0.1, late=0.1, shuffled=0.1, malformed=0.1)
    assert sent(chances, range(0, 100_000, 90)) == sent(chances, range(0, 100_000, 90))


def test_each_venue_and_each_kind_has_a_plan_of_its_own():
    """Turning another kind on moves no cut."""
    alone = [each.instant for each in islice(timed(Faults(cuts=20), "okx", 0), 50)]
    every = [each.instant for each in islice(timed(Faults(**HOURLY), "okx", 0), 300) if each.kind == "cuts"]
    assert alone[: len(every)] == every[:50]
    assert alone != [each.instant for each in islice(timed(Faults(cuts=20), "bybit", 0), 50)]


def test_what_happens_by_the_hour_comes_as_often_as_asked():
    hours = 200
    beats = list(takewhile(lambda each: each.instant < hours * HOUR, timed(Faults(**HOURLY), "coinbase", 0)))
    for kind, an_hour in HOURLY.items():
        number = sum(each.kind == kind for each in beats)
        assert number == pytest.approx(an_hour * hours, abs=4 * (an_hour * hours) ** 0.5), kind
    stalls = [each.seconds for each in beats if each.kind == "stalls"]
    assert 2.0 <= min(stalls) < 3.0
    assert 29.0 < max(stalls) <= 30.0


def test_outages_are_those_of_the_venue_and_of_all():
    faults = Faults(outages=(Outage("okx", 60, 5), Outage(after=10, seconds=20), Outage("bybit", 1, 1)))
    assert [each[:3] for each in timed(faults, "okx", 1000)] == [(11_000, "outages", 20), (61_000, "outages", 5)]
    assert list(timed(Faults(), "okx", 0)) == []


@pytest.mark.parametrize("kind", ["missing", "duplicated", "late", "malformed"])
def test_a_probability_is_how_many_of_the_messages(kind):
    _, done = sent(Faults(**{kind: 0.05}), range(20_000))
    assert set(done) == {kind}
    assert len(done) == pytest.approx(1000, abs=130)


def test_a_message_is_sent_twice_or_three_times_at_once():
    sendings, done = sent(Faults(duplicated=1.0), range(0, 100_000, 1000))
    numbers = {text: in_order(sendings).count(text) for text in in_order(sendings)}
    assert set(numbers.values()) == {2, 3}
    assert len(done) == 100
    assert all(each.due == int(each.message.text) * 1000 for each in sendings)


def test_a_late_message_is_no_later_than_asked():
    sendings, _ = sent(Faults(late=1.0, late_seconds=4), [10_000] * 500)
    delays = [each.due - 10_000 for each in sendings]
    assert min(delays) >= 0
    assert 3_900 < max(delays) <= 4_000


def test_a_window_is_sent_at_its_end_in_another_order():
    sendings, done = sent(Faults(shuffled=1.0, shuffle_ms=100), [1000, 1000, 1000, 1099, 1100])
    assert [each.due for each in sendings[:4]] == [1100] * 4
    assert sendings[4].due == 1200  # begins a window of its own
    assert in_order(sendings[:4]) != ["0", "1", "2", "3"]
    assert sorted(in_order(sendings[:4])) == ["0", "1", "2", "3"]
    assert done == ["shuffled"]


def test_two_of_one_instant_change_places_and_one_alone_is_no_fault():
    for seed in range(20):
        sendings, done = sent(Faults(seed=seed, shuffled=1.0), [1000, 1000, 9000])
        assert in_order(sendings) == ["1", "0", "2"]
        assert done == ["shuffled"]


def test_a_message_that_cant_be_read_takes_the_place_of_the_trade_or_follows_it():
    instead, _ = sent(Faults(malformed=1.0, malformed_replaces=1.0), range(300))
    assert len(instead) == 300
    after, _ = sent(Faults(malformed=1.0, malformed_replaces=0.0), range(300))
    assert [each.message.text for each in after[::2]] == [str(number) for number in range(300)]


def test_the_ways_of_being_unreadable():
    broken, number, page = (garbled(TRADE, chance) for chance in (0.0, 0.5, 0.99))
    assert broken == ("t", '{"p":"97000.10', '{"stream":"t","data":{"p"')
    assert number == ("t", '{"p":"97000.10","q":0.012}', '{"stream":"t","data":{"p":"97000.10","q":0.012}}')
    assert page.text == page.combined
    assert page.text.startswith("<html>\r\n<head><title>502 Bad Gateway</title>")


def test_requests_go_wrong_as_often_as_asked():
    requests = Requests(Faults(rest_timeout=0.1, rest_5xx=0.1, rest_429=0.1, rest_overlap=0.1), "okx")
    fates = [requests.next() for _ in range(10_000)]
    for kind in ("rest_timeout", "rest_5xx", "rest_429", "rest_overlap"):
        assert sum(each.kind == kind for each in fates) == pytest.approx(860, abs=200)
    assert {each.status for each in fates if each.kind == "rest_5xx"} == {500, 502, 503}
    assert {each.seconds for each in fates if each.kind == "rest_429"} == set(range(1, 11))
    assert {each.overlap for each in fates if each.kind == "rest_overlap"} == {1, 2, 3, 4, 5}
    assert Requests(Faults(), "okx").next() == Fate()


def test_faults_for_all_lose_no_trade_where_nobody_could_know():
    for_all = each_of(Faults(missing=0.1, cuts=1))
    assert {exchange: each.missing for exchange, each in for_all.items()} == {
        "binance": 0.1, "bybit": 0.0, "coinbase": 0.1, "okx": 0.0,
    }  # fmt: skip
    assert {each.cuts for each in for_all.values()} == {1}
    assert each_of({"okx": Faults(missing=0.1)})["okx"].missing == 0.1
    assert each_of(None) == {}
    with pytest.raises(ConfigurationError, match="exchange is 'kraken'; allowed: binance, bybit, coinbase, okx"):
        each_of({"kraken": Faults()})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"cuts": -1}, "cuts is -1; allowed: a number an hour, 0 to 3600"),
        ({"cuts": "many"}, "cuts is 'many'; allowed: a number an hour"),
        ({"missing": 1.5}, "missing is 1.5; allowed: a probability, 0 to 1"),
        ({"late": float("nan")}, "late is nan; allowed: a probability"),
        ({"refused": True}, "refused is True; allowed: a probability"),
        ({"stall_seconds": (9, 3)}, r"stall_seconds is \[9, 3\]; allowed: two numbers of market seconds, the least"),
        ({"stall_seconds": 3}, "stall_seconds is 3; allowed: two numbers"),
        ({"shuffle_ms": 251}, "shuffle_ms is 251; allowed: a whole number, 1 to 250"),
        ({"life": 0}, "life is 0; allowed: hours, above 0 to 8784"),
        ({"seed": 1.5}, "seed is 1.5; allowed: a whole number"),
        ({"outages": ({},)}, r"outages is \[{}\]; allowed: tables, each headed \[\[outages\]\]"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(wrong, told):
    with pytest.raises(ConfigurationError, match=told):
        Faults(**wrong)


def test_the_log_counts_and_says_when_clients_may_be_away():
    log = Log()
    assert log.sentence() == "faults: none"
    assert not log.disturbed(0)
    for exchange in ("okx", "okx", "bybit"):
        log.add(1000, exchange, "cuts")
    log.add(5000, "okx", "stalls", seconds=30)
    log.add(90_000, "okx", "late")  # a trade that comes late sends nobody away
    assert log.sentence() == "faults: 3 cuts, 1 late, 1 stalls"
    assert (log.count("cuts"), log.count("cuts", "okx"), log.count("missing")) == (3, 2, 0)
    assert log.disturbed(35_000 + GRACE - 1)
    assert not log.disturbed(35_000 + GRACE)
