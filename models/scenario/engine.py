"""Evaluate a scenario from stored draws: the baseline's published figures plus what the levers move. No draw is made here.

Expected values are worked out from means: levers act by products and sums, and their uncertainty is drawn apart from the
forecast's, so the mean of the product is the product of the means. Draws give the intervals. Each published figure is moved
by the difference between the same statistic of the moved and the unmoved draws. What no lever moves (postings so far, late
invoices, income) cancels out, and the neutral scenario gives the baseline to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.scenario.attribution import lever_effects, whole_effects, year_share
from models.scenario.check import check_scenario
from models.scenario.elsewhere import belongs, displaced_by_lever, landed, lands_within, may_tell
from models.scenario.faults import ScenarioInvalid
from models.scenario.lever import ramp_profile
from models.scenario.refund_door import RefundAnswer, answer_refund
from models.scenario.terms import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever
    from models.scenario.scenario import Scenario
    from models.scenario.terms import Factor, Plan, Term
    from models.types import Array


_SUFFIX = "_scenario"
_TOTAL = ("total", "total")
_MOVED = ("mean", "q10", "q90")
_ADDED = [
    "budget" + _SUFFIX,
    *(name + _SUFFIX for name in _MOVED),
    *(f"deviation_{name}{_SUFFIX}" for name in _MOVED),
    "probability_over" + _SUFFIX,
    "change_mean",
]


@dataclass(frozen=True, eq=False)
class ScenarioResult:
    """What a scenario gives, masked as its baseline is.

    Attributes:
        scenario: What was evaluated.
        members: One row per shown member and year: the baseline's columns (level, member, label, year, budget, mean, q10,
            q90, deviation_mean, deviation_q10, deviation_q90, probability_over), the same with suffix ``_scenario``, and
            ``change_mean`` of the expenditure. Currency per year at the baseline's price level.
        effects: One row per lever and year, for the total, whole currency: lever_id, kind, year, effect on expenditure (sums to
            ``change_mean`` with ``within``), displaced (expected rise elsewhere), within (the part of it that lands in a frame of
            the run, and so is in the members), net (effect and displaced together), budget (what it moves the frames).
        refund: What the state takes of it, or why that is not known.
        certain: False where a lever has an interval.
        has_uniforms: False where the run published none, so that intervals act at their most likely value.
        plan: The levers as factors of the run's services, for who asks further.
    """

    scenario: Scenario
    members: pd.DataFrame
    effects: pd.DataFrame
    refund: RefundAnswer
    certain: bool
    has_uniforms: bool
    plan: Plan


def evaluate(baseline: Baseline, scenario: Scenario) -> ScenarioResult:
    """Apply the levers of a scenario to one run.

    Args:
        baseline: One run's draws; not changed.
        scenario: Levers that the run can carry.

    Raises:
        ScenarioInvalid: The run can't carry it; with every fault (``check_scenario``).
    """
    faults = check_scenario(scenario, baseline)
    if faults:
        raise ScenarioInvalid.of(faults)
    plan = make_plan(baseline, scenario)
    moved = moved_years(baseline, plan)
    effects = lever_effects(baseline, plan)
    whole = whole_effects(effects.sum(axis=1))
    displaced = displaced_by_lever(scenario.levers, whole)
    return ScenarioResult(
        scenario=scenario,
        members=_members(baseline, scenario, moved, effects.sum(axis=0), displaced),
        effects=_effect_rows(baseline, scenario, whole.astype(np.float64), displaced),
        refund=answer_refund(baseline, plan),
        certain=not any(lever.has_interval for lever in scenario.levers if not lever.is_neutral),
        has_uniforms=plan.has_uniforms,
        plan=plan,
    )


def service_changes(baseline: Baseline, scenario: Scenario) -> pd.DataFrame:
    """What a scenario changes the expected expenditure of every service that may be shown by itself.

    Returns:
        service, year, change_mean (currency per year at the baseline's price level); only services that something moves.

    Raises:
        ScenarioInvalid: The run can't carry the scenario.
    """
    faults = check_scenario(scenario, baseline)
    if faults:
        raise ScenarioInvalid.of(faults)
    change = lever_effects(baseline, make_plan(baseline, scenario)).sum(axis=0)
    shown = np.flatnonzero(baseline.shown & (np.abs(change).max(axis=1, initial=0.0) > 0.0))
    order = shown[np.argsort(change[shown].sum(axis=1), kind="stable")]
    n_years = len(baseline.years)
    return pd.DataFrame(
        {
            "service": np.repeat(np.array([baseline.services[place] for place in order], dtype=object), n_years),
            "year": np.tile(np.array(baseline.years, dtype=np.int64), len(order)),
            "change_mean": change[order].ravel(),
        }
    )


def moved_years(baseline: Baseline, plan: Plan) -> dict[int, Array]:
    """Service -> (Y, D) what the scenario makes of its years; services that nothing touches are not there."""
    found: dict[int, Array] = {}
    products: dict[tuple[int, ...], Array] = {}
    for term in plan.terms:
        years = _term_years(baseline, term, products)
        found[term.sink] = found[term.sink] + years if term.sink in found else years
    return found


def _term_years(baseline: Baseline, term: Term, products: dict[tuple[int, ...], Array]) -> Array:
    """(Y, D) or (Y, 1) of one term: certain factors go into the weights, uncertain ones are multiplied draw by draw, once."""
    weights = year_share(baseline, term) * term.base
    drawn = sorted((factor for factor in term.factors if factor.draws is not None), key=lambda factor: factor.by_age)
    for factor in term.factors:
        if factor.draws is None:
            weights = weights * factor.mean
    source = None if term.source < 0 else baseline.monthly[term.source]
    if drawn:
        product = _product(drawn, products)
        source = product if source is None else source * product
    return np.asarray(weights.sum(axis=1)[:, None] if source is None else weights @ source)


def _product(drawn: Sequence[Factor], products: dict[tuple[int, ...], Array]) -> Array:
    """(H, D) product of draws; what terms have in common at their beginning is multiplied once."""
    *first, last = drawn
    key = tuple(id(factor.draws) for factor in drawn)
    if key not in products and last.draws is not None:
        products[key] = _product(first, products) * last.draws if first else last.draws
    return products[key]


def member_draws(baseline: Baseline, moved: dict[int, Array], key: tuple[str, str]) -> Array:
    """(Y, D) what the scenario makes of a member's years; the baseline's own array where nothing touches it."""
    before = baseline.sums[key]
    touched = [service for service in moved if baseline.inside[key][service]]
    if not touched:
        return before
    return np.asarray(before + sum(moved[service] - baseline.yearly[service] for service in touched))


def budget_change(baseline: Baseline, levers: Sequence[Lever], key: tuple[str, str]) -> Array:
    """(Y,) what appropriation levers add to a member's frame; a frame's committee and the total follow it."""
    found = np.zeros(len(baseline.years))
    for lever in levers:
        if lever.kind == "appropriation" and belongs(baseline, lever.frame, key):
            profile = ramp_profile(lever, baseline.first, len(baseline.months))
            found += lever.value * (baseline.calendar @ profile) / 12.0
    return found


@dataclass(frozen=True, eq=False)
class _Standing:
    """What a member's rows say before any lever, worked out once for a run.

    Attributes:
        rows: (n,) its rows among the members.
        years: (n,) their places among the run's years.
        mean: (Y,) of the draws.
        ends: (2, Y) their 10 % and 90 % quantiles.
        column: Published column -> (n,) figures.
        room: (n,) what the draws may reach before they are over the frame.
        over: (n,) share of them that are.
    """

    rows: npt.NDArray[np.int64]
    years: npt.NDArray[np.int64]
    mean: Array
    ends: Array
    column: dict[str, Array]
    room: Array
    over: Array


@lru_cache(maxsize=2)
def _standing(baseline: Baseline) -> dict[tuple[str, str], _Standing]:
    """Every member's rows and draws before any lever."""
    members = baseline.members
    place = {year: index for index, year in enumerate(baseline.years)}
    names = ["budget", *_MOVED, *(f"deviation_{name}" for name in _MOVED), "probability_over"]
    column = {name: members[name].to_numpy(dtype=np.float64) for name in names}
    year = np.array([place[int(year)] for year in members["year"]], dtype=np.int64)
    keys = list(zip(members["level"].astype(str), members["member"].astype(str), strict=True))
    found = {}
    for key in dict.fromkeys(keys):
        rows = np.flatnonzero([other == key for other in keys])
        before, own = baseline.sums[key], {name: figures[rows] for name, figures in column.items()}
        mean, years = before.mean(axis=1), year[rows]
        room = own["budget"] - (own["mean"] - mean[years])
        over = (before[years] > room[:, None]).mean(axis=1)
        found[key] = _Standing(rows, years, mean, np.quantile(before, (0.1, 0.9), axis=1), own, room, over)
    return found


def _members(baseline: Baseline, scenario: Scenario, moved: dict[int, Array], change: Array, displaced: Array) -> pd.DataFrame:
    """Every member and year with its figures moved."""
    members, standing = baseline.members, _standing(baseline)
    found = np.full((len(members), len(_ADDED)), np.nan)
    after = {key: member_draws(baseline, moved, key) for key in standing}
    changed = [key for key, draws in after.items() if draws is not baseline.sums[key]]
    ends = dict(zip(changed, _ends([after[key] for key in changed]), strict=True))
    for key, before in standing.items():
        rows, years, column = before.rows, before.years, before.column
        expected = change[baseline.inside[key]].sum(axis=0)[years]
        come = landed(baseline, scenario.levers, displaced, key)[years]
        budget = budget_change(baseline, scenario.levers, key)[years]
        correction = expected - (after[key].mean(axis=1) - before.mean)[years]
        shift = np.stack([expected] * len(_MOVED))
        if key in ends:
            shift[1:] = (ends[key] - before.ends)[:, years] + correction
        shift += come
        found[rows, 0] = column["budget"] + budget
        found[rows, 1:4] = (np.stack([column[name] for name in _MOVED]) + shift).T
        found[rows, 4:7] = (np.stack([column[f"deviation_{name}"] for name in _MOVED]) + shift - budget).T
        over = (after[key][years] + correction[:, None] > (before.room + budget - come)[:, None]).mean(axis=1)
        found[rows, 7] = np.clip(column["probability_over"] + (over - before.over), 0.0, 1.0)
        found[rows, 8] = expected + come
    return pd.concat([members, pd.DataFrame(found, columns=_ADDED, index=members.index)], axis=1)


def _ends(draws: list[Array]) -> Array:
    """(n, 2, Y) the 10 % and 90 % quantiles of n members' draws, found together."""
    return np.quantile(np.stack(draws), (0.1, 0.9), axis=2).transpose(1, 0, 2) if draws else np.empty((0, 2, 0))


def _effect_rows(baseline: Baseline, scenario: Scenario, whole: Array, displaced: Array) -> pd.DataFrame:
    """Effects of every lever that moves anything, whole currency."""
    acting = [place for place, lever in enumerate(scenario.levers) if not lever.is_neutral and may_tell(baseline, lever)]
    levers = [scenario.levers[place] for place in acting]
    n_years = len(baseline.years)
    effect, elsewhere = whole[acting].reshape(len(levers), n_years), displaced[acting].reshape(len(levers), n_years)
    budgets = [np.round(budget_change(baseline, [lever], _TOTAL)) for lever in levers]
    return pd.DataFrame(
        {
            "lever_id": np.repeat(np.array([lever.lever_id for lever in levers], dtype=object), n_years),
            "kind": np.repeat(np.array([lever.kind for lever in levers], dtype=object), n_years),
            "year": np.tile(np.array(baseline.years, dtype=np.int64), len(levers)),
            "effect": effect.ravel(),
            "displaced": elsewhere.ravel(),
            "within": (elsewhere * lands_within(levers)[:, None]).ravel(),
            "net": (effect + elsewhere).ravel(),
            "budget": np.array(budgets, dtype=np.float64).ravel(),
        }
    )
