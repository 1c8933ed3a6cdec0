"""Outside the model, through the turn of the year: the supplementary period belongs to its year, and is counted once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pytest

from models.plans import Plans, settle

if TYPE_CHECKING:
    from models.types import DriverTables

MONTHLY, CLOSING = 1e5, -2.8e6
GROWTH = 1.03
FRAME = "50.54"


def ledger(cutoff: str, *, closed: bool) -> pd.DataFrame:
    """Income of own institutions, 2023 to the cutoff; ``closed``: the supplementary period of the year before has been posted."""
    now = pd.Timestamp(cutoff)
    periods = [(year, period) for year in range(2023, now.year + 1) for period in range(1, 14)]
    known = [
        (year, period)
        for year, period in periods
        if year < now.year - (0 if closed else 1)
        or (year < now.year and period < 13)
        or (year == now.year and period <= now.month)
    ]
    return pd.DataFrame(
        {
            "frame": FRAME, "service": None, "accounting_year": [year for year, _ in known],
            "accounting_period": [period for _, period in known], "side": "provider", "line": "income",
            "amount": [(CLOSING if period == 13 else MONTHLY) * GROWTH ** (year - 2023) for year, period in known],
        }
    )  # fmt: skip


def outside(cutoff: str, years: tuple[int, ...], *, closed: bool = True) -> dict[int, tuple[float, float]]:
    """Year -> posted and still expected, in kroner of 2023."""
    months = pd.date_range("2022-01-01", "2032-12-01", freq="MS")
    prices = pd.DataFrame({"month": months, "price_factor": GROWTH ** (months.year - 2023.0)})
    services = pd.DataFrame({"service": ["bosted"], "frame": [FRAME]})
    drivers = cast("DriverTables", cast("Any", SimpleNamespace(cutoff=pd.Timestamp(cutoff), services=services, prices=prices)))
    budget = pd.DataFrame(columns=["frame", "service", "year", "version", "price_level", "amount_dkk"])
    columns = ["effective_from", "effective_to", "frame", "service", "amount_dkk", "price_level", "in_data"]
    plans = Plans(budget, pd.DataFrame(columns=columns), ledger(cutoff, closed=closed), {FRAME: "Voksne"})
    found = settle(plans, drivers, frames=[FRAME], years=years, level="nominal")
    both = {year: found.outside_of([FRAME], year) for year in years}
    return {
        year: (posted.sum() / GROWTH ** (year - 2023), ahead.sum() / GROWTH ** (year - 2023))
        for year, (posted, ahead) in both.items()
    }


@pytest.mark.parametrize("month", range(1, 13))
def test_a_year_is_the_same_from_whichever_month_it_is_seen(month: int) -> None:
    """In December too: its supplementary period is still to come."""
    found = outside(f"2026-{month:02d}-01", (2026, 2027, 2030))
    whole = 12 * MONTHLY + CLOSING
    assert sum(found[2026]) == pytest.approx(whole)
    assert found[2027] == (0.0, pytest.approx(whole))
    assert found[2030] == (0.0, pytest.approx(whole))


@pytest.mark.parametrize("cutoff", ["2026-01-01", "2026-02-01", "2026-03-01"])
def test_the_old_year_waits_for_its_supplementary_period(cutoff: str) -> None:
    waiting = outside(cutoff, (2025, 2026), closed=False)
    assert waiting[2025] == (pytest.approx(12 * MONTHLY), pytest.approx(CLOSING))
    assert sum(waiting[2026]) == pytest.approx(12 * MONTHLY + CLOSING), (
        "The coming one is not read off a period nobody has posted"
    )
    closed = outside(cutoff, (2025, 2026))
    assert closed[2025] == (pytest.approx(12 * MONTHLY + CLOSING), 0.0)


def test_in_april_nobody_waits_any_longer() -> None:
    found = outside("2026-04-01", (2025, 2026), closed=False)
    assert found[2025] == (pytest.approx(12 * MONTHLY), 0.0)
