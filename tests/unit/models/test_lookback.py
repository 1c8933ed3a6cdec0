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
from models.remade import LEAST_SCORED, services_width, sums_width, years_width
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
    prices = drivers.prices.set_index("month")["price_factor"].reindex(months).to_numpy()
    return PressureDraws(tuple(NAMES), months, gross, nothing, nothing, np.tile(prices[:, None], D), pd.DataFrame())


ORIGINS = ("2023-12-01", "2024-12-01", "2025-12-01")


def test_intervals_that_held_are_left_and_those_that_did_not_are_widened(drivers: DriverTables) -> None:
    calm, wild = (
        {pd.Timestamp(origin): made_again(drivers, origin, said=0.05, missed=missed) for origin in ORIGINS}
        for missed in (0.04, 0.1)
    )
    assert services_width(drivers, calm).factors == pytest.approx([1.0] * 5, abs=0.01)
    assert services_width(drivers, wild).factors == pytest.approx([2.0] * 5, rel=0.12)
    assert (services_width(drivers, {}).at(48) == 1.0).all()
    assert (sums_width(drivers, {}).at(48) == 1.0).all()


def test_sums_are_widened_where_services_err_together(drivers: DriverTables) -> None:
    apart, together = (
        {pd.Timestamp(origin): made_again(drivers, origin, said=0.05, missed=0.05, shared=shared) for origin in ORIGINS}
        for shared in (0.0, 0.8)
    )
    assert max(services_width(drivers, together).factors) < 1.3
    assert max(sums_width(drivers, apart).factors) < 1.25
    assert min(sums_width(drivers, together).factors) > 1.4


def test_years_are_widened_where_what_was_missed_lasts(drivers: DriverTables) -> None:
    """Months missed as widely as they were said to, in draws whose months have nothing to do with each other."""

    def lasting(origin: str, level: float) -> PressureDraws:
        """Every service misses by one level all along, ``level`` of the standard deviation that its draws have."""
        made = made_again(drivers, origin, said=0.05, missed=0.0)
        sides = np.random.default_rng(pd.Timestamp(origin).year).choice([-1.0, 1.0], len(NAMES))
        return replace(made, gross_nominal=made.gross_nominal * np.exp(level * 0.05 * sides)[:, None, None])

    for level, least, most in ((0.2, 1.0, 1.0), (1.2, 1.4, 2.3)):
        made = {pd.Timestamp(origin): lasting(origin, level) for origin in ORIGINS}
        assert least <= years_width(drivers, made, width(1.0)) <= most
        assert max(services_width(drivers, made).factors) < 1.1, "months are wide enough"
    assert years_width(drivers, {}, width(1.0)) == 1.0
    assert years_width(drivers, {pd.Timestamp("2026-06-01"): lasting("2026-06-01", 1.2)}, width(1.0)) == 1.0, "no year has come"


def test_a_sum_of_one_service_asks_for_nothing(drivers: DriverTables) -> None:
    alone = replace(drivers, services=drivers.services.assign(frame=drivers.services["service"]))
    made = {pd.Timestamp(origin): made_again(drivers, origin, said=0.05, missed=0.3) for origin in ORIGINS}
    one_frame = replace(drivers, services=drivers.services.assign(frame="50.54"))
    assert sums_width(alone, made) == sums_width(one_frame, made), "of the total only"


def test_months_that_have_not_come_say_nothing(drivers: DriverTables) -> None:
    made = made_again(drivers, "2025-12-01", said=0.05, missed=0.10)
    wild = replace(made, gross_nominal=made.gross_nominal * np.where(np.arange(48) < 12, 1.0, 1000.0)[None, :, None])
    one, other = (services_width(drivers, {pd.Timestamp("2025-12-01"): item}) for item in (made, wild))
    assert one == other


def test_an_origin_of_a_few_months_says_nothing(drivers: DriverTables) -> None:
    newest = drivers.cutoff - pd.DateOffset(months=LEAST_SCORED - 1)
    made = made_again(drivers, f"{newest:%Y-%m-%d}", said=0.05, missed=0.5)
    found = services_width(drivers, {newest: made})
    assert (found.at(48) == 1.0).all()
    assert found.reached == 0, "so the pages say that nothing was judged"


def test_what_nobody_expected_counts_as_missed(drivers: DriverTables) -> None:
    made = {pd.Timestamp(origin): made_again(drivers, origin, said=0.05, missed=0.04) for origin in ORIGINS}
    started = np.arange(12)[:, None, None] < 4  # a third of the services were not foreseen at all
    none = {origin: replace(item, gross_nominal=np.where(started, 0.0, item.gross_nominal)) for origin, item in made.items()}
    assert min(services_width(drivers, none).factors) > 1.5
    ended = replace(drivers, history=drivers.history.assign(gross_ultimate_nominal=0.0))
    assert min(services_width(ended, made).factors) > 1.5
    nothing = {origin: replace(item, gross_nominal=0.0 * item.gross_nominal) for origin, item in made.items()}
    assert (services_width(ended, nothing).at(48) == 1.0).all(), "nothing said and nothing came"


def test_the_index_that_came_is_no_miss(drivers: DriverTables) -> None:
    made = {pd.Timestamp(origin): made_again(drivers, origin, said=0.05, missed=0.04) for origin in ORIGINS}
    half = {
        origin: replace(item, gross_nominal=0.5 * item.gross_nominal, price_factor=0.5 * item.price_factor)
        for origin, item in made.items()
    }
    assert services_width(drivers, half).factors == pytest.approx(services_width(drivers, made).factors)


def test_a_common_share_widens_the_sum_and_no_service() -> None:
    rng = np.random.default_rng(1)
    shapes = rng.standard_normal((8, 24, 4000))
    together = np.stack([lean_together(shape, shared_scores(1, "uptake", 4000), np.full(24, 0.5)) for shape in shapes])
    assert together.std(axis=2) == pytest.approx(np.ones((8, 24)), abs=0.06)
    assert together.sum(axis=0).var() == pytest.approx(0.5 * 8 + 0.5 * 64, rel=0.1)
    assert (lean_together(shapes[0], shared_scores(1, "uptake", 4000), np.zeros(24)) == shapes[0]).all()


def test_the_share_is_the_one_that_makes_the_total_as_wide_as_asked() -> None:
    gross = 100.0 + np.random.default_rng(2).standard_normal((10, 12, 4000))
    assert (share_for(gross, np.ones(12)) == 0.0).all()
    share = share_for(gross, np.r_[np.full(6, 1.0), np.full(6, 2.0)])
    assert (share[:6] == 0.0).all(), "month by month"
    assert 10 + share[6:] * 90 == pytest.approx(4.0 * 10, rel=0.15)
    assert (share_for(gross, np.full(12, 9.0)) == MOST_SHARED).all()
    assert (share_for(np.ones((3, 12, 5)), np.full(12, 2.0)) == 0.0).all()
    assert (shared_scores(1, "cost", 50) == shared_scores(1, "unit_cost", 50)).all()


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
    assert wide.gross_nominal.mean(axis=2) == pytest.approx(plain.gross_nominal.mean(axis=2), rel=1e-12)
    sums = forecast_services(two, seed=1, n_draws=D, choices=choices, lookback=Lookback(width(1.6), width(1.4)))
    apart, together = wide.gross_nominal.sum(axis=0)[None], sums.gross_nominal.sum(axis=0)[None]
    assert spread(together) / spread(apart) == pytest.approx(1.4, rel=0.08)
    assert sums.gross_nominal.mean(axis=2) == pytest.approx(plain.gross_nominal.mean(axis=2), rel=1e-12)
    assert spread(sums.volume) == pytest.approx(spread(wide.volume), rel=0.05), "services stay as wide as they were"
    years = forecast_services(two, seed=1, n_draws=D, choices=choices, lookback=Lookback(width(1.6), width(1.0), 1.2))
    assert spread(years.volume) == pytest.approx(spread(wide.volume), rel=0.01), "months stay as wide as they were"
    of_year, before = (item.volume[:, first].sum(axis=1) for item in (years, wide))
    assert (of_year.std(axis=1) > 1.05 * before.std(axis=1)).all()
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
