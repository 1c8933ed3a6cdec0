"""Cost directly or as a product: chosen by what missed clearly less, and drawn so that volume times unit cost is the cost."""

from __future__ import annotations

import numpy as np
import pytest

from models.forecast import forecast_services
from models.forecast.direct import LEAST_MONTHS, cost_directly
from models.forecast.fitting import OriginError


def origins(size: float, *backs: int) -> tuple[OriginError, ...]:
    return tuple(OriginError(np.full(back, size), np.full(back, 1.0)) for back in backs)


def test_the_product_is_left_only_where_cost_missed_a_tenth_less():
    volume, price = origins(0.05, 6, 12, 24), origins(0.05, 6, 12, 24)
    assert cost_directly(origins(0.08, 6, 12, 24), volume, price), "0.08 against 0.10"
    assert not cost_directly(origins(0.095, 6, 12, 24), volume, price)
    assert not cost_directly(origins(0.13, 6, 12, 24), volume, price)


def test_errors_that_cancel_out_make_a_good_product():
    """More citizens at a lower price: both miss, and the cost hardly does."""
    assert not cost_directly(origins(0.05, 12, 24), origins(0.3, 12, 24), origins(-0.3, 12, 24))


def test_origins_are_matched_by_how_far_back_they_lie():
    volume, price = origins(0.05, 6, 24), origins(0.05, 24)
    assert cost_directly((*origins(9.0, 6), *origins(0.01, 24)), volume, price), "6 months back: no unit cost"
    assert not cost_directly(origins(0.01, 6, 12), volume, price), "nothing in common"


def test_too_few_months_decide_nothing():
    few = LEAST_MONTHS - 1
    assert not cost_directly(origins(0.0, few), origins(1.0, few), origins(1.0, few))
    gaps = np.r_[np.full(few, 0.0), np.nan]
    holed = (OriginError(gaps, np.ones(few + 1)),)
    assert not cost_directly(holed, origins(1.0, few + 1), origins(1.0, few + 1))


@pytest.fixture(scope="module")
def swapped(make_drivers, service_spec):
    """Cases counted in one of two ways, turn by turn: number and price jump against each other, their product does not."""
    rng = np.random.default_rng(3)
    turns = np.exp(np.cumsum(rng.normal(0.0, 0.08, 120)))
    drivers = make_drivers([service_spec("s", noise=0.02), service_spec("t", noise=0.02)])
    history = drivers.history.copy()
    of_s = history["service"] == "s"
    history.loc[of_s, "volume"] *= turns
    history.loc[of_s, "unit_cost_real"] /= turns
    return drivers.__class__(**{**vars(drivers), "history": history})


def test_the_night_takes_cost_directly_where_it_missed_less_and_says_so(swapped):
    draws = forecast_services(swapped, seed=1, n_draws=200)
    notes = draws.methods.set_index("service")
    assert "directly" in notes.loc["s", "method_note_en"]
    assert "direkte" in notes.loc["s", "method_note_da"]
    assert "directly" not in notes.loc["t", "method_note_en"]
    future = swapped.ahead[swapped.ahead["variant"] == "main"]
    for row, service in enumerate(draws.services):
        units = future[future["service"] == service]["units_per_person"].to_numpy()[:, None]
        product = draws.volume[row] * units * draws.unit_cost_real[row] * draws.price_factor
        np.testing.assert_allclose(product, draws.gross_nominal[row], rtol=1e-9)


def test_its_draws_are_as_narrow_as_cost_was(swapped):
    """The product's width would hold two random walks that cancel out."""
    draws = forecast_services(swapped, seed=1, n_draws=400)
    s, t = (np.log(draws.gross_nominal[row, :12]).std(axis=1).mean() for row in (0, 1))
    volume = np.log(draws.volume[0, :12]).std(axis=1).mean()
    assert s < 1.5 * t
    assert s < volume
