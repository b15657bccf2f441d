"""The patterns of a span as JSON, as `cvdbot ml patterns --json` and `/api/patterns` answer them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from analysis.study.cvd_before_trades import LOOK_BACK
from analysis.study.gap_fills import HORIZON, WITHIN
from analysis.study.intervals import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.study.patterns import After, Patterns


def as_plain(found: Patterns, mode: str, late: int) -> dict[str, Any]:
    """Return what `json.dumps` takes; `mode`: whose trades, `late`: how many late ones were left out."""
    return {
        "bars": found.bars,
        "confidence": CONFIDENCE,
        "gaps": {
            "horizon": HORIZON,
            "within": list(WITHIN),
            "fills": [{"direction": direction, **asdict(fills)} for direction, fills in found.gaps],
        },
        "after": _moves(found.after),
        "every_bar": _moves(found.every_bar),
        "cvd_before_trades": {
            "mode": mode,
            "look_back": LOOK_BACK,
            "classes": [asdict(each) for each in found.cvd_before_trades],
            "unknown": found.unknown_trades,
            "late": late,
        },
        "trades": {"mode": mode, "late": late, **asdict(found.trades)},
    }


def _moves(found: Sequence[After]) -> list[dict[str, Any]]:
    return [{"event": each.event, "direction": each.direction, **asdict(each.moves)} for each in found]
