"""docs/statistics.md says what the code computes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from accounts import account, in_a_row

from analysis.account.statistics import statistics
from analysis.definitions import CANDLES, table
from analysis.results import statistics_as_plain

PAGE = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text()


def test_the_page_has_every_figure_with_its_definition():
    assert PAGE.endswith(table() + "\n"), "put the output of `python -m analysis.definitions` at the end of the page"


def test_the_page_of_candles_has_every_figure_with_its_definition():
    page = (Path(__file__).parents[2] / "docs" / "candle-statistics.md").read_text()
    said = "put the output of `python -m analysis.definitions candles` at the end of the page"
    assert page.endswith(table(CANDLES) + "\n"), said


def test_the_page_shows_every_key_of_the_answer():
    (shape,) = re.findall(r"```\n(.*?)\n```", PAGE, re.DOTALL)
    answer = statistics_as_plain(statistics(account(in_a_row(5.0))))
    keys = {*answer, *answer["account"], *answer["figures"]["win_rate"], *answer["weekdays"], *answer["entries"]}
    assert {key for key in keys if json.dumps(key) not in shape} == set()
