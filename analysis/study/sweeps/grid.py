"""Which parameter sets are tried? Those of a grid: a list of values for each of some parameters, in a TOML file.

    [grid]
    fvg_sensitivity = ["all", "extreme", "high"]
    reward_to_risk = [0.5, 1.0, 2.0]

The sets are all combinations, in the order of the file, the last parameter the fastest. A combination that no strategy
can run with (a chart timeframe longer than the anchor period) is left out and counted.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, cast

from analysis.batch.fitting import raised
from analysis.study.sweeps.errors import GridError
from bot.core.parameters import NAMES, ParameterError, Parameters, Plain, timeframe_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

MOST = 1_000_000
"""Sets of one sweep; of a larger grid some are drawn."""

TIMEFRAMES = ("chart_timeframe", "anchor_period")
WIDEST = {"chart_timeframe": "1m", "anchor_period": "99999d"}
"""With these no single value of either timeframe is impossible because of the other."""


DEFAULT = Parameters()


@dataclass(frozen=True, slots=True)
class Grid:
    """The values of each parameter that is varied, typed and distinct, in the order of the file."""

    names: tuple[str, ...]
    values: tuple[tuple[Plain, ...], ...]

    @property
    def size(self) -> int:
        """How many combinations there are."""
        return prod(len(each) for each in self.values)

    def combination(self, number: int) -> dict[str, Plain]:
        """Return the combination of a number from 0; the last parameter varies the fastest."""
        found: list[Plain] = []
        for values in reversed(self.values):
            number, place = divmod(number, len(values))
            found.append(values[place])
        return dict(zip(self.names, reversed(found), strict=True))


@dataclass(frozen=True, slots=True)
class Sets:
    """The parameter sets of a sweep, in the order of the grid."""

    names: tuple[str, ...]
    """What is varied."""
    parameters: list[Parameters]
    left_out: int
    """Combinations that are impossible, of those that were looked at."""

    def varied(self, number: int) -> dict[str, Plain]:
        """Return what the grid says of a set, as `--set` takes it."""
        chosen = self.parameters[number]
        return {name: cast("Plain", getattr(chosen, name)) for name in self.names}


def read(path: Path) -> Grid:
    """Read a grid.

    Raises:
        GridError: There is no such file, or what it holds is no grid; the message names the key, the value and what is
            allowed.
    """
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GridError(f"{path} cannot be read ({error.strerror}): name a TOML file with a table [grid]") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GridError(f"{path} is not TOML: {error}") from None
    except (GridError, ParameterError) as error:
        raise GridError(f"{path}: {error}") from None


def parse(text: str) -> Grid:
    """Make a grid of the text of a file.

    Raises:
        GridError, ParameterError, tomllib.TOMLDecodeError: It is none.
    """
    tables = tomllib.loads(text)
    table = tables.pop("grid", None)
    if tables:
        raise GridError(f"{next(iter(tables))} is not known: allowed is one table, [grid]")
    if not isinstance(table, dict) or not table:
        raise GridError(f"[grid] {'is missing' if table is None else 'names no parameter'}: a list a parameter, such as"
                        " reward_to_risk = [0.5, 1.0]")  # fmt: skip
    return Grid(tuple(table), tuple(_values(name, values) for name, values in table.items()))


def sets(
    grid: Grid, settings: Mapping[str, Plain], draw: int | None = None, seed: int = 1, interval_ms: int | None = None
) -> Sets:
    """Return the possible sets of a grid; `settings` hold in all of them.

    Args:
        grid: What is varied.
        settings: What holds beside it, by name; the rest has its default.
        draw: So many distinct sets are drawn, with equal chances; all of them where there are no more. None: all.
        seed: The same seed draws the same sets.
        interval_ms: Timeframes that are neither varied nor set are raised to fit candles of this length; None: to none.

    Raises:
        GridError: No combination is possible, or they are too many.
        ParameterError: What is set is not possible by itself.
    """
    if draw is None and grid.size > MOST:
        raise GridError(f"the grid has {grid.size:,} sets, at most {MOST:,} are possible: use --random N to draw some")
    if draw is not None and not 1 <= draw <= MOST:
        raise GridError(f"--random {draw} is not possible: allowed is 1 to {MOST:,}")
    _check(grid, settings, interval_ms)
    if draw is None or draw >= grid.size:
        numbers, wanted = iter(range(grid.size)), grid.size
    else:
        numbers, wanted = _shuffled(grid.size, random.Random(seed)), draw  # noqa: S311 - which sets, no secret
    found: list[tuple[int, Parameters]] = []
    left_out = 0
    for number in numbers:
        chosen = _made({**settings, **grid.combination(number)}, interval_ms)
        if chosen is None:
            left_out += 1
        else:
            found.append((number, chosen))
            if len(found) == wanted:
                break
    found.sort(key=lambda each: each[0])
    return Sets(grid.names, [chosen for _, chosen in found], left_out)


def _values(name: str, values: object) -> tuple[Plain, ...]:
    if name not in NAMES:
        raise GridError(f"{name} is no parameter: allowed is one of {', '.join(NAMES)}")
    if not isinstance(values, list):
        raise GridError(f"{name} = {_written(values)} is no list: write [{_written(values)}]")
    if not values:
        raise GridError(f"{name} = [] has no value: name at least one, or leave {name} out")
    typed = [cast("Plain", getattr(Parameters.from_mapping({**WIDEST, name: value}), name)) for value in values]
    seen: set[Plain] = set()
    for value in typed:
        same = timeframe_ms(str(value)) if name in TIMEFRAMES else value
        if same in seen:
            raise GridError(f"{name} has {_written(value)} twice: each value once")
        seen.add(same)
    return tuple(typed)


def _written(value: object) -> str:
    """Write a value as TOML does."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _check(grid: Grid, settings: Mapping[str, Plain], interval_ms: int | None) -> None:
    """Refuse what no combination can repair."""
    for name in grid.names:
        if name in settings:
            raise GridError(f"{name} is both in the grid and set with --set: name it in one place")
    _fitted({**{name: WIDEST[name] for name in TIMEFRAMES if name in grid.names}, **settings}, interval_ms)
    varied = [place for place, name in enumerate(grid.names) if name in TIMEFRAMES]
    tangled = Grid(tuple(grid.names[place] for place in varied), tuple(grid.values[place] for place in varied))
    if all(_made({**settings, **tangled.combination(number)}, interval_ms) is None for number in range(tangled.size)):
        raise GridError("none of the combinations is possible: chart_timeframe is at most anchor_period")


def _fitted(values: Mapping[str, Plain], interval_ms: int | None) -> Parameters:
    return Parameters.from_mapping(
        values if interval_ms is None else {**raised(values, interval_ms, DEFAULT), **values}
    )


def _made(values: Mapping[str, Plain], interval_ms: int | None) -> Parameters | None:
    try:
        return _fitted(values, interval_ms)
    except ParameterError:  # each value is possible alone: they are not together
        return None


def _shuffled(size: int, chance: random.Random) -> Iterator[int]:
    """Yield the numbers below `size` in a random order, each once."""
    if size <= MOST:
        every: Sequence[int] = chance.sample(range(size), size)
        yield from every
        return
    seen: set[int] = set()
    while True:  # far more than are drawn: a number comes seldom twice
        number = chance.randrange(size)
        if number not in seen:
            seen.add(number)
            yield number
