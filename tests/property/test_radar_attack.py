"""Whoever knows the radar of two runs, and that nothing is negative, can't work out what it hides of few citizens."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from models.citizens.radar import radar_rows
from models.citizens.radar_hidden import Leaving, hidden_keys, shown_of
from models.secondary import Limits

YEAR = 2027
SERVICES, COMMITTEES = ("a", "b", "c", "d"), np.array(["X", "X", "Y", "Y"], dtype=object)
COMMON, OWN = np.array([100.0, 20.0]), np.array([[50.0, 90.0, 130.0, 210.0], [5.0, 9.0, 13.0, 21.0]])
LIMITS = Limits(5, 0.75)
COLUMNS = ["age", "from_committee", "period", "to_committee", "to_service", "reaching", "expected", "yearly_cost_real", "mask"]


@st.composite
def leaving_ones(draw):
    """Up to 40 stays over two years, few of whom go on to some services; and how far on the second run is."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.sampled_from([4, 8, 14, 24, 40]))
    month = 12 * YEAR + rng.integers(0, 24, n)
    goes = rng.random((n, 4)) < rng.choice([0.05, 0.3, 0.9], 4)
    moves = goes * rng.gamma(1.0, 0.2, (n, 4)) * np.where(rng.random(n) < 0.1, 20.0, 1.0)[:, None]
    masked = draw(st.sampled_from([(), (), ("b",), ("c", "d")]))
    return rng.integers(0, n, n), month, moves, masked, draw(st.integers(1, 7))


def radar(person, month, moves, masked, first, closed):
    """The radar of a run whose first month ahead is ``first``, and what it hides."""
    inside = month >= -(-first // 3) * 3
    leaving = Leaving(person[inside], month[inside], moves[inside], SERVICES)
    shown = shown_of(leaving, COMMITTEES, first=first, masked=masked, closed=closed, limits=LIMITS)
    prices = np.where(shown.by_service, OWN, COMMON[:, None])
    rows = [{"age": 18, "from_committee": "X"} | row for row in radar_rows(leaving, prices, COMMITTEES, shown)]
    return leaving, pd.DataFrame(rows, columns=COLUMNS)


def cells(period, to_committee, to_service, begins):
    """(8, 4) the quarters, from ``begins`` on, and services that a row tells the sum of."""
    year, _, quarter = period.partition("-Q")
    begin = 4 * (int(year) - YEAR)
    quarters = [begin + int(quarter) - 1] if quarter else range(begin, begin + 4)
    services = [n for n in range(4) if to_committee == COMMITTEES[n] and to_service in {"all", SERVICES[n]}]
    found = np.zeros((8, 4))
    found[np.ix_([place for place in quarters if place >= begins], services)] = 1.0
    return found


def few(leaving, which):
    """Whether a sum rests on fewer than five citizens, or mostly on one."""
    held = {}
    for person, month, moves in zip(leaving.person, leaving.month, leaving.moves, strict=True):
        held[person] = held.get(person, 0.0) + float((which[month // 3 - 4 * YEAR] * moves).sum())
    values = np.array([value for value in held.values() if value > 0])
    return len(values) > 0 and (len(values) < LIMITS.min_citizens or values.max() > LIMITS.max_top_share * values.sum())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(leaving_ones())
def test_nothing_of_few_follows_from_two_radars(made):
    person, month, moves, masked, later = made
    first, before = radar(person, month, moves, masked, 12 * YEAR, set())
    closed = {key[2] for key in hidden_keys(before)}
    _, after = radar(person, month, moves, masked, 12 * YEAR + later, closed)
    truth = np.zeros((8, 4))
    np.add.at(truth, month // 3 - 4 * YEAR, moves)
    known, targets = [], []
    for table, begins in ((before, 0), (after, -(-later // 3))):
        assert_alike(table, whole=begins == 0)
        for row in table.itertuples(index=False):
            which = cells(row.period, row.to_committee, row.to_service, begins)
            if row.mask:
                targets.append(which)
                continue
            assert abs(row.expected - (which * truth).sum()) < 1e-9
            assert not few(first, which), "what is shown is of enough citizens"
            assert row.reaching >= LIMITS.min_citizens
            known += [(which, row.expected), (which * told_prices(table), row.yearly_cost_real)]
        known += [(which, 0.0) for which in nothing_there(table, begins)]
    for which in {part.tobytes(): part for part in targets if few(first, part)}.values():
        low, high = bounds(known, which.ravel())
        assert low * 1.1 < high * 0.9, (which, low, high)


def test_the_attacker_finds_a_quarter_that_is_hidden_alone():
    """Four quarters of a year that is told, three of them shown: the fourth is the rest."""
    parts = [cells(f"{YEAR}-Q{n}", "X", "all", 0) for n in range(1, 4)]
    low, high = bounds(
        [(cells(str(YEAR), "X", "all", 0), 9.0), *((part, 2.0) for part in parts)], cells(f"{YEAR}-Q4", "X", "all", 0).ravel()
    )
    assert (low, high) == (3.0, 3.0)


def told_prices(table):
    """What a move into each service costs in the table: those shown nowhere take the common price."""
    shown = set(table.loc[table["mask"] == "", "to_service"])
    return np.array([OWN[0, n] if service in shown else COMMON[0] for n, service in enumerate(SERVICES)])


def nothing_there(table, begins):
    """What a missing row says: nothing is expected."""
    there = set(zip(table["period"], table["to_committee"], table["to_service"], strict=True))
    for year in sorted({period for period, _, _ in there if "Q" not in period}):
        for service, target in zip(SERVICES, COMMITTEES, strict=True):
            if (year, target, service) not in there:
                yield cells(year, target, service, begins)
        for quarter, target in [(f"{year}-Q{n}", target) for n in range(1, 5) for target in ("X", "Y")]:
            if (quarter, target, "all") not in there:
                yield cells(quarter, target, "all", begins)


def assert_alike(table, *, whole):
    """A year's quarters are hidden all or none, in one word; which of a hidden year are empty is not said."""
    quarters = table[table["period"].str.contains("Q")]
    for _, part in quarters.groupby(quarters["period"].str[:4]):
        assert (part["mask"] == part["mask"].iloc[0]).all()
        assert not whole or (part["mask"] == "").all() or part["period"].nunique() == 4


def bounds(known, goal):
    ends = []
    for sign in (1.0, -1.0):
        told = {"A_eq": np.array([which.ravel() for which, _ in known]), "b_eq": np.array([value for _, value in known])}
        done = linprog(sign * goal, bounds=(0, None), method="highs", **(told if known else {}))
        ends.append(sign * done.fun if done.status == 0 else np.inf)
    return ends[0], ends[1]
