"""The tables of the refund before suppression, from citizens' cost that goes no further than here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.measures import YEARS_AHEAD
from models.refund.history import citizen_months, ledger_scale, refund_by_service
from models.refund.marginal import marginal_shares
from models.refund.notices import notice_frame, refund_notices, unknown_notice
from models.refund.years import (
    ACCOUNTING_YEAR,
    SERVICE_YEAR,
    SHOWN_LEVELS,
    accounting_years,
    member_years,
    refund_concentration,
    rounded_gross,
    service_years,
    whole_years,
)

if TYPE_CHECKING:
    from models.refund.history import CitizenMonths, RefundByService, RefundRules
    from models.refund.response import Curves
    from models.types import Array, DriverTables

_AMOUNTS = ["gross", "central_refund", "half_refund", "net_of_central", "net", "posted_refund"]
_KEYS = ["level", "member", "year"]


@dataclass(frozen=True)
class RefundSources:
    """What the refund is worked out from. Nothing of ``rows`` outlives the call.

    Attributes:
        rows: Extract ``CitizenCosts.rows``: one row per citizen, month and service.
        inputs: input, cases, missing.
        volume: Extract: service, month, list_cost_nominal.
        triangle: Extract: service, service_month, accounting_year, amount.
        ledger: Extract: frame, accounting_year, line, amount.
        actual_years: ACTUAL_YEARS before suppression.
    """

    rows: pd.DataFrame
    inputs: pd.DataFrame
    volume: pd.DataFrame
    triangle: pd.DataFrame
    ledger: pd.DataFrame
    actual_years: pd.DataFrame


@dataclass(frozen=True)
class PastRefund:
    """The refund of history in sums over citizens, for the years that are still open.

    Attributes:
        services: (S,) keys.
        months: (T,) first days.
        amount: (S, T) currency, nominal.
        booked: Accounting year -> (S,) refund of what is posted to it so far.
    """

    services: tuple[str, ...]
    months: pd.DatetimeIndex
    amount: Array
    booked: dict[int, Array]


@dataclass(frozen=True)
class RefundTables:
    """Sums over citizens, not yet masked, and what to know beside them.

    Attributes:
        years: REFUND_YEARS without mask columns.
        tiers: REFUND_TIERS without mask columns.
        marginal: REFUND_MARGINAL without mask.
        concentration: level, member, year, tier (0: all), n_citizens, top_share.
        half_services: Services of the half refund.
        notices: notice_id, member, text_da, text_en.
        past: Of open years; None without citizens.
        ahead: REFUND_AHEAD without mask columns; None where no citizens were simulated.
        curves: What scaling and removing each service does to the refund ahead; None likewise.
        begun: As ``concentration``, tier 0, of the months so far of a year that is not over; None without citizens.
        behind: How many are expected behind the refund ahead, services too; None likewise.
        errors: By how much the curves, added up, miss, as shares of the change; empty likewise.
    """

    years: pd.DataFrame
    tiers: pd.DataFrame
    marginal: pd.DataFrame
    concentration: pd.DataFrame
    half_services: frozenset[str]
    notices: pd.DataFrame
    past: PastRefund | None = None
    ahead: pd.DataFrame | None = None
    curves: Curves | None = None
    behind: pd.DataFrame | None = None
    begun: pd.DataFrame | None = None
    errors: dict[str, float] = field(default_factory=dict)


def refund_tables(sources: RefundSources, drivers: DriverTables, rules: RefundRules) -> RefundTables:
    """Work out the refund of history.

    Args:
        sources: Citizens' cost and the ledger.
        drivers: Services with frame and committee, history to the cutoff.
        rules: Thresholds, and which services count.

    Returns:
        Sums only. Without any citizen's cost (a source that hands over sums) every table is empty and a notice says what is
        not known.
    """
    months = pd.DatetimeIndex(sorted(drivers.history["month"].unique()))
    scale, odd = ledger_scale(sources.volume, drivers.history)
    known = citizen_months(sources.rows, scale, months, rules)
    if not known.services:
        empty = pd.DataFrame(columns=[*_KEYS, "tier", "n_citizens", "top_share"])
        return RefundTables(_no_years(), _no_tiers(), _no_marginal(), empty, rules.half, notice_frame([unknown_notice()]))
    found = refund_by_service(known)
    return RefundTables(
        _years(sources, drivers, known, found, rules),
        _tiers(drivers.services, known, found, rules),
        marginal_shares(known, rules, drivers.history),
        refund_concentration(known, found, drivers.services),
        rules.half & frozenset(drivers.services["service"].astype(str)),
        refund_notices(sources, drivers, known, odd, rules),
        _past(sources, drivers, known, found),
        begun=_begun(drivers, known, found),
    )


def _begun(drivers: DriverTables, known: CitizenMonths, found: RefundByService) -> pd.DataFrame:
    years = sorted({drivers.cutoff.year} - set(whole_years(known.months)))
    counted = refund_concentration(known, found, drivers.services, years=years)
    return counted[counted["tier"] == 0].reset_index(drop=True)


def _past(sources: RefundSources, drivers: DriverTables, known: CitizenMonths, found: RefundByService) -> PastRefund:
    years = range(drivers.cutoff.year - 1, drivers.cutoff.year + YEARS_AHEAD + 1)
    booked = accounting_years(
        found, known, triangle=sources.triangle, history=drivers.history, years=_posted_years(sources, years)
    )
    amounts = {year: amount.sum(axis=1) for year, amount in booked.items()}
    return PastRefund(known.services, known.months, found.amount.sum(axis=2), amounts)


def _posted_years(sources: RefundSources, years: range) -> list[int]:
    return sorted(set(years) & {int(year) for year in sources.triangle["accounting_year"].unique()})


def _no_years() -> pd.DataFrame:
    return pd.DataFrame(columns=[*_KEYS, "basis", *_AMOUNTS, "thresholds_verified"])


def _no_tiers() -> pd.DataFrame:
    columns = ["tier", "refund_pct", "own_pct", "above_dkk", "above_children_dkk", "refund", "thresholds_verified"]
    return pd.DataFrame(columns=[*_KEYS, *columns])


def _no_marginal() -> pd.DataFrame:
    shares = ["price_share", "price_error", "volume_share", "volume_error", "thresholds_verified", "n_citizens", "top_share"]
    return pd.DataFrame(columns=["service", "from_period", "to_period", *shares])


def _years(
    sources: RefundSources, drivers: DriverTables, known: CitizenMonths, found: RefundByService, rules: RefundRules
) -> pd.DataFrame:
    gross = rounded_gross(sources.actual_years, drivers.services)
    closed = sorted({int(year) for year in gross.loc[gross["basis"] == ACCOUNTING_YEAR, "year"]})
    booked = accounting_years(found, known, triangle=sources.triangle, history=drivers.history, years=closed)
    central = {SERVICE_YEAR: service_years(found, known), ACCOUNTING_YEAR: booked}
    parts = []
    for basis, amounts in central.items():
        refund = _tier_kroner(drivers.services, known, amounts)
        refund["central_refund"] = refund[_tier_names(known)].sum(axis=1)
        half = _half_refund(sources.actual_years, drivers.services, rules, basis, tuple(amounts))
        table = refund[[*_KEYS, "central_refund"]].merge(gross[gross["basis"] == basis], on=_KEYS, validate="one_to_one")
        parts.append(table.merge(half, on=_KEYS, how="left", validate="one_to_one"))
    years = pd.concat(parts, ignore_index=True)
    years["half_refund"] = years["half_refund"].fillna(0.0)
    years["net_of_central"] = years["gross"] - years["central_refund"]
    years["net"] = years["net_of_central"] - years["half_refund"]
    years = years.merge(_posted(sources.ledger, drivers.services), on=[*_KEYS, "basis"], how="left")
    since = years["year"].where(years["basis"] == SERVICE_YEAR, years["year"] - 1)
    years["thresholds_verified"] = [
        all(_is_verified(rules, year) for year in range(first, last + 1))
        for first, last in zip(since.astype(int), years["year"].astype(int), strict=True)
    ]
    return years[_no_years().columns]


def _is_verified(rules: RefundRules, year: int) -> bool:
    return all(rules.reference.of(year, side).verified for side in ("under_18", "from_18"))


def _tier_names(known: CitizenMonths) -> list[str]:
    return [f"tier_{number}" for number in range(1, len(known.thresholds.limits) + 1)]


def _tier_kroner(services: pd.DataFrame, known: CitizenMonths, amounts: dict[int, Array]) -> pd.DataFrame:
    return member_years(services, known.services, amounts, _tier_names(known))


def _half_refund(
    actual_years: pd.DataFrame, services: pd.DataFrame, rules: RefundRules, basis: str, years: tuple[int, ...]
) -> pd.DataFrame:
    """Half of the gross of shelters and refuges, whole kroner by frame, committee and total."""
    mine = actual_years[
        (actual_years["level"] == "service")
        & actual_years["member"].isin(sorted(rules.half))
        & (actual_years["basis"] == basis)
        & (actual_years["price_level"] == "nominal")
    ]
    order = sorted(mine["member"].astype(str).unique())
    amounts = {}
    for year in years:
        gross = mine[mine["year"] == year].set_index("member")["gross"].astype(float).reindex(order).fillna(0.0)
        amounts[year] = np.asarray(gross.to_numpy()[:, None] * rules.half_share)
    return member_years(services, order, amounts, ["half_refund"])


def _posted(ledger: pd.DataFrame, services: pd.DataFrame) -> pd.DataFrame:
    """State refund as posted, positive, by frame, committee and total; nothing where the ledger posts none."""
    rows = ledger[(ledger["line"] == "refund") & ledger["frame"].isin(services["frame"])]
    frames = services.drop_duplicates("frame").assign(service=lambda table: table["frame"])
    amounts = {
        int(str(year)): -block.groupby("frame")["amount"]
        .sum()
        .reindex(frames["frame"])
        .fillna(0.0)
        .to_numpy(dtype=float)[:, None]
        for year, block in rows.groupby("accounting_year", sort=True)
    }
    return member_years(frames, frames["frame"].astype(str).to_list(), amounts, ["posted_refund"]).assign(basis=ACCOUNTING_YEAR)


def _tiers(services: pd.DataFrame, known: CitizenMonths, found: RefundByService, rules: RefundRules) -> pd.DataFrame:
    kroner = _tier_kroner(services, known, service_years(found, known))
    parts = []
    for year, block in kroner.groupby("year", sort=True):
        adults, children = (rules.reference.of(int(str(year)), side) for side in ("from_18", "under_18"))
        for place, (above, pct) in enumerate(zip(adults.above_dkk, adults.refund_pct, strict=True)):
            of_children = children.above_dkk[place] if place < len(children.above_dkk) else np.nan
            parts.append(
                block[_KEYS].assign(
                    tier=place + 1,
                    refund_pct=pct,
                    own_pct=100.0 - pct,
                    above_dkk=above,
                    above_children_dkk=of_children,
                    refund=block[f"tier_{place + 1}"],
                    thresholds_verified=adults.verified and children.verified,
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else _no_tiers()


__all__ = ["SHOWN_LEVELS", "RefundSources", "RefundTables", "refund_tables"]
