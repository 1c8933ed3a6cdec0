"""A block of text -> typed rows of one contract table, and the faults of its cells by rule.

T-01 unreadable, T-03 not allowed, T-05 wrong number of cells, C-01 unknown service, P-01 the shape of a CPR number. A value
that a fault names is null in the rows, so that nothing forbidden is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from data.cpr import cpr_mask, cpr_number_mask
from data.mapping_model import ColumnRule
from data.reading.cells import Cells, cells_of, cut, meant_by, translated
from data.reading.collapse import ROW_NUMBER
from data.reading.dates import first_of_month
from data.reading.derive import derived
from data.reading.period_text import service_months
from data.reading.typed import ARROW, Marks, parse
from data.schema.column import Column, Kind, Sensitivity, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.mapping_model import FileRule, TableRule
    from data.reading.block import TextBlock

_YEAR_DAYS = 366
FAULTS = pa.schema([(ROW_NUMBER, pa.int64()), ("rule_id", pa.string()), ("column_name", pa.string())])


@dataclass(frozen=True)
class Context:
    """What a block is read by, beside the block.

    Attributes:
        rule: The file's rule.
        table: The table's rule.
        contract: The table's contract.
        lists: Shared value lists.
        words: Values of the placeholders.
        services: Words that stand for a service, in lower case, with its key; grows by a service list of the file's own.
    """

    rule: FileRule
    table: TableRule
    contract: Table
    lists: dict[str, dict[str, str]]
    words: dict[str, str]
    services: dict[str, str]


@dataclass
class Faults:
    """Faults of one block, by row, rule and column."""

    row_numbers: pa.Array
    parts: list[pa.Table] = field(default_factory=list)

    def add(self, rule_id: str, column: str, rows: pa.Array) -> None:
        """Record ``rule_id`` on ``column`` for the rows (bool) that break it."""
        numbers = self.row_numbers.filter(pc.fill_null(rows, fill_value=False))
        if len(numbers):
            columns = [numbers, *(pa.array([word] * len(numbers), pa.string()) for word in (rule_id, column))]
            self.parts.append(pa.Table.from_arrays(columns, schema=FAULTS))

    def table(self) -> pa.Table:
        """All of them."""
        return pa.concat_tables(self.parts) if self.parts else FAULTS.empty_table()


def typed_rows(block: TextBlock, context: Context) -> tuple[pa.Table, pa.Table]:
    """Typed rows of one table out of a block, and the faults of their cells.

    Args:
        block: Physical rows as text.
        context: How they are read.

    Returns:
        Rows (columns of the contract that the mapping fills, and ``row_number``) and faults.
    """
    faults = Faults(block.row_numbers)
    faults.add("T-05", "", block.misshapen)
    for test in context.table.set_aside:
        faults.add(test.rule, test.column, meant_by(block, test))
    arrays: dict[str, pa.Array] = {}
    for column, rule in _filled(block, context):
        cells = _cells(block, rule, context)
        arrays[column.name] = _typed(cells, column, rule, context, faults)
    if "service_month" in context.contract.names:
        _find_service_month(block, context, arrays, faults)
    names = [name for name in context.contract.names if name in arrays]
    columns = [pc.if_else(block.misshapen, pa.scalar(None, arrays[name].type), arrays[name]) for name in names]
    return pa.Table.from_arrays([*columns, block.row_numbers], names=[*names, ROW_NUMBER]), faults.table()


def _filled(block: TextBlock, context: Context) -> Iterator[tuple[Column, ColumnRule]]:
    """The contract's columns with their rules; an optional column that the file hasn't is left out."""
    for column in context.contract.columns:
        rule = context.table.columns.get(column.name)
        if rule is None and context.table.same_names:
            rule = ColumnRule.model_validate({"from": column.name})
        if rule is None:
            rule = ColumnRule(constant=None)
        there = rule.constant is not None or rule.default is not None or any(name in block.columns for name in rule.source)
        if there or not column.optional_column:
            yield column, rule


def _cells(block: TextBlock, rule: ColumnRule, context: Context) -> Cells:
    if rule.derive is not None:
        found = derived(rule.derive, [block.text(header) for header in rule.source], context.services)
        kept = cut(found.text, rule)
        return Cells(kept.text, pc.or_(found.unreadable, kept.unreadable))
    if rule.constant is None and not rule.source:
        nothing = pa.nulls(block.length, pa.string())
        return Cells(nothing, pc.is_valid(nothing))
    return cells_of(block, rule, context.lists, context.words)


def _typed(cells: Cells, column: Column, rule: ColumnRule, context: Context, faults: Faults) -> pa.Array:
    unreadable = cells.unreadable
    if column.kind is Kind.TEXT:
        faults.add("T-01", column.name, unreadable)
        return _checked_text(cells.text, column, context, faults)
    dates = ("%Y-%m-%d",) if rule.derive else (*rule.dates, *context.rule.dates)
    marks = Marks(context.rule.decimal, context.rule.thousands, dates)
    values = parse(cells.text, column.kind, marks, factor=rule.factor)
    forbidden = _cpr_as_number(values, column)
    faults.add("P-01", column.name, forbidden)
    faults.add("T-01", column.name, pc.or_(unreadable, pc.and_(pc.is_valid(cells.text), pc.is_null(values))))
    return pc.if_else(forbidden, pa.scalar(None, ARROW[column.kind]), values)


def _checked_text(text: pa.Array, column: Column, context: Context, faults: Faults) -> pa.Array:
    if column.sensitivity is Sensitivity.IDENTIFIER:
        return text
    forbidden = cpr_mask(text, prose=column.prose)
    faults.add("P-01", column.name, forbidden)
    kept = pc.if_else(forbidden, pa.scalar(None, pa.string()), text)
    if column.name == "service" and context.contract.name != "service_list":
        known = pc.is_in(pc.utf8_lower(kept), pa.array(list(context.services), pa.string()))
        faults.add("C-01", column.name, pc.and_(pc.is_valid(kept), pc.invert(known)))
        return pc.if_else(known, translated(kept, context.services), pa.scalar(None, pa.string()))
    if not column.allowed and not column.pattern:
        return kept
    if column.allowed:
        fits = pc.is_in(kept, pa.array(column.allowed, pa.string()))
    else:
        fits = pc.match_substring_regex(kept, f"^(?:{column.pattern})$")
    faults.add("T-03", column.name, pc.and_(pc.is_valid(kept), pc.invert(fits)))
    return pc.if_else(fits, kept, pa.scalar(None, pa.string()))


def _cpr_as_number(values: pa.Array, column: Column) -> pa.Array:
    """Numbers in the shape of a CPR number where no true value is that large."""
    if column.kind not in {Kind.WHOLE, Kind.MONEY, Kind.NUMBER}:
        return pa.array([False] * len(values), pa.bool_())
    low, high = (float(bound) if bound else None for bound in (column.low, column.high))
    found = cpr_number_mask(pa.chunked_array([values]), low=low, high=high)
    return found.combine_chunks()


def _find_service_month(block: TextBlock, context: Context, arrays: dict[str, pa.Array], faults: Faults) -> None:
    """Fill ``service_month`` from its own column, a period in the text, or the rule that the mapping states."""
    table = context.table
    if "service_month" not in arrays and not table.service_text and not table.assume_service_month:
        return
    nothing = pa.nulls(block.length, pa.date32())
    month = arrays.get("service_month", nothing)
    basis = arrays.get("service_month_basis", pa.nulls(block.length, pa.string()))
    basis = pc.if_else(pc.is_valid(month), pc.fill_null(basis, "column"), pa.scalar(None, pa.string()))
    broken = _rows_with_fault(faults, "service_month")
    steps = []
    if table.service_text:
        steps.append(("text", lambda: _months_in_text(_only(block.text(table.service_text), pc.is_null(month)), arrays)))
    if table.assume_service_month:
        steps.append(("assumed", lambda: first_of_month(arrays[table.assume_service_month])))
    for word, find in steps:
        open_ = pc.and_not(pc.is_null(month), broken)
        found = pc.if_else(open_, find(), pa.scalar(None, pa.date32()))
        basis = pc.if_else(pc.is_valid(found), word, basis)
        month = pc.coalesce(month, found)
    arrays["service_month"], arrays["service_month_basis"] = month, basis


def _months_in_text(text: pa.Array, arrays: dict[str, pa.Array]) -> pa.Array:
    """Periods that the text names, from five years before the posting to one year after: anything else is another number."""
    months = service_months(text)
    posted = arrays.get("posted_on")
    if posted is None:
        return months
    days = pc.cast(pc.days_between(months, posted), pa.int64())
    near = pc.and_(pc.greater_equal(days, -_YEAR_DAYS), pc.less_equal(days, 5 * _YEAR_DAYS))
    return pc.if_else(pc.fill_null(near, pc.is_valid(months)), months, pa.scalar(None, pa.date32()))


def _only(text: pa.Array, rows: pa.Array) -> pa.Array:
    return pc.if_else(rows, text, pa.scalar(None, pa.string()))


def _rows_with_fault(faults: Faults, column: str) -> pa.Array:
    numbers = [part[ROW_NUMBER].combine_chunks() for part in faults.parts if part["column_name"][0].as_py() == column]
    broken = pa.concat_arrays(numbers) if numbers else pa.array([], pa.int64())
    return pc.is_in(faults.row_numbers, broken)
