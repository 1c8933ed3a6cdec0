"""Looking back: what forecasts made again missed makes tonight's intervals as wide as they must be, and never narrower."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from models.forecast import choose_services, forecast_services
from models.forecast.calibrate import Lookback, WidthFactor, width_factor
from models.forecast.draws import MOST_SHARED, lean_together, share_for, shared_scores
from models.forecast.units_error import units_error
from models.remade import drivers_as_of, look_back
from models.types import PressureDraws

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.forecast.choices import Choices
    from models.types import DriverTables

D = 400
KNOTS = width_factor([]).knots
NAMES = [f"s{number:02d}" for number in range(12)]


def width(factor: float) -> WidthFactor:
    return WidthFactor(KNOTS, tuple(factor for _ in KNOTS), 36)


@pytest.fixture(scope="module")
def drivers(make_drivers: Callable[..., DriverTables], service_spec: Callable[..., object]) -> DriverTables:
    return make_drivers([service_spec(name, frame=f"50.5{number % 3}") for number, name in enumerate(NAMES)], months=96)


@pytest.fixture(scope="module")
def few(drivers: DriverTables) -> tuple[DriverTables, Choices]:
    """Two services and what was chosen for them."""
    two = replace(drivers, services=drivers.services.head(2))
    return two, choose_services(two)[0]


def made_again(drivers: DriverTables, origin: str, *, said: float, missed: float, shared: float = 0.0) -> PressureDraws:
    """A forecast whose draws spread by ``said`` about a mean that misses what came by ``missed``, in part the same for all."""
    months = pd.date_range(pd.Timestamp(origin) + pd.DateOffset(months=1), periods=48, freq="MS")
    came = drivers.history.pivot_table(index="service", columns="month", values="gross_ultimate_nominal", aggfunc="sum")
    came = came.reindex(columns=months).ffill(axis=1).to_numpy()
    rng = np.random.default_rng(pd.Timestamp(origin).year)
    own = rng.standard_normal(came.shape) * np.sqrt(1.0 - shared) + rng.standard_normal((1, 48)) * np.sqrt(shared)
    spread = np.exp(said * rng.standard_normal((*came.shape, D)))
    gross = came[:, :, None] * np.exp(missed * own)[:, :, None] * spread / spread.mean(axis=2, keepdims=True)
    nothing = np.full(gross.shape, np.nan)
    return PressureDraws(tuple(NAMES), months, gross, nothing, nothing, np.ones((48, D)), pd.DataFrame())


def test_intervals_that_held_are_left_and_those_that_did_not_are_widened(drivers: DriverTables) -> None:
    origins = ("2023-12-01", "2024-12-01", "2025-12-01")
    calm = look_back(drivers, {pd.Timestamp(o): made_again(drivers, o, said=0.05, missed=0.04) for o in origins})
    assert calm.services.factors == pytest.approx([1.0] * 5, abs=0.01)
    wild = look_back(drivers, {pd.Timestamp(o): made_again(drivers, o, said=0.05, missed=0.10) for o in origins})
    assert wild.services.factors == pytest.approx([2.0] * 5, rel=0.12)
    assert max(wild.sums.factors) < 1.25, "services that miss each for itself ask for nothing more of their sums"
    nothing = look_back(drivers, {})
    assert nothing.services.at(48).tolist() == nothing.sums.at(48).tolist() == [1.0] * 48


def test_sums_are_widened_where_services_err_together(drivers: DriverTables) -> None:
    origins = ("2023-12-01", "2024-12-01", "2025-12-01")
    found = look_back(drivers, {pd.Timestamp(o): made_again(drivers, o, said=0.05, missed=0.05, shared=0.8) for o in origins})
    assert max(found.services.factors) < 1.3
    assert min(found.sums.factors) > 1.4


def test_months_that_have_not_come_say_nothing(drivers: DriverTables) -> None:
    made = made_again(drivers, "2025-12-01", said=0.05, missed=0.10)
    wild = replace(made, gross_nominal=made.gross_nominal * np.where(np.arange(48) < 12, 1.0, 1000.0)[None, :, None])
    one, other = (look_back(drivers, {pd.Timestamp("2025-12-01"): item}) for item in (made, wild))
    assert one == other


def test_a_common_share_widens_the_sum_and_no_service() -> None:
    rng = np.random.default_rng(1)
    shapes = rng.standard_normal((8, 24, 4000))
    together = np.stack([lean_together(shape, shared_scores(1, "uptake", 4000), 0.5) for shape in shapes])
    assert together.std(axis=2) == pytest.approx(np.ones((8, 24)), abs=0.06)
    assert together.sum(axis=0).var() == pytest.approx(0.5 * 8 + 0.5 * 64, rel=0.1)
    assert (lean_together(shapes[0], shared_scores(1, "uptake", 4000), 0.0) == shapes[0]).all()


def test_the_share_is_the_one_that_makes_the_total_as_wide_as_asked() -> None:
    gross = 100.0 + np.random.default_rng(2).standard_normal((10, 12, 4000))
    assert share_for(gross, np.ones(12)) == 0.0
    share = share_for(gross, np.full(12, 2.0))
    assert 10 + share * 90 == pytest.approx(4.0 * 10, rel=0.05)
    assert share_for(gross, np.full(12, 9.0)) == MOST_SHARED
    assert share_for(np.ones((3, 12, 5)), np.full(12, 2.0)) == 0.0


def test_tonights_draws_follow_the_look_back(few: tuple[DriverTables, Choices]) -> None:
    two, choices = few
    plain = forecast_services(two, seed=1, n_draws=D, choices=choices)
    same = forecast_services(two, seed=1, n_draws=D, choices=choices, lookback=Lookback(width(1.0), width(1.0)))
    assert np.array_equal(plain.gross_nominal, same.gross_nominal)
    wide = forecast_services(two, seed=1, n_draws=D, choices=choices, lookback=Lookback(width(1.6), width(1.0)))
    first = slice(0, 12)  # further ahead the price index and the population, which are not widened, add more

    def spread(draws: np.ndarray) -> float:
        return float((draws.std(axis=-1) / draws.mean(axis=-1))[..., first].mean())

    assert spread(wide.volume) / spread(plain.volume) == pytest.approx(1.6, rel=0.06)
    assert wide.gross_nominal.mean(axis=2) == pytest.approx(plain.gross_nominal.mean(axis=2), rel=0.02)
    sums = forecast_services(two, seed=1, n_draws=D, choices=choices, lookback=Lookback(width(1.6), width(1.4)))
    apart, together = wide.gross_nominal.sum(axis=0)[None], sums.gross_nominal.sum(axis=0)[None]
    assert spread(together) / spread(apart) > 1.2
    assert spread(sums.volume) == pytest.approx(spread(wide.volume), rel=0.05), "services stay as wide as they were"
    product = sums.volume * sums.unit_cost_real * sums.price_factor[None]
    assert sums.gross_nominal == pytest.approx(product, rel=1e-9)


def test_units_that_follow_the_calendar_cannot_miss_and_others_miss_more_further_ahead() -> None:
    assert units_error(np.ones(120)) is None
    assert units_error(np.full(120, np.nan)) is None
    assert units_error(np.r_[np.ones(6), 1.1 * np.ones(6)]) is None, "a year is too short to tell"
    walk = np.exp(np.cumsum(0.02 * np.random.default_rng(3).standard_normal(240)))
    growth = units_error(walk)
    assert growth is not None
    assert growth.per_month == pytest.approx(0.02**2, rel=0.6)
    assert growth.lasting(36)[-1] > 2 * growth.lasting(36)[2]


def test_units_per_person_are_uncertain_where_they_have_moved(few: tuple[DriverTables, Choices]) -> None:
    two, choices = few
    walk = np.exp(np.cumsum(0.03 * np.random.default_rng(4).standard_normal(96)))
    hours = two.history["units_per_person"].to_numpy() * np.where(two.history["service"] == NAMES[0], np.tile(walk, 12), 1.0)
    moved = replace(two, history=two.history.assign(units_per_person=hours))
    plain, found = (forecast_services(item, seed=1, n_draws=D, choices=choices) for item in (two, moved))
    wide, was = found.gross_nominal.std(axis=2), plain.gross_nominal.std(axis=2)
    assert (wide[0] > 1.5 * was[0]).all()
    assert np.array_equal(found.gross_nominal[1], plain.gross_nominal[1])
    assert np.array_equal(found.volume, plain.volume), "the number of citizens does not hang on their hours"


def test_units_as_of_an_earlier_month_follow_the_nights_rule(drivers: DriverTables) -> None:
    share = np.where(drivers.history["month"] < "2025-01-01", 1.0, 1.3)
    moved = replace(drivers, history=drivers.history.assign(units_per_person=share))
    before, after = (
        drivers_as_of(moved, pd.Timestamp(cutoff)).ahead["units_per_person"] for cutoff in ("2024-12-01", "2025-12-01")
    )
    assert before.to_numpy() == pytest.approx(1.0)
    assert after.to_numpy() == pytest.approx(1.3)
