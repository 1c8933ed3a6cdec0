"""Runs Great Expectations on pandas chunks and hands back counts, rule ids and row ids, never values.

The only module (with ``suites`` and ``data_docs``) that knows Great Expectations. One context serves a whole run; each
chunk replaces the one before it, so memory does not grow with the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import great_expectations as gx
import pandas as pd
import pyarrow as pa
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults, ProgressBarsConfig
from great_expectations.exceptions import GreatExpectationsError

from data.errors import OpdriftError
from data.schema import INPUTS
from expectations.suites import ALLOWED_TYPES, checked_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult

_REPORT = "Report this: the suite and the staged table don't meet"
CHUNK_ROWS = 200_000
RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
    "unexpected_index_column_names": ["row_id"],
}
_DTYPES = {pa.int32(): pd.Int64Dtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


@dataclass
class Checked:
    """One expectation over all chunks of a table.

    Attributes:
        config: Its configuration as Great Expectations writes it; holds limits and lists of the contract, no data.
        rule_id: From its meta.
        column: The column it stands on, empty for pairs and tables.
        elements: Rows seen.
        unexpected: Rows that failed.
        missing: Rows without a value.
        row_ids: The failing rows.
    """

    config: dict[str, Any]
    rule_id: str
    column: str
    elements: int = 0
    unexpected: int = 0
    missing: int = 0
    row_ids: list[int] = field(default_factory=list)


class RowChecker:
    """One Great Expectations context for a run."""

    def __init__(self) -> None:
        """Build an in-memory context without sites, usage statistics or progress bars."""
        self.context = gx.get_context(
            mode="ephemeral",
            project_config=DataContextConfig(
                store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
                data_docs_sites={},
                analytics_enabled=False,
                progress_bars=ProgressBarsConfig(globally=False),
            ),
        )
        asset = self.context.data_sources.add_pandas("staged").add_dataframe_asset("chunk")
        self._batch: BatchDefinition = asset.add_batch_definition_whole_dataframe("whole")

    def check_table(self, con: duckdb.DuckDBPyConnection, table: str, suite: gx.ExpectationSuite) -> list[Checked]:
        """Run ``suite`` on every row of ``stg_<table>``, chunk by chunk.

        Raises:
            OpdriftError: An expectation could not be evaluated.
        """
        checked: list[Checked] = []
        for chunk in _chunks(con, table):
            self._add(checked, suite, chunk)
        return checked

    def check_frame(self, frame: pd.DataFrame, suite: gx.ExpectationSuite) -> list[Checked]:
        """Run ``suite`` on one small frame (a table of failures, or of storage types)."""
        checked: list[Checked] = []
        self._add(checked, suite, frame)
        return checked

    def _add(self, checked: list[Checked], suite: gx.ExpectationSuite, frame: pd.DataFrame) -> None:
        try:
            batch = self._batch.get_batch(batch_parameters={"dataframe": frame})
            outcome = batch.validate(suite, result_format=RESULT_FORMAT)
        except (GreatExpectationsError, ArithmeticError, KeyError, TypeError, ValueError) as error:
            what = f"Great Expectations couldn't run the suite ({type(error).__name__})"
            raise OpdriftError(what, where=suite.name, remedy=_REPORT) from None
        if not checked:
            checked.extend(_start(result) for result in outcome.results)
        for one, result in zip(checked, outcome.results, strict=True):
            _count(one, result, len(frame))


def failures(checked: list[Checked]) -> pd.DataFrame:
    """Failing rows of many expectations.

    Returns:
        ``rule_id, column_name, row_id``, one row per expectation and failing row.
    """
    found = [(one.rule_id, one.column, row_id) for one in checked for row_id in one.row_ids]
    frame = pd.DataFrame(found, columns=["rule_id", "column_name", "row_id"])
    return frame.astype({"rule_id": "str", "column_name": "str", "row_id": "int64"})


def _chunks(con: duckdb.DuckDBPyConnection, table: str) -> Iterator[pd.DataFrame]:
    columns = ", ".join(["row_id", *checked_columns(INPUTS[table])])
    last = -(2**62)
    while True:
        query = f"SELECT {columns} FROM stg_{table} WHERE row_id > ? ORDER BY row_id LIMIT {CHUNK_ROWS}"
        rows = con.sql(query, params=[last]).to_arrow_table()
        if rows.num_rows == 0:
            return
        frame = rows.to_pandas(types_mapper=_DTYPES.get, date_as_object=False)
        last = int(frame["row_id"].iloc[-1])
        yield frame
        if rows.num_rows < CHUNK_ROWS:
            return


def _start(result: ExpectationValidationResult) -> Checked:
    config = result.expectation_config.to_json_dict()
    config["kwargs"].pop("batch_id", None)
    if config["type"] not in ALLOWED_TYPES:
        what = f"Expectation '{config['type']}' is not in the list of those that print no values"
        raise OpdriftError(what, where="expectations/suites.py", remedy="Use one of ALLOWED_TYPES")
    return Checked(config=config, rule_id=config["meta"]["rule_id"], column=config["kwargs"].get("column", ""))


def _count(one: Checked, result: ExpectationValidationResult, rows: int) -> None:
    outcome = result.result
    evaluated = not result.exception_info.get("raised_exception", True)
    if not evaluated or not {"unexpected_count", "observed_value"} & set(outcome):
        what = f"Great Expectations couldn't evaluate '{one.config['type']}' of rule {one.rule_id}"
        raise OpdriftError(what, where=f"column '{one.column}'", remedy=_REPORT)
    one.elements += outcome.get("element_count", rows)
    one.unexpected += outcome.get("unexpected_count", 0 if result.success else rows)
    one.missing += outcome.get("missing_count", 0)
    one.row_ids.extend(int(row_id) for entry in outcome.get("unexpected_index_list") or () for row_id in entry["row_id"])
