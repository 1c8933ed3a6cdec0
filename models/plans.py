"""What is decided and what lies outside the model, per frame and accounting year, at one price level.

Budgets, decided savings and the ledger's part that no service of the run explains: the frames' comparison (``models.outlook``)
takes them at the run's price level, the year's result (``models.outturn``) as nominal. Each krone stands in one place: what is
posted is posted, so a decision counts from the month after the cutoff only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.accounting import PERIODS
from models.years import NOMINAL, price_by_year

if TYPE_CHECKING:
    from models.types import Array, DriverTables

REFUND = "refund"
VERSIONS = ("original", "revised", "carried over")
SUPPLEMENTARY_MONTHS = 3
"""So far into the new year the old one's supplementary period is waited for, until it begins to be posted."""


@dataclass(frozen=True)
class Plans:
    """What the municipality has decided and posted, as the extracts give it; any frame may be empty.

    Attributes:
        budget: frame, service (missing: the frame's own), year, version (original|revised|carried over), price_level, amount_dkk.
        budget_events: effective_from, effective_to, frame, service, amount_dkk (per year), price_level, in_data.
        ledger: frame, service, accounting_year, accounting_period, side, line, amount (extract ``ledger_periods``).
        frame_labels: frame -> label.
    """

    budget: pd.DataFrame
    budget_events: pd.DataFrame
    ledger: pd.DataFrame
    frame_labels: dict[str, str]


@dataclass(frozen=True)
class Settled:
    """Plans at one price level. F frames, Y years, 13 accounting periods.

    Attributes:
        frames: (F,) keys, in order.
        years: (Y,) accounting years.
        frame_budget: index (frame, year): original, carried_over, revised (carried over included); NaN where there is none.
        service_budget: The same by (service, year), of the budget's rows that name a service.
        outside_posted: (F, Y, 13) posted outside the model: provider's net, income, authority without a service of the run.
        outside_ahead: (F, Y, 13) what is still expected of it.
        decided: (frame, service, year) -> (13,) decided but not in the data, from the month after the cutoff; ``""`` where the
            event names no frame or no service.
    """

    frames: tuple[str, ...]
    years: tuple[int, ...]
    frame_budget: pd.DataFrame
    service_budget: pd.DataFrame
    outside_posted: Array
    outside_ahead: Array
    decided: dict[tuple[str, str, int], Array]

    def outside_of(self, frames: list[str], year: int) -> tuple[Array, Array]:
        """(13,) posted and (13,) still expected outside the model, of several frames in one year."""
        places, at = [self.frames.index(frame) for frame in frames], self.years.index(year)
        return self.outside_posted[places, at].sum(axis=0), self.outside_ahead[places, at].sum(axis=0)

    def decided_of(self, year: int, *, frames: list[str] | None = None, service: str | None = None) -> Array:
        """(13,) decided in one year: of one service, or of frames (with what names no service)."""
        found = np.zeros(PERIODS)
        for (frame, own, at), amount in self.decided.items():
            if at == year and (frame in frames if frames is not None else own == service):
                found += amount
        return found


def settle(plans: Plans, drivers: DriverTables, *, frames: list[str], years: tuple[int, ...], level: str) -> Settled:
    """Bring plans to one price level.

    Outside the model the rule is: what is posted, and for the months after the cutoff, the supplementary period with them, what
    last year's same periods held, carried on in fixed prices; later years repeat the cutoff's year. Early in a year the one
    before still waits for its own supplementary period. State refund (account class 2) stands outside the frames and their
    service ceiling: it is shown with the provider lines, never netted here.

    Args:
        plans: Budgets, events and ledger.
        drivers: Services, prices, cutoff.
        frames: Frames of the run.
        years: Accounting years.
        level: ``nominal`` or the run's own price level.
    """
    prices = price_by_year(drivers)
    budget = plans.budget[plans.budget["year"].isin(years)]
    services = [str(service) for service in drivers.services["service"]]
    posted, ahead = _outside(plans.ledger, frames, years, drivers, prices)
    if level != NOMINAL:
        price = np.array([prices.get(year, 1.0) for year in years])[None, :, None]
        posted, ahead = posted / price, ahead / price
    return Settled(
        frames=tuple(frames),
        years=years,
        frame_budget=_budgets(budget, "frame", frames, years, level, prices),
        service_budget=_budgets(budget[budget["service"].notna()], "service", services, years, level, prices),
        outside_posted=posted,
        outside_ahead=ahead,
        decided=_decided(plans.budget_events, drivers, years, level, prices),
    )


def to_level(amount: float, *, price_level: str, year: int, level: str, prices: dict[int, float]) -> float:
    """Bring an amount of one year from its price level to another.

    Args:
        amount: Amount at ``price_level``.
        price_level: ``nominal`` or ``YYYY-pl``.
        year: Year the amount is for.
        level: The price level wanted: ``nominal`` or the run's own.
        prices: Year -> nominal per real of the run's level.

    Returns:
        The amount at ``level``; NaN where the index lacks a year that is needed.

    Example:
        >>> round(to_level(103.0, price_level="nominal", year=2027, level="2026-pl", prices={2026: 1.0, 2027: 1.03}), 6)
        100.0
        >>> to_level(100.0, price_level="2026-pl", year=2028, level="2026-pl", prices={2026: 1.0})
        100.0
    """
    if price_level == level:
        return amount
    base = prices.get(year if price_level == NOMINAL else int(price_level[:4]), np.nan)
    target = prices.get(year, np.nan) if level == NOMINAL else 1.0
    return amount / base * target


def _budgets(
    rows: pd.DataFrame, key: str, members: list[str], years: tuple[int, ...], level: str, prices: dict[int, float]
) -> pd.DataFrame:
    """(member, year) -> original, carried_over and revised: the newest revision (else the original) plus carried over."""
    rows = rows[rows[key].isin(members)]
    facts = zip(rows["amount_dkk"].astype(float), rows["price_level"].astype(str), rows["year"].astype(int), strict=True)
    at_level = [to_level(amount, price_level=own, year=year, level=level, prices=prices) for amount, own, year in facts]
    summed = rows.assign(at_level=np.array(at_level, dtype=float)).groupby(["version", key, "year"])["at_level"].sum(min_count=1)
    index = pd.MultiIndex.from_product([members, years], names=[key, "year"])

    def of(version: str) -> pd.Series[float]:
        part = summed[summed.index.get_level_values("version") == version].droplevel("version")
        return part.reindex(index).astype(float)

    original, revised, carried = (of(version) for version in VERSIONS)
    whole = revised.fillna(original) + carried.fillna(0.0)
    return pd.DataFrame({"original": original, "carried_over": carried.fillna(0.0).where(whole.notna()), "revised": whole})


def _outside(
    ledger: pd.DataFrame, frames: list[str], years: tuple[int, ...], drivers: DriverTables, prices: dict[int, float]
) -> tuple[Array, Array]:
    """(F, Y, 13) posted and still expected outside the model, nominal."""
    modelled = (ledger["side"] == "authority") & ledger["service"].isin(drivers.services["service"])
    rows = ledger[~modelled & (ledger["line"] != REFUND) & ledger["frame"].isin(frames)]
    now, month = drivers.cutoff.year, drivers.cutoff.month
    wanted = sorted({*years, now, now - 1, now - 2})
    index = pd.MultiIndex.from_product([frames, wanted, range(1, PERIODS + 1)])
    period = rows["accounting_period"].astype(int).clip(1, PERIODS)
    sums = rows["amount"].astype(float).groupby([rows["frame"].astype(str), rows["accounting_year"].astype(int), period]).sum()
    known = sums.reindex(index).fillna(0.0).to_numpy(dtype=np.float64).reshape(len(frames), len(wanted), PERIODS)
    this, last, before = (known[:, wanted.index(year)] for year in (now, now - 1, now - 2))
    closing = np.zeros_like(last)
    if month <= SUPPLEMENTARY_MONTHS:
        waited_for = last[:, -1] == 0
        closing[waited_for, -1] = before[waited_for, -1] * prices.get(now - 1, 1.0) / prices.get(now - 2, 1.0)
    rest = np.zeros_like(this)
    rest[:, month:] = (last + closing)[:, month:] * prices.get(now, 1.0) / prices.get(now - 1, 1.0)
    is_new = ~last.any(axis=1)
    rest[is_new, month:12] = this[is_new].sum(axis=1, keepdims=True) / month
    posted, ahead = np.zeros((2, len(frames), len(years), PERIODS))
    for place, year in enumerate(years):
        if year <= now:
            posted[:, place] = known[:, wanted.index(year)]
        if year == now - 1:
            ahead[:, place] = closing
        if year == now:
            ahead[:, place] = rest
        if year > now:
            ahead[:, place] = (this + rest) * prices.get(year, 1.0) / prices.get(now, 1.0)
    return posted, ahead


def _decided(
    events: pd.DataFrame, drivers: DriverTables, years: tuple[int, ...], level: str, prices: dict[int, float]
) -> dict[tuple[str, str, int], Array]:
    """(frame, service, year) -> (13,) decided but not yet in the data, a twelfth in each month in force after the cutoff."""
    frame_of = drivers.services.set_index("service")["frame"].astype(str)
    pending = pending_events(events, drivers.cutoff)
    found: dict[tuple[str, str, int], Array] = {}
    facts = zip(pending["amount_dkk"].astype(float), pending["price_level"].astype(str), strict=True)
    for row, (whole, own) in zip(pending.itertuples(), facts, strict=True):
        service = _text(row.service)
        frame = _text(row.frame) or str(frame_of.get(service, ""))
        for year in years:
            in_force = _in_force(row.effective_from, row.effective_to, year, drivers.cutoff)
            amount = to_level(whole, price_level=own, year=year, level=level, prices=prices)
            if in_force.any() and np.isfinite(amount):
                key = (frame, service, year)
                found[key] = found.get(key, np.zeros(PERIODS)) + in_force * amount / 12.0
    return found


def pending_events(events: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Events that history can't hold: not yet in the data, or in force from after the cutoff month whatever they say."""
    later = pd.to_datetime(events["effective_from"]) >= cutoff + pd.DateOffset(months=1)
    return events[~events["in_data"].astype(bool) | later]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _in_force(start: object, end: object, year: int, cutoff: pd.Timestamp) -> Array:
    """(13,) 1.0 in each month of a year, by its first day, in which an event is in force and nothing is posted yet."""
    months = pd.date_range(f"{year}-01-01", periods=12, freq="MS")
    from_month = pd.Timestamp(str(start)).replace(day=1)
    until = pd.Timestamp(str(end)) if pd.notna(end) else months[-1]  # type: ignore[call-overload]
    found = np.zeros(PERIODS)
    found[:12] = (months >= from_month) & (months <= until) & (months > cutoff)
    return found
