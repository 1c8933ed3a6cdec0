"""The pages, page by page: what they show, in both languages, and what they say when there is nothing to show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

import app

if TYPE_CHECKING:
    from types import ModuleType

    from data.settings import Paths

APP = str(Path(__file__).parents[2] / "app.py")
PAGES = {"overview": "app_pages/overview.py", "scenarios": "app_pages/scenarios.py", "quality": "app_pages/model_quality.py",
         "data": "app_pages/data_quality.py", "committee": "app_pages/committee.py",
         "follow_up": "app_pages/budget_follow_up.py", "priorities": "app_pages/priorities.py",
         "prevention": "app_pages/prevention.py"}  # fmt: skip
TITLES = {"overview": ("Overblik", "Overview"), "scenarios": ("Scenarier", "Scenarios"),
          "committee": ("Udvalgsmøde", "Committee meeting"), "follow_up": ("Budgetopfølgning", "Budget follow-up"),
          "quality": ("Modelkvalitet", "Model quality"), "data": ("Data", "Data"),
          "priorities": ("Prioritering", "Priorities"), "prevention": ("Forebyggelse", "Prevention")}  # fmt: skip
TIMEOUT = 60


def opened(monkeypatch: pytest.MonkeyPatch, paths: Paths, page: str = "overview", **query: str) -> AppTest:
    monkeypatch.setenv("OPDRIFT_HOME", str(paths.home))
    test = AppTest.from_file(APP, default_timeout=TIMEOUT)
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    if page != "overview":
        test.switch_page(PAGES[page])
        for key, value in query.items():
            test.query_params[key] = value
        test.run()
    assert not test.exception, [item.value for item in test.exception]
    return test


def text_of(test: AppTest) -> str:
    """Everything the page says: markdown, html, captions, alerts, labels."""
    parts = [
        item.value
        for kind in ("markdown", "title", "header", "subheader", "caption", "info", "warning")
        for item in test.get(kind)
    ]
    parts += [item.proto.body for item in test.get("html")]
    parts += [item.label for kind in ("selectbox", "select_slider", "text_input", "expander") for item in test.get(kind)]
    return " ".join(str(part) for part in parts)


def headline(test: AppTest) -> str:
    """The main figure of the scenario page."""
    (found,) = (item.proto.body for item in test.get("html") if 'class="od-head"' in item.proto.body)
    match = re.search(r'od-main">.*?od-value">([^<]*)<', found)
    assert match is not None
    return match.group(1)


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("home", ["full", "pbs"])
def test_every_page_opens(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], home: str, page: str, language: str) -> None:
    test = opened(monkeypatch, homes[home], page, lang=language)
    assert test.title[0].value == TITLES[page][language == "en"]
    said = text_of(test)
    assert ("Resultater er skøn" if language == "da" else "Results are estimates") in said
    assert "AUD" in said or home == "full" or page in {"data", "follow_up", "priorities"}


@pytest.mark.parametrize("page", PAGES)
def test_english_pages_hold_no_danish(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], page: str) -> None:
    said = text_of(opened(monkeypatch, homes["full"], page, lang="en"))
    from_data = ("Børne- og Skoleudvalget", "Tilbud til voksne med særlige behov", "Forebyggelse og anbringelse",
                 "KN, økonomi", "Rådet finder &lt;b&gt;ikke&lt;/b&gt;, at støtten kan blive mindre.",
                 "Brugerundersøgelse")  # fmt: skip
    for name in from_data:
        said = said.replace(name, "")
    assert not re.findall(r"\S*[æøåÆØÅ]\S*", said)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("home", "word"), [("empty", "endnu ingen tal"), ("broken", "kan ikke læses")])
def test_empty_and_broken_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], home: str, word: str, page: str
) -> None:
    said = text_of(opened(monkeypatch, homes[home], page))
    assert word in said
    assert "opdrift run --home" in said


def test_an_old_run_says_so(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], tmp_path: Path, example: ModuleType
) -> None:
    said = " ".join(item.value for item in opened(monkeypatch, homes["full"]).warning)
    days = (app.datetime.now(tz=app.UTC).date() - app.datetime.fromisoformat("2027-01-15").date()).days
    assert ("dage gamle" in said) == (days > 40)
    paths = type(homes["full"])(home=tmp_path / "home", secrets=tmp_path / "secrets")
    record = example.frames()["run_record"]
    record.loc[record["key"] == "finished_at", "value"] = '"2020-01-01T02:00:00+00:00"'
    example.write_mart(paths, example.RUN_ID, example.frames() | {"run_record": record})
    example.point_current(paths, example.RUN_ID)
    (warning,) = opened(monkeypatch, paths).warning
    assert "dage gamle; de bør højst være 40" in warning.value
    assert "opdrift run" in warning.value


def test_a_lost_pointer_shows_the_newest_run_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, homes: dict[str, Paths], example: ModuleType
) -> None:
    paths = type(homes["full"])(home=tmp_path / "home", secrets=tmp_path / "secrets")
    example.publish(paths)
    (paths.published / "CURRENT").unlink()
    test = opened(monkeypatch, paths)
    assert any(f"I stedet vises kørsel {example.RUN_ID}" in item.value for item in test.warning)
    assert test.header


def test_bad_settings_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, homes: dict[str, Paths]) -> None:
    (tmp_path / "settings.toml").write_text("colour = 1\n", encoding="utf-8")
    paths = type(homes["full"])(home=tmp_path, secrets=tmp_path / "secrets")
    said = text_of(opened(monkeypatch, paths))
    assert "Indstillingerne kan ikke læses" in said
    assert "colour" in said


def test_overview_answers_the_council(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    said = text_of(test)
    assert "I 2027 ventes udgifterne at blive" in said
    assert "4 ud af 5 gange" in said
    assert "67 år og derover" in said
    assert "2026-priser (pl-niveau 2026)" in said
    assert "Kort historik: niveauet føres videre." in said
    assert "Kontoen er ikke bekræftet." in said
    assert "Tallene pr. aldersgruppe er derfor omtrentlige." in " ".join(item.value for item in test.caption)


def test_overview_follows_year_member_and_comparison(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    test.button_group(key="year").set_value(2030).run()
    assert "I 2030 ventes" in text_of(test)
    test.selectbox(key="member").set_value(("frame", "50.54")).run()
    test.button_group(key="comparison").set_value("outlook").run()
    test.button_group(key="price_level").set_value("nominal").run()
    assert not test.exception
    assert "Det næste år ventes udgifterne at stige" in text_of(test)


def test_overview_without_frames_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    said = text_of(opened(monkeypatch, homes["pbs"]))
    assert "Der er ingen rammer i data" in said
    assert "kender ikke borgernes alder" in said
    assert "Der er ingen befolkningstal" in said


def test_masked_services_are_never_named_with_a_figure(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "scenarios")
    in_theme(test, "what_if", "volume")
    sliders = {item.label for item in test.select_slider}
    groups = ("Botilbud", "Støtte i eget hjem", "Anbringelser af børn og unge", "Indsatser med få borgere, samlet")
    assert sliders == {f"{group}: omfang" for group in groups}


def test_the_neutral_scenario_shows_the_baseline(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    overview = opened(monkeypatch, homes["full"])
    test = opened(monkeypatch, homes["full"], "scenarios")
    assert headline(test).startswith("+")
    amount = headline(test).removeprefix("+")
    assert f"et merforbrug på {amount}" in text_of(overview)
    assert "Ingen skydere er flyttet" in text_of(test)


def in_theme(test: AppTest, theme: str, kind: str = "") -> None:
    """Look at one kind of lever."""
    test.button_group(key="lever_theme").set_value(theme).run()
    if kind:
        test.button_group(key=f"lever_kind_{theme}").set_value(kind).run()
    assert not test.exception, [item.value for item in test.exception]


def keeping(test: AppTest) -> None:
    """Open what keeps, opens and compares."""
    test.toggle(key="keeping").set_value(True).run()
    assert not test.exception, [item.value for item in test.exception]


def address(test: AppTest) -> str:
    found = test.query_params["s"]
    return found if isinstance(found, str) else found[0]


def test_slider_and_field_stay_in_step(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "scenarios")
    before = headline(test)
    in_theme(test, "price", "price")
    test.select_slider(key="slider_pris_botilbud").set_value(-2.0).run()
    moved = headline(test)
    assert moved != before
    assert "ændret" in text_of(test)
    draft = address(test)
    test.text_input(key="field_pris_botilbud").set_value("1,5").run()
    assert test.select_slider(key="slider_pris_botilbud").value == 1.5
    assert test.text_input(key="field_pris_botilbud").value == ""
    assert test.text_input(key="field_pris_botilbud").placeholder == "+1,5 %"
    assert address(test) == draft
    test.button(key="reset").click().run()
    assert test.select_slider(key="slider_pris_botilbud").value == 0.0
    assert headline(test) == before
    test.button(key="undo").click().run()
    assert test.select_slider(key="slider_pris_botilbud").value == 1.5
    test.button(key="undo").click().run()
    assert headline(test) == before
    test.button(key="redo").click().run()
    assert test.select_slider(key="slider_pris_botilbud").value == 1.5


@pytest.mark.parametrize("typed", ["kat", "99", "-10,5"])
def test_what_cannot_be_read_leaves_the_lever_where_it_was(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], typed: str
) -> None:
    test = opened(monkeypatch, homes["full"], "scenarios")
    in_theme(test, "price", "price")
    before = headline(test)
    test.text_input(key="field_pris_botilbud").set_value(typed).run()
    assert headline(test) == before
    assert test.select_slider(key="slider_pris_botilbud").value == 0.0
    assert any("Skriv et tal mellem −5,0 % og +5,0 %" in item.value for item in test.warning)


def test_population_variant_moves_the_headline(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "scenarios")
    before = headline(test)
    in_theme(test, "what_if", "population_variant")
    test.radio(key="slider_variant").set_value("high").run()
    assert headline(test) != before
    assert "Befolkningsprognose" in text_of(test)


def test_a_draft_survives_a_reload_and_two_hands_lose_nothing(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    first = opened(monkeypatch, homes["full"], "scenarios")
    in_theme(first, "price", "price")
    first.select_slider(key="slider_pris_botilbud").set_value(-3.0).run()
    shown, draft = headline(first), address(first)
    again = opened(monkeypatch, homes["full"], "scenarios", s=draft)
    assert headline(again) == shown
    in_theme(again, "price", "price")
    again.select_slider(key="slider_pris_anbringelser").set_value(-1.0).run()
    assert address(again) == draft
    first.select_slider(key="slider_pris_botilbud").set_value(-4.0).run()
    assert address(first) != draft
    assert any("under et nyt link" in item.value for item in first.warning)
    third = opened(monkeypatch, homes["full"], "scenarios", s=draft)
    assert headline(third) == headline(again)


@pytest.mark.parametrize("link", ["<b>x</b>", "k-0123456789", "s-0123456789abcdef", "../../etc/passwd"])
def test_a_link_to_nothing_gives_a_sentence(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], link: str) -> None:
    test = opened(monkeypatch, homes["full"], "scenarios", s=link)
    assert any("intet er gået tabt" in item.value for item in test.info)
    assert not any("<b>" in item.value or "passwd" in item.value for item in test.info)
    assert headline(test) == headline(opened(monkeypatch, homes["full"], "scenarios"))


def test_a_kept_scenario_is_pinned_opened_and_compared(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "scenarios")
    in_theme(test, "service")
    test.select_slider(key="slider_serviceniveau_botilbud").set_value(-1.0).run()
    moved = headline(test)
    keeping(test)
    next(item for item in test.text_input if item.label == "Navn på scenariet").set_value("Sænket niveau")
    next(item for item in test.button if item.label == "Gem scenariet").click().run()
    (said,) = [item.value for item in test.success]
    kept = re.search(r"s-[0-9a-f]{16}", said)
    assert kept is not None
    next(item for item in test.text_input if item.label == "Navn på scenariet").set_value("Et andet navn")
    next(item for item in test.button if item.label == "Gem scenariet").click().run()
    assert test.success[0].value != said, "a second name right after the first is another scenario"
    other = opened(monkeypatch, homes["full"], "scenarios", s=kept.group())
    assert headline(other) == moved
    keeping(other)
    next(item for item in other.multiselect if item.key == "compare_choice").set_value([kept.group()]).run()
    assert not other.exception
    assert "Sænket niveau" in text_of(other)
    next(item for item in other.text_input if item.label == "Navn på scenariet").set_value("Ring til 0101010009")
    next(item for item in other.button if item.label == "Gem scenariet").click().run()
    assert any("Intet er gemt" in item.value for item in other.warning)


def test_details_are_checked_as_a_file_is(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "scenarios")
    in_theme(test, "price", "price")
    test.button(key="icon_open_pris_botilbud").click().run()
    before = headline(test)

    def field(label: str):
        return next(item for item in (*test.text_input, *test.text_area) if item.label.startswith(label))

    field("Lav ende").set_value("2")
    next(item for item in test.button if item.label == "Gem detaljer").click().run()
    assert any("Intervallet vender forkert" in item.value for item in test.warning)
    field("Lav ende").set_value("nan")
    next(item for item in test.button if item.label == "Gem detaljer").click().run()
    assert any("ikke et tal" in item.value for item in test.warning)
    field("Lav ende").set_value("0")
    field("Begrundelse").set_value("=cmd|calc")
    next(item for item in test.button if item.label == "Gem detaljer").click().run()
    assert any("misforstå" in item.value for item in test.warning)
    assert headline(test) == before
    field("Begrundelse").set_value("Aftalt")
    test.button(key="icon_open_pris_anbringelser").click().run()
    assert field("Begrundelse").value == ""
    test.button(key="icon_open_pris_botilbud").click().run()
    test.select_slider(key="slider_pris_botilbud").set_value(-1.0).run()
    test.button(key="detail_lock").click().run()
    assert test.select_slider(key="slider_pris_botilbud").disabled
    test.button(key="undo").click().run()
    assert test.select_slider(key="slider_pris_botilbud").value == -1.0
    test.button(key="detail_lock").click().run()
    test.button(key="detail_seek").click().run()
    assert not test.exception
    assert any("80 % sikkerhed" in item.value for item in test.info)


def test_a_file_with_faults_changes_nothing(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "scenarios")
    before = headline(test)
    keeping(test)
    bad = b'{"schema_version": 2, "levers": [{"id": "a", "kind": "<img src=x>"}, {"id": "b", "kind": "price", "value": NaN}]}'
    test.file_uploader(key="scenario_file").set_value([("fil.json", bad, "application/json")]).run()
    assert not test.exception
    assert any("intet er ændret" in item.value for item in test.warning)
    assert "<img" not in text_of(test)
    assert headline(test) == before


def test_language_is_kept_between_pages(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"])
    test.button_group(key="language").set_value("en").run()
    assert test.title[0].value == "Overview"
    assert test.query_params["lang"] in ("en", ["en"])
    test.switch_page(PAGES["scenarios"]).run()
    assert test.title[0].value == "Scenarios"
    assert test.text_input(key="field_serviceniveau_botilbud").placeholder == "0.0%"


def test_an_unknown_language_falls_back(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    assert opened(monkeypatch, homes["full"], lang="kl").title[0].value == "Overblik"


def test_data_page_values_what_was_set_aside(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    said = text_of(opened(monkeypatch, homes["full"], "data"))
    for part in ("62 rækker er lagt til side (0,8 mio. kr.)", "Økonomi", "Filen er skåret over", "ledger_2026.csv", "0123abcd"):
        assert part in said
    for part in ("det, der kom, mod det, der var ventet", "usædvanligt meget", "som ventet", "skjult: for få borgere"):
        assert part in said


def test_every_chart_has_words_and_a_table(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    for page in ("overview", "scenarios"):
        test = opened(monkeypatch, homes["full"], page)
        drawn = test.get("arrow_vega_lite_chart") or test.get("vega_lite_chart")
        assert drawn
        assert text_of(test).count("od-table") >= len(drawn)


def quality_of(monkeypatch: pytest.MonkeyPatch, paths: Paths, **query: str) -> str:
    return text_of(opened(monkeypatch, paths, "quality", **query))


def test_quality_says_how_much_was_missed_against_whom_and_how_often_the_interval_held(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]
) -> None:
    said = quality_of(monkeypatch, homes["full"])
    assert "med data til og med december 2025, skød fremskrivningen 0,6 % for lavt over de næste 12 måneder" in said
    assert "fejl med 2,5 %; samme måned året før med 4,8 % og sidste års niveau med 5,0 %" in said
    assert "fejl med 1,1 %; sidste års niveau med 5,0 % og det vedtagne budget med 1,5 %" in said
    assert "4 ud af 5, altså 80 af 100 måneder. Det holdt i 75 af 100 (72 målte)" in said
    assert "Genberegnet: dagens model" in said
    assert "afstemt efter, hvor meget modellen tidligere har ramt forkert, op til 36 måneder frem. Længere frem" in said
    assert "intervallet i den nye fremskrivning gjort bredere. De tidligere vises her, som de var." in said


def test_losses_stand_first_in_words(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "quality")
    tables = [item.proto.body for item in test.get("html") if "<table>" in item.proto.body]
    body = tables[0].split("<tbody>")[1]
    assert body.count("<tr>") == 5
    assert body.count("tabte til sidste års niveau") == body.count("Plejefamilie") == 5
    assert body.index("25-36 måneder") < body.index("13-24 måneder") < body.index("1-3 måneder")
    (services,) = (body.split("<tbody>")[1] for body in tables if "Sikret døgninstitution" in body)
    assert re.findall(r'<th scope="row">([^<]*)<', services)[0] == "Plejefamilie"
    assert services.index("tabte til") < services.index("bedst") < services.index("skjult: få borgere")


def test_hidden_services_have_no_score(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "quality")
    tables = [item.proto.body for item in test.get("html") if "<table>" in item.proto.body]
    (row,) = re.findall(r'<tr><th scope="row">Sikret døgninstitution</th>(.*?)</tr>', " ".join(tables))
    assert not re.search(r"\d", re.sub("<[^>]*>", "", row))
    assert "Sikret døgninstitution" not in " ".join(test.selectbox(key="scored").options)


def test_quality_follows_the_member_and_the_measure(monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths]) -> None:
    test = opened(monkeypatch, homes["full"], "quality")
    test.selectbox(key="scored").select(("service", "bostoette")).run()
    said = text_of(test)
    assert "Socialpædagogisk støtte i eget hjem: tidligere fremskrivninger og det, der kom" in said
    test.button_group(key="measure").set_value("volume").run()
    assert not test.exception
    assert "ikke målt: for lidt historik" in text_of(test)


def test_a_run_with_nothing_to_score_says_when_there_will_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, example: ModuleType
) -> None:
    from data.mart import point_current, write_mart  # noqa: PLC0415
    from data.settings import Paths as Home  # noqa: PLC0415

    paths = Home(home=tmp_path / "home", secrets=tmp_path / "secrets")
    frames = example.frames()
    frames |= {name: frames[name].iloc[:0] for name in ("forecast_quality", "forecast_quality_months")}
    write_mart(paths, example.RUN_ID, frames)
    point_current(paths, example.RUN_ID)
    said = quality_of(monkeypatch, paths)
    assert "endnu ingen tidligere fremskrivninger" in said
    assert "4 års data" in said
