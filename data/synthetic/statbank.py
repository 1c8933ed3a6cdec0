"""Population files in StatBank's forms: FOLK1A (BULK), FRKM1YY, and further variants in our own form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.synthetic.population import AGES, Counts, project, quarterly_counts

if TYPE_CHECKING:
    from data.synthetic.calendar import Window

FOLK_HEADER = "OMRÅDE;KØN;ALDER;CIVILSTAND;TID;INDHOLD"
FRKM_HEADER = "KOMMUNEDK;ALDER;KØN;TID;INDHOLD"
PROJECTION_HEADER = "municipality;date;sex;age;persons;variant;vintage"
YEARS_AHEAD = 25
GROWTH = {"main": 0.0, "low": -0.004, "high": 0.004, "municipal": 0.008}  # extra moves into the municipality per year


def folk_lines(counts: Counts, window: Window, municipality: str) -> list[str]:
    """Lines of FOLK1A: counts of each quarter by sex and age, with the totals StatBank gives beside them."""
    lines = []
    for (year, quarter), persons in quarterly_counts(counts, window).items():
        both = np.vstack([persons.sum(axis=0), persons]).astype(int)
        for sex, row in zip(("TOT", "1", "2"), both, strict=True):
            lines.append(f"{municipality};{sex};IALT;TOT;{year}K{quarter};{row.sum()}")
            lines += [f"{municipality};{sex};{age};TOT;{year}K{quarter};{value}" for age, value in enumerate(row.tolist())]
    return lines


def frkm_lines(counts: Counts, vintage: int, municipality: str, *, growth: float = 0.0) -> list[str]:
    """Lines of the official municipal projection made in ``vintage``: variant main, 25 years ahead."""
    lines = []
    for offset, persons in enumerate(project(counts[vintage], years=YEARS_AHEAD, growth=growth)):
        for sex, row in zip(("M", "K"), persons.astype(int), strict=True):
            lines += [
                f"{municipality};{age};{sex};{vintage + offset};{value}"
                for age, value in zip(range(AGES), row.tolist(), strict=True)
            ]
    return lines


def variant_lines(counts: Counts, vintage: int, municipality: str) -> list[str]:
    """Lines of the low, high and municipal variants of ``vintage``."""
    lines = []
    for variant in ("low", "high", "municipal"):
        for offset, persons in enumerate(project(counts[vintage], years=YEARS_AHEAD, growth=GROWTH[variant])):
            date = f"{vintage + offset}-01-01"
            for sex, row in zip(("M", "K"), persons.astype(int), strict=True):
                lines += [
                    f"{municipality};{date};{sex};{age};{value};{variant};{vintage}" for age, value in enumerate(row.tolist())
                ]
    return lines
