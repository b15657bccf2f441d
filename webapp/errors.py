"""What the web app can refuse, and how each refusal reaches a person.

`WebError` ends the command with one sentence; `RequestRefused`, `ServerBusy` and `DatabaseUnavailable` become the API's
one error shape (webapp/serving/refusals.py). Anything else is a defect.
"""

from __future__ import annotations

from typing import Literal

DatabaseState = Literal["ok", "missing", "empty", "foreign", "newer", "corrupt", "locked", "unreadable"]
"""What a look at the database file found; every value but `ok` comes with a sentence that says what to do."""


class WebError(Exception):
    """`cvdbot web` cannot start; the message says what, the value, and what to do."""

    exit_code = 2


class RequestRefused(Exception):  # noqa: N818 - it names the answer: refused
    """The caller's fault: answered with `status` (4xx) and the one error shape."""

    def __init__(self, code: str, message: str, field: str | None = None, status: int = 422) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


class ServerBusy(Exception):  # noqa: N818 - it passes by itself
    """The server has as much to do as it takes on: answered with 503 and the one error shape."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class DatabaseUnavailable(Exception):  # noqa: N818 - it names the state, which may pass by itself
    """The database cannot be read now; the next request looks again."""

    def __init__(self, state: DatabaseState, message: str) -> None:
        super().__init__(message)
        self.state: DatabaseState = state
        self.message = message
