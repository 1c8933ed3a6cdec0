"""What every sheet of the follow-up's workbook is made of: title, heads, rows, number formats, widths."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
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


def strengthen(sheet: Worksheet, at: int, *, fill: bool) -> None:
    """Write a row bold; filled where it is a sum."""
    for cell in sheet[at]:
        cell.font = Font(bold=True)
        if fill:
            cell.fill = _SUM


def set_widths(sheet: Worksheet, widths: Sequence[int], *, freeze: str) -> None:
    """Widths of the columns, the frozen corner, and how the sheet prints."""
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = freeze
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "4:4"
