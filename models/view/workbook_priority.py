"""A weighed portfolio as a workbook (xlsx): options, frames, the curve, and what it rests on."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook

from models.view.origin_words import origin_of_all
from models.view.priority_tables import curve_table, frames_table, options_table
from models.view.priority_words import found_by, result_sentence, robust_sentence, worked_example
from models.view.run import price_level_text
from models.view.sheets import add_row, header_of, set_widths, title_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.priority.prioritise import Prioritised
    from models.view.language import Language
    from models.view.run import RunView
    from models.view.tables import Shown


def priority_workbook(found: Prioritised, run: RunView, language: Language, more: Sequence[tuple[str, Shown]] = ()) -> bytes:
    """Write the choice, the frames, the curve and further tables, each on a sheet of its own.

    Args:
        found: The weighed portfolio.
        run: The run.
        language: Headings and words.
        more: Further tables with their sheet's name (ratings, hearing answers).

    Returns:
        The file; the same run, portfolio and language give the same cells.
    """
    t = language.text
    unit = t("{unit}, {level}", unit=language.money_unit, level=price_level_text(language, found.price_level))
    tables = [
        (t("Muligheder"), options_table(found, language, t("Muligheder, {unit}", unit=unit))),
        (t("Rammer"), frames_table(found, language, t("Rammer før og efter, {unit}", unit=unit))),
        (t("Økonomi og borgere"), curve_table(found, language, t("Bedste valg ved hver vægt, {unit}", unit=unit))),
        *more,
    ]
    said = (sentence(found, language) for sentence in (result_sentence, found_by, robust_sentence))
    notes = [found.portfolio.name, worked_example(language), *said]
    return shown_workbook(tables, language, notes, [run])


def shown_workbook(
    tables: Sequence[tuple[str, Shown]], language: Language, notes: Sequence[str], runs: Sequence[RunView]
) -> bytes:
    """Tables as sheets, as the page shows them; the last sheet says what they rest on. No cell can become a formula."""
    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    for name, shown in tables:
        sheet = book.create_sheet(name[:31])
        title_of(sheet, shown.caption, [])
        header_of(sheet, shown.header)
        for row in shown.rows:
            add_row(sheet, row, [], skip=len(row))
        widths = [
            max(12, min(60, max(len(row[place]) for row in (shown.header, *shown.rows)) + 2))
            for place in range(len(shown.header))
        ]
        set_widths(sheet, widths, freeze="B5")
    about = book.create_sheet(language.text("Grundlag"))
    title_of(about, language.text("Hvad tallene hviler på"), [])
    for note in (*notes, language.text("Resultater er skøn.")):
        add_row(about, (note,), [], skip=1)
    for name, value in origin_of_all(runs, language):
        add_row(about, (f"{name}: {value}",), [], skip=1)
    set_widths(about, [120], freeze="A2")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
