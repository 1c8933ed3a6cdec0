"""A citizen's rights by command: the number is typed, a receipt holds counts alone, the law on bookkeeping is obeyed."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from data.audit_check import check_log
from data.audit_log import append, read_log
from data.citizen import unfinished
from data.landing import land
from data.warehouse import open_warehouse
from flows.cli import cli

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schemas" / "citizen.json").read_text(encoding="utf-8"))
CASES = "case_id;citizen_id;birth_month;service;start_date;price;price_from;price_unit;provider_type;paying_municipality"
POSTINGS = "posting_id;accounting_year;accounting_period;posted_on;function;account_class;owner;grouping;expense_type"
POSTINGS += ";citizen_id;amount_dkk"
SOUGHT = "010180-1234"


@pytest.fixture
def opdrift(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    inbox = settings.paths.inbox
    inbox.mkdir(parents=True)
    rest = "1980-01-01;SEL-107;2025-01-01;3000,00;2025-01-01;day;own;151"
    (inbox / "cases_2026-01.csv").write_text(f"{CASES}\nS1;{SOUGHT};{rest}\nS2;020290-2345;{rest}\n")
    (inbox / "postings_2026.csv").write_text(f"{POSTINGS}\nB1;2026;1;2026-01-15;52820;1;1;003;47;{SOUGHT};100,00\n")
    with open_warehouse(settings) as con:
        land(con, settings, pause=lambda _: None)
    monkeypatch.setenv("OPDRIFT_SECRETS", str(settings.paths.secrets))

    def command(*words: str, typed: str = SOUGHT) -> Any:
        return CliRunner().invoke(cli, [*words, "--home", str(settings.paths.home)], input=f"{typed}\n")

    return command


def test_insight_is_for_its_owner_alone(opdrift: Any, settings: Any, tmp_path: Path) -> None:
    out = tmp_path / "indsigt.json"
    done = opdrift("insight", "--out", str(out), "--who", "DPO", "--json")
    assert done.exit_code == 0, done.output
    receipt = json.loads(done.stdout)
    jsonschema.validate(receipt, SCHEMA)
    assert (receipt["rows"], len(receipt["files"])) == ({"cases": 1, "postings": 1}, 2)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    told = json.loads(out.read_text())
    assert {text.split(";")[0] for file in told["files"] for text in file["rows"]} == {"S1", "B1"}
    assert "020290" not in out.read_text(), "nobody else's"
    assert "010180" not in done.output + settings.paths.audit_log.read_text()
    assert opdrift("insight", "--out", str(out), "--who", "DPO").exit_code == 2, "it is never written over"
    assert opdrift("insight", "--out", str(settings.paths.home / "x.json"), "--who", "DPO").exit_code == 2
    unsigned = tmp_path / "other.json"
    assert opdrift("insight", "--out", str(unsigned), "--who", SOUGHT).exit_code == 2
    assert not unsigned.exists(), "what can't be recorded is not given out"


def test_the_accounts_are_not_erased_without_a_basis(opdrift: Any, settings: Any) -> None:
    done = opdrift("erase", "--who", "DPO")
    assert done.exit_code == 2
    assert "bookkeeping forbids erasing 1 rows of postings" in done.stderr
    assert not [entry for entry in read_log(settings.paths) if entry.kind == "files_erased"]
    done = opdrift("erase", "--who", "DPO", "--keep-accounts", "--json")
    receipt = json.loads(done.stdout)
    jsonschema.validate(receipt, SCHEMA)
    assert receipt["left"]["rows"] == {"postings": 1}
    done = opdrift("erase", "--who", "DPO", "--legal-basis", "Sag 2026-1: fejlregistreret borger", "--json")
    receipt = json.loads(done.stdout)
    jsonschema.validate(receipt, SCHEMA)
    assert (receipt["left"]["rows"], receipt["left"]["files"]) == ({}, [])
    erased = [entry for entry in read_log(settings.paths) if entry.kind == "files_erased"]
    assert erased[-1].facts["legal_basis"] == "Sag 2026-1: fejlregistreret borger"
    assert erased[-1].facts["files"] == receipt["erased_files"]
    assert check_log(settings.paths).is_whole
    assert unfinished(settings.paths) == []
    append(settings.paths, "erasure_begun", {"files": ["a" * 64], "into": ["b" * 64]})
    assert "stopped before its end" in opdrift("doctor").output, "one that was stopped is told, until it is done"
    append(settings.paths, "files_erased", {"files": ["a" * 64]})
    assert unfinished(settings.paths) == []
    clear = re.compile(rb"010180-?1234|0?101801234")
    assert not [file for file in settings.paths.home.rglob("*") if file.is_file() and clear.search(file.read_bytes())]


def test_rectification_names_the_source(opdrift: Any, settings: Any) -> None:
    settings.paths.warehouse.write_bytes(b"noise")
    done = opdrift("rectify", "--who", "DPO", "--about", "cases")
    assert done.exit_code == 0
    assert "cases_2026-01.csv" in done.stderr
    rebuilt, rectified = read_log(settings.paths)[-2:]
    assert (rebuilt.kind, rebuilt.facts) == ("warehouse_rebuilt", {"command": "rectify", "files": 2})
    assert rectified.kind == "citizen_rectify"
    assert opdrift("rectify", "--who", "DPO", "--about", "population").exit_code == 2


@pytest.mark.parametrize("typed", ["Anna Jensen", "", "0101801234567"])
def test_what_was_typed_is_never_repeated(opdrift: Any, typed: str) -> None:
    done = opdrift("erase", "--who", "DPO", typed=typed)
    assert done.exit_code == 2
    assert not typed or typed not in done.output


def test_nobody_found_is_a_receipt_too(opdrift: Any) -> None:
    done = opdrift("erase", "--who", "DPO", "--json", typed="030303-3456")
    assert (done.exit_code, json.loads(done.stdout)["rows"]) == (0, {})
