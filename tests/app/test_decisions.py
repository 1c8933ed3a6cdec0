"""Deciding on the page Forebyggelse: what the commands refuse is refused, what is entered stands in the register at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app
from data.access_log import read_access
from data.audit_log import read_log
from data.decision_store import DecisionRefused, read_decisions
from data.settings import Paths, Settings
from models.investment.case import example_case
from models.view.roles import ADMINISTRATOR, CASE_ECONOMIST, VIEWER

CASE = Path(__file__).parents[2] / "docs" / "examples" / "investments" / "bostoette_foer_botilbud.json"
APP = str(Path(__file__).parents[2] / "app.py")


def opened() -> AppTest:
    test = AppTest.from_file(APP, default_timeout=90)
    test.run()
    test.switch_page("app_pages/prevention.py").run()
    test.button(key="case_example").click().run()
    assert not test.exception, [item.value for item in test.exception]
    return test


def register_of(test: AppTest) -> str:
    return next(item.proto.body for item in test.get("html") if "Besluttede sager og besparelser" in item.proto.body)


def pressed(test: AppTest, label: str, which: int = 0) -> AppTest:
    [button for button in test.button if button.label == label][which].click().run()
    assert not test.exception, [item.value for item in test.exception]
    return test


def filled(test: AppTest, **said: str) -> AppTest:
    for key, value in said.items():
        test.text_input(key=f"decide_{key}").set_value(value)
    return test


def test_a_case_is_decided_started_and_enrolled_on_the_page(own_home: Paths) -> None:
    test, enter = opened(), "Skriv beslutningen i registret"
    pressed(filled(test, owner="Familieafdelingen", who="KN"), enter)
    assert any("Sæt først kryds" in item.value for item in test.warning)
    test.checkbox(key="decide_sure").check()
    for owner, said in (("<b>Kontor", "kode eller en formel"), ("010180-1234", "cpr-nummer")):
        pressed(filled(test, owner=owner), enter)
        assert any(said in item.value for item in test.error), owner
        assert not read_decisions(own_home)
    pressed(filled(test, owner="Familieafdelingen"), enter)
    assert any("skrevet i registret" in item.value for item in test.success)
    assert "Eksempel: færre i den dyreste indsats" in register_of(test)
    assert "Familieafdelingen" in register_of(test)
    (decided,) = read_decisions(own_home)
    assert decided["decision_id"] in register_of(test)
    pressed(test, enter)
    assert any("allerede besluttet" in item.value for item in test.error)

    test.text_input(key="enrol_who").set_value("KN")
    pressed(test, "Skriv i registret", 1)
    assert any("ikke begyndt endnu" in item.value for item in test.error)
    test.selectbox(key="start_month").set_value("2027-03")
    test.text_input(key="start_who").set_value("KN")
    pressed(test, "Skriv i registret", 0)
    assert "marts 2027" in register_of(test)
    test.selectbox(key="enrol_month").set_value("2027-04")
    test.number_input(key="enrol_number").set_value(12)
    test.text_input(key="enrol_who").set_value("KN")
    pressed(test, "Skriv i registret", 1)
    assert read_decisions(own_home)[0]["enrolled"] == {"2027-04": 12}
    assert [entry.kind for entry in read_log(own_home) if entry.kind.startswith("case_")] == [
        "case_decided",
        "case_start",
        "case_enrol",
    ]
    noted = [line["what"].split()[0] for line in read_access(own_home) if line["event"] == "register"]
    assert noted[-3:] == ["enrol", "start", "enrol"]


def test_a_measure_that_would_start_before_its_decision_is_refused_on_the_page(own_home: Paths) -> None:
    test = opened()
    early = json.loads(CASE.read_text(encoding="utf-8")) | {"services": ["bostoette"], "start": "2024-01"}
    test.file_uploader(key="case_files").set_value([("sag.json", json.dumps(early).encode(), "application/json")]).run()
    test.selectbox(key="decide_case").select_index(1)
    test.checkbox(key="decide_sure").check()
    test.date_input(key="decide_on").set_value(datetime.now(tz=UTC).date())
    pressed(filled(test, owner="Familieafdelingen", who="KN"), "Skriv beslutningen i registret")
    assert any("Indsatsen begynder før beslutningen" in item.value for item in test.error)
    assert not read_decisions(own_home)


def test_who_only_looks_sees_the_register_and_cannot_write(monkeypatch: pytest.MonkeyPatch, own_home: Paths) -> None:
    monkeypatch.setenv("OPDRIFT_LOCAL_ROLE", "viewer")
    test = opened()
    assert any("Kun budgetmedarbejdere" in item.value for item in test.caption)
    assert not [item for item in test.text_input if str(item.key).startswith("decide_")]
    settings = Settings(paths=own_home)
    said = {"owner": "Kontoret", "who": "KN"}
    for role in (VIEWER, CASE_ECONOMIST):
        with pytest.raises(DecisionRefused):
            app.decide_now(settings, "local", role, example_case(), said)
        with pytest.raises(DecisionRefused):
            app.add_now(settings, "local", role, "d-0123456789abcdef", "start", {"month": "2027-03", "who": "KN"})
    with pytest.raises(DecisionRefused, match="No decided case"):
        app.add_now(settings, "local", ADMINISTRATOR, "d-0123456789abcdef", "start", {"month": "2027-03", "who": "KN"})
    assert not read_decisions(own_home)
