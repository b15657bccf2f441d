"""The sender against a Telegram that refuses, asks to wait, breaks or is silent: what is sent, how often, and when."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from scripted import until
from telegram import CHAT, TOKEN, telegram, too_many

from bot.alerts import telegram as sending
from bot.alerts.heartbeat import Heartbeat
from bot.alerts.outbox import Kind, Note
from bot.errors import ConfigurationError
from bot.journal import Journal

NOW = 1_763_942_400_000


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """A tenth of a second between messages, and between tries."""
    monkeypatch.setattr(sending, "SPACING", 0.1)
    monkeypatch.setattr(sending, "SPACING_AT_THE_END", 0.05)
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(sending, "PATIENCE", 0.3)


@asynccontextmanager
async def sender(url, chat=CHAT, token=TOKEN):
    """A sender at work, and its log."""
    journal = Journal(lambda: NOW)
    made = sending.Sender(url, token, chat, lambda: NOW, journal)
    task = asyncio.create_task(made.run())
    try:
        yield made, journal.waiting
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def say(sender, text):
    sender.put(lambda: [Note(Kind.TRADE, NOW, text)])


def check(story):
    """Run a story with a Telegram."""
    with telegram() as server:
        asyncio.run(story(server))


def test_messages_keep_their_distance_and_what_comes_meanwhile_is_one():
    async def story(server):
        async with sender(server.url) as (one, log):
            say(one, "first")
            await until(lambda: server.texts)
            for number in range(30):
                say(one, f"{number}")
            await until(lambda: len(server.texts) == 2)
            assert server.texts == ["first", "\n".join(map(str, range(30)))]
            assert server.times[1] - server.times[0] >= 0.1
            assert log == []

    check(story)


def test_who_is_asked_to_wait_waits_so_long_and_sends_once():
    async def story(server):
        server.answers.append(too_many(1))
        async with sender(server.url) as (one, log):
            began = time.monotonic()
            say(one, "hello")
            await until(lambda: server.texts)
            assert time.monotonic() - began >= 1
            assert (server.texts, server.tries) == (["hello"], 2)
            await until(lambda: len(log) == 2)
            assert [line.message for line in log] == [
                "not delivered: Telegram asks to wait; messages wait",
                "messages are delivered again",
            ]

    check(story)


def test_a_broken_server_is_tried_again_and_the_log_says_so_once():
    async def story(server):
        server.answers += [(502, b"<html>Bad Gateway</html>"), (500, {"ok": False, "error_code": 500})]
        async with sender(server.url) as (one, log):
            say(one, "hello")
            await until(lambda: server.texts)
            assert (server.texts, server.tries) == (["hello"], 3)
            await until(lambda: len(log) == 2)

    check(story)


def test_what_nobody_is_there_to_take_waits_and_is_sent_once_it_can_be():
    async def story(server):
        port = server.server_address[1]
        async with sender(f"http://127.0.0.1:{port}") as (one, _):
            server.answers += [(503, b"")] * 2
            for number in range(3):
                say(one, f"{number}")
            await until(lambda: server.texts)
            assert server.texts == ["0\n1\n2"]
        async with sender("http://127.0.0.1:1") as (nowhere, log):
            say(nowhere, "hello")
            await until(lambda: log)
            assert log[0].message.startswith("not delivered: ConnectError")
            assert len(nowhere._outbox) == 1

    check(story)


def test_a_message_that_got_no_answer_is_not_repeated():
    async def story(server):
        server.never_answers = True
        async with sender(server.url) as (one, log):
            say(one, "hello")
            await until(lambda: log)
            assert log[0].message == "ReadTimeout; whether the message arrived can't be known: not repeated"
            server.never_answers = False
            say(one, "the next")
            await until(lambda: server.texts)
            assert (server.texts, server.tries) == (["the next"], 2)

    check(story)


@pytest.mark.parametrize(
    ("chat", "token", "sentence"),
    [
        (CHAT, "1:wrong", "the token of CVDBOT_TELEGRAM_TOKEN is refused (401): compare it with what @BotFather says"),
        (1, TOKEN, "telegram.chat 1 is refused (Bad Request: chat not found): has it begun a talk with the bot?"),
    ],
)
def test_a_refused_token_or_chat_is_one_sentence_and_one_try_an_hour(chat, token, sentence):
    async def story(server):
        async with sender(server.url, chat, token) as (one, log):
            say(one, "hello")
            await until(lambda: log)
            say(one, "more")
            await asyncio.sleep(0.3)
            assert [line.message for line in log] == [f"{sentence}; messages wait, the next try is in an hour"]
            assert (server.texts, server.tries) == ([], 1)

    check(story)


def test_what_a_server_echoes_of_the_token_is_not_repeated():
    async def story(server):
        server.answers.append((400, {"ok": False, "description": f"no /bot{TOKEN}/sendMessage here"}))
        async with sender(server.url) as (one, log):
            say(one, "hello")
            await until(lambda: log)
            assert "no /bot(the token)/sendMessage here" in log[0].message
            assert TOKEN not in log[0].message

    check(story)


def test_a_group_that_has_moved_is_named():
    answer = b'{"ok":false,"description":"group chat was upgraded","parameters":{"migrate_to_chat_id":-1005}}'
    assert sending.judge(400, answer, -5).why == "the group has moved: set telegram.chat = -1005"


def test_the_end_sends_what_waits_and_does_not_wait_for_a_telegram_that_is_silent(monkeypatch):
    monkeypatch.setattr(sending, "AT_THE_END", 1.0)
    monkeypatch.setattr(sending, "PATIENCE", 10.0)

    async def story(server):
        async with sender(server.url) as (one, _):
            say(one, "left")
            await until(lambda: server.texts)
            say(one, "stopped")
            await one.end()
            assert server.texts == ["left", "stopped"]
        server.never_answers = True
        async with sender(server.url) as (one, _):
            say(one, "stopped")
            began = time.monotonic()
            await one.end()
            assert 1 <= time.monotonic() - began < 2

    check(story)


def test_a_defect_of_one_message_loses_that_message_alone():
    async def story(server):
        async with sender(server.url) as (one, _):
            one.put(lambda: 1 / 0)
            say(one, "hello")
            await asyncio.sleep(0)
            again = asyncio.create_task(one.run())  # as the supervisor does
            await until(lambda: server.texts)
            assert server.texts == ["hello"]
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)

    check(story)


@pytest.mark.parametrize("token", ["", "secret", "123:", "123:a/b"])
def test_a_chat_without_a_sound_token_is_refused_without_repeating_it(monkeypatch, token):
    monkeypatch.setenv(sending.VARIABLE, token)
    with pytest.raises(ConfigurationError, match=sending.VARIABLE) as refused:
        sending.read_token()
    assert not token or token not in str(refused.value)


def test_a_heart_beats_while_the_bot_lives_and_says_once_when_it_is_not_heard():
    async def story(server):
        journal = Journal(lambda: NOW)
        alive = [True]
        heart = Heartbeat(f"{server.url}/beat", 0.05, lambda: alive[0], journal)
        task = asyncio.create_task(heart.run())
        await until(lambda: server.beats >= 3)
        assert journal.waiting == []
        alive[0] = False
        await until(lambda: journal.waiting)
        beats = server.beats
        await asyncio.sleep(0.2)
        assert server.beats == beats
        assert [line.message for line in journal.waiting] == ["no candle is stored, so there is none"]
        heart._url = f"{server.url}/secret-path"
        alive[0] = True
        heart._trouble = ""
        await until(lambda: len(journal.waiting) == 2)
        assert journal.waiting[1].message == "127.0.0.1 answered 404"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    check(story)
