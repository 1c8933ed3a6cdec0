"""What stays on the desk: where a scenario began, what can be undone when a run is published, and a goal beyond the slider."""

from __future__ import annotations

from itertools import pairwise

import published_example as example
import pytest
from test_pages import address, headline, in_theme, keeping, opened, text_of

from data.mart import point_current, write_mart
from data.scenario_store import keep_scenario, write_change, write_draft
from data.settings import Paths
from models.scenario import Board, Lever, Scenario, Spread

THEN, LATER = "run-20261115T020000-0a1b2c", "run-20270215T020000-0a1b2d"
SINCE = "Det gemte scenarie, dengang og i dag"
PRICE = Scenario.of([Lever(lever_id="pris_botilbud", kind="price", group="botilbud", value=-2.0, low=-2.0, high=-2.0)])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Two runs; the last test publishes a third."""
    root = tmp_path_factory.mktemp("desk")
    paths = Paths(home=root / "home", secrets=root / "secrets")
    write_mart(paths, THEN, example.frames())
    example.publish(paths)
    return paths


def shows_then_and_now(test) -> bool:
    return SINCE in [item.value for item in test.subheader]


def test_then_and_now_survives_a_reload_and_goes_with_an_undo(monkeypatch: pytest.MonkeyPatch, home: Paths) -> None:
    kept = PRICE.pinned(THEN, example.PL)
    keep_scenario(home, kept.scenario_id, kept.to_json())
    test = opened(monkeypatch, home, "scenarios")
    keeping(test)
    assert not shows_then_and_now(test)
    test.selectbox(key="open_choice").select(kept.scenario_id).run()
    test.button(key="open_kept").click().run()
    assert shows_then_and_now(test)
    assert "opdrift scenario today" in text_of(test)
    write_change(home, THEN, example.RUN_ID, '{"2027": {"model": 2e6, "assumptions": -1e6, "measured": false}}')
    test.run()
    said = text_of(test)
    assert "Nye data flytter −1,0 mio. kr., en ny model +2,0 mio. kr., andre forudsætninger −1,0 mio. kr." in said
    assert "Modellens del er ikke målt for sig" in said
    assert "opdrift scenario today" not in said
    in_theme(test, "price", "price")
    test.select_slider(key="slider_pris_botilbud").set_value(-3.0).run()
    again = opened(monkeypatch, home, "scenarios", s=address(test))
    keeping(again)
    assert shows_then_and_now(again)
    test.button(key="undo").click().run()
    assert shows_then_and_now(test)
    test.button(key="undo").click().run()
    assert not shows_then_and_now(test)
    test.button(key="redo").click().run()
    assert shows_then_and_now(test)
    short = Lever(
        lever_id="henvisninger_anbringelser", kind="new_referrals", group="anbringelser", value=-8.0, low=-8.0, high=-8.0
    )
    older = Scenario.of([short], run_id=example.RUN_ID, price_level=example.PL, name="Ældre")  # as an older version kept it
    keep_scenario(home, older.scenario_id, older.to_json())
    test.run()
    test.selectbox(key="open_choice").select(older.scenario_id).run()
    test.button(key="open_kept").click().run()
    next(item for item in test.button if item.label == "Gem scenariet").click().run()
    assert any(f"Gemt som {older.scenario_id} på" in item.value for item in test.success), "unchanged, it keeps its id"


def test_a_price_of_one_kind_of_provider_is_added_moved_and_said(monkeypatch: pytest.MonkeyPatch, home: Paths) -> None:
    test = opened(monkeypatch, home, "scenarios")
    in_theme(test, "price", "price")
    before = headline(test)
    choice = test.selectbox(key="provider_choice")
    assert "Længerevarende botilbud: Private (40 % af udgiften)" in choice.options
    choice.select(("laengerevarende_botilbud", "private"))
    test.button(key="add_provider").click().run()
    lever = "slider_pris_laengerevarende_botilbud-private"
    test.select_slider(key=lever).set_value(-5.0).run()
    assert headline(test) != before
    assert "i kørslens prøver mod en regning borger for borger ramte den højst 0,8 % ved siden af." in text_of(test)
    assert "40 % af Længerevarende botilbud (del af udgiften i de nyeste 12 måneder)" in text_of(test)
    in_theme(test, "what_if", "refund_rules")
    kept = headline(test)
    test.select_slider(key="slider_refusionsregler").set_value(10.0).run()
    assert headline(test) == kept
    assert "Andre regler er regnet ud fra" in text_of(test)
    assert "ramte den højst 1,4 % ved siden af." in text_of(test)
    test.button(key="icon_open_refusionsregler").click().run()
    assert "detail_seek" not in {button.key for button in test.button}, "no value of it closes the deviation"
    fields = {item.label for item in (*test.text_input, *test.selectbox)}
    assert {"Begynder", "Slutter", "Ændring af refusionens satser, procent"} <= fields
    assert not [label for label in fields if label.startswith(("Lav ende", "Høj ende", "Kommer", "Måneder til"))], (
        "only what acts"
    )
    assert not test.exception


def test_every_newer_choice_moves_the_answer_is_kept_undone_and_done_again(monkeypatch: pytest.MonkeyPatch, home: Paths) -> None:
    """Stays, newcomers, one kind of provider, ages, and what comes back in another frame."""
    test = opened(monkeypatch, home, "scenarios")
    said = [answer(test)]

    def slide(theme: str, kind: str, lever_id: str, value: float) -> None:
        in_theme(test, theme, kind)
        test.select_slider(key=f"slider_{lever_id}").set_value(value).run()
        said.append(answer(test))

    def detail(lever_id: str, **fields: str) -> None:
        test.button(key=f"icon_open_{lever_id}").click().run()
        for item in (*test.selectbox, *test.text_input):
            if item.label in fields:
                item.set_value(fields[item.label])
        next(item for item in test.button if item.label == "Gem detaljer").click().run()
        test.button(key="detail_close").click().run()
        assert not test.warning
        said.append(answer(test))

    slide("what_if", "duration_of_stay", "varighed_anbringelser", -8.0)
    slide("what_if", "new_referrals", "henvisninger_anbringelser", -8.0)
    in_theme(test, "price", "price")
    test.selectbox(key="provider_choice").select(("laengerevarende_botilbud", "private"))
    test.button(key="add_provider").click().run()
    said.append(answer(test))
    slide("price", "price", "pris_stoette_hjemme", -4.0)
    detail("pris_stoette_hjemme", Alder="18-22")
    slide("service", "", "serviceniveau_botilbud", -2.0)
    detail("serviceniveau_botilbud", **{"I rammen (tælles med dér)": "30.46", "Del af besparelsen, procent": "60"})
    assert all(one != two for one, two in pairwise(said))
    again = opened(monkeypatch, home, "scenarios", s=address(test))
    assert answer(again) == said[-1]
    for key, expected in (("undo", said[-2::-1]), ("redo", said[1:])):
        for before in expected:
            test.button(key=key).click().run()
            assert answer(test) == before
    assert not test.exception


def test_a_lock_and_a_round_follow_a_lever_that_is_called_otherwise(monkeypatch: pytest.MonkeyPatch, home: Paths) -> None:
    """A file gave its lever the id of another slider; nor does an open panel hide what is said of the draft."""
    lever = Lever(lever_id="pris_botilbud", kind="price", group="anbringelser", value=-2.0, low=-2.0, high=-2.0)
    gone = Lever(lever_id="gone", kind="price", services=("forsvundet",), value=-1.0, low=-1.0, high=-1.0)
    spread = Spread("pris_botilbud", 3, -4.0, -2.0, -1.0)
    board = Board(Scenario.of([lever, gone]), frozenset({"pris_botilbud"}), ("pris_botilbud",), (spread,))
    draft = write_draft(home, None, board.to_json())
    test = opened(monkeypatch, home, "committee", s=draft.draft_id)
    assert [(item.key, item.disabled) for item in test.select_slider] == [("slider_fil_pris_botilbud", True)]
    test.button_group(key="committee_view").set_value("minutes").run()
    assert "Stille runde om Anbringelser" in text_of(test)
    test = opened(monkeypatch, home, "scenarios", s=draft.draft_id)
    in_theme(test, "price", "price")
    test.button(key="icon_open_pris_botilbud").click().run()
    in_theme(test, "frame")
    assert any("Den er udeladt" in item.value for item in test.info)


def answer(test) -> str:
    """The whole headline: every figure of it."""
    return next(item.proto.body for item in test.get("html") if 'class="od-head"' in item.proto.body)


def test_an_appropriation_is_found_beyond_the_slider(monkeypatch: pytest.MonkeyPatch, home: Paths) -> None:
    """The example's deviation is larger than the slider reaches: the exact amount is put, and that is said."""
    test = opened(monkeypatch, home, "scenarios")
    test.button_group(key="scenario_year").set_value(2031).run()
    in_theme(test, "frame")
    lever = "bevilling_30_46"
    test.button(key=f"icon_open_{lever}").click().run()
    test.button(key="detail_seek").click().run()
    said = " ".join(item.value for item in test.info)
    assert "holder rammen i 2031 med 80 % sikkerhed" in said
    assert "nok til 80 % sikkerhed" in " ".join(item.proto.body for item in test.get("html"))
    assert ("længere, end skyderen rækker" in said) == (test.select_slider(key=f"slider_{lever}").value == 20e6)
    assert "nan" not in text_of(test)


def test_what_was_moved_can_be_undone_after_a_run_is_published(monkeypatch: pytest.MonkeyPatch, home: Paths) -> None:
    test = opened(monkeypatch, home, "scenarios")
    in_theme(test, "price", "price")
    before = headline(test)
    for value in (-1.0, -2.0):
        test.select_slider(key="slider_pris_botilbud").set_value(value).run()
    test.select_slider(key="slider_pris_anbringelser").set_value(-1.0).run()
    draft = address(test)
    write_mart(home, LATER, example.frames())
    point_current(home, LATER)
    test.run()
    assert any("En ny kørsel er offentliggjort" in item.value for item in test.info)
    test.button(key="undo").click().run()
    assert test.select_slider(key="slider_pris_anbringelser").value == 0.0
    assert test.select_slider(key="slider_pris_botilbud").value == -2.0
    test.button(key="undo").click().run()
    assert headline(test) == before
    assert address(test) == draft
    assert not test.exception
