"""A decided case as follow-up needs it: what was promised, when it was to start, what was done. Months are whole numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.content_id import content_id
from models.investment.case import size_draws
from models.investment.status import CarriedOut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.investment.case import Case
    from models.types import Array


@dataclass(frozen=True, kw_only=True)
class Promised:
    """The expected path of a promise: size times probability, with lag, ramp and fading.

    Attributes:
        unit: ``citizens`` (full-time citizens, all services together), ``pct`` of the services' volume, or ``dkk`` a year at the
            frozen price level.
        expected: Expected change when it works fully; negative = fewer.
        lag_months: Months from start to the first effect.
        ramp_months: Months from the first effect to the full one, in a straight line.
        fading_pct_per_year: Per cent of the effect lost in every year after the full one.
        cost_share: What one citizen less saves, as a share of the mean cost.
    """

    unit: str
    expected: float
    lag_months: int = 0
    ramp_months: int = 0
    fading_pct_per_year: float = 0.0
    cost_share: float = 1.0

    @classmethod
    def of(cls, case: Case) -> Promised:
        """What a case promises: its most likely size times the probability that it works at all.

        Example:
            >>> from models.investment.case import example_case
            >>> round(Promised.of(example_case()).expected, 2)
            -2.4
        """
        made = case.promise
        return cls(
            unit=made.unit,
            expected=size_draws(case, None)[0],
            lag_months=made.lag_months,
            ramp_months=made.ramp_months,
            fading_pct_per_year=made.fading_pct_per_year,
            cost_share=made.marginal_share_pct * made.relative_cost_pct / 1e4,
        )

    @property
    def sign(self) -> float:
        """-1: fewer are promised; 1: more."""
        return 1.0 if self.expected > 0 else -1.0

    def profile(self, start: int, months: Array) -> Array:
        """Share of the full effect that acts in each month, counted from ``start``.

        Example:
            >>> promise = Promised(unit="citizens", expected=-4.0, lag_months=2, ramp_months=2)
            >>> promise.profile(100, np.arange(100, 106)).tolist()
            [0.0, 0.0, 0.5, 1.0, 1.0, 1.0]
        """
        since = np.asarray(months, dtype=np.float64) - (start + self.lag_months) + 1.0
        come = np.clip(since / self.ramp_months, 0.0, 1.0) if self.ramp_months else (since > 0).astype(np.float64)
        beyond = np.maximum(since - max(self.ramp_months, 1), 0.0) / 12.0
        return np.asarray(come * (1.0 - self.fading_pct_per_year / 100.0) ** beyond)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One line of the register.

    Attributes:
        decision_id: ``d-`` and 16 hex; of a decided saving ``b-`` (:func:`saving_ids`).
        name: What the case is called.
        services: Services whose volume it changes.
        promised: Its expected path.
        decided: Month of the decision.
        planned_start: First month, as decided.
        actual_start: First month, as told; None: not started.
        stopped: First month without it; None: it goes on.
        planned: Citizens to be enrolled; 0: not said.
        enrolled: Citizens enrolled so far; None: not told.
        ages: Youngest and oldest it is for.
        comparison: A service that it cannot touch and that moves alike; empty: none.
        measure: ``volume`` of full-time citizens, or real ``cost``.
    """

    decision_id: str
    name: str
    services: tuple[str, ...]
    promised: Promised
    decided: int
    planned_start: int
    actual_start: int | None = None
    stopped: int | None = None
    planned: int = 0
    enrolled: int | None = None
    ages: tuple[int, int] = (0, 130)
    comparison: str = ""
    measure: str = "volume"

    def carried_out(self, newest: int) -> CarriedOut:
        """What the status rules read."""
        return CarriedOut(
            newest=newest,
            planned_start=self.planned_start,
            actual_start=self.actual_start,
            stopped=self.stopped,
            planned=self.planned,
            enrolled=self.enrolled,
            ramp_months=self.promised.ramp_months,
        )

    def overlaps(self, other: Decided) -> bool:
        """Whether the other case reaches the same citizens: a service and an age in common, and something carried out."""
        same = bool(set(self.services) & set(other.services)) and other.decision_id != self.decision_id
        ages = max(self.ages[0], other.ages[0]) <= min(self.ages[1], other.ages[1])
        return same and ages and other.actual_start is not None


def saving_ids(lines: Sequence[tuple[str, str, str, float]]) -> tuple[str, ...]:
    """Ids of decided savings that stay when the budget's lines are put in another order, priced anew or corrected in amount.

    Args:
        lines: (frame, service, first day, DKK) of each; empty texts where the budget says none.

    Returns:
        ``data.content_id`` of frame, service and first day; of several alike in those the n-th largest is the n-th.

    Example:
        >>> one, two = ("50.54", "", "2027-01-01", -2e6), ("30.46", "plejefamilie", "2027-03-01", -1e6)
        >>> saving_ids([one, two]) == saving_ids([two, (*one[:3], -2.1e6)])[::-1], len(set(saving_ids([one, one])))
        (True, 2)
    """
    order = sorted(range(len(lines)), key=lambda place: (lines[place][:3], -abs(lines[place][3]), place))
    seen: Counter[tuple[str, str, str]] = Counter()
    found = [""] * len(lines)
    for place in order:
        what = lines[place][:3]
        seen[what] += 1
        found[place] = content_id("b", "|".join((*what, str(seen[what]))))
    return tuple(found)
