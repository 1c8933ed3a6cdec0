"""One series: fit it at the cutoff and, by the same method, at earlier origins to see how wrong that would have been.

Series are fitted in chunks: Prophet solves a chunk together, the others go one by one. What a series gets depends on its own
months only, so chunks may be spread over processes at will.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.carried_year import carried_year, losses
from models.forecast.challengers import Forms, challenge
from models.forecast.combine import middle, within_reach
from models.forecast.prophet_model import FittedPath, ProphetJob, ProphetSettings, fit_prophet
from models.forecast.rate_year import january_step, sawtooth
from models.forecast.series import LEVEL_MONTHS, Kind, Series
from models.forecast.trading_days import NO_TRADING_DAYS, TradingDays
from models.forecast.trend import RAW_SLOPE_HALF_LIFE, SLOPE_HALF_LIFE, Continued, continue_path, scatter
from models.forecast.uncertainty import ORIGINS_BACK, ErrorGrowth, error_growth
from models.forecast.workers import worker_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.types import Array

MONTHS_FOR_ORIGIN = 36
"""An origin needs this many months behind it: the method that is judged must be the one that is used."""
CHUNK = 16
"""Series fitted together, at most: as many as make Prophet's shared solver worth while."""
CHUNKS_PER_PROCESS = 3
"""Few enough series in a chunk that no process is left alone with the last one."""
FEW_SERIES = 8
"""Below, this process alone is sooner done than others are started."""
LOG_PROPHET = ProphetSettings(prior=0.3, reach=1.0)
RAW_PROPHET = ProphetSettings(prior=0.1, reach=0.95)
"""Chosen on rolling origins of the PBS cost series out of prior .02-.3, reach .9-1, logs or not (decision 0011)."""


@dataclass(frozen=True)
class OriginError:
    """What one earlier origin of a series missed. h months, from 1 ahead.

    Attributes:
        log_error: (h,) log of what came over the path, NaN where nothing came.
        spread: (h,) standard deviation that was expected of it, uncalibrated.
        carried: (h,) log of what came over the carried year; None where there was none.
        losses: (S,) how each share of the carried year would have served (``carried_year``); None where that can't be told.
    """

    log_error: Array
    spread: Array
    carried: Array | None = None
    losses: Array | None = None


@dataclass(frozen=True)
class FitJob:
    """A series to be fitted.

    Attributes:
        key: Its name among all.
        series: The history; only ``REGULAR`` ones get a path of their own.
        first_month: First day of the month that ``series.start`` counts from.
        horizon: H, months ahead.
        priced: It holds a price, which may step up each January.
        forms: The challengers' chosen forms; None: they are searched for.
        errors: Of the origins, known from the renewal; None: origins are fitted.
        days: Effect of the days of the week, taken out before the fit and put back after it.
    """

    key: str
    series: Series
    first_month: pd.Timestamp
    horizon: int
    priced: bool = False
    forms: Forms | None = None
    errors: tuple[OriginError, ...] | None = None
    days: TradingDays = NO_TRADING_DAYS

    @property
    def start(self) -> pd.Timestamp:
        """First day of the series's own first month."""
        return self.first_month + pd.DateOffset(months=self.series.start)


@dataclass(frozen=True)
class FittedSeries:
    """One series with its forecast.

    Attributes:
        series: The history.
        continued: The combined path; ``None`` where the series stands on its level.
        spread: (H,) standard deviation of the log error by the members' own intervals, uncalibrated; ``None`` without a path.
        errors: Per origin, what came against what was said.
        own_growth: How those errors grew; ``None`` without origins.
        forms: Chosen forms of the challengers; ``None`` where there are none.
        did_not_fit: A path was tried and no member gave one.
        carried: (H,) logs of the newest year carried on (``carried_year``); None without a path, or once it is mixed in.
        share: How much of it is mixed in (``carried_share``).
    """

    series: Series
    continued: Continued | None
    spread: Array | None
    errors: tuple[OriginError, ...]
    own_growth: ErrorGrowth | None
    forms: Forms | None
    did_not_fit: bool
    carried: Array | None = None
    share: float = 0.0

    @property
    def residuals(self) -> Array:
        """(T,) log residuals by which draws are ordered."""
        if self.continued is not None:
            return self.continued.residuals
        logs = self.series.log_values
        known = np.isfinite(logs)
        return logs - logs[known].mean() if known.any() else logs

    @property
    def noise(self) -> float | None:
        """Scatter of a single month; ``None`` where the series is too short or too even to tell."""
        if self.continued is not None:
            return self.continued.noise
        return scatter(self.series.log_values) if self.series.months >= 6 else None


def fit_all(
    jobs: Sequence[FitJob], *, workers: int = 1, progress: Callable[[int, int], None] | None = None
) -> list[FittedSeries]:
    """Fit every series, spread over processes.

    Args:
        jobs: Series with keys that differ.
        workers: Processes; the result is the same for any.
        progress: Called with (series done, series in all).

    Returns:
        In the jobs' order.
    """
    processes = workers if len(jobs) >= FEW_SERIES else 1
    size = min(CHUNK, max(1, -(-len(jobs) // (CHUNKS_PER_PROCESS * processes))))
    chunks = [tuple(jobs[begin : begin + size]) for begin in range(0, len(jobs), size)]

    def told(done: int, _chunks: int) -> None:
        if progress is not None:
            progress(min(done * size, len(jobs)), len(jobs))

    with worker_pool(min(processes, len(chunks))) as pool:
        return [fit for chunk in pool.map(fit_chunk, chunks, told) for fit in chunk]


def fit_chunk(jobs: tuple[FitJob, ...]) -> list[FittedSeries]:
    """Fit the series of one chunk in this process."""
    tasks = [task for job in jobs for task in _tasks(job)]
    prophets = fit_prophet([fit for task in tasks for fit in task.prophet_jobs()])
    found: dict[str, list[_Path]] = {job.key: [] for job in jobs}
    chosen: dict[str, Forms | None] = {job.key: job.forms for job in jobs}
    for task in tasks:
        path, forms = task.combined(prophets, chosen[task.job.key])
        chosen[task.job.key] = chosen[task.job.key] or forms
        if path is not None:
            found[task.job.key].append(path)
    return [_fitted(job, found[job.key], chosen[job.key]) for job in jobs]


@dataclass(frozen=True)
class _Path:
    """What came out of a task: logs with what the calendar does; ``losses`` of an origin alone."""

    back: int
    continued: Continued
    spread: Array
    carried: Array | None
    losses: Array | None

    def error(self, came: Array) -> OriginError:
        """Of an origin, by the (h,) logs of what came."""
        carried = None if self.carried is None else came - self.carried
        return OriginError(came - self.continued.path, self.spread, carried, self.losses)


@dataclass(frozen=True)
class _Task:
    """A series as it stood ``back`` months before the cutoff."""

    job: FitJob
    series: Series
    back: int
    horizon: int

    @property
    def key(self) -> str:
        return f"{self.job.key}|{self.back}"

    @property
    def start(self) -> pd.Timestamp:
        trimmed = self.series.start if self.back else 0  # an earlier series counts from the job's own start
        return self.job.start + pd.DateOffset(months=trimmed)

    @cached_property
    def calendar(self) -> Array:
        """(T + h,) logs of what the calendar does: days of the week, and a rate year that starts in January."""
        n_months = len(self.series.monthly)
        days = self.job.days.at(self.start, n_months + self.horizon)
        step = january_step(self.series.log_values - days[:n_months], self.start) if self.job.priced else 0.0
        return days + sawtooth(step, self.start, n_months + self.horizon)

    @cached_property
    def even(self) -> Array:
        """(T,) logs without what the calendar does: what the members see."""
        return self.series.log_values - self.calendar[: -self.horizon]

    def prophet_jobs(self) -> list[ProphetJob]:
        logs = self.even - float(np.nanmean(self.even))  # the prior of the changepoints is relative to the series's own range
        raw = np.exp(self.even)
        both = (("log", logs, LOG_PROPHET), ("raw", raw, RAW_PROPHET))
        return [ProphetJob(f"{self.key}|{name}", values, self.start, self.horizon, free) for name, values, free in both]

    def combined(self, prophets: dict[str, FittedPath], forms: Forms | None) -> tuple[_Path | None, Forms | None]:
        """The middle of the members' paths, with the residuals of Prophet on logs; None where nothing fitted."""
        logs = self.even
        logged = prophets.get(f"{self.key}|log")
        if logged is None:
            return None, forms
        centre = float(np.nanmean(logs))
        own = continue_path(logs - centre, logged, half_life=SLOPE_HALF_LIFE)
        members = [np.exp(own.path + centre)]
        plain = prophets.get(f"{self.key}|raw")
        if plain is not None:
            members.append(continue_path(np.exp(logs), plain, half_life=RAW_SLOPE_HALF_LIFE).path)
        said, used = challenge(_whole(logs), self.horizon, forms, with_arima=self.back == 0)
        members += [said[name].path for name in sorted(said)]
        recent = np.exp(logs[np.isfinite(logs)][-LEVEL_MONTHS:])
        path = np.log(middle([within_reach(member, recent) for member in members]))
        spreads = [said[name].spread for name in sorted(said)] or [np.full(self.horizon, np.sqrt(own.noise))]
        carried = carried_year(logs, self.horizon)
        if carried is not None:
            carried = np.log(within_reach(np.exp(carried), recent))
        ahead = self.calendar[-self.horizon :]
        told = None
        if self.back and carried is not None:
            told = losses(path, carried, self.job.series.log_came[-self.back :] - ahead, logs)
        whole = None if carried is None else carried + ahead
        return _Path(self.back, replace(own, path=path + ahead), middle(spreads), whole, told), used


def _whole(logs: Array) -> Array:
    """The series without gaps: missing months on a straight line between the logs of their neighbours."""
    known = np.flatnonzero(np.isfinite(logs))
    return np.asarray(np.exp(np.interp(np.arange(len(logs)), known, logs[known])), dtype=np.float64)


def _tasks(job: FitJob) -> list[_Task]:
    if job.series.kind is not Kind.REGULAR:
        return []
    tasks = [_Task(job, job.series, 0, job.horizon)]
    if job.errors is not None:
        return tasks
    for back in ORIGINS_BACK:
        earlier = job.series.until(back)
        if earlier.kind is Kind.REGULAR and earlier.months >= MONTHS_FOR_ORIGIN:
            tasks.append(_Task(job, earlier, back, back))
    return tasks


def _fitted(job: FitJob, paths: list[_Path], forms: Forms | None) -> FittedSeries:
    series = job.series
    newest = next((path for path in paths if path.back == 0), None)
    if newest is None:
        return FittedSeries(series, None, None, (), None, None, did_not_fit=series.kind is Kind.REGULAR)
    errors = job.errors
    if errors is None:
        logs = series.log_came
        errors = tuple(path.error(logs[-path.back :]) for path in paths if path.back > 0)
    main = newest.continued
    growth = error_growth([error.log_error for error in errors], main.noise)
    return FittedSeries(series, main, newest.spread, errors, growth, forms, did_not_fit=False, carried=newest.carried)
