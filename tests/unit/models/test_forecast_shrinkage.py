"""Paths are drawn to the last two years where origins strayed from them, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from models.forecast.fitting import FittedSeries, OriginError
from models.forecast.pools import Member, Pools
from models.forecast.series import read_series
from models.forecast.shrinkage import MOST, after_shrinkage, drawn, gap, shrinkage
from models.forecast.trend import Continued

H, MONTHS, SPREAD = 24, 72, 0.1


def fitted(place: int, *, growth: float = 0.0) -> FittedSeries:
    """Months about a level, whose paths stand too high or too low; or months that grow, whose paths grow by half."""
    rng = np.random.default_rng(place)
    season = 0.2 * np.sin(np.arange(MONTHS + H) / 12 * 2 * np.pi)
    logs = 3.0 + growth * np.arange(MONTHS) + rng.normal(0.0, 0.05, MONTHS) + season[:MONTHS]
    errors = []
    for back in (6, 12, 24):
        off = rng.normal(0.0, 0.01 if growth else 0.1)
        missed = growth / 2 * np.arange(back) + rng.normal(0.0, 0.05, back) - off
        errors.append(OriginError(missed, np.full(back, SPREAD)))
    continued = Continued(3.3 + season[MONTHS:], np.zeros(H), np.zeros(MONTHS), 0.01, bounded=False)
    return FittedSeries(read_series(np.exp(logs)), continued, np.full(H, SPREAD), tuple(errors), None, None, did_not_fit=False)


def test_a_gap_knows_the_season_and_bridges_what_is_missing():
    season = np.sin(np.arange(48) / 12 * 2 * np.pi)
    logs = season[:36].copy()
    assert gap(logs, season[36:42] + 0.2) == pytest.approx(-0.2)
    logs[[25, 30, 13]] = np.nan
    path = season[36:] + 0.2
    path[3] = np.nan
    assert gap(logs, path) == pytest.approx(-0.2)
    assert gap(np.full(36, np.nan), path) == 0.0
    assert gap(np.full(7, 1.0), np.zeros(12)) == pytest.approx(1.0)


def test_drawing_moves_every_month_alike_and_nothing_at_no_share():
    logs, path = np.zeros(48), np.linspace(0.1, 0.3, H)
    assert drawn(path, logs, 0.0) is path
    moved = drawn(path, logs, 0.4) - path
    assert moved == pytest.approx(np.full(H, -0.4 * path[:12].mean()))


def test_a_group_that_goes_back_to_its_level_is_drawn_and_others_are_not():
    back = shrinkage([fitted(place) for place in range(40)])
    assert 0.2 < back <= MOST
    assert shrinkage([fitted(place, growth=0.02) for place in range(40)]) == 0.0, "never away from the mean"
    assert shrinkage([]) == 0.0
    one = shrinkage([fitted(0)])
    assert one < back, "one series tells little"


def test_errors_are_those_of_the_drawn_paths():
    fit = fitted(3)
    assert [missed.tobytes() for missed in after_shrinkage(fit, 0.0)] == [error.log_error.tobytes() for error in fit.errors]
    for error, missed in zip(fit.errors, after_shrinkage(fit, 0.5), strict=True):
        back = len(error.log_error)
        path = fit.series.log_came[-back:] - error.log_error
        assert fit.series.log_came[-back:] - missed == pytest.approx(drawn(path, fit.series.log_values[:-back], 0.5))


def test_pools_draw_the_path_of_their_own_group_alone():
    everyone = [Member("g", "volume", fitted(place)) for place in range(30)]
    still = [Member("still", "volume", fitted(place, growth=0.02)) for place in range(30)]
    pools, alone = Pools.of([*everyone, *still], H), Pools.of(everyone, H)
    assert pools.shrinkage["g", "volume"] == alone.shrinkage["g", "volume"] > 0.2
    fit = everyone[0].fit
    kept = np.exp(fit.continued.path)
    assert (pools.expected("g", "volume", fit, H) < kept).all()
    assert pools.expected("still", "volume", fit, H) == pytest.approx(kept)
    assert pools.expected("unknown", "volume", fit, H) == pytest.approx(kept)
    assert pools.group_width["g", "volume"] == alone.group_width["g", "volume"]
