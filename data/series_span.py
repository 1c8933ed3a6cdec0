"""When a series of a ``--series`` file was: where its history begins after a long gap, and how far it may be trusted to reach.

A month that is mistyped (2026 for 2006, 1900 for 2000) is a month like any other to a reader. It shows by what lies between: long
nothing. One such row must neither move the cutoff of every other series nor lay a straight line of decades under its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from data.series_rows import Finding, RawSeries, counted, month_text

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Months = npt.NDArray[np.int64]

LONGEST_GAP = 36
"""Missing months in a row that history does not reach across: three years of them are not there to be guessed."""
LEAST_RUN = 3
"""Newest months in a row that are taken for what they say, however long nothing came before them."""
LEAST_GAP = 6
"""Missing months before them that are doubted, where twice as many as ever before."""


class Span(NamedTuple):
    """Months since year 0 of one series, -1 where it has none yet.

    Attributes:
        first: Its first value.
        begins: Where its history begins, after the newest long gap.
        settled: Its last value that does not stand alone.
    """

    first: int = -1
    begins: int = -1
    settled: int = -1


def history_begins(values: Array) -> int:
    """Position from which a column is read: after its newest gap of more than ``LONGEST_GAP`` months; else its first value.

    Example:
        >>> import numpy as np
        >>> history_begins(np.r_[1.0, np.full(37, np.nan), 2.0, np.nan, 3.0]), history_begins(np.r_[np.nan, 1.0, np.nan, 2.0])
        (38, 1)
    """
    known = np.flatnonzero(np.isfinite(values))
    after = np.flatnonzero(np.diff(known) > LONGEST_GAP + 1)
    return int(known[after[-1] + 1]) if len(after) else int(known[0]) if len(known) else len(values)


def stands_alone(months: Months) -> int:
    """How many newest months stand alone after more missing ones than ever before; 0 where none do.

    Args:
        months: (K,) months with a value, in order.

    Example:
        >>> import numpy as np
        >>> stands_alone(np.r_[np.arange(40), 52]), stands_alone(np.arange(0, 120, 3)), stands_alone(np.r_[0:9, 60:63])
        (1, 0, 0)
    """
    missing = np.diff(months) - 1
    breaks = np.flatnonzero(missing)
    if len(breaks) == 0:
        return 0
    newest = len(months) - 1 - int(breaks[-1])
    gap, before = int(missing[breaks[-1]]), int(missing[: breaks[-1]].max(initial=0))
    return newest if newest < LEAST_RUN and gap >= LEAST_GAP and gap > 2 * before else 0


def span_of(raw: RawSeries, newest: int) -> Span:
    """When a series was, not later than ``newest`` (this month, as months since year 0)."""
    known = _known(raw, newest)
    if len(known) == 0:
        return Span()
    begins = raw.first + min(history_begins(values[: newest - raw.first + 1]) for values in raw.columns.values())
    return Span(int(known[0]), min(begins, int(known[-1])), int(known[-1 - stands_alone(known)]))


def doubted(raw: RawSeries, newest: int) -> list[Finding]:
    """What is said of newest months that stand alone."""
    known = _known(raw, newest)
    alone = stands_alone(known)
    if not alone:
        return []
    first, missing = int(known[-alone]), int(known[-alone] - known[-alone - 1]) - 1
    what = f"{counted(alone, 'newest value')} ({month_text(first)}) after {counted(missing, 'month')} without any"
    done = "no cutoff is drawn from it; check its month, or give --cutoff"
    return [Finding(raw.series_id, "stands_alone", 0, alone, what, done)]


def _known(raw: RawSeries, newest: int) -> Months:
    has = np.isfinite(np.array([*raw.columns.values()])).any(axis=0)
    return np.asarray(np.flatnonzero(has[: max(newest - raw.first + 1, 0)]) + raw.first, dtype=np.int64)
