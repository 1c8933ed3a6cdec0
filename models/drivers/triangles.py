"""Postings as triangles: amounts by service, kind of payee, service month and development month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from models.types import Array

    Whole = np.ndarray[tuple[int], np.dtype[np.int64]]

PAYEE_KINDS = ("internal", "municipality", "person", "private", "region")
DEVELOPMENT_MONTHS = 36
"""Postings later than this many months after the service month are taken to be in with the last of them."""
FITTED_MONTHS = 72
"""Service months that the pattern is learnt from: 36 that are over and 36 on their way."""
DEVELOPED_BOUNDS = (0.02, 1.25)
"""What a developed share may be: less, and a few early invoices decide; more, and credit notes do."""


def ages(n_months: int) -> Whole:
    """(T,) development months already seen, at most the last one.

    Example:
        >>> ages(3).tolist()
        [2, 1, 0]
    """
    return np.minimum(np.arange(n_months - 1, -1, -1), DEVELOPMENT_MONTHS - 1)


def amount_grid(rows: pd.DataFrame, services: tuple[str, ...], months: pd.DatetimeIndex) -> Array:
    """(S, K, T, D) amounts by service, payee, service month and lag.

    Args:
        rows: service, payee_kind, service_month, posted_month, amount; what lies outside the window is left out.
        services: (S,).
        months: (T,) first days.
    """
    grid = np.zeros((len(services), len(PAYEE_KINDS), len(months), DEVELOPMENT_MONTHS))
    service = pd.Index(services).get_indexer(pd.Index(rows["service"]))
    month = months.get_indexer(pd.DatetimeIndex(rows["service_month"]))
    payee = pd.Index(PAYEE_KINDS).get_indexer(pd.Index(rows["payee_kind"]))
    lag = np.clip(months_between(rows["service_month"], rows["posted_month"]), 0, DEVELOPMENT_MONTHS - 1)
    kept = (service >= 0) & (month >= 0) & (payee >= 0)
    np.add.at(grid, (service[kept], payee[kept], month[kept], lag[kept]), rows["amount"].to_numpy(dtype=float)[kept])
    return grid


def months_between(first: pd.Series, last: pd.Series) -> Whole:
    """(n,) whole months from ``first`` to ``last``."""
    later = last.dt.year.to_numpy(dtype=np.int64) * 12 + last.dt.month.to_numpy(dtype=np.int64)
    return np.asarray(later - (first.dt.year.to_numpy(dtype=np.int64) * 12 + first.dt.month.to_numpy(dtype=np.int64)))


def undated_grid(rows: pd.DataFrame, services: tuple[str, ...], months: pd.DatetimeIndex) -> Array:
    """(S, T) amounts whose service month is not known, by accounting month."""
    grid = np.zeros((len(services), len(months)))
    service = pd.Index(services).get_indexer(pd.Index(rows["service"]))
    month = months.get_indexer(pd.DatetimeIndex(rows["service_month"]))
    kept = (service >= 0) & (month >= 0)
    np.add.at(grid, (service[kept], month[kept]), rows["amount"].to_numpy(dtype=float)[kept])
    return grid


def cost_grid(list_cost: pd.DataFrame, services: tuple[str, ...], months: pd.DatetimeIndex) -> Array:
    """(S, T) list cost, NaN for a service without any.

    Args:
        list_cost: service, month, list_cost_nominal.
        services: (S,).
        months: (T,) first days.
    """
    grid = np.full((len(services), len(months)), np.nan)
    sums = list_cost.groupby(["service", "month"])["list_cost_nominal"].sum()
    for place, service in enumerate(services):
        if service in sums.index.get_level_values(0):
            grid[place] = sums[service].reindex(months, fill_value=0.0).to_numpy(dtype=float)
    return grid


def known_part(cumulative: Array, last: int) -> Array:
    """(..., t + 1) what each service month up to ``last`` had in the ledger at the end of month ``last``.

    Args:
        cumulative: (..., T, D) amounts by the end of each development month.
        last: Place of the month t that is looked at from.

    Example:
        >>> known_part(np.array([[1.0, 3.0], [2.0, 5.0]]), 1).tolist()
        [3.0, 2.0]
    """
    origins = np.arange(last + 1)
    return np.asarray(cumulative[..., origins, np.minimum(last - origins, cumulative.shape[-1] - 1)])


def volume_pattern(cumulative: Array, last: int) -> Array:
    """(D,) developed share by volume-weighted development factors, from what was in the ledger at the end of month ``last``.

    The same factors as the library's (``chain_ladder``; a test holds them together), made for many months of looking back.

    Args:
        cumulative: (T, D) amounts of one kind by the end of each development month.
        last: Place of the month that is looked at from.

    Example:
        >>> volume_pattern(np.array([[100.0, 150.0], [200.0, 300.0], [300.0, 300.0]]), 2).round(4).tolist()
        [0.6667, 1.0]
    """
    n_months, n_lags = cumulative.shape
    origin, lag = np.arange(n_months)[:, None], np.arange(1, n_lags)[None, :]
    seen = (origin + lag <= last) & (origin > last - FITTED_MONTHS)
    after = np.where(seen, cumulative[:, 1:], 0.0).sum(axis=0)
    before = np.where(seen, cumulative[:, :-1], 0.0).sum(axis=0)
    factors = np.divide(after, before, out=np.ones(n_lags - 1), where=(before > 0) & (after > 0))
    return 1.0 / np.append(np.cumprod(factors[::-1])[::-1], 1.0)
