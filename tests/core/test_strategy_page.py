"""docs/strategy.md says what the code does: the diagram is the table's, the parameters are the code's."""

from __future__ import annotations

import re
from pathlib import Path

from bot.core.diagram import mermaid
from bot.core.parameters import NAMES, RISK_MULTIPLE, SENSITIVITY, Parameters
from bot.core.setup import Phase
from bot.core.strategy import TRANSITIONS

PAGE = (Path(__file__).parents[2] / "docs" / "strategy.md").read_text()


def test_the_diagram_on_the_page_is_the_one_made_from_the_table():
    (drawn,) = re.findall(r"```mermaid\n(.*?)\n```", PAGE, re.DOTALL)
    assert drawn == mermaid(), "put the output of `python -m bot.core.diagram` into docs/strategy.md"


def test_every_phase_can_be_reached_and_left():
    assert {row.target for row in TRANSITIONS} == set(Phase) - {Phase.NONE}
    assert {row.source for row in TRANSITIONS} == set(Phase)


def test_the_rows_of_the_table_stand_in_the_order_of_the_rules():
    rules = [row.rule for row in TRANSITIONS]
    assert rules == sorted(rules)
    assert set(rules) == {1, 2, 3, 4, 5, 6, 7}


def test_the_page_lists_every_parameter_with_its_default():
    rows = {}
    for names, defaults in re.findall(r"^\| (`\w+`(?:, `\w+`)?) \| ([^|]+) \|", PAGE, re.MULTILINE):
        split = [each.strip() for each in defaults.split(",")]
        rows |= dict(zip(re.findall(r"\w+", names), split, strict=True))
    assert tuple(rows) == NAMES
    for name, default in Parameters().plain().items():
        shown = rows[name].strip("`").split()[0]
        assert shown == (
            "false" if default is False else f"{default:g}" if isinstance(default, float) else f"{default}"
        )


def test_the_page_lists_the_factors_of_sensitivity_and_risk():
    assert ", ".join(f"{name} = {factor:g}" for name, factor in SENSITIVITY.items()) in PAGE
    assert ", ".join(f"{name} = {factor:g}" for name, factor in RISK_MULTIPLE.items()) in PAGE
