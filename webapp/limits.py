"""What one request may cost, in one place; docs/api.md has the same table.

The page, a notebook and a download share one process on the trader's own machine: a limit is there so that nobody
waits long for somebody else's question.
"""

from __future__ import annotations

DEFAULT_BARS = 500
"""Bars of an answer when neither `from` nor `limit` is given."""

FIGURE_MINUTES = 1_600_000
"""Minutes that are looked at for figures of candles, about three years."""

EQUITY_POINTS = 300_000
"""Rows of an equity curve: more than two years of 5-minute bars."""

DEFAULT_POINTS = 5_000
"""Rows of an equity curve when `points` is not given."""

SETUPS = 10_000
"""Setups of one answer; without `from` and `limit` the last DEFAULT_BARS."""

LOG_LINES = 10_000
"""Lines of one answer; without `from` and `limit` the last DEFAULT_BARS."""

BACKTEST_BARS = 3_200_000
"""Stored minutes of one back-test, about six years."""

BACKTESTS = 2
"""Back-tests that run at a time."""

BACKTESTS_WAITING = 8
"""Back-tests that wait for their turn; the next one is refused."""

BODY_BYTES = 65_536
"""Of a request."""

QUERY_SECONDS = 20.0
"""How long one look into the database may take; a download makes many."""

QUERIES = 16
"""Looks into the database at a time; the others wait for their turn."""

LISTENERS = 32
"""Open event streams; a browser has one for all its tabs, or one a tab where it cannot share."""

COMPRESSED_BYTES = 4096
"""Answers of fewer bytes are sent as they are."""

DOWNLOADS = 8
"""Files that are sent at the same time; each holds a snapshot and some megabytes."""

REPORTS = 2
"""Reports that are made at the same time, each in a process of its own."""

REPORT_SECONDS = 120.0
"""How long the making of a report may take."""
