"""Text of files: UTF-8 is read, whatever else is named; `bot.core` and `sync` have one rule in two places."""

from __future__ import annotations

import pytest

import bot.core.encoding
import sync.encoding

PLACES = [bot.core.encoding, sync.encoding]
TEXT = "# Zürich, 東京\nport = 22\n"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_a_byte_order_mark_and_without(place, encoding):
    assert place.text_of(TEXT.encode(encoding)) == TEXT
    assert place.text_of("".encode(encoding)) == ""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("utf-32-le", "UTF-32"),
        ("utf-32-be", "UTF-32"),
    ],
)
def test_two_and_four_bytes_a_letter_are_named_with_a_byte_order_mark_and_without(place, encoding, name):
    with pytest.raises(place.EncodingError) as refused:
        place.text_of(TEXT.encode(encoding))
    assert str(refused.value) == f"it seems to be {name}, not UTF-8; save it as UTF-8"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_a_byte_order_mark_of_utf_16_is_named_whatever_follows_it(place, mark):
    with pytest.raises(place.EncodingError, match="it seems to be UTF-16"):
        place.text_of(mark + b"port = 22")


@pytest.mark.parametrize("place", PLACES)
def test_one_byte_a_letter_is_named_with_the_byte_and_the_line_that_are_not_utf_8(place):
    with pytest.raises(place.EncodingError) as refused:
        place.text_of("port = 22\n# Zürich\n".encode("latin-1"))
    assert str(refused.value) == (
        "it seems to be Latin-1 or Windows-1252, not UTF-8 (byte 0xfc in line 2); save it as UTF-8"
    )
