"""A back-test as JSON: the shape of `cvdbot backtest --json` and `POST /api/backtest`.

Trades have the column names of the table `trades`, the open position those of `orders`; instants are UTC ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.backtest import Result
    from bot.core.ledger import CompletedTrade, Position

Plain = dict[str, object]


def as_plain(result: Result) -> Plain:
    """Return what `json.dumps` takes."""
    return {
        "parameters": result.parameters.plain(),
        "pair": result.pair,
        "bars": result.bars,
        "signals": result.signals,
        "gaps": result.gaps,
        "trades": [_trade(result.pair, trade) for trade in result.trades],
        "open": None if result.open is None else _order(result, result.open),
        "statistics": {},
        "equity": _equity(result),
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


def _equity(result: Result) -> Plain:
    """Return the balance at the first bar and after each trade."""
    if result.begin is None:
        return {"timestamp": [], "balance": []}
    return {
        "timestamp": [result.begin, *(trade.exit_time for trade in result.trades)],
        "balance": [result.parameters.initial_balance, *(trade.new_balance for trade in result.trades)],
    }
