"""Whether it worked: realised against the counterfactual that was frozen when the case was decided.

The counterfactual is the frozen draws, moved by what the measure cannot have caused, then shifted and widened by what placebo
rows ask for, then held against a comparison service where one is named. Nothing is drawn here: the same input gives the same
answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.investment.effect import MONTH_COLUMNS, Effect, effect_by_month, effect_over, month_numbers
from models.investment.placebo import (
    Window,
    calibrate,
    calibrated,
    compare,
    month_number,
    placebo_row,
)
from models.investment.status import Status, status_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.investment.decided import Decided
    from models.investment.frozen import Frozen, Realised
    from models.investment.placebo import Calibration, Compared, Event, PlaceboRow
    from models.types import Array

LEAST_HISTORY = 36
"""Months of history that a service must have before the decision."""
LEAST_MONTHS = 6
"""Months that must have come after start and lag."""
MOST_TURNOVER = 3.0
"""More enrolled than so many times the full-time citizens that the services ever had can't be right."""
_YEAR = 12
Overlap = tuple[str, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class FollowUp:
    """One decided case, followed up.

    Attributes:
        decision_id: Which.
        status: One word.
        reason: Machine word why nothing can be said: ``masked``, ``short_history``, ``few_months``, ``not_started``,
            ``started_before_decision``, ``stopped``, ``no_months``; empty where something can.
        effect: Over the window; None where nothing can be said.
        months: One row per month since the cutoff: realised, counterfactual, effect and ends; empty where nothing can be said.
        placebo: Rows in which nothing was done.
        calibration: What they asked for; None where nothing can be said.
        comparison_used: Whether a comparison service was held beside it.
        overlaps: (decision, share of the counterfactual that its promise takes) of cases on the same citizens: the effect is what
            remains.
        too_many_enrolled: More are enrolled than the service has ever had citizens in a year: the figure can't be right.
        late_months: By how much the start was later than planned.
        share_enrolled: Enrolled over those who should be by now; None where unknown.
    """

    decision_id: str
    status: Status
    reason: str
    effect: Effect | None
    months: pd.DataFrame
    placebo: tuple[PlaceboRow, ...]
    calibration: Calibration | None
    comparison_used: bool
    overlaps: tuple[Overlap, ...]
    too_many_enrolled: bool
    late_months: int
    share_enrolled: float | None


def follow_up(
    decided: Decided,
    frozen: Frozen,
    realised: Realised,
    *,
    events: Iterable[Event] = (),
    register: Sequence[Decided] = (),
    earlier: Sequence[Frozen] = (),
) -> FollowUp:
    """Follow a decided case up.

    Args:
        decided: The case.
        frozen: What was frozen when it was decided.
        realised: What the newest run says came.
        events: Moved tasks and changed laws that are dated and known.
        register: Every decided case, this one or not: their services are no placebo rows, and those on the same citizens are
            named.
        earlier: Forecasts of earlier runs, for placebo rows at earlier dates.

    Returns:
        The effect, or why nothing can be said.
    """
    newest = month_number(realised.months[-1]) if len(realised.months) else month_number(frozen.cutoff)
    done = decided.carried_out(newest)
    window = _window(decided, newest)
    reason = _why_not(decided, frozen, realised, window)
    asked = _Asked(decided, frozen, realised, tuple(events), tuple(register), tuple(earlier))
    found = None if reason else asked.compared(decided.services, window)
    if not reason and found is None:
        reason = "no_months"
    parts = _Parts() if found is None else _judged(asked, window, found)
    probability = parts.effect.probability if parts.effect else None
    return FollowUp(
        decision_id=decided.decision_id,
        status=status_of(done, can_say=not reason, probability=probability),
        reason=reason,
        effect=parts.effect,
        months=parts.months if parts.months is not None else pd.DataFrame(columns=list(MONTH_COLUMNS)),
        placebo=parts.placebo,
        calibration=parts.calibration,
        comparison_used=parts.comparison_used,
        overlaps=parts.overlaps,
        too_many_enrolled=_too_many(decided, realised),
        late_months=done.late_months,
        share_enrolled=done.share_enrolled,
    )


@dataclass(frozen=True, eq=False)
class _Asked:
    """Everything that one follow-up reads."""

    decided: Decided
    frozen: Frozen
    realised: Realised
    events: tuple[Event, ...]
    register: tuple[Decided, ...]
    earlier: tuple[Frozen, ...]

    def compared(self, services: Sequence[str], window: Window, frozen: Frozen | None = None) -> Compared | None:
        source = frozen or self.frozen
        return compare(source, self.realised, services, window, self.events, measure=self.decided.measure)

    def touched(self, last: int) -> frozenset[str]:
        """Services that a decided case acts on by then: they are no placebo."""
        acting = [item for item in self.register if item.actual_start is not None and item.actual_start <= last]
        return frozenset(key for item in acting for key in item.services)


@dataclass(frozen=True, eq=False)
class _Parts:
    effect: Effect | None = None
    months: pd.DataFrame | None = None
    placebo: tuple[PlaceboRow, ...] = ()
    calibration: Calibration | None = None
    comparison_used: bool = False
    overlaps: tuple[Overlap, ...] = ()


def _window(decided: Decided, newest: int) -> Window:
    """From actual start and lag to the newest month, or to the last month before it was stopped."""
    if decided.actual_start is None:
        return Window(newest + 1, newest)
    last = newest if decided.stopped is None else min(newest, decided.stopped - 1)
    return Window(decided.actual_start + decided.promised.lag_months, last)


def _why_not(decided: Decided, frozen: Frozen, realised: Realised, window: Window) -> str:
    """The first reason why nothing can be said."""
    if any(key not in frozen.services or key not in realised.services for key in decided.services) or not decided.services:
        return "masked"
    if decided.actual_start is None:
        return "not_started"
    if decided.actual_start <= month_number(frozen.cutoff):
        return "started_before_decision"
    if min(frozen.history_months(key) for key in decided.services) < LEAST_HISTORY:
        return "short_history"
    if window.n_months < LEAST_MONTHS:
        return "stopped" if decided.stopped is not None else "few_months"
    return ""


def _judged(asked: _Asked, window: Window, found: Compared) -> _Parts:
    rows = _placebo_rows(asked, window)
    calibration = calibrate(rows, window.n_months)
    factor = _draw_factors(found, calibration)
    control = _control(asked, window, found, factor)
    factor = factor if control is None else factor * control
    overlaps, left = _overlapping(asked, found, window)
    whole = Window(month_number(asked.frozen.cutoff) + 1, window.last)
    everything = asked.compared(asked.decided.services, whole)
    shown, months = (found, window) if everything is None else (everything, whole)
    left_shown = _overlapping(asked, shown, months)[1]
    worth = _citizen_cost(asked, window)
    return _Parts(
        effect=effect_over(asked.decided, found.realised, found.draws * factor * left[:, None], window, worth),
        months=effect_by_month(asked.decided, shown.realised, shown.draws * factor * left_shown[:, None], months),
        placebo=rows,
        calibration=calibration,
        comparison_used=control is not None,
        overlaps=overlaps,
    )


def _placebo_rows(asked: _Asked, window: Window) -> tuple[PlaceboRow, ...]:
    """Other services in the same months, and every service by earlier forecasts, as far ahead, as long, before the decision."""
    frozen, rows = asked.frozen, []
    touched = asked.touched(window.last) | set(asked.decided.services)
    for service in frozen.services:
        found = None if service in touched else asked.compared((service,), window)
        if found is not None:
            rows.append(placebo_row("service", service, frozen.run_id, window, found))
    ahead = window.first - month_number(frozen.cutoff)
    for older in sorted(asked.earlier, key=lambda item: (item.cutoff, item.run_id)):
        first = month_number(older.cutoff) + ahead
        before = Window(first, first + window.n_months - 1)
        if before.last > month_number(frozen.cutoff):
            continue
        busy = asked.touched(before.last)
        for service in older.services:
            found = None if service in busy else asked.compared((service,), before, older)
            if found is not None:
                rows.append(placebo_row("earlier", service, older.run_id, before, found))
    return tuple(rows)


def _draw_factors(found: Compared, calibration: Calibration) -> Array:
    """(D,) what a calibrated counterfactual is of the moved draws."""
    whole = np.maximum(found.draws.sum(axis=0), 1e-9)
    return np.asarray(calibrated(found, calibration).sum(axis=0) / whole, dtype=np.float64)


def _control(asked: _Asked, window: Window, found: Compared, factor: Array) -> Array | None:
    """(D,) factor of a comparison service: what both have in common over draws is known from how the other came out."""
    key = asked.decided.comparison
    other = None if not key or key in asked.touched(window.last) | set(asked.decided.services) else asked.compared((key,), window)
    if other is None:
        return None
    logs = np.log(np.maximum(other.draws.sum(axis=0), 1e-9))
    own = np.log(np.maximum((found.draws * factor).sum(axis=0), 1e-9))
    off = logs - logs.mean()
    slope = float((off * (own - own.mean())).mean() / max(float((off**2).mean()), 1e-12))
    return np.asarray(np.exp(slope * (np.log(max(other.realised.sum(), 1e-9)) - logs)), dtype=np.float64)


def _overlapping(asked: _Asked, found: Compared, window: Window) -> tuple[tuple[Overlap, ...], Array]:
    """Cases on the same citizens, and (W,) what their promises leave of the counterfactual beyond what the cutoff knew."""
    decided, months = asked.decided, month_numbers(window)
    left, named = np.ones(len(months)), []
    level = np.maximum(found.draws.mean(axis=1), 1e-9)
    cutoff = np.array([float(month_number(asked.frozen.cutoff))])
    for other in sorted(asked.register, key=lambda item: item.decision_id):
        if not decided.overlaps(other) or other.actual_start is None:
            continue
        acts = other.promised.profile(other.actual_start, months) - other.promised.profile(other.actual_start, cutoff)
        if other.stopped is not None:
            acts = np.where(months < other.stopped, acts, 0.0)
        shared = len(set(decided.services) & set(other.services)) / len(other.services)
        moved = np.maximum(1.0 + _share_of(other, decided.measure, shared, level) * acts, 0.0)
        left *= moved
        named.append((other.decision_id, float((moved * level).sum() / level.sum() - 1.0)))
    return tuple(named), left


def _share_of(other: Decided, measure: str, shared: float, level: Array) -> Array:
    """(W,) full promise of another case as a share of the counterfactual; nil where it is promised in another measure."""
    if other.promised.unit == "pct":
        return np.full(len(level), other.promised.expected / 100.0)
    if (other.promised.unit == "dkk") != (measure == "cost"):
        return np.zeros(len(level))
    monthly = other.promised.expected / (_YEAR if other.promised.unit == "dkk" else 1)
    return np.asarray(shared * monthly / level, dtype=np.float64)


def _citizen_cost(asked: _Asked, window: Window) -> float | None:
    """Real cost a year per full-time citizen in the window, of those the effect is about; 12 where it is in kroner already."""
    if asked.decided.measure == "cost":
        return float(_YEAR)
    frozen = asked.frozen
    inside = [place for place, month in enumerate(frozen.months) if window.first <= month_number(month) <= window.last]
    rows = [frozen.place(key) for key in asked.decided.services]
    citizens = frozen.draws[np.ix_(rows, inside)]
    cost, known = np.nansum(citizens * frozen.unit_cost[np.ix_(rows, inside)]), citizens.sum()
    found = _YEAR * float(cost / known) * asked.decided.promised.cost_share if known > 0 else 0.0
    return found if found > 0 else None


def _too_many(decided: Decided, realised: Realised) -> bool:
    """More are enrolled than the services can have had."""
    if decided.enrolled is None or any(key not in realised.services for key in decided.services):
        return False
    most = sum(float(np.nanmax(realised.volume[realised.services.index(key)], initial=0.0)) for key in decided.services)
    return decided.enrolled > MOST_TURNOVER * most
