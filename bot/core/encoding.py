"""Text of files that people write and save: UTF-8, with or without a byte-order mark, and a sentence for anything else.

`sync` stands alone and has the same rule in a file of its own (sync/encoding.py).
"""

from __future__ import annotations

_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
"""How a file of another encoding begins, the longer first: UTF-32's mark begins with UTF-16's."""


class EncodingError(ValueError):
    """Bytes that are not UTF-8: what they seem to be, and what to do."""


def text_of(data: bytes) -> str:
    """Return the text that UTF-8 bytes say, a byte-order mark left out.

    Raises:
        EncodingError: They are of another encoding.
    """
    if (name := seems(data)) is not None:
        raise EncodingError(f"it seems to be {name}, not UTF-8; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = f"byte {data[error.start]:#04x} in line {line}"
        raise EncodingError(f"it seems to be Latin-1 or Windows-1252, not UTF-8 ({place}); save it as UTF-8") from None


def seems(data: bytes) -> str | None:
    """Name the encoding, other than UTF-8, that bytes seem to be in by how they begin; None when they seem in none."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    zeros = data.count(0)
    if zeros * 4 <= len(
        data
    ):  # of a letter in UTF-16, every second byte is 0, in UTF-32 three of four; no mark says it
        return None
    return "UTF-32" if zeros * 8 > len(data) * 5 else "UTF-16"
