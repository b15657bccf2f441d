"""Reading whole numbers of a REST request, with the refusals of the `{"code", "msg"}` kind."""

from __future__ import annotations


class BadParameterError(Exception):
    """A REST request that is answered with `code` and HTTP 400."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def integer(
    parameters: dict[str, str], name: str, default: int | None = None, least: int = 0, most: int | None = None
) -> int | None:
    """Read a parameter, at most `most`; `default` where it is not given.

    Raises:
        BadParameterError: it is no number from `least` on.
    """
    text = parameters.get(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) < least:
        raise BadParameterError(
            -1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."
        )
    return int(text) if most is None else min(int(text), most)
