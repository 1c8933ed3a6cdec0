"""A published run is made again from the archive, and what keeps it from that is said."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import jsonschema
import pytest
from plain_night import night

from data.adjustment_store import add_adjustment
from data.audit_log import append
from data.comparing import of_another_version
from data.evidence import evidence_file
from data.input_state import sha256_of
from data.mart import digest
from data.wholeness import keep_hash
from flows.verify import told, verify

if TYPE_CHECKING:
    from data.mart import Mart
    from data.settings import Paths, Settings

LATER = {
    "municipality": "151", "kind": "one_off", "frame": "50.54", "effective_from": date(2026, 12, 1), "amount_dkk": 5e4,
    "reason": "En regning, der kommer", "who": "KN", "entered_on": date(2026, 7, 1),
}  # fmt: skip
"""A coming event that was entered after the as-of day: the run tells that it is left out, and is made again with that."""
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def test_a_run_is_made_again_and_what_was_tampered_with_is_found(settings: Settings, put_months: Any) -> None:
    paths = settings.paths
    paths.inbox.mkdir(parents=True)
    put_months(paths.inbox / "case_months.csv", months=30, services=1)
    (paths.inbox / "holiday.txt").write_text("photographs")
    first = night(paths)
    put_months(paths.inbox / "case_months.csv", months=30, services=1, level=1.1)
    add_adjustment(paths, LATER)
    second = night(paths, as_of=date(2026, 6, 30))
    notices = second.table("notices").set_index("notice_id")["text_da"]
    assert notices["adjustments_later"].startswith("1 kommende hændelse, der er skrevet efter as-of-dagen (30.06.2026)")
    assert second.table("staff_adjustments").empty
    found = verify(settings, second.run_id)
    assert second.record("as_of") == "2026-06-30"
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

    what_keeps_a_run_from_being_made_again_is_said(settings, first)


def what_keeps_a_run_from_being_made_again_is_said(settings: Settings, first: Mart) -> None:
    paths = settings.paths
    as_another_machine_published_it(paths, first)
    found = verify(settings, first.run_id)
    assert (found.outcome, found.exit_code) == ("within_tolerance", 0), found
    assert "the same within 1e-9, not to the bit, in forecast_years" in found.why
    (table,) = found.tables
    assert (table["table"], table["columns"]) == ("forecast_years", ["mean"])
    assert 0 < table["relative"] < 1e-9
    assert found.digest_again != found.digest == first.record("digest")
    assert [note for note in found.notes if "the code differs: the run was made with 000000000000" in note], found.notes

    files = list(first.record("input_hashes"))  # type: ignore[call-overload]
    archived = paths.archive / files[0]
    whole = archived.read_bytes()
    archived.chmod(0o640)
    archived.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    found = verify(settings, first.run_id)
    assert (found.outcome, found.exit_code) == ("not_reproducible", 3)
    assert "1 of its 1 files are damaged in the archive" in found.why
    archived.rename(paths.archive / "away")
    found = verify(settings, first.run_id)
    assert (found.outcome, found.exit_code) == ("not_reproducible", 3)
    assert "1 of its 1 files are not in the archive" in found.why
    entry = append(paths, "files_erased", {"files": files})
    assert f"not reproducible since erasure on {entry.at[:10]}" in verify(settings, first.run_id).why
    evidence_file(paths, first.run_id).unlink()
    assert verify(settings, first.run_id).outcome == "not_reproducible"

    edited(paths, first, "ALTER TABLE rule_results DROP COLUMN few_citizens")
    found = verify(settings, first.run_id)
    assert (found.outcome, found.exit_code) == ("not_reproducible", 3)
    assert "not reproducible by this version: 1 of its tables had other columns then" in found.why
    assert found.notes, "by which code it was made"


def as_another_machine_published_it(paths: Paths, mart: Mart) -> None:
    """As if it had been published so: another commit, and a forecast that differs in its last bits."""
    edited(
        paths,
        mart,
        "UPDATE forecast_years SET mean = mean * (1 + 1e-13)",
        f"UPDATE run_record SET value = '\"{'0' * 64}\"' WHERE key = 'code_digest'",
    )


def edited(paths: Paths, mart: Mart, *statements: str) -> None:
    """A published file with other content, and everything that vouches for it made anew: digest, hash beside it, log."""
    mart.file.chmod(0o640)
    with duckdb.connect(str(mart.file)) as con:
        for statement in statements:
            con.execute(statement)
    if not of_another_version(mart.file):
        made = json.dumps(digest(mart.file))
        with duckdb.connect(str(mart.file)) as con:
            con.execute("UPDATE run_record SET value = ? WHERE key = 'digest'", [made])
    keep_hash(mart.file, mart.file)
    append(paths, "run_published", {"run_id": mart.run_id, "sha256": sha256_of(mart.file)})


@pytest.mark.parametrize("run_id", ["run-20200101T000000-aaaaaa", "../../etc/passwd"])
def test_a_run_that_never_was_is_said(settings: Any, run_id: str) -> None:
    from data.errors import NoPublishedRun  # noqa: PLC0415

    with pytest.raises(NoPublishedRun):
        verify(settings, run_id)
