"""The kept choice: what is used again, what is fitted, what is renewed; and the file's text, exact or refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tables_at import tables_at

from data.cpr import holds_cpr
from data.errors import ChoiceUnreadable
from models.disclosure import mask_tables
from models.forecast import choices as choices_module
from models.forecast.choice_json import _array, choice_digest, from_json, to_json
from models.forecast.choice_table import choice_table
from models.forecast.choices import Renewal, Work, chosen, code_version, fit_with
from models.forecast.engine import choose_services, forecast_services
from models.forecast.fitting import fit_all
from models.forecast.measures import read_service_series
from models.pressure import published_frame
from models.remade import choose_as_of, remade_draws, remade_rows, yearly_origins

MONTHS = 48

GROUPS = [("a", "g"), ("b", "g"), ("c_short", "g"), ("d_gaps", "adult"), ("e_direct", "adult"), ("f_nothing", "adult")]


@pytest.fixture(scope="module")
def specs(service_spec):
    months = np.arange(MONTHS)
    return [
        service_spec("a", group="g", season=0.1),
        service_spec("b", group="g", uptake_growth=0.05),
        service_spec("c_short", group="g", history=lambda u: np.where(months < 30, np.nan, u)),
        service_spec("d_gaps", history=lambda u: np.where(months % 3 == 0, u, 0.0)),
        service_spec("e_direct", direct=True),
        service_spec("f_nothing", history=lambda u: u * np.nan, direct=True, cost=0.0),
    ]


@pytest.fixture(scope="module")
def drivers(make_drivers, specs):
    return make_drivers(specs, months=MONTHS)


@pytest.fixture(scope="module")
def known(drivers):
    return choose_services(drivers)[0]


@pytest.fixture
def fitted(monkeypatch):
    """Keys of the series that were fitted."""
    keys = []

    def counted(jobs, **more):
        keys.extend((job.key, job.forms is not None, job.errors is not None) for job in jobs)
        return fit_all(jobs, **more)

    monkeypatch.setattr(choices_module, "fit_all", counted)
    return keys


def changed(drivers, service, *, by=1.1):
    """The service's newest month revised."""
    history = drivers.history.copy()
    newest = (history["service"] == service) & (history["month"] == drivers.cutoff)
    for column in ("uptake_ratio", "volume", "gross_ultimate_nominal"):
        history.loc[newest, column] *= by
    return replace(drivers, history=history)


def same(first, second):
    for name in ("gross_nominal", "volume", "unit_cost_real"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    pd.testing.assert_frame_equal(first.methods, second.methods)


def draws_of(drivers, choices=None):
    return forecast_services(drivers, seed=1, n_draws=50, choices=choices)


def test_unchanged_months_are_fitted_no_more_and_give_the_same_bits(drivers, known, fitted):
    through_the_file = from_json(to_json(known))
    cached = draws_of(drivers, through_the_file)
    assert fitted == []
    again, work = choose_services(drivers, known=through_the_file)
    assert work == {"reused": len(known.series), "refitted": 0, "renewed": 0}
    assert to_json(again) == to_json(known)
    same(cached, draws_of(drivers))


def test_a_changed_series_keeps_forms_and_errors_and_is_fitted_alone(drivers, known, fitted):
    revised, work = choose_services(changed(drivers, "a"), known=known)
    assert fitted == [("a|uptake", True, True)]
    assert work == {"reused": len(known.series) - 1, "refitted": 1, "renewed": 0}
    before, after = known.series["a|uptake"], revised.series["a|uptake"]
    assert after.forms == before.forms
    assert after.errors is before.errors
    assert after.refitted
    assert not before.refitted
    assert (after.continued.path != before.continued.path).any()
    assert revised.pools is known.pools
    assert {key for key in known.series if revised.series[key] is not known.series[key]} == {"a|uptake"}


def test_other_data_under_the_same_keys_are_renewed_and_so_are_the_pools(drivers, known):
    """Another municipality in the same home, or an extract that was wrong throughout."""
    history = drivers.history.copy()
    noise = np.exp(np.random.default_rng(8).normal(0.3, 0.4, len(history)))
    figures = ["volume", "gross_ultimate_nominal", "unit_cost_real"]
    other = replace(drivers, history=history.assign(**{name: history[name] * noise for name in figures}))
    found, work = choose_services(other, known=known)
    assert work["renewed"] > 0.8 * len(known.series)
    assert found.pools is not known.pools
    anew = choose_services(other)[0]
    assert {key: choice.forms for key, choice in found.series.items()} == {
        key: choice.forms for key, choice in anew.series.items()
    }


def test_another_price_level_is_no_other_data(drivers, known):
    scaled = replace(drivers, history=drivers.history.assign(unit_cost_real=drivers.history["unit_cost_real"] * 1.12))
    work = choose_services(scaled, known=known)[1]
    assert work["refitted"] >= 2
    assert work["renewed"] <= 2, "series without a path of their own have nothing to keep"


def test_pools_follow_when_most_of_one_group_is_other_data(drivers, known):
    history = drivers.history.copy()
    mine = history["service"].isin(["a", "b"])
    history.loc[mine, "unit_cost_real"] *= np.exp(np.random.default_rng(8).normal(0.0, 0.4, int(mine.sum())))
    found, work = choose_services(replace(drivers, history=history), known=known)
    assert work["renewed"] == 2
    assert found.pools is not known.pools
    assert found.pools.group_width["g", "unit_cost"] != known.pools.group_width["g", "unit_cost"]


def test_kept_forms_on_the_same_months_give_the_renewals_own_path(known, drivers):
    """What a refit does is what the renewal did with the forms it had found."""
    other = choose_services(changed(drivers, "b"), known=known)[0]
    back = choose_services(drivers, known=other)[0]
    np.testing.assert_array_equal(back.series["b|uptake"].continued.path, known.series["b|uptake"].continued.path)
    assert back.series["b|uptake"].refitted


def test_a_new_month_another_code_and_an_unknown_series_are_renewed(make_drivers, specs, drivers, known, fitted):
    few = [spec for spec in specs if spec.service in {"c_short", "e_direct"}]
    later = make_drivers(few, months=MONTHS, cutoff="2027-01-01")
    assert choose_services(later, known=known)[1] == {"reused": 0, "refitted": 0, "renewed": 3}
    assert not any(has_forms or has_errors for _, has_forms, has_errors in fitted)
    now = make_drivers(few, months=MONTHS)
    old = replace(known, code="0 of another day")
    assert choose_services(now, known=old)[1] == {"reused": 0, "refitted": 0, "renewed": 3}
    without = replace(known, series={key: choice for key, choice in known.series.items() if key != "c_short|uptake"})
    fitted.clear()
    found, work = choose_services(drivers, known=without)
    assert [key for key, *_ in fitted] == ["c_short|uptake"]
    assert work["renewed"] == 1
    assert found.pools is known.pools


def test_carried_on_forms_and_errors_of_march_hold_from_then_on_and_its_pools_as_far_as_they_reach(make_drivers, specs, fitted):
    march, may, next_march = (
        make_drivers(specs[:1], months=months, cutoff=cutoff)
        for months, cutoff in ((MONTHS, "2026-03-01"), (MONTHS + 2, "2026-05-01"), (MONTHS + 12, "2027-03-01"))
    )
    first = choose_services(march)[0]
    fitted.clear()
    second, work = choose_services(may, known=first, renewal=Renewal.CARRIED)
    assert work == {"reused": 0, "refitted": len(first.series), "renewed": 0}
    assert all(has_forms and has_errors for _, has_forms, has_errors in fitted)
    assert second.pools is first.pools
    assert second.cutoff == "2026-05"
    paths = [found.series["a|uptake"].continued.path for found in (first, second)]
    assert len(paths[1]) == len(paths[0]) - 2
    fitted.clear()
    draws_of(may, second)
    assert fitted == [], "the month's own choice, whatever the rule it was made by"
    third, work = choose_services(next_march, known=second, renewal=Renewal.CARRIED)
    new = set(third.series) - set(first.series)
    assert work == {"reused": 0, "refitted": len(first.series), "renewed": len(new)}, "cost has grown long enough to be chosen"
    carried = {key for key, has_forms, has_errors in fitted if has_forms and has_errors}
    assert carried == set(first.series)
    assert third.pools is not first.pools, "two months further ahead than May's: made anew, of the same errors"


def test_pools_are_renewed_with_the_month_and_for_a_group_they_do_not_know(make_drivers, service_spec, specs, known):
    few = [spec for spec in specs if spec.service == "c_short"]
    later = choose_services(make_drivers(few, months=MONTHS, cutoff="2027-01-01"), known=known)[0]
    assert later.cutoff == "2027-01"
    assert later.pools is not known.pools
    same_month = make_drivers([*few, service_spec("z", group="new", history=np.ones_like)], months=MONTHS)
    asked = choose_services(same_month, known=known)[0]
    assert ("new", "uptake") in asked.pools.group_errors
    kept = {"c_short|uptake", "c_short|unit_cost", "z|uptake", "z|unit_cost"}
    assert set(asked.series) == kept, "what is gone is dropped"


def test_a_series_that_gets_a_path_only_now_is_renewed(service_spec, make_drivers):
    """Kept errors of a series that had none would leave it without origins until the next month."""
    thin = make_drivers([service_spec("s", exposure=3.0, exposure_growth=0.0)], months=MONTHS)
    known = choose_services(thin)[0]
    assert known.series["s|uptake"].continued is None
    found, work = choose_services(make_drivers([service_spec("s")], months=MONTHS), known=known)
    assert work["renewed"] == 2
    assert found.series["s|uptake"].errors


def test_the_text_holds_every_bit_and_other_text_is_refused(known):
    text = to_json(known)
    again = from_json(text)
    assert to_json(again) == text
    assert (again.code, choice_digest(again)) == (code_version(), choice_digest(known))
    found = json.loads(text)
    found["choice"]["series"]["a|uptake"]["continued"]["noise"] = found["choice"]["series"]["a|uptake"]["level"]
    few = {key: told[:3] for key, told in known.pools.carried_losses.items()}
    cut = to_json(replace(known, pools=replace(known.pools, carried_losses=few)))
    wrong = [text[:-20], "", "{}", "[]", "null", "\ufffd\ufffd", json.dumps(found), cut, text.replace('"level":', '"lever":', 1)]
    for broken in wrong:
        with pytest.raises(ChoiceUnreadable, match="model choice"):
            from_json(broken)


def test_no_history_is_kept_but_its_residuals(known, drivers):
    """The newest months of a service are no part of the file."""
    kept = set(numbers_in(json.loads(to_json(known))["choice"]))
    assert known.series["a|uptake"].level in kept
    (parts,) = (item.parts for item in read_service_series(drivers) if item.service == "a")
    for name, series in parts.items():
        assert not kept & {*series.monthly.tolist(), *series.log_values.tolist()}, name


def numbers_in(found) -> list[float]:
    """Every number of a kept choice, out of its text."""
    if isinstance(found, dict):
        return [number for name, part in found.items() if name not in {"fingerprint", "cutoff"} for number in numbers_in(part)]
    if isinstance(found, list):
        return [number for part in found for number in numbers_in(part)]
    whole = isinstance(found, str) and len(found) >= 13 and set(found) <= set("abcdefghijklmnopqrstuvwxyz234567")
    return _array(found).tolist() if whole else []


def test_nothing_in_the_text_has_the_shape_of_a_cpr_number(known):
    assert not holds_cpr(to_json(known))


def test_the_table_says_what_was_chosen(known):
    table = choice_table(known, dict(GROUPS)).set_index(["service", "measure"])
    assert table.loc[("a", "uptake"), "path_made"] == "renewed"
    assert table.loc[("a", "uptake"), "forms"].startswith("ETS(")
    assert "ARIMA(" in table.loc[("a", "uptake"), "forms"]
    assert table.loc[("c_short", "uptake"), "path_made"] == "none"
    assert table.loc[("c_short", "uptake"), "forms"] == ""
    assert (table["renewed_at"] == pd.Timestamp("2026-12-01")).all()
    width = known.pools.width("g", "uptake").at(36)
    assert table.loc[("b", "uptake"), ["width_1", "width_12", "width_24", "width_36"]].tolist() == list(width[[0, 11, 23, 35]])


def test_a_masked_service_publishes_forms_and_nothing_of_its_months(known):
    concentration = pd.DataFrame(
        [
            ("service", name, kind, period, "all", 2 if name == "a" and kind == "month" else 40, 0.1)
            for name, _ in GROUPS
            for kind, period in (("month", "2026-12"), ("trailing12", "2026-12"))
        ],
        columns=["level", "member", "period_kind", "period", "age_band", "n_citizens", "top_share"],
    )
    frames = {
        "services": pd.DataFrame(GROUPS, columns=["service", "service_group"]).assign(frame="f", committee="c"),
        "model_choice": published_frame("model_choice", choice_table(known, dict(GROUPS))),
    }
    masked = mask_tables(frames, concentration=concentration, min_citizens=5, max_top_share=0.75)["model_choice"]
    hidden = masked[masked["mask"] != ""]
    assert "a" in set(hidden["service"]), "small in a month: its monthly residuals would show it"
    assert hidden["choice_json"].isna().all()
    assert hidden["n_citizens"].isna().all()
    shown = masked[masked["mask"] == ""]
    assert len(shown)
    assert shown["choice_json"].notna().all()
    assert (masked.loc[masked["service"] == "a", "forms"] != "").all()


def test_nothing_to_fit_asks_for_no_process(known):
    found, fits = chosen([], known, horizon=known.horizon, workers=4)
    assert (dict(found.series), fits.count()) == ({}, {"reused": 0, "refitted": 0, "renewed": 0})
    assert fit_with([], None).work == {}
    assert [str(word) for word in Work] == ["reused", "refitted", "renewed"]


def test_earlier_cutoffs_are_chosen_for_once_and_see_nothing_later(service_spec, make_drivers, fitted):
    months = np.arange(60)
    drivers = make_drivers([service_spec("a"), service_spec("b", uptake_growth=0.05)], months=60)
    origins = yearly_origins(drivers)
    assert [f"{origin:%Y-%m}" for origin in origins] == ["2025-12", "2024-12"]
    told = []
    then = {origin: tables_at(drivers, origin) for origin in origins}
    first, work = choose_as_of(then, {}, progress=lambda done, total: told.append((done, total)))
    assert work == {"reused": 0, "refitted": 0, "renewed": 8}
    assert told == sorted(told)
    assert told[-1] == (1000, 1000)
    fitted.clear()
    later = make_drivers([service_spec("a", history=lambda u: np.where(months > 53, 9 * u, u)), service_spec("b")], months=60)
    known_at = drivers.history["month"] <= origins[0]
    parts = [drivers.history[known_at], later.history[~known_at.to_numpy()]]
    revised = replace(drivers, history=pd.concat(parts).sort_values(["service", "month"], ignore_index=True))
    since = {origin: tables_at(revised, origin) for origin in origins}
    again, work = choose_as_of(since, first)
    assert fitted == []
    assert work == {"reused": 8, "refitted": 0, "renewed": 0}
    assert {at: to_json(choice) for at, choice in again.items()} == {at: to_json(choice) for at, choice in first.items()}
    newest = origins[0]
    rows = remade_rows(revised, remade_draws({newest: since[newest]}, seed=1, n_draws=50, choices=first))
    anew = remade_rows(drivers, remade_draws({newest: then[newest]}, seed=1, n_draws=50, choices={}))
    pd.testing.assert_frame_equal(rows, anew)
