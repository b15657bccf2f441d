"""What waits and how it becomes messages; when something that lasts is said. Pure: the test gives the time."""

from bot.alerts import messages
from bot.alerts.outbox import CAPACITY, Kind, Note, Outbox
from bot.alerts.watch import Watch
from bot.core.times import DAY, HOUR, MINUTE, from_iso
from bot.store.days import Day

NOW = from_iso("2025-11-24T10:00:00Z")


def texts(notes):
    return [note.text for note in notes]


def test_what_waits_is_one_message_a_line_each():
    outbox = Outbox("[simulated] ")
    outbox.put(Note(Kind.LIFE, NOW, "started"))
    outbox.put(Note(Kind.TRADE, NOW, "entered"))
    assert outbox.take(NOW).text == "[simulated] started\nentered"
    assert outbox.take(NOW) is None


def test_a_flood_of_reconnects_is_one_message_with_the_newest_of_each_exchange():
    outbox = Outbox()
    for number in range(50):
        for exchange in ("binance", "okx"):
            outbox.put(messages.away(NOW, exchange, (10 + number) * MINUTE))
            outbox.put(messages.back(NOW, exchange, (11 + number) * MINUTE))
    assert outbox.take(NOW).text.splitlines() == [
        "binance is away, for 59 min by now",
        "binance is back after 1 h 0 min",
        "okx is away, for 59 min by now",
        "okx is back after 1 h 0 min",
        "Left out, older: 196 on exchanges",
    ]
    assert outbox.take(NOW) is None


def test_when_more_waits_than_fits_the_oldest_of_the_least_important_goes_and_is_counted():
    outbox = Outbox()
    outbox.put(Note(Kind.DAY, NOW, "a day"))
    for number in range(CAPACITY):
        outbox.put(Note(Kind.TRADE, NOW, f"trade {number}"))
    outbox.put(Note(Kind.TROUBLE, NOW, "a trouble"))
    outbox.put(Note(Kind.TRADE, NOW, "the last trade"))
    lines = outbox.take(NOW).text.splitlines()
    assert lines[0] == "trade 1"  # of trades alone the oldest goes
    assert lines[-2:] == ["the last trade", "Left out, older: 1 on days, 1 on troubles, 1 on trades"]
    assert len(lines) == CAPACITY + 1


def test_a_message_holds_what_telegram_takes_and_the_rest_is_the_next_one():
    outbox = Outbox()
    for number in range(CAPACITY):
        outbox.put(Note(Kind.TRADE, NOW, f"{number:03} {'x' * 1000}"))
    sent = []
    while (message := outbox.take(NOW)) is not None:
        assert len(message.text) <= 4096
        sent += message.text.splitlines()
    assert [line[:3] for line in sent] == [f"{number:03}" for number in range(CAPACITY)]


def test_what_was_not_delivered_goes_first_the_next_time_and_says_when_it_was():
    outbox = Outbox()
    outbox.put(Note(Kind.TRADE, NOW, "entered"))
    outbox.put_back(outbox.take(NOW))
    outbox.put(Note(Kind.TRADE, NOW + HOUR, "left"))
    assert outbox.take(NOW + HOUR).text == "2025-11-24 10:00 UTC: entered\nleft"


def test_an_exchange_is_told_of_once_it_is_away_for_so_long_and_once_it_is_back():
    watch = Watch(NOW, away_after=10 * MINUTE)
    said = [
        (minute, text)
        for minute in range(40)
        for text in texts(
            watch.exchanges(NOW + minute * MINUTE, {"okx": not 5 <= minute < 28, "bybit": minute % 9 > 0})
        )
    ]
    assert said == [(15, "okx is away, for 10 min by now"), (28, "okx is back after 23 min")]


def test_a_day_is_summed_up_five_minutes_after_midnight_once():
    watch = Watch(from_iso("2025-11-24T00:04:00Z"), away_after=MINUTE)
    asked = [watch.day_over(from_iso("2025-11-24T00:04:00Z") + minute * MINUTE) for minute in range(1440)]
    assert [(minute, day) for minute, day in enumerate(asked) if day is not None] == [
        (1, from_iso("2025-11-23T00:00:00Z"))
    ]


def test_the_summary_of_a_day_has_its_candles_trades_and_balance():
    day = Day(from_iso("2025-11-23T00:00:00Z"), candles=1440, trades=3, profit=383.2, balance=10383.2)
    (text,) = texts([messages.summary(NOW, messages.Pair("BTC/USDT", alone=True), day)])
    assert text == "2025-11-23: running, 1440 candles saved, 3 trades ($383), balance 10,383.20 USDT"


def test_a_disk_is_told_of_once_when_it_is_nearly_full_and_once_when_it_has_room_again():
    watch = Watch(NOW, away_after=MINUTE)
    free = [20e9, 499e6, 501e6, 480e6, 590e6, 700e6, 700e6]
    assert [text for bytes_free in free for text in texts(watch.disk(NOW, int(bytes_free), int(5e9)))] == [
        "The disk of the database is nearly full: 499 MB are free",
        "The disk has room again: 700 MB are free",
    ]
    assert texts(watch.disk(NOW, int(1e9), int(32e9))) != []  # 3 % of it


def test_a_backup_is_missed_after_two_days_also_when_there_never_was_one():
    watch = Watch(NOW, away_after=MINUTE)
    assert texts(watch.backup(NOW + 2 * DAY, None)) == []
    assert texts(watch.backup(NOW + 2 * DAY + 1, None)) == ["No backup for two days: none was made"]
    assert texts(watch.backup(NOW + 3 * DAY, None)) == []
    assert texts(watch.backup(NOW + 3 * DAY, NOW + 3 * DAY)) == ["There is a backup again"]
    assert texts(watch.backup(NOW + 6 * DAY, NOW + 3 * DAY)) == [
        "No backup for two days: the newest is of 2025-11-27T10:00:00Z"
    ]


def test_dollars_are_written_as_on_the_page():
    assert [messages.dollars(value) for value in (383.2, -412.4, -0.3, 12345)] == ["$383", "-$412", "$0", "$12,345"]


def test_of_several_pairs_each_piece_of_news_names_its_pair_and_its_coin():
    day = Day(NOW, candles=1440, trades=0, profit=0.0, balance=2.5)
    (alone,) = texts([messages.summary(NOW, messages.Pair("ETH/BTC", alone=True), day)])
    (beside,) = texts([messages.summary(NOW, messages.Pair("ETH/BTC", alone=False), day)])
    assert alone.endswith("running, 1440 candles saved, 0 trades, balance 2.50 BTC")
    assert beside == f"ETH/BTC: {alone}"
