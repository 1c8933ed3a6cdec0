"""Who reaches 18 and 23, when, and what awaits them: what leaves one committee's frame and enters another's.

Expectations over cells of service, age and time spent; no path of one citizen is drawn here. Prices are those of citizens who
entered the next service lately.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from models.citizens.endings import LIMITS, age_cell, duration_cell
from models.pressure import published_frame

if TYPE_CHECKING:
    from models.citizens.endings import Endings
    from models.citizens.entrants import Entrants
    from models.citizens.stays import Index, Stays
    from models.types import Array

YEARS = 4
"""So many years ahead, by quarter."""
AGES = (18, 23)
ALL = "all"
NEAR = 1
_COLUMNS = (
    "age", "period", "from_committee", "to_committee", "to_service", "reaching", "expected", "yearly_cost_real",
    "yearly_cost_q10_real", "yearly_cost_q90_real", "mask",
)  # fmt: skip


def transition_radar(
    stays: Stays, endings: Endings, entrants: Entrants, services: pd.DataFrame, *, min_citizens: int, max_top_share: float
) -> pd.DataFrame:
    """TRANSITION_RADAR: by quarter over all services, by year for each service they are expected to enter.

    Args:
        stays: As known at the cutoff.
        endings: How stays end; around a birthday.
        entrants: Whose prices await them.
        services: service, committee.
        min_citizens: A period that fewer citizens reach is hidden, and all quarters of its year with it.
        max_top_share: A service whose entrants' prices are of fewer, or mostly of one, takes the price of all services' entrants:
            hidden, it would follow from the sums.

    Returns:
        One row per age, period, pair of committees and service (``all``: every one). Cost is a full year's, at the run's price
        level. Hidden rows hold no figure.
    """
    committee = services.set_index("service")["committee"].astype(str).reindex(list(stays.services)).to_numpy(dtype=object)
    parts = [_reaching(stays, endings, limit) for limit in LIMITS[: len(AGES)]]
    prices = _entry_prices(stays, entrants, min_citizens, max_top_share)
    rows: list[dict[str, object]] = []
    for age, (stay, month, chance) in zip(AGES, parts, strict=True):
        service = stays.service[stay]
        moves = chance[:, None] * endings.share_going_on[service, NEAR][:, None] * endings.destination[service, NEAR]
        for origin in sorted(set(committee[service])):
            mine = committee[service] == origin
            keys = {"age": age, "from_committee": str(origin)}
            leaving = _Leaving(stays.person[stay[mine]], stays.cutoff + 1 + month[mine], moves[mine])
            rows += [keys | row for row in _of_committee(leaving, prices, stays.services, committee)]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    return published_frame("transition_radar", _hidden(table, min_citizens))


def _reaching(stays: Stays, endings: Endings, limit: int) -> tuple[Index, Index, Array]:
    """Open stays whose citizen reaches an age within four years: places, month ahead (0 the first), chance to be there still."""
    ahead = stays.birth + limit - (stays.cutoff + 1)
    stay = np.flatnonzero(stays.open & (ahead >= 0) & (ahead < 12 * YEARS))
    month = ahead[stay]
    step = np.arange(12 * YEARS)
    age = stays.cutoff + 1 - stays.birth[stay]
    spent = stays.cutoff + 1 - stays.start[stay]
    rate = endings.rate[stays.service[stay, None], age_cell(age[:, None] + step), duration_cell(spent[:, None] + step)]
    survival = np.cumprod(np.c_[np.ones(len(stay)), 1.0 - rate], axis=1)
    before = survival[np.arange(len(stay)), np.maximum(month - 1, 0)]
    after = survival[np.arange(len(stay)), month + 1]
    return stay, month, np.asarray(before - after, dtype=np.float64)


@dataclass(frozen=True)
class _Leaving:
    """Open stays of one committee that reach an age: citizens, month numbers, expected moves by service."""

    person: Index
    month: Index
    moves: Array


def _of_committee(
    leaving: _Leaving, prices: Array, services: tuple[str, ...], committee: np.ndarray[tuple[int], np.dtype[np.object_]]
) -> list[dict[str, object]]:
    """Rows by quarter and year."""
    rows: list[dict[str, object]] = []
    for months in (3, 12):
        spans = leaving.month // months
        for span in np.unique(spans).tolist():
            inside = spans == span
            named = str(span) if months == 12 else f"{span // 4}-Q{span % 4 + 1}"
            told = {"period": named, "reaching": len(set(leaving.person[inside].tolist()))}
            for target in sorted(set(committee)):
                into = np.flatnonzero(committee == target)
                asked = [(ALL, into), *((services[place], into[[n]]) for n, place in enumerate(into) if months == 12)]
                for name, places in asked:
                    figures = _figures(leaving.moves[inside][:, places], prices[:, places])
                    if figures["expected"] > 0:
                        rows.append(told | {"to_committee": str(target), "to_service": name} | figures)
    return rows


def _entry_prices(stays: Stays, entrants: Entrants, min_citizens: int, max_top_share: float) -> Array:
    """(2, S) mean and standard deviation of a full year's price of those who entered lately."""
    yearly = 12.0 * stays.price * stays.volume
    every = yearly[np.concatenate(entrants.donors)]
    found = np.zeros((2, len(stays.services)))
    for place, donors in enumerate(entrants.donors):
        own = yearly[donors]
        enough = len(set(stays.person[donors].tolist())) >= min_citizens and own.max() <= max_top_share * own.sum()
        known = own if enough else every
        found[:, place] = (known.mean(), known.std()) if len(known) else 0.0
    return found


def _figures(moves: Array, prices: Array) -> dict[str, float]:
    """Expected moves and their yearly cost: each citizen comes or not, at a price that scatters."""
    mean, spread = prices
    cost = float((moves * mean).sum())
    variance = float((moves * (mean**2 + spread**2) - (moves * mean) ** 2).sum())
    reach = ndtri(0.9) * np.sqrt(max(variance, 0.0))
    return {
        "expected": float(moves.sum()),
        "yearly_cost_real": cost,
        "yearly_cost_q10_real": max(cost - reach, 0.0),
        "yearly_cost_q90_real": cost + reach,
    }


def _hidden(table: pd.DataFrame, min_citizens: int) -> pd.DataFrame:
    """Empty what few citizens reach, and every quarter of a year of which one is so small."""
    small = table["reaching"].astype(float) < min_citizens
    year, is_quarter = table["period"].astype(str).str[:4], table["period"].astype(str).str.contains("Q")
    few_of_year = small.where(is_quarter, other=False).groupby([table["age"], table["from_committee"], year]).transform("any")
    mask = np.select([small, is_quarter & few_of_year], ["primary", "secondary"], default="")
    figures = ["reaching", "expected", "yearly_cost_real", "yearly_cost_q10_real", "yearly_cost_q90_real"]
    return table.assign(**{name: table[name].where(mask == "") for name in figures}, mask=mask)
