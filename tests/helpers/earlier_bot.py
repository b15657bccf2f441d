"""What the earlier bot wrote, item by item."""

from __future__ import annotations


def trade(number=1, **changes):
    """A trade as the earlier bot wrote it."""
    return {
        "tradeNumber": number,
        "entryType": "Long",
        "entryPrice": 96713.6,
        "entryTime": "2025-05-02T09:10:00.000Z",
        "exitPrice": 97096.9,
        "exitTime": "2025-05-02T12:30:00.000Z",
        "profit": 383.3,
        "outcome": "Take Profit",
        "newBalance": "10383.30",
        **changes,
    }
