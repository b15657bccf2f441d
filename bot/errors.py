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


class ConfigurationError(BotError):
    """A configuration file, or a value on the command line, can't be used."""


class ImportFileError(BotError):
    """A file to import is not what it has to be. Nothing of it was written."""


class VenueError(BotError):
    """An exchange refused or answered something that can't be used; the feed tries again."""
