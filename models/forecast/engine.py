"""From driver tables to joint draws of expenditure: fit, pool, draw, multiply (DESIGN 4.4, 4.5; decision 0011).

``gross = exposure * uptake * units * unit cost * price factor``, on every draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.choices import Renewal, chosen
from models.forecast.direct import cost_directly
from models.forecast.draws import (
    MOST_SHARED,
    draw_joint_months,
    draw_templates,
    empirical_factors,
    error_factors,
    lean_together,
    own_factors,
    population_factors,
    price_factors,
    share_for,
    shared_scores,
    weave,
)
from models.forecast.fitting import FitJob
from models.forecast.measures import ServiceSeries, has_nothing, months_ahead, months_behind, price_path, read_service_series
from models.forecast.notes import marks_of, method_of, note_of
from models.forecast.series import RECENT_MONTHS, Kind
from models.forecast.steps import LEAST_SIZE
from models.forecast.uncertainty import MAX_VARIANCE, thin_variance
from models.forecast.units_error import units_error
from models.forecast.wanted import Wanted
from models.rng import generator_for
from models.types import PressureDraws

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.forecast.calibrate import Lookback
    from models.forecast.choices import Choices
    from models.forecast.choices import Fits as ChosenFits
    from models.forecast.draws import JointMonths
    from models.forecast.fitting import FittedSeries
    from models.forecast.pools import Pools
    from models.types import Array, DriverTables

    Progress = Callable[[int, int], None]
    Fits = dict[str, dict[str, FittedSeries]]


def choose_services(
    drivers: DriverTables,
    *,
    known: Choices | None = None,
    renewal: Renewal = Renewal.MONTHLY,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Choices, dict[str, int]]:
    """Bring the kept choice up to date: fit what is new or changed, renew what a new month asks for.

    Args:
        drivers: Histories and exposure.
        known: Kept choice of an earlier run; None: everything is renewed.
        renewal: How long it holds; :func:`forecast_services` takes what it is given as that of the month.
        workers: Processes that fit; the result is the same for any.
        progress: Called with (series fitted, series to be fitted).

    Returns:
        The choice, with which :func:`forecast_services` fits nothing more, and series by what had to be done for them
        (reused, refitted, renewed).
    """
    found, fits = _chosen(read_service_series(drivers), drivers, known, workers, progress, renewal)
    return found, fits.count()


def forecast_services(
    drivers: DriverTables,
    *,
    seed: int,
    n_draws: int,
    workers: int = 1,
    choices: Choices | None = None,
    lookback: Lookback | None = None,
    progress: Progress | None = None,
) -> PressureDraws:
    """Forecast every service to December of the fourth year after the cutoff's.

    Nothing after the cutoff is read but exposure, units per person and the price index. The order of services is no matter;
    a service added moves the draws of the others only through what is pooled in its group.

    Args:
        drivers: Histories and exposure.
        seed: The run's one seed.
        n_draws: D, joint draws.
        workers: Processes that fit; the result is the same for any.
        choices: Kept choice, by the rules of ``choices``; None: renewed.
        lookback: How much wider than calibrated series by series, from forecasts made again; None: not.
        progress: Called with (series fitted, series to be fitted).

    Returns:
        Draws of S services (ordered by key), H months and D draws, and how each service was forecast.
    """
    services = read_service_series(drivers)
    found, fits = _chosen(services, drivers, choices, workers, progress)
    by_service = {item.service: _mixed(item, fits, found.pools) for item in services}
    draw = partial(_draw_all, drivers, services, by_service, found.pools, seed=seed, n_draws=n_draws)
    horizon = len(months_ahead(drivers.cutoff))
    plain = draw(_Wider(np.ones(horizon), np.zeros(horizon)))
    return plain if lookback is None else _as_wide_as_asked(draw, plain, lookback)


def _as_wide_as_asked(draw: Callable[[_Wider], PressureDraws], plain: PressureDraws, lookback: Lookback) -> PressureDraws:
    """Draws widened service by service and then, by what they have in common, in their sum; the expected cost stays."""
    horizon = len(plain.months)
    wider, sums = lookback.services.at(horizon), lookback.sums.at(horizon)
    made = draw(asked := _Wider(wider, np.zeros(horizon), lookback.years))
    share = share_for(made.gross_nominal, sums)
    if share.any():
        apart, made = made, draw(replace(asked, share=share))
        before, after = (item.gross_nominal.sum(axis=0).var(axis=1) for item in (apart, made))
        lacking = np.divide((sums**2 - 1.0) * before, after - before, out=np.ones(horizon), where=after > before)
        made = draw(replace(asked, share=np.clip(share * np.clip(lacking, 0.5, 2.0), 0.0, MOST_SHARED)))
    was, now = (item.gross_nominal.mean(axis=2, keepdims=True) for item in (plain, made))
    kept = np.divide(was, now, out=np.ones_like(was), where=now > 0)
    return replace(made, gross_nominal=made.gross_nominal * kept, unit_cost_real=made.unit_cost_real * kept)


def _mixed(item: ServiceSeries, fits: ChosenFits, pools: Pools) -> dict[str, FittedSeries]:
    return {name: pools.mixed(item.group, name, fits.fits[series_key(item.service, name)]) for name in item.fitted}


def series_key(service: str, measure: str) -> str:
    """Name of a service's series in a choice.

    Example:
        >>> series_key("hjemmehjaelp", "uptake")
        'hjemmehjaelp|uptake'
    """
    return f"{service}|{measure}"


def _chosen(
    services: list[ServiceSeries],
    drivers: DriverTables,
    known: Choices | None,
    workers: int,
    progress: Progress | None,
    renewal: Renewal = Renewal.MONTHLY,
) -> tuple[Choices, ChosenFits]:
    first, horizon = months_behind(drivers)[0], len(months_ahead(drivers.cutoff))
    wanted = [
        Wanted(item.group, name, FitJob(series_key(item.service, name), series, first, horizon, priced=name != "uptake"))
        for item in services
        for name, series in item.fitted.items()
    ]
    return chosen(wanted, known, horizon=horizon, renewal=renewal, workers=workers, progress=progress)


def drawn_parts(item: ServiceSeries, fits: dict[str, FittedSeries]) -> tuple[str, ...]:
    """Names of the series that a service's draws are made of.

    ``cost`` where there are no cases; else ``uptake`` and ``unit_cost``, or ``uptake`` and ``cost`` where cost missed less than
    the product: unit cost is then what is left.
    """
    if item.direct:
        return ("cost",)
    errors = {name: fits[name].errors for name in fits if fits[name].continued is not None}
    all_three = {"uptake", "unit_cost", "cost"} <= set(errors) and _chained_alike(fits)
    if all_three and cost_directly(errors["cost"], errors["uptake"], errors["unit_cost"]):
        return ("uptake", "cost")
    return ("uptake", "unit_cost")


def _chained_alike(fits: dict[str, FittedSeries]) -> bool:
    """Declared steps of cost are those of its parts, so that their errors can be set beside each other."""
    over: dict[pd.Timestamp, float] = {}
    for name, fit in fits.items():
        for mark in fit.series.marks:
            over[mark.first] = over.get(mark.first, 0.0) + (mark.step if name == "cost" else -mark.step)
    return all(abs(size) < LEAST_SIZE for size in over.values())


@dataclass(frozen=True)
class _Wider:
    """How much wider than calibrated series by series. H months ahead.

    Attributes:
        wider: (H,) times the standard deviation.
        share: (H,) of the variance that is common to all services.
        years: Times the width of a year's mean beside its months'.
    """

    wider: Array
    share: Array
    years: float = 1.0


def _draw_series(
    item: ServiceSeries, name: str, fit: FittedSeries, pools: Pools, months: JointMonths, seed: int, wanted: _Wider
) -> Array:
    """(H, D) draws of one series, as wide as wanted."""
    horizon = len(item.exposure)
    variance = pools.variance(item.group, name, fit, horizon)
    if fit.series.kind is Kind.THIN:
        few = thin_variance(name, float((item.exposure * item.parts["uptake"].level).mean()))
        variance = replace(variance, lasting=np.maximum(variance.lasting, few))
    lasting, every = (_widened(part, wanted.wider) for part in (variance.lasting, variance.whole))
    rng = generator_for(seed, "forecast", item.service, name)
    shapes = draw_templates(fit.residuals, variance.growth, months, rng)
    expected = (pools.expected(item.group, name, fit, horizon) * fit.series.open_ahead(horizon))[:, None]
    if fit.series.kind is Kind.INTERMITTENT:
        spread = empirical_factors(shapes.noise, fit.series.monthly[-RECENT_MONTHS:])
        return np.asarray(expected * error_factors(shapes.lasting, lasting) * spread, dtype=np.float64)
    if fit.series.kind is Kind.CONSTANT:
        return np.asarray(expected * error_factors(shapes.lasting, lasting), dtype=np.float64)
    yearly = None if variance.yearly is None else min(variance.yearly * wanted.years, 1.0)
    whole = weave(shapes, variance.noise, yearly)
    whole = lean_together(whole, shared_scores(seed, name, whole.shape[1]), wanted.share)
    return np.asarray(expected * error_factors(whole, every), dtype=np.float64)


def _widened(variance: Array, wider: Array) -> Array:
    """(H,) variance times (H,) ``wider`` squared, capped as every log variance is, but never below what it was."""
    return np.asarray(np.minimum(variance * wider**2, np.maximum(variance, MAX_VARIANCE)), dtype=np.float64)


def _draw_units(item: ServiceSeries, months: JointMonths, seed: int, wider: Array) -> Array:
    """(H, D) priced units per person; (H, 1) where they follow the calendar."""
    growth = units_error(item.units_share)
    if growth is None:
        return item.units[:, None]
    logs = np.log(np.where(item.units_share > 0, item.units_share, np.nan))
    shapes = draw_templates(logs - np.nanmean(logs), growth, months, generator_for(seed, "forecast", item.service, "units"))
    variance = _widened(np.minimum(growth.noise + growth.lasting(len(item.units)), MAX_VARIANCE), wider)
    return np.asarray(item.units[:, None] * error_factors(weave(shapes, growth.noise, None), variance), dtype=np.float64)


def _draw_all(
    drivers: DriverTables,
    services: list[ServiceSeries],
    fits: Fits,
    pools: Pools,
    wanted: _Wider,
    *,
    seed: int,
    n_draws: int,
) -> PressureDraws:
    ahead = months_ahead(drivers.cutoff)
    shape = (len(services), len(ahead), n_draws)
    months = draw_joint_months(seed, len(ahead), n_draws)
    population = population_factors(seed, len(ahead), n_draws)
    prices = _draw_prices(drivers, ahead, seed, n_draws)
    gross, volume, unit_cost = np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    late_error = np.zeros((len(services), n_draws))
    methods = []
    for row, item in enumerate(services):
        found = fits[item.service]
        methods.append(_method_row(item, found, pools))
        if has_nothing(item):
            if not item.direct:
                volume[row] = 0.0
            continue
        exposure = item.exposure[:, None] * (population if item.has_population else 1.0)
        late = own_factors(item.relative_ibnr_se, n_draws, generator_for(seed, "forecast", item.service, "ibnr"))
        late_error[row] = item.newest_year_nominal * (late - 1.0)
        drawn = {name: _draw_series(item, name, found[name], pools, months, seed, wanted) for name in drawn_parts(item, found)}
        units = _draw_units(item, months, seed, wanted.wider)
        if not item.direct:
            volume[row] = exposure * drawn["uptake"]
        if "cost" in drawn:
            gross[row] = exposure * drawn["cost"] * late * prices
            whole = volume[row] * units * prices
            np.divide(gross[row], whole, out=unit_cost[row], where=whole > 0)  # nothing used: no unit cost
            continue
        unit_cost[row] = drawn["unit_cost"] * late
        gross[row] = volume[row] * units * unit_cost[row] * prices
    names = tuple(item.service for item in services)
    return PressureDraws(names, ahead, gross, volume, unit_cost, prices, pd.DataFrame(methods), late_error)


def _draw_prices(drivers: DriverTables, ahead: pd.DatetimeIndex, seed: int, n_draws: int) -> Array:
    """(H, D) nominal per real; without an index everything is nominal and the factor is 1, without error."""
    path = price_path(drivers, ahead)[:, None]
    if drivers.price_level == "nominal":
        return np.ones((len(ahead), n_draws))
    years = np.asarray(ahead.year - drivers.cutoff.year, dtype=np.int64)
    return np.asarray(path * price_factors(seed, years, n_draws), dtype=np.float64)


def _method_row(item: ServiceSeries, fits: dict[str, FittedSeries], pools: Pools) -> dict[str, object]:
    borrowed = {name: pools.lends_trend(item.group, name, fit) for name, fit in fits.items()}
    drawn = {name: fits[name] for name in drawn_parts(item, fits)}
    danish, english = note_of(item, drawn, borrowed=borrowed)
    marks_da, marks_en = marks_of(drawn)
    main = "cost" if item.direct else "uptake"
    return {
        "service": item.service,
        "history_months": item.main.months,
        "method": method_of(item, fits, group_has_trend=borrowed[main]),
        "method_note_da": danish,
        "method_note_en": english,
        "marks_da": marks_da,
        "marks_en": marks_en,
    }
