"""All trades of a minute as a bucket, as a venue's REST interface tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.minutes import Bucket

if TYPE_CHECKING:
    from bot.core.trades import Trade


def gathered(trades: list[Trade]) -> Bucket | None:
    """Return the bucket of these trades; None without any."""
    bucket = Bucket(trades[0]) if trades else None
    for trade in trades[1:]:
        bucket.add(trade)
    return bucket
