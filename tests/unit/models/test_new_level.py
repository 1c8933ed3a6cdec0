"""A task that was moved in: its citizens are the usual ones from then on, and their coming was no usual inflow."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.citizens.new_level import LARGEST, SETTLING, moved_in, on_newest_level
from models.types import DeclaredBreak

MONTHS, BEGINS = 84, 78
FIRST = 2020 * 12


def declared(day: str, services: frozenset[str] | None, share: float = 0.1) -> DeclaredBreak:
    return DeclaredBreak(pd.Timestamp(day), None, "Flyttet", "Moved", services, share)


def a_town() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stock and inflow of two services, to the first of which twenty come at ``BEGINS``."""
    counts = np.random.default_rng(1).poisson(4.0, (2, MONTHS)).astype(float)
    stock = np.full((2, MONTHS), 100.0)
    stock[0, BEGINS:] = 120.0
    counts[0, BEGINS] += 20.0
    return stock, counts, np.full((2, MONTHS), 100.0)


def test_stock_before_is_lifted_and_the_arrival_is_no_usual_inflow() -> None:
    stock, counts, seen = a_town()
    lifted, usual = on_newest_level(stock, counts, seen, (np.array([BEGINS, 0]), np.array([0.2, 0.0])))
    assert lifted[0] == pytest.approx(np.full(MONTHS, 120.0))
    settled = usual[0, BEGINS : BEGINS + SETTLING]
    assert settled == pytest.approx(np.full(SETTLING, 1.2 * counts[0, BEGINS - 24 : BEGINS].mean()))
    assert usual[0, :BEGINS] == pytest.approx(1.2 * counts[0, :BEGINS])
    assert np.array_equal(lifted[1], stock[1])
    assert np.array_equal(usual[1], counts[1])


def test_what_is_given_is_not_changed_and_nothing_moved_changes_nothing() -> None:
    given = a_town()
    kept = [part.copy() for part in given]
    on_newest_level(*given, (np.array([BEGINS, 0]), np.array([0.2, 0.0])))
    assert all(np.array_equal(part, copy) for part, copy in zip(given, kept, strict=True))
    for found, before in zip(on_newest_level(*given, (np.zeros(2, dtype=int), np.zeros(2))), given[:2], strict=True):
        assert np.array_equal(found, before)


def test_the_newest_moved_task_within_what_is_known_counts() -> None:
    breaks = (
        declared("2021-01-01", frozenset("a")),
        declared("2022-07-01", frozenset("a"), 0.9),
        declared("2022-08-01", frozenset("ab"), 0.0),
        declared("2022-01-01", None),
        declared("2023-01-01", frozenset("b"), -0.2),
    )
    begins, share = moved_in(breaks, ("a", "b", "c"), FIRST, 72)
    assert begins.tolist() == [30, 36, 0]
    assert share.tolist() == [LARGEST, -0.2, 0.0]
    earlier, less = moved_in(breaks, ("a", "b", "c"), FIRST, 30)
    assert earlier.tolist() == [12, 0, 0], "what begins after the cutoff is not read"
    assert less.tolist() == [0.1, 0.0, 0.0]
