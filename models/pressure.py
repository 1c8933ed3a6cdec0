"""Published frames of expenditure pressure: draws are added first, quantiles are taken last.

Service years and accounting years are kept apart; real figures are deflated draw by draw, month by month. Columns that
``models.disclosure`` fills (``n_citizens``, ``top_share``, ``mask``) are empty here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.schema.published import PUBLISHED
from models.levels import members_of
from models.rng import N_UNIFORMS, generator_for
from models.years import NOMINAL, YearDraws, accounting_year_draws, price_by_year, service_year_draws, variant_factors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.levels import Member
    from models.types import Array, DriverTables, PressureDraws

QUANTILES = (0.1, 0.5, 0.9)
_STATISTICS = ("mean", "q10", "q50", "q90")
_SERVICE, _ACCOUNTING = "service_year", "accounting_year"


def statistics(draws: Array) -> Array:
    """(4, ...) mean, q10, q50, q90 over the last axis.

    Example:
        >>> import numpy as np
        >>> statistics(np.arange(11.0)).tolist()
        [5.0, 1.0, 5.0, 9.0]
    """
    return np.concatenate([draws.mean(axis=-1)[None], np.quantile(draws, QUANTILES, axis=-1)])


def published_frame(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Order columns by the contract; disclosure's columns are added empty where they are missing."""
    contract = PUBLISHED[name]
    filled = rows.copy()
    if "mask" in contract.names and "mask" not in filled:
        filled["n_citizens"] = pd.array([pd.NA] * len(filled), dtype="Int64")
        filled["top_share"] = np.nan
        filled["mask"] = ""
    return filled[list(contract.names)].sort_values(list(contract.keys), kind="stable", ignore_index=True)


def forecast_months(draws: PressureDraws, services: pd.DataFrame) -> pd.DataFrame:
    """FORECAST_MONTHS: gross at all levels, volume and unit cost by service.

    Args:
        draws: The run's draws.
        services: service, frame, committee.
    """
    parts = []
    for member in members_of(services, draws.services):
        figures = {"gross_nominal": draws.gross_nominal[member.rows].sum(axis=0)}
        if member.level == "service":
            row = int(member.rows[0])
            figures |= {"volume": draws.volume[row], "unit_cost_real": draws.unit_cost_real[row]}
        for measure, values in figures.items():
            if np.isfinite(values).all():
                parts.append(_months_of(member, measure, values, draws.months))
    return published_frame("forecast_months", pd.concat(parts, ignore_index=True))


def _months_of(member: Member, measure: str, values: Array, months: pd.DatetimeIndex) -> pd.DataFrame:
    figures = dict(zip(_STATISTICS, statistics(values), strict=True))
    return pd.DataFrame({"level": member.level, "member": member.member, "month": months, "measure": measure, **figures})


def forecast_years(draws: PressureDraws, drivers: DriverTables, *, weights: pd.DataFrame, fixed: pd.DataFrame) -> pd.DataFrame:
    """FORECAST_YEARS: both bases, nominal and at the run's price level, every population variant.

    Args:
        draws: The run's draws.
        drivers: Histories (the cutoff year's months that are past), exposure by variant, prices.
        weights: ACCOUNTING_WEIGHTS; empty where there are no postings: then there are no accounting years.
        fixed: ACCOUNTING_FIXED.
    """
    members = members_of(drivers.services, draws.services)
    parts = []
    for variant, factor in variant_factors(drivers, draws).items():
        for price_level in dict.fromkeys((NOMINAL, drivers.price_level)):
            years = {
                _SERVICE: service_year_draws(draws, drivers, price_level=price_level, factor=factor),
                _ACCOUNTING: accounting_year_draws(
                    draws, drivers, weights=weights, fixed=fixed, price_level=price_level, factor=factor
                ),
            }
            for basis, found in years.items():
                parts += [_years_of(member, found, basis, price_level, variant) for member in members if found.years]
    return published_frame("forecast_years", pd.concat(parts, ignore_index=True))


def _years_of(member: Member, found: YearDraws, basis: str, price_level: str, variant: str) -> pd.DataFrame:
    figures = dict(zip(_STATISTICS, statistics(found.gross[member.rows].sum(axis=0)), strict=True))
    keys = {"level": member.level, "member": member.member, "year": list(found.years)}
    return pd.DataFrame({**keys, "basis": basis, "price_level": price_level, "variant": variant, **figures})


def actual_months(drivers: DriverTables) -> pd.DataFrame:
    """ACTUAL_MONTHS: history by service, as the drivers know it."""
    return published_frame("actual_months", drivers.history.loc[:, [*_ACTUAL_MONTHS]])


_ACTUAL_MONTHS = (
    "service",
    "month",
    "volume",
    "exposure",
    "uptake_ratio",
    "unit_cost_real",
    "gross_reported_nominal",
    "gross_ultimate_nominal",
)


def actual_years(drivers: DriverTables, *, ledger: pd.DataFrame, open_years: tuple[int, ...]) -> pd.DataFrame:
    """ACTUAL_YEARS: whole service years, completed for late invoices, and closed accounting years as posted.

    An accounting year that began before the first month of history is not in the ledger whole and is left out.

    An accounting year sums the authority gross of the run's services; a frame sums its services, as the forecast does (the
    bridge tells what else its ledger holds).

    Args:
        drivers: Histories and prices.
        ledger: service, accounting_year, side, amount; may be empty.
        open_years: Accounting years that are forecast; they and later ones are not actual.
    """
    months = drivers.history[["service", "month", "gross_ultimate_nominal"]].merge(
        drivers.prices.drop_duplicates("month"), on="month", how="left"
    )
    months["year"] = months["month"].dt.year
    months["gross"] = months["gross_ultimate_nominal"].astype(float).fillna(0.0)
    months["real"] = months["gross"] / months["price_factor"].fillna(1.0)
    whole = months.groupby("year")["month"].nunique()
    months = months[months["year"].isin(whole.index[whole == 12])]
    posted = ledger[(ledger["side"] == "authority") & ledger["service"].isin(drivers.services["service"])]
    before = min(open_years, default=drivers.cutoff.year + 1)
    first = drivers.history["month"].min()
    posted = posted[posted["accounting_year"].between(first.year + (first.month > 1), before - 1)]
    posted = posted.rename(columns={"accounting_year": "year", "amount": "gross"})
    posted = posted.assign(gross=posted["gross"].astype(float), year=posted["year"].astype(int))
    posted["real"] = posted["gross"] / posted["year"].map(price_by_year(drivers)).astype(float)
    parts = []
    for basis, rows in ((_SERVICE, months), (_ACCOUNTING, posted)):
        for price_level, column in dict.fromkeys(((NOMINAL, "gross"), (drivers.price_level, "real"))):
            if price_level == NOMINAL and column == "real":
                continue
            parts.append(_summed(rows, column, drivers.services).assign(basis=basis, price_level=price_level))
    return published_frame("actual_years", pd.concat(parts, ignore_index=True))


def _summed(rows: pd.DataFrame, column: str, services: pd.DataFrame) -> pd.DataFrame:
    order = sorted(services["service"].astype(str))
    table = rows.pivot_table(index="service", columns="year", values=column, aggfunc="sum").reindex(order)
    values = table.to_numpy(dtype=float)
    known = [int(year) for year in table.columns]
    parts = [
        pd.DataFrame({
            "level": member.level, "member": member.member, "year": known,
            "gross": np.nansum(values[member.rows], axis=0) if known else [],
        })
        for member in members_of(services, order)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True).dropna(subset=["gross"])


def stored_draws(draws: PressureDraws) -> pd.DataFrame:
    """DRAWS: one row per service and month ahead, values in draw order."""
    rows = []
    for place, service in enumerate(draws.services):
        known = bool(np.isfinite(draws.volume[place]).all())
        rows += [
            {
                "service": service,
                "month": month,
                "gross_nominal": draws.gross_nominal[place, step],
                "volume": draws.volume[place, step] if known else None,
                "price_factor": draws.price_factor[step],
            }
            for step, month in enumerate(draws.months)
        ]
    return published_frame("draws", pd.DataFrame(rows))


def stored_uniforms(seed: int, n_draws: int) -> pd.DataFrame:
    """UNIFORMS: what levers with an interval read, so that a scenario gives the same figures whenever it is evaluated.

    Every column holds one value in each n-th part of 0 to 1, in its own random order: its mean and quantiles are those of a
    uniform, and columns are independent.

    Args:
        seed: The run's one seed.
        n_draws: Joint draws of the run.

    Example:
        >>> table = stored_uniforms(1, 4)
        >>> len(table), sorted(int(value * 4) for value in table["uniform"][0])
        (64, [0, 1, 2, 3])
    """
    columns = []
    for place in range(N_UNIFORMS):
        rng = generator_for(seed, "uniforms", str(place))
        columns.append((rng.permutation(n_draws) + rng.random(n_draws)) / n_draws)
    return published_frame("uniforms", pd.DataFrame({"place": range(N_UNIFORMS), "uniform": columns}))


def stored_variant_factors(drivers: DriverTables, draws: PressureDraws) -> pd.DataFrame:
    """VARIANT_FACTORS: exposure of each variant over that of main."""
    parts = [
        pd.DataFrame({
            "service": np.repeat(np.array(draws.services, dtype=object), len(draws.months)),
            "month": np.tile(draws.months, len(draws.services)),
            "variant": variant,
            "factor": factor.ravel(),
        })
        for variant, factor in variant_factors(drivers, draws).items()
    ]  # fmt: skip
    return published_frame("variant_factors", pd.concat(parts, ignore_index=True))


def population_years(
    population: pd.DataFrame, projection: pd.DataFrame, *, age_bands: Mapping[str, tuple[int, int]]
) -> pd.DataFrame:
    """POPULATION_YEARS: persons on 1 January by age band; of each variant its newest vintage.

    Args:
        population: date, age, persons (counted).
        projection: variant, vintage, date, age, persons.
        age_bands: First and last age of each band.
    """
    newest = projection[projection["vintage"] == projection.groupby("variant")["vintage"].transform("max")]
    people = pd.concat([population.assign(variant="counted"), newest], ignore_index=True)
    people = people.assign(year=pd.to_datetime(people["date"]).dt.year, persons=people["persons"].astype(float))
    parts = [
        people[people["age"].between(low, high)]
        .groupby(["variant", "year"], as_index=False)["persons"]
        .sum()
        .assign(age_band=band)
        for band, (low, high) in age_bands.items()
    ]
    return published_frame("population_years", pd.concat(parts, ignore_index=True))
