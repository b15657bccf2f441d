"""Real venues speak TLS: a feed over `wss://`, and a certificate that is not trusted."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess

import pytest
from fed import OnePair
from scripted import FastClock, scripted, until

from bot.core.times import Moment
from bot.core.venue import Venue
from bot.exchanges.binance import Binance
from bot.exchanges.connector import Endpoint
from bot.journal import Journal

NOON = 1_746_187_200_000
TRADE = '{"e":"trade","s":"BTCUSDT","t":1,"p":"97000.10","q":"0.5","T":1746187200001,"m":false}'

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of localhost that nobody but itself vouches for, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    own, key = folder / "own.pem", folder / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    request += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(own)]
    subprocess.run(request, check=True, capture_output=True)
    return own, key


async def venue(connection):
    await connection.recv()
    await connection.send('{"result":null,"id":1}')
    await connection.send(TRADE)
    await connection.wait_closed()


async def fed(certificate, condition):
    """Run a feed on a server with this certificate until `condition(feed)`; return its lines."""
    own, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)
    async with scripted(venue, ssl=context) as address:
        clock = FastClock(NOON)
        endpoint = Endpoint(
            address.replace("ws://127.0.0.1", "wss://localhost"), "https://localhost", "BTCUSDT", "trade"
        )
        one = Binance(endpoint)
        state = Venue(one.ids(None))
        state.expect(Moment(NOON, NOON, NOON, slack=60_000))
        feed = OnePair(one, state, clock, Journal(clock.now))
        task = asyncio.create_task(feed.run())
        await until(lambda: condition(feed))
        task.cancel()
        await asyncio.wait([task])
        return [line.message for line in feed._journal.waiting]


def test_a_feed_over_tls_counts_trades(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    lines = asyncio.run(fed(certificate, lambda feed: feed.venue.candle(NOON) is not None))
    assert lines == ["binance: BTCUSDT subscribed"]


def test_a_certificate_that_is_not_trusted_is_refused_in_a_sentence(certificate, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    lines = asyncio.run(fed(certificate, lambda feed: feed._journal.waiting))
    assert lines[0].startswith(
        "binance: the certificate of localhost is not trusted (self-signed certificate): somebody may stand in between;"
        " next try in "
    )
