"""FRAME_OUTLOOK: the expected result of each frame (bevillingsramme) against its budget, in accounting years only.

One price level is named for the whole run (its ``YYYY-pl``; nominal where no index was given), and every budget is brought
to it. Plus means overspending (merforbrug).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.levels import TOTAL, members_of
from models.outturn.adjustments import adjust, no_adjustments
from models.plans import pending_events, settle, to_level
from models.pressure import published_frame, statistics
from models.years import NOMINAL, accounting_year_draws, price_by_year

if TYPE_CHECKING:
    from models.plans import Plans
    from models.types import Array, DriverTables, PressureDraws

_TOTAL_LABEL = "I alt"


def frame_outlook(
    draws: PressureDraws,
    drivers: DriverTables,
    plans: Plans,
    *,
    weights: pd.DataFrame,
    fixed: pd.DataFrame,
    adjustments: pd.DataFrame | None = None,
    split: pd.DataFrame | None = None,
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
        adjustments: Staff's coming events: a column beside the expected result, which they don't move.
        split: What the forecast expects of newcomers (``models.outturn.adjustments``).

    Returns:
        FRAME_OUTLOOK, and notices (notice_id, member, text_da, text_en).
    """
    level = drivers.price_level
    ones = np.ones(draws.gross_nominal.shape[:2])
    found = accounting_year_draws(draws, drivers, weights=weights, fixed=fixed, price_level=level, factor=ones)
    frame_of = drivers.services.set_index("service")["frame"].astype(str)
    frames = sorted(set(frame_of))
    settled = settle(plans, drivers, frames=frames, years=found.years, level=level)
    known = adjust(no_adjustments() if adjustments is None else adjustments, draws, drivers, years=found.years, split=split)
    prices = price_by_year(drivers)
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
            budget = settled.frame_budget.loc[(own, year), :]
            extra = {
                "budget_original": budget["original"].sum(skipna=False),
                "budget_revised": budget["revised"].sum(skipna=False),
                "outside_model": float(sum(part.sum() for part in settled.outside_of(own, year))),
                "decided_not_in_data": float(settled.decided_of(year, frames=counted).sum()),
            }
            moved = float(known.of(year, frames=counted).sum())
            extra["adjusted"] = to_level(moved, price_level=NOMINAL, year=year, level=level, prices=prices) if moved else 0.0
            gross = found.gross[member.rows, place].sum(axis=0)
            keys = {"level": member.level, "member": member.member, "member_label": label, "year": year, "price_level": level}
            rows.append({**keys, **extra, **_against(gross, extra)})
    columns = None if rows else ["level", "member", "member_label", "year", "price_level", *_FIGURES]
    outlook = published_frame("frame_outlook", pd.DataFrame(rows, columns=columns))
    return outlook, _notices(outlook, plans, frames, drivers)


_FIGURES = (
    "budget_original", "budget_revised", "outside_model", "decided_not_in_data", "adjusted", "mean", "q10", "q50", "q90",
    "deviation_mean", "deviation_q10", "deviation_q90", "probability_over",
)  # fmt: skip


def _against(gross: Array, extra: dict[str, float]) -> dict[str, float]:
    result = gross + extra["outside_model"] + extra["decided_not_in_data"]
    mean, q10, q50, q90 = (float(value) for value in statistics(result))
    budget = extra["budget_revised"]
    over = float(np.mean(result > budget)) if np.isfinite(budget) else np.nan
    deviation = {f"deviation_{name}": value - budget for name, value in (("mean", mean), ("q10", q10), ("q90", q90))}
    return {"mean": mean, "q10": q10, "q50": q50, "q90": q90, **deviation, "probability_over": over}


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
    pending = pending_events(events, drivers.cutoff)
    return bool((pending["frame"].isna() & ~pending["service"].isin(drivers.services["service"])).any())
