"""Days of the week: found across series where they are, none where they are not, taken out before the fit and put back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.forecast.choices import fingerprint
from models.forecast.fitting import FitJob, fit_chunk
from models.forecast.series import read_series
from models.forecast.trading_days import NO_TRADING_DAYS, Logs, TradingDays, day_counts, trading_days
from models.forecast.wanted import Wanted, learnt_days, with_days

FIRST = pd.Timestamp("2015-03-01")
WORKDAYS = TradingDays((0.04, 0.04, 0.04, 0.04, 0.04, 0.01, 0.0))


def logs_of(place: int, days: TradingDays = WORKDAYS, months: int = 84, noise: float = 0.05) -> Logs:
    rng, steps = np.random.default_rng(place), np.arange(months)
    values = 4.0 + 0.003 * steps + 0.1 * np.sin(steps / 1.91) + rng.normal(0.0, noise, months)
    return Logs(FIRST, values + days.at(FIRST, months))


def group(size: int, **more: object) -> list[Logs]:
    return [logs_of(place, **more) for place in range(size)]


def test_days_are_counted_as_the_calendar_has_them():
    months = pd.date_range("1999-01-01", periods=40, freq="MS")
    counted = [np.bincount(pd.date_range(first, first + pd.offsets.MonthEnd(0)).weekday, minlength=7) for first in months]
    length = np.where(months.month == 2, 28.2425, months.days_in_month)
    assert day_counts(months[0], 40) == pytest.approx(np.array(counted) - length[:, None] / 7)


def test_nothing_of_it_is_season():
    """Over the 400 years of the calendar every calendar month's mean is next to none (a 13th is a Friday a little too often)."""
    effect = WORKDAYS.at(pd.Timestamp("1700-01-01"), 400 * 12).reshape(-1, 12)
    assert effect.mean(axis=0) == pytest.approx(np.zeros(12), abs=5e-4)


def test_what_was_planted_is_found_across_series():
    found = trading_days(group(40))
    ahead, planted = (days.at(pd.Timestamp("2022-03-01"), 24) for days in (found, WORKDAYS))
    assert np.corrcoef(ahead, planted)[0, 1] > 0.97
    assert np.abs(ahead - planted).max() < 0.3 * np.abs(planted).max()  # a leap February comes once in four years


def test_series_of_other_length_and_with_gaps_are_heard_too():
    ragged = [replace(logs, start=FIRST + pd.DateOffset(months=cut), values=logs.values[cut:].copy())
              for cut, logs in enumerate(group(30))]  # fmt: skip
    for logs in ragged:
        logs.values[7::19] = np.nan
    ahead = trading_days(ragged).at(pd.Timestamp("2022-03-01"), 24)
    assert np.corrcoef(ahead, WORKDAYS.at(pd.Timestamp("2022-03-01"), 24))[0, 1] > 0.95


@pytest.mark.parametrize("size", [1, 5, 40])
def test_where_there_is_none_next_to_none_is_found(size):
    sizes = []
    for turn in range(12):
        alone = [logs_of(100 * turn + place, NO_TRADING_DAYS) for place in range(size)]
        sizes.append(np.abs(trading_days(alone).at(FIRST, 120)).max() * np.sqrt(size) / 0.05)
    assert np.mean(sizes) < 0.2
    assert np.median(sizes) == 0.0


def test_movements_in_common_are_no_days_of_the_week():
    common = np.random.default_rng(5).normal(0.0, 0.1, 84)
    moved = [replace(logs, values=logs.values + common) for logs in group(60, days=NO_TRADING_DAYS, noise=0.01)]
    assert np.abs(trading_days(moved).at(FIRST, 84)).max() < 0.02


def test_one_wild_series_does_not_carry_the_group():
    wild = np.exp(np.random.default_rng(3).normal(0.0, 2.0, 84))
    found, usual = trading_days([*group(20), Logs(FIRST, wild)]), trading_days(group(20))
    assert np.array(found.per_day) == pytest.approx(np.array(usual.per_day), abs=1e-3)


@pytest.mark.parametrize(
    "few",
    [[], [Logs(FIRST, np.zeros(12))], [Logs(FIRST, np.full(90, 3.0))], group(3, months=40), [Logs(FIRST, np.full(90, np.nan))]],
)
def test_too_little_to_tell_from_is_none(few):
    assert trading_days(few) == NO_TRADING_DAYS


def values_of(place: int) -> np.ndarray:
    return np.exp(logs_of(place, noise=0.02).values)


def wanted(places: range, group: str = "g") -> list[Wanted]:
    return [Wanted(group, "volume", FitJob(f"{group}{place}", read_series(values_of(place)), FIRST, 12)) for place in places]


def test_order_is_no_matter_and_another_group_moves_nothing():
    few = wanted(range(8))
    found = learnt_days(few)
    assert learnt_days([*few[::-1], *wanted(range(3), "other")])["g", "volume"] == found["g", "volume"]
    assert any(found["g", "volume"].per_day)
    told = with_days([*few, *wanted(range(1), "unknown")], found)
    assert [item.job.days for item in told] == [*[found["g", "volume"]] * 8, NO_TRADING_DAYS]


def test_a_series_without_a_path_is_neither_heard_nor_told():
    thin = Wanted("g", "volume", FitJob("z", read_series(np.r_[np.zeros(20), values_of(1)[:20]]), FIRST, 12))
    assert learnt_days([*wanted(range(8)), thin]) == learnt_days(wanted(range(8)))
    assert with_days([thin], {("g", "volume"): WORKDAYS}) == [thin]


def test_a_kept_path_is_of_the_days_it_was_made_with():
    (item,) = wanted(range(1))
    assert fingerprint(item.job) != fingerprint(replace(item.job, days=WORKDAYS))


def test_members_see_the_series_without_it_and_the_path_has_it():
    plain = np.exp(np.log(values_of(1)) - WORKDAYS.at(FIRST, 84))
    (with_it,) = fit_chunk((FitJob("s", read_series(values_of(1)), FIRST, 12, days=WORKDAYS),))
    (without,) = fit_chunk((FitJob("s", read_series(plain), FIRST, 12),))
    ahead = WORKDAYS.at(FIRST + pd.DateOffset(months=84), 12)
    assert with_it.continued.path == pytest.approx(without.continued.path + ahead, abs=1e-3)
    assert with_it.errors[0].log_error == pytest.approx(without.errors[0].log_error, abs=1e-2)
