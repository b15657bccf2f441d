"""What is wrong is said once, and once when it is over; what follows from it is not said at all."""

from __future__ import annotations

import random

import pytest

from sync.watch import MINUTE, Facts, Limits, Memory, Watch

NOW = 1_763_942_400_000
HOUR = 60 * MINUTE
STALE = (
    "no new candle for 6 min: the newest closed at 2025-11-24 00:10 UTC. Is the bot running?"
    " (systemctl status cvdbot on the Pi)"
)


def well(now, **other):
    """A look at which all is well, but for what a test asks."""
    newest = now - 20_000
    whole = {"error": None, "newest": newest, "exchanges": {"binance": newest - 500, "okx": newest - 2_000}}
    return Facts(**({"now": now, "free": 10**11, "total": 10**12} | whole | other))


def looks(watch, *facts):
    """Look each minute; return (minute, sentence) of all that is said."""
    return [(number, said) for number, one in enumerate(facts) for said in watch.look(one)]


def each_minute(count, make):
    return [make(NOW + number * MINUTE, number) for number in range(count)]


def test_a_sync_that_fails_is_said_at_the_third_time_and_when_it_works_again():
    failing = range(5, 25)
    said = looks(
        Watch(Limits(), 60),
        *each_minute(60, lambda now, n: well(now, error="the Pi does not answer") if n in failing else well(now)),
    )
    assert said == [
        (7, "the sync fails, 3 times in a row: the Pi does not answer"),
        (26, "the sync works again after 19 min"),
    ]


def test_one_that_fails_once_is_not_said():
    said = looks(Watch(Limits(), 60), *each_minute(30, lambda now, n: well(now, error="broke" if n % 3 == 0 else None)))
    assert said == []


def test_no_new_candle_is_one_message_though_all_exchanges_are_silent_then():
    stopped = NOW + 10 * MINUTE

    def make(now, n):
        newest = min(now - 20_000, stopped) if n < 40 else now - 20_000
        return well(now, newest=newest, exchanges={"binance": newest - 500, "okx": newest - 900})

    said = looks(Watch(Limits(), 60), *each_minute(50, make))
    assert said == [
        (16, STALE),
        (41, "there are new candles again after 25 min"),
    ]


def test_an_exchange_that_is_silent_is_named_and_so_is_its_return():
    def make(now, n):
        newest = now - 20_000
        okx = NOW if n < 30 else newest - 2_000
        return well(now, exchanges={"binance": newest - 500, "okx": okx, "bybit": None if n < 3 else newest})

    said = looks(Watch(Limits(), 60), *each_minute(40, make))
    assert said == [
        (0, "bybit told no trade ever"),
        (4, "bybit tells trades again after 4 min"),
        (16, "okx told no trade for 16 min"),
        (31, "okx tells trades again after 15 min"),
    ]


def test_a_pair_without_new_candles_is_named_while_the_other_goes_on():
    def make(now, n):
        eth = now - 20_000 if n < 3 or n > 20 else NOW + 2 * MINUTE
        return well(now, pairs={"BTC/USDT": now - 20_000, "ETH/USDT": eth})

    said = looks(Watch(Limits(), 60), *each_minute(30, make))
    assert said == [
        (8, "no new candle of ETH/USDT for 6 min"),
        (22, "there are new candles of ETH/USDT again after 14 min"),
    ]


def test_what_the_bot_follows_no_more_is_never_said_to_be_back():
    def make(now, n):
        if n > 10:
            return well(now, pairs={"BTC/USDT": now - 20_000})
        return well(now, pairs={"ETH/USDT": NOW - HOUR}, exchanges={"gone": None})

    said = looks(Watch(Limits(), 60), *each_minute(30, make))
    assert said == [(0, "no new candle of ETH/USDT for 60 min"), (0, "gone told no trade ever")]


def test_what_could_not_be_read_takes_nothing_back_and_is_not_said_again():
    def make(now, n):
        return well(now, exchanges=None if 3 < n < 9 else {"okx": NOW - HOUR})

    assert looks(Watch(Limits(), 60), *each_minute(12, make)) == [(0, "okx told no trade for 60 min")]


def test_while_the_sync_fails_nothing_else_is_said_and_what_was_said_is_not_taken_back():
    def make(now, n):
        stale = well(now, newest=NOW - HOUR)
        return well(now, error="the Pi does not answer", newest=NOW - HOUR) if 3 <= n < 20 else stale

    said = [text.partition(":")[0] for _, text in looks(Watch(Limits(), 60), *each_minute(40, make))]
    assert said == ["no new candle for 60 min", "the sync fails, 3 times in a row", "the sync works again after 16 min"]


def test_a_damaged_copy_is_said_at_once():
    said = looks(
        Watch(Limits(), 60),
        *each_minute(8, lambda now, n: well(now, error="page 7 is damaged", damaged=True) if n == 2 else well(now)),
    )
    assert said == [
        (2, "a damaged copy was kept out: page 7 is damaged"),
        (4, "the copies are whole again after 2 min"),
    ]


def test_while_the_sync_fails_no_damaged_copy_is_called_whole():
    def make(now, n):
        return well(now, error=None if n > 7 else "page 7 is damaged", damaged=n == 2) if n > 1 else well(now)

    said = looks(Watch(Limits(), 60), *each_minute(12, make))
    assert [(n, text.partition(":")[0]) for n, text in said] == [
        (2, "a damaged copy was kept out"),
        (4, "the sync fails, 3 times in a row"),
        (9, "the copies are whole again after 7 min"),
        (9, "the sync works again after 5 min"),
    ]


def test_while_copies_are_damaged_no_sync_is_said_to_work():
    def make(now, n):
        return well(now, error="broke", damaged=n > 4) if n < 9 else well(now)

    said = [text.partition(":")[0] for _, text in looks(Watch(Limits(), 60), *each_minute(20, make))]
    assert said == [
        "the sync fails, 3 times in a row",
        "a damaged copy was kept out",
        "the sync works again after 8 min",
        "the copies are whole again after 5 min",
    ]


def test_a_copy_that_could_not_be_read_tells_of_no_new_candles():
    said = looks(
        Watch(Limits(), 60),
        *each_minute(6, lambda now, n: well(now, newest=NOW - HOUR if n == 0 else None, exchanges={})),
    )
    assert [n for n, _ in said] == [0]


def test_syncs_that_take_long_before_they_fail_are_no_sleep():
    failing = [well(NOW + n * 6 * MINUTE, error="the copy hangs", took=6 * MINUTE) for n in range(6)]
    assert looks(Watch(Limits(), 60), *failing) == [(2, "the sync fails, 3 times in a row: the copy hangs")]


def test_a_disk_that_is_nearly_full_is_said_once():
    said = looks(Watch(Limits(), 60), *each_minute(6, lambda now, n: well(now, free=4 * 10**8 if n < 3 else 10**11)))
    assert said == [
        (0, "the disk of this computer is nearly full: 400 MB are free"),
        (4, "the disk of this computer has room again after 4 min"),
    ]


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"newest": NOW + 5 * MINUTE}, "the newest candle closes 5 min from now: this computer's clock is behind"),
        ({"offset": 10 * MINUTE}, "the Pi's clock is 10 min behind of the exchanges' clocks: is it told the time?"),
        ({"offset": -3 * HOUR}, "the Pi's clock is 3 h 0 min ahead of the exchanges' clocks: is it told the time?"),
    ],
)
def test_clocks_that_differ_are_said(other, sentence):
    assert Watch(Limits(), 60).look(well(NOW, **other)) == [sentence]


def test_two_minutes_after_a_sleep_nothing_new_is_said_and_then_what_is_still_so():
    watch = Watch(Limits(), 60)
    assert watch.look(well(NOW)) == []
    woke = NOW + 8 * HOUR
    old = [well(woke + n * 30_000, newest=NOW) for n in range(4)]
    assert [watch.look(one) for one in old] == [[]] * 4
    assert watch.look(well(woke + 2 * MINUTE, newest=NOW))[0].startswith("no new candle for 8 h 2 min")


def test_a_sleep_from_which_all_comes_back_is_not_said_at_all():
    watch = Watch(Limits(), 60)
    watch.look(well(NOW))
    woke = NOW + 8 * HOUR
    facts = [
        well(woke, newest=NOW),
        well(woke + MINUTE, error="the name is not known"),
        *map(well, (woke + n * MINUTE for n in range(2, 20))),
    ]
    assert looks(watch, *facts) == []


def test_what_was_said_is_known_after_a_restart():
    watch = Watch(Limits(), 60)
    watch.look(well(NOW, free=1))
    again = Watch(Limits(), 60, Memory(**{name: getattr(watch.memory, name) for name in Memory.__struct_fields__}))
    assert again.look(well(NOW + MINUTE, free=1)) == []


def test_a_simulated_market_has_a_time_of_its_own():
    assert Watch(Limits(), 60).look(well(NOW, newest=NOW - 100 * HOUR, simulated=True)) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_night_of_faults_is_one_message_a_cause_and_one_for_its_end(seed):
    """Outages of the net, the bot, an exchange and the disk, some within each other, each minute for ten hours."""
    chance = random.Random(seed)
    spans = {}
    for cause in ("net", "bot", "okx", "disk"):
        begin = chance.randrange(60, 400)
        spans[cause] = range(begin, begin + chance.randrange(30, 120))
    last = {"newest": NOW, "okx": NOW}

    def make(now, n):
        if n not in spans["bot"]:
            last["newest"] = now - 20_000
            if n not in spans["okx"]:
                last["okx"] = now - 21_000
        return well(
            now,
            error="the Pi does not answer" if n in spans["net"] or chance.random() < 0.05 else None,
            newest=last["newest"],
            exchanges={"binance": last["newest"], "okx": last["okx"]},
            free=1 if n in spans["disk"] else 10**11,
        )

    said = [text for _, text in looks(Watch(Limits(), 60), *each_minute(600, make))]
    for words in (
        "sync fails",
        "sync works",
        "no new candle",
        "new candles again",
        "okx told",
        "okx tells",
        "full",
        "room",
    ):
        assert sum(words in text for text in said) <= 1, (words, said)
    assert sum("again" in text for text in said) == len(said) / 2
