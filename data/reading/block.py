"""A block of physical rows as text: what both kinds of file give, before anything is typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCK_ROWS = 50_000


@dataclass(frozen=True)
class TextBlock:
    """Physical rows of a file as trimmed text; what means "missing" is null.

    Attributes:
        row_numbers: Physical line of each row (int64), rising.
        columns: Header -> text; only headers that the mapping uses.
        misshapen: Rows with a wrong number of cells (bool); all their cells are null.
        strays: For each misshapen row, the cells that may be its amount: in the column's place from the left and from the
            right. Only for checking a declared sum.
    """

    row_numbers: pa.Array
    columns: dict[str, pa.Array] = field(repr=False)
    misshapen: pa.Array
    strays: tuple[frozenset[str], ...] = field(default=(), repr=False)

    @property
    def length(self) -> int:
        """Number of rows."""
        return len(self.row_numbers)

    def text(self, header: str) -> pa.Array:
        """One column's text; all null when the file has no such header."""
        found = self.columns.get(header)
        return pa.nulls(self.length, pa.string()) if found is None else found

    def where(self, keep: pa.Array) -> TextBlock:
        """The rows for which ``keep`` holds."""
        columns = {name: text.filter(keep) for name, text in self.columns.items()}
        return TextBlock(self.row_numbers.filter(keep), columns, self.misshapen.filter(keep))


@dataclass(frozen=True)
class Shape:
    """Where the columns of a file stand.

    Attributes:
        width: Number of cells of a whole row.
        places: Header -> position, only headers that the mapping uses.
        missing: What else than an empty cell means "missing".
        sum_place: Position of the column whose sum the file declares; ``None`` when it declares none.
    """

    width: int
    places: dict[str, int]
    missing: tuple[str, ...]
    sum_place: int | None = None


def block_of(rows: Sequence[Sequence[str]], numbers: Sequence[int], shape: Shape) -> TextBlock:
    """Turn rows of text into a block; a row of the wrong width keeps its place and loses its cells.

    Example:
        >>> shape = Shape(2, {"a": 0, "b": 1}, ("..",))
        >>> block = block_of([["x", " .."], ["y"]], [2, 3], shape)
        >>> block.text("a").to_pylist(), block.text("b").to_pylist(), block.misshapen.to_pylist()
        (['x', None], [None, None], [False, True])
    """
    misshapen = [len(row) != shape.width for row in rows]
    strays = ()
    if any(misshapen):
        strays = tuple(_strays(row, shape) for row, wrong in zip(rows, misshapen, strict=True) if wrong)
        blank = [""] * shape.width
        rows = [blank if wrong else row for row, wrong in zip(rows, misshapen, strict=True)]
    columns = {name: _clean([row[place] for row in rows], shape.missing) for name, place in shape.places.items()}
    return TextBlock(pa.array(numbers, pa.int64()), columns, pa.array(misshapen, pa.bool_()), strays)


def _strays(row: Sequence[str], shape: Shape) -> frozenset[str]:
    if shape.sum_place is None:
        return frozenset()
    places = (shape.sum_place, len(row) - shape.width + shape.sum_place)
    return frozenset(row[place].strip() for place in places if 0 <= place < len(row)) - {""}


def _clean(values: list[str], missing: tuple[str, ...]) -> pa.Array:
    text = pc.utf8_trim_whitespace(pa.array(values, pa.string()))
    absent = pc.is_in(text, pa.array(["", *missing], pa.string()))
    return pc.if_else(absent, pa.scalar(None, pa.string()), text)
