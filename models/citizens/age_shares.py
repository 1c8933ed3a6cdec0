"""Shares of a service's expected citizens and list cost by age, in bands of enough citizens: AGE_SHARES."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.age_bands import join_small
from models.citizens.expected import presence, survival
from models.pressure import published_frame

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from models.age_bands import ShownBands
    from models.citizens.expected import Expected
    from models.types import Array

_COLUMNS = ["service", "year", "age_band", "volume_share", "cost_share"]


def age_shares(
    expected: Expected,
    months: pd.DatetimeIndex,
    bands: Mapping[str, tuple[int, int]],
    joined: ShownBands,
    *,
    shown: Collection[str],
    few: int,
) -> pd.DataFrame:
    """Shares by service, year and band.

    A band is joined where the run's bars by age join it, and on with a neighbour until each holds ``few`` expected citizens in
    every year. A band is never hidden, so nothing follows from what is left; a service with one band only has no rows.

    Args:
        expected: The roll-forward as its expectation.
        months: Months ahead.
        bands: Band -> first and last age, both included.
        joined: Bands that the run joins.
        shown: Services whose months are shown.
        few: Fewest expected citizens of a band.
    """
    years = sorted(set(months.year.tolist()))
    rows = []
    for place, service in enumerate(expected.services):
        if service not in shown:
            continue
        people, volume, cost = _by_band(expected, place, months, years, bands)
        number = {band: place for place, band in enumerate(bands)}
        together = {number[band]: number[to] for (key, band), to in joined.moved.items() if key == service}
        groups = _groups(people, together, few)
        if len(groups) < 2:
            continue
        names = [_name(bands, group) for group in groups]
        parts = [np.stack([table[:, group].sum(axis=1) for group in groups], axis=1) for table in (volume, cost)]
        if any((part.sum(axis=1) <= 0).any() for part in parts):
            continue
        shares = [part / part.sum(axis=1, keepdims=True) for part in parts]
        rows += [
            (service, year, name, float(shares[0][y, g]), float(shares[1][y, g]))
            for y, year in enumerate(years)
            for g, name in enumerate(names)
        ]
    return published_frame("age_shares", pd.DataFrame(rows, columns=_COLUMNS))


def _by_band(
    expected: Expected, service: int, months: pd.DatetimeIndex, years: list[int], bands: Mapping[str, tuple[int, int]]
) -> tuple[Array, Array, Array]:
    """(Y, B) people, full-time citizens and list cost, means over the months of a year."""
    cells, horizon = expected.cells[service], len(months)
    edges = 12 * np.array([low for low, _ in bands.values()])
    month = np.arange(horizon)
    age = cells.age[:, None] + np.maximum(month[None] - cells.begin[:, None], 0)
    band = np.clip(np.searchsorted(edges, age, side="right") - 1, 0, len(edges) - 1)
    _, alive = survival(cells, expected.endings, service, horizon)
    there = month[None] >= cells.begin[:, None]
    filled = presence(cells, expected.endings, service, horizon)
    year = np.searchsorted(years, months.year.to_numpy())
    place = (year[None] * len(edges) + band).ravel()
    length = np.bincount(year, minlength=len(years)).astype(np.float64)[:, None]

    def summed(weights: Array) -> Array:
        found = np.bincount(place, weights=weights.ravel(), minlength=len(years) * len(edges)).reshape(len(years), len(edges))
        return np.asarray(found / length)

    return (
        summed(cells.people[:, None] * alive * there),
        summed(cells.volume[:, None] * filled),
        summed(cells.cost[:, None] * filled),
    )


def _groups(people: Array, together: Mapping[int, int], few: int) -> list[list[int]]:
    """Neighbouring bands, joined until each holds enough in every year; bands without anybody lie with a neighbour."""
    present = [band for band in range(people.shape[1]) if people[:, band].max() > 1e-6]
    groups: list[list[int]] = []
    for band in present:
        reaches = any(together.get(one, one) == together.get(two, two) for one in present for two in present if one < band <= two)
        if groups and reaches:
            groups[-1].append(band)
        else:
            groups.append([band])
    return join_small(groups, lambda group: float(people[:, group].sum(axis=1).min()), few)


def _name(bands: Mapping[str, tuple[int, int]], group: list[int]) -> str:
    """Ages that a group spans, as its bands are named."""
    names = list(bands)
    first, last = names[group[0]], names[group[-1]]
    if first == last:
        return first
    low = bands[first][0]
    return f"{low}+" if last.endswith("+") else f"{low}-{bands[last][1]}"
