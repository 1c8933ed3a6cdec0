"""Price index (pris- og lønindeks): growth of one vintage chained, and nominal money turned into one price level and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.errors import MissingPriceIndex

if TYPE_CHECKING:
    from models.drivers.population import Notice

PREFERRED_SERIES = "services_total"


@dataclass(frozen=True)
class Prices:
    """Nominal per real, month by month.

    Attributes:
        price_level: ``YYYY-pl``, or ``nominal`` where no index was given.
        factor: (months,) nominal per real, indexed by month.
        known_to: Last year whose growth the index gives; later years carry it on. None where no index was given.
    """

    price_level: str
    factor: pd.Series
    known_to: int | None = None


def deflate(nominal: pd.Series, *, factor: pd.Series) -> pd.Series:
    """Express nominal amounts at the price level of ``factor``.

    Args:
        nominal: (n,) nominal, indexed by month (may repeat).
        factor: Nominal per real, indexed by month.

    Returns:
        (n,) real, same index.

    Raises:
        MissingPriceIndex: A month of ``nominal`` has no factor; lists the years.

    Example:
        >>> months = pd.to_datetime(["2025-01-01", "2026-01-01"])
        >>> deflate(pd.Series([100.0, 110.0], months), factor=pd.Series([0.5, 1.0], months)).tolist()
        [200.0, 110.0]
    """
    return nominal / _at(factor, nominal.index)


def inflate(real: pd.Series, *, factor: pd.Series) -> pd.Series:
    """Express amounts of ``factor``'s price level in the prices of their own month; the inverse of :func:`deflate`.

    Raises:
        MissingPriceIndex: A month of ``real`` has no factor; lists the years.
    """
    return real * _at(factor, real.index)


def _at(factor: pd.Series, months: pd.Index) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found = factor.reindex(months)
    if found.isna().any():
        years = sorted({month.year for month in months[found.isna()]})
        raise _missing(years)
    return found.to_numpy(dtype=float)


def _missing(years: list[int]) -> MissingPriceIndex:
    what = f"The price index has no growth for {years}"
    why = "A guessed price would hide in every later sum"
    return MissingPriceIndex(what, where="price_index", why=why, remedy="Add the years to the newest vintage of the price index")


def build_prices(
    index: pd.DataFrame, *, first_month: pd.Timestamp, cutoff: pd.Timestamp, last_month: pd.Timestamp
) -> tuple[Prices, list[Notice]]:
    """Chain the growth of one vintage into a factor per month, 1 in the cutoff's year.

    Rates and wages are set per year, so the factor steps on 1 January. Of the vintages known in the cutoff's year the newest is
    used alone; agreed future years in it are known prices. ``uplift`` rows correct earlier years and are never chained.

    Args:
        index: year, vintage, kind, series, pct; may be empty (then every factor is 1 and the level is ``nominal``).
        first_month: First month of history.
        cutoff: Last month with data.
        last_month: Last month wanted; after the index's last year its last growth goes on, which is said.

    Raises:
        MissingPriceIndex: A year of history has no growth in that vintage.
    """
    months = pd.date_range(first_month, last_month, freq="MS")
    growth = index[(index["kind"] == "growth") & (index["vintage"] <= cutoff.year)] if len(index) else index
    if growth.empty:
        return Prices("nominal", pd.Series(1.0, index=months, name="price_factor")), [_NO_INDEX]
    notices: list[Notice] = []
    names = sorted(growth["series"].unique())
    series = PREFERRED_SERIES if PREFERRED_SERIES in names else names[0]
    if series != PREFERRED_SERIES:
        notices.append(_other_series(series))
    chosen = growth[growth["series"] == series]
    chosen = chosen[chosen["vintage"] == chosen["vintage"].max()]
    pct = {int(year): float(value) for year, value in zip(chosen["year"], chosen["pct"], strict=True)}
    missing = [year for year in range(first_month.year + 1, cutoff.year + 1) if year not in pct]
    if missing:
        raise _missing(missing)
    level, levels = 1.0, {first_month.year: 1.0}
    last_known = max(pct)
    for year in range(first_month.year + 1, last_month.year + 1):
        level *= 1.0 + pct.get(year, pct[last_known]) / 100.0
        levels[year] = level
    if last_month.year > last_known:
        notices.append(_carried_on(last_known, pct[last_known]))
    factor = np.array([levels[year] for year in months.year]) / levels[cutoff.year]
    return Prices(f"{cutoff.year}-pl", pd.Series(factor, index=months, name="price_factor"), last_known), notices


_NO_INDEX: Notice = (
    "no_price_index",
    "run",
    "Der er intet pris- og lønindeks: alle beløb er i løbende priser, og prisudvikling ligger i enhedsprisen.",
    "There is no price index: every amount is nominal, and price growth is part of unit cost.",
)


def _other_series(series: str) -> Notice:
    return (
        "price_series",
        series,
        f"Prisindekset har ikke serien '{PREFERRED_SERIES}'; '{series}' er brugt.",
        f"The price index has no series '{PREFERRED_SERIES}'; '{series}' is used.",
    )


def _carried_on(year: int, pct: float) -> Notice:
    danish = f"{pct:.1f}".replace(".", ",")
    return (
        "price_index_extended",
        "run",
        f"Pris- og lønindekset slutter i {year}; væksten derefter er sat til samme {danish} % om året og er ikke verificeret.",
        f"The price index ends in {year}; growth after that is set to the same {pct:.1f} % a year and is not verified.",
    )
