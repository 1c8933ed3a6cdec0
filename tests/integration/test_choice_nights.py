"""The night after: what has not changed is not fitted, what has is fitted alone; a broken choice costs a longer night only."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from plain_night import clock, night

from data.choice_file import EARLIER_FILE, choice_file, write_choice
from data.settings import Paths, read_settings
from flows.journal import Journal, read_attempts
from flows.kept_choice import kept_choice, kept_earlier
from flows.night import Night
from flows.progress import Bars

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from data.mart import Mart


def put_revised(file: Path, put_months: Callable[..., None]) -> None:
    """One service's cost of one month is corrected; its volume and the other services stay."""
    put_months(file, months=48, services=2)
    lines = file.read_text(encoding="utf-8").splitlines()
    (place,) = [number for number, line in enumerate(lines) if line.startswith("151;bostoette;2026-12")]
    fields = lines[place].split(";")
    fields[4] = f"{float(fields[4].replace(',', '.')) * 1.05:.2f}".replace(".", ",")
    lines[place] = ";".join(fields)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_only_the_changed_series_is_fitted_and_a_broken_choice_is_said(
    tiny: Any, put_months: Callable[..., None], differing: Callable[[Mart, Mart], set[str]]
) -> None:
    paths = Paths(home=tiny.home, secrets=tiny.secrets)
    put_months(tiny.home / "inbox" / "case_months.csv", months=48, services=2)
    first = night(paths)
    assert first.record("model_choice_work") == {"reused": 0, "refitted": 0, "renewed": 4}
    kept = json.loads(choice_file(paths).read_text(encoding="utf-8"))
    earlier = first.record("earlier_choices")
    assert isinstance(earlier, dict)
    lines = choice_file(paths, EARLIER_FILE).read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["digest"] for line in lines} == set(earlier.values())
    assert set(earlier) == {"2025-12"}
    assert kept["digest"] == first.record("model_choice")["digest"]  # type: ignore[index]

    put_revised(tiny.home / "inbox" / "case_months.csv", put_months)
    second = night(paths)
    assert second.record("model_choice_work") == {"reused": 3, "refitted": 1, "renewed": 0}
    assert "3 series reused, 1 refitted, 0 renewed" in read_attempts(paths)[-1].message
    table = second.table("model_choice")
    assert table.loc[table["path_made"] == "refitted", ["service", "measure"]].to_numpy().tolist() == [["bostoette", "unit_cost"]]
    assert table["forms"].tolist() == first.table("model_choice")["forms"].tolist()

    assert second.record("earlier_choice_work") == {"reused": 4, "refitted": 0, "renewed": 0}, "the month lies after them"

    third = night(paths)
    assert third.record("model_choice_work") == {"reused": 4, "refitted": 0, "renewed": 0}
    assert differing(third, second) <= {"run_record"}, "an unchanged choice gives the same published tables"
    assert third.record("digest") == second.record("digest")

    broken = choice_file(paths)
    broken.write_bytes(broken.read_bytes()[:-100])
    choice_file(paths, EARLIER_FILE).write_text("{}\n", encoding="utf-8")
    fourth = night(paths)
    assert "earlier_choices_renewed" in set(fourth.table("notices")["notice_id"])
    assert fourth.record("earlier_choice_work") == {"reused": 0, "refitted": 0, "renewed": 4}
    assert fourth.record("model_choice_work") == {"reused": 0, "refitted": 0, "renewed": 4}
    assert "model_choice_renewed" in set(fourth.table("notices")["notice_id"])
    assert json.loads(broken.read_text(encoding="utf-8"))["digest"] == fourth.record("model_choice")["digest"]  # type: ignore[index]

    whole, whole_earlier = broken.read_bytes(), choice_file(paths, EARLIER_FILE).read_bytes()
    assert night(paths, as_of=date(2026, 6, 30)).record("cutoff") == "2026-06-01"
    assert broken.read_bytes() == whole, "a look back keeps no choice"
    assert choice_file(paths, EARLIER_FILE).read_bytes() == whole_earlier


def test_a_choice_of_an_older_version_is_renewed_and_not_called_broken(tmp_path: Path) -> None:
    paths = Paths(home=tmp_path, secrets=tmp_path / "keys")
    body = {"cutoff": "2026-12", "horizon": 48, "series": {}, "pools": {"group_errors": []}}  # no losses carried on yet
    text = json.dumps({"code": "3 9bb2538161b6e9c2 numpy-2.4.6", "digest": "a", "choice": body})

    def found(kept: str) -> tuple[int, set[str]]:
        write_choice(paths, kept)
        write_choice(paths, kept, EARLIER_FILE)
        run_id = "run-20270101T020000-a00000"
        asked = Night(read_settings(paths), run_id, journal=Journal(paths, run_id, clock), clock=clock, bars=Bars())
        assert kept_choice(asked) is None
        return len(kept_earlier(asked)), {row for told in asked.held["notices"] for row in told["notice_id"]}

    assert found(text) == (0, set())
    assert found(text[:-9]) == (0, {"model_choice_renewed", "earlier_choices_renewed"})


def test_a_run_that_publishes_nothing_keeps_no_choice(tiny: Any) -> None:
    paths = Paths(home=tiny.home, secrets=tiny.secrets)
    (paths.home / "published").write_text("a file where a folder should be")
    with pytest.raises(Exception, match="step 'publish'"):
        night(paths)
    assert not choice_file(paths).exists()
    (paths.home / "published").unlink()
    choice_file(paths).mkdir()  # nothing can be put in its place
    choice_file(paths, EARLIER_FILE).mkdir()
    assert night(paths).record("model_choice_work") == {"reused": 0, "refitted": 0, "renewed": 6}
    assert "could not be kept" in read_attempts(paths)[-1].message
