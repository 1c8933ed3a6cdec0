"""Invoices that came beside those expected, as the page Data writes them."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from models.view.language import Language
from models.view.late_invoices import development_table

ROWS = [
    ("private", "2026-11-01", 11e6, 10e6, 0.5, 2.5, ""),
    ("private", "2026-12-01", 9e6, 10e6, 0.5, -0.4, ""),
    ("region", "2026-12-01", None, None, None, None, "primary"),
    ("person", "2026-10-01", 1e6, 1e6, None, None, ""),
]


def shown(rows: list[tuple[object, ...]]):
    columns = ["payee_kind", "month", "actual", "expected", "standard_error", "z", "mask"]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:6], "float64"))
    run = SimpleNamespace(tables={"completion_development": table.assign(month=pd.to_datetime(table["month"]))})
    return development_table(run, Language("da"))


def test_newest_first_with_a_verdict_in_words() -> None:
    found = shown(ROWS)
    assert found.rows[0] == ("december 2026", "Private", "9,00", "10,00", "−1,00", "som ventet")
    assert found.rows[2] == ("november 2026", "Private", "11,00", "10,00", "+1,00", "usædvanligt meget")
    assert found.rows[3][-1] == "for få måneder til at vurdere"
    assert "mio. kr." in found.caption


def test_what_rests_on_few_is_hidden() -> None:
    assert shown(ROWS).rows[1] == ("december 2026", "Regioner", "–", "–", "–", "skjult: for få borgere")


def test_no_completion_is_no_table() -> None:
    assert shown([]) is None
