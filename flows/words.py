"""Numbers as the command line writes them: English, in words' width; the pages write Danish."""

from __future__ import annotations


def whole(value: float) -> str:
    """A count.

    Example:
        >>> whole(1234567)
        '1,234,567'
    """
    return f"{value:,.0f}"


def amount(value: float | None, currency: str, *, sign: bool = False) -> str:
    """An amount in millions; what is masked or unknown is said.

    Example:
        >>> amount(1234567890.0, "DKK"), amount(-50_000.0, "DKK", sign=True), amount(None, "DKK")
        ('1,234.6 m DKK', '-0.1 m DKK', 'not shown')
    """
    if value is None:
        return "not shown"
    return f"{value / 1e6:{'+' if sign else ''},.1f} m {currency}"


def share(value: float | None) -> str:
    """A share in per cent.

    Example:
        >>> share(0.123), share(None)
        ('12 %', 'not shown')
    """
    return "not shown" if value is None else f"{value * 100:.0f} %"
