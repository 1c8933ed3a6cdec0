"""Two nights a few months apart: the second scores the first, and ``opdrift drift`` explains what changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import jsonschema
import pytest
from plain_night import night

from data.evidence import evidence_file
from data.mart import Mart, published_file
from data.restricted import restricted_file
from data.scenario_store import keep_scenario, read_change, write_change
from data.settings import Paths, read_settings
from data.wholeness import keep_hash
from flows.scenario import scenario_today
from flows.scenario_change import leave_changes
from models.scenario import Scenario
from models.scenario.today import read_splits

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "drift.json"


@pytest.fixture
def twice(new_home: Callable[[str], Any], put_months: Callable[..., None]) -> tuple[Any, list[str]]:
    """A home that ran with data to June and again with data to December, and the names of both runs."""
    opdrift = new_home("twice")
    whole = opdrift.home / "inbox" / "case_months.csv"
    put_months(whole, services=1)
    header, *lines = whole.read_text().splitlines()
    first = [line for line in lines if not any(f";2026-{month:02d}-" in line for month in range(7, 13))]
    text = whole.read_text()
    paths = Paths(home=opdrift.home, secrets=opdrift.secrets)
    whole.write_text("\n".join([header, *first]) + "\n")
    night(paths)
    kept = Scenario(run_id=Mart.open(paths).run_id)
    keep_scenario(paths, kept.scenario_id, kept.to_json())
    (opdrift.home / "inbox" / "case_months.csv").write_text(text)
    night(paths)
    return opdrift, sorted(file.stem for file in (opdrift.home / "published").glob("run-*.duckdb"))


def put_broken_beside(paths: Paths, run_id: str) -> str:
    """Publish a run again under an older name, with a list of files that says nothing of them."""
    copy = "run-20260101T020000-a00000"
    target = published_file(paths, copy)
    for file in (published_file(paths, run_id), restricted_file(paths, run_id)):
        file.with_name(file.name.replace(run_id, copy)).write_bytes(file.read_bytes())
    with duckdb.connect(str(target)) as con:
        con.execute("UPDATE run_record SET value = ? WHERE key = 'run_id'", [json.dumps(copy)])
    keep_hash(target, target)
    evidence_file(paths, copy).write_text('{"files": [{}], "mappings": {}, "choices": {}}', encoding="utf-8")
    return copy


def drift(opdrift: Any, *words: str) -> dict[str, Any]:
    done = opdrift("drift", *words, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(found, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert found["start"] + sum(found["bars"].values()) == found["end"]
    return found


def test_the_first_night_is_scored_and_explained(twice: tuple[Any, list[str]]) -> None:
    opdrift, (older, newer) = twice
    mart = Mart.open(Paths(home=opdrift.home, secrets=opdrift.secrets))
    assert mart.run_id == newer
    months = mart.table("forecast_quality_months")
    assert set(months["source"]) == {"vintage"}, "36 months are too few for remade forecasts"
    total = months[months["level"] == "total"]
    assert total["month"].dt.strftime("%Y-%m").tolist() == [f"2026-{month:02d}" for month in range(7, 13)]
    assert (total["cutoff"] == "2026-06-01").all()
    first = Mart.open(Paths(home=opdrift.home, secrets=opdrift.secrets), older)
    assert mart.record("vintages_scored") == [first.record("digest")]
    said = first.table("forecast_months").query("level == 'total' and measure == 'gross_nominal'").head(6)
    assert total["mean"].tolist() == pytest.approx(said["mean"].tolist())
    found = drift(opdrift, "--runs", older, newer, "--year", "2026")
    assert found["bars"]["new_months"] == pytest.approx(total["actual"].sum() - total["mean"].sum(), abs=3)
    assert found["bars"]["new_model"] == 0
    assert [origin["run_id"] for origin in found["origins"]] == [older, newer]
    assert found["origins"][1]["tables_sha256"] == mart.record("digest")
    for origin in found["origins"]:
        jsonschema.validate(origin, json.loads(SCHEMA.with_name("origin.json").read_text(encoding="utf-8")))
    assert found["model_measured"] is True
    ahead = drift(opdrift, "--runs", older, newer)
    assert ahead["bars"]["new_months"] == ahead["bars"]["revisions"] == 0
    assert ahead["bars"]["uptake"] != 0
    same = drift(opdrift, "--runs", newer, newer)
    assert set(same["bars"].values()) == {0}
    years = drift(opdrift, "--from", "2025", "--to", "2026")
    published = mart.table("drift").query("level == 'total' and comparison == 'actual'")
    assert years["change"] == sum(published.loc[~published["driver"].isin(["start", "end"]), "effect"])
    kept = Scenario(run_id=older)
    paths = Paths(home=opdrift.home, secrets=opdrift.secrets)
    left = read_splits(read_change(paths, older, newer))
    told = scenario_today(read_settings(paths), kept.scenario_id)
    by_year = {row["year"]: row for row in told["years"]}
    split = by_year[int(ahead["from"])]["split"]
    assert split["model"] == 0
    assert split["measured"] is True
    assert split["assumptions"] == 0, "the same population, events and index"
    for row in told["years"]:
        assert row["frame"] + row["forecast"] + row["effect"] + row["left_out"] == row["now"] - row["then"]
        assert row["split"] is None or row["split"]["data"] == row["forecast"], "only the data are newer"
    assert left == read_splits(read_change(paths, older, newer)), "the night itself left it for the page"
    assert left[int(ahead["from"])].model == 0.0
    ids = [put_broken_beside(paths, older), older]
    for gone in ("run-20250101T020000-a00000", *ids):
        write_change(paths, gone, gone, "{}")
        keep_scenario(paths, Scenario(run_id=gone).scenario_id, Scenario(run_id=gone).to_json())
    assert f"({ids[0]}: KeyError)" in leave_changes(read_settings(paths), newer)
    there = [file.stem for file in (paths.scenarios / "changes").iterdir()]
    assert there == [f"{older}_{newer}"], "one run that is broken holds no other back, and what nobody reads is gone"
    service = drift(
        opdrift, "--from", "2026-01..2026-06", "--to", "2027-01..2027-06", "--level", "service", "--member", "bostoette"
    )
    assert service["by_age"] == []


def test_drift_used_wrongly_says_how(tiny: Any) -> None:
    for words, says in (
        ((), "either --from and --to"),
        (("--from", "2025", "--to", "june"), "'june' is no period"),
        (("--from", "2025", "--to", "2026", "--level", "frame"), "belong together"),
    ):
        done = tiny("drift", *words)
        assert done.returncode == 2
        assert says in done.stderr
    done = tiny("drift", "--from", "2025", "--to", "2026")
    assert done.returncode != 0
    assert "Nothing is published yet" in done.stderr
