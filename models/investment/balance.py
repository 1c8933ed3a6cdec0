"""Several cases together: how much rests on what is proven, and what is left where cases reach the same citizens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.investment.case import GRADES
from models.investment.flows import work_out
from models.investment.worth import net_present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.investment.worth import Worth
    from models.scenario.baseline import Baseline


@dataclass(frozen=True)
class GradeShare:
    """Cases of one grade of evidence.

    Attributes:
        grade: ``tested``, ``promising`` or ``own_trial``.
        n_cases: How many.
        costs: What they cost, DKK.
        share: Share of all costs.
        present: Expected net present value, DKK.
        present_q10: Lower end of the 80 % interval of the sum, draw by draw.
        chance_positive: Probability that the sum is above 0.
    """

    grade: str
    n_cases: int
    costs: float
    share: float
    present: float
    present_q10: float
    chance_positive: float


@dataclass(frozen=True)
class CaseOverlap:
    """Two cases that reach the same citizens.

    Attributes:
        first: Case id.
        second: Case id.
        services: Services that both act on.
        alone: Full-time citizens fewer by both, each counted alone, in the last year.
        together: The same when the second acts on those who are left.
    """

    first: str
    second: str
    services: tuple[str, ...]
    alone: float
    together: float


def balance(baseline: Baseline, worths: Sequence[Worth]) -> tuple[GradeShare, ...]:
    """Share out costs and worth by grade of evidence, the best proven first."""
    total = sum(cost.amount_dkk for worth in worths for cost in worth.case.costs)
    found = []
    for grade in GRADES:
        own = [worth for worth in worths if worth.case.evidence.grade == grade]
        if not own:
            continue
        costs = sum(cost.amount_dkk for worth in own for cost in worth.case.costs)
        present = sum(net_present(work_out(baseline, worth.case).net(), worth.discount_pct) for worth in own)
        drawn = np.asarray(present)
        found.append(
            GradeShare(
                grade,
                len(own),
                costs,
                costs / total if total else 0.0,
                float(drawn.mean()),
                float(np.quantile(drawn, 0.1)),
                float((drawn > 0).mean()),
            )
        )
    return tuple(found)


def case_overlaps(baseline: Baseline, worths: Sequence[Worth]) -> tuple[CaseOverlap, ...]:
    """Pairs of cases with a service in common and ages that meet."""
    found = []
    for one, first in enumerate(worths):
        for second in worths[one + 1 :]:
            services = tuple(sorted(set(first.case.services) & set(second.case.services)))
            (low, high), (other_low, other_high) = first.case.age_range, second.case.age_range
            if not services or high < other_low or other_high < low:
                continue
            shares = [_share(baseline, worth, services) for worth in (first, second)]
            volume = sum(float(baseline.volume_mean[baseline.services.index(service)][-12:].mean()) for service in services)
            alone = volume * (shares[0] + shares[1])
            together = volume * (1.0 - (1.0 - shares[0]) * (1.0 - shares[1]))
            found.append(CaseOverlap(first.case.case_id, second.case.case_id, services, alone, together))
    return tuple(found)


def _share(baseline: Baseline, worth: Worth, services: tuple[str, ...]) -> float:
    """Share of the common services' citizens that a case takes away when it works as expected."""
    own = [float(baseline.volume_mean[baseline.services.index(service)][-12:].mean()) for service in worth.case.services]
    common = [float(baseline.volume_mean[baseline.services.index(service)][-12:].mean()) for service in services]
    fewer = -float(worth.change[-1]) * sum(common) / max(sum(own), 1e-9)
    return fewer / max(sum(common), 1e-9)
