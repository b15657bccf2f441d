"""A back-test and its statistics as JSON, as `cvdbot backtest --json` and the API answer them.

Trades have the column names of the table `trades`, the open position those of `orders`; instants are UTC ms, series are
columns. nan and infinity never get here: what is not known is null.
"""

from __future__ import annotations

from dataclasses import asdict, astuple, fields
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.groups import Group
from analysis.batch.setups import setups
from analysis.batch.zones import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.account.equity import Equity
    from analysis.account.fills import VenueRecord, VenueTrade
    from analysis.account.statistics import Statistics
    from analysis.batch.backtest import Result
    from analysis.batch.completeness import Missing
    from analysis.batch.history import History
    from bot.core.ledger import CompletedTrade, Position

Plain = dict[str, object]


def as_plain(history: History, result: Result, statistics: Statistics, equity: Equity, missing: Missing) -> Plain:
    """Return what `json.dumps` takes."""
    return {
        "parameters": result.parameters.plain(),
        "pair": result.pair,
        "bars": result.bars,
        "signals": result.signals,
        "gaps": result.gaps,
        "trades": [_trade(result.pair, trade) for trade in result.trades],
        "open": None if result.open is None else _order(result, result.open),
        "statistics": statistics_as_plain(statistics),
        "equity": equity_as_plain(equity),
        "missing": asdict(missing),
        "setups": setups(history, result),
        "zones": _zones(history, result),
    }


def _zones(history: History, result: Result) -> Plain:
    """Return the gaps and order blocks that overlap the range, as `/api/indicators` tells them."""
    p, opens = result.parameters, history.bars(result.parameters).timestamp
    first, last = (int(each) for each in np.searchsorted(opens, (result.begin or 0, result.end or 0)))
    return {
        "gaps": listed(opens, history.gaps(p), history.gap_endings(p), first, last),
        "order_blocks": listed(opens, history.order_blocks(p), history.block_endings(p), first, last),
    }


def equity_as_plain(equity: Equity) -> Plain:
    """Return the columns of an account's equity, a row a bar."""
    return {
        "timestamp": equity.timestamp.tolist(),
        "balance": equity.balance.tolist(),
        "marked": equity.marked.tolist(),
        "balance_drawdown": equity.balance_drawdown.tolist(),
        "drawdown": equity.drawdown.tolist(),
    }


def statistics_as_plain(statistics: Statistics) -> Plain:
    """Return an account's figures; `n`, `profit` and `difference` of a venue are of the trades that ended there."""
    return {
        "account": {"pair": statistics.pair, "mode": statistics.mode},
        "from": statistics.begin,
        "to": statistics.end,
        "conclusion": statistics.conclusion,
        "figures": {name: asdict(figure) for name, figure in statistics.figures.items()},
        "weekdays": {**_groups(statistics.weekdays), "late": _late(statistics.late_weekdays)},
        "hours": {**_groups(statistics.hours), "late": _late(statistics.late_hours)},
        "matrix": {"trades": statistics.matrix.trades, "profit": statistics.matrix.profit},
        "entries": {
            "tradeNumber": statistics.entries.number,
            "late": statistics.entries.late,
            "leverage": statistics.entries.leverage,
            "both_hit": statistics.entries.both_hit,
        },
        "venues": [_venue(each) for each in statistics.venues],
    }


def _groups(groups: Sequence[Group]) -> Plain:
    columns = zip(*map(astuple, groups), strict=True)
    return {each.name: list(column) for each, column in zip(fields(Group), columns, strict=True)}


def _late(groups: Sequence[Group] | None) -> Plain | None:
    return None if groups is None else _groups(groups)


def _venue(record: VenueRecord) -> Plain:
    timely, late = record.ended(late=False), record.ended(late=True)
    return {
        "exchange": record.exchange,
        **_sums(timely),
        "late": _sums(late) if any(each.late for each in record.trades) else None,
        "trades": {
            "tradeNumber": [each.number for each in record.trades],
            "entryPrice": [each.entry_price for each in record.trades],
            "touched": [each.touched for each in record.trades],
            "exitPrice": [each.exit_price for each in record.trades],
            "exitTime": [each.exit_time for each in record.trades],
            "profit": [each.profit for each in record.trades],
            "difference": [each.difference for each in record.trades],
            "missing": [each.missing for each in record.trades],
        },
    }


def _sums(ended: Sequence[VenueTrade]) -> Plain:
    return {
        "n": len(ended),
        "profit": sum(each.profit or 0.0 for each in ended) if ended else None,
        "difference": sum(each.difference or 0.0 for each in ended) if ended else None,
    }


def _trade(pair: str, trade: CompletedTrade) -> Plain:
    position = trade.position
    return {
        "tradeNumber": trade.number,
        "pair": pair,
        "mode": "backtest",
        "entryType": position.side,
        "entryPrice": position.entry_price,
        "entryTime": position.entry_time,
        "exitPrice": trade.exit_price,
        "exitTime": trade.exit_time,
        "profit": trade.profit,
        "outcome": trade.outcome,
        "newBalance": trade.new_balance,
        "size": position.size,
        "stopLoss": position.stop_loss,
        "takeProfit": position.take_profit,
        "fees": trade.fees,
        "setup": position.setup,
    }


def _order(result: Result, position: Position) -> Plain:
    return {
        "orderNumber": len(result.trades) + 1,
        "pair": result.pair,
        "entryType": position.side,
        "entryPrice": position.entry_price,
        "entryTime": position.entry_time,
        "size": position.size,
        "stopLoss": position.stop_loss,
        "takeProfit": position.take_profit,
        "setup": position.setup,
    }
