"""What the commands tell of a run: no amount of a few rows, and a log of each kind that is looked after."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import published_example
import pytest

from data.access_log import note_access
from data.audit_log import append
from data.mart import Mart
from flows.audit_cli import log, log_words
from flows.status import describe_checked, describe_run, read_status, told
from flows.summary import tell_run
from models.view.few_rows import few_rows_hidden

if TYPE_CHECKING:
    from data.settings import Settings

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"
NOW = datetime(2027, 1, 16, tzinfo=UTC)
FEW = 1_900_000.0
"""What the example's three rows of C-08 are worth."""


@pytest.fixture
def published(settings: Settings) -> Settings:
    published_example.publish(settings.paths)
    return settings


def valid(name: str, found: dict[str, object]) -> str:
    jsonschema.validate(found, json.loads((SCHEMAS / name).read_text(encoding="utf-8")))
    return json.dumps(found)


def test_no_amount_of_a_few_rows_is_in_status_or_summary(published: Settings) -> None:
    status = read_status(published, now=NOW)
    assert str(FEW) not in valid("status.json", status)
    (warning,) = status["warnings"]
    assert (warning["rows"], warning["amount"]) == (3, None), "rows are told: someone must mend them"
    assert status["set_aside"][0]["amount"] == 0.8e6, "what rests on fifty is told"
    assert "C-08" in told(status)
    assert tell_run(Mart.open(published.paths), published, now=NOW)


def test_what_would_give_it_back_goes_with_it(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = published_example.frames()
    rule, balance = frames["rule_results"], frames["balance"]
    rule.loc[rule["rule_id"] == "C-02", "rows_failed"] = 3
    balance.loc[balance["table_name"] == "postings", "rows_set_aside"] = 3
    monkeypatch.setattr(published_example, "frames", lambda **_: frames)
    for file in published.paths.published.iterdir():
        file.unlink()
    published_example.publish(published.paths)
    found = describe_run(Mart.open(published.paths), published, now=NOW)
    assert (found["amount"]["in"], found["amount"]["set_aside"]) == (None, None)
    assert found["amount"]["used"] == 334.2e6
    assert "not shown" in tell_run(Mart.open(published.paths), published, now=NOW)
    assert not {0.8e6, 335e6} & {value for row in found["tables"] + found["set_aside"] for value in row.values()}


def test_nor_in_what_a_check_finds(published: Settings) -> None:
    frames = published_example.frames()
    rules, files, balance = (frames[name] for name in ("rule_results", "input_files", "balance"))
    found = describe_checked(rules, balance, files, settings=published)
    assert found["currency"] == published.currency
    assert str(FEW) not in json.dumps(found)
    assert [row["amount"] for row in found["warnings"]] == [None]


def test_the_tables_that_are_given_stay_as_they_are() -> None:
    frames = published_example.frames()
    before = frames["rule_results"].copy()
    assert few_rows_hidden(frames, 5)["rule_results"]["amount_failed"].isna().sum() > before["amount_failed"].isna().sum()
    assert frames["rule_results"].equals(before)


def test_the_log_of_access_is_checked_told_and_answered_for(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPDRIFT_SECRETS", str(settings.paths.secrets))
    paths = settings.paths
    append(paths, "thing_done", {})
    for name in ("a", "b"):
        note_access(paths, "download", who=f"{name}@example.org", role="staff", at=NOW, what="ark.xlsx")
    assert log(home=paths.home, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["access"]["entries"] == 3, valid("log.json", found)
    assert "example.org" not in json.dumps(found), "who looked is shown when asked for"
    assert log(home=paths.home, access=True) == 0
    assert "a@example.org" in capsys.readouterr().err
    paths.access_log.write_text(paths.access_log.read_text().replace("b@", "c@"))
    assert log_words(paths) == "The log of access does not hold: entry 3 is not as it was written"
    assert log(home=paths.home) == 1
    assert "BROKEN, in the log of access" in capsys.readouterr().err
    assert log(home=paths.home, accept="Rettet ved en fejl", who="økonomi") == 0
    assert log_words(paths) == ""
