"""Months and days of the sample as whole numbers: month = year * 12 + month - 1, day = days since 1970-01-01."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.errors import WrongUse

NEVER = np.int64(10**8)
_EPOCH = 1970 * 12


def first_day(month: np.ndarray | int) -> np.ndarray:
    """First day of each month number.

    Example:
        >>> int(first_day(1970 * 12 + 1))
        31
    """
    return (np.asarray(month) - _EPOCH).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def days_in(month: np.ndarray | int) -> np.ndarray:
    """Days in each month number."""
    return first_day(np.asarray(month) + 1) - first_day(month)


def month_of(day: np.ndarray | int) -> np.ndarray:
    """Month number of each day."""
    return np.asarray(day).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + _EPOCH


def iso(days: np.ndarray) -> list[str]:
    """ISO dates; days at or past ``NEVER`` become empty."""
    values = np.asarray(days, dtype=np.int64)
    open_ended = values >= NEVER
    text = np.where(open_ended, 0, values).astype("datetime64[D]").astype(str)
    return np.where(open_ended, "", text).tolist()


def iso_month(months: np.ndarray) -> list[str]:
    """ISO date of the first day of each month number."""
    return iso(first_day(months))


@dataclass(frozen=True)
class Window:
    """The months the sample covers.

    Attributes:
        start: First month number.
        months: How many months.
    """

    start: int
    months: int

    @property
    def end(self) -> int:
        """Last month number."""
        return self.start + self.months - 1

    @property
    def last_day(self) -> int:
        """Last day of the last month: nothing posted or recorded later is in the files."""
        return int(first_day(self.end + 1)) - 1

    @property
    def start_year(self) -> int:
        """Calendar year of the first month."""
        return self.start // 12

    @property
    def end_year(self) -> int:
        """Calendar year of the last month."""
        return self.end // 12

    @property
    def end_text(self) -> str:
        """Last month as ``YYYY-MM``."""
        return f"{self.end // 12}-{self.end % 12 + 1:02d}"


def window_of(end: str, months: int) -> Window:
    """The window that ends with ``end`` and has ``months`` months.

    Args:
        end: ``YYYY-MM``.
        months: 13 to 360.

    Raises:
        WrongUse: ``end`` is no month, or ``months`` is out of bounds.

    Example:
        >>> window_of("2026-12", 120).start_year
        2017
    """
    try:
        last = date.fromisoformat(f"{end}-01")
    except ValueError:
        what = "--end must be a month written YYYY-MM"
        raise WrongUse(what, where="opdrift sample", remedy="Write for example --end 2026-12") from None
    number = last.year * 12 + last.month - 1
    if not 13 <= months <= 360 or last.year > 2050 or number - months + 1 < 1992 * 12:
        what = f"--months is {months} and --end {end}; months lie between 13 and 360, the window between 1992 and 2050"
        raise WrongUse(what, where="opdrift sample", remedy="Choose other values")
    return Window(number - months + 1, months)
