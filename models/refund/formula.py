"""The central refund as pure arithmetic on arrays: per citizen and month, against a twelfth of the year's thresholds.

Serviceloven § 176 and Barnets Lov § 198: of what a citizen costs net in a month the state pays a rising share of each tier
(25, 50, 75 per cent from 2021). Worked out per month and never on the year's sum (BEK 1485 of 6 December 2023 § 3): three
million in four months is refunded otherwise than three million in twelve. All functions take any leading axes, so that draws,
months and citizens go through together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.reference.refund import FROM_18, UNDER_18

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    from data.reference.refund import RefundReference, RefundYear
    from models.types import Array

    Flags = npt.NDArray[np.bool_]

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class Thresholds:
    """Monthly thresholds by tier, side of 18 and month. K tiers, T months; a year with fewer tiers has infinite ones.

    Attributes:
        months: (T,) first days.
        limits: (K, 2, T) currency per month, nominal, rising over K; second axis: from 18, under 18.
        rates: (K, 2, T) share of the cost above each limit, up to the next, that is refunded.
        verified: (T,) sources were seen for both sides of 18.
    """

    months: pd.DatetimeIndex
    limits: Array
    rates: Array
    verified: Flags

    def of(self, child: Flags) -> tuple[Array, Array]:
        """Limits and rates of citizens.

        Args:
            child: (T, N) whether the thresholds of under 18 hold (they differ until 2020 only).

        Returns:
            Two (K, T, N).
        """
        month = np.arange(len(self.months))[:, None]
        side = child.astype(np.intp)
        return self.limits[:, side, month], self.rates[:, side, month]


def thresholds_of(months: pd.DatetimeIndex, reference: RefundReference) -> Thresholds:
    """Lay the reference's years out by month.

    Args:
        months: (T,) first days.
        reference: Known years; others are carried on (or back) and not verified.

    Example:
        >>> import pandas as pd
        >>> from data.reference.refund import load_refund
        >>> found = thresholds_of(pd.date_range("2022-01-01", periods=1, freq="MS"), load_refund())
        >>> found.limits[:, 0, 0].round().tolist(), found.rates[:, 0, 0].tolist(), bool(found.verified[0])
        ([71667.0, 140000.0, 176667.0], [0.25, 0.5, 0.75], True)
    """
    years = [int(year) for year in months.year]
    known = {year: (reference.of(year, FROM_18), reference.of(year, UNDER_18)) for year in dict.fromkeys(years)}
    tiers = max((len(side.above_dkk) for sides in known.values() for side in sides), default=0)
    limits = np.full((tiers, 2, len(years)), np.inf)
    rates = np.zeros((tiers, 2, len(years)))
    for place, year in enumerate(years):
        for side, found in enumerate(known[year]):
            limits[: len(found.above_dkk), side, place] = np.array(found.above_dkk) / MONTHS_OF_A_YEAR
            rates[:, side, place] = _padded(found, tiers)
    verified = np.array([all(side.verified for side in known[year]) for year in years], dtype=bool)
    return Thresholds(months, limits, rates, verified)


def _padded(found: RefundYear, tiers: int) -> Array:
    shares = np.array(found.refund_pct) / 100.0
    return np.concatenate([shares, np.repeat(shares[-1:], tiers - len(shares))])


def refund_tiers(net: Array, limits: Array, rates: Array) -> Array:
    """Refund of each tier.

    Args:
        net: (...) net cost per citizen (or household of children) and month, currency; below 0 counts as 0.
        limits: (K, ...) monthly thresholds, rising over K; broadcast against ``net``.
        rates: (K, ...) share refunded from each threshold to the next.

    Returns:
        (K, ...) currency per month; sums over K to :func:`refund_above`.

    Source:
        Serviceloven § 176; BEK 1485/2023 § 3. The example is DOMAIN's, at the level of 2022.

    Example:
        >>> limits = np.array([860_000, 1_680_000, 2_120_000]) / 12
        >>> refund_tiers(np.array(200_000.0), limits, np.array([0.25, 0.5, 0.75])).round().tolist()
        [17083.0, 18334.0, 17500.0]
    """
    above = [np.clip(net - limit, 0.0, None) for limit in limits]
    above.append(np.zeros_like(above[-1]))
    return np.stack([rate * (low - high) for rate, low, high in zip(rates, above[:-1], above[1:], strict=True)])


def refund_above(net: Array, limits: Array, rates: Array) -> Array:
    """Refund of all tiers together; arguments as :func:`refund_tiers`.

    Only the few entries above the lowest threshold are worked on, so a roll-forward's draws cost little more than one comparison.

    Returns:
        (...) currency per month, shape of ``net`` broadcast against the limits.

    Example:
        >>> limits = np.array([860_000, 1_680_000, 2_120_000]) / 12
        >>> refund_above(np.array([50_000.0, 200_000.0]), limits[:, None], np.array([[0.25], [0.5], [0.75]])).round().tolist()
        [0.0, 52917.0]
    """
    shape = np.broadcast_shapes(np.shape(net), limits.shape[1:])
    cost = np.broadcast_to(net, shape)
    hot = cost > limits[0]
    found = np.zeros(shape)
    found[hot] = _stepped(
        cost[hot], *(np.array([np.broadcast_to(tier, shape)[hot] for tier in table]) for table in (limits, rates))
    )
    return found


def _stepped(net: Array, limits: Array, rates: Array) -> Array:
    """(M,) refund of M amounts with (K, M) limits and rates of their own."""
    steps = np.diff(rates, axis=0, prepend=0.0)
    return np.asarray((steps * np.clip(net - limits, 0.0, None)).sum(axis=0))


def marginal_refund(net: Array, limits: Array, rates: Array) -> Array:
    """Share of one more krone that the state pays; the rest is what that krone costs the municipality.

    Arguments as :func:`refund_tiers`; on a threshold itself the next krone is in the tier above it.

    Example:
        >>> limits, rates = np.array([860_000, 1_680_000, 2_120_000]) / 12, np.array([0.25, 0.5, 0.75])
        >>> [1 - float(marginal_refund(np.array(net), limits, rates)) for net in (50_000.0, 100_000.0, 200_000.0)]
        [1.0, 0.75, 0.25]
    """
    shape = np.broadcast_shapes(np.shape(net), limits.shape[1:])
    found = np.zeros(shape)
    for limit, rate in zip(limits, rates, strict=True):
        found = np.where((net >= limit) & np.isfinite(limit), rate, found)
    return found


@dataclass(frozen=True)
class Citizens:
    """What the refund needs to know of citizens beside their cost. T months, N citizens. Lives in memory only.

    Attributes:
        child: (T, N) summed with other children of the household, and under the thresholds of children.
        covered: (T, N) under 67, or covered just before.
        household: (N,) numbers; below 0: not known, and then nobody is summed with it.
    """

    child: Flags
    covered: Flags
    household: npt.NDArray[np.int64]


class Households:
    """Children who are summed with one another, found once and used draw after draw."""

    def __init__(self, citizens: Citizens) -> None:
        """Find households in which two or more are a child in some month."""
        ever = np.where(citizens.child.any(axis=0), citizens.household, -1)
        self.members, self._starts, self._group = shared_households(ever)
        self._young = citizens.child[:, self.members]

    def judged(self, net: Array) -> Array:
        """Net cost by which each citizen is judged: children of one household by their sum, everybody else by the own.

        Args:
            net: (..., T, N) currency per month.

        Returns:
            (..., T, N).

        Example:
            >>> child = np.array([[True, True, False]])
            >>> facts = Citizens(child, np.ones_like(child), np.array([7, 7, 7]))
            >>> Households(facts).judged(np.array([[40.0, 50.0, 60.0]])).tolist()
            [[90.0, 90.0, 60.0]]
        """
        found = np.array(net, dtype=np.float64)
        if len(self.members):
            own = found[..., self.members]
            sums = np.add.reduceat(np.where(self._young, own, 0.0), self._starts, axis=-1)
            found[..., self.members] = np.where(self._young, sums[..., self._group], own)
        return found


def shared_households(
    household: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Citizens of households that hold two or more, by household.

    Args:
        household: (N,) numbers; below 0: not known.

    Returns:
        (M,) places of the citizens, (G,) where each household starts among them, (M,) number of each one's household.
    """
    order = np.argsort(household, kind="stable")
    order = order[household[order] >= 0]
    _, inverse, sizes = np.unique(household[order], return_inverse=True, return_counts=True)
    members = order[sizes[inverse] >= 2] if len(order) else order
    _, starts, group = np.unique(household[members], return_index=True, return_inverse=True)
    return members, starts, group


def refund_of(cost: Array, citizens: Citizens, thresholds: Thresholds, *, deducted: Array | float = 0.0) -> Array:
    """Central refund of simulated or real citizens, month by month.

    Args:
        cost: (..., T, N) gross cost that counts, currency per month, nominal: without objective financing, one-off cost already
            spread (:func:`spread_one_off`). Any leading axes (draws); they are gone through one by one, so memory stays at twice
            the size of ``cost``.
        citizens: (T, N) and (N,) facts.
        thresholds: Of the same T months.
        deducted: Citizens' payments and other refunds (half of shelters), broadcast against ``cost``, currency per month.

    Returns:
        (..., T, N) currency per month; a household's refund is cut to its children in proportion to their net cost.

    Example:
        >>> import pandas as pd
        >>> from data.reference.refund import load_refund
        >>> facts = Citizens(np.array([[False, True, True]]), np.array([[True, True, True]]), np.array([-1, 3, 3]))
        >>> months = pd.date_range("2022-05-01", periods=1, freq="MS")
        >>> refund_of(np.array([[200_000.0, 50_000.0, 150_000.0]]), facts, thresholds_of(months, load_refund())).round().tolist()
        [[52917.0, 13229.0, 39688.0]]
    """
    limits, rates = (table.reshape(len(table), -1) for table in thresholds.of(citizens.child))
    households = Households(citizens)
    shape = np.broadcast_shapes(cost.shape, citizens.covered.shape)
    whole, less = np.broadcast_to(cost, shape), np.broadcast_to(deducted, shape)
    found = np.zeros(shape)
    for draw in np.ndindex(shape[:-2]):
        net = np.where(citizens.covered, np.clip(whole[draw] - less[draw], 0.0, None), 0.0)
        judged = households.judged(net).ravel()
        hot = np.flatnonzero(judged > limits[0])
        shares = net.ravel()[hot] / judged[hot]
        found[draw].reshape(-1)[hot] = shares * _stepped(judged[hot], limits[:, hot], rates[:, hot])
    return found


def spread_one_off(once: Array, months: pd.DatetimeIndex | Sequence[pd.Timestamp]) -> Array:
    """Spread one-off cost evenly over the twelve months of its accounting year, whether or not the window holds all of them.

    Args:
        once: (..., T, N) currency in the month it was incurred.
        months: (T,) first days.

    Returns:
        (..., T, N) currency per month.

    Example:
        >>> import pandas as pd
        >>> months = pd.date_range("2025-11-01", periods=3, freq="MS")
        >>> spread_one_off(np.array([[0.0], [120.0], [0.0]]), months).tolist()
        [[10.0], [10.0], [0.0]]
    """
    years = np.array([month.year for month in months])
    same = (years[:, None] == years[None, :]).astype(float) / MONTHS_OF_A_YEAR
    return np.asarray(np.einsum("st,...tn->...sn", same, once))
