"""The engine on any monthly series: uptake where an exposure is given, fitted, pooled, and told as mean and quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from models.forecast.calibrate import spread_factors
from models.forecast.choices import chosen, fit_with
from models.forecast.draws import draw_joint_months, draw_templates, empirical_factors, error_factors, normal_scores, weave
from models.forecast.exposure_weight import exposure_weight
from models.forecast.fitting import FitJob
from models.forecast.marks import read_marked
from models.forecast.notes import note_of_part, notes_of_marks
from models.forecast.panel import MonthlySeries, SeriesForecast
from models.forecast.series import RECENT_MONTHS, Kind
from models.forecast.wanted import Wanted, with_days
from models.rng import generator_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.forecast.choices import Choices
    from models.forecast.draws import JointMonths
    from models.forecast.fitting import FittedSeries
    from models.forecast.pools import Pools, Variance
    from models.types import Array

    Progress = Callable[[int, int], None]

QUANTILES = (0.1, 0.5, 0.9)
N_DRAWS = 1000
"""Joint draws behind the sums over years."""
YEAR = 12
_GRID = ndtri((np.arange(200) + 0.5) / 200)


def choose(
    panel: Sequence[MonthlySeries], *, horizon: int, seed: int, workers: int = 1, progress: Progress | None = None
) -> Choices:
    """Search the forms of every series, look at its rolling origins, and learn what all share.

    Args:
        panel: The series, or a sample of them.
        horizon: H.
        seed: The run's seed; nothing random is chosen today.
        workers: Processes; the result is the same for any.
        progress: Called with (series done, series in all).
    """
    del seed
    return chosen(_wanted(panel, horizon), None, horizon=horizon, workers=workers, progress=progress)[0]


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
        choices: From a renewal: its pools, and what it knows of each series by the rules of ``choices``. None: renewed from
            this panel.
        progress: Called with (series done, series in all).

    Returns:
        In the panel's order. Without anything known a series is forecast as zero, which is said.
    """
    known = choices or choose(panel, horizon=horizon, seed=seed, workers=workers, progress=progress)
    jobs = [item.job for item in with_days(_wanted(panel, horizon), known.pools.trading_days)]
    fits = fit_with(jobs, known, workers=workers, progress=progress).fits
    months = draw_joint_months(seed, horizon, N_DRAWS)
    return [
        _forecast(series, known.pools.mixed(series.group, series.target, fits[job.key]), known.pools, months, seed)
        for series, job in zip(panel, jobs, strict=True)
    ]


def _wanted(panel: Sequence[MonthlySeries], horizon: int) -> list[Wanted]:
    return [Wanted(series.group, series.target, _job(series, horizon)) for series in panel]


def _job(series: MonthlySeries, horizon: int) -> FitJob:
    """From the newest month with a value: a series that ends before the cutoff is forecast across the months between."""
    late = series.months_without
    values = (series.values / _followed(series, 0)[: len(series.values)])[: len(series.values) - late]
    key, read = f"{series.series_id}|{series.target}", read_marked(values, series.first_month)
    return FitJob(key, read, series.first_month, horizon + late, priced=series.target != "volume")


def _followed(series: MonthlySeries, horizon: int) -> Array:
    """(T + H,) what the series is divided and multiplied by: its exposure, as far as it is to be followed; else ones."""
    if series.exposure is None:
        return np.ones(len(series.values) + horizon)
    return np.asarray(series.exposure ** exposure_weight(series.values, series.exposure), dtype=np.float64)


def _forecast(series: MonthlySeries, fit: FittedSeries, pools: Pools, months: JointMonths, seed: int) -> SeriesForecast:
    horizon = len(months.noise)
    exposure = _followed(series, horizon)[len(series.values) :]
    lent = pools.lends_trend(series.group, series.target, fit)
    late = series.months_without
    exposure = exposure * fit.series.open_ahead(late + horizon)[late:]
    variance = pools.variance(series.group, series.target, fit, horizon + late).after(late)
    passed = late if fit.continued is not None else 0  # a level stays where it is, and is lent what its group does from here on
    middle = pools.expected(series.group, series.target, fit, horizon + passed)[passed:]
    if fit.series.kind is Kind.INTERMITTENT:
        quantiles, mean = _intermittent(fit, variance.lasting), middle
    else:
        spread = np.sqrt(variance.whole)
        scores = ndtri(np.array(QUANTILES))[:, None]
        quantiles = spread_factors(scores, spread[None, :]) * middle
        mean = middle * spread_factors(_GRID[:, None], spread[None, :]).mean(axis=0)
    draws = exposure[:, None] * middle[:, None] * _draw_factors(series, fit, variance, months, seed)
    sums = draws[: horizon // YEAR * YEAR].reshape(-1, YEAR, draws.shape[1]).sum(axis=1)
    note = note_of_part(fit, borrowed=lent)
    return SeriesForecast(
        series.series_id,
        series.target,
        series.months_ahead(horizon),
        exposure * mean,
        q10=exposure * quantiles[0],
        q50=exposure * quantiles[1],
        q90=exposure * quantiles[2],
        method="combined" if fit.continued is not None else "none" if fit.series.level == 0 else "level",
        notes=() if note is None else (note,),
        year_q10=np.quantile(sums, QUANTILES[0], axis=1) if len(sums) else None,
        year_q90=np.quantile(sums, QUANTILES[2], axis=1) if len(sums) else None,
        marks=notes_of_marks(fit.series),
    )


def _draw_factors(series: MonthlySeries, fit: FittedSeries, variance: Variance, months: JointMonths, seed: int) -> Array:
    """(H, D) joint draws of the error, months of one draw hanging together as the series's own residuals do."""
    rng = generator_for(seed, "forecast", series.series_id, series.target)
    shapes = draw_templates(fit.residuals, variance.growth, months, rng)
    if fit.series.kind is Kind.INTERMITTENT:
        spread = empirical_factors(shapes.noise, np.nan_to_num(fit.series.monthly[-RECENT_MONTHS:]))
        return spread * error_factors(shapes.lasting, variance.lasting)
    whole = weave(shapes, variance.noise, variance.yearly)
    return spread_factors(normal_scores(whole), np.sqrt(variance.whole)[:, None])


def _intermittent(fit: FittedSeries, lasting: Array) -> Array:
    """(3, H) quantiles of recent months about the level, zeros included, drawn apart as the level grows unsure."""
    recent = np.nan_to_num(fit.series.monthly[-RECENT_MONTHS:])
    mean = float(recent.mean())
    shape = np.quantile(recent, QUANTILES) / mean if mean > 0 else np.ones(3)
    widened = spread_factors(ndtri(np.array(QUANTILES))[:, None], np.sqrt(lasting)[None, :])
    return np.asarray(fit.series.level * shape[:, None] * widened, dtype=np.float64)
