"""Put the drivers together: volume, exposure, uptake, units, unit cost, gross and price index, per service and month.

Authority gross only. ``c = ultimate_real / (V * n)``; where V lies under a floor, or the quotient is not positive, c is the
group's path at the service's own level (``unit_cost``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from models.drivers.case_reports import CaseCompletion, complete_volume
from models.drivers.completion import Completion, complete
from models.drivers.exposure import Exposure, build_exposure
from models.drivers.population import Population, build_population
from models.drivers.prices import Prices, build_prices
from models.drivers.provider_speed import provider_changes
from models.drivers.unit_cost import calendar_units, guarded_unit_cost, units_ahead
from models.types import DriverTables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.drivers.population import Notice
    from models.types import Array

YEARS_AHEAD = 4
"""The forecast reaches December of this many years after the cutoff's: budget year and three overslagsår."""


class DriverFrames(Protocol):
    """The frames that drivers are made of; ``data.extracts`` has ``Extracts`` and, of an earlier month, ``KnownThen``."""

    @property
    def cutoff(self) -> pd.Timestamp:
        """Last service month with data."""

    @property
    def first_month(self) -> pd.Timestamp:
        """First service month that the sources hold whole."""

    @property
    def currency(self) -> str:
        """Currency of every amount."""

    @property
    def services(self) -> pd.DataFrame:
        """One row per service."""

    @property
    def volume(self) -> pd.DataFrame:
        """Volume, units and list cost by service, month, age and provider type."""

    @property
    def triangle(self) -> pd.DataFrame:
        """Authority gross by service month and month of posting."""

    @property
    def case_reports(self) -> pd.DataFrame:
        """Volume by service, month and how late the case was recorded."""

    @property
    def provider_triangle(self) -> pd.DataFrame:
        """The triangle of single providers, numbered."""

    @property
    def provider_cost(self) -> pd.DataFrame:
        """List cost of the same providers."""

    @property
    def population(self) -> pd.DataFrame:
        """Counted persons."""

    @property
    def projection(self) -> pd.DataFrame:
        """Projected persons by variant and vintage."""

    @property
    def price_index(self) -> pd.DataFrame:
        """Growth by year, vintage and series."""

    @property
    def notices(self) -> pd.DataFrame:
        """What reading already had to say."""


@dataclass(frozen=True)
class DriverParts:
    """Driver tables and what they were made of, for drift, accounting years and the population page.

    Attributes:
        tables: What the forecast starts from.
        completion: Reported and ultimate by payee, and the delay pattern.
        cases: Case counts with those not recorded yet.
        exposure: Expected volume by age band.
        population_years: variant ('counted' or a projection's), age_band, year, persons (1 January).
        index_to: Last year whose growth the price index gives; later years carry it on. None where no index was given.
    """

    tables: DriverTables
    completion: Completion
    cases: CaseCompletion
    exposure: Exposure
    population_years: pd.DataFrame
    index_to: int | None = None


def build_drivers(frames: DriverFrames, *, reference_months: int, age_bands: Mapping[str, tuple[int, int]]) -> DriverTables:
    """Make the driver tables alone; see :func:`build_parts`."""
    return build_parts(frames, reference_months=reference_months, age_bands=age_bands).tables


def build_parts(
    frames: DriverFrames, *, reference_months: int, age_bands: Mapping[str, tuple[int, int]], prices: Prices | None = None
) -> DriverParts:
    """Make the driver tables and their parts.

    Args:
        frames: Extracts of one municipality.
        reference_months: Months that set reference uptake, ending at the cutoff.
        age_bands: Bands of the catalogue, both ends included.
        prices: Index that is given instead of the frames' own, over every month behind and ahead.

    Returns:
        Tables for every service in ``frames.services``, dense from the first month to the cutoff, ahead to December of the
        fourth year after it.

    Raises:
        MissingPriceIndex: A year of history has no growth in the newest vintage of the price index.
    """
    cutoff, first = frames.cutoff, frames.first_month
    last = pd.Timestamp(year=cutoff.year + YEARS_AHEAD, month=12, day=1)
    months = pd.date_range(first, cutoff, freq="MS")
    ahead = pd.date_range(cutoff + pd.DateOffset(months=1), last, freq="MS")
    services = frames.services.reset_index(drop=True)
    keys = tuple(services["service"])
    population, notices = build_population(frames.population, frames.projection, cutoff=cutoff, to_year=last.year + 1)
    if prices is None:
        prices, said = build_prices(frames.price_index, first_month=first, cutoff=cutoff, last_month=last)
        notices += said
    cases = complete_volume(frames.volume, frames.case_reports, services=keys, months=months)
    exposure = build_exposure(
        cases.volume, services, population,
        history_months=months, ahead_months=ahead, reference_months=reference_months, age_bands=age_bands,
    )  # fmt: skip
    completion = complete(frames.triangle, cases.volume, services=keys, months=months, case_error=cases.by_service)
    reported, ultimate, ibnr, error, said = _gross(frames, completion, keys, months)
    providers = provider_changes(frames.provider_triangle, frames.provider_cost, months)
    notices += [*completion.notices, *providers, *cases.notices, *said]
    factor = prices.factor.reindex(months).to_numpy(dtype=float)
    volume, units = _sums(cases.volume, "volume", keys, months), _sums(cases.volume, "units", keys, months)
    expected = exposure.history.sum(axis=2)
    uptake, per_person, cost, said = _split(services, volume, units, expected, ultimate / factor, months)
    notices += said
    columns = {
        "volume": np.where(_has_volume(volume)[:, None], volume, np.nan), "exposure": expected, "uptake_ratio": uptake,
        "units_per_person": per_person, "unit_cost_real": cost, "gross_reported_nominal": reported,
        "gross_ultimate_nominal": ultimate, "ibnr_nominal": ibnr, "ibnr_se_nominal": error,
    }  # fmt: skip
    tables = DriverTables(
        cutoff=cutoff,
        currency=frames.currency,
        price_level=prices.price_level,
        services=services[["service", "service_group", "frame", "committee", "price_unit", "opening_days"]],
        history=_long(keys, months, columns),
        ahead=_ahead(services, exposure, volume, per_person, months),
        prices=prices.factor.rename_axis("month").reset_index(),
        notices=_notices(frames.notices, notices),
    )
    return DriverParts(tables, completion, cases, exposure, _population_years(population, age_bands), prices.known_to)


def _sums(frame: pd.DataFrame, column: str, keys: tuple[str, ...], months: pd.DatetimeIndex) -> Array:
    """(S, T) sums, 0 where nothing stands."""
    grid = np.zeros((len(keys), len(months)))
    sums = frame.groupby(["service", "month"], sort=True)[column].sum().reset_index()
    service = pd.Index(keys).get_indexer(pd.Index(sums["service"]))
    month = months.get_indexer(pd.DatetimeIndex(sums["month"]))
    kept = (service >= 0) & (month >= 0)
    grid[service[kept], month[kept]] = sums[column].to_numpy(dtype=float)[kept]
    return grid


def _has_volume(volume: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(volume.sum(axis=1) > 0)


def _gross(
    frames: DriverFrames, completion: Completion, keys: tuple[str, ...], months: pd.DatetimeIndex
) -> tuple[Array, Array, Array, Array, list[Notice]]:
    """Reported, ultimate, ibnr and its error (S, T); a service without postings takes the source's own cost."""
    shape = (len(keys), len(months))
    columns = ("reported", "ultimate", "ibnr", "standard_error")
    reported, ultimate, ibnr, error = (completion.by_service[name].to_numpy(dtype=float).reshape(shape) for name in columns)
    booked = pd.Index(keys).isin(frames.triangle["service"].unique())
    listed = np.nan_to_num(_sums(frames.volume, "list_cost_nominal", keys, months))
    reported, ultimate = (np.where(booked[:, None], values, listed) for values in (reported, ultimate))
    notices: list[Notice] = []
    if booked.any():
        notices = [
            (
                "cost_from_cases",
                key,
                "Ydelsen har ingen posteringer; udgiften er sagernes pris gange mængde.",
                "The service has no postings; its cost is price times volume of its cases.",
            )
            for key, has in zip(keys, booked, strict=True)
            if not has
        ]
    return reported, ultimate, ibnr, error, notices


def _split(
    services: pd.DataFrame, volume: Array, units: Array, expected: Array, real: Array, months: pd.DatetimeIndex
) -> tuple[Array, Array, Array, list[Notice]]:
    """Uptake, units per person and unit cost (S, T); a service without cases is cost per exposure (n = c = 1)."""
    has = _has_volume(volume)
    uptake = np.divide(np.where(has[:, None], volume, real), expected, out=np.full_like(expected, np.nan), where=expected > 0)
    usual = calendar_units(services, months)
    per_person = np.divide(units, volume, out=np.full_like(units, np.nan), where=volume > 0)
    means = np.divide(units.sum(axis=1), (volume * usual).sum(axis=1), out=np.ones(len(volume)), where=units.sum(axis=1) > 0)
    per_person = np.where(np.isfinite(per_person) & (per_person > 0), per_person, usual * means[:, None])
    cost, guarded = guarded_unit_cost(services, volume, volume * per_person, real)
    notices: list[Notice] = [_no_cases(key) for key, known in zip(services["service"], has, strict=True) if not known] + [
        _guarded(key, int(count))
        for key, known, count in zip(services["service"], has, guarded.sum(axis=1), strict=True)
        if known and count
    ]
    one = np.ones_like(cost)
    return uptake, np.where(has[:, None], per_person, one), np.where(has[:, None], cost, one), notices


def _ahead(
    services: pd.DataFrame, exposure: Exposure, volume: Array, per_person: Array, months: pd.DatetimeIndex
) -> pd.DataFrame:
    future = units_ahead(services, volume, per_person, months, exposure.ahead_months)
    future = np.where(_has_volume(volume)[:, None], future, 1.0)
    parts = []
    for variant, expected in exposure.ahead.items():
        columns = {"exposure": expected.sum(axis=2), "units_per_person": future}
        part = _long(exposure.services, exposure.ahead_months, columns)
        part.insert(2, "variant", variant)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _long(keys: tuple[str, ...], months: pd.DatetimeIndex, columns: dict[str, Array]) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([keys, months], names=["service", "month"])
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index).reset_index()


def _notices(read: pd.DataFrame, said: list[Notice]) -> pd.DataFrame:
    rows = pd.DataFrame(said, columns=["notice_id", "member", "text_da", "text_en"])
    return pd.concat([read, rows], ignore_index=True).drop_duplicates(["notice_id", "member"], ignore_index=True).astype(str)


def _population_years(population: Population | None, age_bands: Mapping[str, tuple[int, int]]) -> pd.DataFrame:
    columns = ["variant", "age_band", "year", "persons"]
    if population is None:
        return pd.DataFrame(columns=columns).astype({"year": "int64", "persons": "float64"})
    newest = population.counted.index.max()
    tables = {"counted": population.counted}
    tables |= {name: table[table.index > newest] for name, table in population.projected.items()}
    rows = [
        (name, band, int(year), float(table.loc[year, low:high].sum()))
        for name, table in tables.items()
        for band, (low, high) in age_bands.items()
        for year in table.index
    ]
    return pd.DataFrame(rows, columns=columns)


def _no_cases(service: str) -> Notice:
    return (
        "cost_direct",
        service,
        "Ydelsen har ingen sager; udgiften fremskrives direkte, uden antal borgere.",
        "The service has no cases; its cost is forecast directly, without a number of citizens.",
    )


def _guarded(service: str, count: int) -> Notice:
    return (
        "unit_cost_guarded",
        service,
        f"I {count} måneder er mængden for lille til en egen enhedspris; ydelsesgruppens udvikling er brugt.",
        f"In {count} months the volume is too small for a unit cost of its own; the service group's path is used.",
    )
