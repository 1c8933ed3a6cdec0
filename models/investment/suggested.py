"""A case to try the page with: two per cent fewer in the run's most expensive shown service, and a cost; not a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.investment.case import Case, Cost, Evidence, Promise

if TYPE_CHECKING:
    from models.scenario.baseline import Baseline


def suggested_case(baseline: Baseline, name: str) -> Case | None:
    """An example on the run itself; None where no service may be shown.

    Args:
        baseline: The run.
        name: What to call it.
    """
    known = np.isfinite(baseline.volume_mean).all(axis=1) & baseline.shown
    if not known.any() or not len(baseline.months):
        return None
    size = np.where(known, baseline.monthly_mean.sum(axis=1), -1.0)
    place = int(np.argmax(size))
    start = baseline.months[min(6, len(baseline.months) - 1)]
    yearly = round(0.01 * float(baseline.monthly_mean[place][:12].sum()), -4)
    promise = Promise(
        unit="pct", value=-2.0, low=-4.0, high=0.0, probability_pct=60.0, lag_months=12, ramp_months=12, marginal_share_pct=80.0
    )
    return Case(
        name=name,
        services=(baseline.services[place],),
        promise=promise,
        evidence=Evidence(grade="own_trial"),
        start=f"{start:%Y-%m}",
        costs=tuple(Cost(year=start.year + number, amount_dkk=yearly) for number in range(2)),
        price_level=baseline.price_level,
    )
