"""Arrays of one run for the scenario engine: stored draws by month, shares of years, variants, newcomers, uniforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.scenario.lever import MAIN_VARIANT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.types import Array

    Tables = Mapping[str, pd.DataFrame]


def stack_draws(draws: pd.DataFrame, keys: tuple[str, ...], months: pd.DatetimeIndex) -> tuple[Array, Array, Array]:
    """Stack the stored draws.

    Args:
        draws: DRAWS.
        keys: Services, in order.
        months: Forecast months, in order.

    Returns:
        (S, H, D) gross nominal; (H, D) price factor, ones where none is stored; (S, H, D) volume, NaN where none is stored.
    """
    index = pd.MultiIndex.from_product([keys, months])
    picked = draws.set_index(["service", "month"]).reindex(index)
    if len(index) == 0:
        return np.zeros((0, 0, 1)), np.ones((0, 1)), np.zeros((0, 0, 1))
    gross = np.stack(picked["gross_nominal"].to_list()).reshape(len(keys), len(months), -1)
    n_draws = gross.shape[2]
    price = _filled(picked["price_factor"].iloc[: len(months)], n_draws, 1.0)
    volume = _filled(picked["volume"], n_draws, np.nan).reshape(gross.shape)
    return gross, price, volume


def _filled(column: pd.Series, n_draws: int, missing: float) -> Array:
    rows = [np.full(n_draws, missing) if value is None or np.ndim(value) == 0 else value for value in column]
    return np.stack(rows).astype(np.float64)


def year_shares(
    weights: pd.DataFrame | None, services: tuple[str, ...], months: pd.DatetimeIndex, years: tuple[int, ...]
) -> Array:
    """(S, Y, H) share of a month's gross that falls in a year; calendar years where there are no accounting weights."""
    if weights is None:
        one = calendar_shares(months, years)
        return np.broadcast_to(one, (len(services), len(years), len(months)))
    share = np.zeros((len(services), len(years), len(months)))
    row, column = {key: i for i, key in enumerate(services)}, {year: i for i, year in enumerate(years)}
    place = {month: i for i, month in enumerate(months)}
    s, y = weights["service"].map(row), weights["accounting_year"].map(column)
    h = weights["month"].map(place)
    known = (s.notna() & y.notna() & h.notna()).to_numpy()
    where = tuple(part[known].to_numpy(dtype=np.int64) for part in (s, y, h))
    share[where] = weights["weight"].to_numpy(dtype=np.float64)[known]
    return share


def calendar_shares(months: pd.DatetimeIndex, years: tuple[int, ...]) -> Array:
    """(Y, H) one where the month lies in the year.

    Example:
        >>> calendar_shares(pd.DatetimeIndex(["2027-12-01", "2028-01-01"]), (2027, 2028)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    return np.array([[float(month.year == year) for month in months] for year in years]).reshape(len(years), len(months))


def variant_factors(tables: Tables, services: tuple[str, ...], months: pd.DatetimeIndex) -> dict[str, Array]:
    """Variant -> (S, H) exposure in the variant over exposure in main; a month without one counts as main."""
    factors = tables["variant_factors"]
    index = pd.MultiIndex.from_product([services, months])
    found = {MAIN_VARIANT: np.ones((len(services), len(months)))}
    for variant, part in factors[factors["variant"] != MAIN_VARIANT].groupby("variant"):
        values = part.set_index(["service", "month"])["factor"].reindex(index).fillna(1.0)
        found[str(variant)] = values.to_numpy(dtype=np.float64).reshape(len(services), len(months))
    return found


def newcomers(tables: Tables, services: tuple[str, ...], months: pd.DatetimeIndex) -> tuple[Array, Array]:
    """Who comes and who stays, from KNOWN_MONTHS: of shown services only.

    Those expected who are not known today came in some month ahead and stay as today's citizens do; how many came each month is
    worked out from that (a renewal equation). New citizens leave sooner than those who have stayed long, so what a lever that
    starts late can reach is rather under- than overstated.

    Returns:
        (S, H) full-time citizens who come in each month, and (S, H) share of today's citizens still there after so many months;
        NaN where the run does not publish them.
    """
    empty = np.full((len(services), len(months)), np.nan)
    known = tables.get("known_months")
    if known is None or known.empty:
        return empty, empty.copy()
    shown = known[(known["level"] == "service") & (known["mask"] == "")].set_index(["member", "month"])
    inflow, stays = empty, empty.copy()
    for row, service in enumerate(services):
        if service not in shown.index.get_level_values(0):
            continue
        part = shown.loc[service].reindex(months)[["open_at_cutoff", "still_here", "moved_here", "new"]]
        held, still, moved, new = (part[name].to_numpy(dtype=np.float64) for name in part.columns)
        if np.isfinite(held * still * moved * new).all() and held[0] > 0:
            survival = np.append(1.0, still / held)[: len(months)]
            stays[row] = survival
            inflow[row] = _arrivals(new, survival)
    return inflow, stays


def _arrivals(stock: Array, survival: Array) -> Array:
    """(H,) arrivals whose survivors make up the stock, never negative."""
    found = np.zeros_like(stock)
    for month in range(len(stock)):
        found[month] = max(0.0, stock[month] - found[:month] @ survival[month:0:-1])
    return found


def stack_uniforms(tables: Tables, n_draws: int) -> Array | None:
    """(N, D) uniforms that the run published; None where it did not, or has other draws than they."""
    table = tables.get("uniforms")
    if table is None or table.empty:
        return None
    stacked = np.stack(table.sort_values("place")["uniform"].to_list()).astype(np.float64)
    return stacked if stacked.shape[1] == n_draws else None
