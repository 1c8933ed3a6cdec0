"""The workbook's sheet of price and quantity: kinds of provider, the share curve and large providers of every member."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from models.view.follow_up_wording import hidden_word, prices_unknown
from models.view.provider_tables import (
    LAST,
    curve_of,
    kind_label,
    price_note,
    provider_label,
    providers_of,
)
from models.view.run import rows_of
from models.view.sheets import AMOUNT, add_row, header_of, say_if_empty, set_widths, title_of, whole
from models.view.year_result import results

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from models.view.language import Language
    from models.view.run import RunView
    from models.view.sheets import Value
    from models.view.year_result import Result

_SHARE, _GROWTH = "0.0 %", "+0.0 %;-0.0 %;0.0 %"
_FIGURES = (
    "cost_share", "volume_share", "price_per_year", "price_growth", "index_growth", "above_index", "billed_per_agreed",
    "n_citizens",
)  # fmt: skip
_FORMATS = (_SHARE, _SHARE, AMOUNT, _GROWTH, _GROWTH, _GROWTH, "0.000", "0")


def add_prices(sheet: Worksheet, run: RunView, language: Language, year: int) -> None:
    """Kinds of provider of every member and period, then the share curve, then the large providers of every frame.

    Args:
        sheet: An empty sheet.
        run: The published run.
        language: Words.
        year: Accounting year, whose members and order are used.
    """
    t = language.text
    title_of(sheet, t("Pris og mængde"), [price_note(language)])
    heads = (
        t("Leverandør"), t("Periode"), t("Andel af udgiften"), t("Andel af helårsborgere"), t("Pris pr. helårsborger"),
        t("Prisstigning, samme borgere"), t("Indeks"), t("Over indekset"), t("Betalt pr. aftalt krone"), t("Borgere"),
    )  # fmt: skip
    header_of(sheet, [t("Udvalg, ramme og indsats"), *heads])
    members = results(run, language, year)
    for member in members:
        _kinds(sheet, run, language, member)
    say_if_empty(sheet, prices_unknown(language, run) or t("Ingen."), rows=len(run.tables["provider_types"]))
    sheet.append([])
    header_of(sheet, [t("Udvalg, ramme og indsats"), t("Borgere, de dyreste først"), t("Antal"), t("Andel af udgiften")])
    for member in members:
        for row in rows_of(curve_of(run, member.level, member.member)):
            own: list[Value] = [hidden_word(language)] * 2 if row.mask else [int(row.n_top), round(float(row.cost_share), 4)]
            add_row(sheet, [member.label, t("De dyreste {n} %", n=row.top_pct), *own], ["0", _SHARE])
    sheet.append([])
    header_of(sheet, [t("Ramme (bevilling)"), t("Leverandør"), t("Slags"), t("Andel af udgiften"), t("Borgere")])
    for member in members:
        for row in rows_of(providers_of(run, member.member)) if member.level == "frame" else ():
            share: Value = hidden_word(language) if row.mask else round(float(row.cost_share), 4)
            citizens: Value = None if row.mask or pd.isna(row.n_citizens) else int(row.n_citizens)
            kind = kind_label(language, row.provider_type)
            add_row(sheet, [member.label, provider_label(language, row), kind, share, citizens], [_SHARE, "0"], skip=3)
    set_widths(sheet, [46, 26, 22, *[15] * 8], freeze="B5", tables=3)


def _kinds(sheet: Worksheet, run: RunView, language: Language, member: Result) -> None:
    table = run.tables["provider_types"]
    own = table[(table["level"] == member.level) & (table["member"] == member.member)]
    for row in rows_of(own.sort_values(["period", "provider_type"], ascending=[False, True])):
        facts = row._asdict()
        period = language.text("seneste 12 måneder") if row.period == LAST else str(row.period)
        if row.mask:
            values: list[Value] = [hidden_word(language)] * len(_FIGURES)
        else:
            values = [None if pd.isna(facts[name]) else _figure(name, float(facts[name])) for name in _FIGURES]
        add_row(sheet, [member.label, kind_label(language, row.provider_type), period, *values], _FORMATS, skip=3)


def _figure(name: str, value: float) -> Value:
    if name in {"price_per_year", "n_citizens"} or math.isnan(value):
        return whole(value)
    return round(value, 4)
