"""One path out of many: the middle of them, and none runs off."""

from __future__ import annotations

import numpy as np
import pytest

from models.forecast.combine import middle, within_reach


def rows(*values: float) -> list[np.ndarray]:
    return [np.array([value, 10 * value]) for value in values]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ((3.0,), 3.0),
        ((1.0, 3.0), 2.0),
        ((1.0, 2.0, 90.0), 2.0),
        ((0.0, 2.0, 4.0, 90.0), 3.0),
        ((0.0, 2.0, 4.0, 6.0, 90.0), 4.0),
        ((0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 80.0, 90.0), 3.5),
    ],
)
def test_a_quarter_is_left_out_at_either_end_whatever_the_order(members, expected):
    assert middle(rows(*members)).tolist() == [expected, 10 * expected]
    assert middle(rows(*members[::-1])).tolist() == [expected, 10 * expected]


def test_who_is_left_out_is_decided_month_by_month():
    falling, rising, still = np.array([9.0, 0.0]), np.array([0.0, 9.0]), np.array([5.0, 5.0])
    assert middle([falling, rising, still]).tolist() == [5.0, 5.0]


def test_one_wild_member_never_takes_the_middle_out_of_the_others():
    rng = np.random.default_rng(1)
    for n in range(3, 9):
        members = list(rng.uniform(1, 2, (n - 1, 24)))
        for wild in (-1e9, 1e9):
            found = middle([*members, np.full(24, wild)])
            assert (found >= np.min(members, axis=0)).all()
            assert (found <= np.max(members, axis=0)).all()


def test_no_member_leaves_a_quarter_to_four_times_the_newest_year():
    recent = np.array([4.0, 8.0, 6.0])
    held = within_reach(np.array([-5.0, 0.5, 1.0, 20.0, 32.0, np.inf]), recent)
    assert held.tolist() == [1.0, 1.0, 1.0, 20.0, 32.0, 32.0]
