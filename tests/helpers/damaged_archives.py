"""Kline archives to which something has happened: cut, swapped, repeated, dropped, changed in a byte or a field."""

from __future__ import annotations

import random

from hypothesis import strategies as st

START = 1_763_942_400_000
"""2025-11-24 00:00 UTC."""

HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)


def line(number: int) -> str:
    rng = random.Random(number)
    opened, price = START + number * 60_000, 90_000 + rng.randrange(1000) / 10
    high, low, close = price + 5.5, price - 4.25, price + 1.5
    volume = rng.randrange(1, 90) / 4
    return (
        f"{opened},{price},{high},{low},{close},{volume},{opened + 59_999},1.0,{rng.randrange(1, 99)},{volume / 4},1,0"
    )


def text_of(count: int, header: bool, newline: str) -> str:
    lines = ([HEADER] if header else []) + [line(number) for number in range(count)]
    return newline.join(lines) + newline


PLAUSIBLE = ["95000.5", "80000.5", "1763942400001", "1763942520000", "1763942579999", "25", "0", "1e9", "4000000000000"]
"""Numbers that may stand in a field and be wrong there."""

WRONG = ["", "-1", "nan", "inf", "1e400", "0", "1_0", "\u0661", "1e308", '"', "99999999999999999"]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An archive to which something has happened."""
    text = text_of(draw(st.integers(1, 12)), draw(st.booleans()), draw(st.sampled_from(["\n", "\r\n"])))
    lines = text.splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1)) if lines else 0
        kind = draw(
            st.sampled_from(
                ["cut", "swap", "repeat", "drop", "separator", "byte", "field", "field", "field", "twice", "blank"]
            )
        )
        if kind == "cut":
            joined = "".join(lines)
            lines = joined[: draw(st.integers(0, len(joined)))].splitlines(keepends=True)
        elif kind == "swap" and lines:
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "repeat" and lines:
            lines.insert(draw(st.integers(0, len(lines))), lines[at])
        elif kind == "drop" and lines:
            del lines[at]
        elif kind == "separator" and lines:
            lines[at] = lines[at].replace(",", draw(st.sampled_from([";", "\t", "|", ",,", " "])))
        elif kind == "byte" and lines and lines[at]:
            place = draw(st.integers(0, len(lines[at]) - 1))
            lines[at] = lines[at][:place] + draw(st.characters(max_codepoint=255)) + lines[at][place + 1 :]
        elif kind == "field" and lines:
            cells = lines[at].split(",")
            cells[draw(st.integers(0, len(cells) - 1))] = draw(
                st.sampled_from(
                    ["", "-1", "nan", "inf", "1e400", "0", "1_0", "\u0661", "1e308", '"', "99999999999999999"]
                )
            )
            lines[at] = ",".join(cells)
        elif kind == "twice" and lines:  # the same minute, said otherwise
            cells = lines[at].split(",")
            lines.insert(draw(st.integers(0, len(lines))), ",".join([*cells[:-4], *(["7"] * 2), *cells[-2:]]))
        elif kind == "blank":
            lines.insert(at, draw(st.sampled_from(["\n", "   \n", "\r\n"])))
    encoding = draw(st.sampled_from(["utf-8"] * 12 + ["utf-8-sig"] * 2 + ["utf-16", "latin-1"]))
    return "".join(lines).encode(encoding, errors="replace")
