"""What a run says of its files, for who sees suppressed figures alone: no amount that rests on a few rows of citizens.

For the page Data, and for what the commands print (``opdrift status``, ``check``, the night's summary), whoever reads it.

The number of rows stays: a row is to be mended by someone, and tells of no one. An amount of fewer rows than ``min_citizens`` may
be one citizen's, and so may one of many rows of few citizens (``few_citizens``: a year of one's bills), so it is hidden, and with
it whatever would give it back: another rule or file of the same table, else what the table was given and set aside in all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.view.run import RunView

OF_CITIZENS = ("cases", "postings", "case_months", "commitments")
_FLAGS = {
    "rule_results": ("few_citizens",),
    "input_files": ("few_citizens_in", "few_citizens_set_aside"),
    "balance": ("few_citizens",),
}
_PARTS = ("amount_in", "amount_set_aside")


def without_few_rows(run: RunView, min_rows: int) -> RunView:
    """The run with such amounts left out.

    Args:
        run: As it was published.
        min_rows: Amounts of fewer rows are left out.

    Returns:
        Another view of it; ``rule_results``, ``input_files`` and ``balance`` hold NaN there.
    """
    return replace(run, tables={**run.tables, **few_rows_hidden(run.tables, min_rows)})


def few_rows_hidden(tables: Mapping[str, pd.DataFrame], min_rows: int) -> dict[str, pd.DataFrame]:
    """The three tables that tell of files and rules, with such amounts left out.

    Args:
        tables: ``rule_results``, ``input_files`` and ``balance`` at least; none is changed.
        min_rows: Amounts of fewer rows are left out.

    Returns:
        Those three, with NaN there.
    """
    found = {name: _with_flags(tables[name], name) for name in _FLAGS}
    for table in OF_CITIZENS:
        _hide(table, min_rows, **found)
    return found


def _with_flags(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A copy in which every flag is said: a run of an earlier version has none, and goes by its rows alone."""
    said = {flag: table[flag].eq(other=True).fillna(value=False).astype(bool) for flag in _FLAGS[name] if flag in table}
    return table.assign(**{flag: said.get(flag, False) for flag in _FLAGS[name]})


def _hide(table: str, min_rows: int, *, rule_results: pd.DataFrame, input_files: pd.DataFrame, balance: pd.DataFrame) -> None:
    rules = rule_results[(rule_results["table_name"] == table) & (rule_results["rows_failed"] > 0)]
    files = input_files[input_files["table_name"] == table]
    whole = balance[balance["table_name"] == table]
    aside = rules[rules["severity"] != "warning"]
    hidden_rules, rules_are_safe = _chosen(aside["rows_failed"], aside["few_citizens"], min_rows)
    of_files = files[files["rows_set_aside"] > 0]
    hidden_files, files_are_safe = _chosen(of_files["rows_set_aside"], of_files["few_citizens_set_aside"], min_rows)
    few = (whole["rows_set_aside"].between(1, min_rows - 1) | whole["few_citizens"]).any()
    if few or not (rules_are_safe and files_are_safe):
        hidden_rules, hidden_files = list(aside.index), list(of_files.index)
        balance.loc[whole.index, list(_PARTS)] = np.nan
    warned = rules[(rules["severity"] == "warning") & ((rules["rows_failed"] < min_rows) | rules["few_citizens"])]
    rule_results.loc[[*hidden_rules, *warned.index], "amount_failed"] = np.nan
    input_files.loc[hidden_files, list(_PARTS)] = np.nan
    came = files[files["rows_in"] > 0]
    hidden_files, files_are_safe = _chosen(came["rows_in"], came["few_citizens_in"], min_rows)
    input_files.loc[hidden_files, [*_PARTS, "amount_used", "amount_not_active"]] = np.nan
    if not files_are_safe:
        balance.loc[whole.index, [*_PARTS, "amount_used"]] = np.nan


def _chosen(rows: pd.Series[int], of_few: pd.Series[bool], min_rows: int) -> tuple[list[object], bool]:
    """Which parts of a sum are hidden, those of few first, and whether that is enough for the sum to be shown.

    Those of few citizens may all be of the same few, so one that is of many must be among the hidden.
    """
    few = of_few | (rows < min_rows)
    if not few.any():
        return [], True
    order = pd.DataFrame({"many": ~few, "rows": rows}).sort_values(["many", "rows"], kind="stable")
    for count in range(max(int(few.sum()), 2), len(order) + 1):
        chosen = order.iloc[:count]
        if int(chosen["rows"].sum()) >= min_rows and (chosen["many"].any() or not of_few.any()):
            return list(chosen.index), True
    return list(order.index), False
