"""docs/tables.md: every table and column, from the contracts themselves.

Run ``python -m data.schema.table_docs docs/tables.md`` after a contract has changed; a test holds the two together.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from data.schema.inputs import INPUTS
from data.schema.published import PUBLISHED
from data.schema.restricted import RESTRICTED

if TYPE_CHECKING:
    from data.schema.column import Column, Table

_HEAD = """# Tables

Made from `data/schema` by `python -m data.schema.table_docs docs/tables.md`; don't edit.

**Input tables** are what a municipality hands over, through mapping files ([mapping.md](mapping.md)): expenditure positive,
income negative, DKK. A column in *italics* may be missing from an export: it is then assumed by a stated rule, or the figures
that need it say so. `identifier` columns hold keyed HMAC-SHA-256, never the identifier. **Published tables** are everything the
pages show; where `mask` is not empty, the figures of the row are NULL. **Restricted tables**
lie in a file of their own that the pages never open: complete drivers, from which drift is explained anew.
"""


def tables_markdown() -> str:
    """Every contract as Markdown.

    Example:
        >>> tables_markdown().splitlines()[0]
        '# Tables'
    """
    parts = [_HEAD, "## Input tables\n", *(_section(table) for table in INPUTS.values())]
    parts += ["## Published tables\n", *(_section(table) for table in PUBLISHED.values())]
    parts += ["## Restricted tables\n", *(_section(table) for table in RESTRICTED.values())]
    return "\n".join(parts)


def _section(table: Table) -> str:
    rows = "\n".join(_row(column) for column in table.columns)
    return (
        f"### {table.name}\n\nOne row: {table.grain}.\n\n| column | kind | unit, meaning | may go |\n|---|---|---|---|\n{rows}\n"
    )


def _row(column: Column) -> str:
    name = f"*{column.name}*" if column.optional_column else column.name
    words = [word for word in (column.unit, column.meaning) if word]
    if column.allowed:
        words.append("one of " + ", ".join(repr(value) for value in column.allowed))
    words += [f"at most {int(highest):,} where {other} is {value!r}" for other, value, highest in column.high_where]
    key = ", key" if column.key else ""
    told = "; ".join(words).replace("|", "or")
    return f"| {name} | {column.kind}{key} | {told} | {column.sensitivity} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(tables_markdown(), encoding="utf-8")
