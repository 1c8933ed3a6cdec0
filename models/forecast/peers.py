"""The field: seasonal naive, AutoETS, AutoTheta, AutoARIMA and stock Prophet, each with its own 80 % interval.

Season 12, every other setting as the package's author left it. Prophet leaves missing months out; the others need whole
series: missing months are filled on a straight line, and a series that ended early goes on at its last value.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from models.forecast.accuracy import SEASON, Quantiles
from models.rng import generator_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.forecast.panel import MonthlySeries
    from models.forecast.workers import WorkerPool
    from models.types import Array

SINGLE_PEERS = ("seasonal_naive", "auto_ets", "auto_theta", "auto_arima", "prophet")
AVERAGED = ("auto_ets", "auto_theta", "auto_arima")
AVERAGE = "mean_of_ets_theta_arima"
LEVEL = 80
"""Per cent of the interval."""


@dataclass(frozen=True)
class PeerForecast:
    """One peer on one series; ``fell_back``: it failed, and seasonal naive stands in for it."""

    quantiles: Quantiles
    fell_back: bool


@dataclass(frozen=True)
class _Job:
    peer: str
    series: MonthlySeries
    horizon: int
    seed: int


def forecast_with_peer(
    peer: str,
    panel: Sequence[MonthlySeries],
    *,
    horizon: int,
    seed: int,
    pool: WorkerPool,
    progress: Callable[[int, int], None] | None = None,
) -> list[PeerForecast]:
    """Let one peer forecast every series.

    Args:
        peer: One of :data:`SINGLE_PEERS`.
        panel: The series, each to its own cutoff.
        horizon: H.
        seed: The run's seed (Prophet's interval is sampled).
        pool: Where the work is done; the result is the same for any.
        progress: Called with (series done, series in all).

    Returns:
        In the panel's order.
    """
    return pool.map(_forecast_one, [_Job(peer, series, horizon, seed) for series in panel], progress)


def average_peers(members: Sequence[PeerForecast]) -> PeerForecast:
    """Equal mean of several peers' forecasts, quantile by quantile."""
    parts = [member.quantiles for member in members]
    columns = [np.mean([getattr(part, name) for part in parts], axis=0) for name in ("mean", "q10", "q50", "q90")]
    return PeerForecast(Quantiles(*columns), any(member.fell_back for member in members))


def seasonal_naive(values: Array, horizon: int) -> Quantiles:
    """Last year's month again; the interval by the scatter of seasonal differences, growing with the root of years ahead.

    Args:
        values: (T,) whole history; under a year, the last value stands for every month.
        horizon: H.

    Example:
        >>> import numpy as np
        >>> seasonal_naive(np.arange(24.0), 2).q50.tolist()
        [12.0, 13.0]
    """
    steps = np.arange(horizon)
    point = values[len(values) - SEASON + steps % SEASON] if len(values) >= SEASON else np.full(horizon, values[-1])
    errors = values[SEASON:] - values[:-SEASON]
    sigma = float(np.sqrt(np.mean(errors**2))) if len(errors) else 0.0
    width = float(ndtri(0.5 + LEVEL / 200)) * sigma * np.sqrt(steps // SEASON + 1.0)
    return Quantiles(point, point - width, point, point + width)


def filled(values: Array) -> Array:
    """Missing months on a straight line between their neighbours, from the first known month on; the end goes on flat.

    Example:
        >>> import numpy as np
        >>> filled(np.array([np.nan, 1.0, np.nan, 3.0, np.nan])).tolist()
        [1.0, 2.0, 3.0, 3.0]
    """
    known = np.flatnonzero(np.isfinite(values))
    places = np.arange(known[0], len(values))
    return np.asarray(np.interp(places, known, values[known]), dtype=np.float64)


def _forecast_one(job: _Job) -> PeerForecast:
    whole = filled(job.series.values)
    try:
        found = _by_peer(job, whole)
    except Exception:  # noqa: BLE001  (a peer may fail in any way: it is counted, and seasonal naive stands in)
        return PeerForecast(seasonal_naive(whole, job.horizon), fell_back=True)
    if not all(np.isfinite(part).all() for part in (found.mean, found.q10, found.q50, found.q90)):
        return PeerForecast(seasonal_naive(whole, job.horizon), fell_back=True)
    return PeerForecast(found, fell_back=False)


def _by_peer(job: _Job, whole: Array) -> Quantiles:
    if job.peer == "seasonal_naive":
        return seasonal_naive(whole, job.horizon)
    if job.peer == "prophet":
        from models.forecast.stock_prophet import forecast_stock_prophet  # noqa: PLC0415

        labels = (job.series.series_id, job.series.target, f"{job.series.cutoff:%Y-%m}")
        seed = int(generator_for(job.seed, "stock", *labels).integers(1, 2**31 - 1))
        series = job.series
        return forecast_stock_prophet(series.values, first_month=series.first_month, horizon=job.horizon, seed=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = _statsforecast_model(job.peer).forecast(y=whole, h=job.horizon, level=[LEVEL])
    return Quantiles(found["mean"], found[f"lo-{LEVEL}"], found["mean"], found[f"hi-{LEVEL}"])


def _statsforecast_model(peer: str) -> Any:  # noqa: ANN401  (untyped package)
    from statsforecast.models import AutoARIMA, AutoETS, AutoTheta  # noqa: PLC0415  (seconds of import: only here)

    return {"auto_ets": AutoETS, "auto_theta": AutoTheta, "auto_arima": AutoARIMA}[peer](season_length=SEASON)
