"""A file whose name says another municipality is that one's, and never supersedes ours."""

from __future__ import annotations

import pytest

from data.mapping import find_rule, shipped_mappings


@pytest.mark.parametrize(
    ("name", "municipality"),
    [
        ("ledger_2026.csv", ""),
        ("ledger_2026_153.csv", "153"),
        ("ledger_2026_faerre.csv", ""),
        ("ledger_2026_1530.csv", ""),
        ("granted_payments_3.csv", ""),
        ("granted_payments_3_155.csv", "155"),
        ("expected_payments_3_155.csv.gz", "155"),
    ],
)
def test_a_file_name_may_say_whose_it_is(name: str, municipality: str) -> None:
    _, rule = find_rule(shipped_mappings(), name)
    groups = rule.match(name)
    assert groups is not None
    assert groups["municipality"] == municipality
