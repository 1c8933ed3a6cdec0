"""The log of what was done: whatever is changed, put in, taken out or cut off is found, and going on hides nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from data.adjustment_store import add_adjustment, withdraw_adjustment
from data.audit_check import check_log
from data.audit_log import ACCEPTED, append, head_file, log_id_of, read_log
from data.errors import OpdriftError, WrongUse
from data.scenario_store import keep_scenario, withdraw_scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.settings import Paths, Settings

SHAPED = "kontakt 010180-1234"


@pytest.fixture
def paths(settings: Settings) -> Paths:
    return settings.paths


def filled(paths: Paths, count: int = 6) -> list[str]:
    for number in range(count):
        append(paths, "thing_done", {"number": number}, who="økonomi")
    return paths.audit_log.read_text().splitlines()


def write(paths: Paths, lines: list[str]) -> None:
    paths.audit_log.write_text("".join(f"{line}\n" for line in lines))


def said(paths: Paths) -> str:
    return "; ".join(item.what for item in check_log(paths).breaks)


def test_a_home_without_a_log_is_whole_and_a_check_makes_no_key(paths: Paths) -> None:
    assert check_log(paths).is_whole
    assert not paths.secrets.exists()


def test_entries_stand_in_order_and_hold(paths: Paths) -> None:
    clock = lambda: datetime(2026, 1, 31, 2, 0, tzinfo=UTC)  # noqa: E731
    made = append(paths, "run_published", {"run_id": "run-20260131T020000-a1b2c3", "n": 2}, who="økonomi", clock=clock)
    filled(paths)
    entries = read_log(paths)
    assert [entry.seq for entry in entries] == list(range(1, 9))
    assert entries[0].kind == "log_opened"
    assert entries[1] == made
    assert made.at == "2026-01-31T02:00:00+00:00"
    assert check_log(paths).is_whole
    assert {file.stat().st_mode & 0o077 for file in (paths.audit_log, *paths.secrets.iterdir())} == {0}


CHANGES: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "changed": (lambda lines: [line.replace('"number": 2', '"number": 7') for line in lines], "entry 4 is not as it was written"),
    "who": (lambda lines: [*lines[:3], lines[3].replace("økonomi", "revision"), *lines[4:]], "entry 4 is not"),
    "taken out": (lambda lines: [*lines[:3], *lines[4:]], "entries 4 to 4 are missing"),
    "first taken out": (lambda lines: lines[1:], "entries 1 to 1 are missing"),
    "swapped": (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "missing"),
    "put in twice": (lambda lines: [*lines[:3], lines[2], *lines[3:]], "out of place"),
    "tail cut": (lambda lines: lines[:-2], "the last 2 entries are cut off"),
    "torn": (lambda lines: [*lines[:-1], lines[-1][:40]], "can't be read"),
    "emptied": (lambda lines: [], "the log is gone"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_found_also_after_going_on(paths: Paths, name: str) -> None:
    change, words = CHANGES[name]
    write(paths, change(filled(paths)))
    assert words in said(paths)
    assert not check_log(paths).is_whole
    append(paths, "thing_done", {})
    assert not check_log(paths).is_whole, "what comes after hides it"
    append(paths, ACCEPTED, {"why": "Hentet fra sikkerhedskopi"}, who="økonomi")
    assert check_log(paths).is_whole, "somebody answered for it"
    assert check_log(paths).breaks, "and it is told all the same"


def test_a_forged_entry_needs_the_key(paths: Paths, tmp_path_factory: pytest.TempPathFactory) -> None:
    lines = filled(paths)
    forged = json.loads(lines[-1]) | {"kind": "run_published"}
    write(paths, [*lines[:-1], json.dumps(forged)])
    assert "entry 7 is not as it was written" in said(paths)


def test_a_log_that_is_deleted_is_missed_by_its_head(paths: Paths) -> None:
    filled(paths)
    paths.audit_log.unlink()
    assert said(paths) == "the log is gone: 1 was kept here"
    append(paths, "thing_done", {})
    assert said(paths) == "a log that was kept here is gone"


def test_a_head_that_is_gone_or_forged_is_said(paths: Paths) -> None:
    filled(paths)
    head = head_file(paths, log_id_of(paths.audit_log))
    told = head.read_text()
    head.write_text(told.replace('"seq": 7', '"seq": 6'))
    assert "the head" in said(paths)
    head.unlink()
    assert "the head" in said(paths)
    append(paths, "thing_done", {})
    assert "the head that is kept with the keys was gone" in said(paths)


def test_a_stop_between_line_and_head_is_no_break(paths: Paths) -> None:
    filled(paths, 3)
    head = head_file(paths, log_id_of(paths.audit_log))
    before = head.read_text()
    append(paths, "thing_done", {})
    head.write_text(before)
    assert check_log(paths).is_whole
    append(paths, "thing_done", {})
    assert check_log(paths).is_whole
    assert len(read_log(paths)) == 6


def test_writers_at_once_lose_nothing(paths: Paths) -> None:
    writers = [Thread(target=filled, args=(paths, 10)) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [entry.seq for entry in read_log(paths)] == list(range(1, 62))
    assert check_log(paths).is_whole


@pytest.mark.parametrize(
    "facts",
    [{"note": SHAPED}, {"note": "ring 010180.1234"}, {"files": ["a", SHAPED]}, {"note": "x" * 301}, {"note": "to\nlinjer"}],
)
def test_texts_that_must_not_be_kept_are_refused_and_not_told(paths: Paths, facts: dict[str, str]) -> None:
    with pytest.raises(WrongUse) as raised:
        append(paths, "thing_done", facts)
    assert "010180" not in str(raised.value)
    assert not paths.audit_log.exists()
    with pytest.raises(WrongUse, match="who"):
        append(paths, "thing_done", {}, who=SHAPED)


def test_a_digest_that_looks_like_a_number_is_a_digest(paths: Paths) -> None:
    append(paths, "thing_done", {"sha256": "a0101801234" + "b" * 53})
    assert check_log(paths).is_whole


def test_a_log_that_can_not_be_written_is_said(paths: Paths) -> None:
    paths.audit_log.mkdir(parents=True)
    with pytest.raises(OpdriftError, match="can't be written"):
        append(paths, "thing_done", {})


def test_scenarios_and_adjustments_are_recorded_and_held_against_it(paths: Paths) -> None:
    first, second = "s-" + "a" * 16, "s-" + "b" * 16
    for scenario in (first, second):
        keep_scenario(paths, scenario, '{"name": "Fru Nielsen"}', who="staff")
    keep_scenario(paths, first, '{"name": "Fru Nielsen"}', who="staff")
    withdraw_scenario(paths, second, who="administrator")
    key = add_adjustment(paths, ENTRY)
    withdraw_adjustment(paths, key, who="KN, økonomi", on=date(2027, 2, 1))
    kinds = [entry.kind for entry in read_log(paths)]
    assert kinds == ["log_opened", *["scenario_kept"] * 2, "scenario_withdrawn", "adjustment_entered", "adjustment_withdrawn"]
    text = paths.audit_log.read_text()
    assert "Nielsen" not in text
    assert "visitation" not in text
    assert check_log(paths, files=True).is_whole
    paths.adjustments.write_text(paths.adjustments.read_text().replace("2100000.0", "1100000.0"))
    (paths.scenarios / f"{first}.json").write_text("{}")
    changed = check_log(paths, files=True).changed
    assert {item.what.split(" is ")[0] for item in changed} == {f"scenario {first}", f"adjustment {key}"}


ENTRY = {
    "municipality": "151", "kind": "placement", "frame": "50.54", "effective_from": date(2027, 3, 1), "amount_dkk": 2.1e6,
    "reason": "Ny placering efter visitation", "who": "KN, økonomi", "entered_on": date(2027, 1, 10),
}  # fmt: skip
