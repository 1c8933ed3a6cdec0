"""From service months to accounting years (regnskabsår): the bridge, what is already posted, and where what is to come will fall.

Drivers and forecasts live in service months, budgets and frames in accounting years (DESIGN 3). A posting made in the year after
its service month belongs to that year, unless it is booked to the old one in the supplementary period (supplementsperiode): how
often that happens is learnt per month of posting from the ledger itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.schema.published_accounts import BRIDGE
from models.drivers.completion import DEVELOPMENT_MONTHS, PAYEE_KINDS
from models.shapley import round_to_sum

if TYPE_CHECKING:
    from models.drivers import Completion
    from models.types import Array, DriverTables

BRIDGE_LINES = BRIDGE.column("line").allowed
PERIODS = 13
"""Accounting periods of a year: twelve months and the supplementary period (supplementsperiode)."""
_WEIGHT_COLUMNS = ["service", "month", "accounting_year", "weight"]
_PERIOD_WEIGHT_COLUMNS = ["service", "month", "accounting_year", "accounting_period", "weight"]
_LATE_COLUMNS = ["service", "accounting_year", "accounting_period", "ibnr_mean"]
_FIXED_COLUMNS = ["service", "accounting_year", "posted", "ibnr_mean"]
_RECENT_MONTHS = 12
_SETTLED_MONTHS = 24


def accounting_weights(tables: DriverTables, completion: Completion, triangle: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Share out months ahead, and what past months still lack, over accounting years.

    Args:
        tables: Driver tables.
        completion: Delay pattern and ibnr by payee.
        triangle: Extract: service, payee_kind, known, service_month, posted_month, accounting_year, amount. Empty: the source has
            no accounting years, and both frames are empty (the notice ``no_postings`` says so).

    Returns:
        ACCOUNTING_WEIGHTS (service, month, accounting_year, weight; sums to 1 per service and month) and ACCOUNTING_FIXED
        (service, accounting_year, posted, ibnr_mean; accounting years from the first posted on; ibnr_mean adds up to the ibnr
        of all past months), both without mask columns.
    """
    weights, late = accounting_periods(tables, completion, triangle)
    return by_year(weights, late, triangle, services=tuple(tables.services["service"]))


def accounting_periods(tables: DriverTables, completion: Completion, triangle: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same by accounting period: twelve months and the supplementary period (13); arguments as :func:`accounting_weights`.

    Returns:
        service, month, accounting_year, accounting_period, weight (1 to 13; sums to 1 per service and month), and service,
        accounting_year, accounting_period, ibnr_mean (when what past months still lack is expected to be posted).
    """
    if triangle.empty:
        return pd.DataFrame(columns=_PERIOD_WEIGHT_COLUMNS), pd.DataFrame(columns=_LATE_COLUMNS)
    services = tuple(tables.services["service"])
    ahead = pd.DatetimeIndex(sorted(tables.ahead["month"].unique()))
    history = pd.DatetimeIndex(sorted(tables.history["month"].unique()))
    booked_back = supplementary_shares(triangle)
    arrival = _arrival(completion.pattern)
    payees = _payee_shares(completion.by_payee, services, history)
    timely = 1.0 - _unknown_shares(triangle, services, history)
    by_payee = np.stack([_period_shares(month, arrival, 0, booked_back) for month in ahead])
    shares = np.einsum("sk,hkyp->shyp", payees, by_payee) * timely[:, None, None, None]
    shares[:, np.arange(len(ahead)), 0, ahead.month.to_numpy() - 1] += 1.0 - timely[:, None]
    return _weights_frame(shares, services, ahead), _late(completion.by_payee, services, arrival, booked_back)


def by_year(
    weights: pd.DataFrame, late: pd.DataFrame, triangle: pd.DataFrame, *, services: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum accounting periods to years, beside what is posted; see :func:`accounting_weights`.

    Args:
        weights: From :func:`accounting_periods`.
        late: The same.
        triangle: Extract.
        services: The run's, in order.
    """
    if triangle.empty:
        return pd.DataFrame(columns=_WEIGHT_COLUMNS), pd.DataFrame(columns=_FIXED_COLUMNS)
    keys = ["service", "month", "accounting_year"]
    yearly = weights.groupby(keys, sort=False)["weight"].sum().reset_index()
    posted = triangle.groupby(["service", "accounting_year"])["amount"].sum().rename("posted").reset_index()
    parts = [posted, late] if len(late) else [posted]  # nothing late: an empty part would lend its types
    frame = pd.concat(parts, ignore_index=True).reindex(columns=_FIXED_COLUMNS).fillna(0.0)
    frame = frame[frame["service"].isin(services)]
    sums = frame.groupby(["service", "accounting_year"])[["posted", "ibnr_mean"]].sum().reset_index()
    sums["rank"] = pd.Index(services).get_indexer(pd.Index(sums["service"]))
    ordered = sums.sort_values(["rank", "accounting_year"], ignore_index=True).drop(columns="rank")
    return yearly, ordered.astype({"accounting_year": "int64"})


def supplementary_shares(triangle: pd.DataFrame) -> Array:
    """Share of amounts for an earlier service year that a posting in each month of the year books to the year before.

    Args:
        triangle: service_month, posted_month, accounting_year, amount, known.

    Returns:
        (12,) January to December, 0 to 1; 0 where nothing of the kind was posted.
    """
    rows = triangle[triangle["known"]]
    late = rows[rows["posted_month"].dt.year > rows["service_month"].dt.year]
    if late.empty:
        return np.zeros(12)
    amount = late["amount"].abs()
    back = amount.where(late["accounting_year"] < late["posted_month"].dt.year, 0.0)
    month = late["posted_month"].dt.month
    sums = pd.DataFrame({"all": amount, "back": back}).groupby(month).sum().reindex(range(1, 13), fill_value=0.0)
    whole = sums["all"].to_numpy(dtype=float)
    return np.asarray(np.divide(sums["back"].to_numpy(dtype=float), whole, out=np.zeros(12), where=whole > 0))


def _arrival(pattern: pd.DataFrame) -> Array:
    """(K, D) share of a month's bill that comes 0, 1, 2 ... months later; a pattern above 1 (credit notes) is taken at 1."""
    developed = pattern["developed"].to_numpy(dtype=float).reshape(len(PAYEE_KINDS), -1)
    rising = np.maximum.accumulate(np.clip(developed, 0.0, 1.0), axis=1)
    rising[:, -1] = 1.0
    return np.diff(rising, axis=1, prepend=0.0)


def _period_shares(month: pd.Timestamp, arrival: Array, seen: int, booked_back: Array) -> Array:
    """(K, Y, 13) share of what a service month's bill still brings, by accounting year after the month's own and period.

    Args:
        month: Service month.
        arrival: (K, D).
        seen: Number of development months already over; only later ones are shared out.
        booked_back: (12,); what is booked back falls in the supplementary period of the year before.
    """
    shares = np.zeros((len(arrival), DEVELOPMENT_MONTHS // 12 + 2, PERIODS))
    for lag in range(seen, arrival.shape[1]):
        gap, at = divmod(month.month - 1 + lag, 12)
        back = booked_back[at] if gap > 0 else 0.0
        shares[:, gap, at] += arrival[:, lag] * (1.0 - back)
        shares[:, max(gap - 1, 0), PERIODS - 1] += arrival[:, lag] * back
    total = shares.sum(axis=(1, 2), keepdims=True)
    own = np.zeros_like(shares)
    gap, at = divmod(month.month - 1 if seen == 0 else min(seen + month.month - 1, DEVELOPMENT_MONTHS + 11), 12)
    own[:, gap, at] = 1.0
    return np.asarray(np.divide(shares, total, out=own, where=total > 1e-12))


def _payee_shares(by_payee: pd.DataFrame, services: tuple[str, ...], history: pd.DatetimeIndex) -> Array:
    """(S, K) shares of the 12 newest months' ultimate; a service without any is taken as private."""
    recent = by_payee[by_payee["month"].isin(history[-_RECENT_MONTHS:])]
    sums = recent.pivot_table(index="service", columns="payee_kind", values="ultimate", aggfunc="sum", fill_value=0.0)
    table = sums.reindex(index=list(services), columns=list(PAYEE_KINDS), fill_value=0.0).clip(lower=0.0).to_numpy(dtype=float)
    total = table.sum(axis=1, keepdims=True)
    usual = np.array([float(kind == "private") for kind in PAYEE_KINDS])
    return np.where(total > 0, table / np.where(total > 0, total, 1.0), usual)


def _unknown_shares(triangle: pd.DataFrame, services: tuple[str, ...], history: pd.DatetimeIndex) -> Array:
    """(S,) share of gross without a service month: it stands in its accounting month, so it falls in its own year."""
    recent = triangle[triangle["service_month"].isin(history[-_SETTLED_MONTHS:])]
    whole = recent.groupby("service")["amount"].sum().reindex(list(services), fill_value=0.0).to_numpy(dtype=float)
    part = recent[~recent["known"]].groupby("service")["amount"].sum().reindex(list(services), fill_value=0.0)
    share = np.divide(part.to_numpy(dtype=float), whole, out=np.zeros(len(services)), where=whole > 0)
    return np.asarray(np.clip(share, 0.0, 1.0))


def _weights_frame(shares: Array, services: tuple[str, ...], ahead: pd.DatetimeIndex) -> pd.DataFrame:
    gaps, periods = range(shares.shape[2]), range(1, PERIODS + 1)
    index = pd.MultiIndex.from_product(
        [list(services), ahead, gaps, periods], names=["service", "month", "gap", "accounting_period"]
    )
    frame = pd.DataFrame({"weight": shares.ravel()}, index=index).reset_index()
    frame = frame[frame["weight"] > 1e-9].reset_index(drop=True)
    frame["weight"] /= frame.groupby(["service", "month"])["weight"].transform("sum")
    frame["accounting_year"] = (frame["month"].dt.year + frame["gap"]).astype("int64")
    return frame[_PERIOD_WEIGHT_COLUMNS]


def _late(by_payee: pd.DataFrame, services: tuple[str, ...], arrival: Array, booked_back: Array) -> pd.DataFrame:
    """When what past months still lack is expected to be posted."""
    parts = []
    still = by_payee[by_payee["ibnr"] != 0.0]
    cutoff = by_payee["month"].max()
    for month, rows in still.groupby("month", sort=True):
        start = pd.Timestamp(str(month))
        age = (cutoff.year - start.year) * 12 + cutoff.month - start.month
        shares = _period_shares(start, arrival, age + 1, booked_back)
        kinds = pd.Index(PAYEE_KINDS).get_indexer(pd.Index(rows["payee_kind"]))
        spread = rows["ibnr"].to_numpy(dtype=float)[:, None, None] * shares[kinds]
        row, gap, period = np.nonzero(spread)
        facts = {"service": rows["service"].to_numpy()[row], "accounting_year": start.year + gap, "accounting_period": period + 1}
        parts.append(pd.DataFrame({**facts, "ibnr_mean": spread[row, gap, period]}))
    if not parts:
        return pd.DataFrame(columns=_LATE_COLUMNS).astype({"ibnr_mean": float})
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[frame["service"].isin(services)]
    return frame.groupby(_LATE_COLUMNS[:3])["ibnr_mean"].sum().reset_index()


def bridge(ledger: pd.DataFrame) -> pd.DataFrame:
    """Lead from what was delivered in a calendar year to what its accounts say, per frame, to the krone.

    ``service_year_reported + from_earlier_service_years + to_other_accounting_years + without_service_month =
    accounting_year_gross_authority`` and that ``+ provider_and_income = accounting_year_ledger``. Amounts that leave are
    negative. Postings for later service years (prepaid) stand with those from earlier ones.

    Args:
        ledger: Extract: frame, accounting_year, service_month (NaT: not known), side, amount.

    Returns:
        BRIDGE: member, accounting_year, line, amount in whole currency units; both identities hold exactly. A year stands in it
        when the ledger has that accounting year for the frame.
    """
    columns = ["member", "accounting_year", "line", "amount"]
    if ledger.empty:
        return pd.DataFrame(columns=columns)
    authority = ledger[ledger["side"] == "authority"]
    known = authority[authority["service_month"].notna()]
    service_year = known["service_month"].dt.year
    rows: list[tuple[str, int, str, int]] = []
    for (frame, year), block in ledger.groupby(["frame", "accounting_year"], sort=True):
        mine = known["frame"] == frame
        own, here = service_year == year, known["accounting_year"] == year
        unknown = (authority["frame"] == frame) & (authority["accounting_year"] == year) & authority["service_month"].isna()
        parts = np.array(
            [
                known.loc[mine & own, "amount"].sum(),
                known.loc[mine & ~own & here, "amount"].sum(),
                -known.loc[mine & own & ~here, "amount"].sum(),
                authority.loc[unknown, "amount"].sum(),
                block.loc[block["side"] != "authority", "amount"].sum(),
            ]
        )
        whole = round_to_sum(parts, round(float(parts.sum())))
        gross = int(whole[:4].sum())
        amounts = (*(int(part) for part in whole[:4]), gross, int(whole[4]), gross + int(whole[4]))
        rows += [(str(frame), int(str(year)), line, amount) for line, amount in zip(BRIDGE_LINES, amounts, strict=True)]
    return pd.DataFrame(rows, columns=columns)


def provider_years(ledger: pd.DataFrame) -> pd.DataFrame:
    """What the municipality's own institutions cost and earn, and refunds, per frame and accounting year (udfører).

    Args:
        ledger: Extract: frame, accounting_year, side, line, amount.

    Returns:
        PROVIDER_YEARS: member, accounting_year, line, amount (nominal, income negative).
    """
    kept = ledger[ledger["side"] != "authority"]
    sums = kept.groupby(["frame", "accounting_year", "line"])["amount"].sum().round(2).rename("amount")
    return sums.rename_axis(index={"frame": "member"}).reset_index()
