"""What a mapping must mean beside being well formed: names that exist, columns that are filled, no contradictions."""

from __future__ import annotations

import re
import typing
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from data.schema.inputs import INPUTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from data.mapping_model import ColumnRule, FileRule, MappingFile, RowTest, TableRule
    from data.schema.column import Table

Fault = tuple[tuple[str | int, ...], str]

_TOKENS = re.compile(r"%(.)")
_HOLES = re.compile(r"\{(\w+)\}")


def faults_of(mapping: MappingFile) -> list[Fault]:
    """Everything a well-formed mapping says that can't be meant: where (path of keys) and what."""
    faults: list[Fault] = []
    for index, rule in enumerate(mapping.file):
        place = ("file", index)
        faults += _file_faults(rule, place)
        for number, table in enumerate(rule.table):
            faults += _table_faults(mapping, rule, table, (*place, "table", number))
    return faults


def unknown_key(root: type[BaseModel], location: tuple[str | int, ...]) -> str:
    """Say that a key is unknown, with the nearest known one.

    Args:
        root: Model of the whole document.
        location: Path to the unknown key.

    Returns:
        The sentence, with a suggestion when one is near.
    """
    model: Any = root
    for part in location[:-1]:
        model = _inside(model, part)
    known = [field.alias or name for name, field in model.model_fields.items()] if _is_model(model) else []
    return f"unknown key{did_you_mean(str(location[-1]), known)}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` or, when nothing is near, the list of what is known.

    Example:
        >>> did_you_mean("encodign", ["encoding", "sheet"])
        "; did you mean 'encoding'?"
    """
    options = sorted(known)
    near = get_close_matches(word, options, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(options)}" if options else ""


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _inside(kind: Any, part: str | int) -> Any:  # noqa: ANN401  (type annotations are values of any kind)
    """The type that stands under a key or position of ``kind``."""
    if _is_model(kind):
        by_key = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        return _unwrapped(by_key.get(str(part)))
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin is dict:
        return _unwrapped(arguments[1])
    if origin is tuple and isinstance(part, int):
        return _unwrapped(arguments[0])
    return kind


def _unwrapped(kind: Any) -> Any:  # noqa: ANN401
    """``X`` of ``X | None`` and of ``Annotated[X, ...]``."""
    if typing.get_origin(kind) is typing.Annotated:
        return _unwrapped(typing.get_args(kind)[0])
    models = [option for option in typing.get_args(kind) if _is_model(option)]
    return models[0] if models and typing.get_origin(kind) not in (dict, tuple) else kind


def _file_faults(rule: FileRule, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if rule.decimal == rule.thousands:
        yield (*place, "thousands"), "is the decimal mark too"
    for form in rule.dates:
        yield from _date_faults(form, (*place, "dates"))
    for index, test in enumerate(rule.ignore):
        yield from _test_faults(test, rule, (*place, "ignore", index))
    if rule.trailer is not None:
        for key, header in (("rows", rule.trailer.rows), ("sum", rule.trailer.sum)):
            yield from _header_faults(header, rule, (*place, "trailer", key))


def _table_faults(mapping: MappingFile, rule: FileRule, table: TableRule, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if table.name not in INPUTS:
        yield (*place, "name"), f"'{table.name}' is no table of the contract{did_you_mean(table.name, INPUTS)}"
        return
    contract = INPUTS[table.name]
    if not table.columns and not table.same_names:
        yield (*place, "columns"), "is missing: name the columns, or set same_names"
    for column, filled in table.columns.items():
        spot = (*place, "columns", column)
        if column not in contract.names:
            yield spot, f"'{column}' is no column of {table.name}{did_you_mean(column, contract.names)}"
        yield from _column_faults(mapping, rule, filled, spot)
    unfilled = [] if table.same_names else _unfilled(contract, table)
    if unfilled:
        yield (*place, "columns"), f"says nothing of {unfilled}, which every row of {table.name} must have"
    for key in ("ignore", "set_aside"):
        for index, test in enumerate(getattr(table, key)):
            yield from _test_faults(test, rule, (*place, key, index), rule_id=key == "set_aside")
    for key in ("service_text", "assume_service_month"):
        if getattr(table, key) and "service_month" not in contract.names:
            yield (*place, key), f"means nothing for {table.name}: it has no service_month"
    yield from _header_faults(table.service_text, rule, (*place, "service_text"))


def _unfilled(contract: Table, table: TableRule) -> list[str]:
    return [
        column.name
        for column in contract.columns
        if column.required and not column.optional_column and column.name not in table.columns
    ]


def _column_faults(mapping: MappingFile, rule: FileRule, column: ColumnRule, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if bool(column.source) == (column.constant is not None):
        yield place, "needs either 'from' or 'constant'"
    for header in column.source:
        if not column.optional:
            yield from _header_faults(header, rule, (*place, "from"))
    for key in ("constant", "default"):
        yield from _hole_faults(getattr(column, key), rule, (*place, key))
    if column.value_list and column.value_list not in mapping.lists:
        yield (*place, "value_list"), f"'{column.value_list}' is no list{did_you_mean(column.value_list, mapping.lists)}"
    if column.positions and not 1 <= column.positions[0] <= column.positions[1]:
        yield (*place, "positions"), "is first and last character, counted from 1"
    if column.extract and re.compile(column.extract).groups != 1:
        yield (*place, "extract"), "must hold exactly one group ( )"
    yield from _engine_faults(column.extract, (*place, "extract"))
    for form in column.dates:
        yield from _date_faults(form, (*place, "dates"))


def _hole_faults(text: str | None, rule: FileRule, place: tuple[str | int, ...]) -> Iterator[Fault]:
    known = {*re.compile(rule.pattern).groupindex, "municipality"}
    for hole in _HOLES.findall(text or ""):
        if hole not in known:
            yield place, f"'{{{hole}}}' is no named group of the pattern{did_you_mean(hole, known)}"


def _header_faults(header: str, rule: FileRule, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if header and rule.header and header not in rule.header:
        yield place, f"'{header}' is not in the declared header{did_you_mean(header, rule.header)}"


def _test_faults(test: RowTest, rule: FileRule, place: tuple[str | int, ...], *, rule_id: bool = False) -> Iterator[Fault]:
    yield from _header_faults(test.column, rule, (*place, "column"))
    if sum(bool(option) for option in (test.values, test.not_values, test.not_matching)) != 1:
        yield place, "needs exactly one of 'values', 'not_values' and 'not_matching'"
    yield from _engine_faults(test.not_matching, (*place, "not_matching"))
    if bool(test.rule) != rule_id:
        yield (*place, "rule"), "names the rule under set_aside, and stands nowhere else"


def _engine_faults(expression: str, place: tuple[str | int, ...]) -> Iterator[Fault]:
    """Cells are matched by RE2, which has no look-around and no back references."""
    try:
        pc.match_substring_regex(pa.array([""]), expression)
    except pa.ArrowInvalid:
        yield place, "uses look-around or a back reference, which is not known here"


def _date_faults(form: str, place: tuple[str | int, ...]) -> Iterator[Fault]:
    tokens = _TOKENS.findall(form)
    if set(tokens) - set("YymdHMS"):
        yield place, f"'{form}' holds more than %Y %y %m %d %H %M %S"
    if not {"Y", "y"} & set(tokens):
        yield place, f"'{form}' holds no year"
