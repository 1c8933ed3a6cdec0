"""Udvalgsmøde: three levers, ten questions, the quiet round and the minutes, on one screen."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import published_example as example
import pytest
from test_pages import headline, opened, text_of

from models.scenario import Displacement, Lever, Scenario, Spread, citizens_affected, evaluate, find_overlaps, moved, offers_of
from models.scenario.baseline import MERGED
from models.view.committee import spread_sentence
from models.view.language import Language
from models.view.paper import scenario_paper
from models.view.questions import QUESTIONS, Asked
from models.view.run import RunView, read_record
from models.view.scenario_words import overlap_sentences, people_sentence

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from data.settings import Paths

MOST_WORDS, MOST_LIX, MOST_CHARTS = 60, 45, 2
_ABBREVIATED = re.compile(r"(mio|kr|pl|fx|pr)\.")


def lix(text: str) -> tuple[int, float]:
    """Words, and LIX (Björnsson): words a sentence + per cent of words over six letters; amounts end no sentence."""
    plain = _ABBREVIATED.sub(r"\1", text)
    words = re.findall(r"[^\W_]+(?:[.,]\d+)?", plain)
    sentences = max(len(re.findall(r"[.!?:](?:\s|$)", plain)), 1)
    return len(words), len(words) / sentences + 100.0 * sum(len(word) > 6 for word in words) / len(words)


@pytest.fixture(scope="module")
def run() -> RunView:
    tables = example.frames()
    return RunView.of(example.RUN_ID, tables, read_record(tables["run_record"]))


def asked(run: RunView, moves: dict[str, float], language: str = "da") -> Asked:
    offers = {offer.lever_id: offer for offer in offers_of(run.baseline)}
    scenario = Scenario()
    for lever_id, value in moves.items():
        scenario = moved(scenario, offers[lever_id], value)
    people = citizens_affected(run.baseline, scenario)
    return Asked(run=run, result=evaluate(run.baseline, scenario), people=people, year=2028, language=Language(language))


def provider_price() -> Lever:
    fields = {"services": ("laengerevarende_botilbud",), "provider_types": ("private",)}
    return Lever(lever_id="p", kind="price", value=-2.0, low=-4.0, high=0.0, **fields)  # type: ignore[arg-type]


SCENARIOS = {
    "neutral": {},
    "price": {"pris_botilbud": -2.0},
    "many": {"pris_botilbud": -2.0, "omfang_botilbud": -10.0, "serviceniveau_anbringelser": -1.0, "forebyggelse_botilbud": -0.5},
    "dearer": {"omfang_botilbud": 10.0, "pris_anbringelser": 5.0},
}


NEWER = {
    "provider": provider_price(),
    "elsewhere": Lever(
        lever_id="a", kind="service_level", services=("midlertidigt_botilbud",), value=-2.0, low=-3.0, high=-1.0,
        displacement=Displacement(purse="committee", share_pct=30.0, frame="30.46"),
    ),
    "rules": Lever(lever_id="r", kind="refund_rules", value=10.0, low=10.0, high=10.0),
}  # fmt: skip


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("name", NEWER)
def test_answers_on_newer_levers_are_short_too_and_stand_on_the_paper(run: RunView, name: str, language: str) -> None:
    scenario = Scenario.of([NEWER[name]])
    result, people = evaluate(run.baseline, scenario), citizens_affected(run.baseline, scenario)
    facts = Asked(run=run, result=result, people=people, year=2028, language=Language(language))
    for question in QUESTIONS:
        said = " ".join(question.answer(facts))
        words, hardness = lix(said)
        assert 3 <= words <= MOST_WORDS, said
        assert "nan" not in said
        assert language == "en" or hardness <= MOST_LIX, (round(hardness), said)
        is_net = name == "rules" and language == "da" and question.key == "cost_now"
        assert ("Kommunens egen udgift i alt: +" in said) == is_net, "as the waterfall beside it"
    assert scenario_paper(run, result, Language(language), year=2028, rounds=[], min_citizens=5).startswith(b"%PDF-")


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_every_answer_is_short_and_plain(run: RunView, name: str, question) -> None:
    said = " ".join(question.answer(asked(run, SCENARIOS[name])))
    words, hardness = lix(said)
    assert 3 <= words <= MOST_WORDS, said
    assert hardness <= MOST_LIX, (round(hardness), said)
    assert "nan" not in said
    assert len(question.charts) <= MOST_CHARTS
    assert " ".join(question.answer(asked(run, SCENARIOS[name], "en"))) != said


def test_answers_say_what_the_scenario_does(run: RunView) -> None:
    def told(name: str, key: str) -> str:
        question = next(item for item in QUESTIONS if item.key == key)
        return " ".join(question.answer(asked(run, SCENARIOS[name])))

    assert "færre i" in told("many", "people")
    assert "Det kan I kun prøve af: Omfang" in told("many", "may_we")
    assert "koster intet" in told("neutral", "cost_now")
    assert "lægger scenariet" in told("dearer", "cost_now")
    assert "tjener sig ikke hjem" in told("dearer", "pays_back")
    assert "Det sparer fra" in told("price", "pays_back")
    assert "Mindst sikker er" in told("price", "uncertain")
    assert "hvad nu hvis" not in told("price", "uncertain")
    explored = asked(run, {"henvisninger_anbringelser": -8.0})
    least = " ".join(next(item for item in QUESTIONS if item.key == "uncertain").answer(explored))
    assert "nye henvisninger (hvad nu hvis): 4 ud af 5 gange" in least
    assert told("price", "do_nothing") == told("neutral", "do_nothing")


def button(test: AppTest, key: str) -> None:
    test.button(key=key).click().run()
    assert not test.exception, [item.value for item in test.exception]


def test_three_levers_move_by_steps_and_stay_on_the_screen(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], run: RunView
) -> None:
    test = opened(monkeypatch, homes["full"], "committee")
    before = headline(test)
    shown = [item.label for item in test.select_slider]
    assert len(shown) == 3
    button(test, "icon_less_pris_botilbud")
    assert headline(test) != before
    assert test.select_slider(key="slider_pris_botilbud").value == -0.5
    assert [item.label for item in test.select_slider] == shown
    button(test, "icon_undo")
    assert headline(test) == before
    explored, mark = "omfang_botilbud", "hvad nu hvis"
    test.multiselect(key="committee_levers").set_value([explored]).run()
    named = [item.label for item in (*test.select_slider, *test.button) if item.key.endswith(explored)]
    assert len(named) == 3
    assert all(mark in label for label in named), "in words: a style sheet is not read aloud"
    test.button_group(key="committee_view").set_value("round").run()
    assert [mark in option for option in test.radio(key="round_lever").options] == [True]
    offer = next(item for item in offers_of(run.baseline) if item.lever_id == explored)
    assert mark in spread_sentence(Spread(explored, 3, -2.0, -1.0, 0.0), offer, run, Language("da"))
    both = moved(
        moved(Scenario(), offer, -2.0), next(item for item in offers_of(run.baseline) if item.lever_id == "pris_botilbud"), -1.0
    )
    overlaps = find_overlaps(run.baseline, both)
    assert [mark in line for line in overlap_sentences(overlaps, both, run, Language("da"), most=1)] == [True]


def test_a_quiet_round_keeps_the_spread_and_nothing_else(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "committee")
    test.button_group(key="committee_view").set_value("round").run()
    test.radio(key="round_lever").set_value("pris_botilbud").run()
    button(test, "round_begin")
    for typed in ("-2", "kat", "-4,0"):
        test.text_input(key="round_slip").set_value(typed).run()
    assert "2 sedler er tastet" in text_of(test)
    assert test.button(key="round_show").disabled
    test.text_input(key="round_slip").set_value("-1").run()
    button(test, "round_show")
    assert "3 sedler, fra −4,0 % til −1,0 %, den midterste er −2,0 %" in text_of(test)
    button(test, "round_joint")
    test.button_group(key="committee_view").set_value("levers").run()
    assert test.select_slider(key="slider_pris_botilbud").value == -2.0
    draft = test.query_params["s"]
    file = homes["full"].scenarios / "drafts" / f"{draft if isinstance(draft, str) else draft[0]}.json"
    assert '"count": 3' in file.read_text(encoding="utf-8")
    test.button_group(key="committee_view").set_value("minutes").run()
    assert "den midterste er −2,0 %" in text_of(test)
    button(test, "keep_minutes")
    assert any("Gemt til referatet som s-" in item.value for item in test.success)


def test_the_paper_is_a_pdf_and_the_same_each_time(run: RunView) -> None:
    result = asked(run, SCENARIOS["price"]).result
    first = scenario_paper(run, result, Language("da"), year=2028, rounds=["Stille runde"], min_citizens=5)
    assert first.startswith(b"%PDF-")
    assert first == scenario_paper(run, result, Language("da"), year=2028, rounds=["Stille runde"], min_citizens=5)


def test_no_answer_fails_or_is_untrue_at_the_edges(run: RunView) -> None:
    """A step that saves too little in any one year, measures that cost, a raised frame, and a hidden total."""

    def told(given: Asked, key: str) -> str:
        return " ".join(next(item for item in QUESTIONS if item.key == key).answer(given))

    small = asked(run, {"forebyggelse_botilbud": -0.1})
    assert all(question.answer(small) for question in QUESTIONS)
    costly = replace(
        small.result.scenario.lever("forebyggelse_botilbud"), options=(("cost_dkk_per_year", 9e6), ("cost_months", 36.0))
    )
    measures = replace(small, result=evaluate(run.baseline, Scenario.of([costly])))
    assert "lægger scenariet" in told(measures, "cost_now")
    assert "ikke betales først" not in told(measures, "pays_back")
    frame = asked(run, {"bevilling_30_46": 2e6})
    assert "Rammen er hævet med 2,0 mio. kr." in told(frame, "cost_now")
    members = small.result.members
    hidden = replace(small, result=replace(small.result, members=members[members["level"] != "total"]))
    for question in QUESTIONS:
        assert question.answer(hidden)
    assert "skjult" in told(hidden, "cost_now")
    assert "skjult" in told(hidden, "pays_back")


def test_people_are_not_said_to_be_untouched_where_that_is_not_known(run: RunView) -> None:
    merged = asked(run, {f"omfang_{MERGED}": -10.0})
    said = people_sentence(merged.people, run, merged.language, 2028, merged.result.scenario)
    assert "kan ikke vises" in said
    wide = Lever(lever_id="a", kind="volume", group="botilbud", value=-8.0, low=-20.0, high=10.0)
    scenario = Scenario.of([wide])
    people = citizens_affected(run.baseline, scenario)
    assert "færre til" in people_sentence(people, run, merged.language, 2028, scenario)
