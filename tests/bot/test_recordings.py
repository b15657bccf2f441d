"""Recorded exchange messages through the local servers and the bot: the sums that are known of them."""

import gzip
import json
from collections import defaultdict

import pytest
from botprocess import bot, rows, simulating, wait_for
from recorded import DATA, needs_recorded

WS = DATA / "ws"
TOTALS = "SELECT exchange, pair, sum(trades), sum(vBuy), sum(vSell) FROM exchange_candles GROUP BY exchange, pair"

pytestmark = needs_recorded


def play(folder, *files, trades, speed=60):
    """Play the files, wait until all `trades` are stored, and return exchange, pair, trades, bought, sold."""
    arguments = [word for file in files for word in ("--play", WS / file)]
    with simulating(folder, "--speed", speed, *arguments), bot(folder) as process:

        def stored():
            return [row for row in rows(folder, TOTALS) if row[2] >= trades]

        wait_for(stored, process, folder / "bot.log", seconds=120)
    (total,) = rows(folder, TOTALS)
    return total


def test_two_spot_files_over_midnight_lose_nothing_and_give_the_minutes_known_of_them(tmp_path):
    files = ("binance_spot_btcusdt_trade_20240808.txt.gz", "binance_spot_btcusdt_trade_20240809.txt.gz")
    total = play(tmp_path, *files, trades=19_904)
    assert total[:3] == ("binance", "BTC/USDT", 19_904)

    expected = defaultdict(lambda: [0.0, 0.0, 0])
    for file in files:
        with gzip.open(WS / file, "rt") as lines:
            for line in lines:
                event = json.loads(line.split(" ", 1)[1])["data"]
                minute = expected[event["T"] // 60_000 * 60_000]
                minute[1 if event["m"] else 0] += float(event["q"])
                minute[2] += 1
    stored = {row[0]: row[1:] for row in rows(tmp_path, "SELECT timestamp, vBuy, vSell, trades FROM exchange_candles")}
    for minute, (buy, sell, trades) in expected.items():
        assert stored[minute] == (pytest.approx(buy, abs=1e-9), pytest.approx(sell, abs=1e-9), trades)
    midnight = 1_723_161_600_000
    assert stored[midnight][:2] == (pytest.approx(15.59452, abs=1e-9), pytest.approx(18.48728, abs=1e-9))
    assert stored[midnight - 120_000][:2] == (pytest.approx(38.24674, abs=1e-9), pytest.approx(38.89528, abs=1e-9))
    assert rows(tmp_path, "SELECT gaps, rejects FROM exchange_status") == [(0, 0)]


@pytest.mark.more
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("binance_usdm_btcusdt_trade_20240808.txt.gz", ("binance", "BTC/USDT", 21_313, 1_251.576, 1_177.790)),
        ("cryptofeed_OKX_trades_only.txt.gz", ("okx", "BTC/USDT", 69, 2.99559276, 0.49098219)),
        ("cryptofeed_COINBASE_matches_only.txt.gz", ("coinbase", "SKL/USD", 52, 40_691.3, 6_040.0)),
    ],
)
def test_each_venues_recording_gives_its_known_totals_by_taker_side(tmp_path, file, expected):
    exchange, pair, trades, bought, sold = play(tmp_path, file, trades=expected[2])
    assert (exchange, pair, trades) == expected[:3]
    assert bought == pytest.approx(expected[3], abs=1e-9)
    assert sold == pytest.approx(expected[4], abs=1e-9)
