"""What one new expensive case does to the year: its cost, its net after the central refund, the chance to break the frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from models.types import Array

MONTHS = 12
USUAL_CASE = 3e6
"""Currency of a full year: the case that is asked for where nobody names another."""


@dataclass(frozen=True)
class SingleCase:
    """One new case in a year.

    Attributes:
        cost: Currency in the year, gross.
        refund: Of it the central refund.
        net: What the municipality pays.
        next_krone: Of one more krone of this case, what the municipality pays.
        chance_before: Probability of breaking the frame without it, as it was published; NaN where it is not known.
        chance_after: With it.
    """

    cost: float
    refund: float
    net: float
    next_krone: float
    chance_before: float
    chance_after: float


def single_case(
    yearly: float,
    first_month: int,
    *,
    above: Sequence[float],
    pct: Sequence[float],
    deviations: Array | None = None,
    before: float = np.nan,
) -> SingleCase:
    """One citizen with no other help, from the first of a month to the end of the year.

    The cost counts by service month; the frame is gross of the refund, so the chance goes by gross.

    Args:
        yearly: Currency of a full year.
        first_month: 1 to 12.
        above: Thresholds of the year, currency per year, rising; a month is judged by a twelfth.
        pct: Per cent refunded from each threshold to the next.
        deviations: (P,) rising quantiles of the deviation, at even probabilities; None: not known.
        before: Probability of breaking the frame without the case, as it was published: the quantiles go through it, so that
            the case tells of the same risk as every other place. NaN: not known, and neither is the chance with the case.

    Example:
        >>> found = single_case(2_400_000, 12, above=(860_000, 1_680_000, 2_120_000), pct=(25, 50, 75))
        >>> round(found.cost), round(found.refund), found.next_krone
        (200000, 52917, 0.25)
        >>> found = single_case(2.0, 1, above=(10.0,), pct=(25,), deviations=np.array([-3.0, -1.0, 1.0]), before=0.35)
        >>> round(found.chance_before, 2), round(found.chance_after, 2)
        (0.35, 0.62)
    """
    months, a_month = MONTHS + 1 - first_month, yearly / MONTHS
    steps = np.diff(np.asarray(pct, dtype=np.float64) / 100.0, prepend=0.0)
    over = np.clip(a_month - np.asarray(above, dtype=np.float64) / MONTHS, 0.0, None)
    cost, refund = a_month * months, float((steps * over).sum()) * months
    rate = float(steps[over > 0].sum())
    chances = (np.nan, np.nan) if deviations is None or np.isnan(before) else (before, _chance(deviations, cost, before))
    return SingleCase(cost, refund, cost - refund, 1.0 - rate, *chances)


def case_beside(
    thresholds: pd.DataFrame,
    spread: pd.DataFrame,
    member: tuple[str, str],
    year: int,
    *,
    yearly: float,
    first_month: int,
    before: float,
) -> SingleCase | None:
    """One new case in a member's accounting year, from what a run published.

    Args:
        thresholds: REFUND_THRESHOLDS.
        spread: YEAR_RESULT_SPREAD; hidden members have no figure there, and no chance here.
        member: Level and member.
        year: Accounting year.
        yearly: Currency of a full year.
        first_month: 1 to 12.
        before: The member's ``probability_over`` of YEAR_RESULT; NaN where it is hidden or not known.

    Returns:
        None where the run knows no thresholds of the year.
    """
    tiers = thresholds[thresholds["year"] == year].sort_values("tier")
    if tiers.empty:
        return None
    own = spread[(spread["level"] == member[0]) & (spread["member"] == member[1]) & (spread["year"] == year)]
    points = own.sort_values("percentile")["deviation"].to_numpy(dtype=float)
    known = bool(len(points)) and not np.isnan(points).any()
    above, pct = (tiers[name].astype(float).to_list() for name in ("above_dkk", "refund_pct"))
    return single_case(yearly, first_month, above=above, pct=pct, deviations=points if known else None, before=before)


def first_month_ahead(cutoff: date, year: int) -> int | None:
    """The first month of a year in which a case may still begin, from the last month of data; None where none is left.

    Example:
        >>> from datetime import date
        >>> [first_month_ahead(date(2026, 6, 1), year) for year in (2025, 2026, 2027)], first_month_ahead(date(2026, 12, 1), 2026)
        ([None, 7, 1], None)
    """
    months = (year - cutoff.year) * MONTHS - cutoff.month
    return max(1 - months, 1) if 1 - months <= MONTHS else None


def _chance(deviations: Array, more: float, before: float) -> float:
    """Probability that the deviation with a further cost is above 0, straight between the quantiles and through ``before``.

    A quantile is a step of draws wide, so one beside 0 may lie on the other side of what was published of 0; it gives way.
    """
    levels, at_zero = np.arange(1, len(deviations) + 1) / (len(deviations) + 1.0), 1.0 - before
    below, above = (deviations < 0.0) & (levels < at_zero), (deviations > 0.0) & (levels > at_zero)
    points = np.concatenate([deviations[below], [0.0], deviations[above]])
    through = np.concatenate([levels[below], [at_zero], levels[above]])
    return 1.0 - float(np.interp(-more, points, through, left=0.0, right=1.0))
