"""Answers to longer stays and more newcomers, beside the roll-forward done again: at a later start, and where movers go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from models.age_bands import ShownBands
from models.citizens.age_shares import age_shares
from models.citizens.expected import expect
from models.citizens.known import Known, roll_known
from models.citizens.response import ENTRANTS, LONGER, LONGER_FILLED, stay_response
from models.citizens.roll_forward import roll_forward
from models.citizens.stay_table import stay_errors, stay_table
from models.citizens.stays import month_numbers
from models.rng import generator_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.citizens.expected import Expected
    from models.types import Array, DriverTables

MONTHS, HORIZON, START = 96, 60, 12
END = int(month_numbers(["2026-12-01"])[0])
FIRST = END - MONTHS + 1
BANDS = {"0-17": (0, 17), "18-39": (18, 39), "40+": (40, 125)}


def lived(service: str, person: int, birth: int, start: int, last: int) -> list[tuple[object, ...]]:
    span = range(max(start, FIRST), min(last, END) + 1)
    return [
        (service, person, number, birth, start, start, number < last, False, 1.0, 1.0, 30_000.0 + 40.0 * (start - birth))
        for number in span
    ]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Young people in ``a``; half of those who leave it go on to ``b``, and grown-ups come to ``b`` by themselves."""
    rng = generator_for(7, "stays")
    found: list[tuple[object, ...]] = []
    person = 0
    for start in range(FIRST - 100, END + 1):
        for service in ("a", "a", "a", "b"):
            person += 1
            birth = start - (12 * 10 + int(rng.integers(0, 60)) if service == "a" else 12 * 30 + int(rng.integers(0, 240)))
            last = start + int(rng.geometric(0.04 if service == "a" else 0.03)) - 1
            last = min(last, birth + 12 * 18) if service == "a" else last
            found += lived(service, person, birth, start, last)
            if service == "a" and last < END and rng.random() < 0.5:
                found += lived("b", person, birth, last + 1, last + int(rng.geometric(0.03)))
    columns = [
        "service", "person", "month", "birth_month", "start_month", "recorded_month", "runs_on", "is_granted", "volume", "units",
        "list_cost_nominal",
    ]  # fmt: skip
    table = pd.DataFrame(found, columns=columns)
    for name in ("month", "birth_month", "start_month", "recorded_month"):
        number = table[name].to_numpy()
        table[name] = pd.to_datetime({"year": number // 12, "month": number % 12 + 1, "day": 1})
    return table


@pytest.fixture(scope="module")
def known(rows: pd.DataFrame, make_drivers: Callable[..., DriverTables], service_spec: type) -> Known:
    specs = [service_spec(key, cost_growth=0.0, uptake_growth=0.0, exposure_growth=0.0, noise=0.0) for key in ("a", "b")]
    drivers = make_drivers(specs, months=MONTHS, price_level="nominal")
    cost = rows.groupby(["service", "month"], as_index=False)["list_cost_nominal"].sum()
    found = roll_known(rows, cost, drivers, seed=1, n_draws=300)
    assert found is not None
    entrants = replace(found.entrants, refill=0.15)  # as many come every month here, so history itself shows no answer
    rolled = roll_forward(found.stays, found.endings, entrants, found.exposure, seed=1, n_draws=300)
    return replace(found, entrants=entrants, rolled=rolled)


@pytest.fixture(scope="module")
def expected(known: Known) -> Expected:
    return expect(known.stays, known.endings, known.entrants, known.exposure)


def paced(known: Known, longer: float) -> Array:
    pace = np.ones_like(known.exposure)
    pace[0, START:] = 1.0 / (1.0 + longer)
    return pace


def told(change: Array, longer: float) -> Array:
    """(S, H) share of volume that a lever on ``a`` moves, as a scenario works it out."""
    return np.expm1(change[0][:, START:].sum(axis=1) * longer / (1.0 + longer))


def test_the_expectation_is_the_mean_of_the_draws(known: Known, expected: Expected) -> None:
    drawn = known.rolled.volume.sum(axis=0).mean(axis=2)
    np.testing.assert_allclose(expected.volume, drawn, rtol=0.025)
    assert np.abs(expected.volume - drawn).sum() < 0.01 * drawn.sum()


def test_a_pace_of_one_is_the_roll_forward_to_the_bit(known: Known) -> None:
    same = replace(known.endings, pace=np.ones_like(known.exposure))
    again = roll_forward(known.stays, same, known.entrants, known.exposure, seed=1, n_draws=300)
    np.testing.assert_allclose(again.volume, known.rolled.volume, atol=1e-9)


def test_who_moves_to_a_place_that_is_granted_is_no_answer_to_longer_stays(known: Known) -> None:
    """Most who move within three months have their place already: longer stays from tomorrow on move few of them."""
    ahead = np.zeros((2, 12))
    ahead[1, :3] = 0.9
    entrants, nobody = replace(known.entrants, known_before=ahead), np.zeros(0, dtype=np.int64)
    now = expect(known.stays, known.endings, entrants, known.exposure, nobody)
    pace = np.ones_like(known.exposure)
    pace[0] = 1.0 / 1.02
    later = expect(known.stays, replace(known.endings, pace=pace), entrants, known.exposure, nobody)
    exact = (later.volume - now.volume)[1, 1:8]
    answer = stay_response(now).change[LONGER_FILLED][0, 1].sum(axis=0)[1:8] * now.volume[1, 1:8] * 0.02 / 1.02
    assert exact.min() < 0.0
    np.testing.assert_allclose(answer, exact, atol=0.1 * np.abs(exact).max())


@pytest.mark.parametrize("longer", [-0.1, 0.1])
def test_a_later_start_is_answered_as_the_roll_forward_drawn_again(known: Known, longer: float) -> None:
    """Newcomers as they were, so both runs have the same random numbers: what is left is the answer's error."""
    entrants = replace(known.entrants, refill=0.0)
    runs = [
        roll_forward(known.stays, endings, entrants, known.exposure, seed=1, n_draws=300).volume.sum(axis=0).mean(axis=2)
        for endings in (known.endings, replace(known.endings, pace=paced(known, longer)))
    ]
    drawn = runs[1] - runs[0]
    answer = stay_response(expect(known.stays, known.endings, entrants, known.exposure))
    ours = runs[0] * told(answer.change[LONGER], longer)
    assert (drawn[:, :START] == 0.0).all()
    assert (ours[:, :START] == 0.0).all()
    assert np.sign(drawn[0, -12:].mean()) == np.sign(longer)
    assert np.abs(ours - drawn)[0].sum() < 0.05 * np.abs(drawn[0]).sum()
    assert np.sign(ours[1, START + 3]) == -np.sign(longer), "whoever stays longer arrives later elsewhere"
    assert np.abs(ours - drawn)[1].sum() < 0.15 * np.abs(drawn[1]).sum()


@pytest.mark.parametrize(("longer", "error"), [(-0.2, 0.08), (-0.1, 0.04), (0.1, 0.04), (0.2, 0.08)])
def test_freed_places_are_filled_as_history_has_it(known: Known, expected: Expected, longer: float, error: float) -> None:
    again = expect(known.stays, replace(known.endings, pace=paced(known, longer)), known.entrants, known.exposure).volume
    response = stay_response(expected)
    ours, true = expected.volume * told(response.change[LONGER_FILLED], longer), again - expected.volume
    assert np.abs(ours - true).sum() < error * np.abs(true).sum()
    alone = np.abs(expected.volume * told(response.change[LONGER], longer))
    assert (np.abs(ours[0, -12:]) < alone[0, -12:]).all(), "with freed places filled, less is moved"


def test_newcomers_are_answered_exactly(known: Known) -> None:
    entrants = replace(known.entrants, refill=0.0)
    before = expect(known.stays, known.endings, entrants, known.exposure)
    fewer = known.exposure.copy()
    fewer[0, START:] *= 0.25
    after = expect(known.stays, known.endings, entrants, fewer)
    ours = before.volume * (-0.75 * stay_response(before).change[ENTRANTS][0][:, START:].sum(axis=1))
    np.testing.assert_allclose(ours[0], (after.volume - before.volume)[0], atol=1e-3)
    assert np.abs(ours - after.volume + before.volume)[1].sum() < 0.1 * np.abs(after.volume - before.volume)[1].sum()


def test_hidden_services_and_few_movers_are_not_told(known: Known, expected: Expected) -> None:
    response = stay_response(expected)
    months = pd.date_range("2027-01-01", periods=expected.volume.shape[1], freq="MS")
    table = stay_table(response, expected, months, shown={"a", "b"}, few=5)
    assert set(zip(table["from_service"], table["to_service"], strict=True)) == {("a", "a"), ("a", "b"), ("b", "b")}
    assert [len(change) for change in table["change"].iloc[: len(months)]] == list(range(len(months), 0, -1))
    alone = stay_table(response, expected, months, shown={"a"}, few=5)
    assert set(alone["to_service"]) == {"a"}
    many = stay_table(response, expected, months, shown={"a", "b"}, few=10_000)
    assert many.empty
    errors = stay_errors(known, expected, response)
    assert errors["expected_volume"] < 0.01
    assert errors["longer_stays"] < 0.05


def test_age_shares_add_up_and_small_bands_are_joined(expected: Expected) -> None:
    months = pd.date_range("2027-01-01", periods=expected.volume.shape[1], freq="MS")
    table = age_shares(expected, months, BANDS, ShownBands({}), shown={"a", "b"}, few=5)
    assert set(table["service"]) == {"b"}, "a's are all young: one band says nothing"
    assert set(table["age_band"]) == {"0-17", "18-39", "40+"}
    sums = table.groupby(["service", "year"])[["volume_share", "cost_share"]].sum()
    np.testing.assert_allclose(sums, 1.0)
    old = table.set_index("age_band").loc["40+"]
    assert (old["cost_share"] > old["volume_share"]).all(), "whoever came at a greater age costs more here"
    wide = table.pivot_table(index="year", columns="age_band", values="volume_share")
    smallest = str(wide.min().idxmin())
    limit = int((wide.min() * expected.volume[1].min()).min() * 1.2) + 1
    fewer = age_shares(expected, months, BANDS, ShownBands({}), shown={"b"}, few=limit)
    assert smallest not in set(fewer["age_band"])
    assert set(fewer["age_band"]) in ({"0-39", "40+"}, {"0-17", "18+"})
    joined = age_shares(expected, months, BANDS, ShownBands({("b", "18-39"): "40+"}), shown={"b"}, few=5)
    assert set(joined["age_band"]) == {"0-17", "18+"}
    assert age_shares(expected, months, BANDS, ShownBands({}), shown=set(), few=5).empty
