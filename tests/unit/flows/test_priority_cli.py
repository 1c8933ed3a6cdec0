"""``opdrift prioritise`` on a published run: the shipped example, and every fault of a file with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import published_example as example
import pytest
from typer.testing import CliRunner

from data.settings import Paths
from flows.cli import cli
from models.investment.reading import CaseFile
from models.priority.reading import PortfolioFile, read_portfolio

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "docs" / "examples" / "portfolios").glob("*.json"))
SCHEMAS = ROOT / "docs" / "schemas"
PRICE = {"kind": "price", "services": ["bostoette"], "start": "2027-07", "value": -1.0, "low": -2.0, "high": 0.0}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portfolios")
    example.publish(Paths(home=folder / "home", secrets=folder / "secrets"))
    return folder / "home"


def asked(home: Path, file: Path, *words: str) -> Any:
    return CliRunner().invoke(cli, ["prioritise", str(file), *words, "--home", str(home)])


def portfolio(*options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema_version": 1, "name": "Prøve", "options": list(options)} | more


def option(option_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": option_id, "name": "Mulighed", "levers": [dict(PRICE)]} | more


def test_schemas_are_what_is_read() -> None:
    for name, shape in (("portfolio", PortfolioFile), ("investment_case", CaseFile)):
        written = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
        made = shape.model_json_schema()
        assert {key: value for key, value in written.items() if key not in {"$schema", "title"}} == {
            key: value for key, value in made.items() if key != "title"
        }


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_examples_hold(file: Path) -> None:
    schema = json.loads((SCHEMAS / "portfolio.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(file.read_text(encoding="utf-8")), schema)
    made = read_portfolio(file.read_text(encoding="utf-8"))
    assert len(made.options) == len(json.loads(file.read_text(encoding="utf-8"))["options"])
    assert read_portfolio(made.to_json()).portfolio_id == made.portfolio_id


def test_a_portfolio_is_weighed(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    cut = {"kind": "service_level", "services": ["bostoette"], "start": "2027-07", "value": -2.0, "low": -3.0, "high": -1.0}
    file.write_text(json.dumps(portfolio(option("pris"), option("niveau", levers=[cut]))), encoding="utf-8")
    result = asked(home, file, "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    jsonschema.validate(found, json.loads((SCHEMAS / "prioritised.json").read_text(encoding="utf-8")))
    assert found["method"] == "enumerated"
    assert found["n_choices"] == 4
    assert found["engine_differs_dkk"] < 0.01
    said = asked(home, file).stderr
    assert "Worked example" in said
    assert "Mulighed" in said


CUT = {"kind": "volume", "services": ["bostoette"], "value": -2.0}
FAULTS = {
    "no json": ("nothing", "no JSON"),
    "unknown key": (portfolio(option(), colour=1), "A key is unknown"),
    "no option": (portfolio(), "can't be read here"),
    "what if": (portfolio(option(levers=[CUT])), "nothing that a council decides"),
    "unknown service": (portfolio(option(levers=[PRICE | {"services": ["findes_ikke"]}])), "levels[0].levers[0].services[0]"),
    "unknown option": (portfolio(option(requires=["b"])), "names one that is not in the portfolio"),
    "needs what it excludes": (
        portfolio(option("a", requires=["b"]), option("b", excludes=["a"])),
        "can never be chosen",
    ),
    "levels and levers": (portfolio(option(levels=[{"id": "x", "name": "X", "levers": [PRICE]}])), "either levels or levers"),
    "weights": (portfolio(option(), reasonable_pct=[80.0, 20.0]), "wrong way round"),
    "not a number": ('{"schema_version": 1, "name": "x", "options": [], "certainty_pct": NaN}', "no finite number"),
    "cpr": (portfolio(option(name="Se 010203-1234")), "CPR"),
    "html": (portfolio(option(rationale="<script>")), "markup"),
    "too early": (portfolio(option(startup_months=24), decided="2027-01"), "before the option's start-up time is over"),
    "no frame": (portfolio(option(), frames=[{"level": "frame", "member": "99.99"}]), "no appropriation for this frame"),
    "twice": (portfolio(option(), option()), "same id"),
}


@pytest.mark.parametrize(("text", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_end_with_code_2_and_nothing_on_stdout(home: Path, tmp_path: Path, text: Any, said: str) -> None:
    file = tmp_path / "p.json"
    file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    result = asked(home, file, "--json")
    assert result.exit_code == 2, result.stderr
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "010203" not in result.stderr


def test_a_ring_is_told(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    ring = [option("a", excludes=["b"]), option("b", excludes=["c"]), option("c", excludes=["a"])]
    file.write_text(json.dumps(portfolio(*ring)), encoding="utf-8")
    found = json.loads(asked(home, file, "--json").stdout)
    assert found["excluding_ring"] == ["a", "b", "c"]
    assert sum(bool(row["level_id"]) for row in found["options"]) <= 1
    assert "at most 1" in asked(home, file).stderr


def test_a_frame_that_cannot_be_kept_says_by_how_much(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    frames = [{"level": "total", "member": "total", "allowed_deviation_dkk": {"2028": -1e9}}]
    file.write_text(json.dumps(portfolio(option(), frames=frames, years=[2028])), encoding="utf-8")
    found = json.loads(asked(home, file, "--json").stdout)
    assert not found["feasible"]
    (short,) = found["shortfalls"]
    assert short["year"] == 2028
    assert short["missing_dkk"] > 9e8
    assert short["best_probability"] == 0.0
