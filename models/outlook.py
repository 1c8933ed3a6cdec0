"""FRAME_OUTLOOK: the expected result of each frame (bevillingsramme) against its budget, in accounting years only.

One price level is named for the whole run (its ``YYYY-pl``; nominal where no index was given), and every budget is brought
to it. Plus means overspending (merforbrug).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.levels import TOTAL, members_of
from models.pressure import published_frame, statistics
from models.years import NOMINAL, accounting_year_draws, price_by_year

if TYPE_CHECKING:
    from models.types import Array, DriverTables, PressureDraws

REFUND = "refund"
_TOTAL_LABEL = "I alt"


@dataclass(frozen=True)
class Plans:
    """What the municipality has decided and posted, as the extracts give it; any frame may be empty.

    Attributes:
        budget: frame, year, version (original|revised|carried over), price_level, amount_dkk.
        budget_events: effective_from, effective_to, frame, service, amount_dkk (per year), price_level, in_data.
        ledger: frame, service, accounting_year, side, line, amount.
        frame_labels: frame -> label.
    """

    budget: pd.DataFrame
    budget_events: pd.DataFrame
    ledger: pd.DataFrame
    frame_labels: dict[str, str]


def frame_outlook(
    draws: PressureDraws, drivers: DriverTables, plans: Plans, *, weights: pd.DataFrame, fixed: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set each frame's expected result beside its budget.

    A frame's result is the gross of its services (on every draw), plus what lies outside the model, plus what is decided but
    not yet in the data. A committee's or the total's budget is stated only where every frame of theirs has one.

    Args:
        draws: The run's draws.
        drivers: Services, prices, cutoff.
        plans: Budgets, events and ledger.
        weights: ACCOUNTING_WEIGHTS; empty: there are no accounting years and no outlook.
        fixed: ACCOUNTING_FIXED.

    Returns:
        FRAME_OUTLOOK, and notices (notice_id, member, text_da, text_en).
    """
    level = drivers.price_level
    ones = np.ones(draws.gross_nominal.shape[:2])
    found = accounting_year_draws(draws, drivers, weights=weights, fixed=fixed, price_level=level, factor=ones)
    frame_of = drivers.services.set_index("service")["frame"].astype(str)
    frames = sorted(set(frame_of))
    prices = price_by_year(drivers)
    budgets = _budgets(plans.budget, frames, found.years, level, prices)
    outside = _outside_model(plans.ledger, frames, found.years, drivers, prices)
    decided = _decided(_pending(plans.budget_events, drivers.cutoff), frame_of, found.years, level, prices)
    rows = []
    for member in members_of(drivers.services, draws.services):
        if member.level == "service":
            continue
        own = sorted({str(frame_of[draws.services[row]]) for row in member.rows})
        label = {"frame": plans.frame_labels.get(member.member, member.member), TOTAL: _TOTAL_LABEL}.get(
            member.level, member.member
        )
        counted = [*own, ""] if member.level == TOTAL else own
        for place, year in enumerate(found.years):
            extra = {
                "budget_original": budgets.loc[(own, year), "original"].sum(skipna=False),
                "budget_revised": budgets.loc[(own, year), "revised"].sum(skipna=False),
                "outside_model": float(sum(outside[frame] for frame in own)),
                "decided_not_in_data": float(sum(decided.get((frame, year), 0.0) for frame in counted)),
            }
            gross = found.gross[member.rows, place].sum(axis=0)
            keys = {"level": member.level, "member": member.member, "member_label": label, "year": year, "price_level": level}
            rows.append({**keys, **extra, **_against(gross, extra)})
    columns = None if rows else ["level", "member", "member_label", "year", "price_level", *_FIGURES]
    outlook = published_frame("frame_outlook", pd.DataFrame(rows, columns=columns))
    return outlook, _notices(outlook, plans, frames, drivers)


_FIGURES = (
    "budget_original", "budget_revised", "outside_model", "decided_not_in_data", "mean", "q10", "q50", "q90",
    "deviation_mean", "deviation_q10", "deviation_q90", "probability_over",
)  # fmt: skip


def _against(gross: Array, extra: dict[str, float]) -> dict[str, float]:
    result = gross + extra["outside_model"] + extra["decided_not_in_data"]
    mean, q10, q50, q90 = (float(value) for value in statistics(result))
    budget = extra["budget_revised"]
    over = float(np.mean(result > budget)) if np.isfinite(budget) else np.nan
    deviation = {f"deviation_{name}": value - budget for name, value in (("mean", mean), ("q10", q10), ("q90", q90))}
    return {"mean": mean, "q10": q10, "q50": q50, "q90": q90, **deviation, "probability_over": over}


def to_level(amount: float, *, price_level: str, year: int, level: str, prices: dict[int, float]) -> float:
    """Bring an amount of one year from its price level to the run's.

    Args:
        amount: Amount at ``price_level``.
        price_level: ``nominal`` or ``YYYY-pl``.
        year: Year the amount is for.
        level: The run's price level.
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
    budget: pd.DataFrame, frames: list[str], years: tuple[int, ...], level: str, prices: dict[int, float]
) -> pd.DataFrame:
    """(frame, year) -> original and revised budget; revised is the newest revision (else the original) plus carried over."""
    rows = budget[budget["frame"].isin(frames) & budget["year"].isin(years)]
    facts = zip(rows["amount_dkk"].astype(float), rows["price_level"].astype(str), rows["year"].astype(int), strict=True)
    at_level = [to_level(amount, price_level=own, year=year, level=level, prices=prices) for amount, own, year in facts]
    summed = (
        rows.assign(at_level=np.array(at_level, dtype=float)).groupby(["version", "frame", "year"])["at_level"].sum(min_count=1)
    )
    index = pd.MultiIndex.from_product([frames, years], names=["frame", "year"])

    def of(version: str) -> pd.Series[float]:
        part = summed[summed.index.get_level_values("version") == version].droplevel("version")
        return part.reindex(index).astype(float)

    original = of("original")
    return pd.DataFrame({"original": original, "revised": of("revised").fillna(original) + of("carried over").fillna(0.0)})


def _outside_model(
    ledger: pd.DataFrame, frames: list[str], years: tuple[int, ...], drivers: DriverTables, prices: dict[int, float]
) -> dict[str, float]:
    """Frame -> provider's net, income, and authority postings without a service, per year at the run's price level.

    Rule: the newest accounting year that is over at the cutoff is carried on unchanged in fixed prices. State refund (account
    class 2) stands outside the frames and their service ceiling: it is shown with the provider lines, never netted here.
    """
    last = drivers.cutoff.year if drivers.cutoff.month == 12 else drivers.cutoff.year - 1
    modelled = (ledger["side"] == "authority") & ledger["service"].isin(drivers.services["service"])
    rows = ledger[~modelled & (ledger["line"] != REFUND) & (ledger["accounting_year"] == last)]
    amounts = rows["amount"].astype(float).groupby(rows["frame"]).sum()
    price = 1.0 if drivers.price_level == NOMINAL else prices.get(last, 1.0)
    return {frame: float(amounts.get(frame, 0.0)) / price for frame in frames} if years else {}


def _decided(
    pending: pd.DataFrame, frame_of: pd.Series[str], years: tuple[int, ...], level: str, prices: dict[int, float]
) -> dict[tuple[str, int], float]:
    """(frame, year) -> decided but not yet in the data, by months in force; frame ``""`` where the event names none."""
    found: dict[tuple[str, int], float] = {}
    facts = zip(pending["amount_dkk"].astype(float), pending["price_level"].astype(str), strict=True)
    for row, (whole, own) in zip(pending.itertuples(), facts, strict=True):
        frame = _text(row.frame) or str(frame_of.get(_text(row.service), ""))
        for year in years:
            share = _months_in_force(row.effective_from, row.effective_to, year) / 12.0
            amount = to_level(whole, price_level=own, year=year, level=level, prices=prices)
            if share > 0 and np.isfinite(amount):
                found[frame, year] = found.get((frame, year), 0.0) + share * amount
    return found


def _pending(events: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Events that history can't hold: not yet in the data, or in force from after the cutoff month whatever they say."""
    later = pd.to_datetime(events["effective_from"]) >= cutoff + pd.DateOffset(months=1)
    return events[~events["in_data"].astype(bool) | later]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _months_in_force(start: object, end: object, year: int) -> int:
    """Months of a year, each by its first day, in which an event is in force."""
    months = pd.date_range(f"{year}-01-01", periods=12, freq="MS")
    from_month = pd.Timestamp(str(start)).replace(day=1)
    until = pd.Timestamp(str(end)) if pd.notna(end) else months[-1]  # type: ignore[call-overload]
    return int(((months >= from_month) & (months <= until)).sum())


def _notices(outlook: pd.DataFrame, plans: Plans, frames: list[str], drivers: DriverTables) -> pd.DataFrame:
    rows = []
    lacking = outlook[(outlook["level"] == "frame") & outlook["budget_revised"].isna()]
    for frame, years in lacking.groupby("member")["year"]:
        span = ", ".join(str(year) for year in sorted(years))
        rows.append(
            (
                "frame_without_budget",
                str(frame),
                f"Rammen har intet budget for {span}: afvigelsen kan ikke beregnes.",
                f"The frame has no budget for {span}: the deviation can't be worked out.",
            )
        )
    unused = sorted(set(plans.budget["frame"].astype(str)) - set(frames))
    if unused:
        rows.append(
            (
                "budget_without_services",
                "budget",
                f"Budget på {len(unused)} rammer uden fremskrevne ydelser er ikke med i sammenligningen.",
                f"Budget on {len(unused)} frames without forecast services is left out of the comparison.",
            )
        )
    if len(outlook) and drivers.price_level == NOMINAL and (plans.budget["price_level"] != NOMINAL).any():
        rows.append(
            (
                "budget_without_index",
                "budget",
                "Budgettet er i faste priser, men der er intet prisindeks: det er regnet som løbende priser.",
                "The budget is in fixed prices but there is no price index: it is taken as nominal.",
            )
        )
    if len(outlook) and _without_frame(plans.budget_events, drivers):
        rows.append(
            (
                "event_without_frame",
                "budget_events",
                "Beslutninger uden ramme tælles kun med i totalen.",
                "Decisions without a frame are counted in the total only.",
            )
        )
    return pd.DataFrame(rows, columns=["notice_id", "member", "text_da", "text_en"])


def _without_frame(events: pd.DataFrame, drivers: DriverTables) -> bool:
    pending = _pending(events, drivers.cutoff)
    return bool((pending["frame"].isna() & ~pending["service"].isin(drivers.services["service"])).any())
