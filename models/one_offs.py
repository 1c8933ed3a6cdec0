"""One-off months in kroner: how far a service's bill lay off its neighbours in a month that came and went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.marks import FACTOR, read_marked
from models.forecast.series import THIN_CITIZENS, Cause

if TYPE_CHECKING:
    from models.types import Array, DriverTables

BESIDE = 6
"""Months on either side that tell the usual bill."""
_NEWEST = 12


def one_off_excess(drivers: DriverTables) -> pd.DataFrame:
    """What one-off months cost beyond the usual bill of the half years beside them (decision 0034).

    The months are those that the fit leaves out (``models.forecast.marks``), found in completed cost at the run's price level; of
    fewer than five full-time citizens none is: there such months are the cost.

    Args:
        drivers: Dense history of completed gross, and prices.

    Returns:
        service, month, excess: currency, nominal; below 0 where a month was paid back. Mostly empty.
    """
    price = drivers.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float)
    rows = []
    for service, own in drivers.history.groupby("service", sort=True):
        history = own.sort_values("month")
        volume = pd.to_numeric(history["volume"]).to_numpy(dtype=np.float64)[-_NEWEST:]
        if np.isfinite(volume).any() and float(np.nanmean(volume)) < THIN_CITIZENS:
            continue
        months = pd.DatetimeIndex(history["month"])
        level = price.reindex(months).to_numpy()
        real = pd.to_numeric(history["gross_ultimate_nominal"]).to_numpy(dtype=np.float64) / level
        marked = np.zeros(len(months), dtype=bool)
        for mark in read_marked(real, months[0]).marks:
            marked |= (mark.cause is Cause.ONE_OFF) & (months >= mark.first) & (months <= mark.last)
        for at in np.flatnonzero(marked).tolist():
            usual = _usual(real, marked, at)
            if not usual / FACTOR <= real[at] <= usual * FACTOR:  # a marked month may only lack what its season has
                rows.append((service, months[at], (real[at] - usual) * level[at]))
    return pd.DataFrame(rows, columns=["service", "month", "excess"]).astype({"excess": float})


def _usual(values: Array, marked: np.ndarray[tuple[int], np.dtype[np.bool_]], at: int) -> float:
    """Median of the half years beside a month, less the one-off ones."""
    beside = slice(max(at - BESIDE, 0), at + BESIDE + 1)
    return float(np.nanmedian(np.where(marked[beside], np.nan, values[beside])))


def excess_of_year(excess: pd.DataFrame, services: tuple[str, ...], year: int) -> Array:
    """(S,) what one-off months of a calendar year came to, nominal.

    Example:
        >>> rows = pd.DataFrame({"service": ["b"], "month": [pd.Timestamp("2026-03-01")], "excess": [5.0]})
        >>> excess_of_year(rows, ("a", "b"), 2026).tolist(), excess_of_year(rows, ("a", "b"), 2025).tolist()
        ([0.0, 5.0], [0.0, 0.0])
    """
    own = excess[pd.DatetimeIndex(excess["month"]).year == year]
    return np.asarray(own.groupby("service")["excess"].sum().reindex(list(services), fill_value=0.0), dtype=np.float64)
