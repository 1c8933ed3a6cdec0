"""Known citizens on towns whose rates are given: they are found again, nothing later is read, and parts sum to the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from tables_at import tables_at

from models.citizens.blend import PRIOR_SHARE, PRIOR_WEIGHT, SPANS, KnownPaths, Weights, blend, learn_weights
from models.citizens.endings import age_cell, estimate_endings, moves
from models.citizens.entrants import carried_on, estimate_entrants
from models.citizens.known import cost_split, known_months, roll_known
from models.citizens.radar import transition_radar
from models.citizens.roll_forward import MOVED, NEW, STILL, roll_forward
from models.citizens.shared_ends import shared_luck
from models.citizens.stays import build_stays, month_numbers
from models.refund.weights import month_sums
from models.rng import generator_for
from models.types import DeclaredBreak, PressureDraws

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.citizens.stays import Stays
    from models.types import DriverTables

MONTHS = 96
END = int(month_numbers(["2026-12-01"])[0])
FIRST = END - MONTHS + 1


def month(number: int) -> pd.Timestamp:
    return pd.Timestamp(year=number // 12, month=number % 12 + 1, day=1)


def lived(
    service: str, person: int, birth: int, start: int, last: int, price: float = 40_000.0, late: int = 0
) -> list[dict[str, object]]:
    """Person-months of one stay, as the extract gives them; ``last`` beyond the end: open."""
    span = range(max(start, FIRST), min(last, END) + 1)
    return [
        {
            "service": service, "person": person, "month": month(number), "birth_month": month(birth),
            "start_month": month(start), "recorded_month": month(start + late), "runs_on": number < last,
            "is_granted": False,
            "volume": 1.0, "units": 1.0, "list_cost_nominal": price,
        }
        for number in span
    ]  # fmt: skip


def town(
    service: str, *, rate: float, inflow: int, age: int = 40, first_person: int = 0, price: float = 40_000.0
) -> pd.DataFrame:
    """Stays that end at one constant monthly rate, ``inflow`` new ones a month, from long before the window."""
    rng = generator_for(3, "town", service)
    rows: list[dict[str, object]] = []
    person = first_person
    for start in range(FIRST - 240, END + 1):
        for _ in range(inflow):
            person += 1
            last = start + int(rng.geometric(rate)) - 1
            if last >= FIRST:
                rows += lived(service, person, start - 12 * age - int(rng.integers(0, 12)), start, last, price)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def drivers(make_drivers: Callable[..., DriverTables], service_spec: type) -> DriverTables:
    specs = [service_spec(key, cost_growth=0.0, uptake_growth=0.0, exposure_growth=0.0, noise=0.0) for key in ("a", "b")]
    return make_drivers(specs, months=MONTHS, price_level="nominal")


@pytest.fixture(scope="module")
def steady() -> pd.DataFrame:
    return pd.concat([town("a", rate=0.05, inflow=4), town("b", rate=0.02, inflow=1, first_person=10_000)], ignore_index=True)


def list_cost(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby(["service", "month"], as_index=False)["list_cost_nominal"].sum()


def test_a_constant_rate_is_found_though_half_began_before_the_window(drivers: DriverTables, steady: pd.DataFrame) -> None:
    stays = build_stays(steady, drivers)
    endings = estimate_endings(stays, ("g", "h"))
    at_risk = endings.rate[:, int(age_cell(np.array([12 * 45]))[0])]
    assert at_risk[0].mean() == pytest.approx(0.05, rel=0.15)
    assert at_risk[1].mean() == pytest.approx(0.02, rel=0.3)
    entrants = estimate_entrants(stays, np.full((2, MONTHS), 50.0), ("g", "h"))
    assert 50.0 * entrants.per_exposure == pytest.approx([4.0, 1.0], rel=0.05)


def test_known_decay_and_new_replace_them(drivers: DriverTables, steady: pd.DataFrame) -> None:
    known = roll_known(steady, list_cost(steady), drivers, seed=1, n_draws=200)
    assert known is not None
    rolled = known.rolled
    still = rolled.volume[STILL].mean(axis=2)
    assert still[0, 11] / rolled.open_volume[0] == pytest.approx(0.95**12, rel=0.08)
    assert (np.diff(still, axis=1) <= 1e-9).all(), "nobody known comes back"
    whole = rolled.volume.sum(axis=0).mean(axis=2)
    assert whole[0, 40] == pytest.approx(4.0 / 0.05, rel=0.12)
    assert rolled.volume[MOVED].sum() == 0
    assert rolled.volume[NEW, 0, -1].std() > 0
    assert rolled.cost_real[:, 0].sum() == pytest.approx(40_000.0 * rolled.volume[:, 0].sum(), rel=0.05)


def test_rates_of_january_wait_for_january(drivers: DriverTables, steady: pd.DataFrame) -> None:
    number = month_numbers(steady["month"])
    september = tables_at(drivers, pd.Timestamp("2026-09-01"))
    for years, share, december in ((number // 12 - 2026, 1.0, 1.0), ((number - END + 3) / 12, 1.0 / 12.0, 1.03**0.25)):
        rows = steady.assign(list_cost_nominal=steady["list_cost_nominal"] * 1.03**years)
        stays = build_stays(rows, september)
        entrants = estimate_entrants(stays, np.full((2, MONTHS - 3), 50.0), ("g", "h"))
        assert entrants.january == pytest.approx(share, abs=0.01)
        now = replace(stays, price=np.full(len(stays.price), 40_000.0))
        rolled = roll_forward(now, estimate_endings(now, ("g", "h")), entrants, np.full((2, 24), 50.0), seed=1, n_draws=50)
        each = rolled.cost_real.sum(axis=(0, 3)) / rolled.volume.sum(axis=(0, 3)) / 40_000.0
        assert each[:, 2] == pytest.approx([december, december], rel=0.004)
        assert each[:, 15] / each[:, 3] == pytest.approx([1.03, 1.03], rel=0.004), "January and the January after"


def test_who_came_in_the_newest_month_fills_whole_months_from_the_next(drivers: DriverTables, steady: pd.DataFrame) -> None:
    came = (steady["start_month"] == steady["month"]) & (steady["start_month"] > month(FIRST))
    stays = build_stays(steady.assign(volume=np.where(came, 0.4, 1.0)), drivers)
    fresh = stays.seen == stays.cutoff
    assert fresh.any()
    assert stays.volume == pytest.approx(1.0), "however much of their first month they filled"
    assert stays.first_share[fresh] == pytest.approx(0.4)


def test_what_grew_beside_the_population_goes_on_growing_for_a_while(drivers: DriverTables) -> None:
    begun = END + np.round(12 / 0.03 * np.log(np.arange(1, 301) / 300)).astype(int)  # 3 % more a year, and all stay
    rows = [row for person, start in enumerate(begun) for row in lived("a", person, start - 500, start, END + 1)]
    stays = build_stays(pd.DataFrame(rows), drivers)
    entrants = estimate_entrants(stays, np.full((2, MONTHS), 300.0), ("g", "h"))
    assert 0.5 * 0.03 < entrants.trend[0] < 0.03, "drawn towards none"
    assert entrants.trend[1] == 0.0, "of nobody nothing is known"
    ahead = carried_on(np.full((2, 60), 300.0), entrants)
    assert ahead[0, 0] == pytest.approx(300.0, rel=0.003)
    assert np.diff(ahead[0], n=2).max() < 0, "it fades"
    assert ahead[1] == pytest.approx(300.0)
    assert entrants.usual_stock[0] * 300.0 == pytest.approx(stays.open.sum(), rel=0.02), "today's, not the mean of two years"


def test_nothing_after_a_cutoff_is_read(drivers: DriverTables, steady: pd.DataFrame) -> None:
    cutoff = pd.Timestamp("2024-12-01")
    then = tables_at(drivers, cutoff)
    late = pd.DataFrame(lived("a", 99_999, FIRST - 500, int(month_numbers([cutoff])[0]) - 3, END, late=8))
    changed = pd.concat([steady[steady["month"] <= cutoff], late], ignore_index=True)
    first, second = (roll_known(rows, list_cost(steady), then, seed=1, n_draws=20) for rows in (steady, changed))
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.rolled.volume, second.rolled.volume)
    np.testing.assert_array_equal(first.paths.cost_real, second.paths.cost_real)


def test_a_service_added_moves_no_other(
    drivers: DriverTables, steady: pd.DataFrame, make_drivers: Callable[..., DriverTables], service_spec: type
) -> None:
    alone = make_drivers([service_spec("a", cost_growth=0.0)], months=MONTHS, price_level="nominal")
    both = replace(drivers, services=drivers.services.assign(service_group=["g", "h"]))
    one = roll_known(steady[steady["service"] == "a"], list_cost(steady), alone, seed=1, n_draws=20)
    two = roll_known(steady, list_cost(steady), both, seed=1, n_draws=20)
    assert one is not None
    assert two is not None
    still = [found.rolled.volume[STILL, 0].sum(axis=1) for found in (one, two)]
    assert still[0] == pytest.approx(still[1], rel=0.03), "rates lean on all services, random numbers do not"


def test_eighteen_year_olds_move_and_are_not_counted_as_new(drivers: DriverTables) -> None:
    rows: list[dict[str, object]] = []
    for number in range(400):  # one child is born every month, comes at 15 and leaves for b at 18
        birth = FIRST - 12 * 18 + number - 200
        rows += lived("a", number, birth, birth + 15 * 12, birth + 18 * 12 - 1)
        rows += lived("b", number, birth, birth + 18 * 12, birth + 21 * 12 - 1, price=90_000.0)
    table = pd.DataFrame(rows)
    table = table[table["volume"] > 0]
    stays = build_stays(table, drivers)
    came_from, went_to = moves(stays)
    assert len(came_from) > 80
    assert set(stays.service[went_to].tolist()) == {1}
    entrants = estimate_entrants(stays, np.full((2, MONTHS), 50.0), ("g", "g"))
    assert entrants.per_exposure[1] == 0.0
    known = roll_known(table, list_cost(table), drivers, seed=1, n_draws=100)
    assert known is not None
    moved = known.rolled.volume[MOVED].mean(axis=2)
    assert moved[1, 11] == pytest.approx(12.0, rel=0.15), "a year's children have moved to b"
    assert known.rolled.cost_real[MOVED, 1, 11].mean() == pytest.approx(90_000.0 * moved[1, 11], rel=0.02)
    services = drivers.services.assign(committee=["Børn", "Social"])
    for few, hidden in ((2, ""), (5, "primary")):
        radar, left = transition_radar(known.stays, known.endings, known.entrants, services, min_citizens=few, max_top_share=0.75)
        leaving = radar[(radar["age"] == 18) & (radar["from_committee"] == "Børn")].set_index(["period", "to_service"])
        assert leaving.loc[("2027-Q2", "all"), "mask"] == hidden, "three reach 18 in a quarter"
        assert leaving.loc[("2028", "b"), "mask"] == ""
        assert leaving.loc[("2028", "b"), "reaching"] == 12
        assert leaving.loc[("2028", "b"), "expected"] == pytest.approx(12.0, rel=0.15)
        assert leaving.loc[("2028", "all"), "yearly_cost_real"] == pytest.approx(12 * 12 * 90_000.0, rel=0.15)
        assert leaving.loc[leaving["mask"] != "", ["reaching", "expected", "yearly_cost_real"]].isna().all(axis=None)
        out = left[(left["age"] == 18) & (left["to_committee"] == "Social")].set_index(["period", "from_service"])
        assert out.loc[("2027-Q2", "all"), "mask"] == hidden, "hidden on both sides"
        assert out.loc[("2028", "a"), "expected"] == pytest.approx(leaving.loc[("2028", "all"), "expected"])
        assert out.loc[("2028", "a"), "yearly_cost_real"] == pytest.approx(12 * 12 * 40_000.0, rel=0.15), "what a costs, not b"


def test_blend_weighs_between_both(drivers: DriverTables, steady: pd.DataFrame) -> None:
    known = roll_known(steady, list_cost(steady), drivers, seed=1, n_draws=50)
    assert known is not None
    months = pd.date_range("2027-01-01", "2030-12-01", freq="MS")
    rng = generator_for(1, "series")
    volume = 60.0 * np.exp(0.1 * rng.standard_normal((2, len(months), 50)))
    cost = 41_000.0 * np.exp(0.1 * rng.standard_normal(volume.shape))
    prices = np.full(volume.shape[1:], 1.1)
    series = PressureDraws(("a", "b"), months, volume * cost * prices, volume, cost, prices, pd.DataFrame())
    none, all_of_it = (Weights((weight,) * len(SPANS), (weight,) * len(SPANS), 3) for weight in (0.0, 1.0))
    kept = blend(series, known.paths, none)
    np.testing.assert_allclose(kept.gross_nominal, series.gross_nominal, rtol=1e-12)
    taken = blend(series, known.paths, all_of_it)
    np.testing.assert_allclose(np.sort(taken.volume, axis=2), np.sort(known.paths.volume, axis=2), rtol=1e-9)
    np.testing.assert_allclose(taken.gross_nominal, taken.volume * taken.unit_cost_real * prices, rtol=1e-9)
    in_order = np.take_along_axis(taken.volume, np.argsort(series.volume, axis=2), axis=2)
    assert (np.diff(in_order, axis=2) >= -1e-9).all(), "a draw keeps its rank"
    table = known_months(known, taken, drivers.services)
    parts = table[["still_here", "moved_here", "new"]].sum(axis=1).to_numpy(dtype=float)
    total = table.loc[table["level"] == "total"].index
    np.testing.assert_allclose(parts[total], taken.volume.mean(axis=2).sum(axis=0), rtol=1e-9)
    split = cost_split(known, taken)
    np.testing.assert_allclose(split["committed"] + split["new"] - split["ended"], 1.0, rtol=1e-9)


def test_weights_lean_on_whoever_missed_less(drivers: DriverTables) -> None:
    cutoff = pd.Timestamp("2025-12-01")
    months = pd.date_range("2026-01-01", "2029-12-01", freq="MS")
    came = drivers.history[drivers.history["month"] > cutoff].pivot_table(index="service", columns="month", values="volume")
    right = np.repeat(np.repeat(came.to_numpy()[:, :1], len(months), axis=1)[:, :, None], 4, axis=2)
    gross = right * 40_000.0
    ones = np.ones((len(months), 4))
    wrong = PressureDraws(("a", "b"), months, gross * 1.2, right * 1.2, right * 0 + 40_000.0, ones, pd.DataFrame())
    found = learn_weights(drivers, [(wrong, KnownPaths(("a", "b"), right, gross))])
    assert found.origins == 1
    prior, pull = np.array(PRIOR_WEIGHT[:3]), PRIOR_SHARE / (1.0 + PRIOR_SHARE)
    assert found.volume[:3] == pytest.approx(1.0 - pull + pull * prior, abs=0.05), "the known was right"
    good = replace(wrong, gross_nominal=gross, volume=right)
    found = learn_weights(drivers, [(good, KnownPaths(("a", "b"), right * 1.2, gross * 1.2))])
    assert found.volume[:3] == pytest.approx(pull * prior, abs=0.05), "the series was right"
    assert learn_weights(drivers, []).volume == PRIOR_WEIGHT


def test_summed_months_hold_nobody(drivers: DriverTables, steady: pd.DataFrame) -> None:
    assert roll_known(steady.iloc[:0], list_cost(steady), drivers, seed=1, n_draws=10) is None


def test_kept_paths_are_the_published_months_and_joined_entrants_are_one_citizen(
    drivers: DriverTables, steady: pd.DataFrame
) -> None:
    known = roll_known(steady, list_cost(steady), drivers, seed=1, n_draws=4, keep_paths=True)
    assert known is not None
    paths = known.rolled.paths
    assert paths is not None
    price, share = known.stays.price[paths.who], known.stays.volume[paths.who]
    shape = known.rolled.volume.shape[1:]
    volume = month_sums(paths, known.endings.last_share, (share,), shape)[0]
    assert volume == pytest.approx(known.rolled.volume.sum(axis=0))
    assert (price > 0).all()
    twice = pd.concat([steady, steady[steady["service"] == "a"].assign(service="b", person=lambda rows: rows["person"])])
    both = roll_known(twice, list_cost(twice), drivers, seed=1, n_draws=4, keep_paths=True)
    assert both is not None
    kept = both.rolled.paths
    assert kept is not None
    new = kept.person < 0
    people = pd.DataFrame({"draw": kept.draw[new], "person": kept.person[new], "service": kept.service[new]})
    services = people.drop_duplicates().groupby(["draw", "person"]).size()
    assert services.max() > 1, "who came with two services comes with two"


def pairs(rate: float, leaves: float) -> pd.DataFrame:
    """Citizens with both services: each ends at ``rate`` a month, and both at once at ``leaves`` a month."""
    rng = generator_for(5, "pairs")
    rows: list[dict[str, object]] = []
    for person in range(600):
        start = FIRST + int(rng.integers(0, MONTHS))
        gone = start + int(rng.geometric(leaves)) - 1
        for service in ("a", "b"):
            last = min(start + int(rng.geometric(rate)) - 1, gone)
            rows += lived(service, person, start - 12 * 40, start, last)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def leaving(drivers: DriverTables) -> Stays:
    return build_stays(pairs(rate=0.02, leaves=0.02), drivers)


def test_services_of_a_citizen_end_together_as_often_as_they_did(leaving: Stays) -> None:
    endings, entrants = estimate_endings(leaving, ("g", "h")), estimate_entrants(leaving, np.full((2, MONTHS), 50.0), ("g", "h"))
    cell = int(age_cell(np.array([12 * 40]))[0])
    assert endings.together[:, cell] == pytest.approx(0.02, rel=0.25)
    assert (endings.together <= endings.rate).all()
    ahead = np.full((2, 12), 50.0)
    apart = replace(endings, together=np.zeros_like(endings.together))
    alone, both = (roll_forward(leaving, rates, entrants, ahead, seed=1, n_draws=400) for rates in (apart, endings))
    still = [found.volume[STILL][:, 11] for found in (alone, both)]
    assert still[1].mean(axis=1) == pytest.approx(still[0].mean(axis=1), rel=0.02), "each service ends as often as before"
    assert abs(np.corrcoef(still[0])[0, 1]) < 0.15
    assert 0.3 < np.corrcoef(still[1])[0, 1] < 0.8
    spread = [found.sum(axis=0).std() for found in still]
    assert spread[1] > 1.1 * spread[0]


def test_chance_alone_is_no_shared_end(drivers: DriverTables) -> None:
    rows = pairs(rate=0.04, leaves=1e-9)
    endings = estimate_endings(build_stays(rows, drivers), ("g", "h"))
    assert endings.together.max() < 0.1 * 0.04


def test_shared_luck_is_one_per_citizen_and_draw(leaving: Stays) -> None:
    of = {}
    for service in range(2):
        mine = np.flatnonzero(leaving.open & (leaving.service == service))
        luck = shared_luck(leaving, mine, 3, seed=1)
        of[service] = dict(zip(leaving.person[mine].tolist(), luck.T.tolist(), strict=True))
    common = of[0].keys() & of[1].keys()
    assert len(common) > 20
    assert all(of[0][person] == of[1][person] and min(of[0][person]) >= 0 for person in common)
    assert all(max(luck) < 0 for person, luck in {**of[0], **of[1]}.items() if person not in common)


def test_citizens_of_a_task_that_was_moved_in_are_replaced_as_others_are(drivers: DriverTables, steady: pd.DataFrame) -> None:
    moved = pd.concat([pd.DataFrame(lived("a", 50_000 + n, END - 480, END - 4, END + 1)) for n in range(30)])
    rows = pd.concat([steady, moved], ignore_index=True)
    held = steady[(steady["service"] == "a") & (steady["month"] < month(END - 4)) & (steady["month"] >= month(END - 16))]
    share = 30 / (len(held) / 12)
    declared = DeclaredBreak(month(END - 4), None, "Flyttet opgave", "Moved task", frozenset("a"), share)

    def a_year_ahead(rows: pd.DataFrame, tables: DriverTables) -> tuple[float, float]:
        known = roll_known(rows, list_cost(rows), tables, seed=1, n_draws=200)
        assert known is not None
        a, b = known.rolled.volume.sum(axis=0).mean(axis=2)[:, 11] / known.rolled.open_volume
        return float(a), float(b)

    never, _ = a_year_ahead(steady, drivers)
    (unsaid, other), (said, same) = a_year_ahead(rows, drivers), a_year_ahead(rows, replace(drivers, breaks=(declared,)))
    assert said == pytest.approx(never, abs=0.03)
    assert unsaid < never - 0.05, "places of the old level are taken for the usual ones"
    assert same == pytest.approx(other, abs=0.015)
