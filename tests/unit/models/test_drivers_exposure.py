"""Exposure: reference uptake, shrinkage, agreement of sums in the window."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.drivers.exposure import build_exposure, reference_uptake
from models.drivers.population import Population

BANDS = {"0-17": (0, 17), "18-22": (18, 22), "23-39": (23, 39), "40-66": (40, 66), "67+": (67, 125)}
MONTHS = pd.date_range("2024-01-01", "2025-12-01", freq="MS")
AHEAD = pd.date_range("2026-01-01", "2027-12-01", freq="MS")


def population(growth: float = 1.0) -> Population:
    counted = pd.DataFrame(1000.0, index=[2024, 2025, 2026], columns=range(100))
    ahead = pd.DataFrame(1000.0, index=[2026, 2027, 2028], columns=range(100))
    ahead.loc[2027:, 70:] *= growth
    return Population(counted, {"main": ahead, "high": ahead * 1.1})


def services(*scopes: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame([(f"s{place}", *scope) for place, scope in enumerate(scopes)], columns=["service", "age_from", "age_to"])


def volume(service: str = "s0", ages: dict[int, float] | None = None, months: pd.DatetimeIndex = MONTHS) -> pd.DataFrame:
    rows = [(service, month, age, value) for month in months for age, value in (ages or {30: 10.0, 75: 20.0}).items()]
    return pd.DataFrame(rows, columns=["service", "month", "age", "volume"])


def build(frame: pd.DataFrame, known: pd.DataFrame, people: Population | None, reference_months: int = 12):
    return build_exposure(
        frame, known, people, history_months=MONTHS, ahead_months=AHEAD, reference_months=reference_months, age_bands=BANDS
    )


def test_expected_and_actual_volume_agree_in_the_window() -> None:
    frame = volume()
    frame.loc[frame["month"] < "2025-01-01", "volume"] *= 0.5
    exposure = build(frame, services((18, 125)), population())
    assert exposure.history.sum(axis=2)[0, -12:].sum() == pytest.approx(12 * 30.0)
    assert exposure.history.sum(axis=2)[0, :12].sum() == pytest.approx(12 * 30.0)  # same people, half the uptake


def test_more_elderly_raise_the_exposure_of_their_band_only() -> None:
    exposure = build(volume(), services((18, 125)), population(growth=2.0))
    old, grown = list(BANDS).index("67+"), list(BANDS).index("23-39")
    now, then = exposure.history[0, -1], exposure.ahead["main"][0, -1]
    assert then[old] > 1.5 * now[old]
    assert then[grown] == pytest.approx(now[grown])
    assert now[list(BANDS).index("40-66")] < 1.0  # nobody was seen there, and little is lent


def test_a_variant_needs_only_its_people() -> None:
    exposure = build(volume(), services((18, 125)), population())
    assert exposure.ahead["high"].sum(axis=2)[0, -1] == pytest.approx(1.1 * exposure.ahead["main"].sum(axis=2)[0, -1])


def test_a_service_without_volume_follows_the_people_in_its_scope() -> None:
    exposure = build(volume("s9"), services((18, 66)), population(growth=2.0))
    assert exposure.history.sum(axis=2)[0] == pytest.approx(np.ones(24))
    assert exposure.ahead["main"].sum(axis=2)[0] == pytest.approx(np.ones(24))


def test_unknown_ages_share_one_uptake() -> None:
    exposure = build(volume(ages={-1: 12.0}), services((np.nan, np.nan)), population())
    assert exposure.history.sum(axis=2)[0] == pytest.approx(np.full(24, 12.0))


def test_without_people_every_exposure_is_one() -> None:
    exposure = build(volume(), services((18, 66)), None)
    assert exposure.bands == ("all",)
    assert (exposure.history == 1.0).all()
    assert (exposure.ahead["main"] == 1.0).all()


def test_thin_ages_are_drawn_to_their_band_and_thick_ones_stay() -> None:
    people, counted = np.full(100, 1000.0), np.zeros(100)
    counted[23:40] = 100.0
    counted[30] = 200.0
    thick = reference_uptake(counted, people, bands=BANDS, scope=(18, 66))
    thin = reference_uptake(counted / 100, people, bands=BANDS, scope=(18, 66))
    assert thick[30] / thick[29] > 1.9
    assert thin[30] / thin[29] < 1.35


def test_ages_outside_the_scope_borrow_nothing() -> None:
    people, counted = np.full(100, 1000.0), np.zeros(100)
    counted[30] = 50.0
    uptake = reference_uptake(counted, people, bands=BANDS, scope=(18, 66))
    assert uptake[10] == 0.0
    assert uptake[70] == 0.0
    assert uptake[50] > 0.0
