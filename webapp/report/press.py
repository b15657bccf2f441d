"""Draw and set a report: `python -m webapp.report.press` reads its contents as JSON and writes the PDF.

A process of its own, so that the server stays small and answers others meanwhile, and so that a report nobody waits
for can be ended. Only the typefaces inside the typst package are used, no file but the template, and no network.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import typst

from webapp.report import charts
from webapp.report.shapes import TABLE, Contents

TEMPLATE = Path(__file__).with_name("report.typ")


def pdf(contents: Contents) -> bytes:
    """Return the report; equal contents give equal bytes."""
    has_bars = bool(contents.price.timestamp)
    has_trades = bool(contents.trades)
    given = {
        "contents": msgspec.json.encode(contents).decode(),
        "table": msgspec.json.encode(TABLE).decode(),
        "price": charts.price(contents) if has_bars else "",
        "account": charts.account(contents) if has_bars else "",
        "groups": charts.groups(contents) if has_trades else "",
        "spread": charts.spread(contents) if contents.classes.trades else "",
    }
    fonts = typst.Fonts(include_system_fonts=False)
    compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, sys_inputs=given)
    made = compiler.compile(format="pdf", timestamp=contents.published // 1000)
    if not isinstance(made, bytes):
        raise TypeError("typst gave no document")
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(pdf(msgspec.json.decode(sys.stdin.buffer.read(), type=Contents)))
