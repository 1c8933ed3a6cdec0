"""What a monthly series can bear: which method its history allows, by stated rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from models.forecast.steps import YEAR

if TYPE_CHECKING:
    import pandas as pd

    from models.types import Array

MIN_MONTHS = 24
"""Two years: below, level and the group's trend."""
RECENT_MONTHS = 24
SETTLED_MONTHS = 12
"""After as many months a marked month is known for what it was."""
CLOSED_YEARS = 3
"""Newest years that must agree on the months in which nothing comes; in two of them a couple of zeros may by chance."""
LEVEL_MONTHS = 12
"""A whole year, so that the level holds no season."""
THIN_CITIZENS = 5.0
"""Full-time citizens in the newest year below which a service gets no trend of its own: one who comes or goes would be it."""
PRICE_SPREAD = 0.5
"""Standard deviation of log prices between citizens of a service, for the unit cost of a few of them: heavy-tailed prices."""


class Kind(StrEnum):
    """What the history of a series allows."""

    REGULAR = "regular"
    SHORT = "short"
    THIN = "thin"
    INTERMITTENT = "intermittent"
    CONSTANT = "constant"
    ENDED = "ended"
    EMPTY = "empty"


class Cause(StrEnum):
    """Why months are marked."""

    ONE_OFF = "one_off"
    DECLARED = "declared"
    STEP = "step"


@dataclass(frozen=True)
class Mark:
    """Months that the fit does not read as they are; what is shown, scored and summed keeps them.

    Attributes:
        cause: One-off and declared months are left out; before a step the history is chained to the newer level.
        first: First month left out, or first month of the newer level.
        last: Last month left out; the same as ``first`` for a step.
        step: Log size of a step; 0 for months left out.
        label_da: What was declared, Danish; empty for a one-off.
        label_en: The same in English.
    """

    cause: Cause
    first: pd.Timestamp
    last: pd.Timestamp
    step: float = 0.0
    label_da: str = ""
    label_en: str = ""


@dataclass(frozen=True)
class Series:
    """One monthly series, trimmed to where it begins.

    Attributes:
        kind: What its history allows.
        start: Index of its first month in the run's months.
        monthly: (T,) from there on, NaN where missing, never negative.
        level: Mean of the newest 12 months; 0 for ended and empty series.
        months: Months with a value above zero.
        marks: Months that ``monthly`` does not hold as they came (``marks``); empty for most.
        came: (T,) what came, marked months too, before a step at the newer level; None where nothing is marked.
        closed: Twelve, for the months after the newest one in turn: whether it is always zero (a bill a quarter, closed in July).
            ``monthly`` has such months missing. Empty where none is.
    """

    kind: Kind
    start: int
    monthly: Array
    level: float
    months: int
    marks: tuple[Mark, ...] = ()
    came: Array | None = None
    closed: tuple[bool, ...] = ()

    def open_ahead(self, n_months: int) -> Array:
        """(n_months,) 1 for the months ahead of the newest one, 0 for those that are always zero."""
        if not self.closed:
            return np.ones(n_months)
        return 1.0 - np.resize(np.array(self.closed, dtype=np.float64), n_months)

    @property
    def log_values(self) -> Array:
        """(T,) natural logs, NaN where there is no value above zero."""
        positive = np.where(self.monthly > 0, self.monthly, np.nan)
        return np.asarray(np.log(positive), dtype=np.float64)

    @property
    def log_came(self) -> Array:
        """(T,) natural logs of what came, by which an earlier origin is scored."""
        came = self.monthly if self.came is None else self.came
        return np.log(np.where(came > 0, came, np.nan))

    def until(self, n_months: int) -> Series:
        """The series as it stood ``n_months`` earlier: nothing later is read.

        A month is left out only if a year lay between it and then, by which it would have been known for what it is. History
        stays chained at declared steps: a change of task or law is no error of the forecast.
        """
        cut = max(len(self.monthly) - n_months, 0)
        if self.came is None:
            return read_series(self.monthly[:cut])
        settled = np.arange(cut) < cut - SETTLED_MONTHS
        return read_series(np.where(settled, self.monthly[:cut], self.came[:cut]))


def read_series(values: Array) -> Series:
    """Decide what a series can bear.

    Missing and infinite months are gaps; negative months (credit notes above the month's cost) count as zero. Months before
    the first value above zero are cut off. Months that are zero in the newest three years (in one of them they may be
    missing), while no other is, are ``closed``: no value is looked for in them. Otherwise more than one zero month among the
    newest 24 is intermittent; a single one is taken as a gap.

    Args:
        values: (n,) any monthly series, NaN where unknown.

    Example:
        >>> import numpy as np
        >>> read_series(np.r_[np.zeros(5), np.arange(1.0, 31.0)]).kind
        <Kind.REGULAR: 'regular'>
        >>> read_series(np.full(40, np.nan)).kind
        <Kind.EMPTY: 'empty'>
    """
    clean = np.where(np.isfinite(values), np.maximum(values, 0.0), np.nan)
    above = np.flatnonzero(clean > 0)
    if len(above) == 0:
        return Series(Kind.EMPTY, len(values), clean[:0], 0.0, 0)
    start = int(above[0])
    kept = clean[start:]
    closed = _closed(kept)
    if closed:
        by_month = np.resize(np.roll(closed, len(kept) % YEAR), len(kept))
        kept = np.where(by_month & (kept == 0), np.nan, kept)
    newest = kept[-LEVEL_MONTHS:]
    newest = newest[np.isfinite(newest)]
    if len(newest) and not (newest > 0).any() and len(kept) > LEVEL_MONTHS:
        return Series(Kind.ENDED, start, kept, 0.0, len(above))
    level = float(newest.mean()) if len(newest) else float(clean[above[-1]])
    return Series(_kind(kept, len(above)), start, kept, level, len(above), closed=closed)


def as_thin(series: Series) -> Series:
    """The same series of a service with too few citizens for a trend of its own."""
    return replace(series, kind=Kind.THIN) if series.kind is Kind.REGULAR else series


def _closed(kept: Array) -> tuple[bool, ...]:
    """Twelve, the month after the newest first: whether it is always zero; empty where the newest years do not agree."""
    if len(kept) < CLOSED_YEARS * YEAR:
        return ()
    years = kept[-CLOSED_YEARS * YEAR :].reshape(CLOSED_YEARS, YEAR)
    zeros = years == 0
    closed = (zeros | np.isnan(years)).all(axis=0) & (zeros.sum(axis=0) >= CLOSED_YEARS - 1)
    if not closed.any() or closed.all() or zeros[:, ~closed].any():
        return ()
    return tuple(closed.tolist())


def _kind(kept: Array, months: int) -> Kind:
    recent = kept[-RECENT_MONTHS:]
    if int((recent == 0).sum()) > 1:
        return Kind.INTERMITTENT
    if months < MIN_MONTHS:
        return Kind.SHORT
    known = kept[kept > 0]
    if known.max() - known.min() <= 1e-9 * known.max():
        return Kind.CONSTANT
    return Kind.REGULAR
