"""A published run is made again from the archive, and what keeps it from that is said."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import jsonschema
import pytest
from plain_night import night

from data.audit_log import append
from data.evidence import evidence_file
from data.wholeness import keep_hash
from flows.verify import told, verify

if TYPE_CHECKING:
    from data.settings import Settings

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def test_a_run_is_made_again_and_what_was_tampered_with_is_found(settings: Settings, put_months: Any) -> None:
    paths = settings.paths
    paths.inbox.mkdir(parents=True)
    put_months(paths.inbox / "case_months.csv", months=30, services=1)
    (paths.inbox / "holiday.txt").write_text("photographs")
    first = night(paths)
    put_months(paths.inbox / "case_months.csv", months=30, services=1, level=1.1)
    second = night(paths)
    found = verify(settings, second.run_id)
    assert (found.outcome, found.digest_again, found.notes) == ("equal", second.record("digest"), []), found
    assert not list(paths.home.glob(".verify-*")), "nothing is left of it"

    evidence = evidence_file(paths, second.run_id)
    recorded = json.loads(evidence.read_text())
    evidence.chmod(0o600)
    evidence.write_text(json.dumps(recorded | {"files": [row for row in recorded["files"] if row["status"] == "landed"]}))
    found = verify(settings, second.run_id)
    assert found.outcome == "differs", "another list of files was recorded"
    assert {item["table"] for item in found.tables} >= {"input_files"}
    assert found.exit_code == 1
    assert "input_files" in told(found)
    jsonschema.validate(json.loads(json.dumps(asdict(found))), json.loads((SCHEMAS / "verify.json").read_text(encoding="utf-8")))

    second.file.chmod(0o640)
    with duckdb.connect(str(second.file)) as con:
        con.execute("UPDATE forecast_years SET mean = mean + 1")
    found = verify(settings, second.run_id)
    assert (found.outcome, found.exit_code) == ("changed", 1)
    assert "not what was written" in found.why
    keep_hash(second.file, second.file)
    found = verify(settings, second.run_id)
    assert (found.outcome, found.exit_code) == ("changed", 1)
    assert "its own digest does not hold" in found.why, "also where the hash beside it was made anew"

    files = list(first.record("input_hashes"))  # type: ignore[call-overload]
    (paths.archive / files[0]).rename(paths.archive / "away")
    found = verify(settings, first.run_id)
    assert (found.outcome, found.exit_code) == ("not_reproducible", 3)
    assert "1 of its 1 files are not in the archive" in found.why
    entry = append(paths, "files_erased", {"files": files})
    assert f"not reproducible since erasure on {entry.at[:10]}" in verify(settings, first.run_id).why
    evidence_file(paths, first.run_id).unlink()
    assert verify(settings, first.run_id).outcome == "not_reproducible"


@pytest.mark.parametrize("run_id", ["run-20200101T000000-aaaaaa", "../../etc/passwd"])
def test_a_run_that_never_was_is_said(settings: Any, run_id: str) -> None:
    from data.errors import NoPublishedRun  # noqa: PLC0415

    with pytest.raises(NoPublishedRun):
        verify(settings, run_id)
