"""No amount of a few rows stands on a viewer's page Data, nor follows from one that does."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import published_example
import pytest

from models.view.few_rows import without_few_rows
from models.view.run import RunView, read_record


@pytest.fixture(scope="module")
def run():
    frames = published_example.frames()
    return RunView.of("run", frames, read_record(frames["run_record"]))


def with_rows(run, rules, files, aside):
    """A run whose postings failed so many rows by rule and by file."""
    shape = {"table_name": "postings", "rows_in": 1000, "amount_in": 1e6, "amount_used": 9e5}
    rule, file = run.tables["rule_results"].iloc[:1], run.tables["input_files"].iloc[:1]
    rule = rule.assign(table_name="postings", severity="set_aside")
    made = [rule.assign(rule_id=f"C-{n}", rows_failed=rows, amount_failed=rows * 100.0) for n, rows in enumerate(rules)]
    listed = [
        file.assign(sha256=str(n), rows_set_aside=rows, amount_set_aside=rows * 100.0, **shape) for n, rows in enumerate(files)
    ]
    balance = run.tables["balance"].iloc[:1].assign(rows_set_aside=aside, amount_set_aside=aside * 100.0, **shape)
    given = {
        "rule_results": pd.concat(made, ignore_index=True),
        "input_files": pd.concat(listed, ignore_index=True),
        "balance": balance.reset_index(drop=True),
    }
    return without_few_rows(replace(run, tables={**run.tables, **given}), 5).tables


def hidden(table, column):
    return table[column].isna().tolist()


def test_a_small_rule_takes_another_along(run):
    seen = with_rows(run, rules=[2, 40, 90], files=[66, 66], aside=132)
    assert hidden(seen["rule_results"], "amount_failed") == [True, True, False]
    assert hidden(seen["balance"], "amount_set_aside") == [False]
    assert seen["rule_results"]["rows_failed"].tolist() == [2, 40, 90], "rows are told: someone must mend them"


def test_a_rule_alone_hides_what_the_table_set_aside(run):
    seen = with_rows(run, rules=[3], files=[3, 0], aside=3)
    assert hidden(seen["rule_results"], "amount_failed") == [True]
    assert hidden(seen["balance"], "amount_set_aside") == [True]
    assert hidden(seen["balance"], "amount_in") == [True], "else in less used gives it back"
    assert hidden(seen["input_files"], "amount_set_aside") == [True, False]


def test_a_small_file_takes_another_along(run):
    seen = with_rows(run, rules=[50], files=[2, 48, 0], aside=50)
    assert hidden(seen["input_files"], "amount_set_aside") == [True, True, False]
    assert hidden(seen["balance"], "amount_set_aside") == [False]


def test_many_rows_hide_nothing(run):
    seen = with_rows(run, rules=[50], files=[50], aside=50)
    assert not any(hidden(seen["rule_results"], "amount_failed") + hidden(seen["balance"], "amount_in"))
