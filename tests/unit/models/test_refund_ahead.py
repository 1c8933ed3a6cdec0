"""The refund of months ahead: simulated citizens carry the published volume and cost, and the response reads what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.reference.catalogue import load_catalogue
from data.reference.refund import carried_on, load_refund
from flows.refund import rules_of
from models.citizens.paths import Paths, Payers, companions
from models.citizens.siblings import households, sibling_services
from models.citizens.stays import PriceGrowth, Stays, month_numbers
from models.refund import Citizens, Simulation, refund_change, refund_of, response_of, unknown_services
from models.refund.ahead import expected_behind, refund_ahead
from models.refund.response import PRICE_FACTORS, curves_of, pooled_response, response_errors
from models.refund.simulated import Simulated, refund_draws
from models.refund.tables import PastRefund
from models.refund.weights import month_sums
from models.types import PressureDraws

RULES = rules_of(load_refund(), load_catalogue())
SERVICES = ("boernehjem", "bpa", "midlertidigt_botilbud")
MONTHS = pd.date_range("2027-01-01", periods=12, freq="MS")
CUTOFF = int(month_numbers(["2026-12-01"])[0])
DRAWS = 6


def stays_of(service: list[int], price: list[float], person: list[int], age: list[int]) -> Stays:
    many, ones = len(service), np.ones(len(service))
    numbers = np.full(many, CUTOFF)
    return Stays(
        services=SERVICES, first=CUTOFF - 24, cutoff=CUTOFF, service=np.array(service), person=np.array(person),
        birth=CUTOFF - 12 * np.array(age), start=numbers - 20, seen=numbers - 20, last=numbers, open=np.ones(many, dtype=bool),
        known_ahead=np.zeros(many, dtype=np.int64), volume=ones, first_share=ones, last_share=ones, price=np.array(price),
        growth=PriceGrowth(*(np.zeros((3, 8)) for _ in range(4)), january=np.zeros((2, 8))),
    )  # fmt: skip


def simulation(rng: np.random.Generator, *, household: bool = True) -> Simulation:
    """Eight children (two pairs of siblings), eight adults, four of whom have two services; stays end at random."""
    service = [0] * 8 + [2] * 8 + [1] * 4
    price = [60_000.0 + 20_000 * n for n in range(8)] + [50_000.0 + 25_000 * n for n in range(8)] + [60_000.0] * 4
    person = [*range(1, 17), *range(9, 13)]
    stays = stays_of(service, price, person, [10] * 8 + [40] * 12)
    houses = np.array([1, 1, 3, 3] + [-1] * 16) if household else np.full(20, -1)
    payers = Payers(houses, np.zeros(20, dtype=bool), np.ones(20), np.full(20, 0.98))
    who = np.tile(np.arange(20), DRAWS)
    zeros, ones = np.zeros(len(who)), np.ones(len(who))
    end = rng.integers(0, 30, len(who))
    paths = Paths(
        np.repeat(np.arange(DRAWS), 20), stays.service[who], np.zeros(len(who), dtype=np.int64), end, stays.birth[who],
        stays.person[who], who, np.where(end == 0, 0.5, ones), zeros,
    )  # fmt: skip
    return Simulation(paths, stays, payers, np.full(3, 0.5), households(paths, stays, payers, seed=1))


def published(rng: np.random.Generator, *, volume: tuple[float, ...] = (6.0, 3.0, 7.0)) -> PressureDraws:
    shape = (3, 12, DRAWS)
    people = np.array(volume)[:, None, None] * rng.uniform(0.8, 1.2, shape)
    each = np.array([130_000.0, 65_000.0, 140_000.0])[:, None, None] * rng.uniform(0.9, 1.1, shape)
    factor = np.broadcast_to(np.linspace(1.0, 1.03, 12)[:, None], (12, DRAWS))
    return PressureDraws(SERVICES, MONTHS, people * each, people, each, factor, pd.DataFrame())


@pytest.fixture(scope="module")
def known() -> Simulated:
    rng = np.random.default_rng(5)
    return Simulated(simulation(rng), published(rng), RULES)


def test_weights_carry_every_draws_volume_and_gross() -> None:
    rng = np.random.default_rng(5)
    given, draws = simulation(rng), published(rng)
    known = Simulated(given, draws, RULES)
    paths, order = given.paths, known.weights
    volume, cost = np.zeros(draws.volume.shape), np.zeros(draws.volume.shape)
    share = given.stays.volume[paths.who]
    sums = month_sums(paths, given.last_share, (share,), draws.volume.shape)[0]
    for target in range(DRAWS):  # find which simulated draw stands for which published one by its volumes
        mine = [
            d
            for d in range(DRAWS)
            if np.allclose(sums[:, :, d] * order.level[:, :, target], draws.volume[:, :, target] * (sums[:, :, d] > 0))
        ]
        assert len(mine) == 1
        picked = paths.picked(np.flatnonzero(paths.draw == mine[0]))
        for step in range(12):
            here = picked.end >= step
            amount = np.where(picked.end[here] == step, 0.5, 1.0)
            where = (picked.service[here], np.full(here.sum(), step), np.full(here.sum(), target))
            weight, price = known.weights.of(where, given.stays.price[picked.who[here]])
            assert (weight >= 0).all()
            np.add.at(volume, where, amount * weight)
            np.add.at(cost, where, amount * weight * price)
    there = known.simulated
    assert volume[there] == pytest.approx(draws.volume[there])
    assert cost[there] == pytest.approx(draws.gross_nominal[there])


def test_the_refund_is_that_of_the_door_where_every_weight_is_one() -> None:
    """One draw's citizens as they stand: the same as refund_of on a dense table of citizens."""
    stays = simulation(np.random.default_rng(5)).stays
    many = len(stays.service)
    payers = Payers(np.array([1, 1, 3, 3] + [-1] * 16), np.zeros(20, dtype=bool), np.ones(20), np.ones(20))
    paths = Paths(
        np.zeros(many, dtype=np.int64), stays.service, np.zeros(many, dtype=np.int64), np.full(many, 99), stays.birth,
        stays.person, np.arange(many), np.ones(many), np.zeros(many),
    )  # fmt: skip
    cost = np.array([stays.price[stays.service == place].sum() for place in range(3)])
    people = np.bincount(stays.service).astype(float)
    gross = np.broadcast_to(cost[:, None, None], (3, 12, 1)).copy()
    volume = np.broadcast_to(people[:, None, None], (3, 12, 1)).copy()
    draws = PressureDraws(SERVICES, MONTHS, gross, volume, gross / volume, np.ones((12, 1)), pd.DataFrame())
    homes = households(paths, stays, payers, seed=1)
    known = Simulated(Simulation(paths, stays, payers, np.ones(3), homes), draws, RULES)
    total = np.zeros((12, 16))
    np.add.at(total, (slice(None), stays.person - 1), stays.price)
    child = np.broadcast_to(np.arange(16) < 8, (12, 16))
    houses = np.array([1, 1, 3, 3] + [-1] * 12)
    expected = refund_of(total, Citizens(child, np.ones((12, 16), dtype=bool), houses), known.thresholds)
    assert refund_draws(known).sum(axis=0)[:, 0] == pytest.approx(expected.sum(axis=1))


def test_the_response_is_nothing_at_one_and_exact_for_one_service(known: Simulated) -> None:
    refund = refund_draws(known)
    curves = curves_of(known, refund)
    ones = np.ones(curves.refund.shape)
    assert (refund_change(curves, ones, ones) == 0).all()
    assert curves.refund == pytest.approx(refund.mean(axis=2)), "parts of services sum to the published refund"
    assert (np.diff(curves.having, axis=2) >= -1e-6).all(), "dearer is never less refunded"
    gone = refund_change(curves, 0 * ones, ones)
    assert gone == pytest.approx(-curves.having[..., PRICE_FACTORS.index(1.0)])
    half = refund_change(curves, 0.5 * ones, ones)
    assert half == pytest.approx(gone / 2)


def test_adding_services_changes_misses_little(known: Simulated) -> None:
    found = response_errors(known)
    assert set(found) == {"prices_10_pct_lower", "prices_10_pct_higher", "prices_7_pct_higher", "volumes_10_pct_lower",
                          "thresholds_20_pct_lower", "thresholds_20_pct_higher"}  # fmt: skip
    assert max(map(abs, found.values())) < 0.05, "a town of sixteen, a quarter of whom have two services"


def test_thin_services_are_pooled_within_their_frame(known: Simulated) -> None:
    curves = curves_of(known, refund_draws(known))
    services = pd.DataFrame(
        {"service": SERVICES, "frame": ["30.46", "50.54", "50.54"], "committee": ["Børn", "Social", "Social"]}
    )
    behind = expected_behind(known, services)
    assert set(behind["level"]) == {"service", "frame", "committee", "total"}
    table = pooled_response(curves, services, behind, frozenset({"bpa"}), min_citizens=3)
    assert set(table["cell"]) == {"boernehjem", "thin:50.54"}
    read = response_of(table, SERVICES, MONTHS, known.draws.gross_nominal.mean(axis=2))
    assert read is not None
    assert read.having.sum(axis=0) == pytest.approx(curves.having.sum(axis=0))
    assert read.refund.sum() == pytest.approx(curves.refund.sum())
    hidden = table.assign(mask=np.where(table["frame"] == "50.54", "primary", ""))
    assert unknown_services(hidden) == {"bpa", "midlertidigt_botilbud"}
    assert response_of(table.iloc[:0], SERVICES, MONTHS, curves.refund) is None, "without simulated citizens nothing is known"


def test_open_years_hold_every_krone_once(known: Simulated, make_drivers, service_spec) -> None:
    drivers = make_drivers([service_spec(key) for key in SERVICES], months=36, cutoff="2026-12-01")
    refund = refund_draws(known)
    history = pd.DatetimeIndex(sorted(drivers.history["month"].unique()))
    past = PastRefund(SERVICES, history, np.full((3, len(history)), 10.0), {2026: np.array([110.0] * 3)})
    drivers.history["ibnr_nominal"] = np.where(
        drivers.history["month"] == history[-1], drivers.history["gross_ultimate_nominal"], 0.0
    )
    weights = pd.DataFrame(
        {"service": np.repeat(SERVICES, 12), "month": np.tile(MONTHS, 3), "accounting_year": 2027, "weight": 1.0}
    )
    fixed = pd.DataFrame({"service": SERVICES, "accounting_year": 2026, "posted": 5.0, "ibnr_mean": 9.0})
    table = (
        refund_ahead(refund, known.draws, drivers, past, RULES, weights=weights, fixed=fixed)
        .set_index(["level", "member", "basis", "year"])
        .sort_index()
    )
    total = table.loc[("total", "total")]
    assert total.loc[("service_year", 2027), "central_refund_mean"] == pytest.approx(refund.sum(axis=(0, 1)).mean())
    assert total.loc[("accounting_year", 2027), "central_refund_mean"] == pytest.approx(refund.sum(axis=(0, 1)).mean())
    assert total.loc[("accounting_year", 2026), "central_refund_mean"] == pytest.approx(3 * 110.0 + 3 * 10.0)
    frames = table.xs("frame", level="level").groupby(level=["basis", "year"])["central_refund_mean"].sum()
    assert frames.to_dict() == pytest.approx(total["central_refund_mean"].to_dict())
    assert (total["net_of_central_mean"] + total["central_refund_mean"]).to_dict() == pytest.approx(total["gross_mean"].to_dict())
    assert not table["thresholds_verified"].any()


def test_an_entrant_with_two_services_is_one_citizen() -> None:
    stays = stays_of([0, 1, 2], [1.0, 1.0, 1.0], [1, 1, 2], [10, 10, 40])
    assert companions(stays).tolist() == [-1, 0, -1]


def test_thresholds_follow_the_runs_prices() -> None:
    ahead = carried_on(load_refund(), {2026: 1.0, 2027: 1.1})
    assert ahead.of(2027, "from_18").above_dkk[0] == pytest.approx(1.1 * ahead.of(2026, "from_18").above_dkk[0], abs=5_001)
    assert carried_on(load_refund(), {2030: 1.0}).of(2030, "from_18") == load_refund().of(2030, "from_18")


def test_newcomers_are_siblings_as_often_as_their_forerunners_were() -> None:
    """Two known families, and newcomers like the younger child, like the older one, like an adult, and like an only child."""
    stays = stays_of([0, 1, 2, 0, 1], [9e4] * 5, [1, 2, 3, 4, 5], [12, 8, 40, 9, 7])
    younger = replace(stays, seen=stays.seen + np.array([0, 10, 10, 0, 0]))
    house = np.array([7, 7, 7, 8, -1])
    assert sibling_services(younger, house).tolist() == [-1, 0, -1, -1, -1], "an adult is nobody's sibling here"
    payers = Payers(house, np.zeros(5, dtype=bool), np.ones(5), np.ones(5))
    # draw 0: a known child in service 0; draw 1: a newcomer there, nobody known
    person, who = np.array([1, -1, -2, -3, -4, -5, -6]), np.array([0, 1, 2, 4, 0, 1, 1])
    draw, begin = np.array([0, 0, 0, 0, 1, 1, 0]), np.array([0, 6, 6, 6, 2, 6, 90])
    age = np.array([12, 0, 40, 0, 1, 0, 9]) * 12
    paths = Paths(
        draw, stays.service[who], begin, np.where(person == 1, 60, 200), CUTOFF + 1 + begin - age, person, who, np.ones(7),
        np.zeros(7),
    )  # fmt: skip
    found = households(paths, younger, payers, seed=1)
    assert found[[0, 1]].tolist() == [7, 7], "the younger child joins the known one"
    assert found[[2, 3, 6]].tolist() == [-1, -1, -1], "adults, only children, and who comes when the host has left: alone"
    assert found[4] == found[5] > 8, "two newcomers are a household of their own"
    assert households(paths, younger, replace(payers, household=np.full(5, -1)), seed=1).tolist() == [-1] * 7
