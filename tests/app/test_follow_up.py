"""The page Budgetopfølgning and its workbook on the published example."""

from __future__ import annotations

import io
import textwrap
from dataclasses import replace
from datetime import date
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.follow_ups import earlier_results
from data.settings import Paths
from models.outturn import FollowUp
from models.view.citizens_tables import known_sentence, left_table, radar_table, sides_table
from models.view.estimate_tables import estimates_of, estimates_table, missing_sentence
from models.view.follow_up_tables import glance_table, lines_table, technical_table
from models.view.follow_up_wording import (
    bridge_sentence,
    granted_note,
    prices_unknown,
    radar_unknown,
    so_far_sentence,
    split_note,
    step_label,
)
from models.view.language import Language
from models.view.refund_tables import (
    case_months,
    case_year,
    case_year_sentence,
    gross_sentence,
    refund_table,
    single_case_table,
)
from models.view.run import RunView, read_record
from models.view.workbook import follow_up_workbook
from models.view.year_result import bridge, default_year, find, glance, services_of, technical_budget

if TYPE_CHECKING:
    from types import ModuleType

APP = str(Path(__file__).parents[2] / "app.py")
DANISH = Language("da")


@pytest.fixture(scope="module")
def run(example: ModuleType) -> RunView:
    tables = example.frames()
    return RunView.of(example.RUN_ID, tables, read_record(tables["run_record"]))


@pytest.fixture(scope="module")
def earlier(homes: dict[str, Paths]) -> list[FollowUp]:
    found = earlier_results(homes["full"], cutoff=date(2026, 12, 1), municipality="151", currency="DKK", months=(3, 5, 6, 9))
    return [
        FollowUp(
            item.vintage.run_id, item.vintage.cutoff.date(), bool(item.vintage.as_of), item.price_level, item.result, item.months
        )
        for item in found
    ]


def opened(monkeypatch: pytest.MonkeyPatch, paths: Paths) -> AppTest:
    monkeypatch.setenv("OPDRIFT_HOME", str(paths.home))
    test = AppTest.from_file(APP, default_timeout=60)
    test.run()
    test.switch_page("app_pages/budget_follow_up.py")
    test.run()
    assert not test.exception, [item.value for item in test.exception]
    return test


def html_of(test: AppTest) -> str:
    return " ".join(item.proto.body for item in test.get("html"))


def test_the_page_says_the_year_in_words_and_shows_every_frame(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    said = html_of(test)
    for text in (
        "I 2026 ventes udgifterne at blive", "4 ud af 5 gange vil det ende mellem", "reserve på",
        "Til og med december 2026 er der bogført",
        "Tilbud til voksne med særlige behov", "Forebyggelse og anbringelse", "Forbrug til dato", "Sene regninger",
    ):  # fmt: skip
        assert text in said
    assert any("skiller ikke kendte borgere fra nye" in item.value for item in test.caption)
    assert "september 2026" in said, "earlier follow-ups stand beside"
    assert "Bogført siden mod det, der var ventet" in said


def test_of_a_year_that_has_not_begun_nothing_is_said_to_be_posted(run: RunView) -> None:
    whole = find(run, DANISH, 2026, ("total", "total"))
    assert whole is not None
    coming = replace(whole, year=2027, figures=whole.figures | {"posted": 0.0, "late": 0.0})
    assert so_far_sentence(DANISH, run, coming) == "Regnskabsåret 2027 er ikke begyndt, og der er intet bogført endnu."
    paid_ahead = replace(coming, figures=coming.figures | {"posted": 2e6})
    for row in (whole, paid_ahead):
        assert so_far_sentence(DANISH, run, row).startswith("Til og med december 2026 er der bogført")


def test_a_frame_leads_to_its_services_and_hidden_ones_say_so(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    test.session_state["result_member"] = "frame 30.46"
    test.run()
    assert not test.exception
    said = html_of(test)
    assert "Plejefamilie" in said
    own = said[said.index("Sikret døgninstitution") :]
    assert "skjult" in own[: own.index("</tr>")]
    assert "Længerevarende botilbud" not in said.split("Indsatser 2026")[1].split("</table>")[0]


def test_known_citizens_and_those_who_reach_an_age_are_told_in_sums(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], run: RunView
) -> None:
    test = opened(monkeypatch, homes["full"])
    test.session_state["result_member"] = "frame 30.46"
    test.run()
    assert not test.exception
    said = html_of(test)
    told = "Af 150 helårsborgere, der er kendt i dag, ventes 111 at være i samme tilbud i december 2027 "
    assert f"{told}(4 ud af 5 gange mellem 107 og 114); 39 er nye." in said
    assert "Kommet fra andet tilbud" in said
    years = radar_table(DANISH, run, "", quarters=False)
    assert years is not None
    assert years.rows[0] == (
        "18", "2027", "Børne- og Skoleudvalget", "Socialudvalget", "Alle", "9", "4,2", "2,9", "1,1 og 4,7",
    )  # fmt: skip
    quarters = radar_table(DANISH, run, "", quarters=True)
    assert quarters is not None
    assert quarters.rows[1][1] == "2. kvartal 2027"
    assert all(row[-4:] == ("skjult",) * 4 for row in quarters.rows)
    assert known_sentence(DANISH, run, "service", "sikret_institution") is None
    empty = opened(monkeypatch, homes["pbs"])
    assert "Kendte og nye borgere" not in html_of(empty)


def test_another_year_and_a_home_without_postings(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    test.session_state["result_year"] = 2027
    test.run()
    assert not test.exception
    assert "I 2027 ventes" in html_of(test)
    empty = opened(monkeypatch, homes["pbs"])
    assert any("intet regnskabsår at følge op på" in item.value for item in empty.markdown)
    assert any("hvad året ender på mod budgettet" in item.value for item in empty.markdown), "what it can't know"
    assert any("heller ikke sager på borgere" in item.value for item in empty.markdown)


def test_what_is_granted_and_has_not_begun_stands_beside_known_and_new(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], run: RunView
) -> None:
    test = opened(monkeypatch, homes["full"])
    test.session_state["result_member"] = "total total"
    test.run()
    captions = [item.value for item in test.caption]
    at = captions.index("Bevilget, men ikke begyndt: 26 sager.")
    assert "kendte borgere" in captions[at - 1]
    test.session_state["result_member"] = "frame 50.54"
    test.run()
    assert "Alle rammer under ét: Bevilget, men ikke begyndt: 26 sager." in [item.value for item in test.caption]
    none = replace(run, tables=run.tables | {"notices": run.tables["notices"].iloc[:0]})
    assert granted_note(DANISH, none, whole=True) is None


def test_the_radar_says_why_quarters_are_told_in_sums(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    assert any("Indsatserne står år for år. Kvartalerne viser kun det samlede tal" in item.value for item in test.caption)


def test_the_lines_of_a_frame_say_what_the_workbook_says_of_its_budget(run: RunView) -> None:
    row = find(run, DANISH, 2026, ("frame", "50.54"))
    assert row is not None
    row = replace(row, figures=row.figures | {"budget_carried_over": 1.3e6})
    lines = dict(lines_table(DANISH, row, "").rows)
    assert lines["Heraf overført fra året før"] == "1,3"
    assert lines["Ændringer"] == DANISH.million(row["budget_change_proposed"], signed=True)
    assert lines["Forslag til nyt budget"] == lines["Forventet forbrug pr. 31/12"]
    nothing = replace(row, figures=row.figures | {"budget_carried_over": 0.0})
    assert "Heraf overført fra året før" not in dict(lines_table(DANISH, nothing, "").rows)


def test_the_workbook_tells_of_budget_on_functions_that_nobody_knows(run: RunView) -> None:
    lost = pd.DataFrame([("budget_unknown_function", "budget", "Budget på 7 kr. står på ukendte funktioner.", "Budget of 7.")])
    lost.columns = run.tables["notices"].columns
    told = replace(run, tables=run.tables | {"notices": pd.concat([run.tables["notices"], lost], ignore_index=True)})
    rows = sheets(follow_up_workbook(told, DANISH, 2026))["Om tallene"]
    assert ("Forbehold", "Budget på 7 kr. står på ukendte funktioner.") in [row[:2] for row in rows]


def steps_of(rows: pd.DataFrame) -> float:
    return float(rows.loc[rows["step"] != "expected", "effect"].sum())


def test_the_bridge_tells_known_citizens_from_new_ones_and_its_sentence_takes_them_together(run: RunView) -> None:
    table = run.tables["year_bridge"].copy()
    own = (table["level"] == "total") & (table["year"] == 2026)
    for step, effect in (("uptake", 3e6), ("expected_new", 40e6), ("expected_ended", -42e6), ("one_offs", 2.5e6)):
        table.loc[own & (table["step"] == step), "effect"] = effect
    for step in ("demography", "unit_cost", "price_index", "budget_events", "other_years"):
        table.loc[own & (table["step"] == step), "effect"] = 0.1e6
    found = bridge(replace(run, tables=run.tables | {"year_bridge": table}), 2026, ("total", "total"))
    assert found is not None
    names = [step_label(DANISH, step) for step in found.effects]
    assert "Borgere i gang nu, hvis alle bliver året ud" in names
    assert "Flere eller færre får hjælp (dækningsgrad)" not in names
    assert found.effects["new_citizens"] == pytest.approx(-2e6)
    assert found.budget + sum(found.effects.values()) == pytest.approx(steps_of(table[own]))
    assert found.causes["uptake"] == pytest.approx(1e6)
    assert "Enkeltstående regninger (+2,5 mio. kr.)" in bridge_sentence(DANISH, found)


def test_figures_are_as_published(run: RunView) -> None:
    assert default_year(run) == 2026
    rows = glance(run, DANISH, 2026)
    assert [row.level for row in rows] == ["frame", "frame", "total"], "a committee of one frame says what the frame says"
    assert {row.member for row in services_of(run, DANISH, 2026, ("frame", "30.46"))} == {
        "plejefamilie", "sikret_institution", "eget_vaerelse",
    }  # fmt: skip
    found = bridge(run, 2026, ("total", "total"))
    assert found is not None
    assert sum(found.effects.values()) == pytest.approx(found.expected - found.budget)
    technical = technical_budget(run, DANISH)
    assert {row.year for row in technical} == {2027, 2028, 2029, 2030}, "the budget year and three overslagsår"
    assert all(row.change == pytest.approx(row.technical - row.adopted) for row in technical)
    assert all(row.low < row.change < row.high for row in technical)
    tables = run.tables | {"frame_outlook": run.tables["frame_outlook"].assign(adjusted=3e6)}
    moved = technical_budget(replace(run, tables=tables), DANISH)
    assert [now.technical - before.technical for now, before in zip(moved, technical, strict=True)] == pytest.approx(
        [3e6 - row.adjusted for row in technical]
    )
    assert all(row.low < row.change < row.high for row in moved)


def test_earlier_follow_ups_are_those_after_the_chosen_months(homes: dict[str, Paths], earlier: list[FollowUp]) -> None:
    assert [item.cutoff for item in earlier] == [date(2026, 9, 1), date(2026, 6, 1), date(2026, 3, 1)]
    others = {"cutoff": date(2026, 12, 1), "municipality": "151", "months": (6, 9)}
    assert len(earlier_results(homes["full"], currency="DKK", **others)) == 2
    assert earlier_results(homes["full"], currency="SEK", **others) == []


def sheets(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.values) for sheet in book}


def test_the_refund_and_one_new_case_stand_on_the_page(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    said = html_of(test)
    for text in ("Central refusion", "Netto efter central refusion", "ikke verificeret", "Én ny sag i 2027", "Risiko med sagen"):
        assert text in said
    words = " ".join(item.value for item in test.markdown)
    assert "koster kommunen 25 øre; resten betaler staten. Grænserne for 2026 er ikke verificeret." in words
    before = html_of(test)
    test.number_input(key="case_amount").set_value(6.0).run()
    assert not test.exception
    assert html_of(test) != before
    assert "6,0" in html_of(test)


@pytest.mark.parametrize("verified", [True, False])
def test_one_new_case_is_marked_where_the_year_s_thresholds_are_not_verified(run: RunView, verified: bool) -> None:
    thresholds = run.tables["refund_thresholds"].assign(thresholds_verified=verified)
    marked = replace(run, tables=run.tables | {"refund_thresholds": thresholds})
    rows = glance(marked, DANISH, 2026)
    shown = single_case_table(DANISH, marked, rows, 2026, "Én ny sag", millions=3.0, first_month=1)
    assert shown is not None
    mark = "" if verified else ", ikke verificeret"
    assert shown.header[2:4] == (f"Central refusion{mark}", f"Netto{mark}")


@pytest.mark.parametrize("verified", [True, False])
def test_the_year_after_refund_is_marked_where_its_thresholds_are_not_verified(run: RunView, verified: bool) -> None:
    told = replace(run, tables=run.tables | {"refund_ahead": run.tables["refund_ahead"].assign(thresholds_verified=verified)})
    rows, mark = glance(told, DANISH, 2026), "" if verified else ", ikke verificeret"
    said = "" if verified else ". Central refusion og netto er ikke verificeret."
    assert glance_table(DANISH, rows, "Forventet regnskab").caption == f"Forventet regnskab{said}"
    nets = {f"{name}{mark}" for name in ("Central refusion", "Forventet netto efter central refusion")}
    assert nets <= set(dict(lines_table(DANISH, rows[0], "").rows))
    heads = set(sheets(follow_up_workbook(told, DANISH, 2026))["Budgetopfølgning"][3])
    assert heads >= {*nets, f"Forventet netto efter al refusion{mark}", "Refusion af §§ 109-110"}


def test_a_year_that_the_price_index_does_not_reach_is_marked_after_refund(run: RunView) -> None:
    seen = run.tables["refund_ahead"].assign(thresholds_verified=True)
    short = replace(run, tables=run.tables | {"refund_ahead": seen}, record={**run.record, "price_index_to": 2026})
    assert [bool(glance(short, DANISH, year)[0].unverified) for year in (2026, 2027)] == [False, True]


def test_the_refund_of_half_is_marked_where_its_rate_is_not_verified(run: RunView) -> None:
    said = ("refund_half", "run", "Refusionen er ikke verificeret.", "The refund is not verified.")
    notices = pd.concat([run.tables["notices"], pd.DataFrame([said], columns=list(run.tables["notices"].columns))])
    told = replace(run, tables=run.tables | {"notices": notices})
    heads = sheets(follow_up_workbook(told, DANISH, 2026))["Budgetopfølgning"][3]
    assert "Refusion af §§ 109-110, ikke verificeret" in heads


def to_month(run: RunView, cutoff: str) -> RunView:
    return replace(run, record={**run.record, "cutoff": cutoff})


def test_a_new_case_begins_after_the_last_month_of_data(run: RunView) -> None:
    june = to_month(run, "2026-06-01")
    assert list(case_months(DANISH, june, 2026).values()) == ["juli", "august", "september", "oktober", "november", "december"]
    assert next(iter(case_months(DANISH, june, 2027).values())) == "januar"
    assert case_year_sentence(DANISH, june, 2026) is None
    assert (case_year(june, 2026), case_year(run, 2026)) == (2026, 2027), "data end in December 2026"
    assert case_months(DANISH, run, 2026) == {}
    said = case_year_sentence(DANISH, run, 2026)
    assert said == ("Data går til og med december 2026, så en ny sag kan ikke længere begynde i 2026. Her er den regnet i 2027.")
    ended = replace(run, tables=run.tables | {"year_result": run.tables["year_result"].query("year == 2026")})
    assert case_year(ended, 2026) is None
    assert str(case_year_sentence(DANISH, ended, 2026)).endswith("ikke længere begynde i 2026.")


def test_the_page_offers_a_new_case_the_months_that_are_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, example: ModuleType, homes: dict[str, Paths]
) -> None:
    test = opened(monkeypatch, homes["full"])
    assert any("kan ikke længere begynde i 2026. Her er den regnet i 2027." in item.value for item in test.markdown)
    made = example.frames()
    record = made["run_record"]
    record.loc[record["key"] == "cutoff", "value"] = '"2026-06-01"'
    test = opened(monkeypatch, published(tmp_path, example, made))
    assert "Én ny sag i 2026" in html_of(test)
    months = test.selectbox(key="case_month_2026_7")
    assert (months.value, len(months.options)) == (7, 6)
    test.session_state["result_year"] = 2027
    test.run()
    assert test.selectbox(key="case_month_2027_1").value == 1


def published(folder: Path, example: ModuleType, made: dict[str, pd.DataFrame]) -> Paths:
    """A home with other tables of the example."""
    paths = Paths(home=folder / "other", secrets=folder / "secrets")
    example.write_mart(paths, example.RUN_ID, made)
    example.point_current(paths, example.RUN_ID)
    return paths


def test_the_risk_without_the_case_is_the_one_that_the_glance_tells(run: RunView) -> None:
    table = run.tables["year_result"].copy()
    own = (table["member"] == "50.54") & (table["year"] == 2027)
    spread = run.tables["year_result_spread"].copy()
    of_own = (spread["member"] == "50.54") & (spread["year"] == 2027)
    spread.loc[of_own, "deviation"] = [(place - 67.2) * 1e5 for place in range(1, 100)]  # read off: .328
    table.loc[own, "probability_over"] = 0.324
    told = replace(run, tables=run.tables | {"year_result": table, "year_result_spread": spread})
    rows = glance(told, DANISH, 2027)
    beside = {row[0]: row for row in glance_table(DANISH, rows, "").rows}
    shown = single_case_table(DANISH, told, rows, 2027, "", millions=0.0, first_month=1)
    assert shown is not None
    name = "Tilbud til voksne med særlige behov"
    cases = {row[0]: row for row in shown.rows}
    assert beside[name][-2] == cases[name][-2] == "omkring 30 %"
    assert cases[name][-1] == "omkring 30 %", "nothing more costs nothing"
    dear = single_case_table(DANISH, told, rows, 2027, "", millions=2.0, first_month=1)
    assert dear is not None
    assert {row[0]: row[-1] for row in dear.rows}[name] == "omkring 55 %"


@pytest.mark.parametrize("split", [True, False])
def test_the_page_says_what_is_missing_from_what_is_committed(run: RunView, split: bool) -> None:
    row = find(run, DANISH, 2026, ("total", "total"))
    assert row is not None
    row = replace(
        row, figures=row.figures | dict.fromkeys(("committed", "expected_new", "expected_ended"), 1e6 if split else nan)
    )
    assert row.is_split == split
    without = split_note(DANISH, run, row)
    said = ("no_commitments", "run", "Der er ingen disponeringer.", "There are no commitments.")
    notices = pd.concat([run.tables["notices"], pd.DataFrame([said], columns=list(run.tables["notices"].columns))])
    told = replace(run, tables=run.tables | {"notices": notices})
    assert split_note(DANISH, told, row) == f"{without} Der er ingen disponeringer."
    assert split_note(Language("en"), told, row).endswith("There are no commitments.")


@pytest.mark.parametrize(("outside", "is_said"), [(-2.4e6, True), (0.0, False)])
def test_a_frame_with_something_outside_the_model_says_that_it_has_no_range(
    run: RunView, outside: float, *, is_said: bool
) -> None:
    row = find(run, DANISH, 2026, ("frame", "50.54"))
    assert row is not None
    fixed = {"notice_id": "outside_fixed", "member": "run", "text_da": "Uden usikkerhed.", "text_en": "Without a range."}
    table = run.tables["notices"]
    told = replace(run, tables=run.tables | {"notices": pd.concat([table, pd.DataFrame([fixed], columns=list(table.columns))])})
    row = replace(row, figures=row.figures | {"outside_model": outside})
    assert split_note(DANISH, told, row).endswith("Uden usikkerhed.") is is_said


def test_the_technical_budget_marks_years_that_the_price_index_does_not_give(run: RunView) -> None:
    """The index ends in 2028."""
    shown = technical_table(DANISH, technical_budget(run, DANISH), "Teknisk budget")
    wanted = {"2027": "verificeret", "2028": "verificeret", "2029": "ikke verificeret", "2030": "ikke verificeret"}
    assert shown.header[-1] == "Pris- og lønindeks"
    assert {row[1]: row[-1] for row in shown.rows} == wanted
    sheet = sheets(follow_up_workbook(run, DANISH, 2026))["Teknisk budget"]
    assert {str(row[1]): row[-1] for row in sheet if isinstance(row[1], int)} == wanted
    without = replace(run, record={**run.record, "price_index_to": None})
    assert {row[-1] for row in technical_table(DANISH, technical_budget(without, DANISH), "").rows} == {"–"}


def of_refund(run: RunView, **told: object) -> RunView:
    """The run with other columns of the refund ahead of 50.54."""
    ahead = run.tables["refund_ahead"].copy()
    for name, value in told.items():
        ahead.loc[ahead["member"] == "50.54", name] = value
    return replace(run, tables=run.tables | {"refund_ahead": ahead})


def cells_of(run: RunView, sheet: str, member: str, year: int = 2026) -> dict[object, object]:
    rows = sheets(follow_up_workbook(run, DANISH, year))[sheet]
    return dict(zip(rows[3], next(row for row in rows[4:] if member in row[:2]), strict=True))


def test_the_year_is_told_gross_and_after_refund_on_every_level(run: RunView) -> None:
    shown = glance_table(DANISH, glance(run, DANISH, 2026), "")
    rows = {row[0]: dict(zip(shown.header, row, strict=True)) for row in shown.rows}
    adults = find(run, DANISH, 2026, ("frame", "50.54"))
    assert adults is not None
    own = rows["Tilbud til voksne med særlige behov"]
    assert own["Central refusion"] == DANISH.million(0.05 * adults["mean"])
    assert own["Forventet netto efter central refusion"] == DANISH.million(0.95 * adults["mean"])
    lines = dict(lines_table(DANISH, adults, "").rows)
    assert lines["Central refusion, ikke verificeret"] == DANISH.million(-0.05 * adults["mean"])
    sheet = cells_of(run, "Budgetopfølgning", "Tilbud til voksne med særlige behov")
    assert sheet["Forventet netto efter al refusion, ikke verificeret"] == round(0.95 * adults["mean"] - 2e6)
    assert sheet["Refusion af §§ 109-110"] == 2_000_000
    hidden = cells_of(run, "Budgetopfølgning", "Børne- og Skoleudvalget")
    marked = [f"{name}, ikke verificeret" for name in ("Central refusion", "Forventet netto efter al refusion")]
    assert [hidden[name] for name in marked] == ["skjult", "skjult"]
    assert hidden["Forventet forbrug pr. 31/12"] != "skjult"
    assert cells_of(run, "Budgetopfølgning", "Socialpædagogisk støtte i eget hjem")[marked[0]] is None


def test_a_hidden_refund_is_hidden_in_the_glance_and_unknown_ones_have_no_column(run: RunView) -> None:
    masked = of_refund(run, mask="primary", central_refund_mean=None, net_of_central_mean=None)
    rows = {row[0]: row for row in glance_table(DANISH, glance(masked, DANISH, 2026), "").rows}
    assert rows["Tilbud til voksne med særlige behov"].count("skjult") == 2
    assert rows["Forebyggelse og anbringelse"].count("skjult") == 0
    apart = of_refund(run, half_mask="secondary", half_refund_mean=None, net_mean=None)
    sheet = cells_of(apart, "Budgetopfølgning", "Tilbud til voksne med særlige behov")
    assert sheet["Refusion af §§ 109-110"] == sheet["Forventet netto efter al refusion, ikke verificeret"] == "skjult"
    assert isinstance(sheet["Central refusion, ikke verificeret"], int)
    none = replace(run, tables=run.tables | {"refund_ahead": run.tables["refund_ahead"].iloc[:0]})
    assert "Central refusion" not in glance_table(DANISH, glance(none, DANISH, 2026), "").header


def test_the_page_says_why_gross_of_the_refund_is_another_than_the_expected_result(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], run: RunView
) -> None:
    row = find(run, DANISH, 2026, ("frame", "50.54"))
    assert row is not None
    assert gross_sentence(DANISH, run, row) is None, "they are the same in the example"
    less = gross_sentence(DANISH, of_refund(run, gross_mean=row["mean"] + 6.6e6), row)
    assert less is not None
    assert "er 6,6 mio. kr. lavere end brutto her" in less
    assert "egne institutioner, indtægter og konti uden indsats; dem regnes" in less
    planned = replace(row, figures=row.figures | {"adjusted": 1e6})
    more = gross_sentence(DANISH, of_refund(run, gross_mean=row["mean"] - 1e6), planned)
    assert more is not None
    assert "er 1,0 mio. kr. højere end brutto her" in more
    assert "besluttet eller skrevet af økonomi" in more
    assert gross_sentence(DANISH, of_refund(run, gross_mean=None, mask="primary"), row) is None
    test = opened(monkeypatch, homes["full"])
    assert "Forventet netto efter central refusion" in html_of(test)


def refund_rows(run: RunView, member: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    shown = refund_table(DANISH, run, ("frame", member), "")
    assert shown is not None
    return shown.header, shown.rows


def test_the_half_refund_stands_apart_with_the_net_after_it(run: RunView) -> None:
    adults = find(run, DANISH, 2026, ("frame", "50.54"))
    assert adults is not None
    header, rows = refund_rows(run, "50.54")
    own = dict(zip(header, rows[0], strict=True))
    assert own["Refusion af §§ 109-110"] == "2,0"
    assert own["Netto efter al refusion"] == DANISH.million(0.95 * adults["mean"] - 2e6)
    assert "Refusion af §§ 109-110" not in refund_rows(run, "30.46")[0], "a frame without such services has no column of them"
    sheet = cells_of(run, "Central refusion", "Tilbud til voksne med særlige behov")
    assert sheet["Refusion af §§ 109-110"] == 2_000_000
    assert sheet["Netto efter al refusion"] == round(0.95 * adults["mean"] - 2e6)


def test_the_half_refund_is_hidden_by_its_own_mask(run: RunView) -> None:
    masked = of_refund(run, half_mask="secondary", half_refund_mean=None, net_mean=None)
    header, rows = refund_rows(masked, "50.54")
    own = dict(zip(header, rows[0], strict=True))
    assert own["Refusion af §§ 109-110"] == own["Netto efter al refusion"] == "skjult"
    assert own["Netto efter central refusion"] not in {"skjult", "–"}
    sheet = cells_of(masked, "Central refusion", "Tilbud til voksne med særlige behov")
    assert sheet["Refusion af §§ 109-110"] == sheet["Netto efter al refusion"] == "skjult"
    assert isinstance(sheet["Central refusion"], int)


def test_the_workbook_holds_the_follow_ups_own_columns(run: RunView, earlier: list[FollowUp]) -> None:
    content = follow_up_workbook(run, DANISH, 2026, earlier)
    found = sheets(content)
    assert list(found) == [
        "Budgetopfølgning", "Måned for måned", "Budget til resultat", "Tidligere opfølgninger", "Teknisk budget",
        "Central refusion", "Disponeret", "Pris og mængde", "Fylder 18 eller 23 år", "Ud ved 18 og 23 år", "Justeringer",
        "Egne skøn", "Om tallene",
    ]  # fmt: skip
    rows = found["Budgetopfølgning"]
    header = [name for name in rows[3] if name]
    wanted = [
        "Oprindeligt budget", "Korrigeret budget inkl. overførsler", "Ændringer", "Forslag til nyt budget", "Forbrug til dato",
        "Sene regninger", "Forventet forbrug pr. 31/12", "Afvigelse (plus = merforbrug)",
    ]  # fmt: skip
    assert [name for name in header if name in wanted] == wanted
    by_name = {row[1]: row for row in rows[4:]}
    frame, published = by_name["Forebyggelse og anbringelse"], run.tables["year_result"]
    own = published[(published["member"] == "30.46") & (published["year"] == 2026)].iloc[0]
    assert frame[header.index("Forventet forbrug pr. 31/12")] == round(own["mean"])
    assert set(by_name["Sikret døgninstitution"][2:]) == {"skjult"}
    assert rows[-1][0] == "I alt"
    about = dict(row[:2] for row in found["Om tallene"] if row[0])
    assert about["Kørsel"] == run.run_id
    assert "0123abcd" in str(about["Kode"])
    assert f"SHA-256 {'a' * 64}" in set(about.values())
    assert "løbende priser" in str(about["Prisniveau, opfølgning"])
    assert "Forbehold" in about, "what the reader must know goes with the file"
    moved = [row for row in found["Tidligere opfølgninger"] if row[1] == "Nyt skøn for resten af året"]
    assert moved


def test_hidden_figures_are_in_no_sheet(run: RunView, earlier: list[FollowUp]) -> None:
    """A masked row holds no figure at all, so the workbook can't; and no cell is a formula."""
    book = openpyxl.load_workbook(io.BytesIO(follow_up_workbook(run, Language("en"), 2027, earlier)))
    for sheet in book:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert book.worksheets[5].max_row >= 6


def test_staff_s_adjustments_stand_apart_with_and_without(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    assert "trukket tilbage" in html_of(test), "what was taken back stays in the list"
    assert "Forventet uden justeringer" not in html_of(test), "nothing moves 2026"
    test.session_state["result_year"] = 2027
    test.session_state["result_member"] = "frame 50.54"
    test.run()
    said = html_of(test)
    for text in (
        "Forventet uden justeringer",
        "2.100.000 kr. om året",
        "Nyt tilbud efter visitation",
        "KN, økonomi, 10. januar 2027",
    ):
        assert text in said
    assert "Kendte kommende hændelser (økonomis justeringer)" in said, "a line of its own"


def test_the_workbook_prints_so_that_it_can_be_read(run: RunView) -> None:
    none = {"staff_adjustments": run.tables["staff_adjustments"].iloc[:0]}
    book = openpyxl.load_workbook(io.BytesIO(follow_up_workbook(replace(run, tables=run.tables | none), DANISH, 2026)))
    for sheet in book:
        head = max(
            len(textwrap.wrap(str(cell.value), int(sheet.column_dimensions[cell.column_letter].width)))
            for cell in sheet[4]
            if cell.value
        )
        assert (sheet.row_dimensions[4].height or 15) >= 15 * head, f"{sheet.title}: heads are cut off"
        notes = str(sheet.cell(2, 1).value or "")
        widths = sum(sheet.column_dimensions[cell.column_letter].width for cell in sheet[4])
        assert len(notes) <= widths or (sheet.row_dimensions[2].height or 0) > 15, f"{sheet.title}: a line runs off the page"
        assert sheet.page_setup.paperSize in {8, 9}
    follow_up, adjustments = book["Budgetopfølgning"], book["Justeringer"]
    assert follow_up.cell(4, 3).alignment.horizontal == "right", "heads stand over their figures"
    assert follow_up.cell(4, 2).alignment.horizontal is None
    said = [row[0] for row in adjustments.iter_rows(min_row=5, values_only=True) if row[0]]
    assert said == ["Gælder", "Ingen."], "hidden services stand there only where something is listed"


def test_the_workbook_tells_who_reaches_an_age_in_sums(run: RunView) -> None:
    table = run.tables["transition_radar"]
    book = openpyxl.load_workbook(io.BytesIO(follow_up_workbook(run, DANISH, 2026)))
    rows = list(book["Fylder 18 eller 23 år"].iter_rows(min_row=5, values_only=True))
    assert len(rows) == len(table)
    hidden = int(table["expected"].isna().sum())
    assert sum(row[5:10] == ("skjult",) * 5 for row in rows) == hidden
    shown = sum(float(row[7]) for row in rows if row[5] != "skjult")
    assert shown == pytest.approx(table["yearly_cost_real"].sum(), abs=len(rows))


def test_the_workbook_has_a_sheet_of_adjustments(run: RunView) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(follow_up_workbook(run, DANISH, 2027)))["Justeringer"]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    total = next(row for row in cells if row[0] == "I alt")
    assert total[2] == 1_750_000
    assert total[3] - total[1] == pytest.approx(1_750_000, abs=1)
    assert any("Nyt tilbud efter visitation" in row for row in cells)


def test_staff_s_own_estimates_stand_beside_ours_and_are_scored(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    said = html_of(test)
    row = said[said.index("Egne skøn af 2026") :]
    for text in ("262,0", "265,0", "skjult"):
        assert text in row[: row.index("</table>")]
    test.switch_page("app_pages/model_quality.py")
    test.run()
    assert not test.exception
    assert any("nærmest 1 gange, egne skøn 1 gange; 2 gange" in item.value for item in test.markdown)
    table = html_of(test)
    table = table[table.index("Egne skøn og fremskrivningen mod regnskabet") :]
    assert "−5,0 (−2,0 %)" in table
    assert "september 2025 (lavet bagefter)" in table


def test_the_workbook_scores_staff_s_estimates(run: RunView) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(follow_up_workbook(run, DANISH, 2026)))["Egne skøn"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    june = next(row for row in rows if row[1] == 2025 and row[2] == "juni 2025")
    assert june[3:] == [250e6, 256e6, 252e6, 260e6, 255e6, -5e6, 1e6, -0.0196, 0.0039, "fremskrivningen", "nej"]
    assert next(row for row in rows if row[0] == "Sikret døgninstitution")[3] == "skjult"


def without_ours(table: pd.DataFrame) -> pd.DataFrame:
    """No run of June 2025 was published."""
    june = table["follow_up_on"] == pd.Timestamp("2025-06-30")
    return table.assign(**{name: table[name].mask(june) for name in ("ours", "ours_q10", "ours_q90", "ours_error", "nearer")})


def test_where_no_run_stands_beside_staff_s_estimate_it_is_said_and_how_one_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, example: ModuleType, run: RunView
) -> None:
    assert missing_sentence(DANISH, run, estimates_of(run)) is None
    made = example.frames()
    made["staff_estimates"] = without_ours(made["staff_estimates"])
    lacking = replace(run, tables=run.tables | {"staff_estimates": made["staff_estimates"]})
    shown = estimates_table(DANISH, lacking, estimates_of(lacking), "")
    assert shown is not None
    assert [row[4] for row in shown.rows] == ["mangler", "257,0"]
    sheet = sheets(follow_up_workbook(lacking, DANISH, 2026))["Egne skøn"]
    assert {row[2]: row[-1] for row in sheet[4:] if row[1] == 2025} == {"juni 2025": "mangler", "september 2025": "ja"}
    told = "»opdrift run --as-of 2025-06-30«, og derefter »opdrift run«"
    assert told in str(sheet[1][0])
    assert "Fremskrivningen mangler efter juni 2025" in str(sheet[1][0])
    english = missing_sentence(Language("en"), lacking, estimates_of(lacking))
    assert english is not None
    assert "missing after June 2025" in english
    ahead = made["staff_estimates"].assign(follow_up_on=pd.Timestamp("2027-03-31"), ours=nan)
    later = replace(run, tables=run.tables | {"staff_estimates": ahead})
    assert missing_sentence(DANISH, later, ahead) is None, "the data do not have that month yet"
    monkeypatch.setenv("OPDRIFT_HOME", str(published(tmp_path, example, made).home))
    test = AppTest.from_file(APP, default_timeout=60).run()
    test.switch_page("app_pages/model_quality.py").run()
    assert not test.exception
    assert any(told in item.value for item in test.markdown)


def summed(made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The example on summed figures and postings: nothing is known of citizens or providers."""
    gone = (
        "known_months", "transition_radar", "transition_leaving", "provider_types", "cost_concentration", "provider_shares",
        "refund_ahead", "stay_response", "age_shares",
    )  # fmt: skip
    return made | {name: made[name].iloc[:0] for name in gone}


def test_what_summed_figures_cannot_tell_is_said_and_what_it_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, example: ModuleType, run: RunView
) -> None:
    made = summed(example.frames())
    test = opened(monkeypatch, published(tmp_path, example, made))
    heads = [item.value for item in (*test.header, *test.subheader)]
    assert {"Fylder 18 eller 23 år", "Pris og mængde"} <= set(heads)
    said = [item.value for item in test.info]
    radar, prices = (next(text for text in said if text.startswith(words)) for words in ("Hvem der fylder", "Pris og mængde"))
    assert "kan ikke vides af samlede tal" in radar
    assert "fødselsmåned" in radar
    assert "kan ikke vides af samlede tal" in prices
    assert "sager med pris, omfang og leverandør" in prices
    book = sheets(follow_up_workbook(replace(run, tables=run.tables | made), DANISH, 2026))
    for sheet in ("Fylder 18 eller 23 år", "Ud ved 18 og 23 år", "Pris og mængde"):
        assert any("kan ikke vides af samlede tal" in str(row[0]) for row in book[sheet])
    assert prices_unknown(DANISH, run) is None
    assert radar_unknown(DANISH, run) is None


def test_without_a_legal_basis_the_radar_says_that(run: RunView) -> None:
    why = ("known_citizens", "run", "Hjemlen mangler.", "There is no legal basis.")
    notices = pd.DataFrame([why], columns=list(run.tables["notices"].columns))
    told = replace(run, tables=run.tables | {"known_months": run.tables["known_months"].iloc[:0], "notices": notices})
    assert radar_unknown(DANISH, told) == "Hvem der fylder 18 eller 23 år, vises ikke. Hjemlen mangler."


def test_price_and_quantity_stand_by_kind_of_provider(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], run: RunView
) -> None:
    test = opened(monkeypatch, homes["full"])
    test.session_state["result_member"] = "frame 50.54"
    test.run()
    said = html_of(test)
    assert "Egne tilbud: prisen for de samme borgere har ændret sig +3,0 % på et år; løn- og prisindekset +3,0 %" in said
    assert "De dyreste 5 % af borgerne (20) står for 30 % af udgiften" in said
    kinds = said[said.index("Pris og mængde efter leverandør") :]
    for text in ("Egne tilbud", "60 %", "+5,0 %", "+1,0 %"):
        assert text in kinds[: kinds.index("</table>")]
    services = said[said.index("Indsatser efter leverandør") :]
    own = services[services.index("Ledsageordning") :]
    assert "skjult" in own[: own.index("</tr>")]
    assert "9 mindre leverandører" in said
    cells = [
        [cell.value for cell in row]
        for row in openpyxl.load_workbook(io.BytesIO(follow_up_workbook(run, DANISH, 2026)))["Pris og mængde"].iter_rows()
    ]
    assert any(row[:4] == ["I alt", "Egne tilbud", "seneste 12 måneder", 0.6] for row in cells)
    assert any(row[1] == "De dyreste 5 %" and row[2:4] == [20, 0.3] for row in cells)
    assert not any("sikret" in str(row[0]).lower() and 0.6 in row for row in cells)


def test_who_goes_between_committees_stands_under_both(run: RunView) -> None:
    shown = sides_table(DANISH, run, "")
    assert shown is not None
    rows = [row[:6] for row in shown.rows]
    child, adult = "Børne- og Skoleudvalget", "Socialudvalget"
    assert (child, "18", "2027", f"Ud til {adult}", "4,2", "2,1") in rows
    assert (adult, "18", "2027", f"Ind fra {child}", "4,2", "2,9") in rows
    assert (child, "18", "2027", "Ud, til ingen anden indsats", "3,1", "1,2") in rows
    left = left_table(DANISH, run, "")
    assert left is not None
    assert [row[3] for row in left.rows if row[:2] == ("18", "2027") and row[4] == adult] == ["Alle", "Plejefamilie"]
    book = openpyxl.load_workbook(io.BytesIO(follow_up_workbook(run, DANISH, 2026)))
    sheet = list(book["Ud ved 18 og 23 år"].iter_rows(min_row=5, values_only=True))
    table = run.tables["transition_leaving"]
    assert len(sheet) == len(table)
    assert sum(row[5:9] == ("skjult",) * 4 for row in sheet) == int(table["expected"].isna().sum()) > 0
