"""Staff's adjustments: each krone once, withdrawn and begun ones count nothing, hidden services are not named."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.levels import members_of
from models.outturn import adjustment_notices, adjustment_table, outturn, resting_on_hidden, result_draws, year_result
from models.outturn.adjustments import COLUMNS, adjust
from models.plans import Plans
from models.types import PressureDraws

YEARS = (2026, 2027)
CUTOFF = pd.Timestamp("2026-06-01")


@pytest.fixture(scope="module")
def drivers(make_drivers, service_spec):
    specs = [service_spec("a", frame="50.54"), service_spec("b", frame="30.46", committee="Boern")]
    return make_drivers(specs, months=24, cutoff="2026-06-01", price_level="nominal")


@pytest.fixture(scope="module")
def draws():
    months = pd.date_range("2026-07-01", "2028-12-01", freq="MS")
    spread = np.linspace(0.9, 1.1, 51)
    gross = np.stack([size * np.ones((len(months), 1)) * spread for size in (1e6, 2e6)])
    volume = gross / gross * 20.0
    return PressureDraws(("a", "b"), months, gross, volume, gross / volume, np.ones(gross.shape[1:]), pd.DataFrame())


def said(**more) -> dict[str, object]:
    row = dict.fromkeys(COLUMNS)
    row |= {
        "adjustment_id": "j1", "kind": "placement", "frame": "50.54", "effective_from": pd.Timestamp("2027-03-01"),
        "amount_dkk": 2.1e6, "among_expected": False, "reason": "Ny plads", "who": "KN", "entered_by": "file",
        "entered_on": pd.Timestamp("2026-06-20"),
    }  # fmt: skip
    return row | more


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def moved(draws, drivers, split=None, **more) -> dict[int, float]:
    made = adjust(frame(said(**more)), draws, drivers, years=YEARS, split=split)
    return {year: round(float(made.of(year, frames=["50.54", "30.46"]).sum()), 2) for year in YEARS}


def test_a_placement_from_march_counts_ten_months_and_none_of_this_year(draws, drivers) -> None:
    assert moved(draws, drivers) == {2026: 0.0, 2027: 1.75e6}
    half = moved(draws, drivers, effective_from=pd.Timestamp("2027-12-16"))
    assert half[2027] == round(2.1e6 / 12 * 16 / 31, 2)
    assert moved(draws, drivers, effective_to=pd.Timestamp("2027-03-31"))[2027] == 175_000.0
    assert moved(draws, drivers, amount_per="month", amount_dkk=1e4)[2027] == 1e5


def test_what_has_begun_is_in_the_data_unless_it_says_otherwise(draws, drivers) -> None:
    begun = {"effective_from": pd.Timestamp("2026-03-01")}
    assert moved(draws, drivers, **begun) == {2026: 0.0, 2027: 0.0}
    assert moved(draws, drivers, **begun, in_data=False) == {2026: 1.05e6, 2027: 2.1e6}, "months after the cutoff only"
    assert moved(draws, drivers, in_data=True)[2027] == 0.0
    assert moved(draws, drivers, withdrawn_on=pd.Timestamp("2026-06-21"), withdrawn_by="MB")[2027] == 0.0


def test_a_one_off_counts_once_in_its_month(draws, drivers) -> None:
    once = {"kind": "one_off", "amount_dkk": -3e5}
    made = adjust(frame(said(**once, effective_from=pd.Timestamp("2026-11-20"))), draws, drivers, years=YEARS)
    assert np.flatnonzero(made.of(2026, frames=["50.54"])).tolist() == [10]
    assert moved(draws, drivers, **once, effective_from=pd.Timestamp("2026-02-01"), in_data=False) == {2026: -3e5, 2027: 0.0}


def test_a_rate_change_is_a_share_of_what_is_expected(draws, drivers) -> None:
    rate = {"kind": "rate_change", "amount_dkk": None, "change_pct": 2.0, "effective_from": pd.Timestamp("2026-10-01")}
    assert moved(draws, drivers, **rate, service="a", frame=None) == {2026: 6e4, 2027: 2.4e5}
    assert moved(draws, drivers, **rate, frame="30.46")[2027] == 4.8e5


def test_one_of_the_expected_counts_only_what_is_beyond_the_usual(draws, drivers) -> None:
    """A usual citizen of a costs 50,000 a month; of newcomers 2 % of 1 m is expected, so no more than that is replaced."""
    own = {"service": "a", "frame": None, "among_expected": True}
    assert moved(draws, drivers, **own)[2027] == 10 * (175_000.0 - 50_000.0)
    split = pd.DataFrame([("a", month, 0.98, 0.02, 0.0) for month in draws.months], columns=["service", "month", *SHARES])
    assert moved(draws, drivers, split, **own)[2027] == 10 * (175_000.0 - 20_000.0)
    assert moved(draws, drivers, **own | {"amount_dkk": 1.2e5})[2027] == 0.0, "never less than what is expected anyway"


SHARES = ["committed", "new", "ended"]


def test_what_rests_on_a_hidden_forecast_does_not_count_and_is_said(draws, drivers) -> None:
    """2 % of a hidden service's cost, in a line that its frame shows, would tell that cost."""
    rate = {"kind": "rate_change", "amount_dkk": None, "change_pct": 2.0, "service": "a", "frame": None}
    rows = frame(
        said(**rate, adjustment_id="1"), said(service="a", frame=None, among_expected=True, adjustment_id="2"),
        said(service="a", frame=None, adjustment_id="3"), said(**rate | {"service": "b"}, adjustment_id="4"),
    )  # fmt: skip
    made = adjust(resting_on_hidden(rows, {("service", "a")}), draws, drivers, years=YEARS)
    assert made.rows["standing"].tolist() == ["hidden", "hidden", "counts", "counts"]
    assert made.of(2027, service="a").sum() == pytest.approx(1.75e6), "what staff wrote in kroner is theirs to say"
    table = adjustment_table(made, masked={("service", "a")}, years=YEARS)
    assert table.loc[table["standing"] == "hidden", "moves"].eq(0.0).all()
    assert adjustment_notices(made)["notice_id"].tolist() == ["adjustments_counts", "adjustments_hidden"]


def test_what_was_entered_after_the_as_of_day_is_said(draws, drivers) -> None:
    made = adjust(frame(), draws, drivers, years=YEARS)
    assert adjustment_notices(made).empty
    assert adjustment_notices(made, later=2).empty, "of an ordinary run nothing is later"
    (one,) = adjustment_notices(made, later=1, as_of=date(2026, 6, 30)).to_dict("records")
    assert one["notice_id"] == "adjustments_later"
    assert one["text_da"] == "1 kommende hændelse, der er skrevet efter as-of-dagen (30.06.2026), tæller ikke med."
    assert one["text_en"] == "Entered after the as-of day (2026-06-30) and not counted: 1 coming event."
    (two,) = adjustment_notices(made, later=2, as_of=date(2026, 6, 30)).to_dict("records")
    assert two["text_da"].startswith("2 kommende hændelser, der er skrevet")


@pytest.mark.parametrize("place", [{"frame": "9.9"}, {"service": "x"}, {"service": "a", "frame": "30.46"}])
def test_what_the_run_does_not_have_counts_nowhere_and_is_said(draws, drivers, place) -> None:
    made = adjust(frame(said(**place)), draws, drivers, years=YEARS)
    assert made.rows["standing"].tolist() == ["unknown"]
    assert adjustment_notices(made)["notice_id"].tolist() == ["adjustments_unknown"]
    assert not made.amounts


def test_the_result_moves_by_the_line_in_every_draw_and_at_every_level(draws, drivers) -> None:
    empty = pd.DataFrame(columns=["frame", "service", "year", "version", "price_level", "amount_dkk"])
    events = pd.DataFrame(columns=["effective_from", "effective_to", "frame", "service", "amount_dkk", "price_level", "in_data"])
    ledger = pd.DataFrame(columns=["frame", "service", "accounting_year", "accounting_period", "side", "line", "amount"])
    plans = Plans(empty, events.astype({"in_data": bool}), ledger, {})
    weights = pd.DataFrame(
        [(s, m, m.year, 1.0) for s in "ab" for m in draws.months], columns=["service", "month", "accounting_year", "weight"]
    )
    fixed = pd.DataFrame([("a", 2026, 0.0, 0.0)], columns=["service", "accounting_year", "posted", "ibnr_mean"])
    rows = frame(said(service="a", frame=None), said(adjustment_id="j2", frame="30.46", amount_dkk=1.2e6))
    without, made = (outturn(draws, drivers, plans, weights=weights, fixed=fixed, adjustments=given) for given in (None, rows))
    place = made.parts.years.index(2027)
    wanted = {"a": 1.75e6, "b": 0.0, "50.54": 1.75e6, "30.46": 1e6, "Social": 1.75e6, "Boern": 1e6, "total": 2.75e6}
    for member in members_of(drivers.services, draws.services):
        before, after = (result_draws(item, member, place) for item in (without, made))
        np.testing.assert_allclose(after["expected"] - before["expected"], wanted[member.member])
        assert after["ahead"].tolist() == before["ahead"].tolist(), "the forecast stands"
    told = year_result(made)[0].set_index(["member", "year"])["adjusted"]
    assert told[("total", 2027)] == 2.75e6
    listed = adjustment_table(made.adjusted, masked={("service", "a")}, years=YEARS)
    assert listed["service"].isna().all(), "a hidden service is not named"
    assert listed.groupby("year")["moves"].sum().to_dict() == {2026: 0.0, 2027: 2.75e6}
