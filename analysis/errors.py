"""Errors a user can act on: `cvdbot` shows them as one sentence."""


class AnalysisError(Exception):
    """What cannot be analysed and what to do about it, in one sentence."""

    exit_code = 2


class SourceError(AnalysisError):
    """A database or archive that cannot be read as candles."""


class EmptyRangeError(AnalysisError):
    """A range in which there is nothing to trade on."""


class TooLittleDataError(AnalysisError):
    """Fewer rows than are needed to learn from and to judge by."""


class StudyError(AnalysisError):
    """A model that cannot be trained or used, and what to do about it."""
