"""The registry is whole, bilingual, printed as it is, and every rule that SQL finds has its SQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.schema import INPUTS
from expectations import RULES, FoundBy, Severity, rules_markdown
from expectations.sql_rules import set_aside_sql, table_rule_sql
from expectations.suites import ALLOWED_TYPES, row_suite

ROOT = Path(__file__).parents[3]
SET_ASIDE = {
    "T-01",
    "T-02",
    "T-03",
    "T-04",
    "T-05",
    "P-01",
    "F-01",
    "C-01",
    "C-02",
    "C-03",
    "C-04",
    "C-05",
    "C-23",
    "C-25",
    "C-32",
}
BLOCKING = {"C-10", "C-12"}
WARNING = {"C-06", "C-08", "C-09", "C-11", "C-13", "C-14", "C-16", "C-18", "C-21", "C-22"} | {
    f"C-{number}" for number in (24, 26, 27, 28, 29, 30, 31, 33, 34, 35, 36)
}


@pytest.mark.parametrize(
    ("severity", "ids"), [(Severity.SET_ASIDE, SET_ASIDE), (Severity.BLOCKING, BLOCKING), (Severity.WARNING, WARNING)]
)
def test_every_rule_has_its_fixed_severity(severity, ids):
    assert {rule.rule_id for rule in RULES.values() if rule.severity is severity} == ids


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.rule_id)
def test_a_rule_says_what_why_and_what_to_do_in_both_languages(rule):
    parts = (rule.text_da, rule.why_da, rule.remedy_da, rule.text_en, rule.why_en, rule.remedy_en)
    assert all(part and not part.endswith(".") and "{" not in part for part in parts)
    assert rule.text_da != rule.text_en
    assert set(rule.tables) <= set(INPUTS)
    assert all(rule.owner_of(table) for table in rule.tables)


def test_the_page_of_rules_matches_the_registry():
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == rules_markdown(), "Run: python -m expectations.rule_docs docs/rules.md"


def test_limits_stand_in_the_texts_of_their_language():
    assert "100.000 kr." in RULES["C-08"].text_da
    assert "DKK 100,000" in RULES["C-08"].text_en


def test_every_sql_rule_has_sql_and_every_sql_file_is_used():
    used = ""
    for rule in (rule for rule in RULES.values() if rule.found_by is FoundBy.SQL):
        for table in rule.tables:
            aside = rule.severity is Severity.SET_ASIDE
            sql = set_aside_sql(rule.rule_id, table, f"clean_{table}") if aside else table_rule_sql(rule.rule_id, table)
            assert f"-- {rule.rule_id}:" in sql
            assert "{" not in sql
            used += sql
    headers = [path.read_text(encoding="utf-8").splitlines()[0] for path in (ROOT / "expectations" / "sql").glob("c_*.sql")]
    assert all(header in used for header in headers)


@pytest.mark.parametrize("table", INPUTS.values(), ids=lambda table: table.name)
def test_a_suite_stands_for_every_contract_table(table):
    suite = row_suite(table, ("bpa",))
    configs = suite.expectation_configurations
    assert {config.type for config in configs} <= ALLOWED_TYPES
    assert all(table.name in RULES[config.meta["rule_id"]].tables for config in configs)
    not_null = {config.kwargs["column"] for config in configs if config.meta["rule_id"] == "T-02"}
    assert not_null == {column.name for column in table.columns if column.required}
    ranged = {config.kwargs["column"] for config in configs if config.meta["rule_id"] == "T-04"}
    assert ranged == {column.name for column in table.columns if column.low or column.high}
    coded = {config.kwargs["column"] for config in configs if config.meta["rule_id"] == "T-03"}
    assert coded == {column.name for column in table.columns if column.allowed or column.pattern}
