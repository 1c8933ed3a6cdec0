"""The sliders: themes that a politician knows, and one row a lever with slider, number field, marks and details."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.lever_details import draw_details
from app_pages.provider_levers import draw_adding
from app_pages.scenario_desk import forget_sliders, slider_key
from models.scenario import Offer, named_offer
from models.scenario.offers import NAMED_KINDS, THEMES, VARIANT_LEVER, kinds_of, standing, variant_lever
from models.view import levers
from models.view.blocks import as_text

if TYPE_CHECKING:
    from app_pages.parts import Context
    from app_pages.scenario_desk import Desk
    from app_pages.stage import Stage
    from models.scenario import LeverKind
    from models.view.run import RunView

THEME, KIND = "lever_theme", "lever_kind"


def chosen_kind(context: Context) -> LeverKind:
    """Which theme and kind of lever is looked at, from the two switches; drawn here."""
    t, language = context.language.text, context.language
    theme = st.pills(
        t("Emne"), list(THEMES), default=THEMES[0], required=True, key=THEME, label_visibility="collapsed",
        format_func=lambda theme: levers.theme_label(theme, language),
    )  # fmt: skip
    kinds = {about.kind: about for about in kinds_of(theme)}
    first = next(iter(kinds))
    if len(kinds) == 1:
        return kinds[first]
    chosen = st.pills(
        t("Skyder"), list(kinds), default=first, required=True, key=f"{KIND}_{theme}", label_visibility="collapsed",
        format_func=lambda kind: levers.kind_label(kinds[kind], language),
    )  # fmt: skip
    return kinds[chosen]


def offers_of_kind(desk: Desk, kind: str) -> list[Offer]:
    """The sliders of one kind: those of the run, and those a scenario brought along."""
    offered = [offer for offer in desk.offers if offer.lever.kind == kind]
    known = {offer.lever_id for offer in offered}
    return offered + [
        Offer(lever)
        for lever in desk.scenario.levers
        if lever.kind == kind != "population_variant" and lever.lever_id not in known
    ]


def draw_kind(stage: Stage, about: LeverKind, year: int) -> None:
    """Everything of one kind of lever; details stand beneath the slider they belong to."""
    context, desk, run = stage.context, stage.desk, stage.run
    language, t = context.language, context.language.text
    kind, offers = about.kind, offers_of_kind(desk, about.kind)
    if all(offer.lever_id != desk.selected for offer in offers):
        desk.selected = ""
    st.markdown(f"**{levers.decision_word(about, language)}.** {language.pick(about.help_da, about.help_en)}")
    if kind == "population_variant":
        _variant(context, desk, run)
        return
    usable = [offer for offer in offers if not offer.reason]
    _rows(stage, usable, year)
    shown = {offer.lever.group for offer in usable}
    for group in run.baseline.groups:
        if group.merged and group.key in shown:
            st.caption(as_text(levers.group_note(group, language)))
    for reason in dict.fromkeys(offer.reason for offer in offers if offer.reason):
        names = ", ".join(levers.target_label(offer.lever, run, language) for offer in offers if offer.reason == reason)
        st.caption(f"{as_text(names)}: {levers.unavailable_text(reason, language)}")
    if not offers and kind not in NAMED_KINDS:
        st.info(t("Kørslen har intet, denne skyder kan flytte."))
    if kind == "price":
        draw_adding(context, desk, run)
    if kind in NAMED_KINDS:
        _add(context, desk, run, about)


def _rows(stage: Stage, offers: list[Offer], year: int) -> None:
    """The sliders of one kind, with the details of the one that was asked for beneath it."""
    context, desk, run = stage.context, stage.desk, stage.run
    if offers:
        st.html(levers.rows_style(offers))
    for offer in offers:
        stage.row(partial(_row, context, desk, run, offer))
        if offer.lever_id == desk.selected:
            stage.is_open = True
            draw_details(context, desk, run, offer, year)


def _variant(context: Context, desk: Desk, run: RunView) -> None:
    variants = list(run.baseline.variants)
    t = context.language.text
    lever = desk.lever(VARIANT_LEVER)
    st.session_state.setdefault("slider_variant", lever.variant if lever else variants[0])
    st.radio(
        t("Befolkningsprognose"),
        variants,
        format_func=lambda variant: levers.variant_label(variant, context.language),
        key="slider_variant",
        on_change=lambda: _choose_variant(desk, context),
        disabled=len(variants) == 1 or VARIANT_LEVER in desk.locked,
        help=t("Kørslen har kun én befolkning.") if len(variants) == 1 else None,
    )


def _choose_variant(desk: Desk, context: Context) -> None:
    variant = st.session_state["slider_variant"]
    lever = variant_lever(variant)
    if lever is not None:
        desk.set(lever, context)
    else:
        desk.to(desk.scenario.without(VARIANT_LEVER), VARIANT_LEVER)


def marks_of(context: Context, desk: Desk, lever_id: str) -> list[str]:
    """What stands beside a slider's name, in words."""
    t = context.language.text
    lever = desk.lever(lever_id)
    found = [t("ændret")] if lever is not None and not lever.is_neutral else []
    return found + ([t("låst")] if lever_id in desk.locked else [])


def _row(context: Context, desk: Desk, run: RunView, offer: Offer) -> None:
    """Slider, field and details; few elements, since the browser goes through all of the page at every move."""
    language, t = context.language, context.language.text
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", key=levers.row_key(offer.lever_id)):
        draw_slider(context, desk, offer, levers.lever_label(offer.lever, run, language))
        _field(context, desk, run, offer)
        st.button(
            t("Detaljer: {lever}", lever=as_text(levers.lever_label(offer.lever, run, language))),
            icon=":material/tune:",
            key=f"icon_open_{offer.lever_id}",
            on_click=_select,
            args=(desk, offer.lever_id),
            width=64,
        )
    if desk.typed == offer.lever_id:
        st.warning(levers.typed_fault(offer, language))


def _select(desk: Desk, lever_id: str) -> None:
    desk.selected = "" if desk.selected == lever_id else lever_id
    forget_sliders()


def draw_slider(context: Context, desk: Desk, offer: Offer, name: str) -> None:
    """The slider itself under its name; the style of the rows draws its tick at neutral."""
    language = context.language
    key = slider_key(offer.lever_id)
    st.session_state.setdefault(key, offer.nearest(desk.value(offer.lever_id)))
    st.select_slider(
        as_text(name),
        offer.settings,
        format_func=lambda value: levers.setting_label(offer.about, value, language),
        key=key,
        disabled=offer.lever_id in desk.locked,
    )


def _field(context: Context, desk: Desk, run: RunView, offer: Offer) -> None:
    """The field beside a slider: it shows where the slider stands, takes a number, hands it over and shows the new one.

    What it shows is its placeholder: a value of its own that followed the slider would cost a second run of the page at every
    move, and in it a fast hand loses presses (tried in the browser, test_a_fast_hand_loses_no_press).
    """
    language = context.language
    key = f"field_{offer.lever_id}"
    st.text_input(
        language.text("{lever}, {unit}", lever=as_text(levers.lever_label(offer.lever, run, language)),
                      unit=levers.unit_text(offer.about, language)),
        key=key,
        placeholder=levers.setting_label(offer.about, desk.value(offer.lever_id), language),
        on_change=lambda: _typed(context, desk, offer, key),
        label_visibility="collapsed",
        disabled=offer.lever_id in desk.locked,
        width=130,
    )  # fmt: skip


def _typed(context: Context, desk: Desk, offer: Offer, key: str) -> None:
    """Take the value from the field; what is no number, or too far, leaves the lever where it was and is said."""
    typed = levers.read_setting(st.session_state[key], offer.about, context.language)
    st.session_state[key] = ""
    if typed is None or not offer.holds(typed):
        desk.typed = offer.lever_id
        return
    desk.move(offer, typed, context)
    st.session_state[slider_key(offer.lever_id)] = offer.nearest(desk.value(offer.lever_id))
    desk.typed = ""


def _add(context: Context, desk: Desk, run: RunView, about: LeverKind) -> None:
    """Set up a lever that names its services: only the shown ones can be named."""
    t, language = context.language.text, context.language
    baseline = run.baseline
    shown = [key for key, is_shown in zip(baseline.services, baseline.shown, strict=True) if is_shown]
    shown.sort(key=lambda key: levers.service_label(run, key, language))

    def label(key: str) -> str:
        return levers.service_label(run, key, language)

    with st.form(f"add_{about.kind}", border=True):
        service = st.selectbox(t("Fra indsats") if about.kind == "substitution" else t("Indsats"), shown, format_func=label)
        to_service = ""
        if about.kind == "substitution":
            to_service = st.selectbox(t("Til mindre indgribende indsats"), shown, index=min(1, len(shown) - 1), format_func=label)
        if not st.form_submit_button(t("Tilføj skyder")) or service is None:
            return
    if service == to_service:
        st.warning(t("Vælg to forskellige indsatser."))
        return
    offer = standing(named_offer(about.kind, service, to_service or "", baseline), desk.scenario)
    if offer.reason:
        st.warning(levers.unavailable_text(offer.reason, language))
        return
    if not desk.scenario.holds(offer.lever_id):
        desk.set(offer.lever, context)
    desk.selected = offer.lever_id
    forget_sliders()
    st.rerun()
