"""Files whose name or place stops them from being moved: they are told of, kept, and never stop the night."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data.input_state import input_state

NOTHING = ("a;b", "1;2")


def refused_files(home) -> list[str]:
    folder = home.settings.paths.home / "refused"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def _stuck(home, monkeypatch) -> None:
    """Files of the inbox may be read and not be taken away."""

    def guarded(name):
        real = getattr(Path, name)

        def act(path, *more, **named):
            if path.is_relative_to(home.inbox):
                raise PermissionError(13, "Permission denied")
            return real(path, *more, **named)

        monkeypatch.setattr(Path, name, act)

    guarded("unlink")
    guarded("replace")


@pytest.mark.parametrize("name", ["x" * 251 + ".csv", "æ" * 125 + ".csv", "x" * 240 + "." + "y" * 14])
def test_a_name_as_long_as_may_be_is_refused_as_any_other(home, lines, name) -> None:
    home.drop(name, *NOTHING)
    home.postings("postings_2026.csv", lines.posting(1))
    assert {outcome.file_name: outcome.status for outcome in home.land()} == {name: "refused", "postings_2026.csv": "landed"}
    kept, why = refused_files(home)
    assert why == f"{kept}.why.txt"
    assert len(kept.encode()) <= 200
    assert kept.endswith(Path(name).suffix)
    assert home.waiting() == []


def test_a_long_name_moves_to_taken(home, lines) -> None:
    name = "postings_" + "x" * 242 + ".csv"
    home.postings(name, lines.posting(1))
    home.land(archive=False)
    home.settle(archive=False)
    assert home.waiting() == []
    assert len(list(home.settings.paths.taken.iterdir())) == 1


def test_a_folder_and_a_file_of_one_name_find_room_in_either_order(home) -> None:
    for name in ("one.csv/inner.csv", "two.csv"):
        home.drop(name, "first", "1")
    home.land()
    shutil.rmtree(home.inbox / "one.csv")
    for name in ("one.csv", "two.csv/inner.csv"):
        (home.inbox / "two.csv").unlink(missing_ok=True)
        home.drop(name, "second", "2")
    assert {outcome.status for outcome in home.land()} == {"refused"}
    assert home.waiting() == []
    kept = [name for name in refused_files(home) if not name.endswith(".why.txt")]
    assert len(kept) == 4


@pytest.mark.usefixtures("_stuck")
def test_a_refused_file_that_cannot_be_taken_away_stays_and_the_others_go_on(home, lines) -> None:
    home.drop("cases_broken.csv", *NOTHING)
    home.postings("postings_2026.csv", lines.posting(1))
    bad = next(outcome for outcome in home.land() if outcome.status == "refused")
    assert bad.reason == "changed_columns"
    assert "could not be moved out of the inbox" in bad.message
    assert refused_files(home) == []
    assert home.ask("SELECT count(*) FROM stg_postings") == [(1,)]
    assert input_state(home.settings) == input_state(home.settings)


@pytest.mark.usefixtures("_stuck")
@pytest.mark.parametrize("archive", [True, False])
def test_a_landed_file_that_cannot_be_taken_away_is_taken_once(home, lines, archive) -> None:
    home.postings("postings_2026.csv", lines.posting(1))
    assert [outcome.status for outcome in home.land(archive=archive)] == ["landed"]
    assert home.settle(archive=archive) == []
    assert [outcome.status for outcome in home.land(archive=archive)] == ["known"]
    assert home.waiting() == ["postings_2026.csv"]
    assert home.ask("SELECT count(*) FROM stg_postings") == [(1,)]
    assert not [path for path in home.settings.paths.taken.rglob("*") if path.is_file()]
    assert input_state(home.settings) == input_state(home.settings)
