"""Which lever is least certain, in kroner; and one rule for whether a frame is kept surely enough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from data.reference.lever_catalogue import load_lever_kinds
from models.scenario import Baseline, History, Lever, Scenario, citizens_affected, evaluate
from models.scenario.spread import lever_spreads
from models.view.language import Language
from models.view.lever_form import source_text
from models.view.questions import Asked, question
from models.view.scenario_head import headline, is_safe

if TYPE_CHECKING:
    from models.view.run import RunView

SMALL = Lever(lever_id="smaa", kind="price", services=("bostoette",), value=-3.0, low=-6.0, high=0.0)
LARGE = Lever(lever_id="stor", kind="price", services=("laengerevarende_botilbud",), value=-3.0, low=-5.0, high=-1.0)


def answer(run: RunView, scenario: Scenario, key: str) -> str:
    people = citizens_affected(run.baseline, scenario)
    return " ".join(question(key).answer(Asked(run, evaluate(run.baseline, scenario), people, 2028, Language("da"))))


def test_the_least_certain_lever_is_the_one_of_most_kroner(run: RunView) -> None:
    spreads = lever_spreads(run.baseline, Scenario.of([SMALL, LARGE]), 2028)
    assert spreads["stor"] > spreads["smaa"] > 0.0
    assert "Mindst sikker er Længerevarende botilbud" in answer(run, Scenario.of([SMALL, LARGE]), "uncertain")


def test_a_spread_is_what_the_ends_lie_apart(baseline: Baseline) -> None:
    def change(value: float) -> float:
        members = evaluate(baseline, Scenario.of([replace(LARGE, value=value, low=value, high=value)])).members
        total = members[(members["level"] == "total") & (members["year"] == 2028)]
        return float(total["change_mean"].iloc[0])

    assert lever_spreads(baseline, Scenario.of([LARGE]), 2028)["stor"] == pytest.approx(change(-1.0) - change(-5.0))


def test_a_measure_that_may_fail_reaches_to_nothing(baseline: Baseline) -> None:
    made = Lever(lever_id="a", kind="prevention", services=("laengerevarende_botilbud",), value=-3.0, low=-3.0, high=-3.0)
    maybe = replace(made, options=(("lag_months", 0.0), ("probability_pct", 50.0)))
    members = evaluate(baseline, Scenario.of([replace(maybe, options=(("lag_months", 0.0), ("probability_pct", 100.0)))])).members
    total = members[(members["level"] == "total") & (members["year"] == 2028)]
    found = lever_spreads(baseline, Scenario.of([maybe]), 2028)["a"]
    assert found == pytest.approx(-float(total["change_mean"].iloc[0]))


def test_headline_and_answer_judge_by_one_rule(run: RunView) -> None:
    """Around the line: whatever the appropriation, both say the same."""
    seen = set()
    for amount in (0.0, 2e6, 4e6, 6e6, 8e6, 1e7, 2e7, 4e7, 8e7, 2e8):
        lever = Lever(lever_id="b", kind="appropriation", frame="30.46", value=amount, low=amount, high=amount)
        scenario = Scenario.of([lever])
        head = headline(evaluate(run.baseline, scenario), 2028)
        assert head is not None
        safe = is_safe(head, 0.8)
        seen.add(safe)
        assert ("Den holder med 80 % sikkerhed" in answer(run, scenario, "chance")) == safe
    assert seen == {True, False}


def test_no_english_source_stands_on_a_danish_page() -> None:
    for about in load_lever_kinds().values():
        said = source_text(about, Language("da"))
        assert not said or said.startswith("Forslag og spænd: opdrifts eget forslag"), about.kind


def test_a_history_knows_where_each_step_began() -> None:
    one, two = Scenario.of([SMALL]), Scenario.of([LARGE])
    history = History().to(one, "smaa").to(two, opened="s-0123456789abcdef")
    assert history.to(one).opened == "s-0123456789abcdef"
    assert history.undone().opened == ""
    assert history.undone().redone().opened == "s-0123456789abcdef"
    assert history.to(two, opened="").opened == ""


def test_a_newer_run_keeps_the_steps_that_still_differ() -> None:
    one, two = Scenario.of([SMALL]), Scenario.of([SMALL, LARGE])
    history = History().to(one).to(two).undone()
    gone = history.each(lambda scenario: scenario.without("stor"))
    assert (gone.present, len(gone.past), gone.future) == (one, 1, ())
    assert history.each(lambda scenario: scenario.named("x")).redone().present == two.named("x")
