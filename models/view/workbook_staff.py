"""Sheets of the follow-up's workbook with what staff themselves wrote: their adjustments, and their own earlier estimates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.view.adjustment_tables import adjustment_cells, adjustments_note, adjustments_of
from models.view.estimate_tables import (
    estimates_note,
    is_missing,
    missing_sentence,
    missing_word,
    months_without_ours,
    nearer_word,
    record_sentence,
)
from models.view.follow_up_wording import hidden_word
from models.view.run import NOMINAL, price_level_text, rows_of
from models.view.sheets import AMOUNT, SIGNED, add_row, header_of, say_if_empty, set_widths, strengthen, title_of, whole
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
    listed = adjustments_of(run, year)
    for row in results(run, language, year) if len(listed) else ():
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
    for item in rows_of(listed):
        where, kind, when, written, _, why, who, standing = adjustment_cells(language, run, item._asdict(), "")
        add_row(sheet, [where, whole(float(item.moves)), kind, when, written, why, who, standing], [SIGNED], skip=1)
    say_if_empty(sheet, t("Ingen."), rows=len(listed))
    set_widths(sheet, [46, 22, 22, 22, 30, 46, 32, 34], freeze="B5", tables=2)


def add_estimates(sheet: Worksheet, run: RunView, language: Language) -> None:
    """Staff's own estimates of every year beside ours, with errors where the accounts are known.

    Args:
        sheet: An empty sheet.
        run: The published run.
        language: Words.
    """
    t = language.text
    table, missing = run.tables["staff_estimates"], months_without_ours(run)
    said = [record_sentence(language, run), missing_sentence(language, run, table)]
    notes = [*(sentence for sentence in said if sentence is not None), estimates_note(language)]
    title_of(sheet, t("Egne skøn ved siden af, {unit}", unit=price_level_text(language, NOMINAL)), notes)
    amounts = (
        t("Eget skøn"), t("Fremskrivningen"), t("Nedre (1 ud af 10 under)"), t("Øvre (1 ud af 10 over)"), t("Regnskab"),
        t("Eget skøns fejl"), t("Fremskrivningens fejl"),
    )  # fmt: skip
    shares = (t("Eget skøns fejl, andel"), t("Fremskrivningens fejl, andel"))
    header_of(sheet, [t("Gælder"), t("År"), t("Kendt til og med"), *amounts, *shares, t("Nærmest"), t("Lavet bagefter")])
    names = ("staff", "ours", "ours_q10", "ours_q90", "actual", "staff_error", "ours_error")
    formats = ["0", "@", *[AMOUNT] * 5, SIGNED, SIGNED, _PERCENT, _PERCENT]
    for row in rows_of(table.sort_values(["year", "level", "member", "follow_up_on"])):
        facts = row._asdict()
        values: list[Value] = [whole(float(facts[name])) for name in names]
        values += [_share(facts[name], row.actual) for name in ("staff_error", "ours_error")]
        if row.mask:
            values = [hidden_word(language)] * len(values)
        made = missing_word(language) if is_missing(row, missing) else t("ja") if row.ours_remade else t("nej")
        head: list[Value] = [run.label(language, row.level, row.member), int(row.year), language.month(row.follow_up_on)]
        add_row(sheet, [*head, *values, nearer_word(language, None if row.mask else row.nearer), made], formats, skip=1)
    say_if_empty(sheet, t("Ingen."), rows=len(table))
    set_widths(sheet, [46, 8, 20, *[17] * 7, 12, 12, 18, 14], freeze="D5")


_PERCENT = "+0.0 %;-0.0 %;0.0 %"


def _share(miss: float, actual: float) -> float | None:
    return None if math.isnan(miss) or not actual else round(miss / abs(actual), 4)
