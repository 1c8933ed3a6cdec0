"""What a run says of its files, for who sees suppressed figures alone: no amount that rests on a few rows of citizens.

For the page Data, and for what the commands print (``opdrift status``, ``check``, the night's summary), whoever reads it.

The number of rows stays: a row is to be mended by someone, and tells of no one. An amount of fewer rows than ``min_citizens`` may
be one citizen's, so it is hidden, and with it whatever would give it back: another rule or file of the same table, else what the
table was given and set aside in all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from models.view.run import RunView

OF_CITIZENS = ("cases", "postings", "case_months", "commitments")
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
    found = {name: tables[name].copy() for name in ("rule_results", "input_files", "balance")}
    for table in OF_CITIZENS:
        _hide(table, min_rows, **found)
    return found


def _hide(table: str, min_rows: int, *, rule_results: pd.DataFrame, input_files: pd.DataFrame, balance: pd.DataFrame) -> None:
    rules = rule_results[(rule_results["table_name"] == table) & (rule_results["rows_failed"] > 0)]
    files = input_files[input_files["table_name"] == table]
    whole = balance[balance["table_name"] == table]
    aside = rules[rules["severity"] != "warning"]
    hidden_rules, rules_are_safe = _chosen(aside["rows_failed"], min_rows)
    of_files = files[files["rows_set_aside"] > 0]["rows_set_aside"]
    hidden_files, files_are_safe = _chosen(of_files, min_rows)
    few = whole["rows_set_aside"].between(1, min_rows - 1).any()
    if few or not (rules_are_safe and files_are_safe):
        hidden_rules, hidden_files = list(aside.index), list(of_files.index)
        balance.loc[whole.index, list(_PARTS)] = np.nan
    warned = rules[(rules["severity"] == "warning") & (rules["rows_failed"] < min_rows)]
    rule_results.loc[[*hidden_rules, *warned.index], "amount_failed"] = np.nan
    input_files.loc[hidden_files, list(_PARTS)] = np.nan
    small = files[files["rows_in"].between(1, min_rows - 1)]
    input_files.loc[small.index, [*_PARTS, "amount_used", "amount_not_active"]] = np.nan


def _chosen(rows: pd.Series[int], min_rows: int) -> tuple[list[object], bool]:
    """Which parts of a sum are hidden, fewest rows first, and whether that is enough for the sum to be shown."""
    ordered = rows.sort_values(kind="stable")
    few = int((ordered < min_rows).sum())
    if few == 0:
        return [], True
    for count in range(max(few, 2), len(ordered) + 1):
        if int(ordered.iloc[:count].sum()) >= min_rows:
            return list(ordered.index[:count]), True
    return list(ordered.index), False
