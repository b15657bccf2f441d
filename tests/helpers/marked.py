"""Databases with as many trades as a test wants, each a trade that the strategy makes of the candles beside it.

The market is made at random, the trades, setups and the open position are those of the back-test over it, so that the
page, the API, SQLite and `cvdbot backtest` can be held against each other. 5,000 trades are built in about two seconds.

`MADE` names what there is to build. All is of BTC/USDT and of the account `paper`; the configuration (number 1) is told
by the name, minutes are counted from `BEGAN` (2025-05-02 00:00 UTC). Bars are of 5 minutes.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from offline import BEGAN, OfflineBot
from web_server import serve

from analysis.batch.backtest import Result, backtest
from analysis.batch.history import History
from analysis.batch.market import Market
from analysis.batch.setups import setups
from bot.core.parameters import Parameters
from bot.core.saved import Entered
from bot.core.setup import Event, EventKind
from bot.core.times import MINUTE, Moment
from bot.records import PAPER, Booked, BookedEvent, BookedOrder, BookedTrade
from bot.store import rows, traded
from bot.store.database import open_for_writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    Given = Callable[[str], tuple[Path, str]]

PAIR = "BTC/USDT"
SEED = 5
BAR = 5 * MINUTE
QUICK: dict[str, object] = {
    "fvg_sensitivity": "all",
    "fvg_bars": "all",
    "tpsl_method": "fixed",
    "take_profit_percent": 0.1,
    "stop_loss_percent": 0.12,
}
"""Parameters under which the bot enters every hour or so and leaves soon."""


@dataclass(frozen=True)
class Made:
    """A database to build: the bot begins at a minute of the market, which ends when the bot has its trades."""

    trades: int
    minute: int = 0
    parameters: dict[str, object] = field(default_factory=lambda: dict(QUICK))


TWO_ENDS = QUICK | {"take_profit_percent": 0.3884, "stop_loss_percent": 0.417}
"""Parameters under which the two trades from minute 2560 on are a Long that wins 383 and a Short that loses 412."""

MADE = {
    "none": Made(0, minute=3600),
    "one": Made(1, minute=3600, parameters=QUICK | {"fee_rate": 0.0004}),
    "hundreds": Made(500),
    "thousands": Made(5_000),
    "win and loss": Made(2, minute=2560, parameters=TWO_ENDS),
}
MINUTES = 300_000
"""As many as 5,000 trades take, and some."""


LIVE = {
    "gaps": {"risk": "lowest", "fvg_sensitivity": "all"},
    "blocks": {"risk": "lowest", "entry_mode": "order_block", "swing_length": 3, "require_retracement": True},
}
"""What `build_live` can have the real bot trade by; of the blocks one is come back to and one is given up."""


def market(minutes: int, seed: int) -> Market:
    """Make a market around 97,000 USDT: buyers and sellers take turns every few minutes."""
    rng = np.random.default_rng(seed)
    flow = rng.normal(0, 1, minutes)
    for lag, share in ((1, 0.6), (2, 0.4)):
        flow[lag:] += share * flow[:-lag]
    moves = 18 * flow + rng.normal(0, 12, minutes)
    close = np.round(97_000 * np.exp(_pulled_back(moves / 97_000)), 1)
    opening = np.concatenate(([97_000.0], close[:-1]))
    high = np.round(np.maximum(opening, close) + 10 * rng.random(minutes), 1)
    low = np.round(np.minimum(opening, close) - 10 * rng.random(minutes), 1)
    buy, sell = (np.round(np.maximum(6 + 3 * rng.random(minutes) + side * flow, 0.01), 3) for side in (1, -1))
    opens = BEGAN + MINUTE * np.arange(minutes, dtype=np.int64)
    return Market(PAIR, opens, opening, high, low, close, buy, sell)


def _pulled_back(moves: np.ndarray) -> np.ndarray:
    """Add up moves that are drawn back to 0 over a week or so."""
    sums = np.empty_like(moves)
    level = 0.0
    for index, move in enumerate(moves.tolist()):
        level = 0.9999 * level + move
        sums[index] = level
    return sums


def build(path: Path, made: Made) -> None:
    """Write a database; `path` is in an empty folder."""
    whole, parameters = market(MINUTES, SEED), Parameters.from_mapping(made.parameters)
    began = BEGAN + made.minute * MINUTE
    result = backtest(History(whole), parameters, began)
    left = [trade.exit_time for trade in result.trades]
    end = left[made.trades - 1] + 2 * BAR if made.trades else began + 2 * BAR
    candles = whole.between(BEGAN, end)
    history = History(candles)
    result = backtest(history, parameters, began)
    assert len(result.trades) == made.trades
    database = open_for_writing(path)
    with database.transaction() as sql:
        _put_candles(sql, candles)
        rows.claim_origin(sql, "exchanges", began)
        traded.put_configuration(sql, PAIR, parameters.plain(), "spot", ["binance"], "1.0.0", began)
        traded.put_booked(sql, PAIR, _booked(history, result))
        if result.open is not None:
            entered = Entered(1, _decided(result.open.entry_time))
            traded.put_order(sql, PAIR, BookedOrder(made.trades + 1, entered, result.open))
    database.close()


def build_live(path: Path, strategy: dict[str, object], minutes: int = 3_000) -> None:
    """Write what the real bot stores while it hears a market of its own; `path` is in an empty folder."""
    with OfflineBot(path, BEGAN, ("binance",), **strategy) as bot:
        for minute, opening, high, low, closing, buy, sell in market(minutes, seed=3).minutes():
            prints = [(price, buy / 4, True) for price in (opening, high, low, closing)] + [(closing, sell, False)]
            for index, (price, size, bought) in enumerate(prints):
                bot.trade("binance", minute + 1_000 * index, price, size, bought, minute // MINUTE * 5 + index)
            bot.clock.time = minute + MINUTE + 2_500
            bot.engine.expect(Moment.exact(bot.clock.time))
            bot.engine.venues["binance"].heartbeat(minute + MINUTE + 2_000)
            bot.followed.tick(bot.clock.time, bot.engine.venues.keys())
        bot.service._store()


def _put_candles(sql: sqlite3.Connection, candles: Market) -> None:
    columns = (candles.timestamp, candles.open, candles.high, candles.low, candles.close, candles.buy, candles.sell)
    sql.executemany(
        f"INSERT INTO candles VALUES (?, '{PAIR}', ?, ?, ?, ?, ?, ?, 1, 1)",
        zip(*(column.tolist() for column in columns), strict=True),
    )


def _booked(history: History, result: Result) -> Booked:
    """Return the rows of the trades and of their setups, in the order a bot would have written them."""
    booked = Booked(
        trades=[BookedTrade(PAPER, Entered(1, _decided(each.position.entry_time)), each) for each in result.trades]
    )
    for setup in setups(history, result):
        for one in setup["events"]:
            event = Event(one["timestamp"], setup["id"], EventKind(one["event"]), one["price"], one["detail"])
            booked.events.append(BookedEvent(PAPER, 1, event))
    return booked


def _decided(entry: int) -> int:
    """When the bot decides an entry: two seconds after its bar has closed."""
    return entry + BAR + 2_000


def stored(path: Path, query: str, *values: object) -> list[dict[str, object]]:
    """Return rows by the names of their columns, as SQLite has them."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as sql:
        sql.row_factory = sqlite3.Row
        return [dict(row) for row in sql.execute(query, values)]


@contextmanager
def served(folders: pytest.TempPathFactory, build: Callable[[Path, str], None]) -> Iterator[Given]:
    """Give what makes a database by its name and serves it, each when it is first asked for: its path and address."""
    made: dict[str, tuple[Path, str]] = {}
    with ExitStack() as servers:

        def give(name: str) -> tuple[Path, str]:
            if name not in made:
                path = folders.mktemp("marked") / "trading.db"
                build(path, name)
                made[name] = path, servers.enter_context(serve(path))
            return made[name]

        yield give
