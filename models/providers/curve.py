"""COST_CONCENTRATION: how much of the cost the most expensive citizens carry, as a share curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.levels import members_of
from models.pressure import published_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.providers.hidden import Limits
    from models.types import Array, DriverTables

POINTS = (1, 5, 10, 20, 50)
"""Per cent of citizens, the most expensive first."""
_MONTHS = 12
_COLUMNS = ["level", "member", "top_pct", "cost_share", "n_top", "n_citizens", "mask"]


def cost_concentration(
    stays: pd.DataFrame, drivers: DriverTables, *, masked: Mapping[tuple[str, str], str], limits: Limits
) -> pd.DataFrame:
    """Share of list cost of the newest 12 months by the most expensive citizens of each member.

    A point is shown where the citizens it adds to the point shown before and those it leaves out are each enough, and none of
    either holds too much of their cost.

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
    found: list[tuple[int, float, int | None, int | None, str]] = []
    reached, count = 0, len(cost)
    for point in POINTS:
        top = int(np.ceil(count * point / 100.0))
        if word or not all(_are_enough(part, limits) for part in (cost[reached:top], cost[top:])):
            found.append((point, np.nan, None, None, word or "primary"))
            continue
        reached = top
        found.append((point, float(cost[:top].sum() / cost.sum()), top, count, ""))
    return found


def _are_enough(cost: Array, limits: Limits) -> bool:
    """Whether a sum of these citizens, the most expensive first, may be known."""
    return len(cost) >= limits.min_citizens and bool(cost[0] <= limits.max_top_share * cost.sum())
