"""Who reaches 18 and 23, as a sheet of the follow-up's workbook: sums by period, and the committees they leave and enter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from models.view.citizens_tables import ALL, left_labels, period_label
from models.view.follow_up_wording import hidden_word, radar_unknown
from models.view.run import price_level_text, rows_of
from models.view.sheets import AMOUNT, add_row, header_of, say_if_empty, set_widths, strengthen, title_of, whole

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from models.view.language import Language
    from models.view.run import RunView
    from models.view.sheets import Value

_KEYS = ["age", "period", "from_committee", "to_committee"]
_FORMS = ["0.0", AMOUNT, AMOUNT, AMOUNT]


def add_radar(sheet: Worksheet, run: RunView, language: Language) -> None:
    """Years and quarters of those who reach an age, by the services they are expected to enter.

    Args:
        sheet: An empty sheet.
        run: The published run.
        language: Words.
    """
    t = language.text
    title_of(sheet, t("Fylder 18 eller 23 år, {unit}", unit=price_level_text(language, run.price_level)), [])
    heads = (t("Fylder"), t("Periode"), t("Fra udvalg"), t("Til udvalg"), t("Indsats"))
    header_of(sheet, [*heads, t("Borgere, der når alderen"), t("Ventes videre"), *_amounts(language)])
    table = run.tables["transition_radar"]
    for row in rows_of(table.sort_values(_KEYS, kind="stable")):
        everybody = row.to_service == ALL
        named = t("Alle") if everybody else run.label(language, "service", row.to_service)
        reaching: Value = hidden_word(language) if math.isnan(row.expected) else whole(float(row.reaching))
        period = period_label(language, str(row.period))
        keys: list[Value] = [int(row.age), period, str(row.from_committee), str(row.to_committee), named]
        add_row(sheet, [*keys, reaching, *_expected(row, language)], ["0", *_FORMS], skip=5)
        if everybody:
            strengthen(sheet, sheet.max_row, fill=False)
    say_if_empty(sheet, radar_unknown(language, run) or t("Ingen."), rows=len(table))
    set_widths(sheet, [8, 18, 26, 26, 34, 14, 12, 16, 16, 16], freeze="A5")


def add_leaving(sheet: Worksheet, run: RunView, language: Language) -> None:
    """The other side: the services that they leave, and where they go.

    Args:
        sheet: An empty sheet.
        run: The published run.
        language: Words.
    """
    t = language.text
    title_of(sheet, t("Ud ved 18 og 23 år, {unit}", unit=price_level_text(language, run.price_level)), [])
    heads = (t("Fylder"), t("Periode"), t("Fra udvalg"), t("Fra indsats"), t("Til udvalg"))
    header_of(sheet, [*heads, t("Borgere, der ventes"), *_amounts(language)])
    table = run.tables["transition_leaving"]
    for row in rows_of(table.sort_values(_KEYS, kind="stable")):
        period = period_label(language, str(row.period))
        keys: list[Value] = [int(row.age), period, str(row.from_committee), *left_labels(language, run, row)]
        add_row(sheet, [*keys, *_expected(row, language)], _FORMS, skip=5)
        if row.from_service == ALL:
            strengthen(sheet, sheet.max_row, fill=False)
    say_if_empty(sheet, radar_unknown(language, run) or t("Ingen."), rows=len(table))
    set_widths(sheet, [8, 18, 26, 34, 26, 14, 16, 16, 16], freeze="A5")


def _amounts(language: Language) -> tuple[str, str, str]:
    t = language.text
    return t("Udgift på et helt år"), t("Nedre (1 ud af 10 under)"), t("Øvre (1 ud af 10 over)")


def _expected(row: Any, language: Language) -> list[Value]:  # noqa: ANN401  (a row of a frame)
    """Citizens expected, and a full year's cost with its interval; hidden ones in words."""
    if math.isnan(row.expected):
        return [hidden_word(language)] * len(_FORMS)
    costs = (row.yearly_cost_real, row.yearly_cost_q10_real, row.yearly_cost_q90_real)
    return [round(float(row.expected), 1), *(whole(float(cost)) for cost in costs)]
