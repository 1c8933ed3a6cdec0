"""Scenarios on disk: whole files, ids that are ids, and two people who write at once lose nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from data.errors import DraftMovedOn, WrongUse
from data.scenario_store import (
    keep_scenario,
    read_draft,
    read_stored,
    stored_ids,
    withdraw_scenario,
    write_draft,
)
from data.settings import Paths

KEPT = "s-0123456789abcdef"


@pytest.fixture
def paths(tmp_path):
    return Paths(home=tmp_path / "home", secrets=tmp_path / "secrets")


def test_the_same_content_twice_is_one_file(paths) -> None:
    keep_scenario(paths, KEPT, "first")
    keep_scenario(paths, KEPT, "first")
    assert list(stored_ids(paths)) == [KEPT]
    assert read_stored(paths, KEPT) == "first"
    assert [file.name for file in paths.scenarios.iterdir()] == [f"{KEPT}.json"]


def test_a_withdrawn_scenario_is_off_the_list_and_still_there(paths) -> None:
    keep_scenario(paths, KEPT, "first")
    withdraw_scenario(paths, KEPT)
    assert list(stored_ids(paths)) == []
    with pytest.raises(WrongUse):
        read_stored(paths, KEPT)
    assert [file.read_text(encoding="utf-8") for file in paths.scenarios.iterdir()] == ["first"]


@pytest.mark.parametrize("named", ["../../etc/passwd", "s-0123456789ABCDEF", "s-0123456789abcdef.json", "", "k-0123456789/../x"])
def test_nothing_typed_becomes_a_path(paths, named) -> None:
    for read in (read_stored, read_draft, withdraw_scenario):
        with pytest.raises(WrongUse, match="no scenario's id") as caught:
            read(paths, named)
        assert "passwd" not in str(caught.value)


def test_who_writes_on_an_older_change_is_told_and_nothing_is_overwritten(paths) -> None:
    first = write_draft(paths, None, '{"a": 1}')
    second = write_draft(paths, first, '{"a": 2}')
    with pytest.raises(DraftMovedOn):
        write_draft(paths, first, '{"a": 3}')
    assert read_draft(paths, first.draft_id) == second
    assert json.loads(second.text) == {"a": 2}


def test_of_many_who_write_at_once_one_wins_and_all_are_told(paths) -> None:
    first = write_draft(paths, None, '{"a": 0}')

    def write(number: int) -> bool:
        try:
            write_draft(paths, first, json.dumps({"a": number}))
        except DraftMovedOn:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, range(1, 33)))
    assert sum(won) == 1
    assert json.loads(read_draft(paths, first.draft_id).text) == {"a": won.index(True) + 1}
    assert not [file for file in (paths.scenarios / "drafts").iterdir() if file.suffix != ".json"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"change": 1}', b'{"change": "x", "draft": {}}', b"\xff\xfe", b" " * 600_000])
def test_a_damaged_draft_is_refused(paths, content) -> None:
    draft = write_draft(paths, None, "{}")
    (paths.scenarios / "drafts" / f"{draft.draft_id}.json").write_bytes(content)
    with pytest.raises(WrongUse):
        read_draft(paths, draft.draft_id)


def test_a_folder_that_cannot_be_written_is_said(paths) -> None:
    paths.home.mkdir(parents=True)
    paths.scenarios.write_text("no folder", encoding="utf-8")
    with pytest.raises(WrongUse, match="can't be kept") as caught:
        keep_scenario(paths, KEPT, "x")
    assert "disk" in str(caught.value)
