"""Every figure of `/api/statistics` and `/api/equity`, recomputed of the stored rows as docs/statistics.md tells them.

`tests/helpers/told.py` is the page in plain Python. The accounts: without a trade, with one, with 500, one of 1,200
that pays fees, is ruined and has late trades; and those of the real bot's history.
"""

from __future__ import annotations

import json
import math
import random
import sqlite3
import statistics
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import marked
import pytest
import told
import traded as trading
from told import DAY, HOUR, MINUTE, TABLE, Told
from web_client import web_client

from bot.core.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Answers = Callable[..., "Account"]

NARROW = marked.QUICK | {"take_profit_percent": 0.03, "stop_loss_percent": 0.04}
RUINED = marked.Made(1_200, parameters=NARROW | {"fee_rate": 0.0003, "slippage": 0.0001})
"""More than 30 days, fees on every side, and a balance that does not last."""
LATE = range(20, 900, 7)
"""The numbers of its trades that were entered after an outage."""
BOOTSTRAP = {"expectancy_low": 5, "expectancy_high": 95}
"""Figures of 1,000 draws at random -> their percentile: held to what other draws give."""

ACCOUNTS = ["none", "one", "hundreds", "ruined", "a part", "late alone", "paper", "backtest", "imported"]


class Account:
    """An account's answers, and what the page says of its rows: of all trades, of those in time, of the late ones."""

    def __init__(self, path: Path, get: Callable[..., Any], mode: str = "paper", **asked: int) -> None:
        query = {"pair": marked.PAIR, "mode": mode, **asked}
        self.answer = get("/api/statistics", params=query).json()
        self.equity = get("/api/equity", params=query | {"points": 300_000}).json()
        with closing(sqlite3.connect(path)) as sql:
            sql.row_factory = sqlite3.Row
            self._read(sql, mode, asked)

    def _read(self, sql: sqlite3.Connection, mode: str, asked: dict[str, int]) -> None:
        trades = rows(sql, "SELECT * FROM trades WHERE mode = ? ORDER BY exitTime, id", mode)
        orders = rows(sql, "SELECT * FROM orders") if mode == "paper" else []
        used = {row["id"]: row for row in rows(sql, "SELECT * FROM configurations ORDER BY id")}
        plain = Parameters().plain()
        parameters = {number: json.loads(row["parameters"]) for number, row in used.items()}
        last = max(used) if mode == "paper" else max((each["configuration"] or 0 for each in trades), default=0)
        newest = parameters.get(last, plain)
        first = parameters.get(trades[0]["configuration"]) if trades else newest
        balance = first["initial_balance"] if first else trades[0]["newBalance"] - trades[0]["profit"]
        self.bar = bar = 5 * MINUTE
        for trade in trades:
            trade["before"], balance = balance, trade["newBalance"]
        begin, end = self._span(sql, mode, trades, used)
        begin, end = max(begin, asked.get("from", begin)), min(end, asked.get("to", end))
        earlier = [trade for trade in trades if trade["exitTime"] < begin]
        counted = [trade for trade in trades if begin <= trade["exitTime"] < end]
        held = [trade for trade in trades + orders if trade["entryTime"] < end <= trade.get("exitTime", end)]
        initial = trades[len(earlier)]["before"] if trades[len(earlier) :] else balance
        bars = {}
        minutes = sql.execute("SELECT timestamp / ? * ?, high, low, close FROM candles ORDER BY timestamp", (bar, bar))
        for time, high, low, close in minutes:
            if begin <= time < end:
                before = bars.get(time, (high, low, close))
                bars[time] = max(high, before[0]), min(low, before[1]), close
        rate = newest["fee_rate"] + newest["slippage"]

        def parted(*late: bool) -> Told:
            mine = [[each for each in group if self.is_late(each) in late] for group in (counted, held)]
            order = mine[1][0] if mine[1] else None
            return Told(mine[0], order, bars, begin, end, bar, initial, rate, newest["position_size"])

        self.all, self.timely, self.late = parted(False, True), parted(False), parted(True)
        self.has_late = bool(self.late.trades or self.late.order)

    def _span(self, sql: sqlite3.Connection, mode: str, trades: list[Any], used: dict[int, Any]) -> tuple[int, int]:
        oldest, newest = sql.execute("SELECT min(timestamp), max(timestamp) FROM candles").fetchone()
        started = min(row["since"] for row in used.values())
        begin, end = {
            "paper": lambda: (started, newest + MINUTE),
            "backtest": lambda: (oldest, started),
            "imported": lambda: (
                min(each["entryTime"] for each in trades),
                max(each["exitTime"] for each in trades) + self.bar,
            ),
        }[mode]()
        return begin // self.bar * self.bar, end // self.bar * self.bar

    def is_late(self, trade: dict[str, Any]) -> bool:
        return trade["decided"] is not None and trade["decided"] > trade["entryTime"] + self.bar + MINUTE


def rows(sql: sqlite3.Connection, query: str, *values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in sql.execute(query, values)]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory, traded_once: Path) -> Iterator[Callable[[str], Account]]:
    """An account of ACCOUNTS by its name, made and asked for once."""
    made: dict[str, Account] = {}
    paths: dict[str, Path] = {}

    with ExitStack() as clients:

        def database(name: str) -> Path:
            if name not in paths:
                paths[name] = tmp_path_factory.mktemp("told") / "trading.db"
                marked.build(paths[name], {**marked.MADE, "ruined": RUINED}[name])
                if name == "ruined":
                    enter_late(paths[name])
            return paths[name]

        def make(name: str) -> Account:
            mode, asked = "paper", {}
            if name in {"paper", "backtest", "imported"}:
                path, mode = traded_once, name
            elif name == "a part":
                path, asked = database("hundreds"), {"from": trading.at(6 * 1440), "to": trading.at(15 * 1440 + 35)}
            elif name == "late alone":
                path, asked = database("ruined"), {"from": trading.at(0), "to": trading.at(3 * 1440)}
            else:
                path = database(name)
            return Account(path, clients.enter_context(web_client(path)).get, mode, **asked)

        def give(name: str) -> Account:
            if name not in made:
                made[name] = make(name)
            return made[name]

        yield give


def enter_late(path: Path) -> None:
    with closing(sqlite3.connect(path)) as sql, sql:
        late = [(number,) for number in LATE]
        sql.executemany("UPDATE trades SET decided = decided + 3600000 WHERE tradeNumber = ?", late)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_every_figure_has_the_value_unit_and_n_that_the_page_tells(account: Callable[[str], Account], name: str):
    each = account(name)
    figures = each.answer["figures"]
    assert set(figures) == set(TABLE)
    for figure, (unit, text) in TABLE.items():
        said = figures[figure]
        assert (said["unit"], said["definition"]) == (unit, text)
        assert said["n"] == each.timely.count(told.needs(figure)[1]), figure
        if figure not in BOOTSTRAP:
            assert like(said["value"], each.timely.value(figure)), (figure, said["value"])


@pytest.mark.parametrize("name", ACCOUNTS)
def test_late_trades_have_figures_of_their_own_and_are_in_no_other(account: Callable[[str], Account], name: str):
    each = account(name)
    for figure, said in each.answer["figures"].items():
        if not each.has_late or figure.startswith("buy_and_hold"):
            assert said["late"] is None, figure
        else:
            assert said["late"]["n"] == each.late.count(told.needs(figure)[1]), figure
            if figure not in BOOTSTRAP:
                assert like(said["late"]["value"], each.late.value(figure)), (figure, said["late"]["value"])


def test_the_accounts_have_what_the_page_makes_exceptions_of(account: Callable[[str], Account]):
    ruined, hundreds = account("ruined"), account("hundreds")
    assert len(ruined.late.trades) == len(LATE)
    assert account("paper").timely.order
    assert ruined.timely.value("ruined")
    assert ruined.timely.value("marked_ruined")
    assert ruined.timely.value("sharpe") is not None
    assert hundreds.timely.value("sharpe") is None
    assert account("a part").timely.value("max_drawdown_end")
    assert account("a part").timely.value("marked_max_drawdown_end")
    assert account("imported").timely.value("expectancy_r") is None
    assert account("late alone").has_late
    assert ruined.timely.value("both_hit")


@pytest.mark.parametrize("name", ["hundreds", "paper"])
def test_the_interval_of_the_expectancy_is_that_of_other_draws_of_the_same_trades(
    account: Callable[[str], Account], name: str
):
    each = account(name)
    profits, draw = [trade["profit"] for trade in each.timely.trades], random.Random(1)
    means = [statistics.fmean(draw.choices(profits, k=len(profits))) for _ in range(3_000)]
    spread = statistics.stdev(means)
    for figure, percentile in BOOTSTRAP.items():
        expected = statistics.quantiles(means, n=100)[percentile - 1]
        assert each.answer["figures"][figure]["value"] == pytest.approx(expected, abs=0.25 * spread)


@pytest.mark.parametrize("name", ["none", "one"])
def test_below_ten_trades_the_expectancy_has_no_interval(account: Callable[[str], Account], name: str):
    figures = account(name).answer["figures"]
    assert [figures[figure]["value"] for figure in BOOTSTRAP] == [None, None]


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_conclusion_says_too_few_where_the_interval_holds_0_or_trades_are_few(
    account: Callable[[str], Account], name: str
):
    answer = account(name).answer
    low, high = (answer["figures"][figure]["value"] for figure in BOOTSTRAP)
    count, said = answer["figures"]["trades"]["value"], answer["conclusion"]
    assert said.startswith("no trades") is (count == 0)
    assert said.startswith("too few trades to conclude") is (count > 0 and (low is None or low <= 0 <= high))


@pytest.mark.parametrize("name", ACCOUNTS)
def test_a_figure_of_profit_says_before_fees_where_no_fees_are_in_it(account: Callable[[str], Account], name: str):
    each = account(name)
    trades = each.timely.trades
    free = sum(not trade["fees"] for trade in trades) if trades else int(not each.timely.rate)
    note = "before fees" if free == len(trades) or not trades else f"before fees in {free} of {len(trades)} trades"
    for figure, said in each.answer["figures"].items():
        assert said["note"] == (None if figure in told.OF_NO_PROFIT or not free else note), figure


@pytest.mark.parametrize("name", ACCOUNTS)
def test_weekdays_and_hours_are_those_of_the_entry_bar_s_open(account: Callable[[str], Account], name: str):
    each = account(name)
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    for part, names, key in (
        ("weekdays", days, lambda time: (time // DAY + 3) % 7),  # 1970-01-01 was a Thursday
        ("hours", list(range(24)), lambda time: time % DAY // HOUR),
    ):
        said = dict(each.answer[part])
        late = said.pop("late")
        assert (late is not None) is each.has_late
        for groups, of in ((said, each.timely), (late, each.late))[: 1 + each.has_late]:
            expected = of.groups(names, key)
            assert set(groups) == set(expected)
            assert [column for column in groups if not like(groups[column], expected[column])] == []


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_matrix_has_each_timely_trade_once_by_weekday_and_hour(account: Callable[[str], Account], name: str):
    each = account(name)
    counts = [[0] * 24 for _ in range(7)]
    profits: list[list[float | None]] = [[None] * 24 for _ in range(7)]
    for trade in each.timely.trades:
        day, hour = (trade["entryTime"] // DAY + 3) % 7, trade["entryTime"] % DAY // HOUR
        counts[day][hour] += 1
        profits[day][hour] = (profits[day][hour] or 0.0) + trade["profit"]
    matrix = each.answer["matrix"]
    assert matrix["trades"] == counts
    assert all(like(said, expected) for said, expected in zip(matrix["profit"], profits, strict=True))


@pytest.mark.parametrize("name", ACCOUNTS)
def test_each_entry_has_its_leverage_and_whether_its_last_bar_reached_both(
    account: Callable[[str], Account], name: str
):
    each = account(name)
    trades, entries = each.all.trades, each.answer["entries"]
    assert entries["tradeNumber"] == [trade["tradeNumber"] for trade in trades]
    assert entries["late"] == [each.is_late(trade) for trade in trades]
    assert like(entries["leverage"], [told.lever(trade) for trade in trades])
    assert entries["both_hit"] == [each.all.reached_both(trade) for trade in trades]


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_equity_has_the_account_after_each_bar_and_how_far_it_had_fallen(
    account: Callable[[str], Account], name: str
):
    each = account(name)
    worth, said = each.all.worth, each.equity
    assert (said["from"], said["to"], said["bars"]) == (each.all.begin, each.all.end, len(worth))
    assert said["timestamp"] == list(worth)
    columns: dict[str, list[float]] = {"balance": [], "marked": [], "drawdown": [], "balance_drawdown": []}
    highest = highest_booked = each.all.initial
    for booked, marked_to_market in worth.values():
        highest, highest_booked = max(highest, marked_to_market), max(highest_booked, booked)
        row = (booked, marked_to_market, highest - marked_to_market, highest_booked - booked)
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    held = [each.all.initial + each.all.held(close) for _, _, close in each.all.bars.values()]
    for column, values in (columns | {"buy_and_hold": held}).items():
        assert like(said[column], values), column
    assert said["initial_balance"] == each.all.initial


def test_each_trade_is_followed_on_each_exchange_s_own_minutes(account: Callable[[str], Account], traded_once: Path):
    each = account("paper")
    with closing(sqlite3.connect(traded_once)) as sql:
        sql.row_factory = sqlite3.Row
        minutes = {
            venue["exchange"]: {
                row["timestamp"]: row
                for row in rows(sql, "SELECT * FROM exchange_candles WHERE exchange = ?", venue["exchange"])
                if row["timestamp"] < each.all.end
            }
            for venue in each.answer["venues"]
        }
    assert sorted(minutes) == list(minutes) == ["binance", "bybit", "coinbase", "okx"]
    for venue in each.answer["venues"]:
        expected = [followed(trade, minutes[venue["exchange"]], each) for trade in each.all.trades]
        for column, values in zip(
            ("entryPrice", "touched", "exitPrice", "exitTime", "profit", "difference", "missing"),
            zip(*expected, strict=True),
            strict=True,
        ):
            assert like(venue["trades"][column], list(values)), column
        ended = [
            (profit, difference)
            for trade, (*_, profit, difference, _) in zip(each.all.trades, expected, strict=True)
            if profit is not None and not each.is_late(trade)
        ]
        sums = [sum(column) for column in zip(*ended, strict=True)]
        assert like([venue["n"], venue["profit"], venue["difference"]], [len(ended), *sums])


def followed(trade: dict[str, Any], minutes: dict[int, Any], account: Account) -> tuple[Any, ...]:
    """Entry, what was touched, exit, its minute, profit, difference and missing minutes on one exchange."""
    last = trade["entryTime"] + account.bar - MINUTE
    if last not in minutes:
        return (None,) * 7
    entry = minutes[last]["close"]
    stop, target = (entry + trade[level] - trade["entryPrice"] for level in ("stopLoss", "takeProfit"))
    side, missing = told.side(trade), 0
    for time in range(last + MINUTE, account.all.end, MINUTE):
        if time not in minutes:
            missing += 1
            continue
        against, forth = (minutes[time][name] for name in (("low", "high") if side > 0 else ("high", "low")))
        for name, level, reached in (("stop", stop, against), ("target", target, forth)):
            if side * (level - reached) * (1 if name == "stop" else -1) >= 0:
                profit = (side * (level - entry) - told.rate_of(trade) * (entry + level)) * trade["size"]
                return entry, name, level, time, profit, profit - trade["profit"], missing
    return (entry, *[None] * 6)


def like(said: Any, expected: Any) -> bool:
    """Whether two values or columns are the same but for the last digits, null only where it is null."""
    if isinstance(said, list) and isinstance(expected, list):
        return len(said) == len(expected) and all(map(like, said, expected))
    if said is None or expected is None or isinstance(said, str):
        return said is expected or said == expected
    return math.isclose(said, expected, rel_tol=1e-9, abs_tol=1e-6)
