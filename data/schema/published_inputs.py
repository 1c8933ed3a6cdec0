"""Contracts of what a published run says of its input: files, rules, and that what came was used or set aside."""

from __future__ import annotations

from data.schema.column import Column, Kind, Table
from data.schema.published_columns import code as _code
from data.schema.published_columns import dkk as _dkk
from data.schema.published_columns import few as _few
from data.schema.published_columns import whole as _whole

INPUT_FILES = Table(
    name="input_files",
    grain="one file and table that the run knew",
    owner="opdrift",
    columns=(
        _code("sha256", key=True),
        _code("table_name", key=True),
        _code("file_name"),
        _code("mapping", meaning="Mapping or profile by which it was read"),
        _code("status", allowed=("used", "superseded", "outranked", "refused")),
        _code("reason", required=False, meaning="Machine word of the refusal"),
        _code("message", required=False, meaning="What, where, why, what to do"),
        _whole("rows_in"),
        _whole("rows_used"),
        _whole("rows_set_aside"),
        _whole("rows_not_active", "rows superseded, outranked or hidden by as-of"),
        _dkk("amount_in"),
        _dkk("amount_used"),
        _dkk("amount_set_aside"),
        _dkk("amount_not_active"),
        _code("first_period", required=False),
        _code("last_period", required=False),
        _few("few_citizens_in", "what came in it"),
        _few("few_citizens_set_aside", "what was set aside"),
    ),
)

RULE_RESULTS = Table(
    name="rule_results",
    grain="one rule that was checked",
    owner="opdrift",
    columns=(
        _code("rule_id", key=True),
        _code("table_name", key=True),
        _code("severity", allowed=("blocking", "set_aside", "warning")),
        _code("owner"),
        _code("text_da"),
        _code("text_en"),
        _whole("rows_checked"),
        _whole("rows_failed"),
        _dkk("amount_failed"),
        Column(name="passed", kind=Kind.FLAG),
        _few("few_citizens", "what failed"),
    ),
)

BALANCE = Table(
    name="balance",
    grain="one input table: what came is what was used and what was set aside",
    owner="opdrift",
    columns=(
        _code("table_name", key=True),
        _whole("rows_in"),
        _whole("rows_used"),
        _whole("rows_set_aside"),
        _dkk("amount_in"),
        _dkk("amount_used"),
        _dkk("amount_set_aside"),
        _few("few_citizens", "what was set aside"),
    ),
)
