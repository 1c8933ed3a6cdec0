"""One series: fit it at the cutoff and, by the same method, at earlier origins to see how wrong that would have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.prophet_model import ProphetDidNotFit, fit_prophet
from models.forecast.series import Kind, Series
from models.forecast.trend import Continued, continue_path, scatter
from models.forecast.uncertainty import ORIGINS_BACK, ErrorGrowth, error_growth
from models.rng import generator_for

if TYPE_CHECKING:
    from models.types import Array

MONTHS_FOR_ORIGIN = 36
"""An origin needs this many months behind it: the method that is judged must be the one that is used."""


@dataclass(frozen=True)
class FittedSeries:
    """One series with its forecast.

    Attributes:
        series: The history.
        continued: Prophet's damped path; ``None`` where the series stands on its level.
        errors: (h,) log errors per origin.
        own_growth: How those errors grew; ``None`` without origins.
        did_not_fit: Prophet was tried and found no optimum.
    """

    series: Series
    continued: Continued | None
    errors: tuple[Array, ...]
    own_growth: ErrorGrowth | None
    did_not_fit: bool

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


def fit_series(series: Series, *, first_month: pd.Timestamp, horizon: int, seed: int, labels: tuple[str, ...]) -> FittedSeries:
    """Fit a series as its history allows.

    Args:
        series: The history; only ``REGULAR`` ones are given to Prophet.
        first_month: First month of the run's history.
        horizon: H, months ahead.
        seed: The run's seed.
        labels: Names of the series, for its own random numbers.
    """
    if series.kind is not Kind.REGULAR:
        return FittedSeries(series, None, (), None, did_not_fit=False)
    try:
        continued = _continued(series, first_month, horizon, seed, (*labels, "0"))
    except ProphetDidNotFit:
        return FittedSeries(series, None, (), None, did_not_fit=True)
    errors = tuple(
        error for back in ORIGINS_BACK if (error := _origin_error(series, first_month, back, seed, labels)) is not None
    )
    return FittedSeries(series, continued, errors, error_growth(errors, continued.noise), did_not_fit=False)


def _continued(series: Series, first_month: pd.Timestamp, horizon: int, seed: int, labels: tuple[str, ...]) -> Continued:
    logs = series.log_values
    start = first_month + pd.DateOffset(months=series.start)
    stan_seed = int(generator_for(seed, "fit", *labels).integers(1, 2**31 - 1))
    return continue_path(logs, fit_prophet(logs, first_month=start, horizon=horizon, seed=stan_seed))


def _origin_error(series: Series, first_month: pd.Timestamp, back: int, seed: int, labels: tuple[str, ...]) -> Array | None:
    earlier = series.until(back)
    if earlier.kind is not Kind.REGULAR or earlier.months < MONTHS_FOR_ORIGIN:
        return None
    start = first_month + pd.DateOffset(months=series.start)
    try:
        continued = _continued(earlier, start, back, seed, (*labels, str(back)))
    except ProphetDidNotFit:
        return None
    return np.asarray(series.log_values[-back:] - continued.path, dtype=np.float64)
