"""Errors a user can act on: `cvdbot` shows them as one sentence.

Any other exception is a defect and keeps its traceback. Each message says what is wrong, the value, and what to do.
"""


class BotError(Exception):
    """What went wrong and what to do about it, in one sentence."""

    exit_code = 2


class DatabaseError(BotError):
    """The database can't be used as asked: missing, foreign, newer than this program, damaged, read-only."""


class DatabaseInUseError(DatabaseError):
    """Another program holds what is needed. Nothing was written, and the same call may succeed later."""
