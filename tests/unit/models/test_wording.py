"""Sentences say the right thing whichever way the figures go."""

from __future__ import annotations

import math

import pytest

from models.view import wording
from models.view.figures import Drift, Outlook
from models.view.language import Language

DA, EN = Language("da"), Language("en")


def outlook(deviation: float, low: float, high: float, over: float) -> Outlook:
    return Outlook("total", "total", "I alt", 2027, 500e6, 500e6 + deviation, deviation, low, high, over)


def drift(*, elderly: float, change: float = 20e6) -> Drift:
    ages = {"0-17": 0.0, "18-22": 0.0, "23-39": 0.0, "40-66": 0.0, "67+": elderly}
    effects = {"demography": elderly, "unit_cost": change - elderly}
    return Drift("2025-01/2025-12", "2026-01/2026-12", 480e6, 480e6 + change, effects, {"demography": ages})


def test_overspending_in_one_sentence() -> None:
    said = wording.frame_sentence(DA, outlook(14.4e6, -3e6, 30e6, 0.84), "2026-pl")
    assert said == (
        "I 2027 ventes udgifterne at blive 514,4 mio. kr. mod en ramme på 500,0 mio. kr.: et merforbrug på 14,4 mio. kr. "
        "(2,9 % af rammen), i 2026-priser (pl-niveau 2026)."
    )


def test_underspending_is_not_called_overspending() -> None:
    said = wording.frame_sentence(DA, outlook(-4e6, -9e6, 1e6, 0.12), "nominal")
    assert "mindreforbrug på 4,0 mio. kr." in said
    assert "løbende priser" in said


def test_the_interval_is_said_as_four_out_of_five() -> None:
    said = wording.certainty_sentence(DA, outlook(14.4e6, -3e6, 30e6, 0.84))
    assert said.startswith(
        "4 ud af 5 gange vil det ende mellem et mindreforbrug på 3,0 mio. kr. og et merforbrug på 30,0 mio. kr."
    )
    assert said.endswith("omkring 85 %.")


def test_whether_the_interval_was_made_wider_is_said_where_it_stands() -> None:
    said = {widened: wording.calibration_sentence(DA, 36, widened=widened) for widened in (None, False, True)}
    assert all("op til 36 måneder frem" in sentence for sentence in said.values())
    assert "for lidt historik til at regne tidligere fremskrivninger om" in said[None]
    assert "lå ofte nok inden for intervallet" in said[False]
    assert said[True].endswith("Derfor er intervallet her gjort bredere.")
    assert wording.calibration_sentence(DA, 36, widened=True, of_earlier=True).endswith("De tidligere vises her, som de var.")
    untested = wording.calibration_sentence(EN, 0, widened=True)
    assert "a fixed rule that is not tested" in untested
    assert "made wider" in untested, "also where series were not calibrated"


def test_an_unknown_interval_is_said() -> None:
    assert "kan ikke vises" in wording.certainty_sentence(DA, outlook(1e6, math.nan, math.nan, math.nan))
    assert "ikke kan vises" in wording.deviation_text(DA, math.nan)


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.0, "mindre end 1 %"), (0.02, "omkring 2 %"), (0.5, "omkring 50 %"), (0.97, "omkring 97 %"), (1.0, "mere end 99 %")],
)
def test_chances(probability: float, said: str) -> None:
    assert wording.chance_text(DA, probability) == said


def test_more_elderly_is_answered() -> None:
    said = wording.drift_sentence(DA, drift(elderly=2.1e6), "actual")
    assert "steget 20,0 mio. kr." in said
    assert "Heraf kommer 2,1 mio. kr. af, at der er flere borgere på 67 år og derover." in said
    assert "Mest betyder: Enhedspris ud over indekset (+17,9 mio. kr.)." in said


def test_fewer_elderly_pull_down() -> None:
    assert "trækker 1,0 mio. kr. ned" in wording.elderly_text(DA, drift(elderly=-1e6))
    assert "næsten intet" in wording.elderly_text(DA, drift(elderly=1e3))


def test_without_ages_the_question_is_left_open() -> None:
    unknown = Drift("2025", "2026", 1e6, 2e6, {"uptake": 1e6}, {})
    assert "kan ikke siges" in wording.elderly_text(DA, unknown)


def test_a_fall_names_what_pulled_down() -> None:
    said = wording.drift_sentence(DA, drift(elderly=1e6, change=-5e6), "outlook")
    assert "ventes udgifterne at falde 5,0 mio. kr." in said
    assert "Enhedspris ud over indekset (−6,0 mio. kr.)" in said


def test_every_driver_has_a_sentence_both_ways() -> None:
    for driver in ("demography", "uptake", "mix", "unit_cost", "price_index", "budget_events"):
        assert wording.driver_sentence(DA, driver, 1e6) != wording.driver_sentence(DA, driver, -1e6)
        assert wording.driver_label(EN, driver) != wording.driver_label(DA, driver)


def test_periods_are_written_out() -> None:
    assert wording.period_text(EN, "2025-01/2025-12") == "January 2025 to December 2025"
    assert wording.period_text(DA, "2025-03") == "marts 2025"


def test_a_scenario_in_one_sentence() -> None:
    assert "Ingen skydere" in wording.scenario_sentence(DA, 1e6, 1e6, 2027, is_neutral=True)
    assert "ændrer intet i 2027" in wording.scenario_sentence(DA, 1e6, 1e6, 2027)
    assert wording.scenario_sentence(DA, 2e6, -1e6, 2027) == (
        "Scenariet tager 3,0 mio. kr. af i 2027: fra et merforbrug på 2,0 mio. kr. til et mindreforbrug på 1,0 mio. kr."
    )
    assert "lægger 1,0 mio. kr. til" in wording.scenario_sentence(DA, 1e6, 2e6, 2027)
    assert [wording.scenario_sentence(DA, *ends, 2027) for ends in ((1e6, float("nan")), (float("nan"), 1e6))] == [
        "Tallene er skjult, fordi de hviler på meget få borgere."
    ] * 2
    assert "Ingen skydere" in wording.unframed_scenario_sentence(DA, 0.0, 2027, is_neutral=True)
    assert "lægger" in wording.unframed_scenario_sentence(DA, 1e6, 2027)
    for change in (-3e4, 3e4, -9e4, 9e4):
        for before in (0.0, 6.13e6, -2e6):
            said = wording.scenario_sentence(DA, before, before + change, 2027)
            assert "0,0" not in said, "what is moved is never told as nothing"
            ends = said.partition(": fra ")[2].rstrip(".").split(" til ")
            assert len(set(ends)) == len(ends), "never from a figure to the same figure"
    assert wording.scenario_sentence(DA, 6.13e6, 6.12e6, 2027) == (
        "Scenariet tager mindre end 0,1 mio. kr. af i 2027; det er stadig et merforbrug på 6,1 mio. kr."
    )
    assert wording.unframed_scenario_sentence(DA, -3e4, 2027) == ("Scenariet tager mindre end 0,1 mio. kr. af udgiften i 2027.")
    assert "tager" in wording.unframed_scenario_sentence(DA, -1e6, 2027)


def test_on_the_frame() -> None:
    assert wording.deviation_word(DA, 10.0) == "på rammen"
    assert wording.deviation_text(DA, 10.0) == "præcis rammen"
