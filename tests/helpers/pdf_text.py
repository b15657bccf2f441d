"""What is printed on the pages of a PDF that typst made? Enough of the format to read it back, and no more."""

from __future__ import annotations

import re
import zlib

OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
STRING = rb"\(((?:\\.|[^\\()])*)\)"
SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|((?:\[|(?<=Tm))(?:" + STRING + rb"|[-\d. ]+)+\]?T[jJ])", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages(pdf: bytes) -> list[str]:
    """Return the text of each page, without any white space: a line is broken where the setter likes."""
    objects = {int(found[1]): found[2] for found in OBJECT.finditer(pdf)}
    fonts = {
        number: _characters(_stream(objects[_reference(body, b"ToUnicode")]))
        for number, body in objects.items()
        if b"/ToUnicode" in body
    }
    return [_printed(body, objects, fonts) for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]


def _printed(page: bytes, objects: dict[int, bytes], fonts: dict[int, dict[int, str]]) -> str:
    resources = page if b"/Font" in page else objects[_reference(page, b"Resources")]
    named = {name: fonts[int(number)] for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)}
    font: dict[int, str] = {}
    text = ""
    for name, shown, _ in SHOWN.findall(_stream(objects[_reference(page, b"Contents")])):
        if name:
            font = named[name]
            continue
        for string in re.findall(STRING, shown, re.DOTALL):
            codes = ESCAPED.sub(lambda each: _byte(each[1]), string)
            text += "".join(font[codes[at] * 256 + codes[at + 1]] for at in range(0, len(codes), 2))
    return "".join(text.split())


def _byte(escaped: bytes) -> bytes:
    return bytes([int(escaped, 8)]) if escaped.isdigit() else PLAIN.get(escaped, escaped)


def _characters(cmap: bytes) -> dict[int, str]:
    """Return glyph -> what it stands for, of a ToUnicode map."""
    singles = b"".join(re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL))
    return {
        int(glyph, 16): bytes.fromhex(character.decode()).decode("utf-16-be")
        for glyph, character in re.findall(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", singles)
    }


def _reference(body: bytes, key: bytes) -> int:
    found = re.search(rb"/" + key + rb" (\d+) 0 R", body)
    assert found, f"no reference {key.decode()}"
    return int(found[1])


def _stream(body: bytes) -> bytes:
    head, _, data = body.partition(b"stream\n")
    return zlib.decompressobj().decompress(data) if b"FlateDecode" in head else data
