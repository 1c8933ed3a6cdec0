"""The log of who looked: chained like the log of what was done, found out when changed, and cut by rule alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from data.access_log import cut_access, note_access, note_sign_in, old_access, read_access
from data.audit_check import check_log
from data.audit_log import append, log_file, read_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.settings import Paths, Settings

YEARS = (2023, 2024, 2025, 2026)
LIMIT = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def paths(settings: Settings) -> Paths:
    for year in YEARS:
        at = datetime(year, 3, 1, tzinfo=UTC)
        note_access(settings.paths, "download", who="a@example.org", role="staff", at=at, what=f"ark-{year}.xlsx")
    return settings.paths


def broken(paths: Paths) -> str:
    return "; ".join(item.what for item in check_log(paths, log="access").breaks if not item.accepted)


def test_looks_stand_in_order_and_hold_beside_the_other_log(paths: Paths) -> None:
    append(paths, "thing_done", {})
    assert [line["what"] for line in read_access(paths)] == ["", *(f"ark-{year}.xlsx" for year in YEARS)]
    assert check_log(paths).is_whole
    assert check_log(paths, log="access").is_whole
    assert {file.stat().st_mode & 0o077 for file in (paths.access_log, *paths.secrets.iterdir())} == {0}


CHANGES: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "another person": (lambda lines: [line.replace("a@example.org", "b@example.org") for line in lines], "is not as it was"),
    "taken out": (lambda lines: [*lines[:2], *lines[3:]], "are missing"),
    "head cut off": (lambda lines: lines[2:], "entries 1 to 2 are missing"),
    "tail cut off": (lambda lines: lines[:-1], "the last 1 entries are cut off"),
    "emptied": (lambda lines: [], "the log is gone"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_is_found_also_after_the_next_look(paths: Paths, name: str) -> None:
    change, words = CHANGES[name]
    lines = change(paths.access_log.read_text().splitlines())
    paths.access_log.write_text("".join(f"{line}\n" for line in lines))
    assert words in broken(paths)
    note_access(paths, "cases", who="a@example.org", role="staff", at=datetime(2026, 4, 1, tzinfo=UTC))
    assert broken(paths), "what comes after hides it"
    assert check_log(paths).is_whole, "the other log is another one"


def test_a_period_cuts_the_oldest_the_other_log_says_so_and_the_chain_goes_on(paths: Paths) -> None:
    assert old_access(paths, LIMIT) == 3, "the opening and two looks"
    assert cut_access(paths, LIMIT, rule="access_months = 24") == 3
    assert [line["what"] for line in read_access(paths)] == ["ark-2025.xlsx", "ark-2026.xlsx"]
    assert check_log(paths, log="access").is_whole
    entry = read_log(paths)[-1]
    assert entry.kind == "access_cut"
    assert (entry.facts["entries"], entry.facts["last_seq"], entry.facts["rule"]) == (3, 3, "access_months = 24")
    note_access(paths, "cases", who="a@example.org", role="staff", at=datetime(2026, 4, 1, tzinfo=UTC))
    assert cut_access(paths, LIMIT, rule="access_months = 24") == 0
    assert cut_access(paths, datetime(2026, 1, 1, tzinfo=UTC), rule="access_months = 12") == 1, "and once more later"
    assert check_log(paths, log="access").is_whole


def test_more_is_cut_than_a_rule_did(paths: Paths) -> None:
    cut_access(paths, LIMIT, rule="access_months = 24")
    lines = paths.access_log.read_text().splitlines(keepends=True)
    paths.access_log.write_text("".join(lines[1:]))
    assert "entries 1 to 4 are missing" in broken(paths)


def test_a_stop_between_the_record_of_a_cut_and_the_cut_is_no_break(paths: Paths) -> None:
    before = paths.access_log.read_bytes()
    cut_access(paths, LIMIT, rule="access_months = 24")
    paths.access_log.write_bytes(before)
    assert check_log(paths, log="access").is_whole
    assert cut_access(paths, LIMIT, rule="access_months = 24") == 3, "it is due again"
    assert check_log(paths, log="access").is_whole


def test_the_newest_look_stays_however_old(paths: Paths) -> None:
    assert cut_access(paths, datetime(2030, 1, 1, tzinfo=UTC), rule="access_months = 1") == 4
    assert len(read_access(paths)) == 1
    assert check_log(paths, log="access").is_whole


def test_a_person_known_by_a_number_is_kept_as_a_digest(settings: Settings) -> None:
    paths, at = settings.paths, datetime(2026, 3, 1, tzinfo=UTC)
    for role in ("viewer", "staff"):
        note_sign_in(paths, who="010180-1234", role=role, at=at)
    note_access(paths, "download", who="x\ny" * 200, role="", at=at, what="010180-1234.csv")
    note_access(paths, "download", who="KN", role="", at=at, what="01 01 80 1234.csv")
    kept = log_file(paths, "access").read_text()
    assert "010180" not in kept
    assert "01 01 80" not in kept
    lines = read_access(paths)[1:]
    assert [line["event"] for line in lines] == ["signed_in", "role_changed", "signed_in", "download", "download"]
    assert len({line["who"] for line in lines[:3]}) == 1, "and is the same one the next time"


def test_what_is_no_event_is_not_written(settings: Settings) -> None:
    with pytest.raises(ValueError, match="No such event"):
        note_access(settings.paths, "looked", who="a", role="staff", at=LIMIT)
    assert not settings.paths.access_log.exists()
