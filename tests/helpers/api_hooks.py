"""What the API's description cannot say, told to schemathesis (SCHEMATHESIS_HOOKS).

JSON Schema has no words for "from is not after to" nor for "a pair that is stored": what breaks such a rule is
refused with 422, and rightly so. Valid requests are made to keep these rules, so that a refusal of one is a finding;
invalid ones are left as they are.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode
from traded import EARLIER, END, at

from bot.core.parameters import Parameters

PAIR = "BTC/USDT"


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case, _options: dict[str, Any]) -> None:
    """Ask for a stored pair, and for a range that does not run backwards."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    _keep_the_rules(case.query)
    _keep_the_rules(case.body)
    if case.path == "/api/backtest" and isinstance(case.body, dict):
        _overlap_the_stored_minutes(case.body)
        for name in ("chart_timeframe", "anchor_period"):  # one must go into the other
            (case.body.get("parameters") or {}).pop(name, None)


def _keep_the_rules(given: Any) -> None:
    if not isinstance(given, dict):
        return
    if given.get("pair") not in {None, PAIR}:
        given["pair"] = PAIR
    _fit_the_bars(given)
    begin, end = given.get("from"), given.get("to")
    if _is_instant(begin) and _is_instant(end) and int(begin) > int(end):
        given["from"], given["to"] = end, begin


def _fit_the_bars(given: dict[str, Any]) -> None:
    """The bars of the chart go into the anchor's period, also where one of the two is the default."""
    asked = {name: str(given[name]) for name in ("chart_timeframe", "anchor_period") if given.get(name) is not None}
    try:
        Parameters.from_mapping(asked)
    except ValueError:
        for name in asked:
            del given[name]


def _overlap_the_stored_minutes(body: dict[str, Any]) -> None:
    """A range without a whole bar is refused."""
    if isinstance(body.get("from"), int | float):
        body["from"] = min(body["from"], at(END - 600))
    if isinstance(body.get("to"), int | float):
        body["to"] = max(body["to"], at(EARLIER + 600), (body.get("from") or 0) + 36_000_000)


def _is_instant(value: object) -> bool:
    """JSON has one kind of number: 5.0 is an instant too."""
    if isinstance(value, float):
        return value.is_integer() and value >= 0
    return not isinstance(value, bool) and isinstance(value, int | str) and str(value).isdecimal()
