"""COST_CONCENTRATION: how much of the cost the most expensive citizens carry, as a share curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.levels import members_of
from models.pressure import published_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.secondary import Limits
    from models.types import Array, DriverTables

POINTS = (1, 5, 10, 20, 50)
"""Per cent of citizens, the most expensive first."""
WITHIN = 0.1
"""A sum of few that lies within this share of one value is told."""
_MONTHS = 12
_COLUMNS = ["level", "member", "top_pct", "cost_share", "n_top", "n_citizens", "mask"]


def cost_concentration(
    stays: pd.DataFrame, drivers: DriverTables, *, masked: Mapping[tuple[str, str], str], limits: Limits
) -> pd.DataFrame:
    """Share of list cost of the newest 12 months by the most expensive citizens of each member.

    A point is shown where the citizens it adds to the point shown before and those it leaves out are each enough, and none of
    either holds too much of their cost; and where no hidden point follows from those shown: costs fall from one citizen to the
    next, so a point lies above the line between its neighbours and below the lines that go on from beside them.

    Args:
        stays: service, person, month, list_cost_nominal (extract ``stays``; in memory only).
        drivers: Services and cutoff.
        masked: (level, member) hidden by year in every table.
        limits: When a figure is hidden.

    Returns:
        COST_CONCENTRATION; empty without cases of single citizens.
    """
    first = drivers.cutoff - pd.DateOffset(months=_MONTHS - 1)
    newest = stays[(stays["month"] >= first) & (stays["month"] <= drivers.cutoff)]
    order = [str(key) for key in drivers.services["service"]]
    rows = []
    for member in members_of(drivers.services, order):
        own = newest[newest["service"].isin([order[row] for row in member.rows])]
        cost = np.sort(own.groupby("person")["list_cost_nominal"].sum().clip(lower=0.0).to_numpy(dtype=np.float64))[::-1]
        if not cost.sum() > 0:
            continue
        word = masked.get((member.level, member.member), "")
        rows += [(member.level, member.member, *point) for point in _points(cost, word, limits)]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    counts = {name: pd.array(table[name].to_list(), dtype="Int64") for name in ("n_top", "n_citizens")}
    return published_frame("cost_concentration", table.assign(**counts))


def _points(cost: Array, word: str, limits: Limits) -> list[tuple[int, float, int | None, int | None, str]]:
    count = len(cost)
    tops = {point: int(np.ceil(count * point / 100.0)) for point in POINTS}
    shown, reached = [], 0
    for point, top in () if word else tops.items():
        if all(_are_enough(part, limits) for part in (cost[reached:top], cost[top:])):
            shown.append(point)
            reached = top
    while shown:
        at = [tops[point] for point in shown]
        if not any(_is_told(cost, top, at, limits) for top in set(tops.values()) - set(at)):
            break
        shown.pop(0)
    sums = np.cumsum(cost) / cost.sum()
    return [
        (point, float(sums[top - 1]), top, count, "") if point in shown else (point, np.nan, None, None, word or "primary")
        for point, top in tops.items()
    ]


def _is_told(cost: Array, top: int, shown: list[int], limits: Limits) -> bool:
    """Whether those just within or just beyond the ``top`` most expensive are too few, and what they cost is told to 10 %.

    Args:
        cost: Of each citizen, falling.
        top: Citizens within a point that is not shown.
        shown: Citizens within the points shown.
        limits: What too few are.

    Example:
        >>> from models.secondary import Limits
        >>> few, uneven = Limits(5, 0.75), np.r_[np.full(6, 9.0), np.full(34, 1.0)]
        >>> _is_told(np.full(40, 3.0), 4, [8, 20], few), _is_told(uneven, 4, [8, 20], few)
        (True, False)
    """
    at = np.array([0, *shown, len(cost)])
    sums = np.r_[0.0, np.cumsum(cost)][at]
    place = int(np.searchsorted(at, top, side="right")) - 1
    slope = np.diff(sums) / np.diff(at)
    within, beyond = top - int(at[place]), int(at[place + 1]) - top
    low = slope[place] * within
    high = sums[place + 1] - sums[place] - (slope[place + 1] * beyond if place + 1 < len(slope) else 0.0)
    if place > 0:
        high = min(high, slope[place - 1] * within)
    whole = sums[place + 1] - sums[place]
    parts = ((cost[at[place] : top], low, high), (cost[top : at[place + 1]], whole - high, whole - low))
    return any(not _are_enough(part, limits) and most * (1.0 - WITHIN) <= least * (1.0 + WITHIN) for part, least, most in parts)


def _are_enough(cost: Array, limits: Limits) -> bool:
    """Whether a sum of these citizens, the most expensive first, may be known."""
    return len(cost) >= limits.min_citizens and bool(cost[0] <= limits.max_top_share * cost.sum())
