"""Commitments (disponeret): a known payment of a case and month replaces the estimate of that case, and never adds to it.

The case system's expected payments and the case list say what the same cases will cost, both at the case system's prices.
Their difference, at what the ledger has paid per krone of list price, moves the service's expected cost of the month. A
commitment whose case the list does not have moves nothing: the forecast already holds those who come anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.pressure import published_frame

if TYPE_CHECKING:
    from models.types import Array, DriverTables, PressureDraws

MOST_APART = 0.25
"""Commitments further than this share from the case list are another thing than its prices: listed, not used."""
_RATIO = (0.5, 2.0)
_NEWEST = 12


@dataclass(frozen=True)
class Committed:
    """What commitments did.

    Attributes:
        draws: The run's draws, moved.
        used: Services whose commitments were used.
        apart: Services whose commitments lie too far from the case list.
        notices: notice_id, member, text_da, text_en.
    """

    draws: PressureDraws
    used: frozenset[str]
    apart: frozenset[str]
    notices: pd.DataFrame


def with_commitments(
    draws: PressureDraws,
    drivers: DriverTables,
    months: pd.DataFrame,
    volume: pd.DataFrame,
    *,
    split: pd.DataFrame | None = None,
) -> Committed:
    """Replace the estimates of cases by their commitments.

    Gross and unit cost of a month are multiplied by ``1 + r * k * (committed - listed) / mean gross``: ``r`` completed gross per
    krone of list cost over the 12 newest months, ``k`` the share of known citizens still there. Volume stands.

    Args:
        draws: The run's draws.
        drivers: Histories.
        months: Extract: service, month, committed, listed; nominal, of the same cases.
        volume: Extract: service, month, list_cost_nominal.
        split: service, month, committed, new, ended; None or empty: k is 1.

    Returns:
        The draws, and what was used. Without commitments the draws come back as they are.
    """
    if months.empty:
        return Committed(draws, frozenset(), frozenset(), _notices(frozenset()))
    ratio = _ledger_per_list(draws.services, drivers, volume)
    sums = months.groupby("service")[["committed", "listed"]].sum().reindex(list(draws.services))
    apart = (sums["committed"] - sums["listed"]).abs() > MOST_APART * sums["listed"].abs()
    fits = (ratio >= _RATIO[0]) & (ratio <= _RATIO[1])
    usable = sums["committed"].notna().to_numpy() & ~apart.to_numpy() & fits
    moved = _moved(draws, months, split) * np.where(usable, ratio, 0.0)[:, None]
    mean = draws.gross_nominal.mean(axis=2)
    factor = np.clip(1.0 + np.divide(moved, mean, out=np.zeros_like(moved), where=mean > 0), 0.0, None)[:, :, None]
    made = replace(draws, gross_nominal=draws.gross_nominal * factor, unit_cost_real=draws.unit_cost_real * factor)
    names = np.array(draws.services, dtype=object)
    left = frozenset(str(name) for name in names[sums["committed"].notna().to_numpy() & ~usable])
    return Committed(made, frozenset(str(name) for name in names[usable]), left, _notices(left))


def _ledger_per_list(services: tuple[str, ...], drivers: DriverTables, volume: pd.DataFrame) -> Array:
    """(S,) completed gross per krone of list cost over the newest months; NaN where there is no list cost."""
    newest = drivers.cutoff - pd.DateOffset(months=_NEWEST - 1)
    listed = volume[volume["month"] >= newest].groupby("service")["list_cost_nominal"].sum().reindex(list(services))
    rows = drivers.history[drivers.history["month"] >= newest]
    gross = rows.groupby("service")["gross_ultimate_nominal"].sum().reindex(list(services))
    cost = listed.astype(float).to_numpy(dtype=np.float64, na_value=np.nan)
    whole = gross.astype(float).to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(np.divide(whole, cost, out=np.full(len(services), np.nan), where=cost > 0))


def _moved(draws: PressureDraws, months: pd.DataFrame, split: pd.DataFrame | None) -> Array:
    """(S, H) committed less listed, times the share of known citizens still there."""
    index = pd.MultiIndex.from_product([draws.services, draws.months])
    keyed = months.set_index(["service", "month"])
    apart = (keyed["committed"] - keyed["listed"]).astype(float)
    kept = pd.Series(1.0, index=index)
    if split is not None and len(split):
        rows = split.set_index(["service", "month"]).reindex(index)
        known = rows["committed"].astype(float)
        kept = ((known - rows["ended"].astype(float)) / known.where(known > 0)).clip(0.0, 1.0).fillna(1.0)
    found = (apart.reindex(index).fillna(0.0) * kept).to_numpy(dtype=np.float64)
    return np.asarray(found.reshape(len(draws.services), len(draws.months)), dtype=np.float64)


def _notices(apart: frozenset[str]) -> pd.DataFrame:
    rows = [
        (
            "commitments_not_used",
            service,
            "Disponeringen ligger for langt fra sagslisten eller regnskabet; den er vist, men ikke brugt i skønnet.",
            "The commitments lie too far from the case list or the ledger; they are listed but not used in the estimate.",
        )
        for service in sorted(apart)
    ]
    return pd.DataFrame(rows, columns=["notice_id", "member", "text_da", "text_en"])


def commitment_table(years: pd.DataFrame, committed: Committed, *, min_citizens: int, max_top_share: float) -> pd.DataFrame:
    """COMMITMENT_DIFFERENCES: commitments beside the case list per service and year, small groups left out.

    A difference that rests on fewer than ``min_citizens`` citizens, or on one mostly, is hidden and the case list's amount with
    it; so is the amount of unknown cases. A service whose commitments themselves are of so few is masked whole.

    Args:
        years: Extract.
        committed: From :func:`with_commitments`.
        min_citizens: Fewer are suppressed.
        max_top_share: One citizen with more than this share suppresses.
    """

    def is_small(count: str, share: str) -> pd.Series[bool]:
        people = years[count].astype(float)
        return ((people >= 1) & (people < min_citizens)) | ((years[share].astype(float) > max_top_share) & (people >= 1))

    known = years[years["service"].isin(committed.draws.services)]
    small, few_apart = is_small("n_citizens", "top_share"), is_small("n_apart", "top_apart")
    few_unknown = is_small("n_unmatched", "top_unmatched")
    listed = years["listed"].astype(float)
    rows = pd.DataFrame(
        {
            "service": years["service"],
            "year": years["year"].astype("int64"),
            "committed": years["committed"].astype(float).where(~small),
            "case_list": listed.where(~small & ~few_apart),
            "difference": (years["committed"].astype(float) - listed).where(~small & ~few_apart),
            "unmatched": years["unmatched"].astype(float).where(~small & ~few_unknown),
            "used": years["service"].isin(committed.used),
            "n_citizens": pd.array([pd.NA] * len(years), dtype="Int64"),
            "top_share": np.nan,
            "mask": np.where(small, "primary", ""),
        }
    )
    return published_frame("commitment_differences", rows.loc[known.index])
