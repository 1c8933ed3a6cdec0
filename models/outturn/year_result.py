"""YEAR_RESULT: each krone of an accounting year once, on draws.

``posted + late + committed + new - ended + ahead + decided + adjusted + outside = expected``, nominal, at every level. ``ahead``
is what the months ahead bring and no split tells apart; with a split it is what the split does not cover. Draws are added first,
quantiles are taken last; the error of completion (``PressureDraws.late_error``) is in ``late`` and so in the interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.levels import TOTAL, members_of
from models.outturn.adjustments import adjust, no_adjustments
from models.plans import settle
from models.pressure import published_frame, statistics
from models.years import NOMINAL, accounting_year_parts, price_by_year, year_shares

if TYPE_CHECKING:
    from models.levels import Member
    from models.outturn.adjustments import Adjusted
    from models.plans import Plans, Settled
    from models.types import Array, DriverTables, PressureDraws
    from models.years import YearParts

SPLIT = ("committed", "expected_new", "expected_ended")
"""Lines that a split tells apart; the last is taken away."""
HOLDS = 0.8
"""With the reserve a frame holds in this share of draws."""
_SHARES = ("committed", "new", "ended")


@dataclass(frozen=True)
class Outturn:
    """What the year's result is made of. S services, Y years, D draws; nominal.

    Attributes:
        drivers: Services, prices, cutoff.
        services: (S,) as the draws are stacked.
        frame_of: Service -> frame.
        parts: Posted, late and ahead by service.
        split: (3, S, Y, D) committed, new and ended of the months ahead; None without a split.
        plans: What is decided and posted.
        settled: The same, nominal.
        adjusted: What staff know of that is to come, beside the forecast.
    """

    drivers: DriverTables
    services: tuple[str, ...]
    frame_of: dict[str, str]
    parts: YearParts
    split: Array | None
    plans: Plans
    settled: Settled
    adjusted: Adjusted

    @property
    def members(self) -> list[Member]:
        """Every member of every level."""
        return members_of(self.drivers.services, self.services)

    def frames_of(self, member: Member) -> list[str]:
        """Frames that a member sums; ``""`` is what names no frame and counts in the total only."""
        if member.level == "service":
            return []
        own = sorted({self.frame_of[self.services[row]] for row in member.rows})
        return [*own, ""] if member.level == TOTAL else own

    def budget_of(self, member: Member, year: int) -> dict[str, float]:
        """original, carried_over, revised; NaN where any frame of the member has none."""
        if member.level == "service":
            rows = self.settled.service_budget.loc[([member.member], [year]), :]
        else:
            own = [frame for frame in self.frames_of(member) if frame]
            rows = self.settled.frame_budget.loc[(own, [year]), :]
        return {str(name): float(rows[name].sum(skipna=False)) for name in rows.columns}

    def outside_of(self, member: Member, year: int) -> tuple[Array, Array]:
        """(13,) posted and (13,) still expected outside the model; nothing of a service."""
        return self.settled.outside_of([frame for frame in self.frames_of(member) if frame], year)

    def decided_of(self, member: Member, year: int) -> Array:
        """(13,) decided but not in the data."""
        if member.level == "service":
            return self.settled.decided_of(year, service=member.member)
        return self.settled.decided_of(year, frames=self.frames_of(member))

    def adjusted_of(self, member: Member, year: int) -> Array:
        """(13,) staff's adjustments; those of a service count in its frame too."""
        if member.level == "service":
            return self.adjusted.of(year, service=member.member)
        return self.adjusted.of(year, frames=self.frames_of(member))


def outturn(
    draws: PressureDraws,
    drivers: DriverTables,
    plans: Plans,
    *,
    weights: pd.DataFrame,
    fixed: pd.DataFrame,
    split: pd.DataFrame | None = None,
    adjustments: pd.DataFrame | None = None,
) -> Outturn:
    """Lay out the open accounting years.

    Args:
        draws: The run's draws.
        drivers: Services, prices, cutoff.
        plans: Budgets, events and ledger.
        weights: ACCOUNTING_WEIGHTS; empty: there are no accounting years.
        fixed: ACCOUNTING_FIXED.
        split: service, month, committed, new, ended: shares of the month's expected gross with ``committed + new - ended = 1``;
            services and months may be missing. None or empty: known and new citizens are not told apart.
        adjustments: Staff's coming events (``models.outturn.adjustments``); None: there are none.

    Raises:
        ValueError: Shares of a month do not add up to 1.
    """
    ones = np.ones(draws.gross_nominal.shape[:2])
    parts = accounting_year_parts(draws, drivers, weights=weights, fixed=fixed, price_level=NOMINAL, factor=ones)
    frame_of = {str(key): str(value) for key, value in drivers.services.set_index("service")["frame"].items()}
    earlier = () if not parts.years else (parts.years[0] - 1,)
    return Outturn(
        drivers=drivers,
        services=draws.services,
        frame_of=frame_of,
        parts=parts,
        split=None if split is None or split.empty else _split_draws(draws, weights, parts.years, split),
        plans=plans,
        settled=settle(plans, drivers, frames=sorted(set(frame_of.values())), years=(*earlier, *parts.years), level=NOMINAL),
        adjusted=adjust(no_adjustments() if adjustments is None else adjustments, draws, drivers, years=parts.years, split=split),
    )


def _split_draws(draws: PressureDraws, weights: pd.DataFrame, years: tuple[int, ...], split: pd.DataFrame) -> Array:
    """(3, S, Y, D) what each share of the months ahead brings to a year; months that the split lacks are in none."""
    index = pd.MultiIndex.from_product([draws.services, draws.months])
    rows = split.set_index(["service", "month"])[list(_SHARES)].astype(float)
    off = (rows["committed"] + rows["new"] - rows["ended"] - 1.0).abs()
    if (off > 1e-6).any():
        message = f"split: {int((off > 1e-6).sum())} months whose committed + new - ended is not 1; a krone would count twice"
        raise ValueError(message)
    shares = rows.reindex(index).fillna(0.0).to_numpy(dtype=np.float64).T.reshape(3, *draws.gross_nominal.shape[:2])
    falls = year_shares(weights, draws, years)
    return np.asarray(np.einsum("syh,ksh,shd->ksyd", falls, shares, draws.gross_nominal, optimize=True))


def result_draws(made: Outturn, member: Member, place: int) -> dict[str, Array]:
    """The lines of one member's year, each (D,); their signed sum is ``expected``, draw by draw.

    Args:
        made: From :func:`outturn`.
        member: Whose.
        place: Index of the year in ``made.parts.years``.

    Returns:
        posted, late, committed, expected_new, expected_ended (to be taken away), ahead, decided_not_in_data, adjusted,
        outside_model and expected.
    """
    year, rows = made.parts.years[place], member.rows
    late, ahead = made.parts.late[rows, place].sum(axis=0), made.parts.ahead[rows, place].sum(axis=0)
    one = np.ones_like(ahead)
    outside_posted, outside_ahead = made.outside_of(member, year)
    known = np.zeros((3, len(ahead))) if made.split is None else made.split[:, rows, place].sum(axis=1)
    lines = {
        "posted": one * (made.parts.posted[rows, place].sum() + outside_posted.sum()),
        "late": late * one,
        **dict(zip(SPLIT, known, strict=True)),
        "ahead": ahead - (known[0] + known[1] - known[2]),
        "decided_not_in_data": one * made.decided_of(member, year).sum(),
        "adjusted": one * made.adjusted_of(member, year).sum(),
        "outside_model": one * outside_ahead.sum(),
    }
    signed = [-line if name == "expected_ended" else line for name, line in lines.items()]
    return {**lines, "expected": np.sum(signed, axis=0)}


def year_result(made: Outturn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every member's open accounting years beside its budget.

    Args:
        made: From :func:`outturn`.

    Returns:
        YEAR_RESULT (nominal; a budget in fixed prices is brought to the year's), and notices (notice_id, member, text_da,
        text_en).
    """
    factors = price_by_year(made.drivers)
    rows = [
        {
            "level": member.level,
            "member": member.member,
            "year": year,
            "price_factor": factors.get(year, np.nan),
            **_figures(made, member, place),
        }
        for member in made.members
        for place, year in enumerate(made.parts.years)
    ]
    columns = None if rows else list(_COLUMNS)
    return published_frame("year_result", pd.DataFrame(rows, columns=columns)), _notices(made)


_COLUMNS = (
    "level", "member", "year", "budget_original", "budget_carried_over", "budget_revised", "budget_change_proposed",
    "budget_proposed", "posted", "posted_outside_model", "late", *SPLIT, "ahead", "decided_not_in_data", "adjusted",
    "outside_model", "mean", "q10", "q50", "q90", "deviation_mean", "deviation_q10", "deviation_q90", "probability_over",
    "probability_over_unadjusted", "reserve_80", "price_factor",
)  # fmt: skip


def _figures(made: Outturn, member: Member, place: int) -> dict[str, float]:
    lines = result_draws(made, member, place)
    expected = lines.pop("expected")
    mean, q10, q50, q90 = (float(value) for value in statistics(expected))
    year = made.parts.years[place]
    budget = made.budget_of(member, year)
    revised = budget["revised"]
    known = np.isfinite(revised)
    figures = {name: float(line.mean()) for name, line in lines.items()}
    if made.split is None:
        figures |= dict.fromkeys(SPLIT, np.nan)
    return {
        "budget_original": budget["original"],
        "budget_carried_over": budget["carried_over"],
        "budget_revised": revised,
        "budget_change_proposed": mean - revised,
        "budget_proposed": mean,
        **figures,
        "posted_outside_model": float(made.outside_of(member, year)[0].sum()),
        "mean": mean,
        "q10": q10,
        "q50": q50,
        "q90": q90,
        "deviation_mean": mean - revised,
        "deviation_q10": q10 - revised,
        "deviation_q90": q90 - revised,
        "probability_over": float(np.mean(expected > revised)) if known else np.nan,
        "probability_over_unadjusted": float(np.mean(expected - lines["adjusted"] > revised)) if known else np.nan,
        "reserve_80": max(0.0, float(np.quantile(expected, HOLDS)) - revised) if known else np.nan,
    }


PERCENTILES = tuple(range(1, 100))


def year_result_spread(made: Outturn) -> pd.DataFrame:
    """YEAR_RESULT_SPREAD: percentiles of the deviation of every frame, committee and the total with a budget.

    Args:
        made: From :func:`outturn`.
    """
    parts = []
    for member in made.members:
        for place, year in enumerate(made.parts.years):
            revised = made.budget_of(member, year)["revised"]
            if member.level == "service" or not np.isfinite(revised):
                continue
            expected = result_draws(made, member, place)["expected"]
            points = np.quantile(expected, np.array(PERCENTILES) / 100.0) - revised
            keys = {"level": member.level, "member": member.member, "year": year, "percentile": list(PERCENTILES)}
            parts.append(pd.DataFrame({**keys, "deviation": points}))
    columns = ["level", "member", "year", "percentile", "deviation"]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return published_frame("year_result_spread", rows)


_OUTSIDE = (
    "Det, der ventes uden for modellen (også i supplementsperioden), er sidste års beløb i faste priser, uden usikkerhed.",
    "What is expected outside the model (in the supplementary period too) is last year's amount at fixed prices, with no range.",
)


def _notices(made: Outturn) -> pd.DataFrame:
    rows = []
    budget = made.plans.budget
    if "function_known" in budget and not budget["function_known"].all():
        lost = budget[~budget["function_known"] & budget["year"].isin(made.parts.years)]
        worth = f"{float(lost['amount_dkk'].sum()):,.0f}"
        danish = (
            f"Budget på {worth.replace(',', '.')} kr. står på funktioner, som hverken kontoplanen eller rammefilen kender. Det "
            "tæller med i rammen, men ikke i nogen indsats. Ret funktionen i budgetfilen."
        )
        english = (
            f"Budget of {worth} stands on functions that neither the chart of accounts nor the frames file knows. It counts in "
            "its frame but in no service. Correct the function in the budget file."
        )
        rows += [("budget_unknown_function", "budget", danish, english)] if len(lost) else []
    if made.parts.years and np.abs(made.settled.outside_ahead).sum() >= 1.0:
        rows.append(("outside_fixed", "run", *_OUTSIDE))
    return pd.DataFrame(rows, columns=["notice_id", "member", "text_da", "text_en"])
