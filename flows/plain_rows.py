"""Rows of tables as JSON has them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd


def plain(row: dict[Any, Any]) -> dict[str, Any]:
    """JSON's own types; what is missing becomes null.

    Example:
        >>> plain({"cost": Decimal("1.5"), "chance": float("nan"), "day": date(2026, 12, 31)})
        {'cost': 1.5, 'chance': None, 'day': '2026-12-31'}
    """
    plain: dict[str, Any] = {}
    for name, value in row.items():
        if pd.isna(value):
            plain[str(name)] = None
        elif isinstance(value, date):
            plain[str(name)] = value.isoformat()
        elif isinstance(value, Decimal):
            plain[str(name)] = float(value)
        else:
            plain[str(name)] = value.item() if hasattr(value, "item") else value
    return plain
