"""What a renewal found, kept until the next month: a night fits only what is new or changed (decision 0012).

Three rules, per series: the same cutoff and the same months: its path is used again, nothing is fitted; the same cutoff and
other months: chosen forms and errors of its origins stay, the path is fitted anew; a new cutoff, an unknown series or another
code: everything is renewed. What series lend each other is renewed with the month.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.fitting import FitJob, FittedSeries, fit_all
from models.forecast.pools import Member, Pools
from models.forecast.series import Cause
from models.forecast.wanted import learnt_days, with_days

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.forecast.challengers import Forms
    from models.forecast.fitting import OriginError
    from models.forecast.trend import Continued
    from models.forecast.uncertainty import ErrorGrowth
    from models.forecast.wanted import Wanted
    from models.types import Array

    Progress = Callable[[int, int], None]

CHOICE_VERSION = 4
"""Form of the kept choice; a file of another version is renewed."""
_MADE_BY = (
    "calibrate", "carried_share", "carried_year", "challengers", "choices", "combine", "fitting", "marks", "pools",
    "prophet_model", "rate_year", "series", "shrinkage", "steps", "trading_days", "trend", "uncertainty", "wanted",
)  # fmt: skip
LARGEST_CORRECTION = 0.1
"""Log movement of a quarter, off how all of them moved, that a correction seldom makes ..."""
CORRECTED_SHARE = 0.25
"""... and the share of quarters that may move further before the series is another: forms and errors are no longer its own."""
_QUARTER = 3
_PACKAGES = ("numpy", "prophet", "prophet-batch", "scipy", "statsforecast")


class Work(StrEnum):
    """What had to be done for one series."""

    REUSED = "reused"
    REFITTED = "refitted"
    RENEWED = "renewed"


class Renewal(StrEnum):
    """When forms and errors are found anew: with every month, as a night of a municipality does, or of new series alone."""

    MONTHLY = "monthly"
    CARRIED = "carried"


@dataclass(frozen=True)
class Choice:
    """What is known of one series, without its history. H months ahead.

    Attributes:
        cutoff: YYYY-MM of the month in which its forms and errors were renewed.
        fingerprint: Of the months that its path was made from.
        outline: (T // 3,) of the months that its forms and errors were found on.
        declared: Declared months and steps that they were found with.
        refitted: The path was fitted after the renewal, because a month of history had changed.
        level: Where it stands, by its own method.
        forms: Chosen forms of the challengers; None where it has no path.
        errors: Of its rolling origins.
        continued: The path; None where there is none.
        spread: (H,) uncalibrated standard deviation; None where there is no path.
        growth: How its errors grew.
        did_not_fit: A path was tried and no member gave one.
        carried: (H,) logs of the newest year carried on; None where there is no path.
    """

    cutoff: str
    fingerprint: str
    outline: Array
    declared: str
    refitted: bool
    level: float
    forms: Forms | None
    errors: tuple[OriginError, ...]
    continued: Continued | None
    spread: Array | None
    growth: ErrorGrowth | None
    did_not_fit: bool
    carried: Array | None

    @classmethod
    def of(cls, job: FitJob, fit: FittedSeries, *, refitted: bool) -> Choice:
        """Keep a fit."""
        return cls(
            cutoff_of(job), fingerprint(job), outline(job), declared(job), refitted, fit.series.level, fit.forms, fit.errors,
            fit.continued, fit.spread, fit.own_growth, fit.did_not_fit, fit.carried,
        )  # fmt: skip

    def on(self, job: FitJob) -> FittedSeries:
        """The fit again, on the same months that it was made from."""
        series = replace(job.series, level=self.level)
        return FittedSeries(
            series, self.continued, self.spread, self.errors, self.growth, self.forms, self.did_not_fit, self.carried
        )

    def work_for(self, job: FitJob, renewal: Renewal = Renewal.MONTHLY) -> Work:
        """What the series needs now; of an earlier month it is refitted on the months since, where choices are carried on."""
        if self.cutoff != cutoff_of(job):
            goes_on = renewal is Renewal.CARRIED and self.cutoff < cutoff_of(job) and self.declared == declared(job)
            return Work.REFITTED if goes_on and self.continued is not None else Work.RENEWED
        if self.fingerprint == fingerprint(job):
            return Work.REUSED
        return Work.REFITTED if self.continued is not None and self._is_of(job) else Work.RENEWED

    def _is_of(self, job: FitJob) -> bool:
        """The months are those that forms and errors were found on, corrected here and there."""
        now = outline(job)
        if len(now) != len(self.outline) or declared(job) != self.declared:
            return False
        moved = now - self.outline
        known = np.isfinite(moved)
        if not known.any():
            return False
        apart = np.abs(moved[known] - np.median(moved[known])) > LARGEST_CORRECTION
        return bool(apart.mean() + (np.isfinite(now) != np.isfinite(self.outline)).mean() <= CORRECTED_SHARE)


@dataclass(frozen=True)
class Choices:
    """The choice of a whole run.

    Attributes:
        code: Version of what made it.
        cutoff: YYYY-MM of the month in which the pools were renewed; the newest of its series's.
        horizon: H.
        series: Key -> its choice.
        pools: What series lend each other.
    """

    code: str
    cutoff: str
    horizon: int
    series: Mapping[str, Choice]
    pools: Pools


@dataclass(frozen=True)
class Fits:
    """Every wanted series with its fit.

    Attributes:
        fits: Key -> fit.
        series: Key -> its choice, to be kept.
        work: Key -> what had to be done.
    """

    fits: Mapping[str, FittedSeries]
    series: Mapping[str, Choice]
    work: Mapping[str, Work]

    def count(self) -> dict[str, int]:
        """Series by what had to be done for them."""
        found = Counter(self.work.values())
        return {str(word): found[word] for word in Work}


def fit_with(
    jobs: Sequence[FitJob],
    known: Choices | None,
    *,
    renewal: Renewal = Renewal.MONTHLY,
    workers: int = 1,
    progress: Progress | None = None,
) -> Fits:
    """Fit what is new or changed; use the rest again.

    Args:
        jobs: Series with keys that differ.
        known: Kept choice; None or of another code: everything is renewed.
        renewal: How long a choice holds.
        workers: Processes; the result is the same for any.
        progress: Called with (series fitted, series to be fitted).
    """
    usable = {} if known is None or known.code != code_version() else known.series
    work = {job.key: _work(job, usable, renewal) for job in jobs}
    again = [_prepared(job, usable, work[job.key]) for job in jobs if work[job.key] is not Work.REUSED]
    new = dict(zip((job.key for job in again), fit_all(again, workers=workers, progress=progress), strict=True))
    fits = {job.key: new[job.key] if job.key in new else usable[job.key].on(job) for job in jobs}
    series = {job.key: _kept(job, new[job.key], usable, work[job.key]) if job.key in new else usable[job.key] for job in jobs}
    return Fits(fits, series, work)


def _work(job: FitJob, usable: Mapping[str, Choice], renewal: Renewal) -> Work:
    return usable[job.key].work_for(job, renewal) if job.key in usable else Work.RENEWED


def _kept(job: FitJob, fit: FittedSeries, known: Mapping[str, Choice], work: Work) -> Choice:
    """What is kept of a fit; a refit stays that of the months its forms were found on."""
    if work is Work.REFITTED:
        return replace(Choice.of(job, fit, refitted=True), outline=known[job.key].outline)  # declared is the same
    return Choice.of(job, fit, refitted=False)


def chosen(
    wanted: Sequence[Wanted],
    known: Choices | None,
    *,
    horizon: int,
    renewal: Renewal = Renewal.MONTHLY,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Choices, Fits]:
    """Bring a kept choice up to date, and fit with it.

    Args:
        wanted: Every series of the run.
        known: Kept choice; None: everything is renewed.
        horizon: H.
        renewal: How long a choice and its pools hold.
        workers: Processes; the result is the same for any.
        progress: Called with (series fitted, series to be fitted).

    Returns:
        The choice of exactly these series, and their fits. Pools stay within the month, unless one they don't know asks or most
        of a group's series had to be renewed.
    """
    cutoff = max((cutoff_of(item.job) for item in wanted), default="")
    holding = known.pools if known is not None and _pools_hold(known, wanted, cutoff, horizon, renewal) else None
    if known is not None and holding is not None and _mostly_new(with_days(wanted, holding.trading_days), known.series, renewal):
        holding = None
    days = learnt_days(wanted) if holding is None else holding.trading_days
    jobs = [item.job for item in with_days(wanted, days)]
    fits = fit_with(jobs, known, renewal=renewal, workers=workers, progress=progress)
    members = [Member(item.group, item.measure, fits.fits[item.job.key]) for item in wanted]
    pools = Pools.of(members, horizon, days) if holding is None else holding
    return Choices(code_version(), cutoff, horizon, fits.series, pools), fits


def _mostly_new(wanted: Sequence[Wanted], known: Mapping[str, Choice], renewal: Renewal) -> bool:
    """More than half of the series of some group and measure must be renewed."""
    everyone = Counter((item.group, item.measure) for item in wanted)
    renewed = Counter((item.group, item.measure) for item in wanted if _work(item.job, known, renewal) is Work.RENEWED)
    return any(2 * count > everyone[pool] for pool, count in renewed.items())


def _pools_hold(known: Choices, wanted: Sequence[Wanted], cutoff: str, horizon: int, renewal: Renewal) -> bool:
    asked = {(item.group, item.measure) for item in wanted}
    same = (known.cutoff, known.horizon) == (cutoff, horizon)
    same |= renewal is Renewal.CARRIED and known.cutoff < cutoff and known.horizon >= horizon
    return same and known.code == code_version() and asked <= set(known.pools.group_errors)


def _prepared(job: FitJob, known: Mapping[str, Choice], work: Work) -> FitJob:
    if work is Work.RENEWED:
        return job
    return replace(job, forms=known[job.key].forms, errors=known[job.key].errors)


def cutoff_of(job: FitJob) -> str:
    """YYYY-MM of the last month of a series's history."""
    return f"{job.start + pd.DateOffset(months=len(job.series.monthly) - 1):%Y-%m}"


def fingerprint(job: FitJob) -> str:
    """SHA-256 of all that a series's path is made from: where it begins, what it may bear, every month with all its bits."""
    told = f"{job.key}|{job.start:%Y-%m}|{job.horizon}|{job.series.kind}|{job.priced}|".encode()
    months = [job.series.monthly] if job.series.came is None else [job.series.monthly, job.series.came]
    months.append(np.array(job.days.per_day))
    return hash_word(told + b"".join(np.ascontiguousarray(part + 0.0).tobytes() for part in months))


def outline(job: FitJob) -> Array:
    """(T // 3,) mean log of each quarter before the cutoff, newest last; NaN where nothing is known.

    Late invoices and corrections move a few of them, another weight of exposure or price level all alike; other data under the
    same key move most, each by its own.
    """
    logs = job.series.log_came
    quarters = logs[len(logs) % _QUARTER :].reshape(-1, _QUARTER)
    known = np.isfinite(quarters)
    return np.where(known.any(axis=1), np.where(known, quarters, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)


def declared(job: FitJob) -> str:
    """The declared months and steps that the fit is told of; a new one changes what earlier origins would have missed."""
    told = [f"{mark.cause} {mark.first:%Y-%m} {mark.last:%Y-%m}" for mark in job.series.marks if mark.cause is not Cause.ONE_OFF]
    return "; ".join(told)


def hash_word(content: bytes) -> str:
    """SHA-256 in base 32: without 0 and 1 nothing in it can have the shape of a CPR number, which hexadecimal digits may.

    Example:
        >>> hash_word(b"")[:8]
        '4oymiquy'
    """
    return base64.b32encode(hashlib.sha256(content).digest()).decode().rstrip("=").lower()


@cache
def code_version() -> str:
    """Version of what makes a choice: our modules as they are, and the packages that fit.

    A number kept by hand alone would be forgotten, and a night would go on showing paths that the code no longer makes.
    """
    total = hashlib.sha256()
    for name in _MADE_BY:
        total.update(Path(__file__).with_name(f"{name}.py").read_bytes() + b"\0")
    packages = " ".join(f"{name}-{version(name)}" for name in _PACKAGES)
    return f"{CHOICE_VERSION} {total.hexdigest()[:16]} {packages}"
