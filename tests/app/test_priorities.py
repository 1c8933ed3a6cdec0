"""The pages Prioritering and Forebyggelse on the published example: what they say follows what is set, and what was decided."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from data.follow_up_report import read_report, write_report
from data.settings import Paths
from models.investment.balance import balance
from models.investment.case import Trial
from models.investment.suggested import suggested_case
from models.investment.worth import value_case
from models.priority.prioritise import prioritise
from models.priority.reading import read_portfolio
from models.priority.suggested import suggested_portfolio
from models.view.language import Language
from models.view.run import RunView, read_record
from models.view.workbook_prevention import prevention_workbook
from models.view.workbook_priority import priority_workbook

if TYPE_CHECKING:
    from types import ModuleType

APP = str(Path(__file__).parents[2] / "app.py")
RATINGS = {"bostoette": 80.0, "laengerevarende_botilbud": 65.0, "plejefamilie": 70.0}


@pytest.fixture(scope="module")
def run(example: ModuleType) -> RunView:
    tables = example.frames()
    return RunView.of(example.RUN_ID, tables, read_record(tables["run_record"]))


def opened(monkeypatch: pytest.MonkeyPatch, paths: Paths, page: str) -> AppTest:
    monkeypatch.setenv("OPDRIFT_HOME", str(paths.home))
    test = AppTest.from_file(APP, default_timeout=90)
    test.run()
    test.switch_page(f"app_pages/{page}.py").run()
    assert not test.exception, [item.value for item in test.exception]
    return test


def html_of(test: AppTest) -> str:
    return " ".join(item.proto.body for item in test.get("html"))


def test_the_choice_follows_what_the_committee_sets(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "priorities")
    said = html_of(test)
    assert "Regneeksempel" in said
    voices = ("ikke belyst", "for få svar til at vise", "Handicaprådet", "Rådet finder &lt;b&gt;ikke&lt;/b&gt;")
    for text in (*voices, "Brugerundersøgelse"):
        assert text in said
    allowed = [item for item in test.number_input if str(item.key).startswith("priority_allowed_")]
    for item in allowed:
        item.set_value(400.0)
    test.run()
    assert not test.exception
    wide = html_of(test)
    assert "ventes at spare" in wide
    assert "100 %" in wide
    for item in [item for item in test.number_input if str(item.key).startswith("priority_allowed_")]:
        item.set_value(-400.0)
    test.run()
    assert "Ingen kombination" in html_of(test)
    assert any("mangler" in item.value for item in test.warning)


def uploaded(test: AppTest, key: str, *files: dict[str, object]) -> str:
    """What the page says of files that were dropped there."""
    named = [(f"{number}.json", json.dumps(file).encode(), "application/json") for number, file in enumerate(files)]
    test.file_uploader(key=key).set_value(named).run()
    assert not test.exception, [item.value for item in test.exception]
    return " ".join([html_of(test), *(item.value for item in (*test.info, *test.error, *test.warning))])


def test_cases_that_cost_without_effect_never_pay_or_meet_the_same_citizens_are_told(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]
) -> None:
    read = (Path(APP).parent / "docs" / "examples" / "investments" / "bostoette_foer_botilbud.json").read_text(encoding="utf-8")
    wanted = json.loads(read) | {"services": ["bostoette"]}
    wanted["promise"] = wanted["promise"] | {"value": -20.0, "low": -30.0, "high": -10.0}
    other = wanted | {"name": "Den anden", "n_citizens": 40}
    vain = wanted | {"name": "Uden virkning", "promise": wanted["promise"] | {"value": 0.0, "low": 0.0, "high": 0.0}}
    said = uploaded(opened(monkeypatch, homes["full"], "prevention"), "case_files", vain, wanted, other)
    assert "rammer de samme borgere; den anden virker på dem, der er tilbage." in said
    assert "Der er ikke lovet nogen virkning, så indsatsen koster kun." in said
    assert "aldrig" in said


def test_options_that_exclude_each_other_in_a_ring_are_named(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    lever = {"kind": "price", "services": ["bostoette"], "start": "2027-07", "value": -1.0, "low": -2.0, "high": 0.0}
    ring = {"a": "b", "b": "c", "c": "a"}
    options = [
        {
            "id": one,
            "name": f"Mulighed {one}",
            "levers": [lever | {"value": -1.0 - place, "low": -2.0 - place}],
            "excludes": [other],
        }
        for place, (one, other) in enumerate(ring.items())
    ]
    frames = [{"level": "total", "member": "total", "allowed_deviation_dkk": {"2028": 4e8}}]
    asked = {"schema_version": 1, "name": "Ring", "decided": "2027-01", "years": [2028], "frames": frames, "options": options}
    said = uploaded(opened(monkeypatch, homes["full"], "priorities"), "priority_file", asked)
    assert "udelukker hinanden i ring: højst 1 af dem kan vælges." in said


def test_the_suggested_options_are_a_file_that_reads_the_same(run: RunView) -> None:
    made = suggested_portfolio(run.baseline, "opdrifts egne muligheder")
    assert len(made.options) >= 8
    read = read_portfolio(made.to_json())
    assert read.portfolio_id == made.portfolio_id


def test_the_workbook_holds_what_the_page_shows(run: RunView) -> None:
    portfolio = suggested_portfolio(run.baseline, "=1+1 prøve")
    few = type(portfolio).of(portfolio.name, portfolio.options[:4], price_level=portfolio.price_level)
    found = prioritise(run.baseline, few, RATINGS)
    book = openpyxl.load_workbook(io.BytesIO(priority_workbook(found, run, Language("da"))))
    assert book.sheetnames == ["Muligheder", "Rammer", "Økonomi og borgere", "Grundlag"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not any(cell.data_type == "f" for cell in cells)
    assert len(list(book["Muligheder"].iter_rows(min_row=5))) == len(few.options)


def test_an_example_case_is_valued_and_the_register_shows_what_became_of_cases(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, example: ModuleType
) -> None:
    paths = Paths(home=tmp_path / "home", secrets=tmp_path / "secrets")
    example.publish(paths)
    test = opened(monkeypatch, paths, "prevention")
    assert any("Ingen sag er besluttet" in item.value for item in test.info)
    test.button(key="case_example").click().run()
    assert not test.exception
    said = html_of(test)
    for text in ("over ti år i nutidsværdi", "Ikke verificeret", "Inden for valgperioden", "Kommunen"):
        assert text in said
    line = {
        "decision_id": "d-0123456789abcdef", "source": "case", "name": "Tidlig <b>støtte", "frame": None,
        "services": ["plejefamilie"],
        "measure": "volume", "owner": "Familieafdelingen", "decided_on": "2025-01-10", "planned_start": "2025-03",
        "actual_start": "2025-04", "stopped": None, "planned": 40, "enrolled": None, "enrolled_hidden": True,
        "run_id": example.RUN_ID, "status": "on_track", "reason": "", "reason_text": "", "late_months": 1, "share_enrolled": None,
        "too_many_enrolled": False,
        "effect": {"first": "2025-05", "last": "2026-12", "n_months": 20,
                   "realised": 95.0, "counterfactual": 100.0, "effect": -5.0,
                   "effect_q10": -8.0, "effect_q90": -2.0, "effect_pct": -5.0, "effect_pct_q10": -8.0, "effect_pct_q90": -2.0,
                   "probability": 0.97, "probability_promise": 0.4, "promised": -4.0, "share_realised": 1.2,
                   "share_realised_sd": 0.4, "yearly_dkk": None, "yearly_dkk_q10": None, "yearly_dkk_q90": None},
        "months": [{"month": f"2025-{month:02d}", "realised": 95.0, "counterfactual": 100.0, "counterfactual_q10": 96.0,
                    "counterfactual_q90": 104.0, "effect": -5.0, "effect_q10": -9.0, "effect_q90": -1.0, "probability": 0.9,
                    "promised": -4.0} for month in range(5, 13)],
        "placebo": [{"kind": "service", "service": "bostoette", "run_id": example.RUN_ID, "first": "2025-05", "last": "2026-12",
                     "effect_pct": 1.5, "score": 0.4, "excess": 0.1}],
        "calibration": None, "comparison_used": False, "overlaps": [],
    }  # fmt: skip
    record = {"cases": 1, "followed": 1, "not_carried_out": 0, "share_plain": 1.2, "share": 1.05, "share_sd": 0.3,
              "haircut_pct": None, "raised": True}  # fmt: skip
    write_report(paths, {"run_id": example.RUN_ID, "newest_month": "2026-12", "cases": [line], "track_record": record})
    assert read_report(paths) is not None
    test.run()
    assert not test.exception
    said = html_of(test)
    for text in (
        "følger planen",
        "−5,0 %",
        "97 %",
        "d-0123456789abcdef",
        "Socialpædagogisk støtte i eget hjem",
        "Færre end tre",
        "&lt;b&gt;",
    ):
        assert text in said
    assert "Tidlig <b>" not in said


def test_a_case_with_a_trial_and_a_region_is_written_in_the_form_and_cut_beside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, homes: dict[str, Paths]
) -> None:
    paths = Paths(home=shutil.copytree(homes["full"].home, tmp_path / "home"), secrets=tmp_path / "secrets")
    record = {"cases": 4, "followed": 4, "not_carried_out": 0, "share_plain": 0.5, "share": 0.75, "share_sd": 0.2,
              "haircut_pct": 25.0, "raised": False}  # fmt: skip
    write_report(paths, {"run_id": "", "newest_month": "2026-12", "cases": [], "track_record": record})
    test = opened(monkeypatch, paths, "prevention")
    sent = next(button for button in test.button if button.label == "Regn på sagen")
    next(item for item in test.text_input if item.label == "Sagens navn").set_value("Støtte før botilbud")
    next(item for item in test.multiselect if item.label == "Indsatser, den ændrer").set_value(["bostoette"])
    test.number_input(key="case_cost_2027").set_value(0.5)
    test.selectbox(key="case_other_0").set_value("region")
    test.text_input(key="case_other_name_0").set_value("Psykiatrien")
    test.number_input(key="case_other_dkk_0").set_value(-0.2)
    test.number_input(key="case_trial_months").set_value(12)
    next(item for item in test.selectbox if item.label == "Enhed").set_value("pct")
    low = next(item for item in test.number_input if item.label == "Lavt (1 ud af 10)")
    low.set_value(-140.0)
    sent.click().run()
    assert "Virkning (140): Virkningen er over 100 %. Ingen kan hjælpe flere væk, end der er. Skriv højst 100." in html_of(test)
    assert "Støtte før botilbud" not in html_of(test)
    low.set_value(-4.0)
    sent.click().run()
    assert not test.exception, [item.value for item in test.exception]
    said = html_of(test)
    for text in ("Efter nedskæring", "Regionen: Psykiatrien", "Et forsøg på 12 måneder først", "skåret 25 % ned"):
        assert text in said
    test.toggle(key="case_haircut").set_value(True).run()
    assert not test.exception
    assert "Efter nedskæring" not in html_of(test)
    assert "Støtte før botilbud" in html_of(test)


def test_the_workbook_of_cases_holds_every_case_with_what_is_seen_of_it(run: RunView) -> None:
    cases = [suggested_case(run.baseline, name) for name in ("=1+1", "To")]
    worths = [value_case(run.baseline, replace(case, trial=Trial(months=12, cost_dkk=1e5))) for case in cases if case is not None]
    file = prevention_workbook(run, worths, worths, balance(run.baseline, worths), None, Language("da"))
    book = openpyxl.load_workbook(io.BytesIO(file))
    assert book.sheetnames == ["Sager", "År", "Kasser", "Hvad betyder mest", "Viden", "Grundlag"]
    rows = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)] for sheet in book}
    assert len(rows["År"]) == sum(len(worth.years) for worth in worths)
    assert len(rows["Hvad betyder mest"]) == sum(len(worth.swings) for worth in worths)
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert any("forsøg på 12 måneder" in str(row[0]) for row in rows["Grundlag"])


def test_a_damaged_report_is_no_report(tmp_path: Path) -> None:
    paths = Paths(home=tmp_path / "home", secrets=tmp_path / "secrets")
    assert read_report(paths) is None
    paths.reports.mkdir(parents=True)
    (paths.reports / "follow_up.json").write_text('{"cases": ', encoding="utf-8")
    assert read_report(paths) is None
    (paths.reports / "follow_up.json").write_text(json.dumps([1]), encoding="utf-8")
    assert read_report(paths) is None
