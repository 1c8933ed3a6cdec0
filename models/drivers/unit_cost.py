"""Priced units per person, and unit cost guarded where the volume is too small to carry one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.reference.opening_days import opening_days

if TYPE_CHECKING:
    import pandas as pd

    from models.types import Array

VOLUME_FLOOR = 1.0
"""Under this many full-time citizens in a month the service's own quotient is one person's bill, not a unit cost."""
UNITS_FROM_MONTHS = 12
"""Units ahead stand on these newest months."""


def calendar_units(services: pd.DataFrame, months: pd.DatetimeIndex) -> Array:
    """Units that one full-time person has in a month by the calendar alone.

    Days, opening days or weeks of the month; for hours the weeks of the month (so that the quotient is hours per week); a twelfth
    for a yearly price; 1 for months, single payments and plain units.

    Args:
        services: price_unit, opening_days (taken as False where the column is not there).
        months: (T,) first days.

    Returns:
        (S, T).
    """
    days = months.days_in_month.to_numpy(dtype=float)
    opened = np.array([opening_days(month.year, month.month) for month in months], dtype=float)
    one = np.ones(len(months))
    by_unit = {"day": days, "hour": days / 7.0, "week": days / 7.0, "year": one / 12.0}
    on_opening_days = services["opening_days"] if "opening_days" in services else [False] * len(services)
    return np.stack(
        [
            opened if opening and unit == "day" else by_unit.get(str(unit), one)
            for opening, unit in zip(on_opening_days, services["price_unit"], strict=True)
        ]
    )


def units_ahead(
    services: pd.DataFrame, volume: Array, per_person: Array, months: pd.DatetimeIndex, ahead: pd.DatetimeIndex
) -> Array:
    """Priced units per person in months ahead: the calendar's times what persons had of it in the 12 newest months.

    Args:
        services: (S,) rows: price_unit, opening_days.
        volume: (S, T) full-time citizens.
        per_person: (S, T) units per person in history.
        months: (T,) first days.
        ahead: (H,) first days.

    Returns:
        (S, H).
    """
    usual = calendar_units(services, months)[:, -UNITS_FROM_MONTHS:]
    weight = np.maximum(volume[:, -UNITS_FROM_MONTHS:], 1e-9)
    share = (per_person[:, -UNITS_FROM_MONTHS:] * weight).sum(axis=1) / (usual * weight).sum(axis=1)
    return np.asarray(calendar_units(services, ahead) * share[:, None])


def guarded_unit_cost(
    services: pd.DataFrame, volume: Array, units: Array, real: Array
) -> tuple[Array, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Unit cost per service and month; under the volume floor, or where not positive, the group's path at the service's level.

    The group is the services of one service group that share a price unit. Its path is the sum of gross over the sum of units;
    the service's level is its own pooled quotient over the group's in the months that carry one (1 where none does).

    Args:
        services: service_group, price_unit.
        volume: (S, T) full-time citizens.
        units: (S, T) priced units.
        real: (S, T) ultimate gross at the run's price level.

    Returns:
        (S, T) currency per unit, positive; and which of them are the group's.

    Example:
        >>> import pandas as pd
        >>> services = pd.DataFrame({"service_group": ["g", "g"], "price_unit": ["day", "day"]})
        >>> cost, guarded = guarded_unit_cost(
        ...     services, np.array([[10.0, 10.0], [2.0, 0.5]]), np.array([[10.0, 10.0], [2.0, 0.5]]),
        ...     np.array([[10.0, 20.0], [4.0, 9.0]]))
        >>> guarded.tolist()
        [[False, False], [False, True]]
    """
    own = np.divide(real, units, out=np.zeros_like(real), where=units > 0)
    carried = (volume >= VOLUME_FLOOR) & (own > 0)
    cost = own.copy()
    group_keys = list(zip(services["service_group"], services["price_unit"], strict=True))
    for key in dict.fromkeys(group_keys):
        members = np.array([other == key for other in group_keys])
        path = _path(real[members], units[members], carried[members])
        for place in np.nonzero(members)[0]:
            mine = carried[place]
            level = _quotient(real[place][mine].sum(), (units[place] * path)[mine].sum())
            if level <= 0:
                pooled = _quotient(real[place].sum(), (units[place] * path).sum())
                level = pooled if pooled > 0 else 1.0
            cost[place] = np.where(mine, own[place], path * level)
    return cost, ~carried & (volume > 0)


def _path(real: Array, units: Array, carried: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Array:
    """(T,) the group's gross per unit over those that carry one; between and beside such months the nearest, 1 where none is."""
    gross, amount = np.where(carried, real, 0.0).sum(axis=0), np.where(carried, units, 0.0).sum(axis=0)
    known = np.nonzero(amount > 0)[0]
    if len(known) == 0:
        whole = _quotient(real.sum(), units.sum())
        return np.full(real.shape[1], whole if whole > 0 else 1.0)
    return np.asarray(np.interp(np.arange(real.shape[1]), known, gross[known] / amount[known]))


def _quotient(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0
