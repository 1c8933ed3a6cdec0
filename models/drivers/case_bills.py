"""What the cases say of a young month's bill, weighed against the invoices by how far each has missed before.

Invoices of a service and month are few and lumpy: a chain ladder multiplies whichever came first. The cases of that month and
their prices are known already. How near either comes is found by looking back: every earlier month's view is made again by the
same rules, and set beside the bill that is whole today. The two are joined by the weights that would have missed least, service
by service and month of age (Bates and Granger, 1969). A case system whose prices are stale weighs little by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.drivers.standing import History, Standing
    from models.types import Array

    Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

WEIGHED_MONTHS = 8
"""Ages that are weighed, months; a bill of this age is nearly whole, and what cases and invoices missed is told by it."""
_RATIO_AGES = (12, 30)
"""Ages of the months that tell what is billed of a krone of list cost: from the first up to, not with, the last."""
_SEEN_MONTHS, _FEWEST_MONTHS = 36, 12
_LARGEST_MISS = 0.5
_SURE = 2.0
"""Standard errors by which cases must have made the bill better before they are heard."""
_PARTED_AGES = (2, 8)
_PARTED = 4.0
"""Standard deviations that invoices and cases may part by in the youngest half year before the cases are not heard."""


@dataclass(frozen=True)
class CaseBills:
    """Cases against invoices at the cutoff. S services, A ages.

    Attributes:
        expected: (S, A) bill of each age by the cases, nominal; 0 where they say nothing.
        weight: (S, A) weight of the cases, 0 to 1.
        error: (S, A) standard error of the joined bill, share of it: so large that months taken as if they missed by themselves
            add up to what their sum would have missed by.
        parted: (S,) invoices have left what the cases say: they weigh nothing.
    """

    expected: Array
    weight: Array
    error: Array
    parted: Flags


def weigh_cases(history: History, views: Sequence[Standing], case_error: Array) -> CaseBills:
    """Find how much the cases weigh beside the invoices.

    Args:
        history: Ledger and list cost.
        views: (T,) what the end of each month knew; the last is the cutoff's.
        case_error: (S, T) standard error of list cost for cases that are not recorded yet, share of it.

    Returns:
        Weights of 0 where the history is shorter than some four years (a ratio, then a year of misses), or has no list cost.
    """
    listed, last = np.nan_to_num(history.list_cost), len(views) - 1
    n_services, ages = len(listed), min(WEIGHED_MONTHS, last + 1)
    ratios = np.stack([_ratio(view, listed, at) for at, view in enumerate(views)], axis=1)
    young = last - np.arange(ages)
    expected = np.nan_to_num(ratios[:, -1:]) * listed[:, young]
    weight, error = np.zeros((2, n_services, ages))
    for age in range(ages):
        known, kept = _misses(views, ratios, listed, age)
        enough = kept.sum(axis=1) >= _FEWEST_MONTHS
        by_invoice, by_case, both = (
            (one * other * kept).sum(axis=1) / np.maximum(kept.sum(axis=1), 1)
            for one, other in ((known[0], known[0]), (known[1], known[1]), (known[0], known[1]))
        )
        by_case = by_case + case_error[:, last - age] ** 2
        apart = by_invoice + by_case - 2.0 * both
        part = np.divide(by_invoice - both, apart, out=np.zeros(n_services), where=apart > 0)
        part = np.clip(part, 0.0, 1.0)
        part = np.where(enough & (expected[:, age] > 0) & _earned(known, kept, part), part, 0.0)
        weight[:, age] = part
        mixed = part**2 * by_case + (1.0 - part) ** 2 * by_invoice + 2.0 * part * (1.0 - part) * both
        error[:, age] = np.sqrt(np.maximum(mixed, 0.0))
    error *= _together(views, ratios, listed, weight, error, case_error[:, young])[:, None]
    parted = _parted(views, ratios, listed)
    return CaseBills(expected, np.where(parted[:, None], 0.0, weight), error, parted)


def _ratio(view: Standing, listed: Array, last: int) -> Array:
    """(S,) bill over list cost of the months of ``_RATIO_AGES``, as known then; NaN where there is none."""
    months = slice(max(last + 1 - _RATIO_AGES[1], 0), max(last + 1 - _RATIO_AGES[0], 0))
    bill, cost = view.by_service[:, months].sum(axis=1), listed[:, months].sum(axis=1)
    full = months.stop - months.start == _RATIO_AGES[1] - _RATIO_AGES[0]
    return np.asarray(np.divide(bill, cost, out=np.full(len(bill), np.nan), where=(cost > 0) & (bill > 0) & full))


def _misses(views: Sequence[Standing], ratios: Array, listed: Array, age: int) -> tuple[Array, Flags]:
    """(2, S, N) by how much invoices and cases missed at an age, share of the whole bill; (S, N) where it can be said."""
    last = len(views) - 1
    whole = last - WEIGHED_MONTHS
    months = np.arange(max(whole + 1 - _SEEN_MONTHS, 0), whole + 1)
    bill = views[last].by_service[:, months]
    if not len(months):
        return np.zeros((2, len(listed), 0)), np.zeros((len(listed), 0), dtype=bool)
    invoices = np.stack([views[int(month) + age].by_service[:, month] for month in months], axis=1)
    cases = ratios[:, months + age] * listed[:, months]
    kept = np.isfinite(cases) & (bill > 0)
    misses = [np.divide(part, bill, out=np.ones_like(bill), where=kept) - 1.0 for part in (invoices, cases)]
    return np.clip(np.stack(misses), -_LARGEST_MISS, _LARGEST_MISS), np.asarray(kept, dtype=bool)


def _earned(known: Array, kept: Flags, weight: Array) -> Flags:
    """(S,) where the joined bill would have missed less than the invoices alone by more than chance would have it.

    Args:
        known: (2, S, N) misses of invoices and cases.
        kept: (S, N) where they can be said.
        weight: (S,) of the cases.
    """
    joined = weight[:, None] * known[1] + (1.0 - weight[:, None]) * known[0]
    gain = np.where(kept, known[0] ** 2 - joined**2, 0.0)
    count = np.maximum(kept.sum(axis=1), 1)
    mean = gain.sum(axis=1) / count
    spread = np.sqrt(np.where(kept, (gain - mean[:, None]) ** 2, 0.0).sum(axis=1) / count)
    return np.asarray(mean > _SURE * spread / np.sqrt(count))


def _together(views: Sequence[Standing], ratios: Array, listed: Array, weight: Array, error: Array, case_error: Array) -> Array:
    """(S,) by how much more the sum of the young months would have missed than months that miss by themselves; at least 1.

    A ratio that is off is off in all of them, and who is not recorded yet is missing from several.
    """
    ages = weight.shape[1]
    last = len(views) - 1
    seen = np.arange(max(last - WEIGHED_MONTHS - _SEEN_MONTHS + 1, ages - 1), last - WEIGHED_MONTHS + 1)
    if not len(seen):
        return np.ones(len(listed))
    month = seen[:, None] - np.arange(ages)
    bill = views[last].by_service[:, month]
    invoices = np.stack([views[int(at)].by_service[:, months] for at, months in zip(seen, month, strict=True)], axis=1)
    cases = np.nan_to_num(ratios[:, seen])[:, :, None] * listed[:, month]
    joined = weight[:, None] * cases + (1.0 - weight[:, None]) * invoices
    whole = bill.sum(axis=2)
    kept = np.isfinite(ratios[:, seen]) & (whole > 0)
    missed = np.divide(joined.sum(axis=2), whole, out=np.ones_like(whole), where=kept) - 1.0
    missed = np.clip(missed, -_LARGEST_MISS, _LARGEST_MISS)
    count = kept.sum(axis=1)
    of_sum = (missed**2 * kept).sum(axis=1) / np.maximum(count, 1) + (weight * case_error).mean(axis=1) ** 2
    by_themselves = (error**2).sum(axis=1) / ages**2
    usable = (count >= _FEWEST_MONTHS) & (by_themselves > 0)
    factor = np.divide(of_sum, by_themselves, out=np.ones(len(listed)), where=usable)
    return np.asarray(np.sqrt(np.maximum(factor, 1.0)))


def _parted(views: Sequence[Standing], ratios: Array, listed: Array) -> Flags:
    """(S,) where the youngest half year's invoices are further from the cases than they have been before."""
    first, end = _PARTED_AGES
    start = _RATIO_AGES[1]
    apart = np.full((len(listed), len(views)), np.nan)
    for last in range(start, len(views)):
        months = slice(last + 1 - end, last + 1 - first)
        bill, cost = views[last].by_service[:, months].sum(axis=1), ratios[:, last] * listed[:, months].sum(axis=1)
        apart[:, last] = np.divide(bill, cost, out=np.full(len(bill), np.nan), where=np.isfinite(cost) & (cost > 0)) - 1.0
    before = apart[:, start : len(views) - end]
    count = np.isfinite(before).sum(axis=1)
    usual = np.sqrt(np.nansum(before**2, axis=1) / np.maximum(count, 1))
    now = apart[:, -1] if apart.shape[1] else np.full(len(listed), np.nan)
    return np.asarray((count >= _FEWEST_MONTHS) & np.isfinite(now) & (np.abs(now) > _PARTED * usual) & (usual > 0))


def with_cases(ultimate: Array, errors: Array, missing: Array, found: CaseBills) -> tuple[Array, Array]:
    """Completed bills moved to where cases and invoices together have them; each service's move goes where most is missing.

    Args:
        ultimate: (S, K, T) by the invoices.
        errors: (S, K, T) their standard errors.
        missing: (S, K, T) what is expected still to come, at least 0: the move is shared by it.
        found: From :func:`weigh_cases`.

    Returns:
        Ultimate and standard errors, (S, K, T). Months of which nothing is missing, or where cases weigh nothing, stay.
    """
    moved, widths = ultimate.copy(), errors.copy()
    n_months = ultimate.shape[2]
    for age in range(found.weight.shape[1]):
        at, weight = n_months - 1 - age, found.weight[:, age]
        still = missing[:, :, at].sum(axis=1)
        use = (weight > 0) & (still > 0)
        share = np.divide(missing[:, :, at], still[:, None], out=np.zeros_like(missing[:, :, at]), where=use[:, None])
        before = ultimate[:, :, at].sum(axis=1)
        step = np.where(use, weight * (found.expected[:, age] - before), 0.0)
        moved[:, :, at] += step[:, None] * share
        spread = found.error[:, age] * np.abs(before + step)
        widths[:, :, at] = np.where(use[:, None], spread[:, None] * np.sqrt(share), errors[:, :, at])
    return moved, widths
