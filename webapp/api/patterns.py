"""GET /api/patterns: do the market's patterns hold? Each with its number of cases and its 90 % interval.

What is found and how is told in analysis/ (gap_fills, aftermath, cvd_before_trades, trade_tables, intervals); the
definitions are in docs/candle-statistics.md. With too few independent cases there is neither a value nor an interval:
null, never 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from webapp.api.indicators import on_timeframe
from webapp.request.accounts import MODES, Mode, read_account, read_gap_sizes, traded_pair
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.spans import Span, read_minutes
from webapp.request.strategy import StrategyParameters, configured
from webapp.request.timeframes import Timeframe  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    import sqlite3

    from bot.core.parameters import Parameters

router = APIRouter()

Direction = Literal["bull", "bear"]


class Asked(Span, StrategyParameters):
    """Of which bars, with which parameters, and before whose trades."""

    mode: Mode = Field(default="paper", description=f"Whose trades. {MODES}")


class Estimate(BaseModel):
    """A value and the ends of its interval, in one unit: that of the field."""

    value: float
    low: float
    high: float


class GapFills(BaseModel):
    """What became of the fair value gaps of one direction, of all that are decided."""

    direction: Direction
    n: int = Field(description="Decided gaps: all bars of their horizon are stored without a hole and lie in the span.")
    independent: float = Field(description="What they are worth: gaps that share bars count for less.")
    undecided: int = Field(description="Too young, or with a hole after them.")
    touched: int = Field(description="Of the decided ones: some bar of the horizon reached into the gap.")
    filled: int = Field(description="Some bar traded through all of it.")
    closed: int = Field(description="Some bar closed beyond its far side.")
    touched_percent: Estimate | None = Field(description="Null with fewer than 10 independent cases, as what follows.")
    filled_percent: Estimate | None
    closed_percent: Estimate | None
    median_bars: float | None = Field(
        description="After so many bars half of all decided gaps were filled; null when fewer ever were."
    )
    within_percent: list[float | None] = Field(
        description="Decided gaps that were filled within each number of bars of `within`, in %."
    )


class Gaps(BaseModel):
    """How often the price comes back to fill a fair value gap, and how soon."""

    horizon: int = Field(description="Bars that a gap is looked at.")
    within: list[int] = Field(description="Bars; the columns of `within_percent`.")
    fills: list[GapFills] = Field(description="One a direction.")


class Moves(BaseModel):
    """What the price did after one kind of event, from the close of its bar on; one row a number of bars."""

    event: Literal["cvd_cross", "gap", "every_bar"]
    direction: Direction | None = Field(description="Null of every bar.")
    bars: int = Field(description="So many bars after it.")
    n: int = Field(description="Decided cases: these bars are stored without a hole and lie in the span.")
    independent: float = Field(description="What they are worth: cases that share bars count for less.")
    undecided: int
    mean_percent: Estimate | None = Field(
        description="The mean move in % of the price. Null with fewer than 10 independent cases, as what follows."
    )
    up_percent: Estimate | None = Field(description="Cases after which the price was higher, in % of all.")


class CvdClass(BaseModel):
    """The trades entered on a CVD of one class."""

    cvd: Literal["low", "middle", "high"] = Field(
        description="The third in which the CVD at the entry, in the trade's direction, lies among the bars before it."
    )
    n: int
    wins: int = Field(description="Profit above 0, net of fees.")
    win_rate: Estimate | None = Field(description="Null with fewer than 10 trades.")


class BeforeTrades(BaseModel):
    """Do candles with a high CVD precede winning trades? Late trades are left out: nobody could have made them."""

    mode: Mode
    look_back: int = Field(description="Bars that a CVD is compared with.")
    classes: list[CvdClass]
    unknown: int = Field(description="Trades whose class is not known: too few bars before them, or a hole.")
    late: int = Field(description="Late trades, which are left out.")


class TradeGroup(BaseModel):
    """The trades whose values lie together."""

    lowest: float = Field(description="The least value of its trades; of hours the first of the block.")
    highest: float = Field(description="The largest one, inclusive.")
    n: int
    wins: int = Field(description="Profit above 0, net of fees.")
    win_rate: Estimate | None = Field(
        description="In %, with an interval of `each_confidence`. Null with fewer than 10 trades, as what follows."
    )
    mean_profit: Estimate | None = Field(description="Net of fees, USDT.")


class TradeTable(BaseModel):
    """One question: does the outcome depend on this value?"""

    question: Literal["cvd", "delta", "gap", "hour", "volatility"] = Field(
        description="CVD, delta in the trade's direction; size of the gap taken; hour of entry; ATR in % of the price."
    )
    unit: str = Field(description="Of `lowest` and `highest`.")
    n: int = Field(description="Trades whose value is known.")
    unknown: int = Field(description="The others: a bar is missing, too few before it, or no gap was taken.")
    groups: list[TradeGroup] | None = Field(description="By ascending value. Null with fewer than 10 known values.")
    p: float | None = Field(
        description="How likely mean profits so far apart are by luck alone, 0 to 1; null where it cannot be told."
    )
    corrected_p: float | None = Field(description="The same for the number of questions (Holm).")


class TradeTables(BaseModel):
    """Does the outcome of a trade depend on what was known at its entry?"""

    mode: Mode
    late: int = Field(description="Late trades, which are left out.")
    n: int = Field(description="Completed trades that were entered in the span.")
    questions: int = Field(description="What the p-values are corrected for.")
    level: float = Field(description="A corrected p-value below it counts as more than luck.")
    intervals: int = Field(description="How many are shown here: with `confidence` all of them hold the true value.")
    each_confidence: float = Field(description="Of each of these intervals, %.")
    tables: list[TradeTable]
    conclusion: str = Field(description="What was found, in a sentence.")


class PatternsAnswer(BaseModel):
    """What was found in the confirmed bars of a span."""

    timeframe: Timeframe
    pair: str
    snapshot: Snapshot
    from_: int = Field(serialization_alias="from", description="Open of the first bar, UTC ms.")
    to: int = Field(description="Close of the last one.")
    parameters: dict[str, str | int | float | bool] = Field(description="Those that hold here, all of them.")
    bars: int = Field(description="Confirmed bars of the span.")
    confidence: int = Field(
        description="Of every interval but those of `trades`, %: one in ten does not hold the true value."
    )
    gaps: Gaps
    after: list[Moves] = Field(description="After CVD crosses and gaps, by direction and number of bars.")
    every_bar: list[Moves] = Field(description="The same of all bars: what the events are to be compared with.")
    cvd_before_trades: BeforeTrades
    trades: TradeTables = Field(description="The outcome of trades by what was known at their entry.")


@router.get("/api/patterns", response_model=PatternsAnswer)
async def patterns(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """Gap fills, what follows CVD crosses and gaps, and the CVD before trades; with the bot's or other parameters."""
    asked.refuse_backwards()
    async with request.app.state.database.snapshot() as snapshot:
        pair = await traded_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        parameters = on_timeframe(await configured(snapshot, pair), asked, asked.timeframe)
        found = await snapshot.run(lambda sql: _found(sql, pair, parameters, asked))
        body = PatternsAnswer(
            timeframe=asked.timeframe,
            pair=pair,
            snapshot=Snapshot.of(snapshot),
            parameters=parameters.plain(),
            **found,
        )
        return answer(body, snapshot)


def _found(sql: sqlite3.Connection, pair: str, parameters: Parameters, asked: Asked) -> dict[str, Any]:
    from analysis.batch.history import History
    from analysis.coins import in_coins
    from analysis.study.entered import of_account
    from analysis.study.patterns import patterns as find
    from analysis.study.patterns_plain import as_plain

    begin, end = asked.bounds(sql, pair)
    account = read_account(sql, pair, asked.mode)
    history = History(read_minutes(sql, pair, asked.warm_up_from(begin), end))
    trades, late = of_account(account, read_gap_sizes(sql, pair, asked.mode), begin, end)
    found = find(history, parameters, begin, end, trades)
    plain = as_plain(found, asked.mode, late)
    for table in plain["trades"]["tables"]:
        table["unit"] = in_coins(table["unit"], pair)
    return {"from_": begin, "to": end, **plain}
