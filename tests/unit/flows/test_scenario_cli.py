"""``opdrift scenario`` on a published run: every example evaluates, what is stored is what was meant, faults end with code 2."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import published_example as example
import pytest
from typer.testing import CliRunner

import flows.scenario
from data.evidence import evidence_file
from data.reference.lever_catalogue import load_lever_kinds
from data.scenario_store import keep_scenario
from data.settings import Paths
from flows.cli import cli
from flows.scenario_change import what_changed
from models.scenario import Lever, Scenario
from models.scenario.today import Changed

if TYPE_CHECKING:
    from models.scenario import Baseline

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "docs" / "examples" / "scenarios").glob("*.json"))
BASELINES: dict[str, Baseline] = {}
ORIGINAL = flows.scenario.load_baseline


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenarios")
    example.publish(Paths(home=folder / "home", secrets=folder / "secrets"))
    return folder / "home"


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run never changes: its baseline is made once for all commands."""

    def load(paths: Paths, scenario: Scenario) -> Baseline:
        if scenario.run_id not in BASELINES:
            BASELINES[scenario.run_id] = ORIGINAL(paths, scenario)
        return BASELINES[scenario.run_id]

    monkeypatch.setattr(flows.scenario, "load_baseline", load)


def told(home: Path, schema: str, *words: object, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(cli, ["scenario", *map(str, words), "--home", str(home), "--json"])
    assert result.exit_code == code, result.stderr
    found = json.loads(result.stdout)
    jsonschema.validate(found, json.loads((ROOT / "docs" / "schemas" / f"{schema}.json").read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_evaluates(home: Path, file: Path) -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "scenario.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(file.read_text(encoding="utf-8")), schema)
    found = told(home, "scenario_evaluation", "evaluate", file)
    jsonschema.validate(found["scenario"], schema)
    total = [row for row in found["members"] if row["level"] == "total"]
    if file.stem == "neutral":
        for row in found["members"]:
            assert row["change_mean"] == 0.0
            for name in (name for name in row if f"{name}_scenario" in row):
                assert row[f"{name}_scenario"] == row[name], "to the bit"
    elif file.stem == "appropriation":
        assert any(row["budget_scenario"] != row["budget"] for row in total)
    elif file.stem == "refund_rules":
        assert all(row["change_mean"] == 0.0 for row in total)
        assert any(row["change_mean"] < 0.0 for row in found["refund"]["changes"])
    else:
        assert any(row["change_mean"] != 0.0 for row in total)
        assert {row["kind"] for row in found["effects"]} == {lever["kind"] for lever in found["scenario"]["levers"]}
        for row in total:
            rows = [item for item in found["effects"] if item["year"] == row["year"]]
            assert sum(item["effect"] + item["within"] for item in rows) == round(row["change_mean"])


def test_every_kind_of_lever_has_an_example() -> None:
    levers = [json.loads(file.read_text(encoding="utf-8"))["levers"] for file in EXAMPLES]
    assert {lever["kind"] for found in levers for lever in found} == set(load_lever_kinds())


@pytest.mark.parametrize("name", ["duration_of_stay", "prevention", "population_variant", "refund_rules", "neutral"])
def test_a_goal_is_sought_with_a_lever_or_refused_with_the_reason(home: Path, name: str) -> None:
    file = ROOT / "docs" / "examples" / "scenarios" / f"{name}.json"
    words = ("goal-seek", file, "--target-dkk", 0, "--year", 2029)
    why = {"population_variant": "no value to move", "refund_rules": "move neither expenditure nor frame", "neutral": "no lever"}
    if name in why:
        result = CliRunner().invoke(cli, ["scenario", *map(str, words), "--home", str(home)])
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("opdrift scenario goal-seek: ")
        assert why[name] in result.stderr
    else:
        assert told(home, "scenario_goal", *words)["reason"] in {"found", "already", "none"}


def test_a_stored_scenario_is_pinned_and_the_same_content_is_one_file(home: Path) -> None:
    price, neutral = (str(ROOT / "docs" / "examples" / "scenarios" / f"{name}.json") for name in ("price", "neutral"))
    one = told(home, "scenario_evaluation", "evaluate", price, "--store")
    again = told(home, "scenario_evaluation", "evaluate", price, "--store")
    assert one == again
    assert one["stored"] == one["scenario_id"]
    assert one["scenario"]["run_id"] == example.RUN_ID
    assert [row["scenario_id"] for row in told(home, "scenario_list", "list")["scenarios"]] == [one["stored"]]
    assert told(home, "scenario_show", "show", one["stored"])["scenario"] == one["scenario"]
    assert told(home, "scenario_evaluation", "evaluate", one["stored"])["members"] == one["members"]
    compared = told(home, "scenario_comparison", "compare", one["stored"], neutral)
    assert [row["lever_id"] for row in compared["differences"]] == ["takst"]
    anew = told(home, "scenario_comparison", "compare", one["stored"], neutral, "--anew")
    assert anew["totals"] == compared["totals"], "it is pinned to the newest run"
    now = told(home, "scenario_today", "today", one["stored"])
    assert [row["then"] for row in now["years"]] == [row["now"] for row in now["years"]]
    assert CliRunner().invoke(cli, ["scenario", "today", neutral, "--home", str(home)]).exit_code == 2
    short = Lever(lever_id="n", kind="new_referrals", group="anbringelser", value=-8.0, low=-8.0, high=-8.0)
    older = Scenario.of([short], run_id=example.RUN_ID, price_level=example.PL)  # as an older version kept it
    keep_scenario(Paths(home=home, secrets=home.parent / "secrets"), older.scenario_id, older.to_json())
    assert told(home, "scenario_evaluation", "evaluate", older.scenario_id, "--store")["stored"] == older.scenario_id
    (home / "scenarios" / f"{older.scenario_id}.json").unlink()
    file = home / "scenarios" / f"{one['stored']}.json"
    file.write_text(file.read_text(encoding="utf-8").replace("Rammeaftale", "Andet"), encoding="utf-8")
    assert told(home, "scenario_list", "list", code=4)["broken"] == [file.name]
    file.unlink()


def test_a_goal_is_sought(home: Path) -> None:
    file = ROOT / "docs" / "examples" / "scenarios" / "appropriation.json"
    found = told(home, "scenario_goal", "goal-seek", file, "--target-dkk", 0, "--year", 2029)
    assert found["reason"] == "found"
    assert found["value"] > 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema_version": 2, "levers": [{"id": "a", "kind": "magic"}, {"id": "b", "kind": "price", "value": 1}]}', "2 faults"),
        ('{"schema_version": 2, "run_id": "run-20200101T000000-000000", "levers": []}', "no longer published"),
        ("{", "no JSON"),
        (
            '{"schema_version": 2, "levers": [{"id": "a", "kind": "price", "group": "botilbud", "value": NaN}]}',
            "no finite number",
        ),
        (
            '{"schema_version": 2, "levers": [{"id": "a", "kind": "price", "services": ["nedlagt"], "value": -1}]}',
            "no such service",
        ),
        (
            '{"schema_version": 2, "levers": [{"id": "a", "kind": "price_index", "value": 1, "start": "2050-01"}]}',
            "outside the run's horizon",
        ),
    ],
)
def test_faults_end_with_code_2_and_nothing_on_stdout(home: Path, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "scenarie.json"
    file.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(cli, ["scenario", "evaluate", str(file), "--home", str(home)])
    assert result.exit_code == 2
    assert said in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere.json", "There is no such file"),
        ("s-0123456789abcdef", "The link leads to nothing: no scenario is kept under it"),
        ("k-0123456789", "the link of a draft"),
        (".", "a folder, not a file"),
        ("a\0b", "no name of a file"),
        ("x" * 5000, "no name of a file"),
        (__file__ + "/x", "There is no such file"),
        ("latin", "no text in UTF-8"),
        ("large", "too large"),
        ("pipe", "no file: a pipe or a device"),
        ("loop", "The file can't be read (Too many levels of symbolic links)"),
    ],
)
def test_a_link_to_nothing_is_a_clear_sentence(home: Path, tmp_path: Path, named: str, said: str) -> None:
    made = {
        "latin": lambda file: file.write_bytes(b"\xe6"),
        "large": lambda file: file.write_bytes(b" " * 512_001),
        "pipe": os.mkfifo,
        "loop": lambda file: file.symlink_to(file),
    }
    target = str(tmp_path / named) if named in made else named
    if named in made:
        made[named](tmp_path / named)
    for command in ("show", "today"):
        result = CliRunner().invoke(cli, ["scenario", command, target, "--home", str(home)])
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr
        assert "Error)" not in result.stderr


def test_what_two_runs_differ_in_is_read_off_their_files(tmp_path: Path) -> None:
    paths = Paths(home=tmp_path, secrets=tmp_path / "secrets")
    paths.restricted.mkdir()
    names = [f"run-20270{number}01T020000-a00000" for number in (1, 2)]
    base = [("postings", "p1", "2026-01"), ("cases", "c1", ""), ("population", "f1", "2024-01-01"), ("budget", "b1", "2027")]

    def found(then: list[tuple[str, str, str]], now: list[tuple[str, str, str]], **records: tuple[object, object]) -> Changed:
        for name, files in zip(names, (then, now), strict=True):
            rows = [{"table_name": table, "sha256": sha, "first_period": first, "status": "landed", "mapping_digest": "m"}
                    for table, sha, first in files]  # fmt: skip
            evidence_file(paths, name).write_text(json.dumps({"files": rows, "mappings": {}, "choices": {}}), encoding="utf-8")
        facts = {"cutoff": ("2026-12-01",) * 2, "as_of": (None, None), "settings": ({"seed": 1}, {"seed": 2})} | records
        told = tuple({key: pair[place] for key, pair in facts.items()} | {"run_id": name} for place, name in enumerate(names))
        return what_changed(paths, told, model=False)  # type: ignore[arg-type]

    same = Changed(data=False, model=False, settings=False, assumptions=frozenset())
    assert found(base, base) == same, "another seed is the model's, not a setting's"
    assert found(base, [*base[:3], ("budget", "b2", "2028")]) == same, "another frame is told apart from the forecast"
    assert found(base, [*base, ("postings", "p2", "2027-01")]) == replace(same, data=True)
    assert found(base, base, cutoff=("2026-11-01", "2026-12-01")).data
    assert found(base, base, as_of=("2026-11-30", None)).data
    later = [*base, ("population_projection", "f2", "2027 main")]
    assert found(base, later) == replace(same, assumptions=frozenset({"demography"}))
    hidden = found(later, later, as_of=("2026-11-30", None))
    assert hidden.assumptions == {"demography"}, "a look back does not see next year's projection"
    basis = {"text": "Hjemmel, sag 1", "decided": "2026-11-25", "signed": "Chefen"}
    assert found(base, base, settings=({}, {"reference_months": 24, "known_citizens": None})) == replace(same, settings=True)
    assert found(base, base, settings=({}, {"known_citizens": basis})) == replace(same, settings=True)
    shown = {"appeals": {"changed_pct": 40.0}, "min_citizens": 8, "jump_pct": 20.0, "reference_months": 36, "refund_years": [1]}
    assert found(base, base, settings=({"known_citizens": basis}, {"known_citizens": basis | {"signed": "A"}} | shown)) == same
    evidence_file(paths, names[0]).unlink()
    gone = what_changed(paths, ({"run_id": names[0]}, {"run_id": names[1]}), model=True)
    assert (gone.data, len(gone.assumptions)) == (True, 3), "what is not known is not ruled out"
