"""One file by its rule: blocks of text in, contract tables out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from data.reading import refusals
from data.reading.cells import meant_by
from data.reading.collapse import ROW_NUMBER, distinct, price_periods
from data.reading.delimited import Trailing, read_delimited
from data.reading.tables import FAULTS, Context, typed_rows
from data.reading.totals import Totals, refuse_unless_totals_met
from data.reading.workbook import read_workbook
from data.schema.inputs import INPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Words
    from pathlib import Path

    from data.mapping import Mapping
    from data.mapping_model import FileRule, RowTest
    from data.reading.block import TextBlock


@dataclass(frozen=True)
class ReadTable:
    """One contract table out of one file. Identifiers are in clear text: in memory only.

    Attributes:
        table: A key of ``INPUTS``.
        rows: The contract's columns, typed, and ``row_number`` (physical line; sheet row of a workbook). Every physical data
            row is here, those with faults too; optional columns that the file hasn't are absent.
        faults: ``row_number, rule_id, column_name``; the value itself is null in ``rows``.
        unreadable_amounts: Rows whose money column couldn't be read.
        ignored_rows: Rows that the mapping says are no data of this table (sub-totals and the like).
        collapsed: The table is coarser than the file: its rows are not the file's physical rows.
    """

    table: str
    rows: pa.Table = field(repr=False)
    faults: pa.Table = field(repr=False)
    unreadable_amounts: int
    ignored_rows: int = 0
    collapsed: bool = False


@dataclass
class _Growing:
    """A table while its file is being read."""

    context: Context
    rows: list[pa.Table] = field(default_factory=list)
    faults: list[pa.Table] = field(default_factory=list)
    ignored: int = 0

    def add(self, block: TextBlock) -> None:
        """Read one block."""
        kept = _without(block, self.context.table.ignore)
        if self.context.table.collapse:
            kept = kept.where(pc.invert(kept.misshapen))  # set aside where the file's own rows are
        self.ignored += block.length - kept.length
        rows, faults = typed_rows(kept, self.context)
        self.rows.append(rows)
        self.faults.append(faults)
        if self.context.contract.name == "service_list":
            own = rows["service"].drop_null().unique().to_pylist()
            self.context.services.update({word.lower(): word for word in own})

    def read_table(self) -> ReadTable:
        """The table as it is at the file's end."""
        rows, faults = pa.concat_tables(self.rows), pa.concat_tables([FAULTS.empty_table(), *self.faults])
        contract, table = self.context.contract, self.context.table
        if table.collapse:
            rows = distinct(rows, contract.keys) if table.collapse == "distinct" else price_periods(rows)
            faults = faults.filter(pc.is_in(faults[ROW_NUMBER], rows[ROW_NUMBER].combine_chunks()))
        return ReadTable(
            contract.name, rows, faults, _unreadable(faults, contract.amount), self.ignored, collapsed=bool(table.collapse)
        )


def read_file(
    path: Path,
    mapping: Mapping,
    rule: FileRule,
    *,
    municipality: str,
    catalogue_words: Words[str, str],
    file_name: str | None = None,
) -> list[ReadTable]:
    """Read a file into the contract tables that its rule names.

    Args:
        path: Where the bytes lie.
        mapping: Whose shared lists are used.
        rule: The file's rule.
        municipality: Authority code whose home this is; fills ``{municipality}`` where the file's name says no other.
        catalogue_words: Every word that stands for a service, with its key (service lists of other files too).
        file_name: The file's own name where ``path`` has another.

    Returns:
        One ``ReadTable`` per table of the rule, in its order.

    Raises:
        FileRefused: The file is cut off, unreadable, empty, of another encoding, its columns changed or its totals not met.
    """
    name = file_name or path.name
    groups = rule.match(name) or {}
    words = {**groups, "municipality": groups.get("municipality") or municipality}
    services = {word.lower(): key for word, key in catalogue_words.items()}
    tables = [_Growing(Context(rule, table, INPUTS[table.name], mapping.lists, words, services)) for table in rule.table]
    try:
        return _read(_blocks(path, name, rule, trailing := Trailing()), trailing, rule, tables, name)
    except pa.ArrowException:
        raise refusals.unreadable(name, "The file can't be read") from None  # what Arrow says holds rows


def _read(blocks: Iterator[TextBlock], trailing: Trailing, rule: FileRule, tables: list[_Growing], name: str) -> list[ReadTable]:
    totals, ignored = Totals(rule), 0
    for block in blocks:
        totals.add(block)
        kept = _without(block, rule.ignore)
        ignored += block.length - kept.length
        for table in sorted(tables, key=lambda item: item.context.contract.name != "service_list"):
            table.add(kept)
    refuse_unless_totals_met(totals, trailing, name)
    if totals.rows == ignored:
        raise refusals.empty(name)
    for table in tables:
        table.ignored += ignored
    return [table.read_table() for table in tables]


def _blocks(path: Path, file_name: str, rule: FileRule, trailing: Trailing) -> Iterator[TextBlock]:
    if file_name.lower().removesuffix(".gz").endswith((".xlsx", ".xlsm")):
        return read_workbook(path, file_name, rule)
    return read_delimited(path, file_name, rule, trailing)


def _without(block: TextBlock, tests: tuple[RowTest, ...]) -> TextBlock:
    if not tests:
        return block
    dropped = reduce(pc.or_, (meant_by(block, test) for test in tests))
    return block.where(pc.invert(dropped))


def _unreadable(faults: pa.Table, amount: str) -> int:
    if not amount:
        return 0
    lost = pc.or_(pc.equal(faults["column_name"], amount), pc.equal(faults["rule_id"], "T-05"))
    return len(faults.filter(lost)[ROW_NUMBER].unique())
