"""The made markets of several pairs: each is its own, whatever else is traded."""

import math

import pytest
from simulated import START

from bot.simulator.dialects import instrument
from bot.simulator.market import Market
from bot.simulator.markets import Markets

MINUTE = 60_000
BOTH = ("BTC/USDT", "ETH/USDT")


def orders(*pairs, until=10 * MINUTE, **options):
    """Every order of the pairs' markets, as a simulator would send them."""
    markets = Markets([Market(start=START, seed=7, pair=pair, **options) for pair in pairs])
    return list(markets.until(START + until))


def test_a_pairs_orders_are_the_same_alone_and_beside_another():
    bitcoin, ether, both = orders("BTC/USDT"), orders("ETH/USDT"), orders(*BOTH)
    assert [order for order in both if order.pair == "BTC/USDT"] == bitcoin
    assert [order for order in both if order.pair == "ETH/USDT"] == ether
    assert [order.timestamp for order in both] == sorted(order.timestamp for order in both)
    assert {order.exchange for order in ether} == {"binance", "bybit", "coinbase", "okx"}
    assert [order.timestamp for order in ether[:9]] != [order.timestamp for order in bitcoin[:9]]


def test_bursts_and_the_rate_are_a_pairs_own():
    options = {"rate": 5.0, "burst": 20, "until": 2 * MINUTE}
    alone = orders("ETH/USDT", **options)
    assert [order for order in orders(*BOTH, **options) if order.pair == "ETH/USDT"] == alone
    assert len(alone) > 2 * len(orders("ETH/USDT", until=2 * MINUTE))


def test_bitcoin_trades_as_it_always_has():
    bitcoin = [order for order in orders(*BOTH, until=1000) if order.pair == "BTC/USDT"]
    assert [(order.exchange, order.timestamp - START, order.taker_buy, order.fills) for order in bitcoin[:3]] == [
        ("okx", 20, True, ((START // 4, 96975.8, 0.1721),)),
        ("binance", 57, False, ((START // 4, 96979.5, 0.122),)),
        ("okx", 77, True, ((START // 4 + 1, 96977.9, 0.136),)),
    ]


def test_pairs_have_ids_of_their_own_that_rise_by_one_on_each_venue():
    ids = {}
    for order in orders(*BOTH, until=MINUTE):
        ids.setdefault((order.exchange, order.pair), []).extend(fill.id for fill in order.fills)
    assert len(ids) == 8
    assert all(each == list(range(each[0], each[0] + len(each))) for each in ids.values())
    assert ids["okx", "ETH/USDT"][0] > ids["okx", "BTC/USDT"][-1] + 10**9


@pytest.mark.parametrize(
    ("exchange", "market", "symbol", "tick", "lot", "contract"),
    [
        ("binance", "perpetual", "ETHUSDT", 0.01, 0.01, 1.0),
        ("bybit", "perpetual", "ETHUSDT", 0.01, 0.01, 1.0),
        ("coinbase", "perpetual", "ETH-USD", 0.01, 1e-8, 1.0),
        ("okx", "perpetual", "ETH-USDT-SWAP", 0.01, 0.001, 0.1),
        ("binance", "spot", "ETHUSDT", 0.01, 0.001, 1.0),
        ("okx", "spot", "ETH-USDT", 0.01, 1e-8, 1.0),
    ],
)
def test_ether_is_traded_in_the_venues_steps(exchange, market, symbol, tick, lot, contract):
    traded = instrument(exchange, market, "ETH/USDT")
    assert (traded.symbol, 1 / traded.ticks, 1 / traded.lots, traded.contract) == (symbol, tick, lot, contract)
    source = Market(market, start=START, seed=7, pair="ETH/USDT", exchanges=(exchange,))
    for order in source.until(START + MINUTE):
        for fill in order.fills:
            assert 3300 < fill.price < 3700
            assert float(traded.price(fill.price)) == fill.price
            assert float(traded.size(fill.size)) * contract == pytest.approx(fill.size, abs=1e-12)


@pytest.mark.parametrize("base", ["SOL", "BNB", "XRP", "DOGE", "ADA", "LTC", "LINK", "AVAX", "ABC", "1INCH", "PEPE"])
@pytest.mark.parametrize("exchange", ["binance", "okx"])
def test_any_coin_is_traded_at_a_stable_price_in_steps_that_fit_it(base, exchange):
    pair = f"{base}/USDT"
    source = Market(start=START, seed=7, pair=pair, exchanges=(exchange,))
    (traded,) = source.instruments
    fills = [fill for order in source.until(START + MINUTE) for fill in order.fills]
    assert all(float(traded.price(fill.price)) == fill.price for fill in fills)
    assert all(math.isclose(float(traded.size(fill.size)) * traded.contract, fill.size) for fill in fills)
    assert 1e3 < fills[0].price * traded.ticks < 1e6, "four to six digits"
    assert len({fill.size for fill in fills}) > len(fills) / 4, "sizes are many lots"
