"""What a request may ask for: the range of a series, and the exchange it names."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from bot.core.exchanges import EXCHANGES
from webapp.bars import bars
from webapp.errors import RequestRefused
from webapp.request.timeframes import SPANS, Timeframe

MAX_BARS = 100_000
"""Bars of one JSON answer."""

LAST_BARS = 500
"""Bars of an answer when neither `from` nor `limit` is given."""

OF_EXCHANGES: dict[str, JsonValue] = {"enum": [*EXCHANGES, None]}
"""The exchanges a bot can listen to, in the description of a parameter: whether or not there are candles of theirs."""

END_OF_TIME = 2**53 - 1
"""The last instant that may be asked for, UTC ms: JSON numbers are exact up to here."""


def _whole(value: object) -> object:
    """Take decimal digits only: `5.0`, `1e3` or `5_000` are more likely a mistake than an instant."""
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]+", value):
        raise ValueError("should be a whole number written in digits")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]


class Bars(BaseModel):
    """Which bars: `[from, to)` on their opens, and how many of them."""

    model_config = ConfigDict(extra="forbid")

    timeframe: Timeframe = Field(default="1m", description="Length of a bar, aligned to the epoch.")
    from_: Whole | None = Field(
        default=None,
        alias="from",
        ge=0,
        le=END_OF_TIME,
        description="First open, UTC ms, inclusive. With it the range gives its first `limit` bars, else its last.",
    )
    to: Whole | None = Field(default=None, ge=0, le=END_OF_TIME, description="First open no longer wanted, UTC ms.")
    limit: Whole | None = Field(
        default=None,
        ge=1,
        le=MAX_BARS,
        description=f"Bars at most; {LAST_BARS} without `from`, {MAX_BARS:,} with it.",
    )
    pair: str | None = Field(default=None, description="Such as `BTC/USDT`; the first followed one by default.")

    def refuse_backwards(self) -> None:
        """Refuse a range that ends before it begins.

        Raises:
            RequestRefused: `from` is after `to`.
        """
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise RequestRefused(
                "invalid_parameter", f"from ({self.from_}) must not be after to ({self.to})", field="from"
            )

    def wanted(self) -> bars.Asked:
        """Return which bars are meant: the first `limit` with `from`, else the last."""
        span = SPANS[self.timeframe]
        begin, end = bars.bar_from(self.from_ or 0, span), bars.bar_from(self.to, span)
        if self.from_ is None:
            return bars.Asked(span, begin, end, self.limit or LAST_BARS, newest_first=True)
        return bars.Asked(span, begin, end, self.limit or MAX_BARS)


class Range(Bars):
    """Bars of all exchanges together or of one, in a format."""

    exchange: str | None = Field(
        default=None, description="One exchange alone instead of all together.", json_schema_extra=OF_EXCHANGES
    )
    format: Literal["json", "csv", "arrow", "parquet"] = Field(
        default="json", description="`json` is columnar and bounded; the others are streamed."
    )


def chosen_exchange(asked: str | None) -> str | None:
    """Take the asked exchange; None means all together.

    Raises:
        RequestRefused: There is no such exchange.
    """
    if asked is not None and asked not in EXCHANGES:
        raise RequestRefused(
            "unknown_exchange", f"exchange {asked!r} is unknown; known: {', '.join(EXCHANGES)}", field="exchange"
        )
    return asked
