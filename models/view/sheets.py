"""What every sheet of the follow-up's workbook is made of: title, heads, rows, number formats, widths."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import TYPE_CHECKING

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from models.view.tables import no_formula

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

    Value = str | float | int | None

AMOUNT, SIGNED, SHARE = "#,##0", "+#,##0;-#,##0;0", "0 %"
_HEAD = PatternFill("solid", fgColor="FF1D3A5F")
_SUM = PatternFill("solid", fgColor="FFE4EBF3")
_LINE_HEIGHT = 15.0
"""Points."""
_BOLD = 1.15
"""How much wider bold letters are."""
_A3, _A4, _WIDEST_ON_A4 = 8, 9, 240
"""Paper by its number in the file format, and how many characters still are read on A4."""
_LINE = Border(bottom=Side(style="thin", color="FFB8C2CE"))


def whole(value: float) -> float | None:
    """Whole currency; nothing where it is not known."""
    return None if math.isnan(value) else round(value)


def title_of(sheet: Worksheet, title: str, notes: Sequence[str]) -> None:
    """Title in the first row, notes below."""
    sheet.append([_safe(title)])
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.append([_safe(" ".join(notes))])
    sheet.append([])


def header_of(sheet: Worksheet, names: Sequence[str]) -> None:
    """A row of heads."""
    sheet.append([_safe(name) for name in names])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")


def add_row(sheet: Worksheet, values: Sequence[Value], formats: Sequence[str], *, skip: int = 2) -> None:
    """Append a row; what begins like a formula is text, figures from column ``skip`` on take their formats."""
    sheet.append([_safe(value) for value in values])
    for place, cell in enumerate(sheet[sheet.max_row]):
        cell.border = _LINE
        if place >= skip and place - skip < len(formats):
            _format(cell, formats[place - skip])


def _format(cell: Cell | MergedCell, number_format: str) -> None:
    if isinstance(cell.value, str):
        cell.alignment = Alignment(horizontal="right")
    else:
        cell.number_format = number_format


def _safe(value: Value) -> Value:
    return no_formula(value) if isinstance(value, str) else value


def say_if_empty(sheet: Worksheet, text: str, *, rows: int) -> None:
    """A line of its own where there is nothing to list: an empty table looks like a fault."""
    if not rows:
        sheet.append([_safe(text)])


def strengthen(sheet: Worksheet, at: int, *, fill: bool) -> None:
    """Write a row bold; filled where it is a sum."""
    for cell in sheet[at]:
        cell.font = Font(bold=True)
        if fill:
            cell.fill = _SUM


def set_widths(sheet: Worksheet, widths: Sequence[int], *, freeze: str, tables: int = 1) -> None:
    """Finish a sheet: widths of the columns, heights of the rows that wrap, the frozen corner, and how it prints.

    Heights are set because not every program finds them: LibreOffice draws wrapped lines over one another without.

    Args:
        sheet: Filled.
        widths: Of its columns, characters.
        freeze: The cell below and right of what stays in sight.
        tables: One below the other; only of a single one the head is repeated on every page.
    """
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    _spread_notes(sheet, widths)
    for row in sheet.iter_rows(min_row=3):
        lines = [_lines(cell, widths[place]) for place, cell in enumerate(row[: len(widths)])]
        _heads_over_figures(sheet, row)
        if max(lines, default=1) > 1:
            sheet.row_dimensions[row[0].row or 0].height = _LINE_HEIGHT * max(lines)
    sheet.freeze_panes = freeze
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A3 if sum(widths) > _WIDEST_ON_A4 else _A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    if sheet.oddFooter is not None:
        sheet.oddFooter.center.text = "&A · &P/&N"
    if tables == 1:
        sheet.print_title_rows = "4:4"


def _heads_over_figures(sheet: Worksheet, row: Sequence[Cell | MergedCell]) -> None:
    """Heads stand over their figures: to the right where those do."""
    for cell in row:
        below = sheet.cell((cell.row or 0) + 1, cell.column or 1)
        to_the_right = isinstance(below.value, int | float) or below.alignment.horizontal == "right"
        if cell.fill.fgColor.rgb == _HEAD.fgColor.rgb and to_the_right:
            cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="right")


def _spread_notes(sheet: Worksheet, widths: Sequence[int]) -> None:
    """The notes below the title over all columns: a line that runs out of the sheet makes its print tiny."""
    notes = sheet.cell(2, 1)
    if not notes.value:
        return
    notes.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[2].height = _LINE_HEIGHT * _lines(notes, sum(widths))
    if len(widths) > 1:
        sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=len(widths))


def _lines(cell: Cell | MergedCell, width: float) -> int:
    """Lines that a cell wraps to in a column of so many characters."""
    if not isinstance(cell.value, str) or cell.alignment is None or not cell.alignment.wrap_text:
        return 1
    room = width / (_BOLD if cell.font is not None and cell.font.bold else 1.0) - 1
    return max(len(wrap(cell.value, max(int(room), 1))), 1)
