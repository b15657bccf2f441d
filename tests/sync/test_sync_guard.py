"""What the watch says reaches him, each sentence once, by a Telegram that may be away and never holds a sync up."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pc import MINUTE, Pc, write_minutes

from bot.core.aggregate import Candle
from bot.store import rows, traded
from sync.guard import Guard
from sync.layout import Layout
from sync.tell import MOST, TOKEN


class Telegram:
    """The Bot API's sendMessage on this machine, as strict as its documentation."""

    def __init__(self):
        self.messages, self.status, self.silent = [], 200, False
        self.instead = b""  # bytes that stand where an answer should
        telegram = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if telegram.silent:
                    time.sleep(8)
                    return
                good = self.path == "/bot1:secret/sendMessage" and body["chat_id"] == "77" and len(body["text"]) <= 4096
                if telegram.instead:
                    self.wfile.write(telegram.instead)
                    return
                status = telegram.status if good else 401
                if status == 200:
                    telegram.messages.append(body["text"])
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps({"ok": status == 200}).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def served(telegram):
    thread = threading.Thread(target=telegram.server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        telegram.server.shutdown()
        thread.join()
        telegram.server.server_close()


@pytest.fixture
def telegram(monkeypatch):
    monkeypatch.setenv(TOKEN, "1:secret")
    made = Telegram()
    with served(made):
        yield made


@pytest.fixture
def watched(pc, telegram):
    """A PC whose sync.toml names the chat."""
    text = pc.toml.read_text()
    pc.toml.write_text(f'{text}\n[telegram]\nchat = 77\nbase_url = "{telegram.address}"\n[watch]\ndesktop = false\n')
    return Pc(pc.toml)


def look(pc):
    """One sync, and a look after it by a process of its own."""
    return Guard(pc.config, pc.layout).look(pc.sync())


def trade(bot, now, exchanges=("binance", "okx")):
    """Let the bot store the minute before `now`, as it does when all is well."""
    minute = now // MINUTE * MINUTE - MINUTE
    with bot.transaction() as sql:
        traded.put_configuration(sql, "BTC/USDT", {}, "perpetual", list(exchanges), "1", 0)
        rows.put_candle(sql, "BTC/USDT", minute, Candle(minute, 1, 2, 0.5, 1.5, 1, 1, 2, 2))
        for name in exchanges:
            rows.put_status(sql, name, connected=True, last_trade=minute + 59_000, counts=(0, 0, 0), now=now)


def now():
    return time.time_ns() // 1_000_000


def test_a_dead_bot_is_told_once_and_its_return_once(bot, watched, telegram, capsys):
    write_minutes(bot, 0, 3)
    assert look(watched)[0].startswith("no new candle for ")
    assert look(watched) == []
    trade(bot, now())
    assert look(watched) == []
    (back,) = look(watched)
    assert back.startswith("there are new candles again after ")
    assert [text.partition(" for ")[0].partition(" after ")[0] for text in telegram.messages] == [
        "no new candle",
        "there are new candles again",
    ]
    assert capsys.readouterr().err.splitlines() == [f"watch: {text}" for text in telegram.messages]


@pytest.mark.parametrize("trouble", ["down", 429, pytest.param(500, marks=pytest.mark.more)])
def test_what_telegram_did_not_take_goes_out_later_as_one_message(bot, watched, telegram, trouble):
    write_minutes(bot, 0, 3)
    if trouble == "down":
        telegram.server.shutdown()
        telegram.server.socket.close()
    else:
        telegram.status = trouble
    look(watched)
    trade(bot, now())
    look(watched)
    look(watched)
    assert telegram.messages == []
    again = telegram if trouble != "down" else Telegram()
    again.status = 200
    watched.toml.write_text(watched.toml.read_text().replace(telegram.address, again.address))
    with served(again) if trouble == "down" else nullcontext():
        assert look(Pc(watched.toml)) == []
    (text,) = again.messages
    assert [line.partition(" for ")[0].partition(" after ")[0] for line in text.splitlines()] == [
        "no new candle",
        "there are new candles again",
    ]


def test_a_refused_token_is_one_line_without_the_token(bot, watched, telegram, monkeypatch, capsys):
    monkeypatch.setenv(TOKEN, "1:wrong")
    write_minutes(bot, 0, 3)
    look(watched)
    look(watched)
    said = capsys.readouterr().err
    assert said.count(f"Telegram refuses the token of {TOKEN} or the chat of sync.toml (401)") == 1
    assert "wrong" not in said
    assert telegram.messages == []


@pytest.mark.more
def test_a_silent_telegram_holds_a_sync_up_for_five_seconds_at_most(bot, watched, telegram):
    write_minutes(bot, 0, 3)
    telegram.silent = True
    began = time.monotonic()
    assert len(look(watched)) == 1
    assert time.monotonic() - began < 8


def test_what_waits_is_bounded_and_what_is_left_out_is_counted(bot, watched, telegram):
    write_minutes(bot, 0, 3)
    guard = Guard(watched.config, watched.layout)
    guard._kept.waiting = [f"sentence {number}" for number in range(MOST + 9)]
    guard.look(watched.sync())
    (text,) = telegram.messages
    assert text.splitlines()[0] == "(10 earlier ones left out)"
    assert len(text.splitlines()) == MOST + 1


def test_what_waits_is_never_longer_than_telegram_takes(bot, watched, telegram):
    write_minutes(bot, 0, 3)
    guard = Guard(watched.config, watched.layout)
    guard._kept.waiting = [f"{number} " + "\N{PILE OF POO}" * 150 for number in range(30)]
    guard.look(watched.sync())
    (text,) = telegram.messages
    assert len(text.encode("utf-16-le")) // 2 <= 4096
    first, *others, newest = text.splitlines()
    assert first == f"({30 - len(others)} earlier ones left out)"
    assert others[-1].startswith("29 ")
    assert newest.startswith("no new candle for ")


@pytest.mark.parametrize(
    "instead", [b"nonsense\r\n", b"HTTP/1.0 200 OK\r\n\r\n<html>Log in</html>", b'HTTP/1.0 200 OK\r\n\r\n{"ok":false}']
)
def test_an_answer_that_is_none_ends_no_sync_and_what_was_said_waits(bot, watched, telegram, instead):
    write_minutes(bot, 0, 3)
    telegram.instead = instead
    (said,) = look(watched)
    telegram.instead = b""
    assert look(watched) == []
    assert telegram.messages == [said]


def test_a_token_with_a_line_break_is_said_without_the_token(bot, watched, telegram, monkeypatch, capsys):
    monkeypatch.setenv(TOKEN, "1:secret\n")
    write_minutes(bot, 0, 3)
    assert len(look(watched)) == 1
    assert telegram.messages == []
    said = capsys.readouterr().err
    assert f"{TOKEN} has a space or a line break" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "health", ["{}", "[]", '{"offsets": {"okx": "soon", "bybit": 1}}', '{"offsets": {"okx": 1e999}}']
)
def test_a_health_that_is_none_ends_no_sync(bot, watched, health):
    trade(bot, now())
    with bot.transaction() as sql:
        sql.execute("INSERT OR REPLACE INTO state (key, value, updated) VALUES ('health', ?, 0)", (health,))
    assert look(watched) == []


def test_a_data_folder_that_is_gone_ends_no_sync(bot, watched, tmp_path):
    trade(bot, now())
    status = watched.sync()
    guard = Guard(watched.config, Layout(tmp_path / "gone"))
    assert guard.look(status) == []


def test_an_exchange_of_which_the_bot_tells_no_trade_is_named(bot, watched, telegram):
    trade(bot, now(), exchanges=("binance", "bybit"))
    with bot.transaction() as sql:
        rows.put_status(sql, "bybit", connected=True, last_trade=now() - 30 * MINUTE, counts=(0, 0, 0), now=now())
        rows.put_status(sql, "okx", connected=False, last_trade=None, counts=(0, 0, 0), now=now())  # no longer followed
    (said,) = look(watched)
    assert said.startswith("bybit told no trade for ")
    assert telegram.messages == [said]


def test_a_pair_of_which_the_bot_stores_nothing_is_named(bot, watched):
    trade(bot, now())
    with bot.transaction() as sql:
        rows.put_followed(sql, ["BTC/USDT", "ETH/USDT"], now() - 2 * MINUTE)
    assert look(watched) == []
    with bot.transaction() as sql:
        rows.put_followed(sql, ["BTC/USDT", "ETH/USDT"], now() - 20 * MINUTE)
    (said,) = look(watched)
    assert said.startswith("no new candle of ETH/USDT for ")


@pytest.mark.parametrize("damage", [b'{"waiting": ["\xff"]}', b'{"x":' + b"[" * 100_000, b"\0" * 4096])
def test_what_is_kept_may_be_damaged(bot, watched, damage):
    trade(bot, now())
    look(watched)
    (watched.layout.private / "watch.json").write_bytes(damage)
    watched.layout.status.write_bytes(damage)
    assert look(watched) == []
