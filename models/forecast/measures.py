"""From driver tables to the series that are forecast: uptake and unit cost per service, or its cost directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.drivers.triangles import FITTED_MONTHS
from models.drivers.unit_cost import calendar_units
from models.forecast.direct import LEAST_MONTHS
from models.forecast.exposure_weight import exposure_weight
from models.forecast.fitting import MONTHS_FOR_ORIGIN
from models.forecast.marks import read_marked
from models.forecast.series import LEVEL_MONTHS, THIN_CITIZENS, Kind, Series, as_thin, read_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.types import Array, DeclaredBreak, DriverTables

YEARS_AHEAD = 4
"""Budget year and three overslagsår."""
MONTHS_TO_CHOOSE = MONTHS_FOR_ORIGIN + LEAST_MONTHS
"""With fewer, no origin could tell whether cost is better forecast directly."""
IBNR_MONTHS = 12
"""The newest months whose completion error is an error of the level."""
MAX_IBNR_SHARE = 0.5


@dataclass(frozen=True)
class ServiceSeries:
    """What is forecast of one service.

    Attributes:
        service: Key.
        group: Declared group.
        parts: ``uptake`` and ``unit_cost``, or ``cost`` (real) where there are no cases. Uptake and cost are per exposure.
        whole: Real cost per exposure of a service with cases, to be forecast directly where that has missed less.
        exposure: (H,) expected volume at reference uptake, as far as it is to be followed.
        units: (H,) priced units per person and month.
        units_share: (T,) what persons had of the calendar's units; of a service without cases nothing but 1.
        has_population: Its exposure rests on a population, whose error stays however far exposure is followed.
        relative_ibnr_se: Error of the newest year's completed cost, as a share of it.
        newest_year_nominal: Completed cost of the newest year, currency.
    """

    service: str
    group: str
    parts: dict[str, Series]
    whole: Series | None
    exposure: Array
    units: Array
    units_share: Array
    has_population: bool
    relative_ibnr_se: float
    newest_year_nominal: float

    @property
    def direct(self) -> bool:
        """Cost is forecast directly: the service has no cases."""
        return "cost" in self.parts

    @property
    def fitted(self) -> dict[str, Series]:
        """All series that get a path: the parts, and ``cost`` directly."""
        return self.parts if self.whole is None else {**self.parts, "cost": self.whole}

    @property
    def main(self) -> Series:
        """The series that decides the service's method."""
        return self.parts["cost" if self.direct else "uptake"]


def months_ahead(cutoff: pd.Timestamp) -> pd.DatetimeIndex:
    """The month after the cutoff to December of the fourth year after it.

    Example:
        >>> months_ahead(pd.Timestamp("2026-10-01"))[[0, -1]].strftime("%Y-%m").tolist()
        ['2026-11', '2030-12']
    """
    return pd.date_range(cutoff + pd.offsets.MonthBegin(1), f"{cutoff.year + YEARS_AHEAD}-12-01", freq="MS")


def months_behind(drivers: DriverTables) -> pd.DatetimeIndex:
    """Every month of history; nothing after the cutoff is read."""
    first = pd.Timestamp(drivers.history["month"].min())
    return pd.date_range(min(first, drivers.cutoff), drivers.cutoff, freq="MS")


def price_path(drivers: DriverTables, months: pd.DatetimeIndex) -> Array:
    """(n,) nominal per real; 1 where no index was given."""
    factor = drivers.prices.drop_duplicates("month").set_index("month")["price_factor"].reindex(months)
    return np.asarray(factor.astype(float).fillna(1.0), dtype=np.float64)


def read_service_series(drivers: DriverTables) -> list[ServiceSeries]:
    """Read the series of every service, ordered by key."""
    behind, ahead = months_behind(drivers), months_ahead(drivers.cutoff)
    prices = price_path(drivers, behind)
    services = drivers.services.sort_values("service")
    calendar = dict(zip(services["service"].astype(str), calendar_units(services, behind), strict=True))
    histories = {str(service): rows for service, rows in drivers.history.groupby("service", sort=True)}
    main = drivers.ahead[drivers.ahead["variant"] == "main"]
    futures = {str(service): rows for service, rows in main.groupby("service", sort=True)}
    found = []
    for service, group in zip(services["service"].astype(str), services["service_group"].astype(str), strict=True):
        past = _dense(histories.get(service), drivers.history, behind)
        future = _dense(futures.get(service), drivers.ahead, ahead)
        breaks = [item for item in drivers.breaks if item.services is None or service in item.services]
        found.append(_read_one(service, group, past.assign(calendar=calendar[service]), future, prices, breaks))
    return found


def _dense(rows: pd.DataFrame | None, template: pd.DataFrame, months: pd.DatetimeIndex) -> pd.DataFrame:
    found = template.iloc[:0] if rows is None else rows
    return found.set_index("month").reindex(months)


def _column(frame: pd.DataFrame, name: str) -> Array:
    return pd.to_numeric(frame[name]).to_numpy(dtype=np.float64, na_value=np.nan)


def _read_one(
    service: str, group: str, behind: pd.DataFrame, ahead: pd.DataFrame, prices: Array, breaks: Sequence[DeclaredBreak]
) -> ServiceSeries:
    exposure_behind, exposure = _column(behind, "exposure"), _column(ahead, "exposure")
    usable = bool((np.isfinite(exposure) & (exposure > 0)).all())
    if not usable:
        exposure_behind, exposure = np.ones(len(behind)), np.ones(len(ahead))
    units, share = np.nan_to_num(_column(ahead, "units_per_person"), nan=1.0), _column(behind, "units_per_person")
    share = np.where(_column(behind, "volume") > 0, share / _column(behind, "calendar"), np.nan)
    volume, cost = _column(behind, "volume"), _column(behind, "gross_ultimate_nominal") / prices
    has_cases = bool(np.isfinite(volume).any())
    has_population = usable and not bool((exposure == 1.0).all())
    weight = _weight(volume if has_cases else cost, exposure_behind, exposure)
    exposure_behind, exposure = np.where(exposure_behind > 0, exposure_behind, np.nan) ** weight, exposure**weight
    first = pd.Timestamp(behind.index[0])
    whole, parts = read_marked(cost / exposure_behind, first, breaks), {}
    if has_cases:
        read = {"uptake": volume / exposure_behind, "unit_cost": _column(behind, "unit_cost_real")}
        thin = _newest_mean(volume) < THIN_CITIZENS  # of a few people such months are the cost, not off it
        parts = {
            name: as_thin(read_series(values)) if thin else read_marked(values, first, breaks) for name, values in read.items()
        }
    else:
        parts, units, share = {"cost": whole}, np.ones(len(ahead)), np.ones(len(behind))
    regular = has_cases and all(part.kind is Kind.REGULAR for part in (whole, *parts.values()))
    chosen_between = whole if regular and whole.months >= MONTHS_TO_CHOOSE else None
    newest_year = float(np.nansum(_column(behind.tail(IBNR_MONTHS), "gross_ultimate_nominal")))
    error = _relative_ibnr_se(behind, newest_year)
    return ServiceSeries(service, group, parts, chosen_between, exposure, units, share, has_population, error, newest_year)


def _weight(values: Array, behind: Array, ahead: Array) -> float:
    """How far the exposure is followed; gaps in it are taken as its mean."""
    known = np.where(behind > 0, behind, np.nan)
    if not np.isfinite(known).any():
        return 1.0
    first = int(np.argmax(np.isfinite(known)))
    filled = np.where(np.isfinite(known), known, np.nanmean(known))
    return exposure_weight(values[first:], np.r_[filled[first:], ahead])


def _newest_mean(volume: Array) -> float:
    newest = volume[-LEVEL_MONTHS:]
    return float(np.nanmean(newest)) if np.isfinite(newest).any() else 0.0


def _relative_ibnr_se(behind: pd.DataFrame, total: float) -> float:
    """Bills of different months come by themselves; development factors learnt from n months are common to all.

    Of each month's variance 1 / (n + 1) is therefore shared (Mack 1993: the factors' own variance is an nth of a month's).
    """
    errors = np.nan_to_num(_column(behind.tail(IBNR_MONTHS), "ibnr_se_nominal"))
    shared = 1.0 / (min(len(behind), FITTED_MONTHS) + 1.0)
    error = float(np.sqrt((1.0 - shared) * (errors**2).sum() + shared * errors.sum() ** 2))
    return min(error / total, MAX_IBNR_SHARE) if total > 0 else 0.0


def has_nothing(item: ServiceSeries) -> bool:
    """True where nothing can be said ahead: no value, or none in the newest year, or a volume whose cost is unknown."""
    return any(part.kind in (Kind.EMPTY, Kind.ENDED) for part in item.parts.values())
