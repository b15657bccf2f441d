"""One pair the bot follows: its engine and desk, and what waits to be stored.

Pairs share the connections, the clock and the database, and nothing else: what is told of one and traded with it is
what it would be alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.exchanges import EXCHANGES
from bot.core.times import DAY, MINUTE, minute_of, to_iso
from bot.core.venue import AHEAD, REACH
from bot.engine import Engine
from bot.errors import DatabaseError
from bot.exchanges.connectors import connector
from bot.store import rows, traded
from bot.trading.restart import open_desk, put_checkpoint, put_desk, read_checkpoints

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from bot.config import Pair, Settings
    from bot.core.aggregate import Candle
    from bot.core.times import Moment
    from bot.journal import Journal
    from bot.records import Update


class Following:
    """One pair, on an open database."""

    def __init__(
        self, sql: sqlite3.Connection, settings: Settings, wanted: Pair, moment: Moment, journal: Journal, version: str
    ) -> None:
        """Go on where an earlier run ended, or begin.

        Args:
            sql: An open transaction that reads the archives as well.
            settings: Of all pairs.
            wanted: This pair.
            moment: Our clock.
            journal: Is told what is worth a line.
            version: Of this program.

        Raises:
            DatabaseError: The clock stands before what is stored.
        """
        self.pair = wanted.pair
        self.connectors = {
            exchange: connector(exchange, settings.market, wanted.pair, one, wanted.symbols.get(exchange, ""))
            for exchange, one in settings.enabled.items()
        }
        self.waiting: list[Update] = []
        """What is to be stored, oldest first."""
        _refuse_a_past_clock(rows.newest_minute(sql, self.pair), moment)
        now, parameters = moment.now, wanted.parameters
        if traded.put_configuration(
            sql, self.pair, parameters.plain(), settings.market, list(self.connectors), version, now
        ):
            journal.info("configuration", f"{self.pair} {settings.market} on {', '.join(self.connectors)}")
        configuration, _ = traded.newest_configuration(sql, self.pair)
        self.desk, lost = open_desk(sql, self.pair, parameters, configuration, now)
        if lost is not None:
            journal.warning("state", _recovered(self.pair, lost))
        resume = rows.read_resume(sql, self.pair, EXCHANGES, minute_of(now) - REACH)
        ids = rows.read_ids(sql, self.pair)
        sequences = {name: one.ids(ids.get(name)) for name, one in self.connectors.items()}
        self.engine = Engine(sequences, now, resume, self.desk, heals=True)

    def tick(self, now: int, idle: Collection[str]) -> None:
        """Close what can be closed; see `Engine.tick`."""
        if update := self.engine.tick(now, idle):
            self.waiting.append(update)

    @property
    def closed(self) -> list[Candle]:
        """The candles that wait."""
        return [candle for update in self.waiting for candle in update.closed]

    @property
    def trades(self) -> int:
        """How many completed trades wait."""
        return sum(len(update.booked.trades) for update in self.waiting)

    def put(self, sql: sqlite3.Connection, now: int) -> None:
        """Store what waits, and what a restart has to know."""
        for update in self.waiting:
            rows.put_update(sql, self.pair, update, now)
        if closed := self.closed:
            put_desk(sql, self.pair, self.desk, now)
            if any(candle.timestamp % DAY == DAY - MINUTE for candle in closed):
                put_checkpoint(sql, self.pair, self.desk, now)
        rows.put_ids(sql, self.pair, {name: venue.ids.newest for name, venue in self.engine.venues.items()}, now)

    def stored(self) -> list[Update]:
        """Let go of what was stored, and return it."""
        done, self.waiting = self.waiting, []
        return done


def day_ended(sql: sqlite3.Connection, pair: str) -> bool:
    """Say whether a day's checkpoint is there and its verdict is not: the run before was ended in between."""
    return max(read_checkpoints(sql, pair), default=-1) > traded.verified_until(sql)


def refuse_other_pairs(stored: list[str], wanted: list[str]) -> None:
    """Refuse to go on with a database of other pairs alone: its open position would be nobody's.

    Raises:
        DatabaseError: None of the pairs is one of it.
    """
    if stored and not set(stored) & set(wanted):
        raise DatabaseError(
            f"the database holds {', '.join(stored)}, and bot.toml names {', '.join(wanted)}:"
            " name another database, or that pair as well"
        )


def _refuse_a_past_clock(newest: int | None, moment: Moment) -> None:
    """Refuse to write before what is stored: trades would be added to minutes that are long over."""
    if newest is not None and newest > moment.now + AHEAD + moment.slack:
        raise DatabaseError(
            f"the clock says {to_iso(moment.now)}, but the database holds candles up to {to_iso(newest)}: set the clock"
            " (a Pi without a battery waits for the network's time), or name another database"
        )


def _recovered(pair: str, why: str) -> str:
    return (
        f"the saved state of {pair} could not be read ({why}): account and position go on from the stored trades and"
        " orders, the indicators were computed anew, a setup that waited was aborted"
    )
