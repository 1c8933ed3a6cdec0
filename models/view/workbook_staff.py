"""Sheets of the follow-up's workbook with what staff themselves wrote: their adjustments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.view.adjustment_tables import adjustment_cells, adjustments_note, adjustments_of
from models.view.follow_up_wording import hidden_word
from models.view.run import NOMINAL, price_level_text, rows_of
from models.view.sheets import AMOUNT, SIGNED, add_row, header_of, set_widths, strengthen, title_of, whole
from models.view.year_result import results

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from models.view.language import Language
    from models.view.run import RunView
    from models.view.sheets import Value


def add_adjustments(sheet: Worksheet, run: RunView, language: Language, year: int) -> None:
    """The year with and without staff's adjustments, and every adjustment with its reason.

    Args:
        sheet: An empty sheet.
        run: The published run.
        language: Words.
        year: Accounting year.
    """
    t = language.text
    unit = price_level_text(language, NOMINAL)
    title_of(sheet, t("Kendte kommende hændelser {year}, {unit}", year=year, unit=unit), [adjustments_note(language)])
    heads = [t("Forventet uden justeringer"), t("Justeringer"), t("Forventet med"), t("Afvigelse uden"), t("Afvigelse med")]
    header_of(sheet, [t("Udvalg, ramme og indsats"), *heads])
    for row in results(run, language, year):
        moves = row["adjusted"]
        amounts = (row["mean"] - moves, moves, row["mean"], row["deviation_mean"] - moves, row["deviation_mean"])
        values: list[Value] = [hidden_word(language)] * 5 if row.hidden else [whole(amount) for amount in amounts]
        if row.hidden or moves:
            add_row(sheet, [row.label, *values], [AMOUNT, SIGNED, AMOUNT, SIGNED, SIGNED], skip=1)
            if row.level in {"total", "committee"}:
                strengthen(sheet, sheet.max_row, fill=True)
    sheet.append([])
    header_of(
        sheet,
        [
            t("Gælder"),
            t("Flytter {year}", year=year),
            t("Slags"),
            t("I kraft"),
            t("Skrevet som"),
            t("Begrundelse"),
            t("Af"),
            t("Status"),
        ],
    )
    for item in rows_of(adjustments_of(run, year)):
        where, kind, when, written, _, why, who, standing = adjustment_cells(language, run, item, "")
        add_row(sheet, [where, whole(float(item.moves)), kind, when, written, why, who, standing], [SIGNED], skip=1)
    set_widths(sheet, [46, 22, 22, 22, 30, 46, 32, 34], freeze="B5")
