"""Who reaches 18 and 23, when, and what awaits them: what leaves one committee's frame and enters another's.

Expectations over cells of service, age and time spent; no path of one citizen is drawn here. Prices are those of citizens who
entered the next service lately, and of those who are in the service today.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from models.citizens.endings import LIMITS, age_cell, duration_cell
from models.citizens.radar_hidden import Leaving, shown_of
from models.citizens.radar_leaving import both_shown, sides_of
from models.pressure import published_frame
from models.secondary import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from models.citizens.endings import Endings
    from models.citizens.entrants import Entrants
    from models.citizens.radar_hidden import Committees, RadarKey, Shown
    from models.citizens.radar_leaving import ShownLeft
    from models.citizens.stays import Flags, Index, Stays
    from models.types import Array

YEARS = 4
"""So many whole years ahead, by quarter."""
AGES = (18, 23)
ALL = "all"
NEAR = 1
_COLUMNS = (
    "age", "period", "from_committee", "to_committee", "to_service", "reaching", "expected", "yearly_cost_real",
    "yearly_cost_q10_real", "yearly_cost_q90_real", "mask",
)  # fmt: skip
_LEFT_COLUMNS = tuple("from_service" if name == "to_service" else name for name in _COLUMNS if name != "reaching")


def transition_radar(
    stays: Stays,
    endings: Endings,
    entrants: Entrants,
    services: pd.DataFrame,
    *,
    masked: Collection[str] = (),
    earlier: Collection[RadarKey] = (),
    min_citizens: int,
    max_top_share: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sides of who reaches an age: by quarter in all, by year for each service that they enter, and that they leave.

    Args:
        stays: As known at the cutoff.
        endings: How stays end; around a birthday.
        entrants: Whose prices await them.
        services: service, committee.
        masked: Services that the run hides: they are in the sums alone.
        earlier: What earlier runs of the home hid (``models.citizens.radar_hidden``).
        min_citizens: Figures of fewer citizens are hidden, with what would give them back.
        max_top_share: The same where one citizen holds more of it. Services hidden in one sum take one price, of their
            entrants together: a price of its own would follow from the sums. Where those are fewer, or priced mostly by one, it
            is the price of all services' entrants.

    Returns:
        TRANSITION_RADAR and TRANSITION_LEAVING, one row per age, period, pair of committees and service (``all``: every one);
        between two committees as many leave as enter. Cost is a full year's of the service entered, or left, at the run's price
        level. Periods are whole quarters to come, what is left of the year in them, and four whole years. Hidden rows hold no
        figure.
    """
    committee = services.set_index("service")["committee"].astype(str).reindex(list(stays.services)).to_numpy(dtype=object)
    limits = Limits(min_citizens, max_top_share)
    entry = _Prices(stays, entrants.donors, limits)
    open_stays = tuple(np.flatnonzero(stays.open & (stays.service == place)) for place in range(len(stays.services)))
    today = _Prices(stays, open_stays, limits)
    rows: list[dict[str, object]] = []
    left_rows: list[dict[str, object]] = []
    for age, limit in zip(AGES, LIMITS[: len(AGES)], strict=True):
        stay, month, chance = _reaching(stays, endings, limit)
        service = stays.service[stay]
        moves = chance[:, None] * endings.share_going_on[service, NEAR][:, None] * endings.destination[service, NEAR]
        for origin in sorted(set(committee[service])):
            mine = committee[service] == origin
            leaving = Leaving(stays.person[stay[mine]], stays.cutoff + 1 + month[mine], moves[mine], stays.services)
            closed = {key[2] for key in earlier if key[:2] == (str(age), str(origin))}
            shown = shown_of(leaving, committee, first=stays.cutoff + 1, masked=masked, closed=closed, limits=limits)
            sides = sides_of(leaving, service[mine], chance[mine], committee)
            shown, left = both_shown(shown, sides, committee, masked=masked, closed=closed, limits=limits)
            keys = {"age": age, "from_committee": str(origin)}
            entered = entry.told(shown.by_service, [committee == target for target in sorted(set(committee))])
            rows += [keys | row for row in radar_rows(leaving, entered, committee, shown)]
            left_rows += [keys | row for row in leaving_rows(today.told(left.by_service, [committee == origin]), left)]
    return (
        published_frame("transition_radar", pd.DataFrame(rows, columns=list(_COLUMNS))),
        published_frame("transition_leaving", pd.DataFrame(left_rows, columns=list(_LEFT_COLUMNS))),
    )


def _reaching(stays: Stays, endings: Endings, limit: int) -> tuple[Index, Index, Array]:
    """Open stays whose citizen reaches an age in a period shown: places, month ahead (0 the first), chance to be there still."""
    first = stays.cutoff + 1
    begin, end = (-(-first // months) * months - first for months in (3, 12))
    ahead = stays.birth + limit - first
    stay = np.flatnonzero(stays.open & (ahead >= begin) & (ahead < end + 12 * YEARS))
    month = ahead[stay]
    step = np.arange(end + 12 * YEARS)
    age = stays.cutoff + 1 - stays.birth[stay]
    spent = stays.cutoff + 1 - stays.start[stay]
    rate = endings.rate[stays.service[stay, None], age_cell(age[:, None] + step), duration_cell(spent[:, None] + step)]
    survival = np.cumprod(np.c_[np.ones(len(stay)), 1.0 - rate], axis=1)
    before = survival[np.arange(len(stay)), np.maximum(month - 1, 0)]
    after = survival[np.arange(len(stay)), month + 1]
    return stay, month, np.asarray(before - after, dtype=np.float64)


def radar_rows(leaving: Leaving, prices: Array, committee: Committees, shown: Shown) -> list[dict[str, object]]:
    """Rows of those who leave one committee at one age, by quarter and year.

    Args:
        leaving: They.
        prices: (2, S) mean and standard deviation of a full year's price; of hidden services the common one.
        committee: (S,) of each service.
        shown: What is shown of them.

    Returns:
        Keys and figures; what is hidden is there without figures, also where there is nothing: that would tell.
    """
    rows: list[dict[str, object]] = []
    for target in sorted(set(committee)):
        into = np.flatnonzero(committee == target)
        reached = into[(leaving.moves[:, into] > 0).any(axis=0)]
        word = partial(shown.word, target=str(target))
        rows += [{"to_committee": str(target)} | row for row in _block("to_service", leaving, reached, prices, word, shown)]
    return rows


def leaving_rows(prices: Array, left: ShownLeft) -> list[dict[str, object]]:
    """The same of the services that are left, for every committee entered and for none.

    Args:
        prices: (2, S) of a full year today; of hidden services the common one.
        left: What is shown of them.
    """
    rows: list[dict[str, object]] = []
    for target, side in left.sides.items():
        reached = np.flatnonzero((side.moves > 0).any(axis=0))
        word = partial(left.word, target=target)
        rows += [{"to_committee": target} | row for row in _block("from_service", side, reached, prices, word, left.both)]
    return rows


def _block(
    key: str, leaving: Leaving, reached: Index, prices: Array, word: Callable[..., str], shown: Shown
) -> Iterator[dict[str, object]]:
    """Years by service and in all, and quarters in all, of those who go to one committee."""
    for year, inside in leaving.years():
        for name, places in [(ALL, reached), *((leaving.services[place], reached[[n]]) for n, place in enumerate(reached))]:
            mask = word(year, places=places if name != ALL else None)
            yield from _row({"period": str(year), key: name}, leaving, inside, prices, places, mask)
        for quarter, part in shown.quarters(leaving, year) if len(reached) else ():
            told: dict[str, object] = {"period": f"{year}-Q{quarter}", key: ALL}
            yield from _row(told, leaving, part, prices, reached, "" if year in shown.by_quarter else "primary")


def _row(
    told: dict[str, object], leaving: Leaving, inside: Flags, prices: Array, places: Index, mask: str
) -> list[dict[str, object]]:
    """One row; none where nothing is hidden and nothing expected."""
    if mask:
        return [told | {"mask": mask}]
    figures = _figures(leaving.moves[inside][:, places], prices[:, places])
    reaching = len(set(leaving.person[inside].tolist()))
    return [told | {"reaching": reaching, "mask": ""} | figures] if figures["expected"] > 0 else []


@dataclass(frozen=True)
class _Prices:
    """A full year's price of each service: of a group of stays in it."""

    stays: Stays
    groups: tuple[Index, ...]
    limits: Limits

    def told(self, by_service: Flags, sums: Iterable[Flags]) -> Array:
        """(2, S) mean and standard deviation.

        Hidden services of one sum take one price, that of their groups together; it stands on no move, so it tells of none.

        Args:
            by_service: (S,) services shown by themselves.
            sums: (S,) services that add up to one sum, for each.
        """
        common = self._of(np.concatenate(self.groups))
        found = np.array([self._of(group) if self._enough(group) else common for group in self.groups]).T
        for inside in sums:
            hidden = np.flatnonzero(inside & ~by_service).tolist()
            groups = [self.groups[place] for place in hidden if len(self.groups[place])]
            together = np.concatenate(groups) if len(groups) >= 2 else np.zeros(0, dtype=np.int64)
            found[:, hidden] = np.array(self._of(together) if self._enough(together) else common)[:, None]
        return found

    def _of(self, group: Index) -> tuple[float, float]:
        yearly = self._yearly(group)
        return (float(yearly.mean()), float(yearly.std())) if len(yearly) else (0.0, 0.0)

    def _enough(self, group: Index) -> bool:
        yearly = self._yearly(group)
        _, who = np.unique(self.stays.person[group], return_inverse=True)
        held = np.bincount(who, weights=yearly)
        return len(held) >= self.limits.min_citizens and bool(held.max() <= self.limits.max_top_share * yearly.sum())

    def _yearly(self, group: Index) -> Array:
        return 12.0 * self.stays.price[group] * self.stays.volume[group]


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
