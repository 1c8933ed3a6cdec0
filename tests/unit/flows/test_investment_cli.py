"""``opdrift investment``: decided on one run, followed up on a later one; what can't be said has its reason; few are not told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import published_example as example
import pytest
from typer.testing import CliRunner

from data.mart import point_current, write_mart
from data.restricted import write_restricted
from data.schema import RESTRICTED
from data.settings import Paths
from flows.cli import cli
from models.investment.decided import saving_ids

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"
LATER = "run-20290115T020000-0a1b2c"
SHOWN = [service for service, *_, masked in example.SERVICES if not masked]
EFFECT = {"midlertidigt_botilbud": 0.8, "plejefamilie": 0.7}
NAMES = {"decide": "investment_decided", "list": "investment_register", "follow-up": "investment_follow_up"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with both runs, the earlier of them current."""
    folder = tmp_path_factory.mktemp("investment")
    paths = Paths(home=folder / "home", secrets=folder / "secrets")
    publish(paths, LATER, "2028-12-01", EFFECT)
    publish(paths, example.RUN_ID, "2026-12-01", {})
    return paths.home


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return Path(shutil.copytree(published, tmp_path / "home"))


def two_years_on(home: Path) -> None:
    point_current(Paths(home=home, secrets=home.parent / "secrets"), LATER)


def publish(paths: Paths, run_id: str, last: str, effect: dict[str, float]) -> None:
    """The example with six years of history to ``last``; from March 2027 on ``effect`` of the volume that its draws expect."""
    frames = example.frames()
    draws = frames["draws"]
    expected = {key: part.set_index("month")["volume"].map(np.median) for key, part in draws.groupby("service")}
    template = frames["actual_months"].drop_duplicates("service").set_index("service")
    rows = []
    for service in SHOWN:
        for month in pd.date_range("2021-01-01", last, freq="MS"):
            ahead = month > example.CUTOFF
            volume = float(expected[service][month] if ahead else expected[service].iloc[0])
            volume *= effect.get(service, 1.0) if month >= pd.Timestamp("2027-03-01") else 1.0
            figures = {"volume": volume, "exposure": 90.0, "uptake_ratio": volume / 90.0, "gross_ultimate_nominal": 8e4 * volume}
            rows.append(template.loc[service].to_dict() | {"service": service, "month": month} | figures)
    hidden = frames["actual_months"][~frames["actual_months"]["service"].isin(SHOWN)]
    frames["actual_months"] = pd.concat([pd.DataFrame(rows)[list(hidden.columns)], hidden], ignore_index=True)
    record = frames["run_record"]
    record.loc[record["key"] == "run_id", "value"] = json.dumps(run_id)
    record.loc[record["key"] == "cutoff", "value"] = json.dumps(last)
    write_mart(paths, run_id, frames)
    write_restricted(paths, run_id, restricted(pd.Timestamp(last)))
    point_current(paths, run_id)


def restricted(cutoff: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Drivers with an even population, no index, and two decided savings: one of a service, one of a frame."""
    made = {
        name: pd.DataFrame({column: pd.Series(dtype="object") for column in table.names}) for name, table in RESTRICTED.items()
    }
    ahead = pd.date_range(cutoff + pd.offsets.MonthBegin(1), "2033-12-01", freq="MS")
    rows = [
        {"service": service, "month": month, "variant": "main", "exposure": 90.0, "units_per_person": 30.0}
        for service in SHOWN
        for month in ahead
    ]
    made["driver_ahead"] = pd.DataFrame(rows)
    months = pd.date_range("2021-01-01", "2033-12-01", freq="MS")
    made["driver_prices"] = pd.DataFrame({"month": months, "price_factor": 1.0})
    saving = {
        "effective_from": pd.Timestamp("2027-03-01"), "effective_to": pd.NaT, "kind": "decided_saving", "amount_dkk": -5e6,
        "price_level": "2026-pl", "in_data": False,
    }  # fmt: skip
    places = (
        {"number": 1, "frame": "50.54", "service": "midlertidigt_botilbud"},
        {"number": 2, "frame": "30.46", "service": None},
    )
    made["driver_events"] = pd.DataFrame([saving | place for place in places])[list(RESTRICTED["driver_events"].names)]
    return made


def case_file(folder: Path, **more: object) -> str:
    promise = {"unit": "pct", "value": -20, "low": -30, "high": -8, "probability_pct": 80, "lag_months": 2}
    said = {
        "schema_version": 1, "name": "Hjemme i stedet", "services": ["midlertidigt_botilbud"], "promise": promise,
        "evidence": {"grade": "promising", "source": "Eget skøn", "dated": "2026"}, "start": "2027-03", "n_citizens": 40,
    }  # fmt: skip
    file = folder / "case.json"
    file.write_text(json.dumps(said | more), encoding="utf-8")
    return str(file)


def told(home: Path, *words: str, code: int = 0) -> tuple[dict[str, Any], str]:
    result = CliRunner().invoke(cli, ["investment", *words, "--home", str(home), "--json"])
    assert result.exit_code == code, result.stderr
    found = json.loads(result.stdout) if result.stdout else {}
    if found and words[0] in NAMES:
        jsonschema.validate(found, json.loads((SCHEMAS / f"{NAMES[words[0]]}.json").read_text(encoding="utf-8")))
    return found, result.stderr


SIGNED = ("--owner", "Socialafdelingen", "--who", "KN")


def test_a_case_is_decided_started_enrolled_and_followed_up_on_a_later_run(home: Path, tmp_path: Path) -> None:
    decided = told(home, "decide", case_file(tmp_path), *SIGNED)[0]
    key = decided["decision_id"]
    assert (decided["cutoff"], decided["has_population"]) == ("2026-12", True)
    early = told(home, "follow-up", key)[0]["cases"][0]
    assert (early["status"], early["reason"]) == ("too_early", "not_started")
    told(home, "start", key, "--month", "2027-03", "--who", "KN")
    told(home, "enrol", key, "--month", "2027-03", "--number", "3", "--who", "KN")
    few = told(home, "list")[0]["decisions"][0]
    assert (few["enrolled"], few["enrolled_hidden"]) == (None, True)
    told(home, "enrol", key, "--month", "2027-04", "--number", "37", "--who", "KN")
    two_years_on(home)
    found = told(home, "follow-up", key)[0]
    (line,) = found["cases"]
    assert (line["status"], line["reason"], line["enrolled"], line["run_id"]) == ("on_track", "", 40, example.RUN_ID)
    assert (line["effect"]["first"], line["effect"]["n_months"]) == ("2027-05", 20)
    assert line["effect"]["effect_pct_q10"] < -20.0 < line["effect"]["effect_pct_q90"]
    assert line["effect"]["probability"] > 0.95
    assert line["effect"]["promised"] == pytest.approx(-0.16 * line["effect"]["counterfactual"], rel=1e-3)
    (saving,) = line["overlaps"]  # in kroner: named, and not counted in citizens
    assert (saving["decision_id"][:2], saving["share"]) == ("b-", 0.0)
    assert line["effect"]["yearly_dkk"] < 0
    assert {row["service"] for row in line["placebo"]} == set(SHOWN) - {"midlertidigt_botilbud"}
    assert len(line["months"]) == 24
    assert told(home, "follow-up", key)[0] == found
    plain = CliRunner().invoke(cli, ["investment", "follow-up", "--home", str(home)]).stderr
    assert "on_track" in plain
    assert "no haircut" in plain


def test_decided_savings_stand_in_the_register_with_what_they_did_or_why_nothing_is_said(home: Path) -> None:
    two_years_on(home)
    saving, of_frame = told(home, "follow-up")[0]["cases"]
    assert of_frame["reason"] == "no_service"
    assert (saving["measure"], saving["run_id"], saving["reason"]) == ("cost", example.RUN_ID, "")
    assert saving["effect"]["promised"] == pytest.approx(-5e6 / 12)
    assert saving["effect"]["effect"] < 0
    assert {line["decision_id"] for line in (saving, of_frame)} == set(
        saving_ids([("30.46", "", "2027-03-01", -5e6), ("50.54", "midlertidigt_botilbud", "2027-03-01", -5e6)])
    )
    (alone,) = told(home, "follow-up", saving["decision_id"])[0]["cases"]
    assert alone["services"] == ["midlertidigt_botilbud"]


def test_a_frozen_promise_stays_as_it_was_when_later_runs_say_something_else(home: Path, tmp_path: Path) -> None:
    key = told(home, "decide", case_file(tmp_path), *SIGNED)[0]["decision_id"]
    told(home, "start", key, "--month", "2027-03", "--who", "KN")
    two_years_on(home)
    before = told(home, "follow-up", key)[0]["cases"][0]["effect"]
    for file in (home / "published").glob(f"{example.RUN_ID}*"):
        file.unlink()
    after = told(home, "follow-up", key)[0]["cases"][0]["effect"]
    assert after == before
    record = home / "decisions.jsonl"
    said = record.read_text(encoding="utf-8")
    record.write_text(said.replace('"value": -20', '"value": -9'), encoding="utf-8")
    assert told(home, "follow-up", key)[0]["cases"][0]["reason"] == "frozen_damaged"
    record.write_text(said, encoding="utf-8")
    assert told(home, "follow-up", key)[0]["cases"][0]["reason"] == ""
    next((home / "frozen").glob("d-*.npz")).write_bytes(b"something else")
    assert told(home, "follow-up", key)[0]["cases"][0]["reason"] == "frozen_damaged"


@pytest.mark.parametrize(
    ("more", "words", "said"),
    [
        ({"services": ["ledsageordning"]}, SIGNED, "hidden"),
        ({"services": ["findes_ikke"]}, SIGNED, "hidden"),
        ({"start": "2026-12"}, SIGNED, "before its decision"),
        ({}, (*SIGNED, "--start", "2026-11"), "before its decision"),
        ({}, (*SIGNED, "--comparison", "midlertidigt_botilbud"), "the case changes"),
        ({}, (*SIGNED, "--on", "i dag"), "no date"),
        ({}, (*SIGNED, "--on", "2027-04-01", "--start", "2027-03"), "before its decision"),
        ({}, (*SIGNED, "--on", "2099-02-01", "--start", "2099-03"), "has not come yet"),
        ({}, ("--owner", "<b>Kontor", "--who", "KN"), "markup"),
        ({}, ("--owner", "Kontoret", "--who", "=KN()"), "formula"),
        ({}, ("--owner", "ring 010180-1234", "--who", "KN"), "CPR"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_kept(
    home: Path, tmp_path: Path, more: dict[str, object], words: tuple[str, ...], said: str
) -> None:
    found, stderr = told(home, "decide", case_file(tmp_path, **more), *words, code=2)
    assert not found
    assert said in stderr
    assert "010180" not in stderr
    assert not (home / "decisions.jsonl").exists()


def test_without_a_run_or_a_decision_it_is_said(tmp_path: Path, home: Path) -> None:
    assert told(tmp_path / "empty", "follow-up", code=3)[1]
    assert told(home, "list")[0] == {"decisions": []}
    assert "No decided case" in told(home, "follow-up", "d-0000000000000000", code=2)[1]
