"""Whose trades, over which span? What the answers about one account have in common.

An account is a pair and a mode; figures of two are never mixed. A trade belongs to the range in which it was closed,
when its profit was booked, so that ranges that follow each other add up to the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp import queries
from webapp.bars.prices import read_prices
from webapp.errors import RequestRefused
from webapp.request.pairs import chosen_pair
from webapp.request.ranges import END_OF_TIME, Whole

if TYPE_CHECKING:
    import sqlite3

    from analysis.account.accounts import Account
    from analysis.account.track_record import TrackRecord
    from webapp.bars.prices import Reader
    from webapp.database import Snapshot

Mode = Literal["paper", "backtest", "imported"]
"""Traded live, history replayed at the bot's first start, or taken over from the earlier bot."""

MODES = "Live (`paper`), history replayed at first start (`backtest`), or the earlier bot's (`imported`)."


class Closed(BaseModel):
    """The trades that were closed in a range."""

    model_config = ConfigDict(extra="forbid")

    from_: Whole | None = Field(
        default=None,
        alias="from",
        ge=0,
        le=END_OF_TIME,
        description="UTC ms, inclusive: trades closed from here on.",
        examples=[1746403200000],
    )
    to: Whole | None = Field(
        default=None,
        ge=0,
        le=END_OF_TIME,
        description="First instant no longer wanted, UTC ms.",
        examples=[1746489600000],
    )
    pair: str | None = Field(default=None, description="The first followed one by default.", examples=["BTC/USDT"])

    def refuse_backwards(self) -> None:
        """Refuse a range that ends before it begins.

        Raises:
            RequestRefused: `from` is after `to`.
        """
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise RequestRefused(
                "invalid_parameter", f"from ({self.from_}) must not be after to ({self.to})", field="from"
            )


class OfAccount(Closed):
    """One account over a range."""

    mode: Mode = Field(default="paper", description=MODES)


class AccountName(BaseModel):
    """Whose figures these are."""

    pair: str
    mode: Mode


async def traded_pair(snapshot: Snapshot, asked: str | None) -> str:
    """Take the asked pair, else the first followed one; one that only has trades is known here as well.

    Raises:
        RequestRefused: It is unknown, or there is none in the database yet (404).
    """
    if asked is not None and await snapshot.row(queries.PAIR_TRADED, pair=asked):
        return asked
    pair = await chosen_pair(snapshot, asked)
    if pair is None:
        accounts = await snapshot.rows(queries.ACCOUNTS)
        if not accounts:
            raise RequestRefused(
                "no_account",
                "the database knows no pair yet: there is an account as soon as the bot has started",
                field="pair",
                status=404,
            )
        pair = accounts[0][0]
    return pair


def read_account(sql: sqlite3.Connection, pair: str, mode: Mode) -> Account:
    """Read all that is stored of an account."""
    from analysis.account.accounts import PAPER, Account, Order, Row, parameters_of

    strategies = sql.execute(queries.STRATEGIES, {"pair": pair}).fetchall()
    order = sql.execute(queries.ACCOUNT_ORDER, {"pair": pair}).fetchone() if mode == PAPER else None
    return Account(
        pair,
        mode,
        tuple(Row(*row) for row in sql.execute(queries.ACCOUNT, {"pair": pair, "mode": mode})),
        None if order is None else Order(*order),
        {number: parameters_of(text) for number, _, text in strategies},
        strategies[0][1] if strategies else None,
    )


def read_gap_sizes(sql: sqlite3.Connection, pair: str, mode: Mode) -> dict[int, float]:
    """Return the size in ATR of the gap that each trade of an account took, by the trade's number."""
    from analysis.study.entered import gap_sizes

    account = {"pair": pair, "mode": mode}
    return gap_sizes(sql.execute(queries.SETUPS_OF_ACCOUNT, account), sql.execute(queries.GAPS_TAKEN, account))


def read_record(sql: sqlite3.Connection, pair: str, asked: OfAccount, bars: Reader = read_prices) -> TrackRecord:
    """Read what an account did in the asked part of its span, with the bars of that part."""
    from analysis.account.accounts import part, span, track_record

    account = read_account(sql, pair, asked.mode)
    oldest = sql.execute(queries.OLDEST_OF_PAIR, {"pair": pair}).fetchone()
    newest = sql.execute(queries.NEWEST_OF_PAIR, {"pair": pair}).fetchone()
    whole = span(account, oldest and oldest[0], newest and newest[0])
    bar_ms = account.newest.chart_ms
    begin, end = part(whole, bar_ms, asked.from_, asked.to)
    return track_record(account, begin, end, bars(sql, pair, begin, end, bar_ms))
