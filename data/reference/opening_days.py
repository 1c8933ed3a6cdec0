"""Danish opening days: the days on which a day programme (Serviceloven §§ 103 and 104) is taken to be open.

Rule: Monday to Friday, without the Danish public holidays, 5 June, 24 December and 31 December. Great Prayer Day is a holiday
until 2023 (Lov om konsekvenser ved afskaffelsen af store bededag, from 1 January 2024). Summer closing is not known and
not assumed. Whether a service bills opening days or calendar days is decided by its own ledger (``data.extracts``).
"""

from __future__ import annotations

from datetime import date, timedelta

_LAST_PRAYER_DAY = 2023


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous computus, Nature 1876).

    Example:
        >>> easter_sunday(2024).isoformat(), easter_sunday(2026).isoformat()
        ('2024-03-31', '2026-04-05')
    """
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    (i, k) = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def closed_days(year: int) -> frozenset[date]:
    """Weekdays and other days of ``year`` on which a day programme is taken to be closed, weekends apart.

    Example:
        >>> date(2023, 5, 5) in closed_days(2023), date(2024, 4, 26) in closed_days(2024)
        (True, False)
    """
    easter = easter_sunday(year)
    moving = [-3, -2, 1, 39, 50, *([26] if year <= _LAST_PRAYER_DAY else [])]
    fixed = [(1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31)]
    return frozenset({easter + timedelta(days=days) for days in moving} | {date(year, *day) for day in fixed})


def is_open(day: date) -> bool:
    """Whether a day programme is taken to be open on ``day``.

    Example:
        >>> is_open(date(2026, 4, 2)), is_open(date(2026, 4, 7)), is_open(date(2026, 4, 11))
        (False, True, False)
    """
    return day.weekday() < 5 and day not in closed_days(day.year)


def opening_days(year: int, month: int) -> int:
    """Number of opening days of a month.

    Example:
        >>> opening_days(2026, 4), opening_days(2026, 12)
        (19, 20)
    """
    first = date(year, month, 1)
    return sum(is_open(first + timedelta(days=days)) for days in range(31) if (first + timedelta(days=days)).month == month)
