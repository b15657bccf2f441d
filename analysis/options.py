"""Options that several commands of analysis have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Database = Annotated[
    Path | None, typer.Option("--db", metavar="FILE", help="A database with candles.", show_default=False)
]
Klines = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="In place of --db: a Binance kline archive.", show_default=False),
]
Begin = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="ISO", help="First bar; candles before it warm the indicators up.", show_default=False
    ),
]
End = Annotated[
    str | None,
    typer.Option("--to", metavar="ISO", help="Bars that open at or after it are left out.", show_default=False),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="A parameter of the strategy; may be repeated.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Pair = Annotated[
    str | None, typer.Option(help="The pair; the first configured one of the database.", show_default=False)
]
