"""The only door to Prophet: a log series in, its fitted trend and season out. Prophet's names stop here.

Nothing is drawn here (Prophet draws from numpy's global; our draws are made in ``models.forecast.draws``), and nothing
is left on disk: Stan's files lie in a temporary folder that is removed with each fit.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.errors import OpdriftError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.types import Array

MONTHS_FOR_SEASON = 24
"""Two full years: with fewer, a season can't be told from a trend."""
MONTHS_FOR_FULL_SEASON = 36
CHANGEPOINT_MONTHS = 12
"""At most one changepoint a year: budgets, rates and decisions change yearly."""
MAX_CHANGEPOINTS = 12
CHANGEPOINT_RANGE = 0.9
CHANGEPOINT_PRIOR = 0.05
_SEASON_ORDER, _SHORT_SEASON_ORDER = 6, 3
_LIBRARY_LOGGERS = ("cmdstanpy", "prophet", "prophet.models", "prophet.plot")


class ProphetDidNotFit(OpdriftError, RuntimeError):
    """Stan found no optimum for a series; the caller falls back to the level."""


@dataclass(frozen=True)
class FittedPath:
    """Trend and season of a log series, fitted and ahead. T months of history, H ahead.

    Attributes:
        trend: (T + H,) log level; ahead it is Prophet's own straight continuation.
        season: (T + H,) log deviation by time of year; zero with less than two years of history.
    """

    trend: Array
    season: Array


def fit_prophet(log_values: Array, *, first_month: pd.Timestamp, horizon: int, seed: int) -> FittedPath:
    """Fit Prophet to a monthly log series and continue its trend and season.

    The mean is taken out first, so that the prior of the changepoints is relative to the series's own range.

    Args:
        log_values: (T,) natural logs, NaN where a month is missing; at least three months must be there, not all equal.
        first_month: First day of the first month.
        horizon: H, months ahead.
        seed: Seed of Stan's optimiser.

    Returns:
        Trend and season of all T + H months; the same for the same input and seed.

    Raises:
        ProphetDidNotFit: Stan's optimiser ended without a result.
    """
    months = pd.date_range(first_month, periods=len(log_values) + horizon, freq="MS")
    known = np.isfinite(log_values)
    centre = float(log_values[known].mean())
    history = pd.DataFrame({"ds": months[: len(log_values)][known], "y": log_values[known] - centre})
    with _quiet(), TemporaryDirectory(prefix="opdrift-fit-") as folder:
        model = _new_model(int(known.sum()))
        try:
            model.fit(history, seed=seed, output_dir=folder)
        except RuntimeError:
            what = f"Prophet's optimiser ended without a result on a series of {int(known.sum())} months"
            raise ProphetDidNotFit(what, remedy="Nothing: the series falls back to its level") from None
        ahead = model.predict(pd.DataFrame({"ds": months}))
    trend = ahead["trend"].to_numpy(dtype=float) + centre
    season = ahead["additive_terms"].to_numpy(dtype=float) if "additive_terms" in ahead else np.zeros(len(months))
    return FittedPath(trend, season)


def _new_model(n_months: int) -> Any:  # noqa: ANN401  (Prophet's class stays behind this door)
    from prophet import Prophet  # noqa: PLC0415  (0.8 s and a chatty import: only who forecasts pays for it)

    order = _SEASON_ORDER if n_months >= MONTHS_FOR_FULL_SEASON else _SHORT_SEASON_ORDER
    return Prophet(
        growth="linear",
        yearly_seasonality=order if n_months >= MONTHS_FOR_SEASON else False,
        weekly_seasonality=False,
        daily_seasonality=False,
        n_changepoints=min(MAX_CHANGEPOINTS, n_months // CHANGEPOINT_MONTHS),
        changepoint_range=CHANGEPOINT_RANGE,
        changepoint_prior_scale=CHANGEPOINT_PRIOR,
        uncertainty_samples=0,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Stan's progress and Prophet's own deprecated calls, and put the loggers back as they were."""
    loggers = [logging.getLogger(name) for name in _LIBRARY_LOGGERS]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            for kind in (DeprecationWarning, FutureWarning, PendingDeprecationWarning):
                warnings.simplefilter("ignore", kind)
            yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled
