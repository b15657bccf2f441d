"""One list of each thing: an exchange is a row of bot/core/exchanges.py, its connector and its dialect."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import named
from bot.config import Settings
from bot.core.exchanges import EXCHANGES, MARKS, mark
from bot.errors import BotError
from bot.exchanges.connector import Endpoint, Facts
from bot.exchanges.connectors import facts
from bot.simulator import dialects
from bot.simulator.market import Market

ROOT = Path(__file__).resolve().parents[1]

TABLE = "bot/core/exchanges.py"
SOURCES = ("cvdbot.py", "bot", "sync", "webapp", "analysis", "background", "frontend/src")
ENDINGS = {".py", ".js", ".css", ".html", ".sql", ".typ", ".example"}
BUILT = (ROOT / "webapp/page", ROOT / "webapp/page-test")
ITS_OWN = ("bot/exchanges/{name}.py", "bot/simulator/{name}.py")
READS_ITS_FILES = {
    "binance": {
        "bot/imports/importer.py", "bot/imports/klines.py", "bot/commands.py",
        "analysis/options.py",
    },
}  # fmt: skip
"""Exchange -> what reads the archives it publishes, and the help of the commands that do."""


def sources():
    files = [one for place in SOURCES for one in [ROOT / place, *(ROOT / place).rglob("*")]]
    return [
        one
        for one in files
        if one.is_file() and one.suffix in ENDINGS and not any(one.is_relative_to(built) for built in BUILT)
    ]


@pytest.mark.parametrize("name", EXCHANGES)
def test_an_exchange_is_named_in_one_table_its_connector_and_its_dialect(name):
    naming = {
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(name, path.read_text(encoding="utf-8"), re.IGNORECASE)
    }
    own = {one.format(name=name) for one in ITS_OWN} | {TABLE, "bot/bot.toml.example"}
    assert naming == own | READS_ITS_FILES.get(name, set())


def test_the_table_is_in_alphabetical_order_and_each_mark_is_one_letter_of_its_own():
    assert list(MARKS) == sorted(MARKS)
    assert all(len(one) == 1 for one in MARKS.values())
    assert len(set(MARKS.values())) == len(MARKS)
    assert mark("gone") == "G", "of a database that another program wrote"


@pytest.mark.parametrize("name", EXCHANGES)
@pytest.mark.parametrize("market", ["perpetual", "spot"])
@pytest.mark.parametrize("base", ["BTC", "ETH"])
def test_connector_and_dialect_speak_of_the_same_exchange_and_symbol(name, market, base):
    known, traded = facts(name), dialects.instrument(name, market, f"{base}/USDT")
    websocket, rest = known.addresses[market]
    symbol = known.spell(base, "USDT", market)
    made = known.connector(Endpoint(websocket, rest, symbol, known.streams.get(market, "")))
    assert (made.exchange, traded.exchange, traded.symbol) == (name, name, symbol)
    assert websocket.startswith("wss://")
    assert rest.startswith("https://")


def test_every_exchange_has_a_table_in_the_configuration():
    assert tuple(Settings().enabled) == EXCHANGES


def test_an_exchange_without_a_module_is_an_error_that_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(named, "EXCHANGES", (*EXCHANGES, "nowhere", "market"))
    with pytest.raises(
        BotError, match=r"nowhere lacks its part of bot\.simulator: bot/simulator/nowhere\.py with SPOKEN"
    ):
        Market(start=0, seed=1, exchanges=("nowhere",))
    with pytest.raises(BotError, match=r"market lacks .* bot/simulator/market\.py with SPOKEN, a Spoken"):
        dialects.spoken("market")
    with pytest.raises(BotError, match=r"bot/exchanges/nowhere\.py with FACTS, a Facts"):
        facts("nowhere")


def test_an_unknown_exchange_is_refused_with_the_known_ones():
    with pytest.raises(BotError, match=f"exchange 'mtgox' is unknown; known: {', '.join(EXCHANGES)}"):
        named.of("mtgox", "bot.exchanges", "FACTS", Facts)
