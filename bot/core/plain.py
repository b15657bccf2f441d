"""How does a state become JSON and come back bit by bit?

A dataclass becomes an object by field name, a tuple (named or not) a list, an enumeration its value; numbers, texts
and None stay. Python writes the shortest decimals that read back as the same float, so nothing is lost. Coming back
follows the annotations of the dataclass; a number where a float belongs becomes a float.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
_Read = Callable[[Json], object]


def to_plain(value: object) -> Json:
    """Return what `json.dumps` takes; TypeError for a value of another kind."""
    if isinstance(value, Enum):
        return cast("Json", value.value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [to_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")


def from_plain(kind: type[T], plain: Json) -> T:
    """Return the value of `kind` that `to_plain` made `plain` from.

    Raises:
        ValueError: `plain` is no such value: a field is missing, unknown or of another type.
    """
    try:
        return cast("T", _reader(cast("Hashable", kind))(plain))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not the plain form of {kind.__name__}: {error}") from error


@cache
def _reader(kind: Hashable) -> _Read:
    """Return the function that reads a value of an annotation."""
    if get_origin(kind) in {Union, types.UnionType}:
        (some,) = (each for each in get_args(kind) if each is not type(None))
        read = _reader(some)
        return lambda plain: None if plain is None else read(plain)
    if get_origin(kind) is tuple:
        each = _reader(get_args(kind)[0])
        return lambda plain: tuple(each(item) for item in cast("list[Json]", plain))
    if not isinstance(kind, type):
        raise TypeError(f"{kind} has no plain form")
    if issubclass(kind, Enum):
        return kind
    if is_dataclass(kind):
        return _record(kind)
    return _named_tuple(kind) if issubclass(kind, tuple) else _scalar(kind)


def _record(kind: type) -> _Read:
    hints = get_type_hints(kind)
    readers = {each.name: _reader(hints[each.name]) for each in fields(kind)}

    def read(plain: Json) -> object:
        if not isinstance(plain, dict) or plain.keys() != readers.keys():
            raise TypeError(f"{kind.__name__} needs exactly {', '.join(readers)}")
        return kind(**{name: reader(plain[name]) for name, reader in readers.items()})

    return read


def _named_tuple(kind: type) -> _Read:
    readers = [_reader(hint) for hint in get_type_hints(kind).values()]

    def read(plain: Json) -> object:
        if not isinstance(plain, list) or len(plain) != len(readers):
            raise TypeError(f"{kind.__name__} needs {len(readers)} values")
        return kind(*(reader(item) for reader, item in zip(readers, plain, strict=True)))

    return read


def _scalar(kind: type) -> _Read:
    allowed = (int, float) if kind is float else (kind,)

    def read(plain: Json) -> object:
        if type(plain) not in allowed:
            raise TypeError(f"{plain!r} where {kind.__name__} belongs")
        return kind(plain)

    return read
