"""Stock where a task was moved in: what lies before it is lifted by what it brought, and those moved are no usual inflow.

Else the places of the time before would be taken for the usual ones, and nobody would be expected to come until so many had
left. The municipality's budget event says how much was moved: stock takes months to get there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.citizens.stays import month_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.citizens.stays import Index
    from models.types import Array, DeclaredBreak

USUAL_MONTHS = 24
"""Newest months whose mean is what is usual."""
SETTLING = 6
"""Months, the event's own first, in which those who are moved come."""
LARGEST = 0.5
"""Share of a service's stock that is taken to be moved, at most."""


def moved_in(breaks: Sequence[DeclaredBreak], services: tuple[str, ...], first: int, n_months: int) -> tuple[Index, Array]:
    """Each service's newest moved task.

    Args:
        breaks: Declared ones.
        services: S keys.
        first: Month number of the first month.
        n_months: T.

    Returns:
        (S,) place of the month in which it begins, 0 where there is none in the window; (S,) share of the service moved in.
    """
    begins, share = np.zeros(len(services), dtype=np.int64), np.zeros(len(services))
    for item in breaks:
        place = int(month_numbers([item.first])[0]) - first
        for row, service in enumerate(services):
            if item.moved_in and item.services is not None and service in item.services and begins[row] < place < n_months:
                begins[row], share[row] = place, np.clip(item.moved_in, -LARGEST, LARGEST)
    return begins, share


def on_newest_level(stock: Array, counts: Array, seen: Array, moved: tuple[Index, Array]) -> tuple[Array, Array]:
    """Stock and entrants as they would have been, had the task always been there.

    Args:
        stock: (S, T) stays that go on after each month.
        counts: (S, T) entrants.
        seen: (S, T) expected full-time citizens, as far as entrants are known.
        moved: From :func:`moved_in`.

    Returns:
        Stock and entrants, (S, T) each; as they came where nothing was moved.

    Example:
        >>> stock, counts = np.array([[10.0] * 6 + [12.0] * 2]), np.array([[1.0] * 6 + [3.0, 1.0]])
        >>> lifted, usual = on_newest_level(stock, counts, np.ones((1, 8)), (np.array([6]), np.array([0.2])))
        >>> lifted[0].tolist(), usual[0].tolist()
        ([12.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0], [1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2])
    """
    stock, counts = stock.copy(), counts.copy()
    begins, share = moved
    for row in np.flatnonzero(begins):
        at = int(begins[row])
        stock[row, :at] *= 1.0 + share[row]
        counts[row, :at] *= 1.0 + share[row]
        settling, before = slice(at, at + SETTLING), slice(max(at - USUAL_MONTHS, 0), at)
        counts[row, settling] = seen[row, settling] * counts[row, before].sum() / max(float(seen[row, before].sum()), 1e-9)
    return stock, counts
