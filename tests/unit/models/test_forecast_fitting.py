"""A series is fitted for itself alone, origins read nothing later, and what was chosen is refitted, not searched for again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.forecast import fitting
from models.forecast.carried_year import carried_year
from models.forecast.fitting import CHUNK, CHUNKS_PER_PROCESS, FitJob, fit_all, fit_chunk
from models.forecast.prophet_model import fit_prophet
from models.forecast.series import Kind, read_series
from models.forecast.uncertainty import ORIGINS_BACK

FIRST = pd.Timestamp("2018-01-01")
H = 12


def values(place: int, months: int = 72) -> np.ndarray:
    rng = np.random.default_rng(place)
    steps = np.arange(months)
    return 50 * (place + 1) * np.exp(0.004 * steps + 0.1 * np.sin(2 * np.pi * steps / 12) + rng.normal(0, 0.03, months))


def job(place: int, given: np.ndarray | None = None, **more) -> FitJob:
    return FitJob(f"s{place}", read_series(values(place) if given is None else given), FIRST, H, **more)


@pytest.fixture(scope="module")
def fits():
    return fit_chunk((job(0), job(1)))


def test_a_series_gets_the_same_bits_alone(fits):
    alone = fit_chunk((job(1),))[0]
    assert alone.continued.path.tobytes() == fits[1].continued.path.tobytes()
    assert alone.spread.tobytes() == fits[1].spread.tobytes()
    assert [error.log_error.tobytes() for error in alone.errors] == [error.log_error.tobytes() for error in fits[1].errors]
    assert alone.forms == fits[1].forms


def test_the_path_is_near_what_was_planted_and_every_origin_that_has_three_years_behind_it_is_judged(fits):
    ahead = np.arange(72, 72 + H)
    truth = 50 * np.exp(0.004 * ahead + 0.1 * np.sin(2 * np.pi * ahead / 12))
    assert np.exp(fits[0].continued.path) == pytest.approx(truth, rel=0.1)
    assert [len(error.log_error) for error in fits[0].errors] == list(ORIGINS_BACK)
    shorter = fit_chunk((job(0, values(0)[:47]),))[0]
    assert [len(error.log_error) for error in shorter.errors] == [6]
    assert all(np.isfinite(error.log_error).all() for error in fits[0].errors)
    assert fits[0].carried == pytest.approx(carried_year(np.log(values(0)), H)), "nothing is out of reach, and no day is learnt"
    assert all(error.losses[0] == 0.0 for error in fits[0].errors)


def test_a_refit_with_what_was_chosen_gives_the_same_path_and_keeps_the_errors(fits, monkeypatch):
    monkeypatch.setattr("models.forecast.challengers._search_both", lambda *_a, **_m: pytest.fail("searched again"))
    again = fit_chunk((job(0, forms=fits[0].forms, errors=fits[0].errors),))[0]
    assert again.continued.path.tobytes() == fits[0].continued.path.tobytes()
    assert again.carried.tobytes() == fits[0].carried.tobytes()
    assert again.errors is fits[0].errors


def test_an_origin_reads_nothing_later(fits):
    changed = values(0)
    changed[-10:] *= 3.0
    other = fit_chunk((job(0, changed, forms=fits[0].forms),))[0]
    for back, error, moved in zip(ORIGINS_BACK, fits[0].errors, other.errors, strict=True):
        path = np.log(values(0))[-back:] - error.log_error
        again = np.log(changed)[-back:] - moved.log_error
        carried, carried_again = np.log(values(0))[-back:] - error.carried, np.log(changed)[-back:] - moved.carried
        if back >= 10:
            assert again == pytest.approx(path, abs=1e-12)
            assert carried_again == pytest.approx(carried, abs=1e-12)
        else:
            assert np.abs(again - path).max() > 0.1


def test_a_gap_is_bridged_and_its_origin_says_nothing_of_it(fits):
    gapped = values(0)
    gapped[-3] = np.nan
    fit = fit_chunk((job(0, gapped),))[0]
    assert fit.continued.path == pytest.approx(fits[0].continued.path, abs=0.05)
    assert np.flatnonzero(np.isnan(fit.errors[0].log_error)).tolist() == [3]


def test_one_member_less_is_still_a_path(monkeypatch, fits):
    monkeypatch.setattr(fitting, "challenge", lambda _values, _horizon, forms, **_more: ({}, forms))
    fit = fit_chunk((job(0),))[0]
    assert np.exp(fit.continued.path) == pytest.approx(np.exp(fits[0].continued.path), rel=0.1)
    assert (fit.spread == np.sqrt(fit.continued.noise)).all()
    assert not fit.did_not_fit


def test_without_prophet_on_logs_the_series_stands_on_its_level_and_says_so(monkeypatch):
    def some(jobs):
        return {key: path for key, path in fit_prophet(jobs).items() if not key.startswith("s0|0|log")}

    monkeypatch.setattr(fitting, "fit_prophet", some)
    broken, whole = fit_chunk((job(0), job(1)))
    assert broken.did_not_fit
    assert broken.continued is None
    assert broken.series.level == pytest.approx(values(0)[-12:].mean())
    assert not whole.did_not_fit
    assert whole.continued is not None


def test_a_series_with_zeros_stands_on_the_mean_of_its_newest_year_as_its_note_says():
    given = np.r_[np.full(36, 9.0), np.tile([0.0, 3.0, 0.0], 4)]  # methods for intermittent demand hang on to the old level
    fit = fit_chunk((job(0, given),))[0]
    assert fit.series.kind is Kind.INTERMITTENT
    assert fit.continued is None
    assert fit.series.level == pytest.approx(1.0)


def test_progress_is_told_chunk_by_chunk_and_results_keep_their_order():
    jobs = [replace(job(place, np.full(12, place + 1.0)), key=f"k{place}") for place in range(CHUNKS_PER_PROCESS * CHUNK + 3)]
    told = []
    found = fit_all(jobs, progress=lambda done, total: told.append((done, total)))
    assert told == [*((CHUNK * chunk, len(jobs)) for chunk in range(1, CHUNKS_PER_PROCESS + 1)), (len(jobs), len(jobs))]
    assert [fit.series.level for fit in found] == [place + 1.0 for place in range(len(jobs))]


def test_few_series_are_told_of_in_thirds():
    jobs = [replace(job(place, np.full(12, place + 1.0)), key=f"k{place}") for place in range(6)]
    told = []
    fit_all(jobs, progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 6), (4, 6), (6, 6)]
