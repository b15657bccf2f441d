"""A database with a history of trading, written by the real importer and the real bot; only the prices are made up.

The fixtures `traded_once` (to read) and `traded` (a copy) give it: built once a test run, in about a second, the same
rows each time. What it holds, in minutes from `BEGAN` (2025-05-02 00:00 UTC, a Friday), all of BTC/USDT and of the
origin `exchanges`:

| minutes | what |
| --- | --- |
| -240 to 0 | the earlier bot's candles: no exchange behind them, `sources` null; and three `imported` trades |
| 0 to 1440 | klines of binance alone, 1 source of 1 |
| -240 to 1440 | was history when the bot first started: the account `backtest`, its last trade a `Forced Close` |
| 1440 on | the account `paper`: four exchanges, seen live |
| `OKX_AWAY` | okx was away: 3 sources of 4 |
| `OUTAGE` | the bot was off; the exchanges told the minutes afterwards (`complete` 2): one trade was entered `late` |
| `LATE_PRINT` | a trade came late: the candle was corrected after the strategy had seen it |
| `HOLE` | no exchange at all: no rows |
| `CHANGED` on | the second configuration: fees of 0.04 % a side, `atr_length` 12 |
| `END` | the last minute is END - 1; a position is open, in the middle of a 5-minute bar |

Two verifications: the older one of a moment when a candle had been tampered with, the newer one without differences.
Logs: one line an hour, starts and configurations, a warning.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

from gathered import gathered
from offline import BEGAN, MINUTE, OfflineBot, market

from bot.core.times import Moment, to_iso
from bot.core.trades import Trade
from bot.imports import importer
from bot.store import rows, traded
from bot.store.database import open_for_writing
from bot.trading.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PAIR = "BTC/USDT"
EXCHANGES = ("binance", "bybit", "coinbase", "okx")

EARLIER, FIRST, END = -240, 1440, 4507
"""The first minute, the first that was traded live, and the one after the last."""
OKX_AWAY = range(1600, 1630)
OUTAGE = range(1935, 1974)
LATE_PRINT = 2200
HOLE = range(2500, 2507)
CHANGED = 3000

STRATEGY = {"risk": "lowest", "fvg_sensitivity": "all"}
CHANGE = {"fee_rate": 0.0004, "atr_length": 12}

Row = tuple[float, float, float, float, float, float]
"""Open, high, low, close, bought, sold."""


def at(minute: int) -> int:
    """The open of a minute, counted from BEGAN."""
    return BEGAN + minute * MINUTE


def build(path: Path) -> None:
    """Write the database; `path` is in an empty folder."""
    prices = market(END - EARLIER, seed=3)
    before, after = prices[: FIRST - EARLIER], dict(enumerate(prices[FIRST - EARLIER :], FIRST))
    _import_the_past(path, before)
    with _bot(path, FIRST) as bot:
        _live(bot, after, range(FIRST, OKX_AWAY.start))
        bot.engine.venues["okx"].disconnected()
        _live(bot, after, OKX_AWAY)
        bot.engine.venues["okx"].subscribed(Moment.exact(bot.clock.time))
        _live(bot, after, range(OKX_AWAY.stop, OUTAGE.start))
    with _bot(path, OUTAGE.stop) as bot:
        _heal(bot, after, OUTAGE)
        _live(bot, after, range(OUTAGE.stop, LATE_PRINT + 2))
        bot.trade("bybit", at(LATE_PRINT) + 30_000, after[LATE_PRINT][3], 0.25, True, "a late print")
        _live(bot, after, range(LATE_PRINT + 2, HOLE.start))
        _go_dark(bot)
        _live(bot, after, range(HOLE.stop, CHANGED))
    _verify_a_tampered_candle(path, CHANGED)
    with _bot(path, CHANGED, **CHANGE) as bot:
        bot.service._journal.warning("clock", "leapt from 2025-05-04T02:00:00Z to 2025-05-04T02:00:07Z")
        _live(bot, after, range(CHANGED, END))
    _verify(path, END)


def copy(built: Path, path: Path) -> None:
    """Copy a built database with its log."""
    for suffix in ("", "-wal"):
        shutil.copy(f"{built}{suffix}", f"{path}{suffix}")


def _import_the_past(path: Path, prices: Sequence[Row]) -> None:
    """Take over what the earlier bot stored and a day of klines, with `cvdbot import`."""
    folder = path.parent / "imported"
    folder.mkdir()
    candles = [dict(zip(("open", "high", "low", "close", "vBuy", "vSell"), row, strict=True)) for row in prices]
    for minute, candle in enumerate(candles, EARLIER):
        candle["timestamp"] = at(minute)
    (folder / "candles_1m.json").write_text(json.dumps(candles[:-EARLIER]))
    (folder / "trades.json").write_text(json.dumps(_earlier_trades()))
    lines = [
        ",".join(
            str(value) for value in (at(minute), *row[:4], row[4] + row[5], at(minute + 1) - 1, 0, 10, row[4], 0, 0)
        )
        for minute, row in enumerate(prices[-EARLIER:])
    ]
    (folder / "BTCUSDT-1m-2025-05-02.csv").write_text("\n".join(lines))
    database = open_for_writing(path)
    with database.transaction() as sql:
        rows.claim_origin(sql, "exchanges", BEGAN)
    database.close()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        importer.run([folder], path, PAIR, as_json=True)
    shutil.rmtree(folder)


def _earlier_trades() -> list[dict[str, object]]:
    """Three trades as the earlier bot kept them: without size, stop, target and fees; a balance as text."""
    told = [
        (7, "Long", 96_800.0, -230, 97_150.5, -90, 350.5, "Take Profit", 10_350.5),
        (8, "Short", 97_020.5, -60, 97_400.0, 75, -379.5, "Stop Loss", "9971"),
        (9, "Short", 97_100.0, 300, 96_900.25, 420, 199.75, "Take Profit", 10_170.75),
    ]
    names = ("tradeNumber", "entryType", "entryPrice", "entryTime", "exitPrice", "exitTime", "profit", "outcome")
    trades = [dict(zip((*names, "newBalance"), each, strict=True)) for each in told]
    for trade in trades:
        trade["entryTime"], trade["exitTime"] = to_iso(at(trade["entryTime"])), to_iso(at(trade["exitTime"]))
    return trades


@contextlib.contextmanager
def _bot(path: Path, minute: int, **changed: object) -> Iterator[OfflineBot]:
    """Start the bot at a minute; it ends as by a kill."""
    with OfflineBot(path, at(minute), EXCHANGES, **STRATEGY, **changed) as bot:
        bot.service._journal.info("start", f"at {to_iso(at(minute))}")
        yield bot
        bot.service._store()


def _prints(minute: int, row: Row, offset: int) -> list[Trade]:
    """What one exchange trades in a minute, its prices `offset` above the others'."""
    opening, high, low, closing, buy, sell = row
    told = [(price, buy / 4, True) for price in (opening, high, low, closing)] + [(closing, sell, False)]
    first = at(minute) // MINUTE * len(told)  # ids without a hole, also over a restart
    return [
        Trade(at(minute) + 1_000 * index, price + offset, size, side, first + index)
        for index, (price, size, side) in enumerate(told)
    ]


def _live(bot: OfflineBot, prices: dict[int, Row], minutes: range) -> None:
    """Let the bot hear the minutes from its connected exchanges; it stores once an hour, to be quick."""
    for minute in minutes:
        for offset, venue in enumerate(bot.engine.venues.values()):
            if venue.connected:
                bot.engine.expect(Moment.exact(at(minute) + 5_000))
                for trade in _prints(minute, prices[minute], offset):
                    assert venue.add(trade)
        _close(bot, minute)
        if (minute + 1) % 60 == 0:
            bot.service._store()
    bot.service._store()


def _close(bot: OfflineBot, minute: int) -> None:
    """Let the minute be over."""
    bot.clock.time = at(minute + 1) + 2_500
    bot.engine.expect(Moment.exact(bot.clock.time))
    for venue in bot.engine.venues.values():
        if venue.connected:
            venue.heartbeat(at(minute + 1) + 2_000)
    update = bot.engine.tick(bot.clock.time, bot.engine.venues.keys())
    if update:
        bot.followed.waiting.append(update)


def _heal(bot: OfflineBot, prices: dict[int, Row], minutes: range) -> None:
    """Let the exchanges tell the minutes the bot was away in, as they do over REST."""
    for offset, venue in enumerate(bot.engine.venues.values()):
        venue.heartbeat(at(minutes.stop) + 2_500)
        for minute in minutes:
            assert venue.heal(at(minute), gathered(_prints(minute, prices[minute], offset)))


def _go_dark(bot: OfflineBot) -> None:
    """Lose every exchange for the minutes of HOLE, and find them again."""
    for venue in bot.engine.venues.values():
        venue.disconnected()
    for minute in HOLE:
        _close(bot, minute)
    for venue in bot.engine.venues.values():
        venue.subscribed(Moment.exact(at(HOLE.stop) - 3_000))
        for minute in range(HOLE.start - 1, HOLE.stop + 1):
            venue.give_up(at(minute))


def _verify(path: Path, minute: int) -> None:
    """Store what `cvdbot verify` finds."""
    database = open_for_writing(path)
    with database.transaction() as sql:
        verdict = verify(sql, PAIR)
        span, differences = (verdict.start, verdict.end), [asdict(one) for one in verdict.differences]
        traded.put_verification(sql, at(minute), span, verdict.trades, differences)
    database.close()


def _verify_a_tampered_candle(path: Path, minute: int) -> None:
    """Store what `cvdbot verify` finds while somebody has changed a close, and put the close back."""
    close = _put_close(path, 1.0)
    _verify(path, minute)
    _put_close(path, close)


def _put_close(path: Path, close: float) -> float:
    """Change the close of a stored minute; return what it was."""
    database = open_for_writing(path)
    with database.transaction() as sql:
        ((was,),) = sql.execute("SELECT close FROM candles WHERE timestamp = ?", (at(LATE_PRINT - 7),)).fetchall()
        sql.execute("UPDATE candles SET close = ? WHERE timestamp = ?", (close, at(LATE_PRINT - 7)))
    database.close()
    return float(was)
