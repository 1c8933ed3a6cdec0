"""Places that are granted and have not begun: counted from the month they begin, priced together, and not once more as new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from models.citizens.expected import expect
from models.citizens.known import roll_known
from models.citizens.paths import payers_of
from models.citizens.roll_forward import MOVED, NEW
from models.citizens.stays import month_numbers
from models.rng import generator_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.citizens.known import Known
    from models.types import DriverTables

MONTHS, USUAL, DEAR = 96, 40_000.0, 250_000.0
END = int(month_numbers(["2026-12-01"])[0])
FIRST = END - MONTHS + 1
INFLOW, AHEAD = 5, 0.4


def month(number: int) -> pd.Timestamp:
    return pd.Timestamp(year=number // 12, month=number % 12 + 1, day=1)


def row(
    person: int,
    at: int,
    *,
    start: int,
    ahead: int = 0,
    last: int = 10**6,
    price: float = USUAL,
    share: float = 1.0,
    **more: object,
) -> dict[str, object]:
    return {
        "service": "a", "person": person, "month": month(at), "birth_month": month(start - 480), "start_month": month(start),
        "recorded_month": month(start - ahead), "runs_on": at < last, "is_granted": at > END, "volume": share, "units": 1.0,
        "list_cost_nominal": price * share, "household": 0, "before_67": False, "counted_nominal": price * share,
        "own_nominal": price * share,
    } | more  # fmt: skip


def lived(person: int, start: int, last: int, **more: object) -> list[dict[str, object]]:
    return [row(person, at, start=start, last=last, **more) for at in range(max(start, FIRST), min(last, END) + 1)]


@pytest.fixture(scope="module")
def drivers(make_drivers: Callable[..., DriverTables], service_spec: type) -> DriverTables:
    specs = [service_spec(key, cost_growth=0.0, uptake_growth=0.0, exposure_growth=0.0, noise=0.0) for key in ("a", "b")]
    return make_drivers(specs, months=MONTHS, price_level="nominal")


@pytest.fixture(scope="module")
def steady() -> list[dict[str, object]]:
    """As many come every month; some of them were granted their place the month before."""
    rng, rows, person = generator_for(3, "granted"), [], 0
    for start in range(FIRST - 240, END + 1):
        for _ in range(INFLOW):
            person += 1
            last = start + int(rng.geometric(0.05)) - 1
            ahead = int(rng.random() < AHEAD)
            rows += lived(person, start, last, ahead=ahead) if last >= FIRST else []
    return rows


def rolled(rows: list[dict[str, object]], drivers: DriverTables, n_draws: int = 200) -> Known:
    table = pd.DataFrame(rows)
    cost = table.groupby(["service", "month"], as_index=False)["list_cost_nominal"].sum()
    found = roll_known(table, cost, drivers, seed=1, n_draws=n_draws)
    assert found is not None
    return found


def place(person: int, begin: int, price: float = USUAL, share: float = 1.0, **more: object) -> dict[str, object]:
    return row(person, begin, start=begin, ahead=begin - END, price=price, share=share, **more)


def test_granted_places_begin_in_their_months_at_what_they_cost_together(
    steady: list[dict[str, object]], drivers: DriverTables
) -> None:
    """Six of a frame; one is dear."""

    def six(price: float) -> Known:
        dear = place(10**6, END + 3, price, 0.5)
        return rolled([*steady, dear, *(place(10**6 + k, END + 3, share=0.5) for k in range(1, 6))], drivers)

    usual, dear = six(USUAL), six(DEAR)
    assert dear.granted is not None
    assert len(dear.granted) == 6
    more = (dear.rolled.cost_real - usual.rolled.cost_real)[NEW, 0].mean(axis=1)
    np.testing.assert_allclose(more[:2], 0.0, atol=1e-6)
    assert more[2] == pytest.approx(0.5 * (DEAR - USUAL), rel=0.05), "half of its first month"
    assert more[3] == pytest.approx((DEAR - USUAL) * 0.95, rel=0.08)
    assert more[14] == pytest.approx((DEAR - USUAL) * 0.95**12, rel=0.25), "they end as others do"
    np.testing.assert_array_equal(dear.rolled.volume, usual.rolled.volume)
    assert np.ptp(dear.stays.price[dear.granted]) == pytest.approx(0.0), "none of them is told apart"


@pytest.mark.parametrize("others", [0, 3, 5])
def test_what_one_granted_place_costs_is_nowhere(steady: list[dict[str, object]], drivers: DriverTables, others: int) -> None:
    """Alone, one of four, or most of what six cost together: whatever its price is, every figure is the same."""
    price = 30 * DEAR if others == 5 else DEAR
    found = [
        rolled([*steady, place(10**6, END + 2, own), *(place(10**6 + k, END + 2) for k in range(1, others + 1))], drivers)
        for own in (price, 1.5 * price)
    ]
    np.testing.assert_array_equal(found[0].rolled.cost_real, found[1].rolled.cost_real)
    np.testing.assert_array_equal(found[0].paths.cost_real, found[1].paths.cost_real)
    assert found[0].stays.price[-1] == pytest.approx(USUAL, rel=0.01)


def test_frames_of_few_grants_are_told_together(drivers: DriverTables, steady: list[dict[str, object]]) -> None:
    other = [
        row(number, at, start=FIRST + number % 90, service="b") for number in range(3000, 3020) for at in range(END - 3, END + 1)
    ]
    frames = replace(drivers, services=drivers.services.assign(frame=["x", "y"]))
    granted = [place(10**6 + k, END + 2, 2 * USUAL, service="ab"[k % 2]) for k in range(6)]
    found = rolled([*steady, *other, *granted], frames)
    assert found.granted is not None
    assert found.stays.price[found.granted] == pytest.approx(2 * USUAL, rel=0.01)
    alone = rolled([*steady, *other, *granted[:4]], frames)
    assert alone.stays.price[alone.granted] == pytest.approx(USUAL, rel=0.01)


def test_as_many_fewer_are_expected_as_usually_are_granted(steady: list[dict[str, object]], drivers: DriverTables) -> None:
    granted = [place(10**6 + number, END + 1) for number in range(2)]  # as many as usual: two of five
    told, silent = rolled([*steady, *granted], drivers), rolled(steady, drivers)
    assert silent.granted is None, "files that hold nobody who has not begun do not export it"
    assert told.entrants.known_before[0, 0] == pytest.approx(AHEAD, abs=0.08)
    np.testing.assert_array_equal(told.entrants.known_before[0, 1:], 0.0)
    new, usual = (expect(one.stays, one.endings, one.entrants, one.exposure, one.granted) for one in (told, silent))
    unknown = 1.0 - told.entrants.known_before[0, 0]
    assert new.arrivals[0, 0] == pytest.approx(unknown * usual.arrivals[0, 0], abs=0.3)
    assert new.volume[0, 11] == pytest.approx(usual.volume[0, 11], rel=0.01), "a usual number of grants moves nothing"
    for one in (told, silent):
        drawn = one.rolled.volume.sum(axis=0).mean(axis=2)[0]
        worked = expect(one.stays, one.endings, one.entrants, one.exposure, one.granted).volume[0]
        np.testing.assert_allclose(worked, drawn, rtol=0.03)


def test_more_grants_than_usual_are_more_citizens(steady: list[dict[str, object]], drivers: DriverTables) -> None:
    few, many = (rolled([*steady, *(place(10**6 + k, END + 1) for k in range(number))], drivers) for number in (2, 12))
    more = (many.rolled.volume - few.rolled.volume)[NEW, 0].mean(axis=1)
    assert more[1] == pytest.approx(10 * 0.95, rel=0.1)


def test_whoever_has_the_place_has_no_second_and_a_renewal_goes_on(
    steady: list[dict[str, object]], drivers: DriverTables
) -> None:
    ended, open_one = lived(10**6, END - 30, END), lived(10**6 + 1, END - 30, END + 1)
    found = rolled([*steady, *ended, *open_one, *(place(10**6 + k, END + 1) for k in range(3))], drivers)
    assert found.granted is not None
    assert found.stays.person[found.granted].tolist() == [10**6, 10**6 + 2]
    assert (END + 1 - found.stays.start[found.granted]).tolist() == [31, 0]
    assert not found.stays.open[found.granted].any()


def test_without_a_day_of_recording_nothing_is_granted(steady: list[dict[str, object]], drivers: DriverTables) -> None:
    found = rolled([*steady, place(10**6, END + 1, recorded_month=pd.NaT)], drivers)
    assert found.granted is not None
    assert len(found.granted) == 0


def test_the_refund_finds_what_of_a_granted_place_counts(steady: list[dict[str, object]], drivers: DriverTables) -> None:
    rows = [*steady, place(10**6, END + 1, DEAR, counted_nominal=0.5 * DEAR, own_nominal=0.25 * DEAR)]
    found = rolled(rows, drivers)
    payers = payers_of(pd.DataFrame(rows), found.stays)
    assert (payers.counted[-1], payers.own[-1]) == pytest.approx((0.5, 0.25))


@pytest.mark.parametrize(("children", "paid"), [(1, 0.75), (12, 0.25)], ids=["each month", "each year"])
def test_who_moves_at_eighteen_costs_what_those_did_who_went_before(drivers: DriverTables, children: int, paid: float) -> None:
    """Newcomers of b pay 20,000 a month; those who come from a at 18 have been paid 90,000 for."""
    rows: list[dict[str, object]] = []
    for number in range(0, 400, children):
        birth = FIRST - 12 * 18 + number - 200
        for service, start, last, price in (("a", 15 * 12, 18 * 12 - 1, 40_000.0), ("b", 18 * 12, 21 * 12 - 1, 90_000.0)):
            rows += lived(number, birth + start, birth + last, price=price, service=service, birth_month=month(birth))
    for start in range(FIRST - 60, END + 1):
        rows += lived(5000 + start, start, start + 30, price=20_000.0, service="b")
    known = rolled(rows, drivers, n_draws=400)
    moved, cost = (part[MOVED, 1, 11] for part in (known.rolled.volume, known.rolled.cost_real))
    each = cost.mean() / moved.mean()
    assert each > 20_000.0 + paid * 70_000.0
    assert each < 90_000.0
