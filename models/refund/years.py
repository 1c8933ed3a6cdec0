"""Refund by frame, committee and total in service years and accounting years, to the krone, and who stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.levels import LEVELS, TOTAL
from models.refund.history import families
from models.shapley import round_to_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.refund.history import CitizenMonths, RefundByService
    from models.types import Array

SERVICE_YEAR, ACCOUNTING_YEAR = "service_year", "accounting_year"
SHOWN_LEVELS = LEVELS[1:]
"""Frames and what they sum to: a refund rests on few citizens, so services are not shown."""
ALL_TIERS = 0
_KEYS = ["level", "member", "year", "basis"]


def whole_years(months: pd.DatetimeIndex) -> list[int]:
    """Calendar years of which every month is there.

    Example:
        >>> whole_years(pd.date_range("2024-07-01", "2026-06-01", freq="MS"))
        [2025]
    """
    years, counts = np.unique(months.year.to_numpy(), return_counts=True)
    return [int(year) for year in years[counts == 12]]


def service_years(found: RefundByService, known: CitizenMonths) -> dict[int, Array]:
    """Whole service year -> (S, K) refund, currency, nominal."""
    year = known.months.year.to_numpy()
    return {number: found.amount[:, year == number].sum(axis=1) for number in whole_years(known.months)}


def accounting_years(
    found: RefundByService, known: CitizenMonths, *, triangle: pd.DataFrame, history: pd.DataFrame, years: Sequence[int]
) -> dict[int, Array]:
    """Refund of the cost that was posted to each accounting year: a service month's refund follows its bills.

    Args:
        found: Refund by service and month.
        known: Services and months.
        triangle: Extract: service, service_month, accounting_year, amount.
        history: service, month, gross_ultimate_nominal.
        years: Closed accounting years wanted; those whose earliest service year is not in history are left out.

    Returns:
        Accounting year -> (S, K) refund, currency, nominal. A month without cost has its refund in its own year.
    """
    wanted = [year for year in years if year > known.months[0].year]
    posted = triangle.groupby(["accounting_year", "service", "service_month"])["amount"].sum()
    index = pd.MultiIndex.from_product([known.services, known.months])
    booked = history.set_index(["service", "month"])["gross_ultimate_nominal"].reindex(index)
    whole = booked.astype(float).fillna(0.0).to_numpy().reshape(found.amount.shape[:2])
    own = (whole <= 0)[..., None] * found.amount
    result = {}
    for year in wanted:
        amounts = posted.xs(year).astype(float).reindex(index).fillna(0.0).to_numpy().reshape(whole.shape)
        share = np.divide(amounts, whole, out=np.zeros_like(whole), where=whole > 0)
        mine = own[:, known.months.year.to_numpy() == year].sum(axis=1)
        result[year] = (found.amount * share[..., None]).sum(axis=1) + mine
    return result


def member_years(services: pd.DataFrame, order: Sequence[str], amounts: dict[int, Array], names: Sequence[str]) -> pd.DataFrame:
    """Whole kroner by frame, committee and total, so that tiers and frames sum to the total.

    Args:
        services: service, frame, committee.
        order: (S,) services as the amounts are stacked.
        amounts: Year -> (S, K) currency.
        names: (K,) columns' names.

    Returns:
        level, member, year and a column per name, whole kroner.
    """
    belong = services.set_index("service").reindex(list(order))
    frames = services.drop_duplicates("frame").set_index("frame")["committee"].astype(str).sort_index()
    place = pd.Index(frames.index).get_indexer(pd.Index(belong["frame"].astype(str)))
    exact = np.zeros((len(amounts), len(frames), len(names)))
    for rows, values in zip(exact, amounts.values(), strict=True):
        np.add.at(rows, place[place >= 0], values[place >= 0])
    kroner = (
        np.stack([round_to_sum(rows.ravel(), round(float(rows.sum()))).reshape(rows.shape) for rows in exact])
        if amounts
        else exact
    )
    parts = []
    for level, members in {"frame": frames.index.astype(str), "committee": frames, TOTAL: [TOTAL] * len(frames)}.items():
        number, found = pd.factorize(np.asarray(members, dtype=object), sort=True)
        for row, member in enumerate(found):
            sums = kroner[:, number == row].sum(axis=1)
            parts.append(pd.DataFrame(sums, columns=list(names)).assign(level=level, member=str(member), year=list(amounts)))
    return pd.concat(parts, ignore_index=True)[["level", "member", "year", *names]]


def rounded_gross(gross: pd.DataFrame, services: pd.DataFrame) -> pd.DataFrame:
    """Gross of ``actual_years``, nominal, in whole kroner, so that frames sum to the total.

    Args:
        gross: ACTUAL_YEARS.
        services: service, frame, committee.

    Returns:
        level, member, year, basis, gross.
    """
    rows = gross[(gross["level"] == "frame") & (gross["price_level"] == "nominal")]
    frames = services.drop_duplicates("frame").assign(service=lambda table: table["frame"])
    parts = []
    for basis in (SERVICE_YEAR, ACCOUNTING_YEAR):
        table = (
            rows[rows["basis"] == basis].pivot_table(index="member", columns="year", values="gross", aggfunc="sum").fillna(0.0)
        )
        amounts = {int(year): table[year].to_numpy(dtype=float)[:, None] for year in table.columns}
        parts.append(member_years(frames, table.index.astype(str).to_list(), amounts, ["gross"]).assign(basis=basis))
    return pd.concat(parts, ignore_index=True)


def refund_concentration(
    known: CitizenMonths, found: RefundByService, services: pd.DataFrame, *, years: Sequence[int] | None = None
) -> pd.DataFrame:
    """How many stand behind a refund, and the largest one's share: for suppression, and as the count above each threshold.

    Args:
        known: Citizens' cost.
        found: Their refund.
        services: service, frame, committee.
        years: Service years, whole or begun; None: the whole ones.

    Returns:
        level, member, year, tier (0: all; 1, 2 ...: above that threshold in at least one month),
        n_citizens (children of one household are one), top_share. Members without any have no row.
    """
    wanted = set(whole_years(known.months) if years is None else years)
    year = known.months.year.to_numpy()[known.month]
    tables = services.set_index("service").reindex(list(known.services))
    tiers = np.concatenate([found.entries.sum(axis=0)[None], found.entries])
    entries = pd.DataFrame({"family": families(known)[known.citizen], "year": year})
    parts = []
    for level in SHOWN_LEVELS:
        names = np.full(len(tables), TOTAL, dtype=object) if level == TOTAL else tables[level].astype(str).to_numpy(dtype=object)
        rows = entries.assign(member=names[known.service] if len(names) else [])
        for tier, amount in enumerate(tiers):
            chosen = rows.assign(amount=amount)[(amount > 0) & rows["year"].isin(wanted)]
            person = chosen.groupby(["member", "year", "family"])["amount"].sum()
            by_member = person.groupby(level=["member", "year"]).agg(["size", "max", "sum"]).reset_index()
            parts.append(
                by_member.assign(
                    level=level, tier=tier, n_citizens=by_member["size"], top_share=by_member["max"] / by_member["sum"]
                )
            )
    columns = ["level", "member", "year", "tier", "n_citizens", "top_share"]
    whole_table: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return whole_table[columns]
