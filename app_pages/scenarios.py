"""Scenarier: levers a politician understands, the deviation from the frame at once, the scenario in words before its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.lever_pane import chosen_kind, draw_kind, marks_of, offers_of_kind
from app_pages.parts import Context, asked_for, begin_year, current, draw, finish, table, the_rest
from app_pages.scenario_desk import current_desk, redo, reset, say_notes, slider_key, undo
from app_pages.scenario_keeping import draw_keeping
from app_pages.stage import YEAR, Stage
from models.scenario import citizens_affected, find_overlaps, service_changes
from models.view import figures, levers, pictures, scenario_head, scenario_tables
from models.view import scenario_words as words
from models.view.blocks import heading_html, lead_html, list_html, paragraphs_html, unseen_html
from models.view.refund_tables import miss_sentence
from models.view.run import price_level_text, short_price_level

if TYPE_CHECKING:
    from app_pages.scenario_desk import Desk
    from app_pages.stage import Found
    from models.view.run import RunView

TABLES = "scenario_tables"
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
    stage = Stage(
        context, run, desk, year,
        in_sight=lambda: _in_sight(desk),
        draw_headline=lambda found: draw_headline(context, run, found),
        draw_answer=lambda found: _answer(context, run, desk, found),
        hangs_on=lambda found: bool(_effects(context, run, found)),
    )  # fmt: skip
    found = stage.begin()
    with the_rest():
        say_notes(desk)
        _tools(context, run, desk, year)
        with st.container(key="board"):
            left, right = st.columns([11, 9], gap="large")
        with right:
            stage.room_for_answer()
        with left:
            draw_kind(stage, chosen_kind(context), found.year)
        with right:
            stage.answer(found)
            _folded(stage, found)
        _tables(stage, found)
        stage.is_open |= draw_keeping(context, desk, run)
        stage.ready(found)
    finish(context)


def _in_sight(desk: Desk) -> list:  # type: ignore[type-arg]
    """The sliders drawn last: only they can have been moved."""
    return [offer for offer in _all_offers(desk) if slider_key(offer.lever_id) in st.session_state]


def _all_offers(desk: Desk) -> list:  # type: ignore[type-arg]
    kinds = dict.fromkeys([offer.lever.kind for offer in desk.offers] + [lever.kind for lever in desk.scenario.levers])
    return [offer for kind in kinds for offer in offers_of_kind(desk, kind)]


def draw_headline(context: Context, run: RunView, found: Found, *, is_short: bool = False) -> None:
    """The deviation from the frame, or why it is not shown.

    Args:
        context: The page's context.
        run: The run.
        found: The scenario, evaluated.
        is_short: Whether the price level is said in few words.
    """
    language = context.language
    if found.head is None:
        st.info(language.text("Tallene er skjult, fordi de hviler på meget få borgere."))
        return
    level = (short_price_level if is_short else price_level_text)(language, run.price_level)
    safety = found.result.scenario.safety_pct / 100.0
    st.html(scenario_head.headline_html(found.head, language, level, safety=safety))


def _tools(context: Context, run: RunView, desk: Desk, first: int) -> None:
    t = context.language.text
    with st.container(horizontal=True, key="tools"):
        years = figures.outlook_years(run)
        st.segmented_control(t("Vis året"), years, default=first, required=True, key=YEAR, label_visibility="collapsed")
        st.button(t("Fortryd"), icon=":material/undo:", key="undo", on_click=undo, args=(desk,), disabled=not desk.history.past)
        st.button(t("Gentag"), icon=":material/redo:", key="redo", on_click=redo, args=(desk,), disabled=not desk.history.future)
        st.button(t("Nulstil alt"), on_click=reset, args=(desk,), disabled=not desk.scenario.levers, key="reset")


def _answer(context: Context, run: RunView, desk: Desk, found: Found) -> None:
    """What the scenario comes to, in words and charts; and the marks of the rows, which follow the sliders as it does."""
    t, language, colours = context.language.text, context.language, context.colours
    result, head = found.result, found.head
    marks = levers.marks_style({offer.lever_id: marks_of(context, desk, offer.lever_id) for offer in _in_sight(desk)})
    if head is None:
        st.html(unseen_html("") + marks)
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
        miss_sentence(language, run, result, year),
        *words.overlap_sentences(overlaps, result.scenario, run, language, most=MOST_OVERLAPS),
    ]
    said.append(paragraphs_html([line for line in told if line]))
    total = result.members[result.members["level"] == "total"]
    st.html("".join([*said, unseen_html(scenario_tables.chart_alt(total, language)), marks]))
    unit = f"{language.money_unit}, {price_level_text(language, run.price_level)}"
    draw(context, pictures.scenario_picture(total, language, colours, unit=unit), "scenario")
    effects = _effects(context, run, found)
    if effects:
        heading = heading_html(t("Hver skyders virkning i {year}", year=year))
        name = scenario_tables.effect_total_name(result, language, year)
        whole = (name, scenario_tables.effect_total(effects))
        st.html(heading + unseen_html(scenario_tables.effects_alt(effects, name, language)))
        draw(context, pictures.effects_picture(effects, whole, language, colours), "virkning")


def _effects(context: Context, run: RunView, found: Found) -> list[tuple[str, float]]:
    """What each moved lever does in the year; none where the total is hidden."""
    if found.head is None:
        return []
    return scenario_tables.effect_rows(found.result, run, context.language, found.year)


def _folded(stage: Stage, found: Found) -> None:
    """What stands beneath the answer, folded away."""
    context, run, result, year = stage.context, stage.run, found.result, found.year
    t, language = context.language.text, context.language
    effects = _effects(context, run, found)
    if effects:
        with asked_for(t("Vis tabel"), "effects_table") as wanted:
            stage.is_open |= wanted
            if wanted:
                name = scenario_tables.effect_total_name(result, language, year)
                unit = f"{language.money_unit}, {price_level_text(language, run.price_level)}"
                caption = t("Virkning i {year}, {unit}", year=year, unit=unit)
                table(context, scenario_tables.effect_table(effects, name, language, caption), "virkning")
    if found.head is None:
        return
    with asked_for(t("Hvad kan kommunalbestyrelsen bestemme?"), "decide") as wanted:
        stage.is_open |= wanted
        if wanted:
            appeals = context.settings.appeals if context.settings else None
            st.markdown("\n".join(f"- {point}" for point in words.decide_points(result.scenario, language)))
            st.html(list_html([words.complaints_text(language, appeals)]))


def _tables(stage: Stage, found: Found) -> None:
    """Tables only when they are asked for: they would be made anew at every move."""
    context, run, desk, result = stage.context, stage.run, stage.desk, found.result
    t = context.language.text
    if not st.toggle(t("Vis tabeller: rammer, indsatser og år"), key=TABLES):
        return
    stage.is_open = True
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
