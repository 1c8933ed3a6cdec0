"""Completion against published and hand-computed triangles."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import chainladder as cl
import numpy as np
import pandas as pd
import pytest

from models.drivers.chain_ladder import fit_chain_ladder
from models.drivers.triangles import volume_pattern

if TYPE_CHECKING:
    from pathlib import Path

# Taylor & Ashe (1983), incremental paid; results: Mack (1993), ASTIN Bulletin 23(2), table 2 (reserves) and 3 (standard errors).
TAYLOR_ASHE = [
    [357848, 766940, 610542, 482940, 527326, 574398, 146342, 139950, 227229, 67948],
    [352118, 884021, 933894, 1183289, 445745, 320996, 527804, 266172, 425046],
    [290507, 1001799, 926219, 1016654, 750816, 146923, 495992, 280405],
    [310608, 1108250, 776189, 1562400, 272482, 352053, 206286],
    [443160, 693190, 991983, 769488, 504851, 470639],
    [396132, 937085, 847498, 805037, 705960],
    [440832, 847631, 1131398, 1063269],
    [359480, 1061648, 1443370],
    [376686, 986608],
    [344014],
]
MACK_RESERVES = [0, 94634, 469511, 709638, 984889, 1419459, 2177641, 3920301, 4278972, 4625811]
MACK_ERRORS = [0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]


def padded(rows: list[list[float]]) -> np.ndarray:
    width = max(len(row) for row in rows)
    return np.array([[*row, *[np.nan] * (width - len(row))] for row in rows], dtype=float)


def test_taylor_ashe_gives_macks_published_reserves_and_errors() -> None:
    increments = padded(TAYLOR_ASHE)
    fitted = fit_chain_ladder(increments)
    reserves = fitted.ultimate - np.nansum(increments, axis=1)
    assert reserves.round().astype(int).tolist() == MACK_RESERVES
    assert round(reserves.sum()) == 18_680_856
    assert fitted.standard_error.round().astype(int).tolist() == MACK_ERRORS


def test_a_triangle_worked_by_hand() -> None:
    # f1 = (150 + 240 + 360) / (100 + 200 + 300) = 1.25; f2 = (180 + 252) / (150 + 240) = 432 / 390
    increments = padded([[100, 50, 30], [200, 40, 12], [300, 60], [400]])[:, :3]
    fitted = fit_chain_ladder(increments)
    f1, f2 = 1.25, 432 / 390
    assert fitted.ultimate == pytest.approx([180, 252, 360 * f2, 400 * f1 * f2])
    assert fitted.developed == pytest.approx([1 / (f1 * f2), 1 / f2, 1.0])


def lines_of_business(folder: Path) -> dict[str, pd.DataFrame]:
    with gzip.open(folder / "cas_triangles_lob.csv.gz", "rt") as file:
        rows = pd.read_csv(file)
    return {str(line): block for line, block in rows.groupby("lob")}


def upper_half(block: pd.DataFrame) -> np.ndarray:
    """Increments by accident year and age as they were known at the end of the last accident year."""
    table = block.pivot_table(index="accident_year", columns="dev", values="cum_paid").to_numpy(dtype=float)
    known = np.add.outer(np.arange(len(table)), np.arange(table.shape[1])) < len(table)
    return np.where(known, np.diff(table, axis=1, prepend=0.0), np.nan)


def test_every_cas_line_meets_the_librarys_own_yearly_triangle(real_data: Path) -> None:
    """Ours passes through a monthly calendar; the library's own reading of the same years must give the same ultimates."""
    lines = lines_of_business(real_data)
    assert len(lines) >= 5
    for name, block in lines.items():
        years = {
            "origin": pd.to_datetime(block["accident_year"].astype(str) + "-01-01"),
            "valuation": pd.to_datetime((block["accident_year"] + block["dev"] - 1).astype(str) + "-12-31"),
        }
        triangle = cl.Triangle(
            block.assign(**years), origin="origin", development="valuation", columns="cum_paid", cumulative=True
        )
        with np.errstate(all="ignore"):
            mack = cl.MackChainladder().fit(cl.Development(sigma_interpolation="mack").fit_transform(triangle))
        fitted = fit_chain_ladder(upper_half(block))
        assert fitted.ultimate == pytest.approx(np.asarray(mack.ultimate_.values)[0, 0, :, -1], rel=1e-9), name
        errors = np.nan_to_num(np.asarray(mack.mack_std_err_.values)[0, 0, :, -1])
        assert fitted.standard_error == pytest.approx(errors, rel=1e-6, abs=1e-6), name


def test_a_quarterly_triangle_is_developed_to_its_last_quarter(real_data: Path) -> None:
    rows = pd.read_csv(real_data / "chainladder_quarterly_triangle.csv")
    rows["origin"] = rows["origin"].astype(str).str[:4].astype(int)
    rows["valuation"] = rows["development"].astype(str).str[:4].astype(int)
    last = rows.sort_values("development").groupby(["origin", "valuation"], as_index=False).last()
    cumulative = last.pivot_table(index="origin", columns=last["valuation"] - last["origin"], values="paid").to_numpy(dtype=float)
    increments = np.diff(cumulative, axis=1, prepend=0.0)
    factors = [
        np.nansum(cumulative[: len(cumulative) - age - 1, age + 1]) / np.nansum(cumulative[: len(cumulative) - age - 1, age])
        for age in range(cumulative.shape[1] - 1)
    ]
    expected = np.array([row[~np.isnan(row)][-1] * np.prod(factors[(~np.isnan(row)).sum() - 1 :]) for row in cumulative])
    assert fit_chain_ladder(increments).ultimate == pytest.approx(expected)


# Mack (1994), "Measuring the variability of chain ladder reserve estimates", CAS Forum: the RAA triangle (facultative general
# liability), in thousands; reserves by accident year and their standard errors.
RAA_RESERVES = [0, 154, 617, 1636, 2747, 3649, 5435, 10907, 10650, 16339]
RAA_ERRORS = [0, 206, 623, 747, 1469, 2002, 2209, 5358, 6333, 24566]


def shipped_triangle(name: str) -> np.ndarray:
    """Increments of a triangle that the library ships."""
    cumulative = np.asarray(cl.load_sample(name).values, dtype=float)[0, 0]
    return np.where(np.isnan(cumulative), np.nan, np.diff(np.nan_to_num(cumulative), axis=1, prepend=0.0))


def test_raa_gives_macks_published_reserves_and_errors() -> None:
    increments = shipped_triangle("raa")
    fitted = fit_chain_ladder(increments)
    reserves = fitted.ultimate - np.nansum(increments, axis=1)
    assert reserves.round().astype(int).tolist() == RAA_RESERVES
    assert round(reserves.sum()) == 52_135
    assert fitted.standard_error.round().astype(int).tolist() == RAA_ERRORS


def test_the_shipped_genins_triangle_is_taylor_ashe() -> None:
    assert np.array_equal(shipped_triangle("genins"), padded(TAYLOR_ASHE), equal_nan=True)


@pytest.mark.parametrize("name", ["raa", "abc", "genins"])
def test_the_pattern_of_looking_back_is_the_librarys(name: str) -> None:
    """Months of looking back (``volume_pattern``) are fitted without the library: the factors must be the same."""
    increments = shipped_triangle(name)
    cumulative = np.nan_to_num(increments).cumsum(axis=1)
    assert volume_pattern(cumulative, len(cumulative) - 1) == pytest.approx(fit_chain_ladder(increments).developed)


def dengue(folder: Path) -> np.ndarray:
    """(132, 5) cases by month of onset and months until they were reported, 1990-2000."""
    with gzip.open(folder / "dengue_reporting_triangle_monthly.csv.gz", "rt") as file:
        rows = pd.read_csv(file)
    table = rows.pivot_table(index="onset_month", columns="delay_months", values="n", aggfunc="sum", fill_value=0)
    return table.to_numpy(dtype=float)


def test_dengue_nowcasts_are_near_what_came_and_as_sure_as_they_say(real_data: Path) -> None:
    """Rolling nowcasts of reported dengue cases (Puerto Rico) from 32 months, three months apart, against what came.

    Measured, month of onset just over / one month old: bias of the sum -0.2 % / +0.2 % (as reported: -38.8 % / -1.4 %),
    absolute error 12.2 % / 0.9 % of the cases (as reported: 38.8 % / 1.4 %), 80 % intervals by Mack's error hold 78 % / 81 %.
    Delays end after four months in the data.
    """
    counts = dengue(real_data)
    n_lags = counts.shape[1]
    rows = []
    for cutoff in range(36, len(counts), 3):
        seen = counts[max(0, cutoff - 71) : cutoff + 1].copy()
        seen[np.arange(len(seen))[:, None] + np.arange(n_lags)[None, :] >= len(seen)] = np.nan
        fitted = fit_chain_ladder(seen)
        for age in (0, 1):
            place = len(seen) - 1 - age
            now = (np.nansum(seen[place]), fitted.ultimate[place], fitted.standard_error[place])
            rows.append((age, *now, counts[cutoff - age].sum()))
    table = pd.DataFrame(rows, columns=["age", "reported", "completed", "error", "came"])
    assert table["age"].eq(0).sum() == 32
    for age, (bias, share) in {0: (0.04, 0.5), 1: (0.01, 0.75)}.items():
        part = table[table["age"] == age]
        whole = part["came"].sum()
        assert abs(part["completed"].sum() / whole - 1.0) < bias
        missed, naive = ((part[name] - part["came"]).abs().sum() for name in ("completed", "reported"))
        assert missed < share * naive
        inside = ((part["completed"] - part["came"]).abs() < 1.2816 * part["error"]).mean()
        assert 0.7 <= inside <= 0.9
