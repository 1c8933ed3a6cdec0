"""What was known at the end of an earlier month: pattern, expected bill and completed months, without a look ahead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.drivers.triangles import DEVELOPED_BOUNDS, known_part, volume_pattern

if TYPE_CHECKING:
    from models.types import Array

    Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

RIPE_SHARE = 0.8
"""Bornhuetter-Ferguson below this developed share, chain ladder from it on."""
_RIPE_MONTHS = 12


@dataclass(frozen=True)
class Standing:
    """One month's view of the ledger, per kind of payee.

    Attributes:
        developed: (K, D) share reported by the end of each development month.
        ultimate: (K, t + 1) completed service months.
        by_service: (S, t + 1) the same by service, all kinds together.
        prior: (K, T) expected bill: list cost at the ratio of bill to list cost known then; without cases the mean bill.
    """

    developed: Array
    ultimate: Array
    by_service: Array
    prior: Array


@dataclass(frozen=True)
class History:
    """A ledger that can be looked at from every month.

    Attributes:
        amounts: (S, K, T, D) by service, payee, service month and lag.
        list_cost: (S, T) active cases x price, NaN without cases.
    """

    amounts: Array
    list_cost: Array

    @cached_property
    def cumulative(self) -> Array:
        """(S, K, T, D) amounts by the end of each development month."""
        return np.asarray(self.amounts.cumsum(axis=3))

    @cached_property
    def by_kind(self) -> Array:
        """(K, T, D) the same, all services together."""
        return np.asarray(self.cumulative.sum(axis=0))

    def standing(self, last: int) -> Standing:
        """What the end of month ``last`` (a place in T) knew of the ledger; list cost is today's.

        Args:
            last: 0 to T - 1.
        """
        developed = np.clip(np.stack([volume_pattern(kind, last) for kind in self.by_kind]), *DEVELOPED_BOUNDS)
        reported = known_part(self.cumulative, last)
        age = np.minimum(last - np.arange(last + 1), developed.shape[1] - 1)
        share = developed[:, age]
        ladder = reported / share[None]
        ripe = ripe_months(share)
        prior = expected_bill(ladder, self.list_cost, ripe)
        bornhuetter = reported + prior[:, :, : last + 1] * (1.0 - share[None])
        ultimate = np.where(takes_ladder(share, ripe)[None], ladder, bornhuetter)
        return Standing(developed, ultimate.sum(axis=0), ultimate.sum(axis=1), prior.sum(axis=0))


def ripe_months(share: Array) -> Flags:
    """(K, T) the 12 newest ripe months of each kind of payee.

    Args:
        share: (K, T) developed share.

    Example:
        >>> ripe_months(np.array([[1.0, 0.9, 0.3], [1.0, 0.5, 0.1]])).tolist()
        [[True, True, False], [True, False, False]]
    """
    is_ripe = share >= RIPE_SHARE
    newer = np.cumsum(is_ripe[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(is_ripe & (newer <= _RIPE_MONTHS))


def takes_ladder(share: Array, ripe: Flags) -> Flags:
    """(K, T) where the ladder alone completes: ripe months, and every month of a kind of payee without any.

    Args:
        share: (K, T) developed share.
        ripe: (K, T) as :func:`ripe_months`.
    """
    none_ripe = ~np.asarray(ripe.any(axis=1))
    return np.asarray((share >= RIPE_SHARE) | none_ripe[:, None])


def expected_bill(ladder: Array, list_cost: Array, ripe: Flags) -> Array:
    """(S, K, T) expected bill: list cost at the ratio of bill to list cost in the ripe months; without cases their mean bill.

    Each kind of payee is judged by its own ripe months, so that no other kind moves it.

    Args:
        ladder: (S, K, t) completed by the ladder alone.
        list_cost: (S, T), NaN without cases.
        ripe: (K, t) as :func:`ripe_months`; a kind without any has no expected bill (0).
    """
    bill = (ladder * ripe[None]).sum(axis=2)
    listed = np.nan_to_num(list_cost)[:, : ripe.shape[1]] @ ripe.T.astype(float)
    by_list = np.divide(bill, listed, out=np.full_like(bill, np.nan), where=listed > 0)
    mean = bill / np.maximum(ripe.sum(axis=1), 1)[None]
    prior = np.where(
        np.isfinite(by_list)[:, :, None],
        np.nan_to_num(by_list)[:, :, None] * np.nan_to_num(list_cost)[:, None, :],
        mean[:, :, None],
    )
    return np.asarray(np.clip(prior, 0.0, None))
