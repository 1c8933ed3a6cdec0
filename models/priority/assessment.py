"""The citizens' assessment of an option: how many more or fewer get the help, weighted by how those who get it rate it.

A service without a rating, or with one on few answers, has no weight: it is not lit (*ikke belyst*), which is something else than
nobody minding. What councils of citizens answered in a hearing is shown as they wrote it and never counted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.priority.option import scenario_of
from models.scenario.people import citizens_affected

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from models.priority.option import Item, Portfolio
    from models.scenario.baseline import Baseline
    from models.types import Array


@dataclass(frozen=True, eq=False)
class Assessment:
    """What citizens would say of every item, as far as it is known. I items.

    Attributes:
        points: (I,) full-time citizens more (plus) or fewer, mean of the portfolio's years, times the share of full marks that
            those who get the help give it. Services without a rating count nothing.
        citizens: (I,) full-time citizens more or fewer, shown services, mean of the years.
        unlit: (I,) of these, how many (without sign) are in services without a rating.
        touched: (I,) whether the item changes how many get help at all.
    """

    points: Array
    citizens: Array
    unlit: Array
    touched: np.ndarray[tuple[int], np.dtype[np.bool_]]


def ratings_by_service(table: pd.DataFrame | None) -> dict[str, float]:
    """Newest period's rating of every service that has one, 0 to 100, weighted by answers.

    Args:
        table: CITIZEN_RATINGS as published; None: an older run, or none came.

    Example:
        >>> import pandas as pd
        >>> rows = pd.DataFrame({
        ...     "service": ["a", "a", "b"], "period": ["2024", "2025", "2025"], "responses": [50, 40, None],
        ...     "score_pct": [60.0, 70.0, None], "mask": ["", "", "small"]})
        >>> ratings_by_service(rows)
        {'a': 70.0}
    """
    if table is None or table.empty:
        return {}
    known = table[(table["mask"] == "") & table["score_pct"].notna()]
    found: dict[str, float] = {}
    for service, rows in known.groupby("service", sort=True):
        newest = rows[rows["period"].astype(str) == max(rows["period"].astype(str))]
        answers = newest["responses"].to_numpy(dtype=np.float64)
        found[str(service)] = float(np.average(newest["score_pct"].to_numpy(dtype=np.float64), weights=answers))
    return found


def assess(
    baseline: Baseline, portfolio: Portfolio, items: tuple[Item, ...], years: tuple[int, ...], ratings: Mapping[str, float]
) -> Assessment:
    """Weigh every item by the ratings of the services whose volume it changes.

    Args:
        baseline: The run.
        portfolio: What the items belong to.
        items: Options at levels.
        years: Years to take the mean of.
        ratings: Service -> 0 to 100 (:func:`ratings_by_service`).
    """
    points, citizens, unlit = np.zeros(len(items)), np.zeros(len(items)), np.zeros(len(items))
    touched = np.zeros(len(items), dtype=bool)
    for place, item in enumerate(items):
        table = citizens_affected(baseline, scenario_of(portfolio, (item,)), min_citizens=0)
        table = table[table["year"].isin(years)]
        change = (table.groupby("service")["change_mean"].sum() / len(years)).astype(float)
        touched[place] = bool(len(change))
        citizens[place] = float(change.sum())
        for service, value in change.items():
            rating = ratings.get(str(service))
            points[place] += 0.0 if rating is None else value * rating / 100.0
            unlit[place] += abs(value) if rating is None else 0.0
    return Assessment(points, citizens, unlit, touched)
