"""Dirty samples: every planted row and file is found by its rule and reason, and no clean row is set aside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from data.landing import land
from data.settings import Paths, read_settings
from data.staging import stage
from data.synthetic import write_sample
from data.warehouse import frame, open_warehouse
from expectations import RULES, Severity, validate

if TYPE_CHECKING:
    from pathlib import Path

FOUND = """
SELECT DISTINCT f.file_name, s.row_number, v.rule_id
FROM violations AS v
JOIN ({staged}) AS s ON s.table_name = v.table_name AND s.row_id = v.row_id
JOIN files AS f ON f.sha256 = s.file_sha256 AND f.table_name = v.table_name
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_was_planted_is_found_and_nothing_else_is_set_aside(tmp_path: Path, seed: int) -> None:
    paths = Paths(home=tmp_path / "home", secrets=tmp_path / "keys")
    write_sample(paths.inbox, seed=seed, months=36, dirt=True)
    planted = json.loads((paths.inbox / "planted.json").read_text(encoding="utf-8"))
    settings = read_settings(paths)
    with open_warehouse(settings) as con:
        outcomes = land(con, settings, pause=lambda _seconds: None)
        stage(con, settings)
        report = validate(con, settings)
        tables = ("cases", "postings", "commitments")
        staged = " UNION ALL ".join(f"SELECT '{t}' AS table_name, file_sha256, row_number, row_id FROM stg_{t}" for t in tables)
        rows = frame(con, FOUND.format(staged=staged))
    found = set(zip(rows["file_name"], rows["row_number"].astype(int), rows["rule_id"], strict=True))
    wanted = {(item["file"], int(item["row_number"]), item["rule_id"]) for item in planted["rows"]}
    assert not wanted - found, "planted and not found"
    aside = {item for item in found if RULES[item[2]].severity is Severity.SET_ASIDE}
    planted_rows = {item[:2] for item in wanted}
    assert {item[:2] for item in aside} <= planted_rows, "clean rows were set aside"
    refused = {item.file_name: item.reason for item in outcomes if item.status == "refused"}
    assert refused == {item["file"]: item["reason"] for item in planted["files"]}
    assert report.blocking == ()
    balance = report.balance
    assert (balance["rows_in"] == balance["rows_used"] + balance["rows_set_aside"]).all()
    assert (balance["amount_in"] == balance["amount_used"] + balance["amount_set_aside"]).all()
