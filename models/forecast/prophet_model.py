"""The only door to Prophet: monthly series in, fitted trends and seasons out, many at once. Prophet's names stop here.

Prophet's MAP is found by prophet-batch's exact solver for many series together (decision 0011); a series's fit depends on its
own months only. Nothing is drawn here (our draws are made in ``models.forecast.draws``), and nothing is left on disk.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.types import Array

MONTHS_FOR_SEASON = 24
"""Two full years: with fewer, a season can't be told from a trend."""
MONTHS_FOR_FULL_SEASON = 36
MAX_CHANGEPOINTS = 40
CHANGEPOINT_MONTHS = 6
"""At most two changepoints a year: budgets and rates change yearly, services when they change."""
_SEASON_ORDER, _SHORT_SEASON_ORDER = 6, 3
_LIBRARY_LOGGERS = ("cmdstanpy", "prophet", "prophet.models", "prophet.plot", "prophet_batch", "prophet_batch.batch")
_KNOWN_FOR_FIT = 3


@dataclass(frozen=True)
class ProphetSettings:
    """What Prophet may do with a trend.

    Attributes:
        prior: Scale of the changepoints' Laplace prior, in units of the series's own largest value.
        reach: Share of the history in which the trend may change.
    """

    prior: float
    reach: float


@dataclass(frozen=True)
class ProphetJob:
    """One series to be fitted.

    Attributes:
        key: Names the job among those fitted together.
        values: (T,) history, NaN where a month is missing; at least three months known, not all equal.
        first_month: First day of the first month.
        horizon: H, months ahead.
        settings: Freedom of the trend.
    """

    key: str
    values: Array
    first_month: pd.Timestamp
    horizon: int
    settings: ProphetSettings


@dataclass(frozen=True)
class FittedPath:
    """Trend and season of a series, fitted and ahead. T months of history, H ahead.

    Attributes:
        trend: (T + H,) level; ahead it is Prophet's own straight continuation.
        season: (T + H,) deviation by time of year; zero with less than two years of history.
    """

    trend: Array
    season: Array


def fit_prophet(jobs: Sequence[ProphetJob]) -> dict[str, FittedPath]:
    """Fit Prophet to every job and continue its trend and season.

    Args:
        jobs: Series with keys that differ.

    Returns:
        Key -> path of all T + H months; the same whatever other jobs stand beside it. A series that Prophet can't fit is left
        out, and moves no other: the caller goes on without it.
    """
    usable = [job for job in jobs if np.isfinite(job.values).sum() >= _KNOWN_FOR_FIT]
    if not usable:
        return {}
    with _quiet():
        found = _solve(usable)
        if found is None:  # one broke them all: each for itself, so that it breaks only its own
            found = {}
            for job in usable:
                found.update(_solve([job]) or {})
    return found


def _solve(jobs: Sequence[ProphetJob]) -> dict[str, FittedPath] | None:
    """Fit together; None where the solver gave way over one of them and so gave none."""
    from prophet_batch import fit_many  # noqa: PLC0415  (0.8 s and a chatty import: only who forecasts pays for it)

    by_key = {job.key: job for job in jobs}
    frames = [pd.DataFrame({"unique_id": job.key, "ds": _months(job)[: len(job.values)], "y": job.values}) for job in jobs]
    try:
        models = fit_many(
            pd.concat(frames, ignore_index=True).dropna(),
            make_model=lambda key: _solved_only()(**_options(by_key[key])),
            on_error="skip",
        )
        return {str(key): _path(model, by_key[str(key)]) for key, model in models.items()}
    except Exception:  # noqa: BLE001  (a young library may fail in any way; what it can't fit is left out)
        return None


def _months(job: ProphetJob) -> pd.DatetimeIndex:
    return pd.date_range(job.first_month, periods=len(job.values) + job.horizon, freq="MS")


def _options(job: ProphetJob) -> dict[str, Any]:
    n_months = int(np.isfinite(job.values).sum())
    order = _SEASON_ORDER if n_months >= MONTHS_FOR_FULL_SEASON else _SHORT_SEASON_ORDER
    return {
        "growth": "linear",
        "yearly_seasonality": order if n_months >= MONTHS_FOR_SEASON else False,
        "weekly_seasonality": False,
        "daily_seasonality": False,
        "n_changepoints": max(1, min(MAX_CHANGEPOINTS, n_months // CHANGEPOINT_MONTHS)),
        "changepoint_range": job.settings.reach,
        "changepoint_prior_scale": job.settings.prior,
        "uncertainty_samples": 0,
    }


@cache
def _solved_only() -> Any:  # noqa: ANN401  (Prophet's class stays behind this door)
    """Prophet that refuses Stan, which the solver turns to without a finite optimum: seconds, files on disk, and any answer."""
    from prophet import Prophet  # noqa: PLC0415

    class SolvedOnly(Prophet):
        def fit(self, df: pd.DataFrame, **kwargs: Any) -> Any:  # noqa: ANN401
            why = f"no finite optimum over {len(df)} months ({sorted(kwargs)})"
            raise ArithmeticError(why)

    return SolvedOnly


def _path(model: Any, job: ProphetJob) -> FittedPath:  # noqa: ANN401
    """Read trend and season off the fitted parameters: Prophet's own predict takes longer than the fit."""
    months = pd.Series(_months(job))
    scaled = ((months - model.start) / model.t_scale).to_numpy(dtype=np.float64)
    changes = np.asarray(model.changepoints_t, dtype=np.float64)
    steps = model.params["delta"].ravel()[: len(changes)]
    slope, level = float(model.params["k"].ravel()[0]), float(model.params["m"].ravel()[0])
    bends = np.maximum(scaled[:, None] - changes[None, :], 0.0) @ steps
    season = np.zeros(len(months))
    yearly = model.seasonalities.get("yearly")
    if yearly:
        waves = model.fourier_series(months, yearly["period"], yearly["fourier_order"])
        season = waves @ model.params["beta"].ravel()[: waves.shape[1]]
    scale = float(model.y_scale)
    return FittedPath((slope * scaled + level + bends) * scale, season * scale)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the libraries' progress and deprecated calls, and put the loggers back as they were."""
    loggers = [logging.getLogger(name) for name in _LIBRARY_LOGGERS]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            for kind in (DeprecationWarning, FutureWarning, PendingDeprecationWarning, RuntimeWarning):
                warnings.simplefilter("ignore", kind)
            yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled
