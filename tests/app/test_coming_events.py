"""Entering a coming event on the page Budgetopfølgning: refused as the command refuses, and kept in both logs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

import app
from data.access_log import read_access
from data.adjustment_store import AdjustmentRefused, add_adjustment, read_adjustments
from data.audit_log import read_log
from data.settings import Paths, Settings
from models.view.roles import ADMINISTRATOR, CASE_ECONOMIST, STAFF, VIEWER

if TYPE_CHECKING:
    from types import ModuleType

ENTER, WITHDRAW = "Skriv hændelsen", "Træk hændelsen tilbage"
SAID = {"kind": "placement", "frame": "50.54", "effective_from": date(2027, 3, 1), "amount_dkk": 2.1e6, "reason": "Ny plads"}


def opened() -> AppTest:
    test = AppTest.from_file(app.__file__, default_timeout=90)
    test.run()
    test.switch_page("app_pages/budget_follow_up.py").run()
    assert not test.exception, [item.value for item in test.exception]
    return test


def pressed(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception, [item.value for item in test.exception]
    return test


def filled(test: AppTest, turn: int = 0) -> AppTest:
    test.selectbox(key=f"adjust_place_{turn}").set_value(("frame", "50.54"))
    test.number_input(key=f"adjust_amount_{turn}").set_value(2.1e6)
    test.date_input(key=f"adjust_from_{turn}").set_value(date(2027, 3, 1))
    test.text_input(key=f"adjust_reason_{turn}").set_value("Ny placering efter visitation")
    test.text_input(key=f"adjust_who_{turn}").set_value("KN")
    test.checkbox(key=f"adjust_sure_{turn}").check()
    return test


def waiting_of(test: AppTest) -> str:
    return next((item.proto.body for item in test.get("html") if "Skrevet siden denne kørsel" in item.proto.body), "")


def shown(test: AppTest) -> str:
    return " ".join(item.value for item in (*test.error, *test.warning, *test.success))


def test_an_event_is_entered_listed_and_withdrawn_on_the_page(own_home: Paths) -> None:
    test = pressed(filled(opened()), ENTER)
    assert "Den tæller med fra næste kørsel" in shown(test)
    (row,) = read_adjustments(own_home)
    assert (row["frame"], row["amount_dkk"], row["effective_from"], row["who"]) == ("50.54", 2.1e6, "2027-03-01", "KN")
    assert (row["municipality"], row["kind"], row.get("in_data"), row.get("change_pct")) == ("151", "placement", None, None)
    for text in ("Ny placering efter visitation", "2.100.000 kr. om året", "fra 1. marts 2027", "tæller med fra næste kørsel"):
        assert text in waiting_of(test)
    assert test.text_input(key="adjust_reason_1").value == "", "what is entered next begins empty"

    key = row["adjustment_id"]
    pressed(test, WITHDRAW)
    assert "Intet er gemt. Vælg hændelsen" in shown(test)
    test.selectbox(key="adjust_withdraw_1").set_value(key)
    test.text_input(key="adjust_withdraw_who_1").set_value("MB")
    test.checkbox(key="adjust_withdraw_sure_1").check()
    pressed(test, WITHDRAW)
    assert "Begrundelsen skal være på 3 til 300 tegn" in shown(test)
    test.text_input(key="adjust_withdraw_reason_1").set_value("Den blev til en anden")
    pressed(test, WITHDRAW)
    assert "Den tæller ikke fra næste kørsel" in shown(test)
    (row,) = read_adjustments(own_home)
    assert (row["withdrawn_by"], row["withdrawn_reason"]) == ("MB", "Den blev til en anden")
    assert "trukket tilbage af MB" in waiting_of(test)
    assert "Den blev til en anden" in waiting_of(test)
    assert not [item for item in test.selectbox if str(item.key).startswith("adjust_withdraw")], "nothing is left to withdraw"

    kinds = [entry.kind for entry in read_log(own_home) if entry.kind.startswith("adjustment_")]
    assert kinds == ["adjustment_entered", "adjustment_withdrawn"]
    noted = [line["what"] for line in read_access(own_home) if line["event"] == "register"]
    assert noted == ["adjustment 50.54", f"withdraw {key}", f"withdraw {key}"]


def test_what_is_refused_is_said_in_danish_and_nothing_is_lost(own_home: Paths) -> None:
    test = filled(opened())
    for reason, said in (
        ("kontakt 010180-1234", "ligner et cpr-nummer"),
        ("Ny plads til Anna Jensen", "ligner et personnavn"),
        ("=HYPERLINK(1)", "kode eller en formel"),
    ):
        test.text_input(key="adjust_reason_0").set_value(reason)
        pressed(test, ENTER)
        assert "Intet er gemt." in shown(test)
        assert said in shown(test)
        assert "010180" not in shown(test)
        assert test.number_input(key="adjust_amount_0").value == 2.1e6
        assert test.date_input(key="adjust_from_0").value == date(2027, 3, 1)
    test.text_input(key="adjust_reason_0").set_value("Ny plads")
    test.date_input(key="adjust_from_0").set_value(date(2026, 11, 1))
    pressed(test, ENTER)
    assert "begynder i en måned, data allerede har" in shown(test)
    test.date_input(key="adjust_from_0").set_value(date(2027, 3, 1))
    test.checkbox(key="adjust_sure_0").uncheck()
    pressed(test, ENTER)
    assert "Sæt først kryds" in shown(test)
    assert test.text_input(key="adjust_reason_0").value == "Ny plads"
    assert not read_adjustments(own_home)
    assert "010180" not in "".join(file.read_text(encoding="utf-8") for file in own_home.home.glob("a*.jsonl"))


def test_what_has_begun_and_is_not_in_the_data_is_entered_as_that(own_home: Paths) -> None:
    test = filled(opened())
    test.selectbox(key="adjust_place_0").set_value(("service", "bostoette"))
    test.selectbox(key="adjust_kind_0").set_value("rate_change")
    test.number_input(key="adjust_amount_0").set_value(None)
    test.number_input(key="adjust_percent_0").set_value(1.5)
    test.date_input(key="adjust_from_0").set_value(date(2026, 11, 1))
    test.date_input(key="adjust_to_0").set_value(date(2027, 6, 30))
    test.checkbox(key="adjust_late_0").check()
    pressed(test, ENTER)
    (row,) = read_adjustments(own_home)
    assert (row["service"], row["kind"], row["change_pct"], row["in_data"]) == ("bostoette", "rate_change", 1.5, False)
    assert (row["effective_to"], row.get("frame"), row.get("amount_dkk")) == ("2027-06-30", None, None)


def test_who_only_looks_sees_what_it_is_for_and_cannot_write(monkeypatch: pytest.MonkeyPatch, own_home: Paths) -> None:
    add_adjustment(own_home, {**SAID, "municipality": "151", "who": "KN", "entered_on": date(2027, 1, 16)})
    for role in ("viewer", "sagsoekonom"):
        monkeypatch.setenv("OPDRIFT_LOCAL_ROLE", role)
        test = opened()
        assert "Kendte kommende hændelser" in [item.value for item in test.header]
        assert not [item for item in test.text_input if str(item.key).startswith("adjust_")]
        assert not waiting_of(test), "what no run has read and masked is not shown"
    settings = Settings(paths=own_home)
    for forbidden in (VIEWER, CASE_ECONOMIST):
        with pytest.raises(AdjustmentRefused):
            app.enter_now(settings, "local", forbidden, {**SAID, "who": "KN"})
        with pytest.raises(AdjustmentRefused):
            app.take_back_now(settings, "local", forbidden, "j-00000000", "KN", "Ikke mere")
    assert len(read_adjustments(own_home)) == 1
    assert not [line for line in read_access(own_home) if line["event"] == "register"]
    with pytest.raises(AdjustmentRefused, match="has that id"):
        app.take_back_now(settings, "local", ADMINISTRATOR, "j-00000000", "KN", "Ikke mere")


def test_it_is_signed_by_who_is_signed_in(own_home: Paths) -> None:
    app.enter_now(Settings(paths=own_home), "mb@kommune.example", STAFF, {**SAID, "who": "EN ANDEN"})
    (row,) = read_adjustments(own_home)
    assert row["who"] == "mb"
    app.take_back_now(Settings(paths=own_home), "mb@kommune.example", STAFF, row["adjustment_id"], "EN ANDEN", "Ikke mere")
    assert read_adjustments(own_home)[0]["withdrawn_by"] == "mb"
    assert {line["who"] for line in read_access(own_home) if line["event"] == "register"} == {"mb@kommune.example"}


def test_the_form_asks_no_initials_of_who_is_signed_in(monkeypatch: pytest.MonkeyPatch, own_home: Paths) -> None:
    monkeypatch.setattr("data.adjustment_store.signature_of", lambda _: "mb")
    test = opened()
    assert any(item.value == "Underskrives som mb." for item in test.caption)
    assert not [item for item in test.text_input if str(item.key).startswith("adjust_who")]
    test.selectbox(key="adjust_place_0").set_value(("frame", "50.54"))
    test.number_input(key="adjust_amount_0").set_value(-5e5)
    test.date_input(key="adjust_from_0").set_value(date(2027, 3, 1))
    test.text_input(key="adjust_reason_0").set_value("Et tilbud lukker")
    test.checkbox(key="adjust_sure_0").check()
    pressed(test, ENTER)
    (row,) = read_adjustments(own_home)
    assert (row["who"], row["amount_dkk"]) == ("mb", -5e5)


def test_where_nothing_is_entered_the_page_says_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch, own_home: Paths, example: ModuleType
) -> None:
    made = example.frames()
    made["staff_adjustments"] = made["staff_adjustments"].iloc[:0]
    for file in own_home.published.glob(f"{example.RUN_ID}*"):
        file.unlink()
    example.write_mart(own_home, example.RUN_ID, made)
    for role in ("viewer", "staff"):
        monkeypatch.setenv("OPDRIFT_LOCAL_ROLE", role)
        test = opened()
        assert any("hændelser, som økonomi kender" in item.value for item in test.markdown)
        assert ("Skriv en kommende hændelse" in [item.label for item in test.expander]) == (role == "staff")


def test_a_record_that_cannot_be_read_is_said_and_the_page_stands(own_home: Paths) -> None:
    own_home.adjustments.write_text("{\n", encoding="utf-8")
    test = opened()
    assert "Hændelserne kunne ikke læses eller skrives" in shown(test)
    assert not [item for item in test.text_input if str(item.key).startswith("adjust_")]
    assert any(item.value == "Bag tallene" for item in test.header)
