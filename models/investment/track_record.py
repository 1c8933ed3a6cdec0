"""Promised against realised over every case that could be followed up, and the haircut that this suggests for new ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.investment.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.investment.case import Case
    from models.investment.follow_up import FollowUp

PRIOR_SHARE = 1.0
"""Before anything is known a promise is taken at its word, as the case's own probability has already weighed it."""
PRIOR_SD = 0.5
"""How far a municipality's usual share realised may lie from that."""
LEAST_BETWEEN = 0.25
"""Standard deviation between cases, at least: a few that happen to agree do not make cases alike."""
LEAST_CASES = 3
"""With fewer no haircut is suggested."""


@dataclass(frozen=True)
class TrackRecord:
    """What became of promises.

    Attributes:
        cases: Decided cases.
        followed: Those with an effect over a window.
        not_carried_out: Those that were not; they count as nothing realised.
        share_plain: Mean share realised of the followed and those not carried out; None without any.
        share: The same, leaning on 1 when they are few and uncertain.
        share_sd: Its standard deviation.
        haircut_pct: Per cent by which a new promise is suggested to be cut; None with fewer than three cases.
        raised: Whether more came than was promised; nothing is then suggested to be added.
    """

    cases: int
    followed: int
    not_carried_out: int
    share_plain: float | None
    share: float
    share_sd: float
    haircut_pct: float | None
    raised: bool


def track_record(found: Sequence[FollowUp]) -> TrackRecord:
    """Sum the register up.

    Each case's share realised weighs by how well it is known: ``1 / (its variance + the variance between cases)``, the latter by
    the moments of the shares (DerSimonian & Laird 1986), never below 0.25 squared; the mean leans on 1 with a standard deviation
    of 0.5. A case that was not carried out has realised nothing, and that is known. The order of cases is no matter.

    Args:
        found: Every case of the register, each once.

    Example:
        >>> nothing = track_record([])
        >>> nothing.share, nothing.haircut_pct
        (1.0, None)
    """
    shares = sorted(pair for pair in (_share(item) for item in found) if pair is not None)
    followed = sum(item.effect is not None and item.effect.share_realised is not None for item in found)
    skipped = sum(item.status is Status.NOT_CARRIED_OUT and item.effect is None for item in found)
    if not shares:
        return TrackRecord(len(found), followed, skipped, None, PRIOR_SHARE, PRIOR_SD, None, raised=False)
    values, variance = np.array([share for share, _ in shares]), np.array([sd**2 for _, sd in shares])
    weight = 1.0 / (variance + _between(values, variance))
    precision = float(weight.sum()) + PRIOR_SD**-2
    share = float((weight * values).sum() + PRIOR_SHARE * PRIOR_SD**-2) / precision
    haircut = None if len(values) < LEAST_CASES else 100.0 * float(np.clip(1.0 - share, 0.0, 1.0))
    mean = float(values.mean())
    return TrackRecord(len(found), followed, skipped, mean, share, precision**-0.5, haircut, raised=share > 1.0)


def with_haircut(case: Case, record: TrackRecord) -> Case:
    """The case with its promise cut as the record suggests; as it is where nothing is suggested.

    Example:
        >>> from models.investment.case import example_case
        >>> record = TrackRecord(4, 4, 0, 0.5, 0.75, 0.2, 25.0, raised=False)
        >>> with_haircut(example_case(), record).promise.value, with_haircut(example_case(), track_record([])) == example_case()
        (-3.0, True)
    """
    kept = 1.0 - (record.haircut_pct or 0.0) / 100.0
    made = case.promise
    return replace(case, promise=replace(made, value=kept * made.value, low=kept * made.low, high=kept * made.high))


def _share(item: FollowUp) -> tuple[float, float] | None:
    """Share realised and its standard deviation."""
    if item.effect is not None and item.effect.share_realised is not None and item.effect.share_realised_sd is not None:
        return item.effect.share_realised, item.effect.share_realised_sd
    return (0.0, 0.0) if item.status is Status.NOT_CARRIED_OUT else None


def _between(values: np.ndarray, variance: np.ndarray) -> float:
    """Variance between cases."""
    weight = 1.0 / (variance + LEAST_BETWEEN**2)
    mean = float((weight * values).sum() / weight.sum())
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    found = (float((weight * (values - mean) ** 2).sum()) - (len(values) - 1)) / scale if scale > 0 else 0.0
    return LEAST_BETWEEN**2 + max(found, 0.0)
