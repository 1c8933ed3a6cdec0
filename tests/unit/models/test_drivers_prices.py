"""Price index: one vintage chained, fixed level of the cutoff's year, nothing guessed inside history."""

from __future__ import annotations

import pandas as pd
import pytest

from data.errors import MissingPriceIndex
from models.drivers.prices import build_prices, deflate

FIRST, CUTOFF, LAST = pd.Timestamp("2024-01-01"), pd.Timestamp("2026-06-01"), pd.Timestamp("2028-12-01")


def index(*rows: tuple[int, int, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["year", "vintage", "kind", "series", "pct"])


def growth(vintage: int, **years: float) -> list[tuple[int, int, str, str, float]]:
    return [(int(year[1:]), vintage, "growth", "services_total", pct) for year, pct in years.items()]


def build(frame: pd.DataFrame, first: pd.Timestamp = FIRST) -> tuple[str, dict[int, float], list[str]]:
    prices, notices = build_prices(frame, first_month=first, cutoff=CUTOFF, last_month=LAST)
    by_year = prices.factor.groupby(prices.factor.index.year).agg(lambda months: months.iloc[0])
    return prices.price_level, by_year.to_dict(), [notice[0] for notice in notices]


def test_growth_is_chained_to_one_in_the_cutoffs_year() -> None:
    level, factor, notices = build(index(*growth(2026, y2025=10.0, y2026=25.0, y2027=4.0, y2028=0.0)))
    assert level == "2026-pl"
    assert factor == pytest.approx({2024: 1 / 1.1 / 1.25, 2025: 1 / 1.25, 2026: 1.0, 2027: 1.04, 2028: 1.04})
    assert notices == []


def test_only_the_newest_known_vintage_is_chained() -> None:
    frame = index(*growth(2025, y2025=1.0, y2026=1.0), *growth(2026, y2025=2.0, y2026=3.0, y2027=4.0, y2028=5.0),
                  *growth(2027, y2025=9.0, y2026=9.0))  # fmt: skip
    assert build(frame)[1][2027] == pytest.approx(1.04)


def test_an_uplift_corrects_and_is_never_chained() -> None:
    frame = index(*growth(2026, y2025=2.0, y2026=2.0, y2027=2.0, y2028=2.0), (2026, 2026, "uplift", "services_total", 9.0))
    assert build(frame)[1][2025] == pytest.approx(1 / 1.02)


def test_the_last_growth_goes_on_and_that_is_said() -> None:
    _, factor, notices = build(index(*growth(2026, y2025=2.0, y2026=3.0)))
    assert factor[2028] == pytest.approx(1.03**2)
    assert notices == ["price_index_extended"]


def test_the_years_after_the_index_are_not_verified_and_that_is_said() -> None:
    prices, notices = build_prices(
        index(*growth(2026, y2025=2.0, y2026=3.0, y2027=3.5)), first_month=FIRST, cutoff=CUTOFF, last_month=LAST
    )
    assert prices.known_to == 2027
    (notice,) = notices
    assert "slutter i 2027; væksten derefter er sat til samme 3,5 % om året og er ikke verificeret." in notice[2]
    assert "3.5 % a year and is not verified." in notice[3]
    assert build_prices(index(), first_month=FIRST, cutoff=CUTOFF, last_month=LAST)[0].known_to is None


def test_a_year_of_history_without_growth_is_an_error_that_names_it() -> None:
    with pytest.raises(MissingPriceIndex, match=r"no growth for \[2025\]"):
        build(index(*growth(2026, y2026=3.0)))


def test_growth_of_the_first_year_is_not_needed() -> None:
    assert build(index(*growth(2026, y2026=3.0)), first=pd.Timestamp("2025-01-01"))[0] == "2026-pl"


def test_without_an_index_everything_is_nominal_and_that_is_said() -> None:
    level, factor, notices = build(index())
    assert (level, set(factor.values()), notices) == ("nominal", {1.0}, ["no_price_index"])


def test_another_series_is_used_and_named() -> None:
    frame = index(
        (2025, 2026, "growth", "wages", 3.0), (2026, 2026, "growth", "wages", 3.0), (2028, 2026, "growth", "wages", 3.0)
    )
    assert build(frame)[2] == ["price_series"]


def test_deflating_a_month_without_a_price_is_an_error() -> None:
    months = pd.DatetimeIndex(["2026-01-01", "2027-01-01"])
    with pytest.raises(MissingPriceIndex, match="2027"):
        deflate(pd.Series([1.0, 1.0], months), factor=pd.Series([1.0], months[:1]))
