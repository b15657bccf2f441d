from collections import Counter
from itertools import pairwise

import pytest

from bot.simulator.market import Market

START = 1_763_942_400_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.slow
def test_the_same_seed_and_start_trade_the_same_whatever_the_steps():
    whole = list(Market(start=START, seed=3).until(START + HOUR))
    stepped = Market(start=START, seed=3)
    steps = [order for end in range(START, START + HOUR + 1, 777) for order in stepped.until(end)]
    steps += stepped.until(START + HOUR)
    assert steps == whole
    assert list(Market(start=START, seed=4).until(START + HOUR)) != whole


def test_orders_come_in_time_order_within_the_asked_time_and_ids_rise_by_one_a_venue():
    market = Market(start=START, seed=3)
    orders = list(market.until(START + HOUR))
    assert market.now == START + HOUR
    assert all(a.timestamp <= b.timestamp for a, b in pairwise(orders))
    assert orders[0].timestamp >= START
    assert orders[-1].timestamp < START + HOUR
    for exchange in market.exchanges:
        ids = [fill.id for order in orders if order.exchange == exchange for fill in order.fills]
        assert ids == list(range(START // 4, START // 4 + len(ids)))


@pytest.mark.slow
def test_a_market_started_later_repeats_no_id():
    first = Market(start=START, seed=3, rate=50)
    newest = max(fill.id for order in first.until(START + HOUR) for fill in order.fills)
    assert next(Market(start=START + HOUR, seed=3).until(START + 2 * HOUR)).fills[0].id > newest


@pytest.mark.slow
@pytest.mark.parametrize(
    ("market", "exchange", "tick", "lot"),
    [
        ("perpetual", "binance", 0.1, 0.001),
        ("perpetual", "bybit", 0.1, 0.001),
        ("perpetual", "okx", 0.1, 0.0001),
        ("perpetual", "coinbase", 0.01, 1e-8),
        ("spot", "binance", 0.01, 0.00001),
        ("spot", "bybit", 0.1, 0.000001),
        ("spot", "okx", 0.1, 1e-8),
    ],
)
def test_prices_are_whole_ticks_and_sizes_whole_lots(market, exchange, tick, lot):
    fills = [
        fill
        for order in Market(market, start=START, seed=3).until(START + HOUR)
        if order.exchange == exchange
        for fill in order.fills
    ]
    assert len(fills) > 1000
    for fill in fills:
        assert round(round(fill.price / tick) * tick, 8) == fill.price
        assert round(round(fill.size / lot) * lot, 8) == fill.size
        assert fill.size > 0


def test_an_order_walks_the_book_in_its_own_direction_in_one_to_five_fills():
    counts = Counter()
    for order in Market(start=START, seed=3).until(START + 6 * HOUR):
        counts[len(order.fills)] += 1
        prices = [fill.price for fill in order.fills]
        assert prices == sorted(prices, reverse=not order.taker_buy)
    assert set(counts) == {1, 2, 3, 4, 5}


@pytest.mark.slow
def test_there_are_two_orders_a_second_and_venue_on_average_and_never_a_second_without_one():
    orders = list(Market(start=START, seed=3).until(START + DAY // 3))
    assert 1.0 < len(orders) / 4 / 28_800 < 3.0
    assert max(b.timestamp - a.timestamp for a, b in pairwise(orders)) <= 1001
    seconds = Counter()
    for order in orders:
        seconds[order.timestamp // 1000] += len(order.fills)
    assert max(seconds.values()) <= 200


def test_takers_come_in_runs():
    orders = Market(start=START, seed=3).until(START + 4 * HOUR)
    sides = [order.taker_buy for order in orders if order.exchange == "okx"]
    repeated = sum(a == b for a, b in pairwise(sides)) / len(sides)
    assert 0.6 < repeated < 0.9


@pytest.mark.more
def test_fewer_orders_are_larger_ones_on_the_same_chart():
    def traded(rate):
        market = Market(start=START, seed=3, rate=rate)
        orders = list(market.until(START + 12 * HOUR))
        volume = sum(fill.size for order in orders for fill in order.fills)
        last = {order.timestamp // (30 * MINUTE): order for order in orders if order.exchange == "okx"}
        closes = {half_hour: order.fills[-1].price for half_hour, order in last.items()}
        return len(orders), volume, closes

    few, volume_of_few, closes_of_few = traded(0.1)
    many, volume_of_many, closes_of_many = traded(2.0)
    assert many / few == pytest.approx(20, rel=0.1)
    assert volume_of_few == pytest.approx(volume_of_many, rel=0.2)
    for half_hour, close in closes_of_many.items():
        assert closes_of_few[half_hour] == pytest.approx(close, rel=0.002)


def test_the_rate_may_change_at_any_time():
    market = Market(start=START, seed=3, rate=0.1)
    history = list(market.until(START + HOUR))
    market.rate = 5.0
    live = list(market.until(START + 2 * HOUR))
    assert live[0].timestamp >= START + HOUR
    assert len(live) > 20 * len(history)
    okx = [fill.id for order in history + live if order.exchange == "okx" for fill in order.fills]
    assert okx == list(range(okx[0], okx[0] + len(okx)))


def test_a_burst_is_fifty_orders_more_of_one_venue_within_a_second_about_once_a_minute():
    seconds = Counter(
        (order.exchange, order.timestamp // 1000) for order in Market(start=START, seed=3, burst=50).until(START + HOUR)
    )
    quiet = Counter(
        (order.exchange, order.timestamp // 1000) for order in Market(start=START, seed=3).until(START + HOUR)
    )
    more = sum(seconds.values()) - sum(quiet.values())
    assert max(quiet.values()) < 25
    assert sum(count > 25 for count in seconds.values()) >= 180  # of some 240; one over a second's end is in two
    assert 150 * 50 < more < 330 * 50


@pytest.mark.more
def test_a_month_looks_like_bitcoin():
    closes, highs, lows = {}, {}, {}
    for order in Market(start=START, seed=3, rate=0.05).until(START + 30 * DAY):
        if order.exchange == "binance":
            bar, price = order.timestamp // (5 * MINUTE), order.fills[-1].price
            closes[bar] = price
            highs[bar], lows[bar] = max(highs.get(bar, price), price), min(lows.get(bar, price), price)
    assert 50_000 < min(lows.values()) < max(highs.values()) < 160_000
    ranges = sorted((highs[bar] - lows[bar]) / closes[bar] * 100 for bar in closes)
    assert 0.05 < ranges[len(ranges) // 2] < 0.3  # percent: the median 5-minute range
    assert ranges[-10] > 4 * ranges[len(ranges) // 2]  # and now and then a violent one
    gaps = sum(lows[bar] > highs[bar - 2] or highs[bar] < lows[bar - 2] for bar in closes if bar - 2 in closes)
    assert gaps > 30 * 20


def test_venues_stay_within_a_fifth_of_a_percent_of_each_other():
    last = {}
    for order in Market(start=START, seed=3, rate=0.5).until(START + DAY):
        last[order.exchange] = order.fills[0].price
        assert max(last.values()) / min(last.values()) < 1.004
    distance = last["coinbase"] / last["binance"] - 1
    assert 0 < distance < 0.002
