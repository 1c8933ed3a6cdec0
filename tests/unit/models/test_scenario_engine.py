"""The engine: published figures plus what the levers move, masked as the baseline is."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import published_example as example
import pytest

from models.scenario import Scenario, ScenarioInvalid, build_baseline, evaluate
from models.scenario.baseline import MERGED, NO_LEVER, masked_services


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return example.frames()


def row(result: pd.DataFrame, level: str, member: str, year: int) -> pd.Series:
    return result[(result["level"] == level) & (result["member"] == member) & (result["year"] == year)].iloc[0]


def test_masked_services_of_all_groups_are_one_lever(tables: dict[str, pd.DataFrame]) -> None:
    baseline = build_baseline(tables)
    assert [group.key for group in baseline.groups] == ["botilbud", "anbringelser", "stoette_hjemme", MERGED]
    merged = baseline.groups[-1]
    assert merged.merged
    assert "Kontaktperson for døvblinde" in merged.labels_da
    assert masked_services(tables) == {"kontaktperson_doevblinde", "sikret_institution", "ledsageordning", "eget_vaerelse"}


def test_a_masked_service_alone_in_its_frame_has_no_lever(tables: dict[str, pd.DataFrame]) -> None:
    open_again = {name: tables[name].copy() for name in ("forecast_years", "actual_years", "forecast_months")}
    for table in open_again.values():
        table.loc[table["member"] == "eget_vaerelse", "mask"] = ""
    for name in ("actual_months", "accounting_fixed"):
        open_again[name] = tables[name].copy()
        open_again[name].loc[open_again[name]["service"] == "eget_vaerelse", "mask"] = ""
    baseline = build_baseline({**tables, **open_again})
    alone = baseline.services.index("sikret_institution")
    assert baseline.group_of[alone] == NO_LEVER
    everything = example.scenario_of({("volume", group.key): -10.0 for group in baseline.groups})
    year = baseline.years.index(2028)
    moved = evaluate(baseline, everything).members
    change = row(moved, "frame", "30.46", 2028)["change_mean"]
    shown = [baseline.services.index(key) for key in ("plejefamilie", "eget_vaerelse")]
    assert change == pytest.approx(-0.1 * baseline.yearly[shown, year].mean(axis=1).sum(), rel=1e-9)


def test_no_lever_moves_a_masked_service_alone(tables: dict[str, pd.DataFrame]) -> None:
    baseline = build_baseline(tables)
    masked = masked_services(tables)
    for index in range(len(baseline.groups)):
        inside = {baseline.services[place] for place in np.flatnonzero(baseline.group_of == index)}
        assert not inside & masked or inside == masked


def test_a_masked_month_alone_closes_the_group(tables: dict[str, pd.DataFrame]) -> None:
    months = tables["forecast_months"].copy()
    months.loc[months["member"] == "plejefamilie", "mask"] = "secondary"
    baseline = build_baseline({**tables, "forecast_months": months})
    assert [group.key for group in baseline.groups] == ["botilbud", "stoette_hjemme", MERGED]
    assert "Plejefamilie" in baseline.groups[-1].labels_da


def test_masked_members_are_not_shown(tables: dict[str, pd.DataFrame]) -> None:
    outlook = tables["frame_outlook"].copy()
    outlook.loc[outlook["member"] == "30.46", "mask"] = "primary"
    baseline = build_baseline({**tables, "frame_outlook": outlook})
    assert "30.46" not in set(baseline.members["member"])
    assert baseline.hidden == 5


def test_uptake_moves_its_own_frame_by_its_share(tables: dict[str, pd.DataFrame]) -> None:
    baseline = build_baseline(tables)
    result = evaluate(baseline, example.scenario_of({("volume", "anbringelser"): -10.0})).members
    assert row(result, "frame", "50.54", 2028)["change_mean"] == 0.0
    child = baseline.services.index("plejefamilie")
    year = baseline.years.index(2028)
    expected = -0.1 * baseline.yearly[child, year].mean()
    assert row(result, "frame", "30.46", 2028)["change_mean"] == pytest.approx(expected, rel=1e-12)
    total = row(result, "total", "total", 2028)
    assert total["change_mean"] == pytest.approx(expected, rel=1e-9)
    assert total["deviation_mean_scenario"] == pytest.approx(total["deviation_mean"] + expected, rel=1e-9)


def test_accounting_weights_put_december_where_it_is_posted(tables: dict[str, pd.DataFrame]) -> None:
    baseline = build_baseline(tables)
    draws = tables["draws"]
    of = draws[draws["service"] == "plejefamilie"].sort_values("month")
    real = np.stack(of["gross_nominal"].to_list()) / np.stack(of["price_factor"].to_list())
    by_hand = real[12:24].sum(axis=0) - 0.1 * real[23] + 0.1 * real[11]
    stored = baseline.yearly[baseline.services.index("plejefamilie"), baseline.years.index(2028)]
    np.testing.assert_allclose(stored, by_hand, rtol=1e-12)


def test_probability_and_interval_follow(tables: dict[str, pd.DataFrame]) -> None:
    result = evaluate(build_baseline(tables), example.scenario_of({("price", "botilbud"): 5.0, ("volume", "botilbud"): 10.0}))
    total = row(result.members, "total", "total", 2027)
    assert total["probability_over_scenario"] > 0.99
    assert total["q10_scenario"] > total["q90"]
    assert total["q10_scenario"] < total["mean_scenario"] < total["q90_scenario"]


def test_population_variant_is_a_lever(tables: dict[str, pd.DataFrame]) -> None:
    baseline = build_baseline(tables)
    assert baseline.variants == ("main", "high", "low")
    result = evaluate(baseline, example.scenario_of(variant="high"))
    years = result.members[result.members["level"] == "total"].set_index("year")["change_mean"]
    assert (years > 0).all()
    assert years.is_monotonic_increasing
    assert set(result.effects["kind"]) == {"population_variant"}


def test_without_frames_the_gross_expenditure_moves() -> None:
    baseline = build_baseline(example.frames(currency="AUD", with_frames=False))
    assert not baseline.has_frames
    assert (baseline.basis, baseline.price_level, baseline.variants) == ("service_year", "nominal", ("main",))
    result = evaluate(baseline, example.scenario_of({("volume", "botilbud"): -1.0}))
    total = row(result.members, "total", "total", 2029)
    assert total["mean_scenario"] < total["mean"]
    assert np.isnan(total["deviation_mean_scenario"])
    assert np.isnan(total["probability_over_scenario"])


@pytest.mark.parametrize(
    "scenario", [example.scenario_of({("volume", "forebyggende_boern"): 1.0}), example.scenario_of(variant="medium")]
)
def test_levers_that_the_run_has_not_are_refused(tables: dict[str, pd.DataFrame], scenario: Scenario) -> None:
    with pytest.raises(ScenarioInvalid, match="this run has not"):
        evaluate(build_baseline(tables), scenario)


def test_a_run_without_draws_still_opens(tables: dict[str, pd.DataFrame]) -> None:
    baseline = build_baseline({**tables, "draws": tables["draws"].iloc[:0]})
    assert baseline.groups == ()
    assert evaluate(baseline, Scenario()).members["change_mean"].eq(0.0).all()


def test_the_inputs_are_untouched(tables: dict[str, pd.DataFrame]) -> None:
    before = {name: table.copy(deep=True) for name, table in tables.items()}
    baseline = build_baseline(tables)
    kept = {name: getattr(baseline, name).copy() for name in ("yearly", "monthly", "volume")}
    evaluate(baseline, example.scenario_of({("volume", "botilbud"): -3.0}, variant="low"))
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])
    for name, array in kept.items():
        assert not getattr(baseline, name).flags.writeable
        np.testing.assert_array_equal(array, getattr(baseline, name))


def test_a_moved_slider_answers_at_once(tables: dict[str, pd.DataFrame]) -> None:
    baseline = build_baseline(tables)
    scenario = example.scenario_of({("volume", "botilbud"): -3.0, ("price", MERGED): 1.0}, variant="low")
    evaluate(baseline, scenario)
    begun = time.process_time()  # other tests may run beside it
    evaluate(baseline, scenario)
    assert time.process_time() - begun < 0.1
