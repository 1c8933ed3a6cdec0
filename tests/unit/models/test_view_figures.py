"""What the pages show, out of published tables: figures, tables, charts; masked rows stay out."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import published_example as example
import pytest

from data.reference.lever_catalogue import load_lever_kinds
from models.scenario import evaluate
from models.view import charts, figures, levers, pictures, quality, scenario_head, scenario_tables, states, tables, theme, wording
from models.view.language import Language
from models.view.origin_words import footer
from models.view.run import RunView, read_record
from models.view.tables import Shown

DA, EN = Language("da"), Language("en")


@pytest.fixture(scope="module")
def runs() -> dict[str, RunView]:
    made = {}
    for name, options in {"full": {}, "pbs": {"currency": "AUD", "with_frames": False}}.items():
        frames = example.frames(**options)
        made[name] = RunView.of(example.RUN_ID, frames, read_record(frames["run_record"]))
    return made


def test_the_council_sees_the_next_whole_year(runs: dict[str, RunView]) -> None:
    assert figures.default_year(runs["full"]) == 2027
    assert figures.outlook_years(runs["full"]) == [2027, 2028, 2029, 2030, 2031]


def test_outlook_is_total_then_frames(runs: dict[str, RunView]) -> None:
    rows = figures.outlook(runs["full"], 2027, "I alt")
    assert [row.label for row in rows] == ["I alt", "Forebyggelse og anbringelse", "Tilbud til voksne med særlige behov"]
    total = figures.total_outlook(runs["full"], 2027)
    assert total is not None
    assert total.deviation == pytest.approx(total.mean - total.budget)


def test_three_sentences(runs: dict[str, RunView]) -> None:
    lines = wording.lead(DA, runs["full"], 2027)
    assert len(lines) == 3
    assert "merforbrug" in lines[0]
    assert "4 ud af 5" in lines[1]
    assert "67 år" in lines[2]


def test_three_sentences_without_frames(runs: dict[str, RunView]) -> None:
    language = Language("da", currency="AUD")
    lines = wording.lead(language, runs["pbs"], 2027)
    assert "ingen ramme" in lines[0]
    assert "mio. AUD" in lines[0]
    assert "kan ikke siges" in lines[2]


def test_history_and_forecast_do_not_overlap(runs: dict[str, RunView]) -> None:
    years = figures.pressure(runs["full"], "total", "total", "2026-pl")
    assert years["year"].is_unique
    assert list(years["kind"].unique()) == ["actual", "forecast"]
    assert (years["q10"] <= years["q90"]).all()


def test_masked_years_stay_out(runs: dict[str, RunView]) -> None:
    assert figures.pressure(runs["full"], "service", "sikret_institution", "2026-pl").empty
    assert ("service", "sikret_institution") not in figures.shown_members(runs["full"])


def test_drift_sums_to_the_change_and_by_age(runs: dict[str, RunView]) -> None:
    drift = figures.drift(runs["full"], "actual", "total", "total")
    assert drift is not None
    assert sum(drift.effects.values()) == drift.change
    assert sum(drift.of_age(band) for band in figures.AGE_BANDS) == drift.change
    assert drift.more_elderly == 2.1e6


def test_drift_without_ages(runs: dict[str, RunView]) -> None:
    drift = figures.drift(runs["pbs"], "actual", "total", "total")
    assert drift is not None
    assert not drift.knows_ages
    assert drift.more_elderly is None
    assert figures.drift(runs["pbs"], "actual", "frame", "50.54") is None


def test_a_masked_drift_is_not_shown(runs: dict[str, RunView]) -> None:
    run = runs["full"]
    hidden = run.tables["drift"].copy()
    hidden.loc[hidden["driver"] == "demography", ["effect", "mask"]] = [float("nan"), "primary"]
    shown = figures.drift(
        RunView.of(run.run_id, {**run.tables, "drift": hidden, "draws": _no_draws()}, {}), "actual", "total", "total"
    )
    assert shown is not None
    assert "demography" not in shown.shown
    assert shown.hidden == shown.change - sum(shown.shown.values())
    assert shown.shown_ages == {}
    assert "er skjult" in wording.drift_sentence(DA, shown, "actual")
    assert "Skjulte forklaringer" in charts.drift_chart(shown, DA, theme.LIGHT).to_json()


def _no_draws() -> pd.DataFrame:
    return pd.DataFrame(columns=["service", "month", "gross_nominal", "volume", "price_factor"])


def test_footer_says_what_figures_rest_on(runs: dict[str, RunView]) -> None:
    said = footer(runs["full"], DA)
    for part in ("Resultater er skøn", "run-20270115", "december 2026", "2 datafiler", "kode 0.1.0 0123abcd"):
        assert part in said


def test_age_of_the_run(runs: dict[str, RunView]) -> None:
    run = runs["full"]
    assert run.days_old(date(2027, 3, 1)) == 45
    assert states.warnings(DA, run, "", date(2027, 1, 20), 40) == []
    assert "45 dage gamle" in states.warnings(DA, run, "", date(2027, 3, 1), 40)[0]
    assert "I stedet vises" in states.warnings(DA, run, "CURRENT is missing", date(2027, 1, 20), 40)[0]
    assert states.warnings(DA, None, "", date(2027, 3, 1), 40) == []


def test_tables_escape_what_they_are_given() -> None:
    shown = Shown("<script>", ("a",), (("<img src=x>",),), (False,))
    assert "<script>" not in shown.to_html()
    assert "<img" not in shown.to_html()


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_becomes_a_formula(start: str) -> None:
    text = Shown("", ("fil",), ((f"{start}cmd",),), (False,)).to_csv(DA).decode("utf-8-sig")
    assert f"'{start}cmd" in text


def test_figures_of_a_csv_are_numbers_to_a_spreadsheet() -> None:
    text = Shown("", ("x", "kr."), (("a", "−1.234,5"),), (False, True)).to_csv(DA).decode("utf-8-sig")
    assert "a;-1.234,5" in text


@pytest.mark.parametrize("language", [DA, EN], ids=["da", "en"])
@pytest.mark.parametrize("name", ["full", "pbs"])
def test_every_table_has_a_cell_per_head(runs: dict[str, RunView], name: str, language: Language) -> None:
    run = runs[name]
    made = [
        tables.outlook_table(language, figures.outlook(run, 2027, "I alt"), "x"),
        tables.methods_table(language, run.tables["services"]),
        tables.notices_table(language, run),
        quality.owners_table(run, language),
        quality.rules_table(run, language),
        quality.balance_table(run, language),
        quality.files_table(run, language),
        quality.lineage_table(run, language),
        quality.refused_table(quality.refused_files(run, language), language),
    ]
    drift = figures.drift(run, "actual", "total", "total")
    assert drift is not None
    made += [tables.drift_table(language, drift, "x"), tables.age_table(language, drift, "x")]
    for shown in made:
        assert len(shown.header) == len(shown.figures)
        assert all(len(row) == len(shown.header) for row in shown.rows), shown.caption


def test_refusals_are_said_in_plain_words(runs: dict[str, RunView]) -> None:
    ((name, plain, message),) = quality.refused_files(runs["full"], DA)
    assert name == "ledger_2025 (kopi).csv"
    assert plain.startswith("Filen er skåret over.")
    assert message.startswith("The last line")


def test_owners_know_their_rows_and_kroner(runs: dict[str, RunView]) -> None:
    rows = {row[0]: row[1:] for row in quality.owners_table(runs["full"], DA).rows}
    assert rows["Økonomi"] == ("50", "0,80", "3", "1,90")
    assert rows["Fagsystem"][0] == "12"


def test_data_lead_in_three_sentences(runs: dict[str, RunView]) -> None:
    lines = quality.lead_sentences(runs["full"], DA)
    assert lines[0].startswith("2 datafiler er brugt")
    assert "62 rækker er lagt til side (0,8 mio. kr.)" in lines[1]
    assert lines[2].startswith("1 fil er afvist")


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_charts_are_drawn_in_both_themes(runs: dict[str, RunView], colours: theme.Palette) -> None:
    run = runs["full"]
    drift = figures.drift(run, "actual", "total", "total")
    assert drift is not None
    result = evaluate(run.baseline, example.scenario_of({("volume", "botilbud"): -2.0}))
    total = result.members[result.members["level"] == "total"]
    shown = scenario_tables.result_table(result, run, DA, "")
    assert len(shown.figures) == len(shown.header) == len(shown.rows[0])
    assert all(row[-1].endswith("%") for row in shown.rows), "the chance of keeping every frame, every year"
    effects = scenario_tables.effect_rows(result, run, DA, 2027)
    drawn = [
        charts.deviation_chart(figures.outlook(run, 2027, "I alt"), DA, colours),
        charts.fan_chart(figures.pressure(run, "total", "total", "nominal"), DA, colours, unit="mio. kr."),
        charts.drift_chart(drift, DA, colours),
        charts.age_chart(drift, DA, colours),
    ]
    told = [
        pictures.scenario_picture(total, DA, colours, unit="mio. kr."),
        pictures.effects_picture(effects, ("I alt", scenario_tables.effect_total(effects)), DA, colours),
    ]
    for spec in [*(json.loads(chart.to_json()) for chart in drawn), *(picture.to_spec() for picture in told)]:
        assert spec["config"]["locale"]["number"]["decimal"] == ","
        assert colours.text in json.dumps(spec)


def test_charts_hold_no_masked_service(runs: dict[str, RunView]) -> None:
    run = runs["full"]
    text = json.dumps(charts.fan_chart(figures.pressure(run, "total", "total", "nominal"), DA, theme.LIGHT, unit="x").to_dict())
    assert "doevblinde" not in text
    assert "sikret" not in text


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_contrast_of_marks_and_text(colours: theme.Palette) -> None:
    assert theme.contrast(colours.text, colours.page) >= 4.5
    for mark in (colours.past, colours.expected, colours.over, colours.under, colours.frame):
        assert theme.contrast(mark, colours.page) >= 3.0


def test_headline_of_a_scenario(runs: dict[str, RunView]) -> None:
    run = runs["full"]
    neutral = scenario_head.headline(evaluate(run.baseline, example.scenario_of()), 2027)
    assert neutral is not None
    assert (neutral.before, neutral.change) == (neutral.after, 0.0)
    moved = scenario_head.headline(evaluate(run.baseline, example.scenario_of({("price", "botilbud"): -5.0})), 2027)
    assert moved is not None
    assert moved.after < moved.before
    assert moved.keep_after > moved.keep_before
    assert 'aria-live="polite"' in scenario_head.headline_html(moved, DA, "x")
    assert scenario_head.headline(evaluate(run.baseline, example.scenario_of()), 1999) is None


def test_headline_without_frames(runs: dict[str, RunView]) -> None:
    head = scenario_head.headline(evaluate(runs["pbs"].baseline, example.scenario_of()), 2027)
    assert head is not None
    assert not head.has_frame
    assert "Forventet udgift" in scenario_head.headline_html(head, DA, "x")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("−2,5 %", -2.5),
        ("2.5", 2.5),
        (" +3 ", 3.0),
        ("0", 0.0),
        ("", None),
        ("to", None),
        ("1e3", None),
        ("2,5,1", None),
        ("12.000", 12000.0),
    ],
)
def test_what_is_typed_beside_a_slider(typed: str, read: float | None) -> None:
    assert levers.read_number(typed, DA) == read


@pytest.mark.parametrize("language", [DA, EN], ids=["da", "en"])
def test_a_setting_reads_back_what_it_wrote(language: Language) -> None:
    kinds = load_lever_kinds()
    for about, change in (
        (kinds["price"], -10.0),
        (kinds["own_growth"], 0.25),
        (kinds["volume"], 0.0),
        (kinds["appropriation"], 2.5e6),
    ):
        assert levers.read_setting(levers.setting_label(about, change, language), about, language) == change
