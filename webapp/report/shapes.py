"""What is a report made of? The values that go from the server to the process that sets it, as JSON."""

from __future__ import annotations

import msgspec


class Tile(msgspec.Struct, frozen=True):
    """A figure to be seen first; `before_fees`: it is of profits without fees in all or some trades."""

    title: str
    value: str
    unit: str
    before_fees: bool
    beside: str


class Line(msgspec.Struct, frozen=True):
    """A figure in a table."""

    label: str
    value: str
    n: str
    late: str
    before_fees: bool


class Section(msgspec.Struct, frozen=True):
    """Figures that belong together."""

    title: str
    lines: list[Line]


class Term(msgspec.Struct, frozen=True):
    """What a figure is."""

    label: str
    text: str


class TradeLine(msgspec.Struct, frozen=True):
    """A row of the table of trades."""

    cells: list[str]
    won: bool
    late: bool


class Mark(msgspec.Struct, frozen=True):
    """A trade to draw; instants are UTC ms of the closes of its bars."""

    entry: int
    entry_price: float
    exit: int
    exit_price: float
    long: bool
    profit: float
    late: bool


class Price(msgspec.Struct, frozen=True):
    """The price to draw, a row a stretch of bars; `timestamp` is the close of its last bar, UTC ms."""

    timestamp: list[int]
    low: list[float]
    high: list[float]
    close: list[float]
    step: int
    """Length of a stretch in ms; rows twice that apart have a hole between them."""


class Curve(msgspec.Struct, frozen=True):
    """What the account was worth after each bar; `timestamp` is the bar's close, UTC ms, the rest USDT."""

    timestamp: list[int]
    balance: list[float]
    marked: list[float]
    drawdown: list[float]
    buy_and_hold: list[float]
    initial_balance: float


class Bars(msgspec.Struct, frozen=True):
    """Profits by group, USDT; null without a trade."""

    names: list[str]
    profit: list[float | None]
    trades: list[int]


class Beside(msgspec.Struct, frozen=True):
    """A figure of what was traded live beside that of a replay."""

    label: str
    live: str
    replay: str


class Year(msgspec.Struct, frozen=True):
    """Profits by month: `cells` are twelve and their sum, empty where no trade was closed; `signs` are -1, 0 or 1."""

    year: str
    cells: list[str]
    signs: list[int]


class Classes(msgspec.Struct, frozen=True):
    """How many profits lie in each class; `edges` are one more, USDT."""

    edges: list[float]
    trades: list[int]


class Rolling(msgspec.Struct, frozen=True):
    """The mean profit of the last trades at the close of each, USDT; `timestamp` is UTC ms."""

    count: int
    timestamp: list[int]
    value: list[float]


class Setting(msgspec.Struct, frozen=True):
    """A parameter of the strategy, or a count of the data."""

    name: str
    value: str


class Contents(msgspec.Struct, frozen=True):
    """A report."""

    pair: str
    base: str
    quote: str
    account: str
    mode: str
    notice: str
    simulated: bool
    period: str
    begin: int
    end: int
    published: int
    source: str
    conclusion: str
    fees: str | None
    notes: list[str]
    nothing: str | None
    tiles: list[Tile]
    sections: list[Section]
    terms: list[Term]
    late: bool
    trades: list[TradeLine]
    marks: list[Mark]
    crowded: bool
    """There are too many trades to draw more of each than a dot."""
    price: Price
    curve: Curve
    weekdays: Bars
    hours: Bars
    beside: list[Beside]
    beside_note: str
    """What the replay is, or why there is none; empty where nobody would expect one."""
    years: list[Year]
    classes: Classes
    rolling: Rolling
    falls: list[list[str]]
    settings: list[Setting]
    settings_note: str
    completeness: list[Setting]


TABLE = (
    *("No.", "Side", "Entry", "Price", "Exit", "Price", "Held", "Closed by"),
    *("Size", "Fees", "Profit", "R", "Balance"),
)
"""Headings of the table of trades."""
