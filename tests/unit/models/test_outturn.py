"""The year's result: each krone once, budgets beside it, months that add up to the year, the bridge, and what moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.schema import PUBLISHED
from models import outturn as made_of
from models.accounting import accounting_periods, by_year
from models.drivers.completion import PAYEE_KINDS, complete
from models.one_offs import one_off_excess
from models.outturn.bridge import STEPS
from models.plans import Plans
from models.types import PressureDraws

CUTOFF = pd.Timestamp("2026-06-01")
N_DRAWS = 101
BUDGET = ["frame", "service", "year", "version", "price_level", "function_known", "amount_dkk"]
EVENTS = ["effective_from", "effective_to", "frame", "service", "amount_dkk", "price_level", "in_data"]
NO_EVENTS = pd.DataFrame(columns=[*EVENTS[:2], "kind", *EVENTS[2:]])
LEDGER = ["frame", "service", "accounting_year", "accounting_period", "side", "line", "ahead", "amount"]
LINES = ("posted", "late", "committed", "expected_new", "ahead", "decided_not_in_data", "outside_model")


@pytest.fixture(scope="module")
def drivers(make_drivers, service_spec):
    specs = [service_spec("a", frame="50.54"), service_spec("b", frame="30.46", committee="Boern"), service_spec("c")]
    return make_drivers(specs, months=48, cutoff="2026-06-01")


@pytest.fixture(scope="module")
def draws(drivers):
    months = pd.date_range("2026-07-01", "2030-12-01", freq="MS")
    spread = np.linspace(0.9, 1.1, N_DRAWS)
    price = np.repeat(1.03 ** (months.year.to_numpy() - 2026)[:, None].astype(float), N_DRAWS, axis=1)
    gross = np.stack([size * spread * price for size in (1e6, 2e6, 0.5e6)])
    late = np.stack([np.linspace(-1e5, 1e5, N_DRAWS)[::-1], np.zeros(N_DRAWS), np.linspace(-2e4, 2e4, N_DRAWS)])
    return PressureDraws(("a", "b", "c"), months, gross, gross / 1e4, gross / gross * 1e4, price, pd.DataFrame(), late)


@pytest.fixture(scope="module")
def postings():
    """Every month's bill, half of it posted a month late; some of December's late half is booked back."""
    rows = []
    for service, size in (("a", 1e6), ("b", 2e6), ("c", 0.5e6)):
        for month in pd.date_range("2023-01-01", CUTOFF, freq="MS"):
            for lag, share in ((0, 0.5), (1, 0.25), (1, 0.25)):
                posted = month + pd.DateOffset(months=lag)
                back = len(rows) % 3 == 1 and posted.year > month.year
                if posted <= CUTOFF:
                    rows.append(
                        (
                            service,
                            "municipality",
                            True,
                            month,
                            posted,
                            posted.year - back,
                            13 if back else posted.month,
                            size * share,
                        )
                    )
    names = ["service", "payee_kind", "known", "service_month", "posted_month", "accounting_year", "accounting_period", "amount"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def booked(drivers, postings):
    listed = pd.DataFrame(columns=["service", "month", "list_cost_nominal"])
    months = pd.DatetimeIndex(sorted(drivers.history["month"].unique()))
    completion = complete(postings, listed, services=("a", "b", "c"), months=months)
    weights, late = accounting_periods(drivers, completion, postings)
    yearly, fixed = by_year(weights, late, postings, services=("a", "b", "c"))
    assert set(PAYEE_KINDS) >= {"municipality"}
    return {"weights": weights, "late": late, "yearly": yearly, "fixed": fixed}


@pytest.fixture(scope="module")
def plans(postings):
    frame_of = {"a": "50.54", "b": "30.46", "c": "50.54"}
    budget = pd.DataFrame(
        [
            ("50.54", "a", 2026, "original", "2026-pl", True, 11e6),
            ("50.54", None, 2026, "original", "nominal", False, 6e6),
            ("50.54", None, 2026, "carried over", "nominal", True, 0.5e6),
            ("30.46", None, 2026, "original", "2025-pl", True, 22e6),
            ("50.54", None, 2027, "original", "2026-pl", True, 18e6),
        ],
        columns=BUDGET,
    )
    events = pd.DataFrame(
        [
            (pd.Timestamp("2026-05-01"), pd.NaT, "50.54", "a", -1.2e6, "nominal", False),
            (pd.Timestamp("2026-10-01"), pd.NaT, None, None, 0.4e6, "nominal", False),
        ],
        columns=EVENTS,
    )
    own = postings.groupby(["service", "accounting_year", "accounting_period"])["amount"].sum().reset_index()
    ledger = own.assign(frame=own["service"].map(frame_of), side="authority", line="gross", ahead=False)
    outside = pd.DataFrame(
        [
            ("50.54", None, year, month, "provider", "payroll", False, 1e5 * (year - 2024))
            for year in (2025, 2026)
            for month in range(1, 13)
        ]
        + [("50.54", None, 2026, 3, "other", "refund", False, -9e6), ("50.54", "a", 2026, 6, "authority", "gross", True, 7.0)],
        columns=LEDGER,
    )
    outside = outside[~((outside["accounting_year"] == 2026) & (outside["accounting_period"] > 6))]
    return Plans(budget, events, pd.concat([ledger[LEDGER], outside], ignore_index=True), {"50.54": "Voksne"})


@pytest.fixture(scope="module")
def made(draws, drivers, plans, booked):
    return made_of.outturn(draws, drivers, plans, weights=booked["yearly"], fixed=booked["fixed"])


@pytest.fixture(scope="module")
def result(made):
    return made_of.year_result(made)[0]


def shares(draws, services=("a", "b", "c"), **more):
    rows = [(service, month, 0.95, 0.10, 0.05) for service in services for month in draws.months]
    return pd.DataFrame(rows, columns=["service", "month", "committed", "new", "ended"]).assign(**more)


def row(table, member, year):
    return table[(table["member"] == member) & (table["year"] == year)].iloc[0]


def total_of(found):
    return sum(0.0 if pd.isna(found[name]) else found[name] for name in LINES) - (
        0.0 if pd.isna(found["expected_ended"]) else found["expected_ended"]
    )


def test_every_krone_stands_once_in_every_row(result) -> None:
    assert list(result.columns) == list(PUBLISHED["year_result"].names)
    assert set(result["year"]) >= {2026, 2027, 2028, 2029, 2030}
    for found in result.to_dict("records"):
        assert total_of(found) == pytest.approx(found["mean"], abs=0.01)
    assert result[["committed", "expected_new", "expected_ended"]].isna().all(axis=None)


def test_a_split_tells_the_months_ahead_apart_and_changes_no_result(draws, drivers, plans, booked, result) -> None:
    both = made_of.outturn(
        draws, drivers, plans, weights=booked["yearly"], fixed=booked["fixed"], split=shares(draws, ("a", "b"))
    )
    told, _ = made_of.year_result(both)
    for found in told.to_dict("records"):
        assert total_of(found) == pytest.approx(found["mean"], abs=0.01)
    np.testing.assert_allclose(told["mean"], result["mean"])
    adults = row(told, "50.54", 2027)
    assert adults["expected_new"] == pytest.approx(0.10 * row(result, "a", 2027)["ahead"])
    assert adults["ahead"] == pytest.approx(row(result, "c", 2027)["ahead"]), "a service without a split stays in one line"
    for member in both.members:
        lines = made_of.result_draws(both, member, 0)
        signed = sum(-line if name == "expected_ended" else line for name, line in lines.items() if name != "expected")
        np.testing.assert_allclose(signed, lines["expected"])


def test_shares_that_count_a_krone_twice_are_refused(draws, drivers, plans, booked) -> None:
    with pytest.raises(ValueError, match="count twice"):
        made_of.outturn(draws, drivers, plans, weights=booked["yearly"], fixed=booked["fixed"], split=shares(draws, ended=0.0))


def test_frames_are_their_services_and_what_no_service_explains(result) -> None:
    adults, parts = row(result, "50.54", 2026), [row(result, name, 2026) for name in "ac"]
    outside_so_far, last_years_rest = 6 * 2e5, 6 * 1e5 * 1.03
    assert adults["posted_outside_model"] == pytest.approx(outside_so_far)
    assert adults["outside_model"] == pytest.approx(last_years_rest)
    assert adults["posted"] == pytest.approx(sum(part["posted"] for part in parts) + outside_so_far), (
        "no refund, nothing paid ahead"
    )
    assert adults["mean"] == pytest.approx(sum(part["mean"] for part in parts) + outside_so_far + last_years_rest)
    whole = row(result, "total", 2026)
    assert whole["decided_not_in_data"] == pytest.approx(adults["decided_not_in_data"] + 0.1e6)


def test_a_decision_counts_after_the_cutoff_only(result) -> None:
    assert row(result, "a", 2026)["decided_not_in_data"] == pytest.approx(-0.6e6), "six of the months in force are posted"
    assert row(result, "a", 2027)["decided_not_in_data"] == pytest.approx(-1.2e6)


def test_budgets_are_nominal_and_named_where_they_are_given(result) -> None:
    adults, children, own = row(result, "50.54", 2026), row(result, "30.46", 2026), row(result, "a", 2026)
    assert adults["budget_original"] == pytest.approx(17e6)
    assert adults["budget_revised"] == pytest.approx(17.5e6)
    assert adults["budget_carried_over"] == pytest.approx(0.5e6)
    assert children["budget_revised"] == pytest.approx(22e6 * 1.03)
    assert own["budget_revised"] == pytest.approx(11e6)
    assert row(result, "50.54", 2027)["budget_revised"] == pytest.approx(18e6 * 1.03)
    assert np.isnan(row(result, "c", 2026)["budget_revised"])
    assert np.isnan(row(result, "total", 2027)["deviation_mean"])
    assert adults["budget_proposed"] == adults["mean"]
    assert adults["budget_change_proposed"] == pytest.approx(adults["deviation_mean"])


def test_the_reserve_holds_the_frame_four_times_out_of_five(made, result) -> None:
    found = row(result, "50.54", 2026)
    (member,) = [member for member in made.members if member.member == "50.54"]
    expected = made_of.result_draws(made, member, made.parts.years.index(2026))["expected"]
    reserve = found["reserve_80"]
    assert reserve > 0
    assert np.mean(expected <= found["budget_revised"] + reserve) == pytest.approx(0.8, abs=0.01)
    assert row(result, "30.46", 2026)["reserve_80"] >= 0
    assert found["q10"] < found["q50"] < found["q90"]


def test_months_add_up_to_the_year_and_to_frames(draws, made, booked, result) -> None:
    months = made_of.year_result_months(made, draws, weights=booked["weights"], late=booked["late"], fixed=booked["fixed"])
    assert list(months.columns) == list(PUBLISHED["year_result_months"].names)
    assert set(months["year"]) == {2026, 2027}
    last = months[months["period"] == 13].set_index(["level", "member", "year"])
    yearly = result.set_index(["level", "member", "year"]).loc[last.index]
    for name in ("mean", "q10", "q90"):
        np.testing.assert_allclose(last[f"cumulated_{name}"], yearly[name])
    sums = months.groupby(["level", "member", "year"])[["posted", "budget"]].sum()
    np.testing.assert_allclose(sums["posted"], yearly["posted"])
    np.testing.assert_allclose(sums["budget"], yearly["budget_revised"].fillna(0.0))
    own = months[(months["member"] == "a") & (months["year"] == 2026)]
    assert own.loc[own["period"] <= 6, "expected"].abs().max() == pytest.approx(0.0, abs=1e-6)
    assert own.loc[own["period"] == 13, "expected"].iloc[0] > 0, "the supplementary period"
    assert own.loc[own["period"] > 6, "posted"].isna().all()


def test_an_unknown_function_is_said(made) -> None:
    _, notices = made_of.year_result(made)
    said, beside = notices.to_dict("records")
    assert (beside["notice_id"], beside["member"]) == ("outside_fixed", "run")
    assert said["notice_id"] == "budget_unknown_function"
    assert "6.000.000 kr." in said["text_da"]


def test_nothing_posted_is_no_year(draws, drivers, plans, booked) -> None:
    empty = made_of.outturn(draws, drivers, plans, weights=booked["yearly"].iloc[:0], fixed=booked["fixed"].iloc[:0])
    table, _ = made_of.year_result(empty)
    months = made_of.year_result_months(empty, draws, weights=booked["weights"], late=booked["late"], fixed=booked["fixed"])
    assert table.empty
    assert months.empty
    assert list(months.columns) == list(PUBLISHED["year_result_months"].names)


def commitments(draws, committed, listed):
    return pd.DataFrame({"service": "a", "month": draws.months[:6], "committed": committed, "listed": listed})


def listed_like_the_ledger(drivers, ratio=2.0):
    rows = drivers.history
    return pd.DataFrame(
        {"service": rows["service"], "month": rows["month"], "list_cost_nominal": rows["gross_ultimate_nominal"] / ratio}
    )


def test_a_commitment_replaces_its_cases_estimate_and_never_adds(draws, drivers) -> None:
    volume = listed_like_the_ledger(drivers, 1.25)
    same = made_of.with_commitments(draws, drivers, commitments(draws, 4e5, 4e5), volume)
    np.testing.assert_array_equal(same.draws.gross_nominal, draws.gross_nominal)
    less = made_of.with_commitments(draws, drivers, commitments(draws, 3.6e5, 4e5), volume)
    change = less.draws.gross_nominal.mean(axis=2) - draws.gross_nominal.mean(axis=2)
    np.testing.assert_allclose(change[0, :6], -1.25 * 0.4e5)
    assert not change[1:].any()
    assert not change[0, 6:].any()
    ratio = less.draws.unit_cost_real / draws.unit_cost_real
    np.testing.assert_allclose(ratio, less.draws.gross_nominal / draws.gross_nominal)
    kept = made_of.with_commitments(draws, drivers, commitments(draws, 3.6e5, 4e5), volume, split=shares(draws))
    change = kept.draws.gross_nominal.mean(axis=2) - draws.gross_nominal.mean(axis=2)
    np.testing.assert_allclose(change[0, :6], -1.25 * 0.4e5 * 0.90 / 0.95)


def test_commitments_far_from_the_case_list_are_listed_and_not_used(draws, drivers) -> None:
    far = made_of.with_commitments(draws, drivers, commitments(draws, 9e5, 4e5), listed_like_the_ledger(drivers))
    np.testing.assert_array_equal(far.draws.gross_nominal, draws.gross_nominal)
    assert far.apart == {"a"}
    assert far.notices["notice_id"].tolist() == ["commitments_not_used"]
    none = made_of.with_commitments(draws, drivers, commitments(draws, 1.0, 1.0).iloc[:0], listed_like_the_ledger(drivers))
    assert none.draws is draws


def test_a_difference_of_few_citizens_is_hidden(draws, drivers) -> None:
    committed = made_of.with_commitments(draws, drivers, commitments(draws, 4e5, 4e5), listed_like_the_ledger(drivers))
    base = {"year": 2026, "committed": 9e5, "listed": 1e6, "n_citizens": 40, "top_share": 0.1, "n_apart": 12, "top_apart": 0.2,
            "unmatched": 1e5, "n_unmatched": 9, "top_unmatched": 0.3}  # fmt: skip
    years = pd.DataFrame([
        base | {"service": "a"}, base | {"service": "b", "n_apart": 1, "top_apart": 1.0, "n_unmatched": 2},
        base | {"service": "c", "n_citizens": 3}, base | {"service": "elsewhere"},
    ])  # fmt: skip
    table = made_of.commitment_table(years, committed, min_citizens=5, max_top_share=0.75).set_index("service")
    assert list(table.index) == ["a", "b", "c"]
    assert table.loc["a", "difference"] == pytest.approx(-1e5)
    assert table.loc["b", "committed"] == 9e5
    assert table.loc["b", ["case_list", "difference", "unmatched"]].isna().all()
    assert table.loc["c", "mask"] == "primary"
    assert table.loc["c", ["committed", "case_list", "difference", "unmatched"]].isna().all()
    assert bool(table.loc["a", "used"])


def test_the_bridge_leads_from_budget_to_result(made, drivers, draws, age_parts) -> None:
    parts, volume, bands = age_parts
    events = NO_EVENTS
    bridge = made_of.year_bridge(made, parts, volume, draws, events, age_bands=bands)
    assert list(bridge.columns) == list(PUBLISHED["year_bridge"].names)
    assert set(bridge["year"]) == {2026}, "2027's year before is not whole in history"
    table = bridge.pivot_table(index=["level", "member"], columns="step", values="effect")
    assert set(table.columns) == set(STEPS)
    steps = table[[name for name in STEPS if name != "expected"]].sum(axis=1)
    np.testing.assert_allclose(steps, table["expected"], atol=0.01)
    adults = table.loc[("frame", "50.54")]
    assert adults["budget"] == pytest.approx(17.5e6)
    assert ("service", "c") not in table.index, "no budget, no bridge"


def bridged(made, parts, volume, draws, bands) -> pd.DataFrame:
    table = made_of.year_bridge(made, parts, volume, draws, NO_EVENTS, age_bands=bands)
    return table.pivot_table(index=["level", "member"], columns="step", values="effect")


def test_the_bridge_tells_the_new_from_the_known_by_the_lines_of_the_result(
    made, draws, drivers, plans, booked, age_parts
) -> None:
    plain = bridged(made, *age_parts[:2], draws, age_parts[2])
    assert not plain[["expected_new", "expected_ended", "one_offs"]].any(axis=None)
    both = made_of.outturn(draws, drivers, plans, weights=booked["yearly"], fixed=booked["fixed"], split=shares(draws, "ab"))
    told = bridged(both, *age_parts[:2], draws, age_parts[2])
    lines = row(made_of.year_result(both)[0], "50.54", 2026)
    adults = told.loc[("frame", "50.54")]
    assert adults["expected_new"] == pytest.approx(lines["expected_new"])
    assert adults["expected_new"] > 0
    assert adults["expected_ended"] == pytest.approx(-lines["expected_ended"])
    people = ["uptake", "expected_new", "expected_ended"]
    np.testing.assert_allclose(told[people].sum(axis=1), plain["uptake"])
    pd.testing.assert_frame_equal(told.drop(columns=people), plain.drop(columns=people))


@pytest.mark.parametrize(("month", "sign"), [("2026-01-01", 1), ("2025-08-01", -1)])
def test_a_one_off_month_is_a_bar_of_its_own_and_no_price(made, draws, age_parts, month, sign) -> None:
    parts, volume, bands = age_parts
    tables = parts.tables
    history = tables.history.copy()
    at = (history["service"] == "a") & (history["month"] == pd.Timestamp(month))
    usual = float(history.loc[at, "gross_ultimate_nominal"].iloc[0])
    history.loc[at, "gross_ultimate_nominal"] += 4 * usual
    lumpy = SimpleNamespace(tables=replace(tables, history=history), exposure=parts.exposure)
    plain, found = (bridged(made, these, volume, draws, bands) for these in (parts, lumpy))
    change = (found - plain).loc[("service", "a")]
    assert change["one_offs"] == pytest.approx(sign * 4 * usual, rel=0.05)
    assert change["unit_cost"] == pytest.approx(0.0, abs=0.1 * usual)
    steps = found[[name for name in STEPS if name != "expected"]].sum(axis=1)
    np.testing.assert_allclose(steps, found["expected"], atol=0.01)
    adults = found.loc[("frame", "50.54"), "one_offs"]
    assert adults == found.loc[("total", "total"), "one_offs"] == found.loc[("service", "a"), "one_offs"]


def test_what_comes_again_or_is_of_few_is_no_one_off(drivers) -> None:
    history = drivers.history.copy()
    lumps = (history["service"] == "a") & history["month"].isin(pd.to_datetime(["2024-03-01", "2025-03-01"]))
    few = (history["service"] == "b") & (history["month"] == pd.Timestamp("2025-08-01"))
    history.loc[lumps | few, "gross_ultimate_nominal"] *= 5
    history.loc[history["service"] == "b", "volume"] = 3.0
    assert one_off_excess(replace(drivers, history=history)).empty
    history.loc[history["service"] == "b", "volume"] = 30.0
    assert one_off_excess(replace(drivers, history=history))["service"].tolist() == ["b"]


@pytest.fixture(scope="module")
def age_parts(drivers):
    months = pd.DatetimeIndex(sorted(drivers.history["month"].unique()))
    ahead = pd.DatetimeIndex(sorted(drivers.ahead["month"].unique()))
    expected = np.full((3, 2, len(months)), 25.0).transpose(0, 2, 1)
    exposure = SimpleNamespace(
        services=("a", "b", "c"),
        history=expected,
        history_months=months,
        ahead={"main": np.full((3, len(ahead), 2), 26.0)},
        ahead_months=ahead,
    )
    rows = [
        {"service": service, "month": month, "age": age, "provider_type": "own", "volume": 25.0, "list_cost_nominal": 5e5}
        for service in "abc" for month in months for age in (10, 40)
    ]  # fmt: skip
    return SimpleNamespace(tables=drivers, exposure=exposure), pd.DataFrame(rows), {"0-17": (0, 17), "18+": (18, 120)}


def test_what_moved_adds_up(result, made, draws, booked) -> None:
    months = made_of.year_result_months(made, draws, weights=booked["weights"], late=booked["late"], fixed=booked["fixed"])
    first = made_of.FollowUp("run-1", date(2026, 6, 1), remade=False, price_level="2026-pl", result=result, months=months)
    own = (months["member"] == "a") & (months["year"] == 2026) & months["period"].isin([7, 8])
    came = months.loc[own, "expected"].sum() + 3e5
    at = (result["member"] == "a") & (result["year"] == 2026)
    later = result.copy()
    later.loc[at, "posted"] += came
    later.loc[at, "mean"] += 5e5
    later.loc[at, "budget_revised"] += 1e5
    second = replace(first, run_id="run-2", cutoff=date(2026, 8, 1), result=later)
    found = made_of.moved(first, second, level="service", member="a", year=2026)
    assert found is not None
    assert found.posted == pytest.approx(3e5)
    assert found.price == pytest.approx(0.0)
    assert found.forecast == pytest.approx(2e5)
    assert found.budget == pytest.approx(1e5)
    assert found.later - found.earlier == pytest.approx(found.posted + found.price + found.forecast)
    dearer = replace(second, result=later.assign(price_factor=later["price_factor"] * 1.01))
    dear = made_of.moved(first, dearer, level="service", member="a", year=2026)
    assert dear is not None
    assert dear.price == pytest.approx(
        (later.loc[at, "mean"] - later.loc[at, "posted"] - later.loc[at, "late"]).iloc[0] * (1 - 1 / 1.01)
    )
    hidden = replace(first, months=months.assign(mask="primary"))
    assert made_of.moved(hidden, second, level="service", member="a", year=2026) is None
