"""What moved between two follow-ups (budgetopfølgninger) of the same accounting year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from models.accounting import PERIODS

if TYPE_CHECKING:
    from datetime import date

MOVES = ("posted", "price", "adjusted", "forecast")
"""Bars from one expected result to the next; they add up."""


@dataclass(frozen=True, eq=False)
class FollowUp:
    """One published run's result of the year.

    Attributes:
        run_id: The run's name.
        cutoff: Last month it knew, first day.
        remade: Made afterwards with ``--as-of``, by a later engine.
        price_level: The level its price factors are measured at.
        result: YEAR_RESULT.
        months: YEAR_RESULT_MONTHS.
    """

    run_id: str
    cutoff: date
    remade: bool
    price_level: str
    result: pd.DataFrame
    months: pd.DataFrame

    def row(self, level: str, member: str, year: int) -> pd.Series[float] | None:
        """A member's year; None where it is not there or masked."""
        table = self.result
        found = table[(table["level"] == level) & (table["member"] == member) & (table["year"] == year) & (table["mask"] == "")]
        return found.iloc[0] if len(found) else None

    def begun(self, year: int) -> int:
        """Accounting periods of a year that were over."""
        if year == self.cutoff.year:
            return self.cutoff.month
        return PERIODS if year < self.cutoff.year else 0


@dataclass(frozen=True)
class Moved:
    """From an earlier expected result to a later one.

    Attributes:
        earlier: Expected result then.
        later: Expected result now.
        posted: Posted since, less what was expected to be posted since.
        price: What another price index does to the months still ahead.
        adjusted: Staff's adjustments that came, went or are in the data now.
        forecast: The rest: what is still expected after the later cutoff, late invoices, new and ended citizens together.
        budget: Change of the revised budget.
    """

    earlier: float
    later: float
    posted: float
    price: float
    adjusted: float
    forecast: float
    budget: float


def moved(earlier: FollowUp, later: FollowUp, *, level: str, member: str, year: int) -> Moved | None:
    """Tell what moved; None where either hides the member, or the earlier hides its months.

    Args:
        earlier: The follow-up before.
        later: The one after; its cutoff is later.
        level: service, frame, committee or total.
        member: Its key.
        year: Accounting year.
    """
    before, after = earlier.row(level, member, year), later.row(level, member, year)
    table = earlier.months
    own = (table["level"] == level) & (table["member"] == member) & (table["year"] == year) & (table["mask"] == "")
    rows = table[own]
    if before is None or after is None or rows.empty:
        return None
    since = rows["period"].between(earlier.begun(year) + 1, later.begun(year))
    posted = float(after["posted"] - before["posted"] - rows.loc[since, "expected"].sum())
    change = float(after["mean"] - before["mean"])
    ratio = float(before["price_factor"] / after["price_factor"])
    adjusted = _adjusted(after) - _adjusted(before)
    ahead = float(after["mean"] - after["posted"] - after["late"] - _adjusted(after))
    price = ahead * (1.0 - ratio) if earlier.price_level == later.price_level and pd.notna(ratio) else 0.0
    return Moved(
        earlier=float(before["mean"]),
        later=float(after["mean"]),
        posted=posted,
        price=price,
        adjusted=adjusted,
        forecast=change - posted - price - adjusted,
        budget=float(after["budget_revised"] - before["budget_revised"]),
    )


def _adjusted(row: pd.Series[float]) -> float:
    """Staff's adjustments in a row; runs of the version before had none."""
    value = row.get("adjusted", 0.0)
    return 0.0 if value is None or pd.isna(value) else float(value)
