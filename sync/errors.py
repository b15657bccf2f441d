"""What can go wrong in a sync, as sentences a user can act on. The published copy is untouched by every one of them."""


class SyncError(Exception):
    """What went wrong and what to do about it, in one sentence."""

    exit_code = 1
    retry = False
    """Whether the same try may succeed in a few seconds without anyone doing anything."""


class ConfigError(SyncError):
    """The settings are refused: the key, its value and what is allowed."""

    exit_code = 2


class PullError(SyncError):
    """rsync or ssh failed; `code` is rsync's exit code."""

    def __init__(self, sentence: str, *, code: int, retry: bool) -> None:
        super().__init__(sentence)
        self.code = code
        self.retry = retry


class TornError(SyncError):
    """The pulled files do not make one whole moment of the database: pull all of it anew."""

    retry = True


class RefusedError(SyncError):
    """The pulled database is whole, but it is not one to publish: of another program, newer than this one, older."""
