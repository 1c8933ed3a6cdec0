"""Who a scenario reaches, counted in people; and which levers reach the same help, so that they take from one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.scenario.by_age import meet
from models.scenario.lever import ramp_profile
from models.scenario.terms import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.scenario.baseline import Baseline
    from models.scenario.scenario import Scenario
    from models.scenario.terms import Factor, Plan
    from models.types import Array


FEW_CITIZENS = 5
_COLUMNS = ["service", "year", "change_mean", "change_q10", "change_q90", "mask"]


@dataclass(frozen=True)
class Overlap:
    """Two levers that act on the same services in the same months: the second finds fewer left than it would alone.

    Attributes:
        first: Lever id.
        second: Lever id.
        services: Services that both act on, shown ones only.
    """

    first: str
    second: str
    services: tuple[str, ...]


def citizens_affected(
    baseline: Baseline, scenario: Scenario, *, min_citizens: int = FEW_CITIZENS, plan: Plan | None = None
) -> pd.DataFrame:
    """How many more or fewer full-time citizens each service has, on average over the months of a year.

    Args:
        baseline: The run.
        scenario: Levers that the run can carry.
        min_citizens: Fewer than this many are not told.
        plan: The scenario's plan where it was made already (``ScenarioResult.plan``).

    Returns:
        service, year, change_mean, change_q10, change_q90 (full-time citizens), mask; rows of shown services that change. Where
        ``mask`` is ``small`` the figures are NaN.
    """
    plan = plan or make_plan(baseline, scenario)
    months = baseline.calendar.sum(axis=1)
    weights = baseline.calendar / np.where(months > 0, months, 1.0)[:, None]
    changes: dict[int, Array] = {}
    for service, classes in plan.volume.items():
        acting = [(share, factors) for share, factors in classes if factors]
        if acting and baseline.shown[service]:
            parts = [_yearly(baseline.volume[service], factors, weights * share, less=1.0) for share, factors in acting]
            changes[service] = np.asarray(sum(parts))
    for origin, sink, share, factors in plan.moved_to:
        moved = _yearly(baseline.volume[origin], factors, weights * share, less=0.0)
        changes[sink] = changes[sink] + moved if sink in changes else moved
    known = [service for service, yearly in sorted(changes.items()) if np.isfinite(yearly).all()]
    if not known:
        return pd.DataFrame([], columns=_COLUMNS)
    yearly = np.stack([changes[service] for service in known])
    ends = np.quantile(yearly, (0.1, 0.9), axis=2).transpose(1, 2, 0)
    rows = [
        row
        for service, means, between in zip(known, yearly.mean(axis=2).tolist(), ends.tolist(), strict=True)
        for row in _rows(baseline, service, means, between, min_citizens)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _rows(
    baseline: Baseline, service: int, means: list[float], ends: list[list[float]], min_citizens: int
) -> list[tuple[object, ...]]:
    """One service's years: what it gains or loses on average, and 4 times out of 5."""
    found: list[tuple[object, ...]] = []
    for year, mean, (q10, q90) in zip(baseline.years, means, ends, strict=True):
        if abs(mean) < 1e-9 and q10 == q90:
            continue
        few = abs(mean) < min_citizens
        told = (np.nan, np.nan, np.nan, "small") if few else (mean, q10, q90, "")
        found.append((baseline.services[service], year, *told))
    return found


def _yearly(volume: Array, factors: Sequence[Factor], weights: Array, *, less: float) -> Array:
    """(Y, D) means over months of volume times (the factors' product less ``less``); certain factors go into the weights."""
    certain: Array = np.ones(len(volume))
    drawn: Array | None = None
    for factor in factors:
        if factor.draws is None:
            certain = certain * factor.mean
        else:
            drawn = factor.draws if drawn is None else drawn * factor.draws
    if drawn is None:
        return np.asarray((weights * (certain - less)) @ volume)
    return np.asarray(weights @ (volume * (certain[:, None] * drawn - less)))


def find_overlaps(baseline: Baseline, scenario: Scenario) -> tuple[Overlap, ...]:
    """Pairs of levers that reach the same services in the same months."""
    levers = [lever for lever in scenario.levers if not lever.is_neutral and lever.of_kind.acts_on == "services"]
    reach = [baseline.reach_of(lever) for lever in levers]
    acts = [ramp_profile(lever, baseline.first, len(baseline.months)) > 0 for lever in levers]
    found = []
    for one in range(len(levers)):
        for two in range(one + 1, len(levers)):
            shared = [place for place in sorted(reach[one] & reach[two]) if meet(baseline, levers[one], levers[two], place)]
            apart = levers[one].provider_types and levers[two].provider_types
            if apart and not set(levers[one].provider_types) & set(levers[two].provider_types):
                continue
            if shared and (acts[one] & acts[two]).any():
                names = tuple(baseline.services[service] for service in shared if baseline.shown[service])
                found.append(Overlap(levers[one].lever_id, levers[two].lever_id, names))
    return tuple(found)
