"""What is older than its period goes, with every row of it; the shown run stays, a pin holds nothing, and the log says so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from data.access_log import note_access, read_access
from data.audit_check import check_log
from data.audit_log import append, read_log
from data.errors import SettingsInvalid
from data.input_state import read_state
from data.landing import land
from data.restricted import restricted_file
from data.scenario_store import keep_scenario
from data.settings import Retention, read_settings
from data.warehouse import open_warehouse
from flows.retention import retain, told

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schemas" / "retain.json").read_text(encoding="utf-8"))
CASES = "case_id;citizen_id;birth_month;service;start_date;price;price_from;price_unit;provider_type;paying_municipality"
OLD, NEW = datetime(2022, 1, 10, tzinfo=UTC), datetime(2026, 1, 10, tzinfo=UTC)
NOW = datetime(2026, 11, 26, tzinfo=UTC)
OLD_RUN, SHOWN_RUN = "run-20200110T020000-a1b2c3", "run-20210110T020000-a1b2c3"


@pytest.fixture
def settings(settings: Any) -> Any:
    paths = settings.paths
    paths.inbox.mkdir(parents=True)
    shas = []
    for number, at in enumerate((OLD, NEW)):
        row = f"S{number};01018{number}-1234;1980-01-01;SEL-107;2025-01-01;3000,00;2025-01-01;day;own;151"
        (paths.inbox / f"cases_202{number}-01.csv").write_text(f"{CASES}\n{row}\n")
        with open_warehouse(settings) as con:
            (outcome,) = land(con, settings, pause=lambda _: None)
        shas.append(outcome.sha256)
        append(paths, "files_landed", {"files": [outcome.sha256]}, clock=lambda at=at: at)
    (paths.home / "shas").write_text(" ".join(shas))
    return replace(settings, retention=Retention(inputs_months=48, runs_months=24, scenarios_months=24))


def test_nothing_goes_without_a_period(settings: Any) -> None:
    found = retain(replace(settings, retention=None), NOW)
    assert (found["files"], found["rule"]) == ([], None)
    assert "No retention period" in told(found)
    assert len(read_state(settings.paths).landed) == 2


def test_old_files_go_with_their_rows_and_the_log_says_so(settings: Any) -> None:
    old, new = (settings.paths.home / "shas").read_text().split()
    planned = retain(settings, NOW, dry_run=True)
    jsonschema.validate(planned, SCHEMA)
    assert planned["files"] == [old]
    assert (settings.paths.archive / old).exists(), "a plan deletes nothing"
    assert retain(settings, NOW)["files"] == [old]
    assert not (settings.paths.archive / old).exists()
    assert read_state(settings.paths).landed == (new,)
    with open_warehouse(settings) as con:
        assert con.execute("SELECT DISTINCT file_sha256 FROM landed_cases").fetchall() == [(new,)]
    entry = read_log(settings.paths)[-1]
    assert (entry.kind, entry.facts) == ("files_deleted", {"files": [old], "rows": 1, "rule": "inputs_months = 48"})
    assert retain(settings, NOW)["files"] == [], "and nothing the next time"
    assert check_log(settings.paths, files=True).is_whole


def test_a_period_beats_a_pin_and_the_shown_run_stays(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = settings.paths
    paths.published.mkdir()
    paths.restricted.mkdir()
    from data import retention  # noqa: PLC0415
    from data.mart import Current  # noqa: PLC0415

    for run_id in (OLD_RUN, SHOWN_RUN):
        (paths.published / f"{run_id}.duckdb").write_bytes(b"")
        restricted_file(paths, run_id).write_bytes(b"")
    monkeypatch.setattr(retention, "find_current", lambda _: Current(SHOWN_RUN))
    keep_scenario(paths, "s-" + "a" * 16, json.dumps({"run_id": OLD_RUN}))
    found = retain(settings, NOW)
    assert found["runs"] == [OLD_RUN]
    assert [file.stem for file in paths.published.glob("run-*")] == [SHOWN_RUN]
    assert not restricted_file(paths, OLD_RUN).exists()
    facts = next(entry.facts for entry in read_log(paths) if entry.kind == "run_deleted")
    assert facts == {"run_id": OLD_RUN, "pinned_scenarios": 1, "rule": "runs_months = 24"}
    assert retain(settings, datetime(2030, 1, 1, tzinfo=UTC))["scenarios"] == ["s-" + "a" * 16]
    assert check_log(paths, files=True).is_whole, "what went by rule is not missed"


def test_old_looks_go_by_their_own_period_and_stay_without_one(settings: Any) -> None:
    paths = settings.paths
    for at in (OLD, NEW):
        note_access(paths, "download", who="a@example.org", role="staff", at=at)
    assert retain(settings, NOW)["access_entries"] == 0
    settings = replace(settings, retention=Retention(access_months=24))
    planned = retain(settings, NOW, dry_run=True)
    jsonschema.validate(planned, SCHEMA)
    assert (planned["access_entries"], len(read_access(paths))) == (2, 3)
    assert "2 entries of the log of access" in told(retain(settings, NOW))
    assert [line["at"] for line in read_access(paths)] == [NEW.isoformat()]
    facts = next(entry.facts for entry in read_log(paths) if entry.kind == "access_cut")
    assert (facts["entries"], facts["rule"]) == (2, "access_months = 24")
    assert check_log(paths, log="access").is_whole


@pytest.mark.parametrize("text", ["inputs_months = -1", "inputs_months = 1300", "months = 3"])
def test_a_period_that_is_none_is_refused(settings: Any, text: str) -> None:
    (settings.paths.home / "settings.toml").write_text(f"[retention]\n{text}\n")
    with pytest.raises(SettingsInvalid):
        read_settings(settings.paths)
