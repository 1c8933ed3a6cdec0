"""A lean ``make follow-up``: one synthetic town, real forecasts of five services, decisions that did nothing, others that did."""

from __future__ import annotations

import numpy as np
import pytest
from follow_up_figures import followed, judged, thinned

from models.investment.placebo import NORMAL_80

WANTED = (
    "bostoette", "familiebehandling", "midlertidigt_botilbud", "plejefamilie", "stoetteophold",
)  # fmt: skip


@pytest.fixture(scope="module")
def town():
    return followed(1, wanted=WANTED, n_decisions=1)


@pytest.fixture(scope="module")
def quiet(town):
    return {(key, months): judged(town, 0, key, 0.0, months).effect for key in WANTED for months in (12, 24)}


def test_where_nothing_was_done_hardly_anything_is_found_and_intervals_hold(quiet):
    assert len(quiet) == 10
    scores = [(item.realised - item.counterfactual) * NORMAL_80 / (item.effect_q90 - item.effect_q10) for item in quiet.values()]
    assert np.std(scores) < 2.0
    assert sum(item.probability > 0.95 for item in quiet.values()) <= 2
    assert sum(item.effect_q10 <= 0.0 <= item.effect_q90 for item in quiet.values()) >= 5


def test_what_was_really_taken_away_is_found_with_its_size(town, quiet):
    for months in (12, 24):
        effects = {key: judged(town, 0, key, 0.25, months).effect for key in WANTED}
        assert sum(item.probability > 0.95 for item in effects.values()) >= 3
        for key, item in effects.items():
            came = thinned(town, 0, key, 0.25, months)
            without = town.later[0, months]
            row = came.services.index(key)
            gone = (came.volume[row, -months:] - without.volume[row, -months:]).mean()
            assert gone < -0.05 * quiet[key, months].realised
            assert item.effect - quiet[key, months].effect == pytest.approx(gone)
