"""Synthetic CPR numbers, names and case numbers. No number here passes the old check digit of real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.synthetic.calendar import days_in

WOMEN = (
    "Anne",
    "Mette",
    "Kirsten",
    "Hanne",
    "Ida",
    "Freja",
    "Sofie",
    "Karen",
    "Bente",
    "Lærke",
    "Maja",
    "Birgit",
    "Åse",
    "Emma",
    "Tove",
)
MEN = (
    "Peter",
    "Jens",
    "Lars",
    "Søren",
    "Mads",
    "Noah",
    "Oliver",
    "Kaj",
    "Bjørn",
    "Emil",
    "Åge",
    "Anders",
    "Viktor",
    "Magnus",
    "Hans",
)
LAST = ("Jensen", "Nielsen", "Hansen", "Sørensen", "Møller", "Kjær", "Østergård", "Lund", "Bæk", "Holm", "Friis", "Krogh", "Dahl",
        "Skov", "Vestergaard", "Thomsen", "Juhl", "Aagaard")  # fmt: skip
_WEIGHTS = np.array([4, 3, 2, 7, 6, 5, 4, 3, 2, 1])


@dataclass
class Identity:
    """Who the citizens are.

    Attributes:
        cpr: Ten digits each, without hyphen.
        name: First and last name.
    """

    cpr: np.ndarray
    name: np.ndarray

    @property
    def hyphened(self) -> np.ndarray:
        """CPR numbers as DDMMYY-XXXX."""
        return np.array([f"{number[:6]}-{number[6:]}" for number in self.cpr.tolist()])


def draw_cpr(birth: np.ndarray, male: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw unique CPR-shaped numbers that fit month of birth and sex and fail the check digit.

    Args:
        birth: (n,) month numbers.
        male: (n,) flags; the last digit is odd for men.
        rng: The identities' generator.

    Returns:
        (n,) strings of ten digits.
    """
    year = birth // 12
    day = 1 + (rng.random(len(birth)) * days_in(birth)).astype(int)
    dates = [f"{d:02d}{m % 12 + 1:02d}{y % 100:02d}" for d, m, y in zip(day.tolist(), birth.tolist(), year.tolist(), strict=True)]
    seen: set[str] = set()
    found = []
    for prefix, born, is_man in zip(dates, year.tolist(), male.tolist(), strict=True):
        while True:
            century = int(rng.integers(4, 10)) if born >= 2000 else int(rng.integers(0, 4))
            serial = f"{century}{int(rng.integers(0, 100)):02d}{int(rng.integers(0, 5)) * 2 + is_man}"
            number = prefix + serial
            valid = int(np.array([int(digit) for digit in number]) @ _WEIGHTS) % 11 == 0
            if number not in seen and not valid:
                break
        seen.add(number)
        found.append(number)
    return np.array(found)


def draw_names(male: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a name per person.

    Args:
        male: (n,) flags.
        rng: The identities' generator.

    Returns:
        (n,) first and last names.
    """
    first = np.where(
        male, np.array(MEN)[rng.integers(0, len(MEN), len(male))], np.array(WOMEN)[rng.integers(0, len(WOMEN), len(male))]
    )
    last = np.array(LAST)[rng.integers(0, len(LAST), len(male))]
    return np.char.add(np.char.add(first, " "), last)


def draw_identity(birth: np.ndarray, male: np.ndarray, rng: np.random.Generator) -> Identity:
    """Draw number and name of every citizen."""
    return Identity(cpr=draw_cpr(birth, male, rng), name=draw_names(male, rng))
