"""What every choice of options does, exactly: a scenario is a sum of products, so a choice is a sum over sets of chosen items.

Each term of the scenario engine is a base times one factor per lever. Put an item's factors together, write each as its value
when off plus a step when chosen, and multiply out: every set of items that meet in a term has a coefficient, by year and draw.
Sets of one item are what it does alone; larger ones are what the second finds less of. Where very many items meet, only small
sets are worked out, and the engine's own evaluation of what was chosen tells what the rest is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from models.priority.option import TOTAL, Item, Portfolio, items_of, scenario_of
from models.scenario.attribution import year_share
from models.scenario.check import check_scenario
from models.scenario.faults import ScenarioFault, ScenarioInvalid, shown_value
from models.scenario.terms import make_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from models.scenario.baseline import Baseline
    from models.scenario.terms import Term
    from models.types import Array


Key = tuple[str, str]
_MOST_SETS = 40_000
"""Coefficients of all terms together that may be worked out, some 60 microseconds each; above, sets are kept small."""


@dataclass(frozen=True, eq=False)
class Effects:
    """What items do to the members that have a frame. I items, Y years, D draws.

    Attributes:
        items: In the order of ids.
        years: (Y,) the portfolio's years.
        sets: Sets of items (places, rising) that have a coefficient.
        draws: Member -> (len(sets), Y, D) change of expenditure, DKK a year at the run's price level.
        mean: Member -> (len(sets), Y) expected change.
        before: Member -> (Y, D) what the options act on, without them.
        room: Member -> (Y,) what the draws may come to without passing the frame and its allowed deviation.
        published: Member -> (Y,) probability of passing it, as the run published it; NaN: at another allowed deviation.
        total: (len(sets), Y) expected change of the total.
        complete: Whether no set was left out.
    """

    items: tuple[Item, ...]
    years: tuple[int, ...]
    sets: tuple[tuple[int, ...], ...]
    draws: Mapping[Key, Array]
    mean: Mapping[Key, Array]
    before: Mapping[Key, Array]
    room: Mapping[Key, Array]
    published: Mapping[Key, Array]
    total: Array
    complete: bool

    @property
    def n_draws(self) -> int:
        """Draws of the run."""
        return int(next(iter(self.before.values())).shape[1])

    def chosen_sets(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """(len(sets),) whether all items of a set are chosen."""
        return np.array([bool(chosen[list(members)].all()) for members in self.sets], dtype=bool)

    def over(self, member: Key, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """(Y, D) whether a draw passes the frame when these items are chosen."""
        moved = self.before[member] + self.draws[member][self.chosen_sets(chosen)].sum(axis=0)
        return np.asarray(moved > self.room[member][:, None])

    def probability_over(self, member: Key, over: npt.NDArray[np.bool_]) -> Array:
        """(Y,) probability of passing the frame: the published one moved by the draws' difference, as in the scenario engine."""
        was = (self.before[member] > self.room[member][:, None]).mean(axis=1)
        share = over.mean(axis=1)
        moved = np.clip(self.published[member] + (share - was), 0.0, 1.0)
        return np.asarray(np.where(np.isfinite(self.published[member]), moved, share))


def check_portfolio(portfolio: Portfolio, baseline: Baseline) -> tuple[ScenarioFault, ...]:
    """Find everything in a portfolio that a run can't carry.

    Args:
        portfolio: As read.
        baseline: The run.

    Returns:
        Faults in the order of the file; none: it can be weighed.
    """
    found: list[ScenarioFault] = []
    if portfolio.run_id and baseline.run_id and portfolio.run_id != baseline.run_id:
        remedy = "Open the run it is pinned to, or take the pin out"
        fault = ScenarioFault("run", "run_id", "", "The portfolio is pinned to another run", "Its figures belong there", remedy)
        found.append(fault)
    if TOTAL not in baseline.inside:
        what, why = "The run hides its total", "What a choice saves on it would tell of few citizens"
        found.append(ScenarioFault("few_citizens", "frames", "", what, why, "Use a run that shows it"))
        return tuple(found)
    for place, option in enumerate(portfolio.options):
        for at, level in enumerate(option.levels):
            alone = scenario_of(portfolio, (Item(option, level),))
            prefix = f"options[{place}].levels[{at}]."
            found += [
                ScenarioFault(fault.code, prefix + fault.where, fault.value, fault.what, fault.why, fault.remedy)
                for fault in check_scenario(alone, baseline)
                if fault.code != "run"
            ]
            found += _too_early(portfolio, baseline, option.startup_months, level.levers, prefix)
    budgets = {
        (str(level), str(member), int(year))
        for level, member, year, budget in baseline.members[["level", "member", "year", "budget"]].to_numpy(dtype=object)
        if np.isfinite(budget)
    }
    for place, frame in enumerate(portfolio.frames):
        years = portfolio.years or default_years(baseline)
        missing = [year for year in years if (*frame.key, year) not in budgets]
        if missing or not years:
            what = "The run has no appropriation for this frame in a year it is to be kept in"
            value = shown_value(missing[0] if missing else "")
            why, remedy = "Nothing says what keeping it would be", "Name a frame and years that the run shows"
            found.append(ScenarioFault("frame", f"frames[{place}]", value, what, why, remedy))
        stray = [year for year, _ in frame.years if year not in years]
        if stray:
            what = "An allowed deviation is given for a year in which the frame need not be kept"
            where = f"frames[{place}].allowed_deviation_dkk"
            found.append(
                ScenarioFault("outside_horizon", where, shown_value(stray[0]), what, "It binds nothing", "Add it to years")
            )
    return tuple(found)


def _too_early(portfolio: Portfolio, baseline: Baseline, startup: int, levers: object, prefix: str) -> list[ScenarioFault]:
    """Levers that start before they can: a decision takes time to put into practice."""
    if not portfolio.decided or not startup:
        return []
    month = int(portfolio.decided[:4]) * 12 + int(portfolio.decided[5:7]) - 1 + startup
    first = baseline.first[0] * 12 + baseline.first[1] - 1
    found = []
    for lever in levers:  # type: ignore[attr-defined]
        start = int(lever.start[:4]) * 12 + int(lever.start[5:7]) - 1 if lever.start else first
        if start < month:
            what = "A lever starts before the option's start-up time is over"
            remedy = f"Let it start in {month // 12}-{month % 12 + 1:02d} at the earliest"
            why = "Its effect in the first year would be a promise that can't be kept"
            found.append(ScenarioFault("too_early", f"{prefix}start", lever.start, what, why, remedy))
    return found


def default_years(baseline: Baseline) -> tuple[int, ...]:
    """Whole years ahead for which the total has an appropriation.

    A year that has begun is left out: little of it can be moved.
    """
    first, month = baseline.first
    total = baseline.members[(baseline.members["level"] == "total") & baseline.members["budget"].notna()]
    return tuple(sorted({int(year) for year in total["year"] if int(year) >= first + (month > 1)}))


def work_out(baseline: Baseline, portfolio: Portfolio) -> Effects:
    """Coefficients of every set of items that meet; where there are too many, of the small sets only.

    Args:
        baseline: The run.
        portfolio: Options that the run can carry.

    Raises:
        ScenarioInvalid: The run can't carry it; with every fault.
    """
    faults = check_portfolio(portfolio, baseline)
    if faults:
        raise ScenarioInvalid.of(faults)
    items = items_of(portfolio)
    plan = make_plan(baseline, scenario_of(portfolio, items))
    owner = {lever.lever_id: place for place, item in enumerate(items) for lever in item.level.levers}
    of_lever = [owner[lever.lever_id] for lever in plan.scenario.levers]
    years = portfolio.years or default_years(baseline)
    rows = np.array([baseline.years.index(year) for year in years])
    found = _Sums(baseline, items, rows, tuple(frame.key for frame in portfolio.frames))
    meeting = [len({of_lever[factor.lever] for factor in term.factors}) for term in plan.terms]
    most = next(size for size in (max(meeting, default=0), 4, 3, 2) if _n_sets(meeting, size) <= _MOST_SETS or size == 2)
    for term in plan.terms:
        found.add(term, of_lever, most)
    return found.effects(portfolio, years)


def _n_sets(meeting: list[int], most: int) -> int:
    return sum(comb(count, size) for count in meeting for size in range(min(most, count) + 1))


class _Sums:
    """Adds up coefficients over terms."""

    def __init__(
        self, baseline: Baseline, items: tuple[Item, ...], rows: npt.NDArray[np.int64], members: tuple[Key, ...]
    ) -> None:
        self.baseline, self.items, self.rows, self.members = baseline, items, rows, members
        self.n_draws = baseline.monthly.shape[2]
        self.draws: dict[tuple[int, ...], dict[Key, Array]] = {}
        self.mean: dict[tuple[int, ...], dict[Key, Array]] = {}
        self.total: dict[tuple[int, ...], Array] = {}
        self.complete = True

    def add(self, term: Term, of_lever: list[int], most: int) -> None:
        meeting = sorted({of_lever[factor.lever] for factor in term.factors})
        if not meeting:
            return
        steps = {item: _step(term, of_lever, item, self.n_months) for item in meeting}
        always = tuple(item for item in meeting if steps[item].off == 0.0)
        free = tuple(item for item in meeting if steps[item].off != 0.0)
        largest = min(len(free), max(0, most - len(always)))
        self.complete &= largest >= len(free)
        weights = (year_share(self.baseline, term) * term.base)[self.rows]
        for size in range(largest + 1):
            for extra in combinations(free, size):
                chosen = tuple(sorted((*always, *extra)))
                if chosen and not self._same_option(chosen):
                    self._put(term, weights, chosen, steps)

    @property
    def n_months(self) -> int:
        return len(self.baseline.months)

    def _same_option(self, chosen: tuple[int, ...]) -> bool:
        options = [self.items[place].option.option_id for place in chosen]
        return len(set(options)) < len(options)

    def _put(self, term: Term, weights: Array, chosen: tuple[int, ...], steps: Mapping[int, _Step]) -> None:
        mean = np.ones(self.n_months)
        drawn: Array | None = None
        for item in chosen:
            mean = mean * steps[item].mean
            step = steps[item].draws
            if step is not None:
                drawn = step if drawn is None else drawn * step
        certain = np.ones(self.n_months)
        for item in chosen:
            certain = certain * (steps[item].mean if steps[item].draws is None else 1.0)
        mean_source = np.ones(self.n_months) if term.source < 0 else self.baseline.monthly_mean[term.source]
        expected = weights @ (mean * mean_source)
        source = None if term.source < 0 else self.baseline.monthly[term.source]
        if drawn is not None:
            source = drawn if source is None else source * drawn
        by_draw = ((weights * certain).sum(axis=1)[:, None] if source is None else (weights * certain) @ source) + 0.0
        by_draw = np.broadcast_to(by_draw, (len(self.rows), self.n_draws))
        self.total[chosen] = self.total.get(chosen, 0.0) + expected
        for member in self.members:
            if self.baseline.inside[member][term.sink]:
                draws, means = self.draws.setdefault(chosen, {}), self.mean.setdefault(chosen, {})
                draws[member] = draws[member] + by_draw if member in draws else by_draw.copy()
                means[member] = means[member] + expected if member in means else expected

    def effects(self, portfolio: Portfolio, years: tuple[int, ...]) -> Effects:
        baseline, shape = self.baseline, (len(years), self.n_draws)
        alone = {(place,) for place in range(len(self.items))}
        sets = tuple(sorted(alone | set(self.total), key=lambda chosen: (len(chosen), chosen)))
        draws, mean, before, room, published = {}, {}, {}, {}, {}
        for frame in portfolio.frames:
            key = frame.key
            raw = np.stack([self.draws.get(chosen, {}).get(key, np.zeros(shape)) for chosen in sets])
            expected = np.stack([self.mean.get(chosen, {}).get(key, np.zeros(len(years))) for chosen in sets])
            draws[key] = raw + (expected - raw.mean(axis=2))[:, :, None]
            mean[key] = expected
            before[key] = baseline.sums[key][self.rows]
            room[key], published[key] = _room(baseline, key, years, dict(frame.years), before[key])
        total = np.stack([self.total.get(chosen, np.zeros(len(years))) for chosen in sets])
        return Effects(self.items, years, sets, draws, mean, before, room, published, total, self.complete)


@dataclass(frozen=True, eq=False)
class _Step:
    """An item in one term: its value when off, and what choosing it adds to that."""

    off: float
    mean: Array
    draws: Array | None


def _step(term: Term, of_lever: list[int], item: int, n_months: int) -> _Step:
    off, mean, drawn = 1.0, np.ones(n_months), None
    for factor in term.factors:
        if of_lever[factor.lever] != item:
            continue
        off *= factor.off
        if factor.draws is None:
            mean = mean * factor.mean
            drawn = None if drawn is None else drawn * factor.mean[:, None]
        else:
            drawn = factor.draws * mean[:, None] if drawn is None else drawn * factor.draws
            mean = mean * factor.mean
    return _Step(off, mean - off, None if drawn is None else drawn - off)


def _room(
    baseline: Baseline, key: Key, years: tuple[int, ...], allowed: Mapping[int, float], before: Array
) -> tuple[Array, Array]:
    """(Y,) what the draws may come to, and the published probability of passing the frame."""
    rows = baseline.members[(baseline.members["level"] == key[0]) & (baseline.members["member"] == key[1])].set_index("year")
    budget = np.array([float(rows["budget"][year]) for year in years])
    expected = np.array([float(rows["mean"][year]) for year in years])
    extra = np.array([allowed.get(year, 0.0) for year in years])
    published = np.array([float(rows["probability_over"][year]) for year in years])
    return budget - (expected - before.mean(axis=1)) + extra, np.where(extra == 0.0, published, np.nan)
