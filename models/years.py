"""Draws summed to years: service years by month, accounting years by when postings are expected to fall.

Real amounts are at the run's own price level: each month's draw is divided by that draw's price factor, an amount already
posted by its year's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.measures import YEARS_AHEAD

if TYPE_CHECKING:
    from models.types import Array, DriverTables, PressureDraws

NOMINAL = "nominal"
MAIN = "main"


@dataclass(frozen=True)
class YearDraws:
    """Draws by service and year. S services, Y years, D draws.

    Attributes:
        years: (Y,) in order.
        gross: (S, Y, D) currency per year, gross, authority.
    """

    years: tuple[int, ...]
    gross: Array


def price_by_year(drivers: DriverTables) -> dict[int, float]:
    """Mean nominal per real of each calendar year that the prices cover."""
    prices = drivers.prices.drop_duplicates("month")
    means = prices["price_factor"].astype(float).groupby(prices["month"].dt.year).mean()
    return {int(year): float(mean) for year, mean in zip(means.index.to_list(), means.to_list(), strict=True)}


def variant_factors(drivers: DriverTables, draws: PressureDraws) -> dict[str, Array]:
    """Variant -> (S, H) exposure over main's; main first, all ones. A missing or zero exposure counts as main's.

    The factor holds uptake fixed: what the same service level would mean for another population. A forecast made with the variant
    as its main projection would also weigh how far to follow it (``forecast.exposure_weight``).
    """
    ahead = drivers.ahead
    index = pd.MultiIndex.from_product([draws.services, draws.months])

    def exposure(variant: str) -> Array:
        rows = ahead[ahead["variant"] == variant].drop_duplicates(["service", "month"]).set_index(["service", "month"])
        found = pd.to_numeric(rows["exposure"]).reindex(index).to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(found.reshape(len(draws.services), len(draws.months)), dtype=np.float64)

    main = exposure(MAIN)
    factors = {MAIN: np.ones_like(main)}
    for variant in sorted(set(ahead["variant"].astype(str)) - {MAIN}):
        other = exposure(variant)
        known = np.isfinite(main) & np.isfinite(other) & (main > 0) & (other > 0)
        factors[variant] = np.where(known, other / np.where(known, main, 1.0), 1.0)
    return factors


def _at_level(draws: PressureDraws, price_level: str, factor: Array) -> Array:
    gross = draws.gross_nominal * factor[:, :, None]
    return gross if price_level == NOMINAL else gross / draws.price_factor[None]


def service_year_draws(draws: PressureDraws, drivers: DriverTables, *, price_level: str, factor: Array) -> YearDraws:
    """Sum the months of each service year; the cutoff's own year is its completed months plus those ahead.

    Args:
        draws: The run's draws.
        drivers: Histories and prices.
        price_level: ``nominal`` or the run's own.
        factor: (S, H) exposure of the variant over main's.
    """
    at_level = _at_level(draws, price_level, factor)
    of = np.asarray(draws.months.year)
    years = tuple(sorted({int(year) for year in of}))
    values = np.stack([at_level[:, of == year].sum(axis=1) for year in years], axis=1)
    past = _past_months(drivers, draws.services, price_level)
    if drivers.cutoff.year in years:
        values[:, years.index(drivers.cutoff.year)] += past[:, None] + _late_error(draws)
    return YearDraws(years, values)


def _late_error(draws: PressureDraws) -> Array:
    """(S, D) error of the completed months; the year's own prices are the run's, so nominal is real enough for an error."""
    return np.zeros((1, 1)) if draws.late_error is None else draws.late_error


def _past_months(drivers: DriverTables, services: tuple[str, ...], price_level: str) -> Array:
    """(S,) completed gross of the cutoff's year so far."""
    rows = drivers.history[drivers.history["month"].dt.year == drivers.cutoff.year]
    gross = rows["gross_ultimate_nominal"].astype(float).fillna(0.0)
    if price_level != NOMINAL:
        gross = gross / rows["month"].map(drivers.prices.drop_duplicates("month").set_index("month")["price_factor"]).astype(
            float
        )
    return np.asarray(gross.groupby(rows["service"]).sum().reindex(list(services)).fillna(0.0), dtype=np.float64)


def open_accounting_years(drivers: DriverTables, *, weights: pd.DataFrame, fixed: pd.DataFrame) -> tuple[int, ...]:
    """Accounting years to which postings are still expected, to the fourth year after the cutoff's; empty without postings.

    The year before the cutoff's is open as long as its supplementary period is: a krone or more is expected there.
    """
    if weights.empty:
        return ()
    named = {int(year) for frame in (weights, fixed) for year in frame["accounting_year"]}
    first, last = drivers.cutoff.year, drivers.cutoff.year + YEARS_AHEAD
    before = fixed["accounting_year"].astype(int) == first - 1
    if abs(float(fixed.loc[before, "ibnr_mean"].astype(float).sum())) >= 1.0:
        first -= 1
    return tuple(sorted(year for year in named if first <= year <= last))


@dataclass(frozen=True)
class YearParts:
    """What an accounting year is made of; each krone stands in one of them. S services, Y years, D draws.

    Attributes:
        years: (Y,) in order.
        posted: (S, Y) already posted.
        late: (S, Y, D) still expected of months already past (late invoices).
        ahead: (S, Y, D) what months ahead bring to the year.
    """

    years: tuple[int, ...]
    posted: Array
    late: Array
    ahead: Array


def accounting_year_parts(
    draws: PressureDraws, drivers: DriverTables, *, weights: pd.DataFrame, fixed: pd.DataFrame, price_level: str, factor: Array
) -> YearParts:
    """Split each open accounting year into posted, late and months ahead.

    Args:
        draws: The run's draws.
        drivers: Prices.
        weights: service, month, accounting_year, weight.
        fixed: service, accounting_year, posted, ibnr_mean.
        price_level: ``nominal`` or the run's own.
        factor: (S, H) exposure of the variant over main's.
    """
    years = open_accounting_years(drivers, weights=weights, fixed=fixed)
    shares = year_shares(weights, draws, years)
    ahead = np.einsum("syh,shd->syd", shares, _at_level(draws, price_level, factor))
    prices = {} if price_level == NOMINAL else price_by_year(drivers)
    posted, late = (_fixed(fixed, name, draws.services, years, prices) for name in ("posted", "ibnr_mean"))
    error = late_shares(fixed, draws.services, years)[:, :, None] * _late_error(draws)[:, None, :]
    return YearParts(years, posted, late[:, :, None] + error, ahead)


def accounting_year_draws(
    draws: PressureDraws, drivers: DriverTables, *, weights: pd.DataFrame, fixed: pd.DataFrame, price_level: str, factor: Array
) -> YearDraws:
    """Posted so far + still expected from past months + the share of each month ahead that falls in the year.

    Arguments as :func:`accounting_year_parts`.
    """
    parts = accounting_year_parts(draws, drivers, weights=weights, fixed=fixed, price_level=price_level, factor=factor)
    return YearDraws(parts.years, parts.posted[:, :, None] + parts.late + parts.ahead)


def late_shares(fixed: pd.DataFrame, services: tuple[str, ...], years: tuple[int, ...]) -> Array:
    """(S, Y) where late invoices of past months are expected to fall: shares of its ibnr, or the first year."""
    late = fixed["ibnr_mean"].astype(float).fillna(0.0).clip(lower=0.0)
    table = late.groupby([fixed["service"], fixed["accounting_year"].astype(int)]).sum()
    listed = table.reindex(pd.MultiIndex.from_product([services, years])).fillna(0.0).to_numpy(dtype=np.float64)
    found = listed.reshape(len(services), len(years))
    whole = found.sum(axis=1, keepdims=True)
    first = np.zeros_like(found)
    first[:, :1] = 1.0
    return np.where(whole > 0, found / np.where(whole > 0, whole, 1.0), first)


def year_shares(weights: pd.DataFrame, draws: PressureDraws, years: tuple[int, ...]) -> Array:
    """(S, Y, H) share of a month's gross that falls in a year."""
    found = np.zeros((len(draws.services), len(years), len(draws.months)))
    places = (
        weights["service"].map({key: place for place, key in enumerate(draws.services)}),
        weights["accounting_year"].map({year: place for place, year in enumerate(years)}),
        pd.to_datetime(weights["month"]).map({month: place for place, month in enumerate(draws.months)}),
    )
    known = np.logical_and.reduce([place.notna().to_numpy() for place in places])
    where = tuple(place.to_numpy(dtype=float, na_value=np.nan)[known].astype(int) for place in places)
    np.add.at(found, where, weights["weight"].to_numpy(dtype=float)[known])
    return found


def _fixed(
    fixed: pd.DataFrame, column: str, services: tuple[str, ...], years: tuple[int, ...], prices: dict[int, float]
) -> Array:
    """(S, Y) what no lever moves, divided by the year's price factor where one is given."""
    table = fixed[column].astype(float).fillna(0.0).groupby([fixed["service"], fixed["accounting_year"].astype(int)]).sum()
    index = pd.MultiIndex.from_product([services, years])
    found = table.reindex(index).fillna(0.0).to_numpy(dtype=np.float64).reshape(len(services), len(years))
    return np.asarray(found / np.array([prices.get(year, 1.0) for year in years]), dtype=np.float64)
