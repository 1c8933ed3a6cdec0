"""Driver tables as a whole: identities, fallbacks, and nothing known after the cutoff."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from models.drivers import build_parts
from models.drivers.unit_cost import calendar_units, guarded_unit_cost

BANDS = {"0-17": (0, 17), "18-22": (18, 22), "23-39": (23, 39), "40-66": (40, 66), "67+": (67, 125)}
MONTHS = pd.date_range("2022-01-01", "2026-12-01", freq="MS")
GROWTH = 3.0
PROVIDER_COLUMNS = ["provider", "payee_kind", "service_month", "posted_month", "amount"]


def services_frame() -> pd.DataFrame:
    rows = [
        ("botilbud", "g", "f1", "u1", "day", 18.0, 125.0, False),
        ("stoette", "g", "f1", "u1", "hour", 18.0, 125.0, False),
        ("lille", "g", "f1", "u1", "day", 18.0, 125.0, False),
        ("uden_sager", "h", "f2", "u2", "month", 0.0, 22.0, False),
    ]
    names = ["service", "service_group", "frame", "committee", "price_unit", "age_from", "age_to", "opening_days"]
    return pd.DataFrame(rows, columns=names)


def volume_frame() -> pd.DataFrame:
    rows = []
    for month in MONTHS:
        days = month.days_in_month
        rows += [
            ("botilbud", month, 30, "own", 10.0, 10.0 * days, 10.0 * days * 2000.0),
            ("botilbud", month, 75, "private", 5.0, 5.0 * days, 5.0 * days * 3000.0),
            ("stoette", month, 45, "private", 40.0, 40.0 * days / 7 * 4.0, 40.0 * days / 7 * 4.0 * 400.0),
        ]
        if month >= MONTHS[-20]:
            rows.append(("lille", month, 50, "region", 0.2, 0.2 * days, 0.2 * days * 9000.0))
    columns = ["service", "month", "age", "provider_type", "volume", "units", "list_cost_nominal"]
    return pd.DataFrame(rows, columns=columns)


def triangle_frame(volume: pd.DataFrame) -> pd.DataFrame:
    """The bill is the list cost, 3 % dearer every year, a tenth of it a month late."""
    cost = volume.groupby(["service", "month"], as_index=False)["list_cost_nominal"].sum()
    extra = pd.DataFrame({"service": "uden_sager", "month": MONTHS, "list_cost_nominal": 5000.0})
    rows = []
    for service, month, amount in pd.concat([cost, extra]).itertuples(index=False):
        bill = amount * (1 + GROWTH / 100) ** (month.year - 2026)
        rows += [(service, month, month, bill * 0.9), (service, month, month + pd.DateOffset(months=1), bill * 0.1)]
    frame = pd.DataFrame(rows, columns=["service", "service_month", "posted_month", "amount"])
    frame = frame[frame["posted_month"] <= MONTHS[-1]]
    return frame.assign(payee_kind="private", known=True, accounting_year=frame["service_month"].dt.year)


def reports_frame(volume: pd.DataFrame) -> pd.DataFrame:
    """Every case was known in the month it began."""
    return volume.groupby(["service", "month"], as_index=False)["volume"].sum().assign(lag=0)


def people(first: int, last: int) -> pd.DataFrame:
    rows = [
        (pd.Timestamp(year=year, month=1, day=1), age, 400.0 + (20.0 * (year - 2022) if age >= 67 else 0.0))
        for year in range(first, last + 1)
        for age in range(100)
    ]
    return pd.DataFrame(rows, columns=["date", "age", "persons"])


def index_frame() -> pd.DataFrame:
    rows = [(year, 2026, "growth", "services_total", GROWTH) for year in range(2022, 2031)]
    return pd.DataFrame(rows, columns=["year", "vintage", "kind", "series", "pct"])


@dataclass(frozen=True)
class Frames:
    cutoff: pd.Timestamp = MONTHS[-1]
    first_month: pd.Timestamp = MONTHS[0]
    currency: str = "DKK"
    services: pd.DataFrame = field(default_factory=services_frame)
    volume: pd.DataFrame = field(default_factory=volume_frame)
    triangle: pd.DataFrame = field(default_factory=lambda: triangle_frame(volume_frame()))
    case_reports: pd.DataFrame = field(default_factory=lambda: reports_frame(volume_frame()))
    provider_triangle: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PROVIDER_COLUMNS))
    provider_cost: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["provider", "month", "list_cost_nominal"]))
    population: pd.DataFrame = field(default_factory=lambda: people(2022, 2026))
    projection: pd.DataFrame = field(default_factory=lambda: people(2026, 2031).assign(variant="main", vintage=2026))
    price_index: pd.DataFrame = field(default_factory=index_frame)
    notices: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame([("read", "run", "da", "en")], columns=["notice_id", "member", "text_da", "text_en"])
    )


@pytest.fixture(scope="module")
def parts():
    return build_parts(Frames(), reference_months=36, age_bands=BANDS)


def test_history_is_dense_and_ahead_reaches_december_of_the_fourth_year(parts) -> None:
    tables = parts.tables
    assert len(tables.history) == 4 * 60
    assert tables.ahead["month"].agg(["min", "max"]).tolist() == [pd.Timestamp("2027-01-01"), pd.Timestamp("2030-12-01")]
    assert not tables.ahead.isna().any().any()
    assert tables.prices["month"].max() == pd.Timestamp("2030-12-01")


def test_gross_is_the_product_of_its_drivers_where_cases_carry_it(parts) -> None:
    rows = parts.tables.history.merge(parts.tables.prices, on="month")
    carried = rows[rows["service"] != "lille"]
    product = (
        carried["exposure"] * carried["uptake_ratio"] * carried["units_per_person"] * carried["unit_cost_real"]
        * carried["price_factor"]
    )  # fmt: skip
    assert product.to_numpy() == pytest.approx(carried["gross_ultimate_nominal"].to_numpy())


def test_the_planted_unit_cost_is_found_at_the_cutoffs_price_level(parts) -> None:
    history = parts.tables.history.set_index(["service", "month"])
    assert parts.tables.price_level == "2026-pl"
    assert history.loc["stoette"]["unit_cost_real"].to_numpy() == pytest.approx(np.full(60, 400.0))
    assert history.loc["botilbud"]["unit_cost_real"].to_numpy() == pytest.approx(np.full(60, (2 * 2000 + 3000) / 3))


def test_february_is_no_price_change(parts) -> None:
    history = parts.tables.history.set_index(["service", "month"]).loc["botilbud"]
    assert history.loc["2024-02-01", "units_per_person"] == pytest.approx(29.0)
    assert history.loc["2024-02-01", "unit_cost_real"] == pytest.approx(history.loc["2024-03-01", "unit_cost_real"])


def test_units_ahead_follow_the_calendar(parts) -> None:
    ahead = parts.tables.ahead.set_index(["service", "month"])
    assert ahead.loc[("botilbud", "2028-02-01"), "units_per_person"] == pytest.approx(29.0)
    assert ahead.loc[("stoette", "2027-03-01"), "units_per_person"] == pytest.approx(31 / 7 * 4)


def test_more_elderly_move_exposure_and_not_uptake(parts) -> None:
    history = parts.tables.history.set_index(["service", "month"]).loc["botilbud"]
    assert history["exposure"].iloc[-1] > history["exposure"].iloc[0]
    assert history["uptake_ratio"].iloc[-1] < history["uptake_ratio"].iloc[0]


def test_a_service_without_cases_is_cost_per_exposure(parts) -> None:
    history = parts.tables.history.set_index(["service", "month"]).loc["uden_sager"]
    assert history["volume"].isna().all()
    assert (history[["units_per_person", "unit_cost_real"]] == 1.0).all().all()
    assert (history["exposure"] * history["uptake_ratio"]).iloc[-1] == pytest.approx(5000.0)
    assert ("cost_direct", "uden_sager") in set(
        zip(parts.tables.notices["notice_id"], parts.tables.notices["member"], strict=True)
    )


def test_a_volume_under_the_floor_takes_its_groups_path(parts) -> None:
    history = parts.tables.history.set_index(["service", "month"]).loc["lille"]
    assert history["unit_cost_real"].to_numpy() == pytest.approx(np.full(60, 9000.0))
    notices = parts.tables.notices
    assert ("unit_cost_guarded", "lille") in set(zip(notices["notice_id"], notices["member"], strict=True))


def test_what_reading_said_is_said_again(parts) -> None:
    assert "read" in set(parts.tables.notices["notice_id"])


def test_population_years_hold_counts_and_every_variant(parts) -> None:
    years = parts.population_years.set_index(["variant", "age_band", "year"])["persons"]
    assert years[("counted", "67+", 2026)] == pytest.approx(33 * 480.0)
    assert years[("main", "0-17", 2031)] == pytest.approx(18 * 400.0)


def test_without_population_index_or_postings_the_run_still_stands_and_says_so() -> None:
    empty = Frames().triangle.iloc[:0]
    frames = replace(
        Frames(), triangle=empty, population=people(1, 0), projection=people(1, 0).assign(variant="main", vintage=1),
        price_index=index_frame().iloc[:0], services=services_frame().iloc[:2],
    )  # fmt: skip
    tables = build_parts(frames, reference_months=36, age_bands=BANDS).tables
    assert {"no_population", "no_price_index", "no_postings"} <= set(tables.notices["notice_id"])
    assert tables.price_level == "nominal"
    assert (tables.history["exposure"] == 1.0).all()
    assert tables.history["gross_ultimate_nominal"].sum() == pytest.approx(frames.volume[frames.volume["service"].isin(
        ["botilbud", "stoette"])]["list_cost_nominal"].sum())  # fmt: skip


@cache
def usual_tables():
    return build_parts(Frames(), reference_months=36, age_bands=BANDS).tables


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.integers(0, 40), st.floats(0.0, 30.0), st.floats(1.0, 3000.0), st.integers(2028, 2031))
def test_what_comes_after_the_cutoff_changes_nothing(months: int, factor: float, persons: float, counted: int) -> None:
    """Later cases, counts, projections and index vintages, whatever they say. (Of postings the extract gives none from later.)"""
    base = Frames()
    begun = volume_frame().assign(
        month=lambda rows: rows["month"] + pd.DateOffset(months=60 + months),
        volume=lambda rows: rows["volume"] * factor,
        list_cost_nominal=lambda rows: rows["list_cost_nominal"] * factor,
    )
    later = replace(
        base,
        volume=pd.concat([base.volume, begun]),
        case_reports=pd.concat([base.case_reports, reports_frame(begun)]),
        population=pd.concat([base.population, people(counted, counted + 1).assign(persons=persons)]),
        projection=pd.concat([base.projection, base.projection.assign(vintage=2027, persons=persons)]),
        price_index=pd.concat([base.price_index, index_frame().assign(vintage=2027, pct=factor)]),
    )
    one, other = usual_tables(), build_parts(later, reference_months=36, age_bands=BANDS).tables
    for name in ("history", "ahead", "prices"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_a_service_more_moves_no_other() -> None:
    fewer = replace(Frames(), services=services_frame().iloc[[0, 1, 3]].reset_index(drop=True))
    one, other = (build_parts(frames, reference_months=36, age_bands=BANDS).tables for frames in (Frames(), fewer))
    columns = ["exposure", "uptake_ratio", "units_per_person"]
    kept = one.history[one.history["service"] != "lille"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept[columns], other.history[columns])


def test_calendar_units_by_price_unit() -> None:
    units = ["day", "day", "hour", "week", "month", "year", "once", "unit"]
    services = pd.DataFrame({"price_unit": units, "opening_days": [False, True, *[False] * 6]})
    found = calendar_units(services, pd.DatetimeIndex(["2026-04-01"])).ravel()
    assert found.tolist() == pytest.approx([30.0, 19.0, 30 / 7, 30 / 7, 1.0, 1 / 12, 1.0, 1.0])


def test_a_group_without_any_unit_cost_stays_positive() -> None:
    services = pd.DataFrame({"service_group": ["g"], "price_unit": ["day"]})
    cost, guarded = guarded_unit_cost(services, np.array([[0.1, 0.0]]), np.array([[3.0, 0.0]]), np.array([[-5.0, 0.0]]))
    assert (cost > 0).all()
    assert guarded.tolist() == [[True, False]]
