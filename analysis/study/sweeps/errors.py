"""What a sweep refuses, each as one sentence."""

from __future__ import annotations

from analysis.errors import AnalysisError


class GridError(AnalysisError):
    """A grid that names no parameter sets, or sets that are not possible."""


class WindowError(AnalysisError):
    """A walk-forward that does not fit the bars."""


class OutError(AnalysisError):
    """A file of results that cannot be begun, gone on with or written."""


class WorkerError(AnalysisError):
    """Processes or machines that cannot compute, or stopped to."""
