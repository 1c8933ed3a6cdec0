"""What a mapping file may say: pydantic models, one per table of the TOML. Explained for users in docs/mapping.md."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

HOME_PRECEDENCE = 40

Derivation = Literal["birth_month", "sex", "service_of_account", "period_price"]


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _columns(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: {"from": rule} if isinstance(rule, str | list) else rule for name, rule in value.items()}


def _expression(value: object) -> object:
    if isinstance(value, str):
        try:
            re.compile(value)
        except re.error as error:
            message = f"is no regular expression: {error}"
            raise ValueError(message) from None
    return value


Words = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
Expression = Annotated[str, BeforeValidator(_expression)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=False)


class ColumnRule(_Frozen):
    """How one canonical column is filled: from headers of the export, from a constant, or derived.

    Attributes:
        source: Headers (``from``); the first that is not empty counts, or all of them under ``join`` and ``derive``.
        constant: The same value on every row; ``{name}`` is a named group of the file's pattern or ``{municipality}``.
        default: Value where the row has none; same placeholders.
        optional: The header may be missing from the export.
        join: Put between the values of several headers, instead of taking the first.
        remove: Characters taken out first.
        width: The text has exactly this many characters, else it is unreadable.
        positions: First and last character to keep, 1-based.
        extract: Regular expression with one group: what to keep; text that doesn't match is unreadable.
        values: The source's word -> ours.
        value_list: Name of a shared list under ``[lists]``, used as ``values``.
        dates: Date formats of this column, before the file's.
        factor: The number is multiplied by it (1000 for an export in thousands).
        derive: Name of a shipped derivation.
    """

    source: Words = Field(default=(), alias="from")
    constant: str | None = None
    default: str | None = None
    optional: bool = False
    join: str | None = None
    remove: str = ""
    width: int | None = Field(default=None, ge=1)
    positions: tuple[int, int] | None = None
    extract: Expression = ""
    values: dict[str, str] = {}
    value_list: str = ""
    dates: Words = ()
    factor: float = 1.0
    derive: Derivation | None = None


class RowTest(_Frozen):
    """Rows a rule is about: the value of one header is, or is not, among these.

    Attributes:
        column: Header of the export.
        values: The row is meant when its value is one of these.
        not_values: ... or when it is none of these.
        not_matching: ... or when it doesn't match this regular expression whole.
        rule: Only under ``set_aside``: the rule id the row is set aside by.
    """

    column: str
    values: tuple[str, ...] = ()
    not_values: tuple[str, ...] = ()
    not_matching: Expression = ""
    rule: Annotated[str, Field(pattern=r"^([A-Z]-\d{2})?$")] = ""


class TableRule(_Frozen):
    """One contract table that a file gives.

    Attributes:
        name: The contract table.
        same_names: Every column of the contract is taken from the header of the same name.
        columns: Canonical column -> where it comes from.
        ignore: Rows that are no data of this table.
        set_aside: Rows that are kept, and set aside by the rule named.
        service_text: Header of a text that is read for a service period where ``service_month`` is empty, then dropped.
        assume_service_month: Date column whose month stands in where no service period is found; empty: none is assumed.
        collapse: ``distinct``: one row per key. ``price_periods``: payments become one row per case and price.
    """

    name: str
    same_names: bool = False
    columns: Annotated[dict[str, ColumnRule], BeforeValidator(_columns)] = {}
    ignore: tuple[RowTest, ...] = ()
    set_aside: tuple[RowTest, ...] = ()
    service_text: str = ""
    assume_service_month: Literal["", "posted_on"] = ""
    collapse: Literal["", "distinct", "price_periods"] = ""


class Trailer(_Frozen):
    """The last line of a file, which declares what stands above it.

    Attributes:
        marker: First cell of the line.
        rows: Header over the declared number of rows; empty when none is declared.
        sum: Header over the declared sum, which is the sum of that same column; empty when none is declared.
    """

    marker: str
    rows: str = ""
    sum: str = ""


class FileRule(_Frozen):
    r"""How one kind of file is read.

    Attributes:
        pattern: Regular expression that matches the whole file name (without ``.gz``), in any case.
        encoding: Of text files.
        delimiter: Between cells of text files; ``\t`` for tabulator.
        decimal: Decimal mark.
        thousands: Thousands mark, empty when there is none.
        sheet: Of a workbook: name, or number from 1.
        header_row: Physical line of the header.
        header: The whole header in order; anything else is refused as changed. Empty: only what is mapped must be there.
        dates: Date formats, tried in order.
        missing: What else than an empty cell means that a value is missing.
        ignore: Rows that are no data.
        last_newline: ``required``: a file whose last line isn't ended was cut off.
        trailer: The declared totals, when the export has them.
        repeat_keys: ``sum``: rows of the same key are parts of one figure. ``refuse``: the later one is set aside.
        table: What the file gives.
    """

    pattern: Expression
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ";"
    decimal: Literal[",", "."] = ","
    thousands: Literal["", ".", ",", " ", "'"] = ""
    sheet: str | int = 1
    header_row: int = Field(default=1, ge=1)
    header: tuple[str, ...] = ()
    dates: Words = ("%Y-%m-%d",)
    missing: tuple[str, ...] = ()
    ignore: tuple[RowTest, ...] = ()
    last_newline: Literal["required", "optional"] = "required"
    trailer: Trailer | None = None
    repeat_keys: Literal["refuse", "sum"] = "refuse"
    table: tuple[TableRule, ...] = Field(min_length=1)

    def match(self, file_name: str) -> dict[str, str] | None:
        """Named groups of the pattern when it matches the whole file name, else ``None``.

        Example:
            >>> rule = FileRule(pattern=r"FRKM1(?P<vintage>[0-9]{2}).csv", table=({"name": "population_projection"},))
            >>> rule.match("frkm127.csv.gz"), rule.match("x.csv")
            ({'vintage': '27'}, None)
        """
        found = re.fullmatch(self.pattern, re.sub(r"\.gz$", "", file_name, flags=re.IGNORECASE), re.IGNORECASE)
        return None if found is None else {name: value or "" for name, value in found.groupdict().items()}


class Head(_Frozen):
    """What a mapping is called and how it ranks.

    Attributes:
        name: Short name, shown beside every file it reads.
        precedence: Where two mappings give the same table, municipality and period, the higher one counts.
        description: One sentence.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9_\-]{1,32}$")]
    precedence: int = Field(default=HOME_PRECEDENCE, ge=0, le=100)
    description: str = ""


class MappingFile(_Frozen):
    """A whole mapping file.

    Attributes:
        mapping: Name and rank.
        lists: Value lists that several columns share.
        file: The kinds of file.
    """

    mapping: Head
    lists: dict[str, dict[str, str]] = {}
    file: tuple[FileRule, ...] = Field(min_length=1)
