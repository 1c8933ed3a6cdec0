"""Who leaves and who enters are one figure: both sides over two runs give back nothing that either hides of few citizens."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from models.citizens.radar import leaving_rows, radar_rows
from models.citizens.radar_hidden import Leaving, hidden_keys, shown_of
from models.citizens.radar_leaving import both_shown, hidden_left, sides_of
from models.secondary import Limits

YEAR, QUARTERS, SERVICES = 2027, 8, ("a", "b", "c", "d", "e")
COMMITTEES = np.array(["X", "X", "X", "Y", "Y"], dtype=object)
LIMITS = Limits(5, 0.75)
IN, OUT = (np.array([[50.0, 90.0, 130.0, 210.0, 340.0], [5.0] * 5]), np.array([[40.0, 70.0, 110.0, 60.0, 60.0], [5.0] * 5]))
COMMON = np.array([100.0, 20.0])
NOWHERE = len(SERVICES)
SHAPE = (QUARTERS, 3, NOWHERE + 1)
"""Quarters, services left (a, b, c), services entered and none."""
SIDES = ("to_service", "from_service")


@st.composite
def towns(draw):
    """Up to 60 stays in a, b and c over two years; which services few go to, which the run hides, how far on the next run is."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.sampled_from([6, 14, 24, 40, 60]))
    service = rng.choice(3, n, p=rng.dirichlet([0.7, 0.7, 0.7]))
    moves = (rng.random((n, 5)) < rng.choice([0.05, 0.4, 0.9], 5)) * rng.gamma(1.0, 0.05, (n, 5))
    moves *= np.where(rng.random(n) < 0.1, 20.0, 1.0)[:, None]
    ends = rng.gamma(1.0, 0.1, n) * (rng.random(n) < draw(st.sampled_from([0.1, 1.0])))
    masked = draw(st.sampled_from([(), (), ("b",), ("d",), ("a", "e")]))
    month = 12 * YEAR + rng.integers(0, 24, n)
    return rng.integers(0, n, n), month, service, moves, moves.sum(axis=1) + ends, masked, draw(st.integers(1, 7))


def tables(town, first, closed):
    """Both sides of a run whose first month ahead is ``first``."""
    person, month, service, moves, chance, masked, _ = town
    inside = month >= -(-first // 3) * 3
    leaving = Leaving(person[inside], month[inside], moves[inside], SERVICES)
    rules = {"masked": masked, "closed": closed, "limits": LIMITS}
    shown = shown_of(leaving, COMMITTEES, first=first, **rules)
    sides = sides_of(leaving, service[inside], chance[inside], COMMITTEES)
    both, left = both_shown(shown, sides, COMMITTEES, **rules)
    keys = {"age": 18, "from_committee": "X"}
    columns = [*keys, "period", "to_committee", "service", "expected", "yearly_cost_real", "mask"]
    entered = radar_rows(leaving, np.where(both.by_service, IN, COMMON[:, None]), COMMITTEES, both)
    out = leaving_rows(np.where(left.by_service, OUT, COMMON[:, None]), left)
    return [
        pd.DataFrame([keys | row for row in rows]).rename(columns={side: "service"}).reindex(columns=columns)
        for rows, side in ((entered, SIDES[0]), (out, SIDES[1]))
    ]


def cells(side, row, begins):
    """Which cells a row tells the sum of."""
    year, _, quarter = row.period.partition("-Q")
    begin = 4 * (int(year) - YEAR)
    quarters = [begin + int(quarter) - 1] if quarter else range(begin, begin + 4)
    into = [n for n in range(NOWHERE) if COMMITTEES[n] == row.to_committee] or [NOWHERE]
    left, entered = range(3), into
    if row.service != "all":
        place = [SERVICES.index(row.service)]
        left, entered = (left, place) if side == 0 else (place, into)
    found = np.zeros(SHAPE)
    found[np.ix_([place for place in quarters if place >= begins], left, entered)] = 1.0
    return found


def few(town, which):
    """Whether a sum rests on fewer than five citizens, or mostly on one."""
    person, month, service, moves, chance, _, _ = town
    every = np.c_[moves, chance - moves.sum(axis=1)].clip(min=0.0)
    amounts = (which[month // 3 - 4 * YEAR, service] * every).sum(axis=1)
    held = np.bincount(person, weights=np.where(amounts > 1e-12, amounts, 0.0))
    held = held[held > 0]
    return len(held) > 0 and (len(held) < LIMITS.min_citizens or held.max() > LIMITS.max_top_share * held.sum())


def prices_told(side, table, town):
    """What a move costs on a side: services shown nowhere take the common price."""
    shown = set(table.loc[table["mask"] == "", "service"])
    price = np.array([(IN, OUT)[side][0, n] if one in shown else COMMON[0] for n, one in enumerate(SERVICES)])
    found = np.zeros(SHAPE)
    found += np.r_[price, 0.0] if side == 0 else price[:3][:, None]
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(towns())
def test_neither_side_gives_the_other_back(town):
    _, month, service, moves, chance, _, later = town
    truth = np.zeros(SHAPE)
    np.add.at(truth, (month // 3 - 4 * YEAR, service), np.c_[moves, (chance - moves.sum(axis=1)).clip(min=0.0)])
    before = tables(town, 12 * YEAR, set())
    closed = {key[2] for key in hidden_keys(before[0].rename(columns={"service": "to_service"}))}
    closed |= {key[2] for key in hidden_left(before[1].rename(columns={"service": "from_service"}))}
    known, targets = [], []
    for found, begins in ((before, 0), (tables(town, 12 * YEAR + later, closed), -(-later // 3))):
        assert_as_many_leave_as_enter(*found)
        for side, table in enumerate(found):
            price = prices_told(side, table, town)
            for row in table.itertuples(index=False):
                which = cells(side, row, begins)
                if row.mask:
                    targets.append(which)
                    continue
                assert abs(row.expected - (which * truth).sum()) < 1e-9
                assert abs(row.yearly_cost_real - (which * price * truth).sum()) < 1e-6
                assert not few(town, which), "what is shown is of enough citizens"
                known += [(which, row.expected), (which * price, row.yearly_cost_real)]
            known += [(which, 0.0) for which in nothing_there(side, table, begins)]
    for which in {part.tobytes(): part for part in targets if few(town, part)}.values():
        low, high = bounds(known, which.ravel())
        assert low * 1.1 < high * 0.9, (low, high)


def assert_as_many_leave_as_enter(entered, left):
    sums = [part[part["service"] == "all"].set_index(["period", "to_committee"]) for part in (entered, left)]
    both = sums[0].join(sums[1], rsuffix="_left", how="outer")
    both = both[both.index.get_level_values("to_committee") != "none"]
    assert (both["mask"] == both["mask_left"]).all(), "a sum is hidden on both sides or on none"
    np.testing.assert_allclose(both["expected"].astype(float), both["expected_left"].astype(float), rtol=1e-9)
    for _, part in left[~left["period"].str.contains("Q")].groupby(["period", "to_committee"]):
        if (part["mask"] == "").all() and len(part):
            one = part["service"] != "all"
            assert abs(part.loc[one, "expected"].sum() - part.loc[~one, "expected"].sum()) < 1e-9


def nothing_there(side, table, begins):
    """What a missing row says: nothing is expected."""
    there = set(zip(table["period"], table["to_committee"], table["service"], strict=True))
    targets = ("X", "Y") if side == 0 else ("X", "Y", "none")
    for year in sorted({period for period, _, _ in there if "Q" not in period}):
        wanted = [(f"{year}-Q{n}", target, "all") for n in range(1, 5) for target in targets]
        for target in targets:
            ones = [one for n, one in enumerate(SERVICES) if COMMITTEES[n] == target] if side == 0 else SERVICES[:3]
            wanted += [(year, target, one) for one in ones]
        missing = pd.DataFrame([key for key in wanted if key not in there], columns=["period", "to_committee", "service"])
        for row in missing.itertuples(index=False):
            yield cells(side, row, begins)


def bounds(known, goal):
    told = {"A_eq": np.array([which.ravel() for which, _ in known]), "b_eq": np.array([value for _, value in known])}
    ends = []
    for sign in (1.0, -1.0):
        done = linprog(sign * goal, bounds=(0, None), method="highs", **(told if known else {}))
        ends.append(sign * done.fun if done.status == 0 else np.inf)
    return ends[0], ends[1]
