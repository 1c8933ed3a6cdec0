"""Follow-up whatever the data: the order of rows, services and cases is no matter, scale is none, nothing is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from follow_up_cases import SERVICES, came_to, case, frozen_at
from hypothesis import given, settings
from hypothesis import strategies as st

from models.investment.decided import Promised
from models.investment.follow_up import follow_up
from models.investment.placebo import PlaceboRow, calibrate
from models.investment.track_record import track_record

EFFECTS = st.floats(-0.4, 0.4)
ROWS = st.lists(st.tuples(st.floats(-6.0, 6.0), st.floats(-4.0, 4.0)), max_size=25)


def figures(found):
    return [getattr(found.effect, name) for name in ("effect", "effect_q10", "effect_q90", "probability", "probability_promise")]


def reordered(item, order):
    names = [name for name in ("volume", "exposure_behind", "exposure", "cost", "draws", "unit_cost") if hasattr(item, name)]
    return replace(item, services=tuple(item.services[i] for i in order), **{name: getattr(item, name)[order] for name in names})


@settings(max_examples=12, deadline=None)
@given(effect=EFFECTS, order=st.permutations(range(len(SERVICES))), months=st.integers(9, 40))
def test_the_order_of_services_and_cases_is_no_matter(effect, order, months):
    frozen, realised = frozen_at(), came_to(months, {"service_a": effect})
    others = [case("service_b", decision_id="d-2"), case("service_a", decision_id="d-3")]
    plain = follow_up(case(), frozen, realised, register=others)
    turned = follow_up(case(), reordered(frozen, list(order)), reordered(realised, list(order)), register=others[::-1])
    assert figures(turned) == pytest.approx(figures(plain), rel=1e-9)
    assert figures(follow_up(case(), frozen, realised, register=others)) == figures(plain)


@settings(max_examples=12, deadline=None)
@given(effect=EFFECTS, months=st.integers(9, 40), scale=st.floats(0.1, 10.0))
def test_a_town_twice_as_large_has_twice_the_effect_and_the_same_certainty(effect, months, scale):
    frozen, realised = frozen_at(), came_to(months, {"service_a": effect})
    larger = replace(frozen, draws=scale * frozen.draws, volume=scale * frozen.volume)
    small, large = (
        follow_up(case(), frozen, realised),
        follow_up(case(), larger, replace(realised, volume=scale * realised.volume)),
    )
    assert large.effect.effect == pytest.approx(scale * small.effect.effect, rel=1e-6, abs=1e-9)
    assert large.effect.probability == pytest.approx(small.effect.probability, abs=0.006)


@settings(max_examples=12, deadline=None)
@given(effect=EFFECTS, more=st.floats(0.01, 0.2), months=st.integers(9, 40))
def test_fewer_citizens_never_make_an_effect_less_likely(effect, more, months):
    found = [follow_up(case(), frozen_at(), came_to(months, {"service_a": size})) for size in (effect, effect - more)]
    assert found[1].effect.probability >= found[0].effect.probability
    assert found[1].effect.effect < found[0].effect.effect
    ordered = [found[0].effect.effect_q10, found[0].effect.effect, found[0].effect.effect_q90]
    assert ordered == sorted(ordered)


@settings(max_examples=12, deadline=None)
@given(promise=st.floats(-40.0, -0.5), months=st.integers(9, 40), effect=EFFECTS)
def test_more_promised_is_never_more_likely_kept(promise, months, effect):
    realised = came_to(months, {"service_a": effect})
    asked = [case(promised=Promised(unit="pct", expected=size)) for size in (promise, 2.0 * promise)]
    little, much = (follow_up(item, frozen_at(), realised).effect for item in asked)
    assert little.probability == much.probability
    assert little.probability >= little.probability_promise >= much.probability_promise


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_calibration_depends_on_rows_alone_and_stays_within_bounds(rows, order):
    made = [PlaceboRow("service", str(place), "run", 0, 11, 0.0, score, excess) for place, (score, excess) in enumerate(rows)]
    turned = list(made)
    order.shuffle(turned)
    plain, again = calibrate(made), calibrate(turned)
    assert plain == again
    assert 0.0 <= plain.taken_back <= 1.0
    for excess in (-4.0, 0.0, 4.0):
        assert 0.8 <= plain.width_at(excess) <= 3.0
        assert np.isfinite(plain.moved_by(excess))
    assert calibrate([]).width_at(4.0) > calibrate([]).width_at(0.0)


@settings(max_examples=12, deadline=None)
@given(effects=st.lists(EFFECTS, min_size=1, max_size=6), order=st.randoms(use_true_random=False))
def test_the_track_record_depends_on_cases_alone_and_cuts_no_more_than_all(effects, order):
    found = [follow_up(case(), frozen_at(), came_to(27, {"service_a": effect})) for effect in effects]
    turned = list(found)
    order.shuffle(turned)
    plain, again = track_record(found), track_record(turned)
    assert again.share == pytest.approx(plain.share, rel=1e-12)
    assert plain.haircut_pct is None or 0.0 <= plain.haircut_pct <= 100.0
    assert (plain.haircut_pct is None) == (len(effects) < 3)
