"""GET /api/orders: which position is open, and what would closing it now bring?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from webapp import queries
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.pairs import chosen_pair

if TYPE_CHECKING:
    from webapp import database

router = APIRouter()


class Asked(BaseModel):
    """Whose position."""

    model_config = ConfigDict(extra="forbid")

    pair: str | None = Field(default=None, description="The first followed one by default.", examples=["BTC/USDT"])


class Order(BaseModel):
    """A row of `orders`, marked to market at the pair's newest close."""

    orderNumber: int  # noqa: N815 - the tables' names
    pair: str
    entryType: Literal["Long", "Short"]  # noqa: N815
    entryPrice: float = Field(description="USDT.")  # noqa: N815
    entryTime: int = Field(description="Open of the bar at whose close it was entered, UTC ms.")  # noqa: N815
    size: float = Field(description="BTC.")
    stopLoss: float = Field(description="USDT.")  # noqa: N815
    takeProfit: float = Field(description="USDT.")  # noqa: N815
    setup: int
    configuration: int
    decided: int = Field(description="When the bot decided the entry, its clock, UTC ms.")
    late: bool = Field(description="Decided more than a minute after its bar's close: nobody could have made it.")
    price: float | None = Field(description="The pair's newest close, USDT; null without a candle.")
    priced: int | None = Field(description="The minute whose close that is, UTC ms.")
    profit: float | None = Field(
        description="What closing there brings, fees and slippage of both sides taken off, USDT."
    )
    r: float | None = Field(description="That in multiples of what the stop costs apart from fees.")
    to_stop: float | None = Field(description="From the price to the stop, USDT; below 0 beyond it.")
    to_target: float | None = Field(description="From the price to the target, USDT; below 0 beyond it.")
    way: float | None = Field(
        description="How far the price is on its way from the entry: 1 at the target, 0 at the entry, -1 at the stop."
    )


class OrdersAnswer(BaseModel):
    """The open position of the pair; empty when flat."""

    snapshot: Snapshot
    orders: list[Order]


@router.get("/api/orders", response_model=OrdersAnswer)
async def orders(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """The open position of a pair, marked to market."""
    async with request.app.state.database.snapshot() as snapshot:
        pair = await chosen_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        rows = await snapshot.records(queries.ORDERS, pair=pair)
        marked = [await _marked(snapshot, row) for row in rows]
        return answer(OrdersAnswer(snapshot=Snapshot.of(snapshot), orders=marked), snapshot)


async def _marked(snapshot: database.Snapshot, row: dict[str, Any]) -> Order:
    from analysis.account.accounts import parameters_of, profit_in_r
    from analysis.account.track_record import is_late

    strategy = parameters_of(row.pop("parameters"))
    newest = await snapshot.records(queries.LAST_CANDLE, pair=row["pair"])
    found: dict[str, float | None] = dict.fromkeys(("price", "priced", "profit", "r", "to_stop", "to_target", "way"))
    if newest:
        price, priced = newest[0]["close"], newest[0]["timestamp"]
        entry, size = row["entryPrice"], row["size"]
        sign = 1 if row["entryType"] == "Long" else -1
        gain = (price - entry) * sign
        profit = (gain - (strategy.fee_rate + strategy.slippage) * (entry + price)) * size
        level = row["takeProfit"] if gain >= 0 else row["stopLoss"]
        distance = abs(level - entry)
        found = {
            "price": price,
            "priced": priced,
            "profit": profit,
            "r": profit_in_r(profit, entry, row["stopLoss"], size),
            "to_stop": (price - row["stopLoss"]) * sign,
            "to_target": (row["takeProfit"] - price) * sign,
            "way": gain / distance if distance > 0 else None,
        }
    late = is_late(row["decided"], row["entryTime"], strategy.chart_ms)
    return Order.model_validate({**row, **found, "late": late})
