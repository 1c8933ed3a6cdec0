"""Marked months: what is left out of the fit, what is chained, what stays as it is, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.reference.known_breaks import load_known_breaks
from models.declared import with_breaks
from models.disclosure import Masks, say_marks
from models.forecast.choices import Choice, Work, fingerprint
from models.forecast.engine import choose_services, forecast_services
from models.forecast.engine_series import choose, forecast_panel
from models.forecast.fitting import FitJob, fit_all
from models.forecast.marks import one_off_runs, read_marked
from models.forecast.measures import read_service_series
from models.forecast.notes import notes_of_marks
from models.forecast.panel import MonthlySeries
from models.forecast.series import Cause, Kind, read_series
from models.forecast.steps import shown_steps, shown_window
from models.types import DeclaredBreak

FIRST = pd.Timestamp("2019-01-01")
MONTHS = 96


def usual(seed: int = 1, n: int = MONTHS, noise: float = 0.03) -> np.ndarray:
    """Growth, season and noise; nothing to be marked."""
    months = np.arange(n)
    rng = np.random.default_rng(seed)
    return 100 * np.exp(0.002 * months + 0.1 * np.sin(months * np.pi / 6) + rng.normal(0, noise, n))


def times(values: np.ndarray, factors: dict[int, float]) -> np.ndarray:
    changed = values.copy()
    for place, factor in factors.items():
        changed[place] *= factor
    return changed


def since(month: str, label: str = "lov", services: frozenset[str] | None = None) -> DeclaredBreak:
    return DeclaredBreak(pd.Timestamp(month), None, label, "law", services)


def between(first: str, last: str) -> DeclaredBreak:
    return DeclaredBreak(pd.Timestamp(first), pd.Timestamp(last), "nedlukning", "lockdown")


def months_of(series, cause: Cause) -> list[str]:
    return [f"{mark.first:%Y-%m}/{mark.last:%Y-%m}" for mark in series.marks if mark.cause is cause]


@pytest.mark.parametrize("factors", [{50: 6.0}, {50: 0.2}, {50: 3.0, 51: 5.0}, {50: 0.3, 51: 2.4}])
def test_a_one_off_is_missing_to_the_fit_and_nothing_else_changes(factors):
    values = times(usual(), factors)
    series = read_marked(values, FIRST)
    assert months_of(series, Cause.ONE_OFF) == ["2023-03/" + ("2023-04" if 51 in factors else "2023-03")]
    others = np.setdiff1d(np.arange(MONTHS), list(factors))
    assert np.isnan(series.monthly[list(factors)]).all()
    np.testing.assert_array_equal(series.monthly[others], values[others])


@pytest.mark.parametrize(
    ("what", "factors"),
    [
        ("nothing", {}),
        ("less than twice", {50: 1.8}),
        ("the newest month", {95: 8.0}),
        ("the month before it", {94: 8.0}),
        ("three months", {50: 6.0, 51: 6.0, 52: 6.0}),
        ("every December", dict.fromkeys(range(11, MONTHS, 12), 6.0)),
        ("December of two years", {47: 6.0, 83: 6.0}),
        ("its nature", dict.fromkeys((20, 35, 51, 66, 80), 6.0)),
        ("a new level", dict.fromkeys(range(50, MONTHS), 6.0)),
        ("a level that ends", dict.fromkeys(range(50), 6.0)),
    ],
)
def test_what_is_no_one_off_stays(what, factors):
    values = times(usual(), factors)
    series = read_marked(values, FIRST)
    assert series.marks == (), what
    np.testing.assert_array_equal(series.monthly, read_series(values).monthly)


def test_a_one_off_needs_months_that_came_back_and_enough_others():
    values = times(usual(), {50: 6.0})
    assert read_marked(values[:52], FIRST).marks == ()
    assert months_of(read_marked(values[:56], FIRST), Cause.ONE_OFF) == ["2023-03/2023-03"]
    assert read_marked(values[16:52], FIRST).marks == ()  # 36 months: none to spare
    gone = values.copy()
    gone[48:50] = np.nan
    assert read_marked(gone, FIRST).marks == ()  # nobody knows what was before it


@pytest.mark.parametrize("seed", range(5))
def test_ordinary_series_with_heavy_tails_get_no_mark(seed):
    rng = np.random.default_rng(seed)
    months = np.arange(120)
    walk = np.exp(np.cumsum(rng.normal(0, 0.05, 120)) + 0.05 * rng.standard_t(5, 120))
    counts = rng.poisson(20 + 8 * np.sin(months / 2), 120).astype(float)
    assert read_marked(walk, FIRST).marks == ()
    assert read_marked(counts, FIRST).marks == ()


def test_series_without_a_path_of_their_own_are_not_marked():
    for values in (usual(n=20), np.tile([0.0, 5.0], 40), np.zeros(60), np.full(60, np.nan), np.full(60, 3.0)):
        assert read_marked(values, FIRST).marks == ()
        assert read_marked(values, FIRST).kind is read_series(values).kind


def test_gaps_and_zero_months_are_not_mistaken_for_one_offs():
    values = usual()
    values[30], values[60] = np.nan, 0.0
    assert read_marked(values, FIRST).marks == ()


def test_one_offs_of_a_constant_series():
    logs = np.zeros(60)
    logs[30] = 1.0
    assert one_off_runs(logs) == [(30, 30)]


def test_declared_months_are_left_out_where_the_series_shows_them():
    lockdown = between("2022-03-01", "2022-06-01")
    hit = times(usual(), dict.fromkeys(range(38, 42), 0.6))
    series = read_marked(hit, FIRST, [lockdown])
    assert months_of(series, Cause.DECLARED) == ["2022-03/2022-06"]
    assert np.isnan(series.monthly[38:42]).all()
    assert read_marked(usual(), FIRST, [lockdown]).marks == ()
    assert read_marked(hit, FIRST).marks == ()


def test_declared_months_wait_for_a_year_after_them_and_for_enough_others():
    lockdown = between("2022-03-01", "2022-06-01")
    hit = times(usual(), dict.fromkeys(range(38, 42), 0.4))
    assert read_marked(hit[:53], FIRST, [lockdown]).marks == ()
    assert read_marked(hit[:60], FIRST, [lockdown]).marks != ()
    assert read_marked(hit[22:60], FIRST, [lockdown]).marks == ()


@pytest.mark.parametrize("size", [-0.3, 0.15, 0.7])
def test_a_step_at_a_declared_date_is_chained(size):
    at = 60
    clean = usual()
    values = np.where(np.arange(MONTHS) >= at, clean * np.exp(size), clean)
    series = read_marked(values, FIRST, [since("2024-01-01")])
    (mark,) = series.marks
    assert mark.step == pytest.approx(size, abs=0.04)
    np.testing.assert_array_equal(series.monthly[at:], values[at:])
    np.testing.assert_allclose(series.monthly[:at], values[:at] * np.exp(mark.step))


def test_no_step_no_chain():
    date = since("2024-01-01")
    at = 60
    stepped = np.where(np.arange(MONTHS) >= at, usual() * 1.4, usual())
    assert read_marked(usual(), FIRST, [date]).marks == ()
    assert read_marked(usual() * np.exp(0.01 * np.arange(MONTHS)), FIRST, [date]).marks == ()  # growth is no step
    assert read_marked(stepped, FIRST).marks == ()  # nothing was declared
    assert read_marked(stepped[: at + 11], FIRST, [date]).marks == ()  # a year must lie after it
    assert months_of(read_marked(stepped[: at + 12], FIRST, [date]), Cause.STEP) == ["2024-01/2024-01"]
    assert read_marked(stepped, FIRST, [since("2019-06-01"), since("2030-01-01")]).marks == ()


def test_two_steps_are_chained_one_after_the_other():
    months = np.arange(MONTHS)
    values = usual() * np.where(months >= 40, 1.3, 1.0) * np.where(months >= 66, 0.7, 1.0)
    series = read_marked(values, FIRST, [since("2024-07-01"), since("2022-05-01")])
    assert [round(float(np.exp(mark.step)), 1) for mark in series.marks] == [1.3, 0.7]
    np.testing.assert_allclose(series.monthly[:40], values[:40] * np.exp(sum(mark.step for mark in series.marks)))


def test_a_wandering_series_is_seldom_taken_for_a_step():
    """Level that drifts by itself: steps of 15 % in it at a random date are no news."""
    walks = [np.cumsum(np.random.default_rng(seed).normal(0, 0.05, 120)) for seed in range(100)]
    assert sum(bool(shown_steps(walk, [70])) for walk in walks) <= 5
    assert sum(shown_window(walk, 60, 63, np.zeros(120, dtype=bool)) for walk in walks) <= 5


def test_a_date_without_a_step_beside_one_with_one_is_not_chained():
    values = usual() * np.where(np.arange(MONTHS) >= 60, 1.4, 1.0)
    series = read_marked(values, FIRST, [since("2022-05-01"), since("2024-01-01"), since("2024-08-01")])
    assert months_of(series, Cause.STEP) == ["2024-01/2024-01"]


def test_marks_of_either_kind_change_the_fingerprint():
    plain, marked = usual(), times(usual(), {50: 6.0})
    jobs = [FitJob("k", read_marked(values, FIRST), FIRST, 12) for values in (plain, marked)]
    unmarked = FitJob("k", read_series(marked), FIRST, 12)
    assert len({fingerprint(job) for job in (*jobs, unmarked)}) == 3
    stepped = np.where(np.arange(MONTHS) >= 60, plain * 1.4, plain)
    chained = FitJob("k", read_marked(stepped, FIRST, [since("2024-01-01")]), FIRST, 12)
    assert fingerprint(chained) != fingerprint(FitJob("k", read_marked(stepped, FIRST), FIRST, 12))


def test_what_is_said_names_count_months_and_size():
    one = read_marked(times(usual(), {50: 6.0}), FIRST)
    assert notes_of_marks(one)[0] == (
        "1 enkeltstående måned langt fra naboerne (2023-03): holdt ude af tilpasningen, ikke af tallene.",
        "1 one-off month far from the neighbours (2023-03): left out of the fit, not of the figures.",
    )
    two = read_marked(times(usual(), {30: 0.2, 50: 3.0, 51: 5.0}), FIRST)
    assert notes_of_marks(two)[0][1].startswith("3 one-off months far from the neighbours (2021-07, 2023-03, 2023-04)")
    stepped = read_marked(np.where(np.arange(MONTHS) >= 60, usual() * 1.4, usual()), FIRST, [since("2024-01-01", "Ny lov")])
    ((danish, english),) = notes_of_marks(stepped)
    assert danish.startswith("Ny lov (2024-01): niveauet skiftede +39 %;")
    assert " %; the fit has chained" in english
    hit = read_marked(times(usual(), dict.fromkeys(range(38, 42), 0.6)), FIRST, [between("2022-03-01", "2022-06-01")])
    assert notes_of_marks(hit)[0][1].startswith("lockdown (2022-03–2022-06) is off and left out")


def test_a_one_off_neither_pulls_the_path_nor_widens_it():
    clean = [MonthlySeries(f"s{k}", "cost", FIRST, usual(k, 60)) for k in range(2)]
    hit = [replace(clean[0], values=times(clean[0].values, {52: 12.0})), clean[1]]
    learnt = choose(clean, horizon=12, seed=1)
    before, after = (forecast_panel(panel, horizon=12, seed=1, choices=learnt)[0] for panel in (clean, hit))
    assert before.marks == ()
    assert len(after.marks) == 1
    assert after.notes == before.notes
    np.testing.assert_allclose(after.q50, before.q50, rtol=0.04)
    assert (after.q90 - after.q10).sum() < 1.3 * (before.q90 - before.q10).sum()


def test_an_earlier_origin_sees_a_mark_a_year_later_and_is_scored_by_what_came():
    series = read_marked(times(usual(), {40: 6.0}), FIRST)
    assert np.isnan(series.monthly[40])
    assert series.came[40] > 500
    assert np.isnan(series.until(MONTHS - 60).monthly[40])
    assert series.until(MONTHS - 48).monthly[40] == series.came[40], "eight months later nobody knew yet"
    (fit,) = fit_all([FitJob("k", read_marked(times(usual(), {80: 6.0}), FIRST), FIRST, 12)])
    (origin,) = [error for error in fit.errors if len(error.log_error) == 24]
    assert origin.log_error[80 - (MONTHS - 24)] > 1.2, "the month came, and was missed"


def test_a_date_that_is_declared_later_renews_its_series_and_a_one_off_does_not():
    clean = usual()
    hit = times(clean, dict.fromkeys(range(38, 42), 0.6))
    stepped = np.where(np.arange(MONTHS) >= 60, clean * 1.4, clean)
    lockdown, law = between("2022-03-01", "2022-06-01"), since("2024-01-01")
    before = [FitJob(f"k{k}", read_marked(values, FIRST), FIRST, 12) for k, values in enumerate((hit, stepped, clean))]
    seen = (hit, [lockdown]), (stepped, [law]), (times(clean, {50: 6.0}), [])
    after = [FitJob(f"k{k}", read_marked(values, FIRST, breaks), FIRST, 12) for k, (values, breaks) in enumerate(seen)]
    kept = [Choice.of(job, fit, refitted=False) for job, fit in zip(before, fit_all(before), strict=True)]
    assert [choice.work_for(job) for choice, job in zip(kept, after, strict=True)] == [Work.RENEWED, Work.RENEWED, Work.REFITTED]


def test_history_stays_chained_for_an_earlier_origin():
    clean = usual()
    values = np.where(np.arange(MONTHS) >= 70, clean * 1.5, clean)
    series = read_marked(values, FIRST, [since("2024-11-01")])
    step = series.marks[0].step
    np.testing.assert_allclose(series.until(36).monthly, values[:60] * np.exp(step))
    assert series.months == MONTHS


def test_a_few_citizens_months_are_the_cost_and_not_off_it(service_spec, make_drivers):
    drivers = make_drivers([service_spec("few", exposure=3.0)], months=60)
    history = drivers.history.copy()
    history.loc[history["month"] == pd.Timestamp("2026-06-01"), "unit_cost_real"] *= 10
    (item,) = read_service_series(replace(drivers, history=history))
    assert item.parts["unit_cost"].kind is Kind.THIN
    assert item.parts["unit_cost"].marks == ()
    assert item.parts["unit_cost"].level > 1.5 * read_service_series(drivers)[0].parts["unit_cost"].level


@pytest.fixture(scope="module")
def stepped(service_spec, make_drivers):
    months = np.arange(60)
    moved = service_spec("moved", frame="50.54", history=lambda uptake: np.where(months >= 36, uptake * 1.5, uptake))
    return make_drivers([moved, service_spec("other", frame="50.54"), service_spec("far", frame="30.46")], months=60)


def events(**more: object) -> pd.DataFrame:
    row = {
        "effective_from": pd.Timestamp("2025-01-15"), "kind": "moved_task", "frame": None, "service": "moved", "in_data": True,
        "amount_dkk": 1e6, "price_level": "2025-pl",
    }  # fmt: skip
    return pd.DataFrame([row | more])


def test_the_nights_events_and_the_shipped_list_are_its_breaks(stepped):
    tables = with_breaks(stepped, events())
    assert len(tables.breaks) == len(load_known_breaks()) + 1
    assert tables.breaks[-1].first == pd.Timestamp("2025-01-01")
    assert tables.breaks[-1].services == {"moved"}
    assert with_breaks(stepped, events(in_data=False)).breaks == tables.breaks[:-1]
    assert with_breaks(stepped, events(kind="decided_saving")).breaks == tables.breaks[:-1]
    assert with_breaks(stepped, events().iloc[:0]).breaks == tables.breaks[:-1]
    assert with_breaks(stepped, events(service=None, frame="50.54")).breaks[-1].services == {"moved", "other"}
    assert with_breaks(stepped, events(service=None)).breaks[-1].services is None
    law = next(item for item in tables.breaks if item.label_da == "Barnets Lov")
    assert law.services == frozenset()  # none of its groups in this run


def test_a_moved_tasks_amount_is_a_share_of_the_year_before_it(stepped):
    rows = stepped.history[(stepped.history["service"] == "moved") & (stepped.history["month"].dt.year == 2024)]
    factors = stepped.prices.drop_duplicates("month").set_index("month")["price_factor"]
    cost = (rows["gross_ultimate_nominal"] / rows["month"].map(factors)).sum()
    level = stepped.price_level

    def moved(**more: object) -> float:
        return with_breaks(stepped, events(amount_dkk=0.3 * cost, price_level=level, **more)).breaks[-1].moved_in

    assert moved() == pytest.approx(0.3)
    nominal = 0.3 * cost * factors[factors.index.year == 2025].mean()
    assert with_breaks(stepped, events(amount_dkk=nominal, price_level=None)).breaks[-1].moved_in == pytest.approx(0.3)
    assert moved(kind="dut") == 0.0, "a change of law may move hours or prices, not citizens"
    assert moved(service=None, frame="50.54") == 0.0, "which service's citizens they are is not said"
    assert moved(effective_from=stepped.history["month"].min()) == 0.0, "there is no year before it"
    assert with_breaks(stepped, events(amount_dkk=np.nan)).breaks[-1].moved_in == 0.0


def test_a_break_concerns_its_services_alone_and_the_history_stays(stepped):
    tables = with_breaks(stepped, events())
    marks = {item.service: item.parts["uptake"].marks for item in read_service_series(tables)}
    assert [name for name, found in marks.items() if found] == ["moved"]
    assert tables.history is stepped.history
    elsewhere = with_breaks(stepped, events(service="far"))
    assert not any(item.parts["uptake"].marks for item in read_service_series(elsewhere))


def test_the_night_forecasts_on_the_newer_level_and_says_so(stepped):
    tables = with_breaks(stepped, events())
    draws = forecast_services(tables, seed=1, n_draws=50, choices=choose_services(tables)[0])
    row = draws.services.index("moved")
    newest = stepped.history[stepped.history["service"] == "moved"].tail(12)["volume"].mean()
    assert draws.volume[row, :12].mean() == pytest.approx(newest, rel=0.06)
    notes = draws.methods.set_index("service")["marks_da"]
    assert "Dækningsgrad: Flyttet opgave (2025-01): niveauet skiftede +" in notes["moved"]
    assert "Flyttet opgave" not in notes["other"]
    services = pd.DataFrame(
        {"service": ["moved", "other"], "method_note_da": ["Før.", None], "method_note_en": ["Before.", None]}
    )
    shown, hidden = (
        say_marks(services, draws.methods, Masks({}, months, None)).set_index("service")
        for months in ({}, {("service", "moved"): "secondary"})
    )
    assert shown.loc["moved", "method_note_da"].startswith("Før. Dækningsgrad: Flyttet opgave")
    assert hidden.loc["moved", ["method_note_da", "method_note_en"]].tolist() == ["Før.", "Before."]


def test_the_shipped_list_is_dated_sourced_and_says_what_is_unverified():
    known = load_known_breaks()
    assert {item.key for item in known} == {"pandemic_2020_spring", "pandemic_2020_winter", "barnets_lov"}
    assert all(item.source and (item.last is None or item.last > item.first) for item in known)
    assert [item.key for item in known if item.verified] == ["barnets_lov"]
