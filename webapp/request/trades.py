"""A trade as every answer and file tells it: the columns of the table, and what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from webapp.request.accounts import Mode  # noqa: TC001 - pydantic reads the annotations

if TYPE_CHECKING:
    from collections.abc import Iterable


class Trade(BaseModel):
    """A row of `trades`, and what follows from it alone."""

    id: int
    tradeNumber: int = Field(description="Counts from 1 in each account (pair and mode).")  # noqa: N815 - the tables' names
    pair: str
    mode: Mode
    entryType: Literal["Long", "Short"]  # noqa: N815
    entryPrice: float = Field(description="USDT.")  # noqa: N815
    entryTime: int = Field(description="Open of the bar at whose close it was entered, UTC ms.")  # noqa: N815
    exitPrice: float = Field(description="USDT.")  # noqa: N815
    exitTime: int = Field(description="Open of the bar that hit stop or target, UTC ms.")  # noqa: N815
    profit: float = Field(description="Net of fees and slippage, USDT.")
    outcome: str = Field(description="`Take Profit`, `Stop Loss` or `Forced Close`.")
    newBalance: float = Field(description="Of the account after it, USDT.")  # noqa: N815
    size: float | None = Field(description="BTC; null: the earlier bot did not keep it.")
    stopLoss: float | None = Field(description="USDT.")  # noqa: N815
    takeProfit: float | None = Field(description="USDT.")  # noqa: N815
    fees: float | None = Field(description="Fees and slippage of both sides, USDT.")
    setup: int | None = Field(description="Number of its setup.")
    configuration: int | None = Field(description="Id of what the bot ran with at its entry.")
    decided: int | None = Field(description="When the bot decided the entry, its clock, UTC ms; null: in a replay.")
    late: bool = Field(description="Decided more than a minute after its bar's close: nobody could have made it.")
    duration: int = Field(description="From the close of its entry's bar to that of its exit's, ms.")
    r: float | None = Field(
        description="Profit in multiples of what its stop would have cost apart from fees; null where that is unknown."
    )


class RanTrade(Trade):
    """A trade, and how far it ran while it was open."""

    mfe: float | None = Field(
        description="Its largest profit while it was open, by the minutes, USDT apart from fees; at least 0. Null "
        "where size or bars are unknown, or no minute of it is stored."
    )
    mae: float | None = Field(description="Its largest loss while it was open, as `mfe`; at most 0.")


def told(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add what follows from the rows of queries.TRADES alone, and `bar_ms`."""
    from analysis.account.accounts import bar_lengths, profit_in_r
    from analysis.account.track_record import is_late

    length = bar_lengths()
    out = []
    for row in rows:
        bar_ms = length(row.pop("parameters"))
        out.append(
            {
                **row,
                "bar_ms": bar_ms,
                "late": is_late(row["decided"], row["entryTime"], bar_ms),
                "duration": row["exitTime"] - row["entryTime"],
                "r": profit_in_r(row["profit"], row["entryPrice"], row["stopLoss"], row["size"]),
            }
        )
    return out
