"""A Great Expectations suite for every contract table: built from ``data.schema`` plus the row rules of the business.

Only expectations of ``ALLOWED_TYPES`` are used: others print values into results or break Data Docs (DESIGN 2). Every
expectation carries its rule id in ``meta``. Identifiers reach a suite as present or missing only, never as values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import great_expectations.expectations as gxe
import pandas as pd
from great_expectations import ExpectationSuite
from great_expectations.expectations.row_conditions import Column as RowColumn

from data.schema import Column, Kind, Sensitivity, Table
from expectations.rules import RULES, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from great_expectations.expectations.expectation import Expectation

ALLOWED_TYPES = frozenset(
    {
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_be_between",
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_equal",
        "expect_table_row_count_to_equal",
    }
)
_GX_SEVERITY = {Severity.BLOCKING: "critical", Severity.SET_ASIDE: "critical", Severity.WARNING: "warning"}
_PERIODS = {
    "cases": (("C-03", "ended_on", "start_date"), ("C-05", "price_from", "start_date"), ("C-05", "ended_on", "price_from")),
    "frames": (("C-03", "valid_to", "valid_from"),),
    "budget_events": (("C-03", "effective_to", "effective_from"),),
    "adjustments": (("C-03", "effective_to", "effective_from"), ("C-03", "withdrawn_on", "entered_on")),
}


def row_suite(table: Table, services: tuple[str, ...]) -> ExpectationSuite:
    """The rules that one row alone can break.

    Args:
        table: Contract.
        services: Every known service key.

    Returns:
        The suite, named for the table.
    """
    expectations = [*_contract(table), *_business(table, services)]
    return ExpectationSuite(name=table.name, expectations=expectations)


def type_suite(table: Table) -> ExpectationSuite:
    """Every contract column is stored in its type (rule T-01): on one row per column, ``stored_type`` is ``contract_type``."""
    return ExpectationSuite(
        name=f"{table.name} (types)",
        expectations=[
            gxe.ExpectColumnPairValuesToBeEqual(
                column_A="stored_type",
                column_B="contract_type",
                meta=_meta("T-01"),
                severity="critical",
                description="T-01: stored_type = contract_type",
            )
        ],
    )


def empty_suite(rule_id: str, table: str) -> ExpectationSuite:
    """A rule checked in SQL: its table of failures must be empty."""
    rule = RULES[rule_id]
    return ExpectationSuite(
        name=f"{table} ({rule_id})",
        expectations=[
            gxe.ExpectTableRowCountToEqual(
                value=0, meta=_meta(rule_id), severity=_GX_SEVERITY[rule.severity], description=f"{rule_id}: {rule.text_da}"
            )
        ],
    )


def checked_columns(table: Table) -> tuple[str, ...]:
    """SQL expressions of what a suite sees of a row: identifiers as 1 or NULL, money as DOUBLE, all else as it is."""
    return tuple(_expression(column) for column in table.columns)


def _expression(column: Column) -> str:
    if column.sensitivity is Sensitivity.IDENTIFIER:
        return f'CASE WHEN "{column.name}" IS NOT NULL THEN 1 END AS "{column.name}"'
    return f'"{column.name}"::DOUBLE AS "{column.name}"' if column.kind is Kind.MONEY else f'"{column.name}"'


def _meta(rule_id: str) -> dict[str, str]:
    return {"rule_id": rule_id}


def _contract(table: Table) -> Iterator[Expectation]:
    for column in table.columns:
        name = column.name
        if column.required:
            yield gxe.ExpectColumnValuesToNotBeNull(column=name, meta=_meta("T-02"), severity="critical")
        if column.allowed:
            yield gxe.ExpectColumnValuesToBeInSet(
                column=name, value_set=list(column.allowed), meta=_meta("T-03"), severity="critical"
            )
        if column.pattern:
            yield gxe.ExpectColumnValuesToMatchRegex(
                column=name, regex=_whole_match(column.pattern), meta=_meta("T-03"), severity="critical"
            )
        if column.low or column.high:
            yield gxe.ExpectColumnValuesToBeBetween(
                column=name,
                min_value=_bound(column, column.low),
                max_value=_bound(column, column.high),
                meta=_meta("T-04"),
                severity="critical",
            )
        for other, value, highest in column.high_where:
            yield gxe.ExpectColumnValuesToBeBetween(
                column=name,
                max_value=_bound(column, highest),
                row_condition=RowColumn(other) == value,
                meta=_meta("T-04"),
                severity="critical",
            )


def _business(table: Table, services: tuple[str, ...]) -> Iterator[Expectation]:
    if table.name in RULES["C-01"].tables:
        yield gxe.ExpectColumnValuesToBeInSet(column="service", value_set=list(services), meta=_meta("C-01"), severity="critical")
    for rule_id, later, earlier in _PERIODS.get(table.name, ()):
        yield gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=later,
            column_B=earlier,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            meta=_meta(rule_id),
            severity="critical",
        )


def _whole_match(pattern: str) -> str:
    r"""The pattern over the whole value, its groups not capturing (pandas warns of groups that capture).

    Example:
        >>> _whole_match(r"\d{1,3}(-\d{1,3}|\+)")
        '^(?:\\d{1,3}(?:-\\d{1,3}|\\+))$'
    """
    inner = re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
    return f"^(?:{inner})$"


def _bound(column: Column, text: str) -> pd.Timestamp | float | int | None:
    if not text:
        return None
    if column.kind in (Kind.DATE, Kind.MONTH):
        return pd.Timestamp(text)
    return int(text) if column.kind is Kind.WHOLE else float(text)
