"""What the bot says: every line to the terminal and to the table, but what an exchange can send without end."""

from __future__ import annotations

import logging

import pytest

from bot.journal import Journal
from bot.records import Line

START = 1_763_942_400_000
SECOND = 1000
MINUTE = 60 * SECOND


class Now:
    """The time, set by the test."""

    def __init__(self):
        self.time = START

    def __call__(self):
        return self.time


@pytest.fixture
def now():
    return Now()


@pytest.fixture
def journal(now):
    return Journal(now)


def said(journal):
    """The lines that wait, which are then taken as stored."""
    lines = [(line.level, line.message) for line in journal.waiting]
    journal.waiting.clear()
    return lines


def test_a_line_waits_to_be_stored_with_its_time_and_goes_to_the_terminal_at_once(journal, now, caplog):
    with caplog.at_level(logging.INFO, "cvdbot"):
        journal.info("connected", "okx: BTC-USDT-SWAP subscribed")
        now.time += 5
        journal.warning("clock", "leapt")
        journal.say("error", "defect", "okx: ValueError: x")
    assert journal.waiting == [
        Line(START, "info", "connected", "okx: BTC-USDT-SWAP subscribed"),
        Line(START + 5, "warning", "clock", "leapt"),
        Line(START + 5, "error", "defect", "okx: ValueError: x"),
    ]
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "connected: okx: BTC-USDT-SWAP subscribed"),
        ("WARNING", "clock: leapt"),
        ("ERROR", "defect: okx: ValueError: x"),
    ]


def test_rejects_of_one_kind_are_said_once_a_minute_with_how_many_were_left_out(journal, now):
    for number in range(1000):
        journal.rejected("okx", "malformed", f"line {number}")
        now.time += 59  # 1000 of them in 59 s
    assert said(journal) == [("warning", "okx: malformed: line 0")]
    now.time = START + MINUTE
    journal.rejected("okx", "malformed", "one more")
    assert said(journal) == [("warning", "okx: malformed: one more (999 more since the last line)")]
    now.time += MINUTE
    journal.rejected("okx", "malformed", "and one")
    assert said(journal) == [("warning", "okx: malformed: and one")]


def test_every_exchange_and_every_reason_has_its_own_minute(journal):
    for exchange in ("okx", "bybit"):
        for reason in ("malformed", "wrong symbol"):
            journal.rejected(exchange, reason, "x")
            journal.rejected(exchange, reason, "y")
    assert [message for _, message in said(journal)] == [
        "okx: malformed: x",
        "okx: wrong symbol: x",
        "bybit: malformed: x",
        "bybit: wrong symbol: x",
    ]


def test_a_clock_that_was_set_back_does_not_silence_the_rejects(journal, now):
    journal.rejected("okx", "malformed", "before")
    now.time -= 365 * 24 * 60 * MINUTE
    journal.rejected("okx", "malformed", "after")
    assert [message for _, message in said(journal)] == ["okx: malformed: before", "okx: malformed: after"]
