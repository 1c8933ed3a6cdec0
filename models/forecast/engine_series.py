"""TEMPORARY: the panel interface over the engine of decision 0003, until the engine of issue 3 replaces this module whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from models.forecast.fitting import FittedSeries, fit_series
from models.forecast.notes import _part_note
from models.forecast.panel import MonthlySeries, SeriesForecast
from models.forecast.series import Kind, read_series
from models.forecast.uncertainty import ErrorGrowth, mean_growth, pooled
from models.forecast.workers import worker_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.types import Array

    Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Choices:
    """What is pooled over series: how errors grow, by target."""

    errors: dict[str, ErrorGrowth | None]


@dataclass(frozen=True)
class _Job:
    series: MonthlySeries
    horizon: int
    seed: int


def choose(
    panel: Sequence[MonthlySeries], *, horizon: int, seed: int, workers: int = 1, progress: Progress | None = None
) -> Choices:
    """Learn from a sample of series what every series shares.

    Args:
        panel: The sample.
        horizon: H.
        seed: The run's seed.
        workers: Processes.
        progress: Called with (series done, series in all).
    """
    fits = _fit(panel, horizon, seed, workers, progress)
    known = [(series.target, fit.own_growth) for series, fit in zip(panel, fits, strict=True) if fit.own_growth is not None]
    return Choices({name: mean_growth(growth for target, growth in known if target == name) for name, _ in known})


def forecast_panel(
    panel: Sequence[MonthlySeries],
    *,
    horizon: int,
    seed: int,
    workers: int = 1,
    choices: Choices | None = None,
    progress: Progress | None = None,
) -> list[SeriesForecast]:
    """Forecast every series of a panel, each from its own cutoff.

    Args:
        panel: The series.
        horizon: H.
        seed: The run's seed.
        workers: Processes; the result is the same for any.
        choices: What series share; None: learnt from this panel.
        progress: Called with (series done, series in all).
    """
    fits = _fit(panel, horizon, seed, workers, progress)
    known = choices if choices is not None else choose(panel, horizon=horizon, seed=seed, workers=workers)
    return [_forecast(series, fit, known, horizon) for series, fit in zip(panel, fits, strict=True)]


def _fit(
    panel: Sequence[MonthlySeries], horizon: int, seed: int, workers: int, progress: Progress | None
) -> list[FittedSeries]:
    with worker_pool(workers) as pool:
        return pool.map(_fit_one, [_Job(series, horizon, seed) for series in panel], progress)


def _fit_one(job: _Job) -> FittedSeries:
    series = job.series
    values = series.values if series.exposure is None else series.values / series.exposure[: len(series.values)]
    labels = (series.series_id, series.target)
    return fit_series(read_series(values), first_month=series.first_month, horizon=job.horizon, seed=job.seed, labels=labels)


def _forecast(series: MonthlySeries, fit: FittedSeries, choices: Choices, horizon: int) -> SeriesForecast:
    exposure = np.ones(horizon) if series.exposure is None else series.exposure[len(series.values) :]
    growth = pooled(fit.own_growth, len(fit.errors), None, choices.errors.get(series.target))
    noise = growth.noise if fit.noise is None else fit.noise
    spread = np.sqrt(growth.lasting(horizon) + noise)
    mean = exposure * (fit.series.level if fit.continued is None else np.exp(fit.continued.path + fit.continued.noise / 2.0))
    median = mean * np.exp(-(spread**2) / 2.0)
    width = np.exp(float(ndtri(0.9)) * spread)
    note = _part_note(fit, borrowed=False)
    return SeriesForecast(
        series.series_id,
        series.target,
        series.months_ahead(horizon),
        _whole(mean, horizon),
        _whole(median / width, horizon),
        _whole(median, horizon),
        _whole(median * width, horizon),
        "prophet" if fit.continued is not None else "level" if fit.series.kind is not Kind.EMPTY else "none",
        () if note is None else (note,),
    )


def _whole(values: Array, horizon: int) -> Array:
    return np.asarray(np.broadcast_to(values, (horizon,)), dtype=np.float64)
