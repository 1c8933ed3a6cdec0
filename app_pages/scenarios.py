"""Scenarier: levers a politician understands, the deviation from the frame at once, the scenario in words before its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.lever_pane import chosen_kind, draw_kind, offers_of_kind
from app_pages.parts import Context, asked_for, begin_year, current, draw, finish, table, the_rest
from app_pages.scenario_desk import current_desk, follow_sliders, persist, redo, reset, undo
from app_pages.scenario_keeping import draw_keeping
from models.scenario import citizens_affected, evaluate, find_overlaps, service_changes
from models.view import figures, pictures, scenario_head, scenario_tables
from models.view import scenario_words as words
from models.view.blocks import heading_html, lead_html, list_html, paragraphs_html, unseen_html
from models.view.run import price_level_text

if TYPE_CHECKING:
    from app_pages.scenario_desk import Desk
    from models.scenario import ScenarioResult
    from models.view.run import RunView
    from models.view.scenario_head import Headline

YEAR, TABLES = "scenario_year", "scenario_tables"
MOST_OVERLAPS = 3


def show(context: Context) -> None:
    """Draw the page."""
    t = context.language.text
    begun = begin_year(context, t("Scenarier"))
    if begun is None:
        return
    run, year = begun
    st.markdown(
        t("Flyt en skyder, eller skriv et tal og tryk Enter. Svaret kommer med det samme. Intet her ændrer kørslens egne tal.")
    )
    desk = current_desk(context, run)
    _board(context, run, desk, year)
    finish(context)


@st.fragment
def _board(context: Context, run: RunView, desk: Desk, first: int) -> None:
    """Headline, sliders and charts: what is drawn again when a slider moves."""
    follow_sliders(desk, _in_sight(desk), context)
    result = evaluate(run.baseline, desk.scenario)
    year = st.session_state.get(YEAR) or first
    head = scenario_head.headline(result, year)
    with st.container(key="headline"):
        level = price_level_text(context.language, run.price_level)
        draw_headline(context, head, level, result.scenario.safety_pct / 100.0)
    with the_rest():
        for note in desk.notes:
            st.info(note)
        _tools(context, run, desk, first)
        with st.container(key="board"):
            left, right = st.columns([11, 9], gap="large")
        with left:
            about = chosen_kind(context)
            draw_kind(context, desk, run, about, year)
        with right:
            _answer(context, run, result, head)
        _tables(context, run, desk, result)
        draw_keeping(context, desk, run)
    persist(desk, context)


def _in_sight(desk: Desk) -> list:  # type: ignore[type-arg]
    """The sliders drawn last: only they can have been moved."""
    return [offer for offer in _all_offers(desk) if f"slider_{offer.lever_id}" in st.session_state]


def _all_offers(desk: Desk) -> list:  # type: ignore[type-arg]
    kinds = dict.fromkeys([offer.lever.kind for offer in desk.offers] + [lever.kind for lever in desk.scenario.levers])
    return [offer for kind in kinds for offer in offers_of_kind(desk, kind)]


def draw_headline(context: Context, head: Headline | None, level: str, safety: float) -> None:
    """The deviation from the frame, or why it is not shown.

    Args:
        context: The page's context.
        head: What it says; None where it is hidden.
        level: Price level in words.
        safety: How sure one wants to be of keeping the frame.
    """
    if head is None:
        st.info(context.language.text("Tallene er skjult, fordi de hviler på meget få borgere."))
        return
    st.html(scenario_head.headline_html(head, context.language, level, safety=safety))


def _tools(context: Context, run: RunView, desk: Desk, first: int) -> None:
    t = context.language.text
    with st.container(horizontal=True, key="tools"):
        years = figures.outlook_years(run)
        st.segmented_control(t("Vis året"), years, default=first, required=True, key=YEAR, label_visibility="collapsed")
        st.button(t("Fortryd"), icon=":material/undo:", key="undo", on_click=undo, args=(desk,), disabled=not desk.history.past)
        st.button(t("Gentag"), icon=":material/redo:", key="redo", on_click=redo, args=(desk,), disabled=not desk.history.future)
        st.button(t("Nulstil alt"), on_click=reset, args=(desk,), disabled=not desk.scenario.levers, key="reset")


def _answer(context: Context, run: RunView, result: ScenarioResult, head: Headline | None) -> None:
    t, language, colours = context.language.text, context.language, context.colours
    if head is None:
        return
    year = head.year
    said = [lead_html([words.sentence(language, head, is_neutral=result.scenario.is_neutral)])]
    lines = words.scenario_lines(result.scenario, run, language)
    if lines:
        said.append(list_html(lines))
    people = citizens_affected(run.baseline, result.scenario, min_citizens=context.min_citizens, plan=result.plan)
    overlaps = find_overlaps(run.baseline, result.scenario)
    told = [
        words.people_sentence(people, run, language, year, result.scenario) if lines else "",
        words.displaced_sentence(result, language, year),
        words.refund_sentence(language, result, head),
        *words.overlap_sentences(overlaps, result.scenario, run, language, most=MOST_OVERLAPS),
    ]
    said.append(paragraphs_html([line for line in told if line]))
    total = result.members[result.members["level"] == "total"]
    st.html("".join([*said, unseen_html(scenario_tables.chart_alt(total, language))]))
    unit = f"{language.money_unit}, {price_level_text(language, run.price_level)}"
    draw(context, pictures.scenario_picture(total, language, colours, unit=unit), "scenario")
    with asked_for(t("Hvad kan kommunalbestyrelsen bestemme?"), "decide") as wanted:
        if wanted:
            appeals = context.settings.appeals if context.settings else None
            st.markdown("\n".join(f"- {point}" for point in words.decide_points(result.scenario, language)))
            st.html(list_html([words.complaints_text(language, appeals)]))
    effects = scenario_tables.effect_rows(result, run, language, year)
    if effects:
        heading = heading_html(t("Hver skyders virkning i {year}", year=year))
        name = scenario_tables.effect_total_name(result, language, year)
        whole = (name, scenario_tables.effect_total(effects))
        st.html(heading + unseen_html(scenario_tables.effects_alt(effects, name, language)))
        draw(context, pictures.effects_picture(effects, whole, language, colours), "virkning")
        with asked_for(t("Vis tabel"), "effects_table") as wanted:
            if wanted:
                caption = t("Virkning i {year}, {unit}", year=year, unit=unit)
                table(context, scenario_tables.effect_table(effects, name, language, caption), "virkning")


def _tables(context: Context, run: RunView, desk: Desk, result: ScenarioResult) -> None:
    """Tables only when they are asked for: they would be made anew at every move."""
    t = context.language.text
    if not st.toggle(t("Vis tabeller: rammer, indsatser og år"), key=TABLES):
        return
    level = price_level_text(context.language, run.price_level)
    unit = context.language.money_unit
    caption = t("Grundforløb og scenarie, {unit}, {level}", unit=unit, level=level)
    table(context, scenario_tables.result_table(result, run, context.language, caption), "scenarie")
    changes = service_changes(run.baseline, desk.scenario)
    if len(changes):
        caption = t("Ændring pr. indsats, {unit}, {level}", unit=unit, level=level)
        table(context, scenario_tables.service_table(changes, run, context.language, caption), "scenarie_indsatser")


if __name__ == "__main__":
    show(current())
