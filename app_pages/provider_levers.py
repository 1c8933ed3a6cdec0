"""A slider for the price of one service at one kind of provider: set up first, only where the run shows the share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.scenario_desk import forget_sliders
from models.scenario.by_provider import offered_kinds
from models.scenario.offers import provider_offer, standing
from models.view import levers
from models.view.provider_tables import kind_label

if TYPE_CHECKING:
    from app_pages.parts import Context
    from app_pages.scenario_desk import Desk
    from models.view.run import RunView

_CHOICE = "provider_choice"


def draw_adding(context: Context, desk: Desk, run: RunView) -> None:
    """The form that adds one; or why there is none."""
    t, language = context.language.text, context.language
    shares = {(service, kind): share for service, kind, share in offered_kinds(run.baseline)}
    if not shares:
        st.caption(t("Kørslen viser ikke, hvor stor en del af udgiften hver slags leverandør har; prisen flyttes samlet."))
        return

    def label(key: tuple[str, str]) -> str:
        service = levers.service_label(run, key[0], language)
        share = language.percent(shares[key])
        return t("{service}: {kind} ({share} af udgiften)", service=service, kind=kind_label(language, key[1]), share=share)

    with st.form("add_provider_price", border=True):
        st.markdown(t("Kun nogle slags leverandører (del af udgiften i de nyeste 12 måneder; få borgere vises ikke):"))
        st.selectbox(t("Indsats og leverandør"), sorted(shares, key=label), format_func=label, key=_CHOICE)
        st.form_submit_button(t("Tilføj skyder"), key="add_provider", on_click=_add, args=(context, desk, run))


def _add(context: Context, desk: Desk, run: RunView) -> None:
    """Put the chosen slider on the page, at the catalogue's proposal."""
    offer = standing(provider_offer(*st.session_state[_CHOICE], run.baseline), desk.scenario)
    if offer.reason:
        desk.notes = [levers.unavailable_text(offer.reason, context.language)]
        return
    if not desk.scenario.holds(offer.lever_id):
        desk.set(offer.lever, context)
    desk.selected = offer.lever_id
    forget_sliders()
