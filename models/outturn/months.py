"""YEAR_RESULT_MONTHS: an accounting year period by period, what is posted and what is expected, to the supplementary period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.accounting import PERIODS
from models.plans import REFUND
from models.pressure import published_frame, statistics
from models.years import late_shares

if TYPE_CHECKING:
    from models.levels import Member
    from models.outturn.year_result import Outturn
    from models.types import Array, PressureDraws

MONTHLY_YEARS_AHEAD = 1
"""Accounting years after the cutoff's whose months are told; later ones are told by year."""
_COLUMNS = [
    "level", "member", "year", "period", "posted", "expected", "budget", "last_year", "cumulated_mean", "cumulated_q10",
    "cumulated_q90",
]  # fmt: skip


def year_result_months(
    made: Outturn, draws: PressureDraws, *, weights: pd.DataFrame, late: pd.DataFrame, fixed: pd.DataFrame
) -> pd.DataFrame:
    """Lay each open year, to the one after the cutoff's, on its accounting periods.

    Args:
        made: From ``outturn``.
        draws: The run's draws.
        weights: service, month, accounting_year, accounting_period, weight (``accounting.accounting_periods``).
        late: service, accounting_year, accounting_period, ibnr_mean (the same).
        fixed: ACCOUNTING_FIXED.

    Returns:
        YEAR_RESULT_MONTHS: 13 rows per member and year. ``cumulated_mean`` of period 13 is the year's expected result.
    """
    last = made.drivers.cutoff.year + MONTHLY_YEARS_AHEAD
    error = np.zeros((len(draws.services), 1)) if draws.late_error is None else draws.late_error
    spread = late_shares(fixed, draws.services, made.parts.years)
    posted = _posted(made)
    rows = []
    for place, year in enumerate(made.parts.years):
        if year > last:
            continue
        falls = _falls(weights[weights["accounting_year"] == year], draws)
        coming = np.einsum("sph,shd->spd", falls, draws.gross_nominal, optimize=True)
        mean_late = _late(late[late["accounting_year"] == year], draws.services)
        pattern = _pattern(mean_late, made, year)
        coming += mean_late[:, :, None] + pattern[:, :, None] * (spread[:, place, None] * error)[:, None, :]
        for member in made.members:
            rows += _member_rows(made, member, year, coming[member.rows].sum(axis=0), posted)
    return published_frame("year_result_months", pd.DataFrame(rows, columns=None if rows else _COLUMNS))


def _falls(weights: pd.DataFrame, draws: PressureDraws) -> Array:
    """(S, 13, H) share of a month's gross that is posted in a period of one accounting year."""
    found = np.zeros((len(draws.services), PERIODS, len(draws.months)))
    service = pd.Index(draws.services).get_indexer(pd.Index(weights["service"]))
    month = draws.months.get_indexer(pd.DatetimeIndex(weights["month"]))
    known = (service >= 0) & (month >= 0)
    place = (service[known], weights["accounting_period"].to_numpy(dtype=int)[known] - 1, month[known])
    np.add.at(found, place, weights["weight"].to_numpy(dtype=float)[known])
    return found


def _late(late: pd.DataFrame, services: tuple[str, ...]) -> Array:
    """(S, 13) what past months still lack, by when it is expected to be posted."""
    found = np.zeros((len(services), PERIODS))
    service = pd.Index(services).get_indexer(pd.Index(late["service"]))
    known = service >= 0
    np.add.at(
        found,
        (service[known], late["accounting_period"].to_numpy(dtype=int)[known] - 1),
        late["ibnr_mean"].to_numpy(dtype=float)[known],
    )
    return found


def _pattern(late: Array, made: Outturn, year: int) -> Array:
    """(S, 13) over which periods the error of late invoices is laid: as they are expected, else the next one; sums to 1."""
    positive = late.clip(min=0.0)
    whole = positive.sum(axis=1, keepdims=True)
    cutoff = made.drivers.cutoff
    following = {cutoff.year: cutoff.month}.get(year, PERIODS - 1 if year < cutoff.year else 0)
    usual = np.zeros_like(late)
    usual[:, following] = 1.0
    return np.where(whole > 0, positive / np.where(whole > 0, whole, 1.0), usual)


def _posted(made: Outturn) -> pd.Series[float]:
    """(service, accounting year, period) -> authority gross posted; what is paid ahead of its month is expected there instead."""
    rows = made.plans.ledger
    ahead = rows["ahead"].astype(bool) if "ahead" in rows else pd.Series(data=False, index=rows.index)
    rows = rows[(rows["side"] == "authority") & (rows["line"] != REFUND) & rows["service"].isin(made.services) & ~ahead]
    period = rows["accounting_period"].astype(int).clip(1, PERIODS)
    keys = [rows["service"].astype(str), rows["accounting_year"].astype(int), period]
    return rows["amount"].astype(float).groupby(keys).sum()


def _period_sums(posted: pd.Series[float], services: list[str], year: int) -> Array:
    index = pd.MultiIndex.from_product([services, [year], range(1, PERIODS + 1)])
    return np.asarray(posted.reindex(index).fillna(0.0).to_numpy(dtype=np.float64).reshape(len(services), PERIODS).sum(axis=0))


def _member_rows(made: Outturn, member: Member, year: int, coming: Array, posted: pd.Series[float]) -> list[dict[str, object]]:
    services = [made.services[row] for row in member.rows]
    outside, outside_ahead = made.outside_of(member, year)
    done = _period_sums(posted, services, year) + outside
    last = _period_sums(posted, services, year - 1) + _outside_before(made, member, year)
    beside = made.decided_of(member, year) + made.adjusted_of(member, year) + outside_ahead
    ahead = coming + beside[:, None]
    mean, low, _, high = statistics(np.cumsum(done[:, None] + ahead, axis=0))
    monthly = made.budget_of(member, year)["revised"] / 12.0
    begun = _begun(made, year)
    return [
        {
            "level": member.level,
            "member": member.member,
            "year": year,
            "period": period + 1,
            "posted": done[period] if period < begun or done[period] else np.nan,
            "expected": float(ahead[period].mean()),
            "budget": monthly if period < 12 else monthly * 0.0,
            "last_year": last[period],
            "cumulated_mean": mean[period],
            "cumulated_q10": low[period],
            "cumulated_q90": high[period],
        }
        for period in range(PERIODS)
    ]


def _outside_before(made: Outturn, member: Member, year: int) -> Array:
    """(13,) posted outside the model in the year before; what was still expected is not posted."""
    return made.outside_of(member, year - 1)[0] if year - 1 in made.settled.years else np.zeros(PERIODS)


def _begun(made: Outturn, year: int) -> int:
    """Accounting periods that are over at the cutoff."""
    cutoff = made.drivers.cutoff
    return {cutoff.year: cutoff.month}.get(year, PERIODS if year < cutoff.year else 0)
