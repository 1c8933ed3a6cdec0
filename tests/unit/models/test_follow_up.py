"""Follow-up of decided cases: what is planted is found, what cannot be said is refused with its reason, noise stays noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from follow_up_cases import AHEAD, BEHIND, CUTOFF, LEVEL, SERVICES, START, came_to, case, frozen_at

from models.investment.decided import Promised
from models.investment.follow_up import LEAST_MONTHS, follow_up
from models.investment.frozen import thaw
from models.investment.placebo import Event, Window, compare
from models.investment.status import CarriedOut, Status, status_of
from models.investment.track_record import track_record

LATER = 27
EVERY = dict.fromkeys(SERVICES, 0.0)


def test_a_planted_effect_is_found_with_its_size():
    found = follow_up(case(), frozen_at(), came_to(LATER, {"service_a": -0.15}))
    assert (found.reason, found.status) == ("", Status.ON_TRACK)
    assert found.effect.n_months == LATER - 3
    assert found.effect.effect_pct_q10 < -15.0 < found.effect.effect_pct_q90
    assert found.effect.probability > 0.95
    assert 0.5 < found.effect.probability_promise < 0.98
    assert found.effect.promised == pytest.approx(-0.1 * found.effect.counterfactual)
    assert found.effect.share_realised == pytest.approx(found.effect.effect / found.effect.promised)
    assert found.effect.yearly_dkk == pytest.approx(12 * 1000.0 * found.effect.effect)
    half = replace(case().promised, cost_share=0.5)
    cheaper = follow_up(case(promised=half), frozen_at(), came_to(LATER, {"service_a": -0.15})).effect
    assert cheaper.yearly_dkk_q10 == pytest.approx(0.5 * found.effect.yearly_dkk_q10)


def test_without_effect_nothing_is_seen_and_carried_out_is_told_apart_from_not():
    quiet = follow_up(case(), frozen_at(), came_to(LATER, {"service_a": 0.0}))
    assert quiet.status is Status.NO_VISIBLE_EFFECT
    assert quiet.effect.probability < 0.9
    never = follow_up(case(actual_start=None), frozen_at(), came_to(LATER))
    assert (never.status, never.reason, never.effect) == (Status.NOT_CARRIED_OUT, "not_started", None)
    hardly = follow_up(case(enrolled=3), frozen_at(), came_to(LATER))
    assert hardly.status is Status.NOT_CARRIED_OUT


def test_more_of_a_service_can_be_promised_too():
    more = case(promised=Promised(unit="citizens", expected=12.0))
    found = follow_up(more, frozen_at(), came_to(LATER, {"service_a": 0.15}))
    assert found.effect.probability > 0.95
    assert follow_up(more, frozen_at(), came_to(LATER, {"service_a": -0.15})).effect.probability < 0.05


@pytest.mark.parametrize(
    ("asked", "n_months", "reason"),
    [
        (case("no_such"), LATER, "masked"),
        (case(actual_start=CUTOFF), LATER, "started_before_decision"),
        (case(), 3 + LEAST_MONTHS - 1, "few_months"),
        (case(stopped=START + 2), LATER, "stopped"),
        (case(promised=Promised(unit="pct", expected=-10.0, lag_months=24)), LATER, "few_months"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(asked, n_months, reason):
    found = follow_up(asked, frozen_at(), came_to(n_months))
    assert (found.reason, found.effect, len(found.months)) == (reason, None, 0)


def test_a_service_masked_by_now_is_not_followed_up():
    shown = tuple(key for key in SERVICES if key != "service_a")
    assert follow_up(case(), frozen_at(), came_to(LATER, services=shown)).reason == "masked"


def test_a_short_history_is_too_early_to_say():
    short = frozen_at(behind=BEHIND[-30:])
    assert follow_up(case(), short, came_to(LATER)).reason == "short_history"


def test_six_months_after_start_and_lag_are_enough():
    assert follow_up(case(), frozen_at(), came_to(3 + LEAST_MONTHS)).effect.n_months == LEAST_MONTHS


def test_placebo_rows_stand_beside_it_and_leave_out_whatever_is_decided():
    other = case("service_b", decision_id="d-0000000000000002")
    found = follow_up(case(), frozen_at(), came_to(LATER), register=(case(), other))
    assert {row.service for row in found.placebo} == set(SERVICES) - {"service_a", "service_b"}
    assert {row.kind for row in found.placebo} == {"service"}


def test_placebo_rows_that_miss_widely_widen_the_interval():
    calm = follow_up(case(), frozen_at(), came_to(LATER, EVERY))
    wild = came_to(LATER, {key: 0.2 * (-1) ** place for place, key in enumerate(SERVICES)} | {"service_a": 0.0})
    wide = follow_up(case(), frozen_at(), wild)
    assert wide.calibration.width > 1.5 * calm.calibration.width
    spans = [item.effect.effect_q90 - item.effect.effect_q10 for item in (calm, wide)]
    assert spans[1] > 1.5 * spans[0]


def test_what_all_services_have_in_common_is_no_effect():
    alone = follow_up(case(), frozen_at(), came_to(LATER, EVERY | {"service_a": -0.08}))
    common = follow_up(case(), frozen_at(), came_to(LATER, dict.fromkeys(SERVICES, -0.08)))
    assert common.effect.probability < alone.effect.probability
    assert common.effect.effect > alone.effect.effect


def test_earlier_forecasts_give_rows_of_earlier_dates_only_where_their_window_ended_before_the_decision():
    frozen = frozen_at()
    months = pd.date_range(end="2022-12-01", periods=60, freq="MS")
    older = replace(
        frozen, run_id="older", behind=months, months=pd.date_range("2023-01-01", periods=48, freq="MS"),
        volume=frozen.volume[:, :60], exposure_behind=frozen.exposure_behind[:, :60], price_behind=np.ones(60),
    )  # fmt: skip
    found = follow_up(case(), frozen, came_to(LATER), earlier=(older, frozen))
    rows = [row for row in found.placebo if row.kind == "earlier"]
    assert {row.service for row in rows} == set(SERVICES)
    assert all(row.last <= CUTOFF for row in rows)
    assert (
        follow_up(case(), frozen, came_to(LATER), earlier=(frozen,)).placebo == follow_up(case(), frozen, came_to(LATER)).placebo
    )


def test_what_falls_back_after_a_peak_does_not_pass_for_effect():
    """The forecast stands a tenth above the service's own trend; half of that goes by itself."""
    frozen = frozen_at()
    peak = replace(frozen, draws=frozen.draws * np.where(np.array(SERVICES) == "service_a", 1.1, 1.0)[:, None, None])
    plain = compare(peak, came_to(LATER, EVERY), ("service_a",), Window(START, CUTOFF + LATER))
    found = follow_up(case(), peak, came_to(LATER, EVERY))
    assert plain.log_gap < -0.09
    assert plain.excess > 1.0
    assert found.effect.effect_pct > -6.0
    assert found.effect.probability < 0.95


def test_more_people_than_expected_move_the_counterfactual_and_nothing_else_does():
    frozen, realised = frozen_at(), came_to(LATER, EVERY)
    rising = replace(frozen, exposure=frozen.exposure * np.linspace(1.0, 1.6, len(AHEAD)))
    came = replace(realised, exposure=7.0 * realised.exposure)  # another reference uptake says the same
    same = compare(frozen, came, ("service_a",), Window(START, CUTOFF + LATER))
    assert np.allclose(same.draws, frozen.draws[0, 3:LATER])
    fewer = compare(rising, realised, ("service_a",), Window(START, CUTOFF + LATER))
    assert (fewer.draws.mean(axis=1) < LEVEL).all()
    assert (np.diff(fewer.draws.mean(axis=1)) < 0).all()


def test_a_moved_task_is_no_effect():
    event = Event("service_a", START, None, -0.15)
    found = follow_up(case(), frozen_at(), came_to(LATER, EVERY | {"service_a": -0.15}), events=(event,))
    assert abs(found.effect.effect_pct) < 3.0


def test_overlapping_cases_are_named_and_the_effect_is_what_remains():
    other = case(decision_id="d-0000000000000002", name="Den anden")
    alone = follow_up(case(), frozen_at(), came_to(LATER, {"service_a": -0.18}))
    both = follow_up(case(), frozen_at(), came_to(LATER, {"service_a": -0.18}), register=(case(), other))
    assert both.overlaps == (("d-0000000000000002", pytest.approx(-0.10)),)
    assert both.effect.counterfactual == pytest.approx(0.9 * alone.effect.counterfactual)
    elsewhere = replace(other, ages=(67, 130))
    assert not follow_up(replace(case(), ages=(6, 17)), frozen_at(), came_to(LATER), register=(elsewhere,)).overlaps
    assert not follow_up(case(), frozen_at(), came_to(LATER), register=(replace(other, actual_start=None),)).overlaps


def test_a_comparison_service_that_moves_alike_narrows_the_interval():
    frozen, realised = frozen_at(), came_to(LATER, EVERY)
    twins = frozen.draws.copy()
    twins[1] = twins[0] * np.exp(0.01 * np.random.default_rng(1).standard_normal(twins.shape[2]))
    alike = replace(frozen, draws=twins)
    plain = follow_up(case(), alike, realised)
    beside = follow_up(case(comparison="service_b"), alike, realised)
    assert beside.comparison_used
    spans = [item.effect.effect_q90 - item.effect.effect_q10 for item in (plain, beside)]
    assert spans[1] < 0.6 * spans[0]
    taken = follow_up(case(comparison="service_b"), alike, realised, register=(case("service_b", decision_id="d-2"),))
    assert not taken.comparison_used


def test_more_enrolled_than_there_can_be_is_said():
    assert follow_up(case(enrolled=1_000), frozen_at(), came_to(LATER)).too_many_enrolled
    assert not follow_up(case(enrolled=120), frozen_at(), came_to(LATER)).too_many_enrolled


def test_a_saving_in_kroner_is_judged_on_real_cost_by_the_index_that_came():
    saving = case(promised=Promised(unit="dkk", expected=-0.1 * 1000.0 * LEVEL * 12), measure="cost")
    realised = came_to(LATER, EVERY | {"service_a": -0.2})
    dearer = np.where(realised.months > BEHIND[-1], 1.5, 1.0)
    found = follow_up(saving, frozen_at(), replace(realised, cost=realised.cost * dearer, price_factor=3.0 * dearer))
    assert found.effect.probability > 0.95
    assert found.effect.realised == pytest.approx(0.8 * 1000.0 * LEVEL)
    assert found.effect.promised == pytest.approx(-0.1 * 1000.0 * LEVEL)
    assert found.effect.yearly_dkk == pytest.approx(12 * found.effect.effect)


def test_frozen_arrays_come_back_as_they_were_and_damaged_ones_are_refused():
    frozen = frozen_at()
    arrays = frozen.arrays()
    assert all(array.dtype != object for array in arrays.values())
    again = thaw(arrays)
    assert again.services == frozen.services
    assert (again.months == frozen.months).all()
    assert np.allclose(again.draws, frozen.draws, rtol=1e-6)
    with pytest.raises(ValueError, match="missing"):
        thaw({name: array for name, array in arrays.items() if name != "draws"})
    with pytest.raises(ValueError, match="belong"):
        thaw(arrays | {"exposure": arrays["exposure"][:, 1:]})


@pytest.mark.parametrize(
    ("done", "can_say", "probability", "status"),
    [
        ({"actual_start": None, "planned_start": 28}, False, None, Status.TOO_EARLY),
        ({"actual_start": None, "planned_start": 27}, False, None, Status.NOT_CARRIED_OUT),
        ({"actual_start": 10, "planned": 40, "enrolled": 7}, True, 0.99, Status.NOT_CARRIED_OUT),
        ({"actual_start": 10, "stopped": 12}, False, None, Status.NOT_CARRIED_OUT),
        ({"actual_start": 10}, False, None, Status.TOO_EARLY),
        ({"actual_start": 14}, False, None, Status.BEHIND),
        ({"actual_start": 14}, True, 0.99, Status.BEHIND),
        ({"actual_start": 13}, True, 0.99, Status.ON_TRACK),
        ({"actual_start": 10, "planned": 40, "enrolled": 31}, True, 0.99, Status.BEHIND),
        ({"actual_start": 10, "planned": 40, "enrolled": 32}, True, 0.90, Status.ON_TRACK),
        ({"actual_start": 10, "planned": 40, "enrolled": 32}, True, 0.89, Status.NO_VISIBLE_EFFECT),
        ({"actual_start": 10, "planned": 40, "enrolled": 20}, True, 0.10, Status.BEHIND),
        ({"actual_start": 10, "planned": 40, "enrolled": 20, "ramp_months": 42}, True, 0.90, Status.ON_TRACK),
    ],
)
def test_status_by_its_rules(done, can_say, probability, status):
    said = {"newest": 30, "planned_start": 10} | done
    assert status_of(CarriedOut(**said), can_say=can_say, probability=probability) is status


def test_the_track_record_cuts_new_promises_by_what_came_of_old_ones():
    half = [follow_up(case(), frozen_at(), came_to(LATER, {"service_a": -0.05})) for _ in range(6)]
    full = [follow_up(case(), frozen_at(), came_to(LATER, {"service_a": -0.10})) for _ in range(6)]
    never = [follow_up(case(actual_start=None), frozen_at(), came_to(LATER)) for _ in range(6)]
    cuts = [track_record(items).haircut_pct for items in (full, half, never)]
    assert cuts[0] < cuts[1] < cuts[2]
    assert 30.0 < cuts[1] < 60.0
    assert track_record(never).not_carried_out == 6
    assert track_record(half[:2]).haircut_pct is None
    few, many = track_record(half[:3]), track_record(half * 5)
    assert abs(few.share - 1.0) < abs(many.share - 1.0)
    assert few.share_sd > many.share_sd
    early = follow_up(case(), frozen_at(), came_to(5))
    assert track_record([*half, early]).share == track_record(half).share
