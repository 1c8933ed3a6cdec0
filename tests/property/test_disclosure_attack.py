"""An attacker who knows every published table and linear programming can't work out a suppressed cell."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from data.schema import PUBLISHED
from models.disclosure import decide_masks, mask_tables
from models.pressure import published_frame

MIN_CITIZENS, MAX_SHARE = 5, 0.75
LEVELS = ("service", "frame", "committee", "total")
BANDS = ("0-17", "18-22", "23-39", "40-66", "67+")
MONTHS = pd.date_range("2027-01-01", periods=12, freq="MS")
HISTORY = pd.date_range("2026-01-01", periods=12, freq="MS")
PERIOD = "2026-12"


@st.composite
def municipalities(draw):
    """Services in frames in committees, with citizens per age band and month, and values."""
    n_services = draw(st.integers(1, 8))
    n_frames = draw(st.integers(1, 4))
    committee_of = [draw(st.integers(0, 2)) for _ in range(n_frames)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = []
    for number in range(n_services):
        frame = draw(st.integers(0, n_frames - 1))
        citizens = {band: draw(st.sampled_from([0, 0, 2, 4, 6, 40])) for band in BANDS}
        share = draw(st.sampled_from([0.1, 0.1, 0.9]))
        rows.append((f"s{number}", f"f{frame}", f"c{committee_of[frame]}", citizens, share, draw(st.sampled_from([0, 0, 3]))))
    return rows, rng


def members(rows):
    for level, place in (("service", 0), ("frame", 1), ("committee", 2)):
        for name in sorted({row[place] for row in rows}):
            yield level, name, [index for index, row in enumerate(rows) if row[place] == name]
    yield "total", "total", list(range(len(rows)))


def build(rows, rng):
    """Tables with additive means, and their concentration."""
    month_value = rng.gamma(3.0, 10.0, (len(rows), 12))
    supports = np.array([[row[3][band] > 0 for band in BANDS] for row in rows])
    band_value = rng.gamma(3.0, 100.0, supports.shape) * supports
    month_rows, year_rows, drift_rows, counts = [], [], [], []
    result_rows, period_rows = [], []
    for level, name, inside in members(rows):
        key = {"level": level, "member": name}
        for step, month in enumerate(MONTHS):
            month_rows.append({**key, "month": month, "measure": "gross_nominal", "mean": month_value[inside, step].sum()})
        year_rows.append({**key, "year": 2027, "mean": month_value[inside].sum()})
        result = {"posted": month_value[inside, :6].sum(), "ahead": month_value[inside, 6:].sum(), "budget_revised": 900.0}
        result_rows.append({**key, "year": 2027, **result, "mean": month_value[inside].sum()})
        for step, value in enumerate(month_value[inside].sum(axis=0)):
            reached = month_value[inside, : step + 1].sum()
            period_rows.append({**key, "year": 2027, "period": step + 1, "posted": value, "cumulated_mean": reached})
        bands = [*zip(BANDS, band_value[inside].sum(axis=0), strict=True), ("all", band_value[inside].sum())]
        told_of = {**key, "comparison": "actual", "driver": "start", "from_period": "x", "to_period": "y"}
        drift_rows += [{**told_of, "age_band": band, "effect": value} for band, value in bands]
        for band in BANDS:
            n_citizens = sum(rows[index][3][band] for index in inside)
            if n_citizens:
                counts.append((level, name, "trailing12", PERIOD, band, n_citizens, 0.1))
        n_citizens = sum(sum(rows[index][3].values()) for index in inside)
        share = rows[inside[0]][4] if len(inside) == 1 else 0.1
        if n_citizens:
            counts.append((level, name, "trailing12", PERIOD, "all", n_citizens, share))
        for month in HISTORY:
            few = rows[inside[0]][5] if len(inside) == 1 and month.month == 5 else 0
            if n_citizens:
                counts.append((level, name, "month", month.strftime("%Y-%m"), "all", few or n_citizens, 0.1))
    frames = {
        "services": pd.DataFrame([row[:3] for row in rows], columns=list(LEVELS[:3])),
        "forecast_months": figures(month_rows, "q10", "q50", "q90"),
        "forecast_years": figures(year_rows, "q10", "q50", "q90"),
        "year_result": contracted("year_result", result_rows),
        "year_result_months": contracted("year_result_months", period_rows),
        "drift": figures(drift_rows),
        "actual_months": pd.DataFrame(
            [
                {"service": row[0], "month": month, "volume": 1.0, "exposure": 1.0, "uptake_ratio": 1.0, "unit_cost_real": 1.0,
                 "gross_reported_nominal": 1.0, "gross_ultimate_nominal": 10.0 + index}
                for index, row in enumerate(rows) for month in HISTORY
            ]
        ),
    }  # fmt: skip
    columns = ["level", "member", "period_kind", "period", "age_band", "n_citizens", "top_share"]
    return frames, pd.DataFrame(counts, columns=columns), (month_value, band_value)


def contracted(name, rows):
    frame = pd.DataFrame(rows)
    return published_frame(
        name, frame.assign(**{column: np.nan for column in PUBLISHED[name].names if column not in frame and column != "mask"})
    )


def figures(rows, *copies):
    frame = pd.DataFrame(rows)
    for name in copies:
        frame[name] = frame["mean"]
    return frame


def told(unknown, equations, truth, target):
    """Whether what is shown (and that nothing is negative) pins ``target`` to one value."""
    if not target.any():
        return False
    system = np.array(equations).reshape(-1, unknown)
    known = system @ truth
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(
            sign * target,
            A_eq=system if len(system) else None,
            b_eq=known if len(system) else None,
            bounds=(0, None),
            method="highs",
        )
        ends.append(np.inf if found.status == 3 else found.fun * sign)
    return abs(ends[1] - ends[0]) < 1e-6 * max(1.0, abs(float(target @ truth)))


def is_primary(rows, inside):
    citizens = sum(sum(rows[index][3].values()) for index in inside)
    return 1 <= citizens < MIN_CITIZENS or (len(inside) == 1 and citizens > 0 and rows[inside[0]][4] > MAX_SHARE)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(municipalities())
def test_no_primary_cell_follows_from_what_is_shown(municipality):
    rows, rng = municipality
    frames, concentration, (month_value, band_value) = build(rows, rng)
    masked = mask_tables(frames, concentration=concentration, min_citizens=MIN_CITIZENS, max_top_share=MAX_SHARE)
    assert attack_years_and_months(rows, masked, month_value) == []
    judged = decide_masks(frames, concentration=concentration, min_citizens=MIN_CITIZENS, max_top_share=MAX_SHARE)
    assert attack_bands(rows, masked["drift"], band_value, judged.bands.moved) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(municipalities())
def test_every_hidden_service_has_a_twin_below_the_same_shown_sums(municipality):
    """A krone moved from the one to the other leaves every shown member's own sum, and so each of its quantiles, as it is."""
    rows, rng = municipality
    frames, concentration, _ = build(rows, rng)
    judged = decide_masks(frames, concentration=concentration, min_citizens=MIN_CITIZENS, max_top_share=MAX_SHARE)
    for masks in (judged.years, judged.months):
        above = {
            row[0]: {("frame", row[1]), ("committee", row[2]), ("total", "total")} - masks.keys()
            for row in rows
            if ("service", row[0]) in masks
        }
        for service, sums in above.items():
            assert not sums or any(other != service and theirs == sums for other, theirs in above.items())


def attack_years_and_months(rows, masked, value):
    """Primary members, and months, that what is shown gives away."""
    shown_month = shown_keys(masked["forecast_months"])
    shown_year = shown_keys(masked["forecast_years"])
    shown_result, shown_period = shown_keys(masked["year_result"]), shown_keys(masked["year_result_months"])
    assert shown_period == shown_month, "periods and their running sums tell what months tell"
    assert shown_result == shown_month, "what is posted so far tells, a month later, that month"
    unknown = value.size
    equations = []
    for level, name, inside in members(rows):
        if (level, name) in shown_month:
            equations += [indicator(value.shape, inside, [step]) for step in range(12)]
        if (level, name) in shown_result:
            equations += [indicator(value.shape, inside, range(6)), indicator(value.shape, inside, range(6, 12))]
        if (level, name) in shown_year:
            equations.append(indicator(value.shape, inside, range(12)))
    found = []
    for level, name, inside in members(rows):
        year, month = (indicator(value.shape, inside, part) for part in (range(12), [4]))
        if is_primary(rows, inside) and told(unknown, equations, value.ravel(), year):
            found.append((level, name))
        few = len(inside) == 1 and rows[inside[0]][5] and sum(rows[inside[0]][3].values())
        if (is_primary(rows, inside) or few) and told(unknown, equations, value.ravel(), month):
            found.append((level, name, "month"))
    return found


def attack_bands(rows, drift, value, moved):
    """Small cells by age that what is shown gives away; the attacker also knows which bands were joined."""
    equations, found = [], []
    support = (value > 0).ravel()
    for level, name, inside in members(rows):
        own = drift[(drift["level"] == level) & (drift["member"] == name) & (drift["mask"] == "")]
        for band, effect, n_citizens in zip(own["age_band"], own["effect"], own["n_citizens"], strict=True):
            cells = np.zeros(value.shape)
            for index in inside:
                for place, lived in enumerate(BANDS):
                    cells[index, place] = band == "all" or moved.get((f"s{index}", lived), lived) == band
            assert effect == pytest.approx((cells * value).sum())
            assert pd.isna(n_citizens) or n_citizens == 0 or n_citizens >= MIN_CITIZENS
            equations.append(cells.ravel()[support])
    for level, name, inside in members(rows):
        for place, band in enumerate(BANDS):
            citizens = sum(rows[index][3][band] for index in inside)
            if 1 <= citizens < MIN_CITIZENS:
                target = indicator(value.shape, inside, [place])[support]
                if told(int(support.sum()), equations, value.ravel()[support], target):
                    found.append((level, name, band))
    return found


def indicator(shape, rows, columns):
    found = np.zeros(shape)
    found[np.ix_(list(rows), list(columns))] = 1.0
    return found.ravel()


def shown_keys(frame):
    shown = frame[frame["mask"] == ""]
    return set(zip(shown["level"], shown["member"], strict=True))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(municipalities())
def test_masked_rows_hold_nothing_and_every_period_hides_the_same(municipality):
    rows, rng = municipality
    frames, concentration, _ = build(rows, rng)
    before = {name: frame.copy() for name, frame in frames.items()}
    masked = mask_tables(frames, concentration=concentration, min_citizens=MIN_CITIZENS, max_top_share=MAX_SHARE)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])
    for name in ("forecast_months", "forecast_years", "actual_months", "year_result", "year_result_months"):
        hidden = masked[name][masked[name]["mask"] != ""]
        figures_of = [
            c
            for c in hidden.columns
            if c
            in {
                "posted",
                "ahead",
                "budget_revised",
                "cumulated_mean",
                "mean",
                "q10",
                "q50",
                "q90",
                "volume",
                "gross_ultimate_nominal",
                "n_citizens",
                "top_share",
            }
        ]
        assert hidden[figures_of].isna().all(axis=None)
        shown = masked[name][masked[name]["mask"] == ""]
        assert not ((shown["n_citizens"] >= 1) & (shown["n_citizens"] < MIN_CITIZENS)).any()
    by_month = [
        set(map(tuple, part.loc[part["mask"] != "", ["level", "member"]].to_numpy()))
        for _, part in masked["forecast_months"].groupby("month")
    ]
    assert all(first == second for first, second in pairwise(by_month))
