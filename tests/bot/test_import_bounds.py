"""What a foreign file may say of times, prices, volumes and money: the limits themselves, and the sentence beyond."""

from __future__ import annotations

from math import inf, nan, nextafter
from pathlib import Path

import pytest

from bot.core.times import DAY, from_iso
from bot.imports.bounds import MOST_PRICE, MOST_VOLUME, checked_money, checked_past, checked_price, checked_volume

PAGE = Path(__file__).resolve().parents[2] / "docs" / "import.md"
NOW = from_iso("2026-01-01")


@pytest.mark.parametrize(
    ("checked", "taken", "sentence"),
    [
        (checked_price, [5e-324, 97_000.0, 1e8], "high is {}; a price is above 0 and at most 100000000 USDT"),
        (checked_volume, [0.0, 2.5, 1e9], "high is {}; the volume of a minute is from 0 to 1000000000 BTC"),
        (
            checked_money,
            [-1e15, -0.5, 0.0, 1e15],
            "high is {}; an amount is from -1000000000000000 to 1000000000000000 USDT",
        ),
    ],
)
def test_a_number_is_taken_up_to_its_limits_and_refused_beyond_by_name_value_and_limit(checked, taken, sentence):
    assert [checked(number, "high") for number in taken] == taken
    for number in (nextafter(taken[0], -inf), nextafter(taken[-1], inf), 1e308, inf, -inf, nan):
        with pytest.raises(ValueError, match=r"^high is ") as refused:
            checked(number, "high")
        assert str(refused.value) == sentence.format(number)


def test_the_largest_volume_of_every_minute_of_a_century_at_the_largest_price_is_a_finite_sum():
    assert checked_volume(1e9, "volume") * checked_price(1e8, "price") * 100 * 366 * 1440 < inf


def test_a_time_is_taken_up_to_a_day_ahead_since_a_clock_may_be_off():
    assert checked_past(NOW + DAY, NOW) == NOW + DAY
    with pytest.raises(ValueError, match="is more than a day ahead of now") as refused:
        checked_past(NOW + DAY + 1, NOW)
    assert str(refused.value) == (
        f"{NOW + DAY + 1} (2026-01-02T00:00:00Z) is more than a day ahead of now, 2026-01-01T00:00:00Z"
    )


@pytest.mark.parametrize("instant", [0, -1, from_iso("2101-01-01"), 10**23])
def test_a_time_that_cannot_be_is_refused_before_it_is_compared_with_now(instant):
    with pytest.raises(ValueError, match=f"^{instant} is not a time in ms of the years 2009 to 2100"):
        checked_past(instant, NOW)


def test_the_page_about_the_import_names_the_limits():
    page = PAGE.read_text(encoding="utf-8")
    assert f"or above {MOST_PRICE:_} USDT".replace("_", " ") in page
    assert f"or above {MOST_VOLUME:_} BTC".replace("_", " ") in page
