"""Coming events as they are entered on the page: each refusal in plain Danish, and what waits for the next run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import published_example as example
import pytest

from data.adjustment_store import AdjustmentRefused, add_adjustment
from models.view import adjustment_words as words
from models.view.language import Language
from models.view.run import RunView, read_record

if TYPE_CHECKING:
    from data.settings import Settings

DANISH = Language("da")
ENTRY = {
    "municipality": "151", "kind": "placement", "frame": "50.54", "effective_from": date(2027, 3, 1), "amount_dkk": 2.1e6,
    "reason": "Ny plads", "who": "KN", "entered_on": date(2027, 1, 10),
}  # fmt: skip


@pytest.fixture(scope="module")
def run() -> RunView:
    tables = example.frames()
    return RunView.of(example.RUN_ID, tables, read_record(tables["run_record"]))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": None}, "Skriv en begrundelse"),
        ({"reason": "a;b"}, "uden semikolon"),
        ({"reason": "ring 010180-1234"}, "cpr-nummer"),
        ({"reason": "Plads til Bo K. Hansen"}, "personnavn"),
        ({"who": None}, "Skriv dine initialer"),
        ({"who": "K"}, "2 til 40 tegn"),
        ({"frame": None}, "Vælg den ramme eller indsats"),
        ({"amount_dkk": None}, "enten et beløb eller en ændring"),
        ({"change_pct": 2.0}, "enten et beløb eller en ændring"),
        ({"amount_dkk": 1e12}, "Beløbet kan ikke være rigtigt"),
        ({"amount_dkk": None, "change_pct": 400.0}, "mellem −50 og 100 procent"),
        ({"effective_from": None}, "Vælg den dag"),
        ({"effective_from": date(1890, 1, 1)}, "Datoen kan ikke være rigtig"),
        ({"effective_to": date(2027, 2, 1)}, "Sidste dag ligger før første dag"),
    ],
)
def test_every_refusal_of_the_record_has_plain_words(settings: Settings, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(AdjustmentRefused) as caught:
        add_adjustment(settings.paths, ENTRY | wrong)
    told = words.refused_text(caught.value, DANISH)
    assert told.startswith("Intet er gemt.")
    assert said in told
    assert "010180" not in told


def test_what_is_not_foreseen_names_its_kind_alone() -> None:
    assert "(OSError)" in words.refused_text(OSError("010180-1234"), DANISH)
    assert "010180" not in words.refused_text(OSError("010180-1234"), DANISH)


def entry(key: str, **more: object) -> dict[str, Any]:
    days = {name: ENTRY[name].isoformat() for name in ("effective_from", "entered_on")}  # type: ignore[attr-defined]
    return {**ENTRY, **days, "adjustment_id": key, **more}


def test_what_waits_is_what_the_run_has_not_read(run: RunView) -> None:
    gone = {"withdrawn_on": "2027-01-16", "withdrawn_by": "MB"}
    entered = [
        entry("just-1"), entry("just-2", **gone), entry("j-new"), entry("j-both", **gone),
        entry("just-1b", **gone, withdrawn_reason="Fejl"),
    ]  # fmt: skip
    table = run.tables["staff_adjustments"]
    more = table[table["adjustment_id"] == "just-1"].assign(adjustment_id="just-1b")
    known = replace(run, tables=run.tables | {"staff_adjustments": pd.concat([table, more], ignore_index=True)})
    found = words.waiting(known, entered)
    assert [(row["adjustment_id"], row["standing"]) for row in found] == [
        ("j-new", "next_run"), ("j-both", "withdrawn"), ("just-1b", "leaves"),
    ]  # fmt: skip
    shown = words.waiting_table(DANISH, known, found, "")
    assert shown is not None
    assert [row[-1] for row in shown.rows] == [
        "tæller med fra næste kørsel", "trukket tilbage", "trukket tilbage, tæller ikke fra næste kørsel",
    ]  # fmt: skip
    assert shown.rows[2][5].endswith("trukket tilbage af MB, 16. januar 2027: Fejl")
    assert words.waiting_table(DANISH, known, [], "") is None
    assert set(words.open_entries(DANISH, known, entered)) == {"just-1", "j-new"}


def test_what_was_written_after_the_as_of_day_waits_for_a_run_without_one(run: RunView) -> None:
    known = replace(run, record={**run.record, "as_of": "2026-12-31"})
    found = words.waiting(known, [entry("j-new"), entry("j-of-the-day", entered_on="2026-12-31")])
    assert [(row["adjustment_id"], row["standing"]) for row in found] == [
        ("j-new", "after_as_of"), ("j-of-the-day", "next_run"),
    ]  # fmt: skip
    shown = words.waiting_table(DANISH, known, found, "")
    assert shown is not None
    assert shown.rows[0][-1] == "skrevet efter as-of-dagen, tæller først med i en kørsel uden as-of"
    assert words.later_note(DANISH, run) is None
    notices = pd.DataFrame(
        [("adjustments_later", "run", "1 kommende hændelse tæller ikke med.", "1 does not count.")],
        columns=list(run.tables["notices"].columns),
    )
    told = replace(run, tables=run.tables | {"notices": notices})
    assert words.later_note(DANISH, told) == "1 kommende hændelse tæller ikke med."


def test_only_months_that_the_run_has_are_begun(run: RunView) -> None:
    assert words.begins_in_data(run, date(2026, 12, 31))
    assert not words.begins_in_data(run, date(2027, 1, 1))


def test_an_event_may_stand_on_every_frame_and_service(run: RunView) -> None:
    found = words.places(DANISH, run)
    assert found["frame", "30.46"] == "Hele rammen: Forebyggelse og anbringelse"
    assert {member for level, member in found if level == "service"} == set(run.tables["services"]["service"])
