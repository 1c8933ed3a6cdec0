"""No citizen's value leaves the checkpoint: not in Data Docs, results, logs or errors."""

from __future__ import annotations

import logging
from datetime import date

import pandas as pd
import pytest

from data.errors import OpdriftError
from data.schema import INPUTS
from data.settings import Settings
from expectations import validate
from expectations.data_docs import _without_remote
from expectations.row_checks import RESULT_FORMAT, RowChecker
from expectations.suites import row_suite

CITIZEN, CASE, CODE, AMOUNT = "f" * 60 + "5e1f", "d" * 60 + "0ca5", "HEMMELIG", 987_654_321


@pytest.fixture
def docs(staged, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    staged.case(CASE, CITIZEN, provider_type=CODE, price=AMOUNT, birth_month=date(1871, 3, 1), service=CODE)
    staged.case(CASE, CITIZEN, sex=CODE)
    staged.posting(CASE, function=CODE, amount_dkk=AMOUNT, citizen_id=CITIZEN)
    staged.posting(CITIZEN)
    staged.land()
    report = validate(staged.con, Settings(), docs_dir=tmp_path / "docs")
    return tmp_path / "docs", report, caplog.text


def test_data_docs_are_written_for_every_table_that_came(docs):
    folder, _, _ = docs
    pages = {path.name for path in folder.rglob("*.html")}
    assert pages == {"index.html", "cases.html", "postings.html"}


def test_no_value_stands_in_docs_results_or_log(docs):
    folder, report, log = docs
    written = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in {".html", ".json"})
    written += log + report.rule_results.drop(columns="amount_failed").to_csv() + "".join(report.blocking)
    assert "unexpected" in written
    for value in (CITIZEN, CASE, CODE, str(AMOUNT), "1871"):
        assert value not in written


def test_data_docs_call_no_other_machine(docs):
    folder, _, _ = docs
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "amazonaws" not in text


def test_remote_parts_of_a_page_are_dropped():
    page = '<link href="static/a.css"><link rel=x href="https://x/a.css"><img src=\'//x/p.png\'><script>1</script><p>tal</p>'
    assert _without_remote(page) == '<link href="static/a.css"><p>tal</p>'


def test_the_next_run_replaces_the_pages(docs, staged, tmp_path):
    folder, _, _ = docs
    staged.con.execute("DELETE FROM stg_cases; DELETE FROM violations")
    staged.land()
    validate(staged.con, Settings(), docs_dir=folder)
    assert not list(folder.rglob("cases.html"))
    assert list(folder.rglob("postings.html"))


def test_the_result_format_is_the_one_without_values():
    assert RESULT_FORMAT == {
        "result_format": "COMPLETE",
        "partial_unexpected_count": 0,
        "exclude_unexpected_values": True,
        "unexpected_index_column_names": ["row_id"],
    }


def test_identifiers_reach_no_suite(staged):
    seen = []
    checker = RowChecker()
    checker._add = lambda checked, suite, frame: seen.append(frame)
    staged.case(CASE, CITIZEN)
    checker.check_table(staged.con, "cases", row_suite(INPUTS["cases"], ()))
    assert seen[0]["citizen_id"].tolist() == seen[0]["case_id"].tolist() == [1]


def test_a_fault_of_great_expectations_tells_no_value():
    frame = pd.DataFrame({"row_id": [1], "birth_month": [CODE]})
    with pytest.raises(OpdriftError) as caught:
        RowChecker().check_frame(frame, row_suite(INPUTS["cases"], ()))
    assert CODE not in str(caught.value)
    assert caught.value.__cause__ is None
