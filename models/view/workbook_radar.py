"""Who reaches 18 and 23, as a sheet of the follow-up's workbook: sums by period, and the committees they leave and enter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.view.citizens_tables import ALL, left_labels, period_label
from models.view.follow_up_wording import hidden_word
from models.view.run import price_level_text, rows_of
from models.view.sheets import AMOUNT, add_row, header_of, say_if_empty, set_widths, strengthen, title_of, whole

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from models.view.language import Language
    from models.view.run import RunView
    from models.view.sheets import Value

_KEYS = ["age", "period", "from_committee", "to_committee"]


def add_radar(sheet: Worksheet, run: RunView, language: Language) -> None:
    """Years and quarters of those who reach an age, by the services they are expected to enter.

    Args:
        sheet: An empty sheet.
        run: The published run.
        language: Words.
    """
    t = language.text
    title_of(sheet, t("Fylder 18 eller 23 år, {unit}", unit=price_level_text(language, run.price_level)), [])
    amounts = (t("Udgift på et helt år"), t("Nedre (1 ud af 10 under)"), t("Øvre (1 ud af 10 over)"))
    keys = (t("Fylder"), t("Periode"), t("Fra udvalg"), t("Til udvalg"), t("Indsats"))
    header_of(sheet, [*keys, t("Borgere, der når alderen"), t("Ventes videre"), *amounts])
    table = run.tables["transition_radar"]
    for row in rows_of(table.sort_values(_KEYS, kind="stable")):
        everybody = row.to_service == ALL
        named = t("Alle") if everybody else run.label(language, "service", row.to_service)
        if math.isnan(row.expected):
            values: list[Value] = [hidden_word(language)] * 5
        else:
            costs = (row.yearly_cost_real, row.yearly_cost_q10_real, row.yearly_cost_q90_real)
            values = [whole(float(row.reaching)), round(float(row.expected), 1), *(whole(float(cost)) for cost in costs)]
        period = period_label(language, str(row.period))
        cells = [int(row.age), period, str(row.from_committee), str(row.to_committee), named, *values]
        add_row(sheet, cells, ["0", "0.0", AMOUNT, AMOUNT, AMOUNT], skip=5)
        if everybody:
            strengthen(sheet, sheet.max_row, fill=False)
    say_if_empty(sheet, t("Ingen."), rows=len(table))
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
    amounts = (t("Udgift på et helt år"), t("Nedre (1 ud af 10 under)"), t("Øvre (1 ud af 10 over)"))
    keys = (t("Fylder"), t("Periode"), t("Fra udvalg"), t("Fra indsats"), t("Til udvalg"))
    header_of(sheet, [*keys, t("Borgere, der ventes"), *amounts])
    table = run.tables["transition_leaving"]
    for row in rows_of(table.sort_values(_KEYS, kind="stable")):
        if math.isnan(row.expected):
            values: list[Value] = [hidden_word(language)] * 4
        else:
            costs = (row.yearly_cost_real, row.yearly_cost_q10_real, row.yearly_cost_q90_real)
            values = [round(float(row.expected), 1), *(whole(float(cost)) for cost in costs)]
        named, to = left_labels(language, run, row)
        cells = [int(row.age), period_label(language, str(row.period)), str(row.from_committee), named, to, *values]
        add_row(sheet, cells, ["0.0", AMOUNT, AMOUNT, AMOUNT], skip=5)
        if row.from_service == ALL:
            strengthen(sheet, sheet.max_row, fill=False)
    say_if_empty(sheet, t("Ingen."), rows=len(table))
    set_widths(sheet, [8, 18, 26, 34, 26, 14, 16, 16, 16], freeze="A5")
