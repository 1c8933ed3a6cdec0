"""Stille runde: the chair types the slips, the room sees the spread, and one value is set together. Never who wrote what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import sentences
from app_pages.scenario_desk import forget_sliders
from models.scenario import QuietRound
from models.view import committee, levers
from models.view.blocks import as_text

if TYPE_CHECKING:
    from app_pages.parts import Context
    from app_pages.scenario_desk import Desk
    from models.scenario import Offer
    from models.view.run import RunView

LEVER, SLIP, JOINT = "round_lever", "round_slip", "round_joint"


def draw_round(context: Context, run: RunView, desk: Desk, shown: list[Offer]) -> None:
    """The quiet round about one of the meeting's levers."""
    t, language = context.language.text, context.language
    offers = {offer.lever_id: offer for offer in shown}
    held = desk.slips
    if held is not None and held.lever_id in offers:
        _slips(context, run, desk, offers[held.lever_id], held)
        return
    sentences([t("Alle skriver et tal på en seddel. Formanden taster dem. Ingen ser, hvem der skrev hvad.")])
    lever_id = st.radio(
        t("Hvad skal I tage stilling til?"), list(offers), key=LEVER,
        format_func=lambda lever_id: as_text(levers.marked_label(offers[lever_id].lever, run, language)),
    )  # fmt: skip
    st.button(t("Begynd runden"), type="primary", key="round_begin", on_click=_begin, args=(desk, lever_id))
    last = next((spread for spread in reversed(desk.rounds) if spread.lever_id in offers), None)
    if last is not None:
        _result(context, run, desk, offers[last.lever_id])


def _begin(desk: Desk, lever_id: str) -> None:
    desk.slips = QuietRound(lever_id)


def _slips(context: Context, run: RunView, desk: Desk, offer: Offer, held: QuietRound) -> None:
    t, language = context.language.text, context.language
    st.subheader(as_text(levers.marked_label(offer.lever, run, language)), anchor=False)
    count = len(held.slips)
    sentences([language.count(count, "{n} seddel er tastet.", "{n} sedler er tastet.")])
    st.text_input(
        t("Næste seddel, {unit}. Tryk Enter.", unit=levers.unit_text(offer.about, language)),
        key=SLIP,
        on_change=_typed,
        args=(context, desk, offer),
        placeholder=t("fra {low} til {high}", low=levers.setting_label(offer.about, offer.low, language),
                      high=levers.setting_label(offer.about, offer.high, language)),
        width=420,
    )  # fmt: skip
    if desk.typed == offer.lever_id:
        st.warning(levers.typed_fault(offer, language))
    with st.container(horizontal=True):
        st.button(t("Vis spredningen"), type="primary", key="round_show", on_click=_reveal, args=(desk,),
                  disabled=not held.may_be_shown)  # fmt: skip
        st.button(t("Fjern den sidste seddel"), key="round_back", on_click=_back, args=(desk,), disabled=held.last is None)
        st.button(t("Afbryd runden"), key="round_stop", on_click=_stop, args=(desk,))
    if not held.may_be_shown:
        st.caption(t("Mindst tre sedler, ellers kan alle regne ud, hvem der skrev hvad."))


def _typed(context: Context, desk: Desk, offer: Offer) -> None:
    value = levers.read_setting(st.session_state[SLIP], offer.about, context.language)
    st.session_state[SLIP] = ""
    if value is None or not offer.holds(value) or desk.slips is None:
        desk.typed = offer.lever_id
        return
    desk.slips, desk.typed = desk.slips.with_slip(value), ""


def _back(desk: Desk) -> None:
    if desk.slips is not None:
        desk.slips = desk.slips.without_last()


def _stop(desk: Desk) -> None:
    desk.slips = None


def _reveal(desk: Desk) -> None:
    """Only the spread is kept from here on."""
    if desk.slips is not None:
        desk.rounds = (*desk.rounds, desk.slips.spread())
        desk.slips = None


def _result(context: Context, run: RunView, desk: Desk, offer: Offer) -> None:
    t, language = context.language.text, context.language
    spread = next(item for item in reversed(desk.rounds) if item.lever_id == offer.lever_id)
    st.subheader(t("Sidste runde"), anchor=False)
    sentences([committee.spread_sentence(spread, offer, run, language)])
    st.html(committee.spread_html(spread, offer, language))
    middle = offer.nearest(spread.median)
    setting = levers.setting_label(offer.about, middle, language)
    st.button(t("Sæt skyderen til midten: {setting}", setting=setting), key=JOINT, on_click=_joint,
              args=(context, desk, offer, middle))  # fmt: skip
    st.caption(t("Et andet fælles tal sætter I på skærmbilledet Skydere."))


def _joint(context: Context, desk: Desk, offer: Offer, value: float) -> None:
    desk.move(offer, value, context)
    forget_sliders()
