"""The register of decided cases: it only grows, a promise that was changed is not read, nothing typed comes back in a message."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data.decision_store import add_fact, decide, read_decisions, read_frozen
from data.errors import OpdriftError, WrongUse

if TYPE_CHECKING:
    from data.settings import Settings

SAID = {
    "case_id": "f-0123456789abcdef", "case": {"name": "Hjemme i stedet", "services": ["boernehjem"]}, "owner": "Børn og Unge",
    "who": "KN", "decided_on": "2027-01-20", "planned_start": "2027-03", "run_id": "run-20270115T020000-0a1b2c",
    "cutoff": "2026-12",
}  # fmt: skip
ARRAYS = {"draws": np.arange(6.0).reshape(1, 2, 3), "services": np.array(["boernehjem"])}
SHAPED = "ring 010180-1234"


def test_a_decision_with_what_became_of_it_comes_back(settings: Settings) -> None:
    key = decide(settings.paths, SAID, ARRAYS)
    assert key.startswith("d-")
    assert len(key) == 18
    for action, said in (
        ("start", {"month": "2027-04"}), ("enrol", {"month": "2027-04", "number": 9}),
        ("enrol", {"month": "2027-05", "number": 5}), ("enrol", {"month": "2027-04", "number": 7}),
        ("stop", {"month": "2028-01"}),
    ):  # fmt: skip
        add_fact(settings.paths, key, action, said | {"who": "KN"})
    found = read_decisions(settings.paths)[0]
    assert (found["actual_start"], found["stopped"], found["enrolled"]) == ("2027-04", "2028-01", {"2027-04": 7, "2027-05": 5})
    assert found["case"] == SAID["case"]
    assert len(settings.paths.decisions.read_text(encoding="utf-8").splitlines()) == 6
    arrays = read_frozen(settings.paths, found)
    assert (arrays["draws"] == ARRAYS["draws"]).all()
    assert arrays["services"].tolist() == ["boernehjem"]


def test_two_who_decide_the_same_case_at_once_leave_one_decision(settings: Settings) -> None:
    def enter(_: int) -> str:
        try:
            return decide(settings.paths, SAID, ARRAYS)
        except WrongUse as refused:
            return str(refused)

    with ThreadPoolExecutor(8) as at_once:
        told = list(at_once.map(enter, range(8)))
    assert sum(text.startswith("d-") for text in told) == 1
    assert sum("decided already" in text for text in told) == 7
    assert len(settings.paths.decisions.read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"owner": ""}, "--owner"),
        ({"owner": SHAPED}, "--owner"),
        ({"who": "K\nN"}, "--who"),
        ({"who": SHAPED}, "--who"),
        ({"owner": "leder 010180/1234"}, "--owner"),
        ({"case": {"name": "01.01.80 - 1234", "services": []}}, "CPR"),
        ({"planned_start": "2027-13"}, "--start"),
        ({"case": {"name": SHAPED, "services": []}}, "CPR"),
    ],
)
def test_what_is_wrong_is_refused_and_not_repeated(settings: Settings, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(WrongUse) as caught:
        decide(settings.paths, SAID | wrong, ARRAYS)
    assert said in str(caught.value)
    assert "010180" not in str(caught.value)
    assert not settings.paths.decisions.exists()
    assert not settings.paths.frozen.exists()


def test_the_same_case_is_decided_once_on_a_run(settings: Settings) -> None:
    decide(settings.paths, SAID, ARRAYS)
    with pytest.raises(WrongUse, match="decided already"):
        decide(settings.paths, SAID, ARRAYS)
    again = decide(settings.paths, SAID | {"run_id": "run-20280115T020000-0a1b2c"}, ARRAYS)
    assert [row["decision_id"] for row in read_decisions(settings.paths)][1] == again


@pytest.mark.parametrize(
    ("action", "said", "words"),
    [
        ("start", {"month": "2026-12"}, "before its decision"),
        ("start", {"month": "april"}, "no month"),
        ("start", {"month": "2027-04", "who": SHAPED}, "CPR"),
        ("start", {"month": "2027-04", "who": "KN 010180.1234"}, "CPR"),
        ("enrol", {"month": "2027-04", "number": 3}, "not started"),
        ("stop", {"month": "2027-04"}, "not started"),
    ],
)
def test_a_fact_that_cannot_be_is_refused(settings: Settings, action: str, said: dict[str, object], words: str) -> None:
    key = decide(settings.paths, SAID, ARRAYS)
    with pytest.raises(WrongUse, match=words) as caught:
        add_fact(settings.paths, key, action, {"who": "KN"} | said)
    assert "010180" not in str(caught.value)
    assert len(settings.paths.decisions.read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.parametrize(("said", "words"), [({"month": "2027-03"}, "before the start"), ({"number": 100_001}, "outside")])
def test_enrolments_that_cannot_be_are_refused(settings: Settings, said: dict[str, object], words: str) -> None:
    key = decide(settings.paths, SAID, ARRAYS)
    add_fact(settings.paths, key, "start", {"month": "2027-04", "who": "KN"})
    with pytest.raises(WrongUse, match=words):
        add_fact(settings.paths, key, "enrol", {"month": "2027-04", "number": 4, "who": "KN"} | said)
    with pytest.raises(WrongUse, match="No decided case"):
        add_fact(settings.paths, "d-0000000000000000", "start", {"month": "2027-04", "who": "KN"})


def test_a_promise_that_was_moved_is_not_read(settings: Settings) -> None:
    key = decide(settings.paths, SAID, ARRAYS)
    row, file = read_decisions(settings.paths)[0], settings.paths.frozen / f"{key}.npz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(WrongUse, match="changed or damaged"):
        read_frozen(settings.paths, row)
    file.unlink()
    with pytest.raises(WrongUse, match="can't be opened"):
        read_frozen(settings.paths, row)
    with pytest.raises(WrongUse, match="no decision's id"):
        read_frozen(settings.paths, row | {"decision_id": "../../secret"})


def test_a_damaged_register_stops_with_a_remedy(settings: Settings) -> None:
    decide(settings.paths, SAID, ARRAYS)
    with settings.paths.decisions.open("a", encoding="utf-8") as record:
        record.write(json.dumps({"action": "start", "decision_id": "d-none", "month": "2027-04"}) + "\n")
    with pytest.raises(OpdriftError, match="backup"):
        read_decisions(settings.paths)


def test_objects_are_not_kept(settings: Settings) -> None:
    with pytest.raises(TypeError):
        decide(settings.paths, SAID, {"draws": np.array([{}], dtype=object)})
    assert not settings.paths.decisions.exists()
