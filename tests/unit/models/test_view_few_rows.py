"""No amount of a few rows stands on a viewer's page Data, nor follows from one that does."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import published_example
import pytest

from models.view.few_rows import few_rows_hidden, without_few_rows
from models.view.run import RunView, read_record


@pytest.fixture(scope="module")
def run():
    frames = published_example.frames()
    return RunView.of("run", frames, read_record(frames["run_record"]))


def with_rows(run, rules, files, aside, few_rules=(), few_files=(), few=False):
    """A run whose postings failed so many rows by rule and by file; of few citizens in the rules and files of these places."""
    shape = {"table_name": "postings", "rows_in": 1000, "amount_in": 1e6, "amount_used": 9e5}
    rule, file = run.tables["rule_results"].iloc[:1], run.tables["input_files"].iloc[:1]
    rule = rule.assign(table_name="postings", severity="set_aside")
    made = [rule.assign(rule_id=f"C-{n}", rows_failed=rows, amount_failed=rows * 100.0, few_citizens=n in few_rules)
            for n, rows in enumerate(rules)]  # fmt: skip
    listed = [
        file.assign(
            sha256=str(n), rows_set_aside=rows, amount_set_aside=rows * 100.0, few_citizens_set_aside=n in few_files, **shape
        )
        for n, rows in enumerate(files)
    ]
    balance = (
        run.tables["balance"].iloc[:1].assign(rows_set_aside=aside, amount_set_aside=aside * 100.0, few_citizens=few, **shape)
    )
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


def test_many_rows_of_few_citizens_are_hidden_with_one_of_many(run):
    seen = with_rows(run, rules=[24, 36, 90], files=[60, 90], aside=150, few_rules={0, 1}, few_files={0})
    assert hidden(seen["rule_results"], "amount_failed") == [True, True, True], "both may be of the same two citizens"
    assert hidden(seen["input_files"], "amount_set_aside") == [True, True]
    assert hidden(seen["balance"], "amount_set_aside") == [False]
    seen = with_rows(run, rules=[24], files=[24, 0], aside=24, few_rules={0}, few_files={0}, few=True)
    assert hidden(seen["rule_results"], "amount_failed") == [True]
    assert hidden(seen["balance"], "amount_set_aside") == [True]
    assert hidden(seen["balance"], "amount_in") == [True]


def test_a_small_file_is_not_what_the_table_has_beside_the_others(run):
    files = run.tables["input_files"].iloc[:1]
    shape = {"table_name": "postings", "rows_set_aside": 0, "amount_set_aside": 0.0, "amount_in": 9.0, "amount_used": 9.0}
    for few, hides in (([True], [True]), ([True, False, False], [True, True, False])):
        made = [files.assign(sha256=str(n), rows_in=50 + n, few_citizens_in=small, **shape) for n, small in enumerate(few)]
        tables = {**run.tables, "input_files": pd.concat(made, ignore_index=True)}
        seen = few_rows_hidden(tables, 5)
        assert hidden(seen["input_files"], "amount_used") == hides
        whole = seen["balance"].set_index("table_name").loc["postings"]
        assert pd.isna(whole["amount_used"]) == (len(few) == 1)


def test_a_run_of_an_earlier_version_goes_by_rows(run):
    tables = {
        name: run.tables[name].drop(columns=[flag for flag in run.tables[name] if flag.startswith("few_")])
        for name in ("rule_results", "input_files", "balance")
    }
    found = few_rows_hidden(tables, 5)
    assert found["rule_results"].loc[found["rule_results"]["rule_id"] == "C-08", "amount_failed"].isna().all()
