"""`bot.toml`: what holds when nothing is said, and the sentence for each thing that is not allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Settings, read
from bot.core.exchanges import EXCHANGES
from bot.errors import ConfigurationError


@pytest.fixture
def written(tmp_path):
    """Write a bot.toml, return its path."""

    def write(text):
        path = tmp_path / "bot.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refusal(path):
    """The sentence a file is refused with, without the file's name, which begins it."""
    with pytest.raises(ConfigurationError) as refused:
        read(path)
    sentence = str(refused.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    return sentence.removeprefix(f"{path}: ")


def test_without_a_file_the_defaults_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings, database = read(None)
    assert database == Path("data/trading.db")
    assert (settings.market, settings.pairs[0].pair, settings.simulated) == ("perpetual", "BTC/USDT", False)
    assert list(settings.enabled) == ["binance", "bybit", "coinbase", "okx"] == list(EXCHANGES)


def test_an_empty_file_says_as_much_as_none(written):
    settings, database = read(written(""))
    assert settings == Settings()
    assert (settings.market, settings.pairs[0].pair) == ("perpetual", "BTC/USDT")
    assert database.name == "trading.db"


def test_bot_toml_of_the_working_folder_is_read_when_no_file_is_named(written, monkeypatch):
    monkeypatch.chdir(written('market = "spot"').parent)
    assert read(None)[0].market == "spot"


def test_a_relative_path_is_relative_to_the_file_and_not_to_the_working_folder(written, monkeypatch):
    path = written('database = "db/mine.db"')
    monkeypatch.chdir("/")
    assert read(path)[1] == path.parent / "db" / "mine.db"


def test_an_absolute_path_and_one_in_the_home_folder_stay_what_they_are(written, monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert read(written('database = "/srv/bot/trading.db"'))[1] == Path("/srv/bot/trading.db")
    assert read(written('database = "~/trading.db"'))[1] == Path("/home/somebody/trading.db")


def test_what_is_not_said_of_an_exchange_keeps_its_default(written):
    settings, _ = read(
        written(
            """
            [[pairs]]
            pair = "ETH/USDT"
            [exchanges.okx]
            websocket = "ws://127.0.0.1:9000/ws/v5/public"
            [exchanges.coinbase]
            enabled = false
            [clock]
            url = "http://127.0.0.1:9000/clock"
            """
        )
    )
    assert list(settings.enabled) == ["binance", "bybit", "okx"]
    assert settings.exchanges.okx.websocket == "ws://127.0.0.1:9000/ws/v5/public"
    assert (settings.exchanges.okx.rest, settings.exchanges.binance.websocket) == ("", "")
    assert (settings.pairs[0].pair, settings.simulated) == ("ETH/USDT", True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "datbase = 'x'",
            (
                "'datbase' is not a key of the top level;"
                " allowed: database, market, pairs, exchanges, clock, archive, backup, telegram, heartbeat"
            ),
        ),
        (
            "[exchanges.kraken]",
            "'kraken' is not a key of [exchanges]; allowed: binance, bybit, coinbase, okx",
        ),
        (
            "[exchanges.okx]\nurl = 'wss://x'",
            "'url' is not a key of [exchanges.okx]; allowed: enabled, websocket, rest, symbol, stream",
        ),
        ("[telegram]\ntoken = '1:a'", "'token' is not a key of [telegram]; allowed: chat, base_url, away_minutes"),
        ("[heartbeat]\nminutes = 2", "'minutes' is not a key of [heartbeat]; allowed: url, every"),
        ("[clock]\nspeed = 2", "'speed' is not a key of [clock]; allowed: url"),
    ],
)
def test_an_unknown_key_is_refused_with_the_keys_that_there_are(written, text, sentence):
    assert refusal(written(text)) == sentence


def test_an_unknown_key_of_a_pair_is_refused(written):
    assert refusal(written("[[pairs]]\nname = 'BTC'")).startswith("'name' is not a key of [pairs]; allowed: pair")


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ("database = 3", "database", "the path of a file, as text"),
        ("market = 'futures'", "market", "'perpetual' or 'spot'"),
        ("market = true", "market", "'perpetual' or 'spot'"),
        ("pairs = 'BTC/USDT'", "pairs", "tables, each headed [[pairs]]"),
        ("[pairs]\npair = 'BTC/USDT'", "pairs", "tables, each headed [[pairs]]"),
        ("[[pairs]]\npair = 1", "pairs.pair", "a pair written as 'BTC/USDT'"),
        ("exchanges = ['okx']", "exchanges", "a table, headed [exchanges]"),
        ("[exchanges]\nokx = false", "exchanges.okx", "a table, headed [exchanges.okx]"),
        ("[exchanges.okx]\nenabled = 'yes'", "exchanges.okx.enabled", "true or false"),
        ("[exchanges.okx]\nwebsocket = 1", "exchanges.okx.websocket", "begins with ws:// or wss://"),
        ("[exchanges.okx]\nrest = 1", "exchanges.okx.rest", "begins with http:// or https://"),
        ("[exchanges.okx]\nsymbol = 1", "exchanges.okx.symbol", "as the exchange spells it"),
        ("[exchanges.okx]\nstream = 1", "exchanges.okx.stream", "the name of a stream"),
        ("[telegram]\nchat = true", "telegram.chat", "the number of a chat, or the name of a channel as '@name'"),
        ("[telegram]\naway_minutes = 'ten'", "telegram.away_minutes", "a whole number of minutes from 1 to 1440"),
        ("[heartbeat]\nevery = 0.5", "heartbeat.every", "a whole number of minutes from 1 to 1440"),
        ("clock = 1", "clock", "a table, headed [clock]"),
        ("[clock]\nurl = 1", "clock.url", "begins with http:// or https://"),
    ],
)
def test_a_value_of_a_wrong_type_is_refused_with_its_key_and_what_is_allowed(written, text, key, allowed):
    sentence = refusal(written(text))
    assert sentence.startswith(f"{key}: ")
    assert allowed in sentence.partition("; allowed: ")[2]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("database = ''", "database is ''; allowed: the path of a file, as text"),
        ("database = '~no-such-user/x'", "database is '~no-such-user/x'; there is no such home folder"),
        ("[[pairs]]\npair = 'btcusdt'", "pairs.pair is 'btcusdt'; allowed: a pair written as 'BTC/USDT'"),
        ("pairs = []", "[[pairs]] names no pair; allowed: one table a pair, or none for BTC/USDT"),
        (
            "[[pairs]]\npair = 'BTC/USDT'\n[[pairs]]\npair = 'BTC/USDT'",
            "pairs: BTC/USDT is named 2 times; allowed: once",
        ),
        (
            "[[pairs]]\npair = 'BTC/USDT'\n[[pairs]]\npair = 'ETH/USDT'\nrisk = 'huge'",
            "pairs.risk = huge is not possible: allowed is one of highest, high, normal, low, lowest (ETH/USDT)",
        ),
        (
            "[[pairs]]\nsymbols = {kraken = 'XBT'}",
            "'kraken' is not a key of pairs.symbols; allowed: binance, bybit, coinbase, okx",
        ),
        (
            "[[pairs]]\nsymbols = 'XBT'",
            "pairs.symbols: expected `object`, got `str`; allowed: a table of exchange = 'symbol'",
        ),
        (
            "[[pairs]]\nsymbols = {okx = 'X'}\n[[pairs]]\npair = 'ETH/USDT'\nsymbols = {okx = 'X'}",
            "pairs.symbols.okx is 'X' for BTC/USDT and ETH/USDT; allowed: each once",
        ),
        (
            "[[pairs]]\n[[pairs]]\npair = 'BTC/USD'",
            "pairs.symbols.coinbase is 'BTC-USD' for BTC/USDT and BTC/USD; allowed: each once",
        ),
        (
            "[[pairs]]\nsymbols = {bybit = 'ETHUSDT'}\n[[pairs]]\npair = 'ETH/USDT'",
            "pairs.symbols.bybit is 'ETHUSDT' for BTC/USDT and ETH/USDT; allowed: each once",
        ),
        (
            "[exchanges.okx]\nsymbol = 'X'\n[[pairs]]\npair = 'ETH/USDT'\n[[pairs]]\npair = 'BTC/USDT'",
            "exchanges.okx.symbol is 'X', and there are 2 pairs; allowed: symbols = {okx = ...} under [[pairs]]",
        ),
        (
            "[exchanges.okx]\nwebsocket = 'https://x'",
            "exchanges.okx.websocket is 'https://x'; allowed: an address with a host that begins with ws:// or wss://",
        ),
        (
            "[exchanges.okx]\nrest = 'www.okx.com'",
            "exchanges.okx.rest is 'www.okx.com'; allowed: an address with a host that begins with http:// or https://",
        ),
        (
            "[clock]\nurl = '127.0.0.1:9000'",
            "clock.url is '127.0.0.1:9000'; allowed: an address with a host that begins with http:// or https://",
        ),
        (
            "[telegram]\nchat = 'my phone'",
            "telegram.chat is 'my phone'; allowed: the number of a chat, or the name of a channel as '@name'",
        ),
        (
            "[telegram]\nbase_url = ''",
            "telegram.base_url is ''; allowed: an address with a host that begins with http:// or https://",
        ),
        (
            "[telegram]\naway_minutes = 0",
            "telegram.away_minutes is 0; allowed: a whole number of minutes from 1 to 1440",
        ),
        (
            "[heartbeat]\nurl = 'hc-ping.com/x'",
            "heartbeat.url is 'hc-ping.com/x'; allowed: an address with a host that begins with http:// or https://",
        ),
        ("[heartbeat]\nevery = 1441", "heartbeat.every is 1441; allowed: a whole number of minutes from 1 to 1440"),
        (
            "[exchanges.okx]\nstream = 'trades-all'",
            "exchanges.okx.stream is 'trades-all'; allowed: none: it has one stream",
        ),
        (
            "[exchanges.binance]\nstream = 'depth'",
            "exchanges.binance.stream is 'depth'; allowed: 'aggTrade' or 'trade'",
        ),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_key_and_what_is_allowed(written, text, sentence):
    assert refusal(written(text)) == sentence


@pytest.mark.parametrize("address", ["wss://", "wss://:443", "wss://host:99999", "wss://host:port", "wss://[::1"])
def test_an_address_that_nobody_can_connect_to_is_refused_before_the_bot_starts(written, address):
    sentence = refusal(written(f"[exchanges.bybit]\nenabled = false\nwebsocket = '{address}'"))
    assert sentence.startswith(f"exchanges.bybit.websocket is '{address}'; allowed: ")


def test_four_disabled_exchanges_are_refused(written):
    text = "".join(f"[exchanges.{name}]\nenabled = false\n" for name in EXCHANGES)
    assert refusal(written(text)) == "exchanges: none is enabled; enable at least one of binance, bybit, coinbase, okx"


def test_a_file_that_is_not_there_is_refused_with_where_the_keys_are_shown(tmp_path):
    path = tmp_path / "bot.toml"
    with pytest.raises(ConfigurationError, match=r"does not exist; bot/bot\.toml\.example shows what it may say"):
        read(path)


def test_a_file_that_is_not_toml_is_refused_with_the_line(written):
    with pytest.raises(ConfigurationError, match=r"bot.toml is not TOML: .*line 2"):
        read(written('market = "spot"\nmarket: spot\n'))


def test_a_file_that_is_no_text_or_no_file_is_refused(written, tmp_path):
    path = written("")
    path.write_bytes(b"\xff\xfe")
    for unreadable in (path, tmp_path):
        with pytest.raises(ConfigurationError, match="can't be read"):
            read(unreadable)


def test_a_byte_order_mark_before_the_first_key_is_no_part_of_it(written):
    path = written("")
    path.write_bytes('market = "spot"'.encode("utf-8-sig"))
    assert read(path)[0].market == "spot"


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("latin-1", "Latin-1 or Windows-1252")]
)
def test_another_encoding_is_named_with_the_file_and_what_to_do(written, encoding, name):
    path = written("")
    path.write_bytes('# für Zürich\nmarket = "spot"'.encode(encoding))
    sentence = refusal(path)
    assert sentence.startswith(f"{path} can't be read: it seems to be {name}, not UTF-8")
    assert sentence.endswith("; save it as UTF-8")
