"""Evaluate a scenario from stored draws: the baseline's published figures plus what the levers move. No draw is made here.

Each published figure is moved by the difference between the same statistic of the moved and the unmoved draws. What no
lever moves (postings so far, late invoices, income) cancels out, and the neutral scenario gives the baseline to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.scenario.scenario import MAIN_VARIANT, RANGES, Scenario, ScenarioInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from models.scenario.baseline import Baseline

    Array = npt.NDArray[np.float64]

VARIANT_LEVER = "variant"
_PLAYERS = (VARIANT_LEVER, *RANGES)


@dataclass(frozen=True, eq=False)
class ScenarioResult:
    """What a scenario gives, masked as its baseline is.

    Attributes:
        scenario: What was evaluated.
        members: One row per shown member and year: the baseline's columns (level, member, label, year, budget, mean, q10,
            q90, deviation_mean, deviation_q10, deviation_q90, probability_over), the same with suffix ``_scenario``, and
            ``change_mean``. Currency per year at the baseline's price level.
        effects: One row per lever and year for the total: measure, group, year, effect; sums to ``change_mean`` of all
            services, in whole currency units.
    """

    scenario: Scenario
    members: pd.DataFrame
    effects: pd.DataFrame


def evaluate(baseline: Baseline, scenario: Scenario) -> ScenarioResult:
    """Apply the levers to every month after the cutoff.

    Args:
        baseline: One run's draws; not changed.
        scenario: Levers of the baseline's own groups and variants.

    Raises:
        ScenarioInvalid: The scenario names a group or variant that the baseline has not.
    """
    refuse_unknown(baseline, scenario)
    factors = np.array([scenario.factor("uptake", group.key) for group in baseline.groups])
    prices = np.array([scenario.factor("unit_cost", group.key) for group in baseline.groups])
    by_service = _by_service(baseline, factors * prices)[:, None, None]
    unmoved = baseline.yearly[MAIN_VARIANT]
    moved = baseline.yearly[scenario.variant] * by_service
    rows = [_member(baseline, row, unmoved, moved) for row in baseline.members.itertuples(index=False)]
    added = pd.DataFrame(rows, columns=_ADDED, index=baseline.members.index, dtype="float64")
    members = pd.concat([baseline.members, added], axis=1)
    return ScenarioResult(scenario=scenario, members=members, effects=_effects(baseline, scenario, factors, prices))


def refuse_unknown(baseline: Baseline, scenario: Scenario) -> None:
    """Check that every lever belongs to this baseline.

    Raises:
        ScenarioInvalid: A group or variant is not the baseline's.
    """
    groups = {group.key for group in baseline.groups}
    unknown = [group for _, group, _ in scenario.changes if group not in groups]
    if unknown:
        what = f"The scenario moves {len(unknown)} groups of services that this run has not"
        raise ScenarioInvalid(what, where="levers", remedy=f"Use one of {sorted(groups)}")
    if scenario.variant not in baseline.yearly:
        what = "The scenario names a population variant that this run has not"
        raise ScenarioInvalid(what, where="variant", remedy=f"Use one of {list(baseline.variants)}")


def _by_service(baseline: Baseline, factors: Array) -> Array:
    """(S,) factor of each service; exactly 1 where no lever may move it (the last place, which ``NO_LEVER`` names)."""
    return np.append(factors, 1.0)[baseline.group_of]


_SUFFIX = "_scenario"
_MOVED = ("mean", "q10", "q90")
_ADDED = [
    *(name + _SUFFIX for name in _MOVED),
    *(f"deviation_{name}{_SUFFIX}" for name in _MOVED),
    "probability_over" + _SUFFIX,
    "change_mean",
]


def _member(baseline: Baseline, row: Sequence[float], unmoved: Array, moved: Array) -> list[float]:
    """Figures of one member and year, in the order of ``_ADDED``."""
    inside = baseline.inside[row.level, row.member]  # type: ignore[attr-defined]
    year = baseline.years.index(row.year)  # type: ignore[attr-defined]
    before, after = unmoved[inside, year].sum(axis=0), moved[inside, year].sum(axis=0)
    shift = [b - a for a, b in zip(_statistics(before), _statistics(after), strict=True)]
    published = [getattr(row, name) for name in _MOVED]
    deviations = [getattr(row, f"deviation_{name}") for name in _MOVED]
    over = row.probability_over  # type: ignore[attr-defined]
    if not np.isnan(over):
        rest = row.budget - (row.mean - before.mean())  # type: ignore[attr-defined]
        over = float(np.clip(over + (np.mean(after > rest) - np.mean(before > rest)), 0.0, 1.0))
    return [
        *(value + move for value, move in zip(published, shift, strict=True)),
        *(value + move for value, move in zip(deviations, shift, strict=True)),
        over,
        shift[0],
    ]


def _statistics(draws: Array) -> tuple[float, float, float]:
    """Mean, q10 and q90 of a year's draws."""
    q10, q90 = np.quantile(draws, (0.1, 0.9))
    return float(draws.mean()), float(q10), float(q90)


def _effects(baseline: Baseline, scenario: Scenario, uptake: Array, unit_cost: Array) -> pd.DataFrame:
    """Exact Shapley effects on the mean per lever and year, rounded so that they sum to the rounded total.

    The total is a sum over services and each service knows three levers only (variant, uptake, unit cost), so the exact
    value needs the 8 subsets of these three, whatever the number of groups.
    """
    main, other = baseline.yearly[MAIN_VARIANT].mean(axis=2), baseline.yearly[scenario.variant].mean(axis=2)
    ones = np.ones(len(baseline.services))
    by_uptake, by_cost = _by_service(baseline, uptake), _by_service(baseline, unit_cost)

    def value(on: frozenset[str]) -> Array:
        base: Array = other if VARIANT_LEVER in on else main
        return base * ((by_uptake if "uptake" in on else ones) * (by_cost if "unit_cost" in on else ones))[:, None]

    orders = list(permutations(_PLAYERS))
    effect = {player: np.zeros_like(main) for player in _PLAYERS}
    for order in orders:
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            effect[player] += (value(before | {player}) - value(before)) / len(orders)
    levers = _moved_levers(scenario)
    table = np.array([_lever_effect(baseline, effect, measure, group) for measure, group in levers])
    table = table.reshape(len(levers), len(baseline.years))
    rows = []
    for column, year in enumerate(baseline.years):
        for (measure, group), amount in zip(levers, whole_parts(table[:, column]), strict=True):
            rows.append((measure, group, year, amount))
    return pd.DataFrame(rows, columns=["measure", "group", "year", "effect"]).astype({"effect": "float64", "year": "int64"})


def _moved_levers(scenario: Scenario) -> list[tuple[str, str]]:
    levers = [(measure, group) for measure, group, _ in scenario.changes]
    return [(VARIANT_LEVER, ""), *levers] if scenario.variant != MAIN_VARIANT else levers


def _lever_effect(baseline: Baseline, effect: dict[str, Array], measure: str, group: str) -> Array:
    """(Y,) effect of one lever, summed over the services it acts on."""
    if measure == VARIANT_LEVER:
        return np.asarray(effect[VARIANT_LEVER].sum(axis=0))
    index = next(place for place, found in enumerate(baseline.groups) if found.key == group)
    return np.asarray(effect[measure][baseline.group_of == index].sum(axis=0))


def whole_parts(parts: Array) -> list[float]:
    """Round parts to whole units so that they sum to their rounded sum (largest remainder).

    Example:
        >>> whole_parts(np.array([1.4, 1.4, 1.4]))
        [2.0, 1.0, 1.0]
    """
    floors = np.floor(parts)
    missing = round(float(parts.sum())) - int(floors.sum())
    order = np.argsort(-(parts - floors), kind="stable")
    floors[order[:missing]] += 1.0
    return [float(value) for value in floors]
