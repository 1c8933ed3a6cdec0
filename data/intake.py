"""From a table as read to a table as landed: identifiers keyed, CPR shapes taken out, the periods it covers named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from data.cpr import cpr_mask, cpr_number_mask
from data.pseudonym import keyed, kind_of
from data.reading.typed import ARROW
from data.schema import INPUTS, Kind, Sensitivity

if TYPE_CHECKING:
    from data.reading import ReadTable
    from data.schema import Column

WHOLE_FILE = "all"
_FAULTS = pa.schema([("row_number", pa.int64()), ("rule_id", pa.string()), ("column_name", pa.string())])


@dataclass(frozen=True)
class Prepared:
    """One table of one file, ready to be stored.

    Attributes:
        table: Contract table.
        rows: Contract columns in order, then ``row_number, row_order, scope, period``; no identifier in clear.
        faults: ``row_number, rule_id, column_name``.
        coverage: ``scope, period, rows``: rows without a readable period have the period ''.
        unreadable_amounts: Rows whose money could not be read.
    """

    table: str
    rows: pa.Table
    faults: pa.Table
    coverage: pa.Table
    unreadable_amounts: int

    @property
    def periods(self) -> list[str]:
        """Periods the table covers, sorted, without the unreadable one."""
        return sorted({period for period in self.coverage["period"].to_pylist() if period})


def prepare(read: ReadTable, key: bytes, *, municipality: str) -> Prepared:
    """Make a table ready to be stored.

    Args:
        read: As the reader gave it; identifiers in clear text.
        key: Secret of ``data.pseudonym``.
        municipality: Ours: the scope of rows whose own municipality can't be read.

    Returns:
        The table without identifiers in clear and without CPR-shaped values; those are null and a fault ``P-01``.
    """
    contract = INPUTS[read.table]
    columns: dict[str, pa.ChunkedArray] = {}
    faults = [read.faults.select(_FAULTS.names).cast(_FAULTS)] if read.faults.num_rows else []
    unreadable = read.unreadable_amounts
    numbers = pc.cast(read.rows["row_number"], pa.int64())
    for column in contract.columns:
        values = _values(read.rows, column)
        if column.sensitivity is Sensitivity.IDENTIFIER:
            columns[column.name] = keyed(values, key, kind_of(column.name))
            continue
        values, shaped = _without_cpr(values, column)
        columns[column.name] = values
        if shaped is not None:
            faults.append(_p01(numbers, shaped, column.name))
            unreadable += pc.sum(shaped).as_py() if column.name == contract.amount else 0
    columns["row_number"] = numbers
    columns["row_order"] = pa.chunked_array([pa.array(range(read.rows.num_rows), pa.int64())])
    columns["scope"] = _scope(read.table, columns, municipality)
    columns["period"] = _period(read.table, columns)
    coverage = (
        pa.table({name: columns[name] for name in ("scope", "period")})
        .group_by(["scope", "period"])
        .aggregate([([], "count_all")])
    )
    return Prepared(
        table=read.table,
        rows=pa.table(columns),
        faults=pa.concat_tables(faults) if faults else _FAULTS.empty_table(),
        coverage=coverage.rename_columns(["scope", "period", "rows"]),
        unreadable_amounts=int(unreadable),
    )


def _values(rows: pa.Table, column: Column) -> pa.ChunkedArray:
    kind = ARROW[column.kind]
    if column.name not in rows.column_names:
        return pa.chunked_array([pa.nulls(rows.num_rows, kind)], kind)
    values = rows[column.name]
    return values if values.type.equals(kind) or pa.types.is_dictionary(values.type) else pc.cast(values, kind)


def _without_cpr(values: pa.ChunkedArray, column: Column) -> tuple[pa.ChunkedArray, pa.ChunkedArray | None]:
    if column.kind is Kind.TEXT:
        words = pc.dictionary_encode(values) if not pa.types.is_dictionary(values.type) else values
        words = words.unify_dictionaries()
        if (
            not words.num_chunks
            or not pc.any(cpr_mask(pa.chunked_array([words.chunk(0).dictionary]), prose=column.prose)).as_py()
        ):
            return values, None
        shaped = cpr_mask(pc.cast(words, pa.string()), prose=column.prose)
    elif column.kind in (Kind.WHOLE, Kind.MONEY, Kind.NUMBER):
        bounds = [float(bound) if bound else None for bound in (column.low, column.high)]
        shaped = cpr_number_mask(values, low=bounds[0], high=bounds[1])
    else:
        return values, None
    if not pc.any(shaped).as_py():
        return values, None
    clear = pc.cast(values, ARROW[column.kind])
    return pc.if_else(shaped, pa.scalar(None, clear.type), clear), shaped


def _p01(numbers: pa.ChunkedArray, shaped: pa.ChunkedArray, column: str) -> pa.Table:
    hit = pc.filter(numbers, shaped)
    count = len(hit)
    return pa.table([hit, pa.array(["P-01"] * count, pa.string()), pa.array([column] * count, pa.string())], schema=_FAULTS)


def _scope(table: str, columns: dict[str, pa.ChunkedArray], municipality: str) -> pa.ChunkedArray:
    own = columns.get("municipality")
    if own is not None:
        filled = pc.fill_null(pc.cast(own, pa.string()), _most_common(own) or municipality)
        return filled if isinstance(filled, pa.ChunkedArray) else pa.chunked_array([filled])
    count = len(columns["row_number"])
    word = (_most_common(columns["paying_municipality"]) or municipality) if table == "cases" else ""
    return pa.chunked_array([pa.repeat(pa.scalar(word), count)])


def _most_common(values: pa.ChunkedArray) -> str:
    found = [
        (-item["counts"], item["values"]) for item in pc.value_counts(pc.cast(values, pa.string())).to_pylist() if item["values"]
    ]
    return min(found)[1] if found else ""


def _period(table: str, columns: dict[str, pa.ChunkedArray]) -> pa.ChunkedArray:
    def text(name: str) -> pa.ChunkedArray:
        return pc.cast(_within(columns[name], INPUTS[table].column(name)), pa.string())

    match table:
        case "postings":
            period = pc.utf8_lpad(text("accounting_period"), 2, "0")
            labels = pc.binary_join_element_wise(text("accounting_year"), period, "-")
        case "case_months":
            labels = pc.utf8_slice_codeunits(text("month"), 0, 7)
        case "population":
            labels = text("date")
        case "population_projection":
            labels = pc.binary_join_element_wise(text("vintage"), pc.cast(columns["variant"], pa.string()), " ")
        case "budget":
            labels = text("year")
        case "price_index":
            labels = text("vintage")
        case _:
            return pa.chunked_array([pa.repeat(pa.scalar(WHOLE_FILE), len(columns["row_number"]))])
    return pc.fill_null(labels, "")


def _within(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if column.kind in (Kind.DATE, Kind.MONTH):
        low, high = (
            pa.scalar(date.fromisoformat(column.low), pa.date32()),
            pa.scalar(date.fromisoformat(column.high), pa.date32()),
        )
    else:
        low, high = pa.scalar(int(column.low), pa.int64()), pa.scalar(int(column.high), pa.int64())
    inside = pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))
    return pc.if_else(inside, values, pa.scalar(None, values.type))
