"""Measures of accuracy, against figures worked out by hand and against the definitions in plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from models.forecast.accuracy import (
    FIELDS,
    Quantiles,
    Scoreboard,
    average,
    by_series,
    case_sums,
    geometric_ratio,
    parts_of,
    pinball_losses,
    seasonal_scale,
    year_hits,
)
from models.forecast.backtest import OURS, section_of

AT = {name: place for place, name in enumerate(FIELDS)}


def flat(value: float, horizon: int, width: float = 0.0) -> Quantiles:
    middle = np.full(horizon, value)
    return Quantiles(middle, middle - width, middle, middle + width)


def test_scale_is_the_mean_seasonal_difference_of_what_is_known() -> None:
    values = np.arange(36.0)
    values[20] = np.nan  # leaves out 20-8 and 32-20
    assert seasonal_scale(values) == 12.0
    assert np.isnan(seasonal_scale(np.arange(12.0)))
    assert seasonal_scale(np.ones(30)) == 0.0


def test_pinball_is_the_textbook_one() -> None:
    rng = np.random.default_rng(1)
    actual, q10, q50, q90 = rng.normal(size=(4, 30))
    found = pinball_losses(actual, Quantiles(q50, q10, q50, q90))
    for place, y in enumerate(actual):
        losses = []
        for level, quantile in ((0.1, q10[place]), (0.5, q50[place]), (0.9, q90[place])):
            losses.append(level * (y - quantile) if y >= quantile else (1 - level) * (quantile - y))
        assert found[place] == pytest.approx(sum(losses) / 3)


def test_a_case_by_hand() -> None:
    actual = np.array([10.0, 12.0, np.nan, 8.0])
    table = case_sums(actual, flat(10.0, 4, width=2.0), scale=2.0)
    whole = dict(zip(FIELDS, table[0], strict=True))
    assert whole["n"] == 3
    assert whole["scaled_error"] == pytest.approx((0 + 2 + 2) / 2.0)
    assert (whole["abs_error"], whole["error"], whole["actual"], whole["hits"]) == (4.0, 0.0, 30.0, 3.0)


def test_parts_cover_the_horizon_once() -> None:
    for horizon in (1, 5, 12, 24, 36, 60):
        whole, *rest = parts_of(horizon)
        assert whole == (1, horizon)
        for spans in (rest[:3], rest[3:]):
            months = [month for low, high in spans for month in range(low, high + 1)]
            assert months == list(range(1, horizon + 1))


def test_year_sums_are_judged_only_where_the_year_is_whole_and_an_interval_given() -> None:
    actual = np.r_[np.ones(12), np.ones(11), np.nan]
    given = Quantiles(*[np.ones(24)] * 4, year_q10=np.array([11.0, 11.0]), year_q90=np.array([13.0, 13.0]))
    assert year_hits(actual, given) == (1, 1)
    assert year_hits(actual, flat(1.0, 24)) == (0, 0)


def test_averages() -> None:
    assert average(np.array([np.nan])) == {"mean": None, "mean_capped": None}
    names, means = by_series(["a", "b", "a", "b"], np.array([1.0, 2.0, 3.0, np.nan]))
    assert (names, means.tolist()) == (["a", "b"], [2.0, 2.0])
    assert geometric_ratio(np.array([0.0, 1.0]), np.array([1.0, 1.0])) == pytest.approx(0.1)  # the floor is .01
    assert geometric_ratio(np.array([np.nan]), np.array([1.0])) is None


def board_of(ours: list[float], theirs: list[float], other: list[float]) -> Scoreboard:
    """One month ahead, actual 10, scale 1: a method's MASE is how far its value lies from 10."""
    board = Scoreboard(1)
    for place, (a, b, c) in enumerate(zip(ours, theirs, other, strict=True)):
        forecasts = {OURS: flat(10 + a, 1, 1.0), "one": flat(10 + b, 1, 1.0), "two": flat(10 - c, 1, 1.0)}
        board.add(f"s{place}", "2020-01", np.array([10.0]), 1.0, forecasts)
    return board


def test_a_section_compares_with_the_peer_that_is_best_by_that_average() -> None:
    section = section_of(board_of([1, 2, 9], [2, 2, 2], [1, 1, 12]), "cost", ("one", "two"))
    assert section["methods"][OURS]["mase"]["mean"] == pytest.approx(4.0)
    assert section["methods"][OURS]["mase"]["mean_capped"] == pytest.approx(8 / 3)
    best = section["against_best_single"]["mase"]
    assert (best["mean"]["peer"], best["mean"]["ratio"]) == ("one", pytest.approx(2.0))
    assert (best["mean_capped"]["peer"], best["mean_capped"]["ratio"]) == ("one", pytest.approx(4 / 3))
    assert best["geometric"]["peer"] == "one"
    assert best["geometric"]["ratio"] == pytest.approx((1 / 2 * 1 * 9 / 2) ** (1 / 3))
    assert section["series_against"]["one"] == {"wins": 1, "losses": 1, "ties": 1}
    worst = section["worst_losses"]
    assert [(row["series_id"], row["peer"]) for row in worst] == [("s2", "one"), ("s1", "two")]
    assert section["methods"]["two"]["bias_pct"] == pytest.approx(-100 * 14 / 30)
    assert section["methods"][OURS]["coverage_80"] == pytest.approx(1 / 3)


def test_cases_without_scale_or_actual_are_counted_and_left_out() -> None:
    board = board_of([1], [1], [1])
    forecasts = {name: flat(12.0, 1) for name in board.methods}
    board.add("level", "2020-01", np.array([10.0]), 0.0, forecasts, fell_back=["one"])
    board.add("unknown", "2020-01", np.array([np.nan]), 1.0, forecasts)
    section = section_of(board, "cost", ("one", "two"))
    assert section["left_out"] == {"no_actual": 1, "no_scale": 1}
    assert (section["cases"], section["methods"][OURS]["mase"]["cases"]) == (2, 1)
    assert section["methods"][OURS]["mase"]["mean"] == pytest.approx(1.0)
    assert section["methods"][OURS]["wape"] == pytest.approx(3 / 20)
    assert section["methods"]["one"]["fallbacks"] == 1


def test_a_section_without_any_scale_says_nothing_rather_than_nan() -> None:
    board = Scoreboard(1)
    board.add("level", "2020-01", np.array([10.0]), 0.0, {OURS: flat(10, 1), "one": flat(10, 1)})
    section = section_of(board, "cost", ("one",))
    assert section["against_best_single"]["mase"]["mean"] == {"ratio": None, "peer": None}
    assert section["worst_losses"] == []
