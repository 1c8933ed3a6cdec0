"""Column and Table: what a contract is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Storage type of a column, named for what it holds; ``.sql`` gives DuckDB's word."""

    TEXT = "text"
    WHOLE = "whole"
    MONEY = "money"
    NUMBER = "number"
    DATE = "date"
    MONTH = "month"
    FLAG = "flag"
    DRAWS = "draws"

    @property
    def sql(self) -> str:
        """DuckDB type.

        Example:
            >>> Kind.MONEY.sql
            'DECIMAL(18,2)'
        """
        return _SQL[self]


_SQL = {
    Kind.TEXT: "VARCHAR",
    Kind.WHOLE: "BIGINT",
    Kind.MONEY: "DECIMAL(18,2)",
    Kind.NUMBER: "DOUBLE",
    Kind.DATE: "DATE",
    Kind.MONTH: "DATE",
    Kind.FLAG: "BOOLEAN",
    Kind.DRAWS: "DOUBLE[]",
}


class Sensitivity(StrEnum):
    """What a column may reveal, and so where it may go.

    ``IDENTIFIER`` becomes keyed HMAC before anything is stored. ``FREE_TEXT`` is read for a service period and dropped.
    ``PERSONAL`` describes one citizen and never leaves the warehouse. ``AGGREGATE`` may be published, masked.
    ``PUBLIC`` describes no citizen.
    """

    IDENTIFIER = "identifier"
    FREE_TEXT = "free_text"
    PERSONAL = "personal"
    AGGREGATE = "aggregate"
    PUBLIC = "public"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a contract.

    Attributes:
        name: Canonical name; the unit and price level stand in it.
        kind: Storage type.
        unit: Unit in words ("DKK", "persons", "month (first day)"); empty for codes.
        required: A row without a value is set aside (rule ``T-02``).
        optional_column: The whole column may be absent from an export.
        key: Part of the table's key.
        sensitivity: Where it may go.
        allowed: Closed list of values, empty when open.
        pattern: Regular expression a code must match whole, empty when open: what doesn't match is not stored.
        prose: What people write, no code: a CPR number in any usual spelling is looked for in it (rule ``P-01``).
        low: Smallest value that can be true (text; cast by kind), empty when open.
        high: Largest value that can be true, empty when open.
        high_where: Largest values of rows where another column says something: (the other column, its value, largest); each
            lies at or below ``high``.
        meaning: One sentence.
    """

    name: str
    kind: Kind
    unit: str = ""
    required: bool = True
    optional_column: bool = False
    key: bool = False
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    prose: bool = False
    low: str = ""
    high: str = ""
    high_where: tuple[tuple[str, str, str], ...] = ()
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table's contract.

    Attributes:
        name: Canonical name.
        columns: In order.
        grain: What one row is.
        owner: Who mends a fault in it (role, Danish).
        amount: The money column by which rows of this table are valued, empty when it has none.
        period: The column that tells which month or year a row covers, for superseding; empty when a file covers all.
    """

    name: str
    columns: tuple[Column, ...]
    grain: str
    owner: str
    amount: str = ""
    period: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key columns in order."""
        return tuple(column.name for column in self.columns if column.key)

    def column(self, name: str) -> Column:
        """The column called ``name``.

        Raises:
            KeyError: The table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        message = f"Table '{self.name}' has no column '{name}'"
        raise KeyError(message)
