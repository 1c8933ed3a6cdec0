"""Udvalgsmøde: one calm screen for the room, with three levers, ten questions, the quiet round, and the state for the minutes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.committee_round import draw_round
from app_pages.lever_pane import draw_slider, marks_of
from app_pages.parts import Context, begin_year, current, draw, finish, noted, sentences, the_rest
from app_pages.scenario_desk import as_kept, current_desk, forget_sliders, reset, say_notes, slider_key, undo
from app_pages.scenarios import draw_headline
from app_pages.stage import YEAR, Stage
from data.errors import WrongUse
from data.scenario_store import keep_scenario
from models.scenario import citizens_affected
from models.scenario.board import IN_MEETING
from models.view import committee, figures, levers, pictures, scenario_tables
from models.view import scenario_words as words
from models.view.blocks import as_text, unseen_html
from models.view.paper import scenario_paper
from models.view.pictures import Picture
from models.view.questions import QUESTIONS, Asked, question
from models.view.run import price_level_text
from models.view.style import COMMITTEE_STYLE, full_screen

if TYPE_CHECKING:
    from app_pages.scenario_desk import Desk
    from app_pages.stage import Found
    from models.scenario import Offer
    from models.view.run import RunView

VIEW, QUESTION, ON_SCREEN = "committee_view", "committee_question", "committee_levers"
_VIEWS = ("levers", "questions", "round", "minutes")


def show(context: Context) -> None:
    """Draw the page."""
    t = context.language.text
    st.html(COMMITTEE_STYLE)
    begun = begin_year(context, t("Udvalgsmøde"))
    if begun is None:
        return
    run, year = begun
    desk = current_desk(context, run)
    stage = Stage(
        context, run, desk, year,
        in_sight=lambda: _on_screen(desk),
        draw_headline=lambda found: draw_headline(context, run, found, is_short=True),
        draw_answer=lambda found: _answer(context, run, desk, found),
    )  # fmt: skip
    found = stage.begin()
    with the_rest():
        say_notes(desk)
        view = _bar(stage)
        if view == "levers":
            _levers(stage, found)
        elif view == "questions":
            _questions(context, run, found)
        elif view == "round":
            draw_round(context, run, desk, _on_screen(desk))
        else:
            _minutes(context, run, desk, found)
        stage.ready(found)
    finish(context)


def _bar(stage: Stage) -> str:
    """The bar under the headline; the view that was chosen."""
    t, language, desk = stage.context.language.text, stage.context.language, stage.desk
    with st.container(horizontal=True, key="committee_bar"):
        view: str = st.segmented_control(
            t("Skærmbillede"), list(_VIEWS), default=_VIEWS[0], required=True, key=VIEW,
            format_func=lambda view: committee.view_label(view, language), label_visibility="collapsed",
        )  # fmt: skip
        st.segmented_control(
            t("Vis året"), figures.outlook_years(stage.run), default=stage.first, required=True, key=YEAR,
            label_visibility="collapsed",
        )  # fmt: skip
        st.button(t("Fortryd"), icon=":material/undo:", key="icon_undo", on_click=undo, args=(desk,),
                  disabled=not desk.history.past)  # fmt: skip
        st.button(t("Nulstil alt"), icon=":material/restart_alt:", on_click=reset, args=(desk,), key="icon_reset",
                  disabled=not desk.scenario.levers)  # fmt: skip
        st.html(full_screen(t("Fuld skærm")), unsafe_allow_javascript=True)
    return view


def _on_screen(desk: Desk) -> list[Offer]:
    """The levers of the meeting: those chosen; at first those that are moved, filled up with the first of each theme."""
    usable = {offer.lever_id: offer for offer in desk.offers if not offer.reason}
    for lever in desk.scenario.levers:
        offer = desk.offer(lever.lever_id)
        if offer is not None and lever.kind != "population_variant":
            usable.setdefault(lever.lever_id, offer)
    if not any(lever_id in usable for lever_id in desk.chosen):
        moved = [lever.lever_id for lever in desk.scenario.levers if lever.lever_id in usable]
        first = committee.first_levers(list(usable.values()), IN_MEETING)
        desk.chosen = tuple(dict.fromkeys([*moved, *first]))[:IN_MEETING]
    return [usable[lever_id] for lever_id in desk.chosen if lever_id in usable]


def _levers(stage: Stage, found: Found) -> None:
    context, run, desk, language = stage.context, stage.run, stage.desk, stage.context.language
    shown = _on_screen(desk)
    with st.container(key="committee_board"):
        left, right = st.columns([11, 9], gap="large")
    with right:
        stage.room_for_answer()
    with left:
        st.html(levers.rows_style(shown))
        for offer in shown:
            stage.row(partial(_large, context, desk, run, offer))
        also = [lever for lever in desk.scenario.levers if not lever.is_neutral and lever.lever_id not in desk.chosen]
        if also:
            names = ", ".join(as_text(levers.marked_label(lever, run, language)) for lever in also)
            st.caption(language.text("Scenariet har også: {names}.", names=names))
        _choose(context, run, desk, shown)
    with right:
        stage.answer(found)


def _answer(context: Context, run: RunView, desk: Desk, found: Found) -> None:
    """The chart with its words, and the marks of the rows."""
    language, total = context.language, found.result.members[found.result.members["level"] == "total"]
    marks = {
        item.lever_id: [
            *([levers.decision_word(item.about, language)] if item.about.decision == "decision" else []),
            *marks_of(context, desk, item.lever_id),
        ]
        for item in _on_screen(desk)
    }
    st.html(unseen_html(scenario_tables.chart_alt(total, language) if len(total) else "") + levers.marks_style(marks))
    if len(total):
        unit = f"{language.money_unit}, {price_level_text(language, run.price_level)}"
        draw(context, pictures.scenario_picture(total, language, context.colours, unit=unit).enlarged(), "scenario")


def _large(context: Context, desk: Desk, run: RunView, offer: Offer) -> None:
    """One lever for the room: its name, which says what can only be explored, large steps either way, the slider."""
    t, language = context.language.text, context.language
    label = levers.marked_label(offer.lever, run, language)
    name = as_text(label)
    value = desk.value(offer.lever_id)
    locked = offer.lever_id in desk.locked
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", key=levers.row_key(offer.lever_id)):
        st.button(t("Et trin ned: {lever}", lever=name), icon=":material/remove:", key=f"icon_less_{offer.lever_id}",
                  on_click=_step, args=(context, desk, offer, -1), disabled=locked or value <= offer.low, width=76)  # fmt: skip
        draw_slider(context, desk, offer, label)
        st.button(t("Et trin op: {lever}", lever=name), icon=":material/add:", key=f"icon_more_{offer.lever_id}",
                  on_click=_step, args=(context, desk, offer, 1), disabled=locked or value >= offer.high, width=76)  # fmt: skip


def _step(context: Context, desk: Desk, offer: Offer, way: int) -> None:
    """One step of the slider; what the slider shows now is where it starts from."""
    standing = st.session_state.get(slider_key(offer.lever_id), offer.nearest(desk.value(offer.lever_id)))
    place = offer.settings.index(standing) + way
    value = offer.settings[min(max(place, 0), len(offer.settings) - 1)]
    desk.move(offer, value, context)
    st.session_state[slider_key(offer.lever_id)] = offer.nearest(desk.value(offer.lever_id))


def _choose(context: Context, run: RunView, desk: Desk, shown: list[Offer]) -> None:
    t, language = context.language.text, context.language
    with st.expander(t("Vælg mødets skydere")):
        every = {offer.lever_id: offer for offer in desk.offers if not offer.reason} | {offer.lever_id: offer for offer in shown}
        if not set(st.session_state.get(ON_SCREEN, [""])) <= set(every):  # nothing yet, or a lever that is called otherwise now
            st.session_state[ON_SCREEN] = [offer.lever_id for offer in shown]
        st.multiselect(
            t("To eller tre skydere er nok"), list(every), key=ON_SCREEN, max_selections=IN_MEETING, on_change=_choose_now,
            args=(desk,), format_func=lambda lever_id: levers.marked_label(every[lever_id].lever, run, language),
            placeholder=t("Vælg skydere"),
        )  # fmt: skip


def _choose_now(desk: Desk) -> None:
    desk.chosen = tuple(st.session_state[ON_SCREEN])
    forget_sliders()


def _questions(context: Context, run: RunView, found: Found) -> None:
    t, language, result = context.language.text, context.language, found.result
    key = st.pills(
        t("Hvad spørger I om?"), [item.key for item in QUESTIONS], default=QUESTIONS[0].key, required=True, key=QUESTION,
        format_func=lambda key: t(question(key).short), label_visibility="collapsed",
    )  # fmt: skip
    asked = question(key)
    people = citizens_affected(run.baseline, result.scenario, min_citizens=context.min_citizens, plan=result.plan)
    facts = Asked(run=run, result=result, people=people, year=found.year, language=language)
    with st.container(key="committee_board"):
        left, right = st.columns([1, 1], gap="large") if asked.charts else (st.container(), None)
    with left, st.container(key="answer"):
        st.subheader(t(asked.title), anchor=False)
        sentences(asked.answer(facts))
    for name in asked.charts:
        drawn = committee.answer_chart(name, facts, context.colours)
        if drawn is not None and right is not None:
            with right:
                draw(context, drawn[0].enlarged() if isinstance(drawn[0], Picture) else drawn[0], f"answer_{name}", alt=drawn[1])


def _minutes(context: Context, run: RunView, desk: Desk, found: Found) -> None:
    """Keep the state for the minutes, and the screen as a PDF."""
    t, language, result, head = context.language.text, context.language, found.result, found.head
    year = head.year if head is not None else run.cutoff.year + 1
    lines = words.scenario_lines(desk.scenario, run, language)
    rounds = [committee.spread_sentence(spread, desk.offer(spread.lever_id), run, language) for spread in desk.rounds]
    if head is not None:
        sentences([words.sentence(language, head, is_neutral=result.scenario.is_neutral), *lines, *rounds])
    pinned = as_kept(desk, desk.scenario, context, run)
    with st.container(horizontal=True):
        if st.button(
            t("Gem til referatet"), icon=":material/save:", type="primary", disabled=not context.role.may_keep, key="keep_minutes"
        ):
            try:
                keep_scenario(context.settings.paths, pinned.scenario_id, pinned.to_json(), who=context.role.name)  # type: ignore[union-attr]
            except (WrongUse, AttributeError):
                st.error(t("Scenariet kan ikke gemmes på serveren. Hent det som PDF i stedet."))
            else:
                st.success(t("Gemt til referatet som {id}.", id=pinned.scenario_id))
        st.download_button(
            t("Hent skærmen som PDF"),
            noted(
                context,
                f"opdrift_{pinned.scenario_id}.pdf",
                lambda: scenario_paper(run, result, language, year=year, rounds=rounds, min_citizens=context.min_citizens),
            ),
            file_name=f"opdrift_{pinned.scenario_id}.pdf", mime="application/pdf", on_click="ignore", key="download_paper",
            icon=":material/picture_as_pdf:",
        )  # fmt: skip


if __name__ == "__main__":
    show(current())
