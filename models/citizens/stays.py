"""Stays: one citizen's unbroken time in one service, month by month, as arrays for estimation and simulation.

In memory only. Citizens are numbers without meaning; no result depends on their order beyond which random number meets whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.drivers.unit_cost import calendar_units

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.types import Array, DriverTables

    Index = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

BRIDGED_MONTHS = 1
"""A gap of so many months does not end a stay: a break between two decisions."""
MONTHS_PER_YEAR = 12
_SPAN = 10**6
GROWTH_YEARS = 8
"""Years of price growth within stays that are looked at."""


@dataclass(frozen=True)
class PriceGrowth:
    """Prices of stays beside the same stay's a year before, summed. S services, Y years back from the cutoff, newest first.

    Attributes:
        now: (S, Y) sum of prices, currency per full-time month at the run's price level.
        before: (S, Y) sum of the same stays' a year earlier.
        pairs: (S, Y) how many.
        squares: (S, Y) sum of squared log growth.
        january: (2, Y) over all services, the January within each of these years: sum of prices, and of the same stays' in the
            December before it.
    """

    now: Array
    before: Array
    pairs: Array
    squares: Array
    january: Array


@dataclass(frozen=True)
class Stays:
    """Stays known at a cutoff. P stays, M person-months, ordered by service, citizen and month.

    Attributes:
        services: (S,) keys.
        first: Month number (year * 12 + month - 1) of the first month held whole.
        cutoff: Month number of the last month known.
        service: (P,) place in ``services``.
        person: (P,) citizen's number.
        birth: (P,) month number of birth.
        start: (P,) month number in which the stay began, perhaps before ``first``.
        seen: (P,) month number of its first month in the window.
        last: (P,) month number of its last month.
        open: (P,) goes on after the cutoff.
        known_ahead: (P,) months from when the system knew of it to its start, negative where it knew later; 0 where not told, and
            where a case was taken up again.
        volume: (P,) full-time share, the fuller of its last two months; of one month alone, what its service's usually fill.
        first_share: (P,) share of the month in which it was first seen.
        last_share: (P,) share of its last month.
        price: (P,) list cost at the run's price level, currency per full-time month of usual length, newest month.
        growth: Growth of that price within stays, year by year.
    """

    services: tuple[str, ...]
    first: int
    cutoff: int
    service: Index
    person: Index
    birth: Index
    start: Index
    seen: Index
    last: Index
    open: Flags
    known_ahead: Index
    volume: Array
    first_share: Array
    last_share: Array
    price: Array
    growth: PriceGrowth


def month_numbers(months: object) -> Index:
    """Month numbers, year * 12 + month - 1.

    Example:
        >>> month_numbers(["2026-01-01", "2026-12-01"]).tolist()
        [24312, 24323]
    """
    found = pd.DatetimeIndex(months)  # type: ignore[arg-type]
    return np.asarray(found.year.to_numpy() * MONTHS_PER_YEAR + found.month.to_numpy() - 1, dtype=np.int64)


def build_stays(rows: pd.DataFrame, drivers: DriverTables) -> Stays:
    """Put person-months together to stays, as known at the drivers' cutoff: what came or was recorded later is hidden.

    Args:
        rows: Extract ``stays``: service, person, month, birth_month, start_month, recorded_month, runs_on, volume, units,
            list_cost_nominal.
        drivers: Services, price index, first month and cutoff.

    Returns:
        Stays in the drivers' services, ordered by service, citizen and month.
    """
    services = tuple(str(key) for key in drivers.services["service"])
    first, last = (int(month_numbers([month])[0]) for month in (drivers.history["month"].min(), drivers.cutoff))
    table = _person_months(rows, drivers, services, first, last)
    new = _begins(table)
    heads = np.flatnonzero(new)
    tails = np.r_[heads[1:] - 1, len(table) - 1] if len(heads) else heads
    volume, price = table["volume"].to_numpy(), table["price"].to_numpy()
    month = table["m"].to_numpy()
    full = _fullest_of_last_two(volume, heads, tails)
    part = (heads == tails) & (month[heads] > first)
    full = _full_after_first(full, table["s"].to_numpy()[heads], part, len(services))
    recorded = table["recorded"].to_numpy()[heads]
    start = np.minimum(table["start"].to_numpy()[heads], month[heads])
    fresh = start < month[heads] - BRIDGED_MONTHS - 1  # a later stay of a case that paused began when it was taken up again
    start = np.where(fresh & (month[heads] > first), month[heads], start)
    return Stays(
        services=services,
        first=first,
        cutoff=last,
        service=table["s"].to_numpy()[heads],
        person=table["person"].to_numpy(dtype=np.int64)[heads],
        birth=table["birth"].to_numpy()[heads],
        start=start,
        seen=month[heads],
        last=month[tails],
        open=(month[tails] == last) & table["runs_on"].to_numpy(dtype=bool)[tails],
        known_ahead=np.where((recorded >= 0) & ~fresh, start - recorded, 0),
        volume=full,
        first_share=volume[heads],
        last_share=volume[tails],
        price=price[tails],
        growth=_growth(table, np.cumsum(new) - 1, len(services), last),
    )


def real_prices(rows: pd.DataFrame, drivers: DriverTables, place: Index, month: Index) -> Array:
    """List cost at the run's price level per full-time month, over the month's usual number of units.

    Args:
        rows: Extract ``stays``: volume, list_cost_nominal.
        drivers: Services, price index, first month and cutoff; later months are valued as the index ahead has it.
        place: (M,) place of each row's service.
        month: (M,) month numbers.

    Returns:
        (M,) currency at the run's price level, 0 without volume.
    """
    first = int(month_numbers([drivers.history["month"].min()])[0])
    n_known = int(month_numbers([drivers.cutoff])[0]) - first + 1
    span = pd.date_range(
        drivers.history["month"].min(), periods=max(n_known, int(month.max(initial=first)) - first + 1), freq="MS"
    )
    usual = calendar_units(drivers.services, span)
    usual = usual / usual[:, :n_known].mean(axis=1, keepdims=True)
    path = drivers.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float).reindex(span)
    at = np.clip(month - first, 0, len(span) - 1)
    level = path.ffill().fillna(1.0).to_numpy(dtype=np.float64)[at] * usual[np.maximum(place, 0), at]
    volume = rows["volume"].to_numpy(dtype=float)
    cost = rows["list_cost_nominal"].to_numpy(dtype=float)
    return np.asarray(np.divide(cost, volume * level, out=np.zeros(len(rows)), where=volume * level > 0), dtype=np.float64)


def _person_months(rows: pd.DataFrame, drivers: DriverTables, services: tuple[str, ...], first: int, last: int) -> pd.DataFrame:
    """Rows that a day of the cutoff would have shown, with numbers for months and real list cost per usual full-time month."""
    month = month_numbers(rows["month"])
    recorded = rows["recorded_month"].notna().to_numpy()
    known = np.full(len(rows), -1, dtype=np.int64)
    known[recorded] = month_numbers(rows.loc[recorded, "recorded_month"])
    place = pd.Index(services).get_indexer(pd.Index(rows["service"]))
    kept = (place >= 0) & (month >= first) & (month <= last) & (known <= last) & (rows["volume"].to_numpy(dtype=float) > 0)
    table = pd.DataFrame(
        {
            "s": place.astype(np.int64),
            "person": rows["person"].to_numpy(dtype=np.int64),
            "m": month,
            "birth": month_numbers(rows["birth_month"]),
            "start": month_numbers(rows["start_month"]),
            "recorded": known,
            "runs_on": rows["runs_on"].to_numpy(dtype=bool),
            "volume": rows["volume"].to_numpy(dtype=float),
        }
    )
    table["price"] = real_prices(rows, drivers, place, month)
    return table[kept].sort_values(["s", "person", "m"], kind="stable", ignore_index=True)


def _begins(table: pd.DataFrame) -> Flags:
    """(M,) the first month of a stay: another citizen or service, or more than a bridged gap after the month before."""
    service, person, month = (table[name].to_numpy() for name in ("s", "person", "m"))
    same = (np.diff(service) == 0) & (np.diff(person) == 0) & (np.diff(month) <= BRIDGED_MONTHS + 1)
    return np.asarray(np.r_[np.ones(min(len(table), 1), dtype=bool), ~same], dtype=bool)


def _fullest_of_last_two(volume: Array, heads: Index, tails: Index) -> Array:
    before = np.maximum(tails - 1, heads)
    return np.asarray(np.maximum(volume[tails], volume[before]), dtype=np.float64)


def _full_after_first(full: Array, service: Index, part: Flags, n_services: int) -> Array:
    """(P,) full-time shares: of stays whose first month alone is known, which they seldom fill, what others' are."""
    whole = ~part
    count = np.bincount(service[whole], minlength=n_services)
    usual = np.bincount(service[whole], weights=full[whole], minlength=n_services) / np.maximum(count, 1)
    return np.where(part, np.maximum(full, usual[service]), full)


def _growth(table: pd.DataFrame, stay: Index, n_services: int, cutoff: int) -> PriceGrowth:
    """Pairs in the cutoff's calendar month of each year, and in its Januaries; both months of one stay."""
    years = GROWTH_YEARS
    service, month, price = (table[name].to_numpy() for name in ("s", "m", "price"))
    keys = stay * _SPAN + month

    def pairs(at: int, apart: int) -> tuple[Array, Array, Index]:
        rows = np.flatnonzero(month == at)
        back = np.minimum(np.searchsorted(keys, keys[rows] - apart), len(keys) - 1)
        back = np.where(keys[back] == keys[rows] - apart, back, -1)
        both = (back >= 0) & (price[rows] > 0) & (price[np.maximum(back, 0)] > 0)
        return price[rows][both], price[back[both]], service[rows][both]

    found, january = np.zeros((4, n_services, years)), np.zeros((2, years))
    for year in range(years):
        now, before, of = pairs(cutoff - MONTHS_PER_YEAR * year, MONTHS_PER_YEAR)
        facts = (now, before, np.ones(len(now)), np.log(now / before) ** 2)
        for place, values in enumerate(facts):
            found[place, :, year] = np.bincount(of, weights=values, minlength=n_services)
        first, last, _ = pairs((cutoff // MONTHS_PER_YEAR - year) * MONTHS_PER_YEAR, 1)
        january[:, year] = first.sum(), last.sum()
    now, before, count, squares = found
    return PriceGrowth(now, before, count, squares, january)
