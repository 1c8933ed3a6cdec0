"""Totals that a file declares, against what was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from data.reading import refusals
from data.reading.typed import Marks, parse
from data.schema.column import Kind

if TYPE_CHECKING:
    from data.mapping_model import FileRule
    from data.reading.block import TextBlock
    from data.reading.delimited import Trailing

_MOST_POSSIBLE = 4096


@dataclass
class Totals:
    """Rows and sum of one file as they were read.

    Attributes:
        rule: The file's rule.
        rows: Physical rows so far.
        total: Sum of the trailer's column so far.
        unread: Rows whose amount couldn't be read: with one, the sum can't be checked.
        possible: What misshapen rows may add to the sum: their amount stands in one of two cells.
    """

    rule: FileRule
    rows: int = 0
    total: Decimal = Decimal(0)
    unread: int = 0
    possible: set[Decimal] = field(default_factory=lambda: {Decimal(0)})

    def add(self, block: TextBlock) -> None:
        """Count a block."""
        self.rows += block.length
        if self.rule.trailer is None or not self.rule.trailer.sum:
            return
        amounts = self._amounts(block.text(self.rule.trailer.sum))
        self.unread += amounts.null_count - len(block.strays)
        for stray in block.strays:
            self._add_stray(stray)
        self.total += pc.sum(amounts).as_py() or Decimal(0)

    def refuse_unless_met(self, declared_rows: str | None, declared_total: str | None, file_name: str) -> None:
        """Refuse a file whose own totals are not met.

        Raises:
            FileRefused: ``totals``.
        """
        if declared_rows is not None:
            number = parse(pa.array([declared_rows]), Kind.WHOLE, Marks(self.rule.decimal, self.rule.thousands))[0].as_py()
            if number != self.rows:
                said = "an unreadable number of" if number is None else str(number)
                raise refusals.totals(file_name, f"The last line declares {said} rows; the file holds {self.rows}")
        if declared_total is not None and not self.unread:
            total = self._amounts(pa.array([declared_total]))[0].as_py()
            if total is None or total - self.total not in self.possible:
                # not by how much: what is missing may be one row, and so one citizen's
                raise refusals.totals(file_name, "The last line declares a sum that the rows don't meet")

    def _add_stray(self, cells: frozenset[str]) -> None:
        """Widen what is possible by one misshapen row; where that says nothing, the sum can't be checked."""
        found = {amount for amount in self._amounts(pa.array(sorted(cells), pa.string())).to_pylist() if amount is not None}
        if not found or len(self.possible) * len(found) > _MOST_POSSIBLE:
            self.unread += 1
        else:
            self.possible = {total + amount for total in self.possible for amount in found}

    def _amounts(self, text: pa.Array) -> pa.Array:
        return parse(text, Kind.MONEY, Marks(self.rule.decimal, self.rule.thousands))


def refuse_unless_totals_met(totals: Totals, trailing: Trailing, file_name: str) -> None:
    """Check what the last line declared.

    Raises:
        FileRefused: ``totals``, or ``empty`` when no row was read.
    """
    if not totals.rows:
        raise refusals.empty(file_name)
    totals.refuse_unless_met(trailing.rows, trailing.total, file_name)
