"""The door: who is asked to sign in, who is refused, and that nothing of the run is read before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from models.view.language import Language


def ask(language: Language) -> None:
    """Ask for a sign-in."""
    t = language.text
    st.title("opdrift", anchor=False)
    st.text(t("Log ind for at se tallene."))
    st.button(t("Log ind"), on_click=st.login, type="primary", key="sign_in")


def refuse(language: Language) -> None:
    """Say that the sign-in gives no role here."""
    t = language.text
    st.title("opdrift", anchor=False)
    st.text(t("Du er logget ind, men har ingen rolle her. Bed kommunens systemansvarlige om en."))
    st.button(t("Log ud"), on_click=st.logout, key="sign_out")


def close(language: Language) -> None:
    """Say that without a sign-in the pages are for their own machine alone."""
    st.title("opdrift", anchor=False)
    st.text(language.text("Siderne har ingen log ind og vises derfor kun på deres egen maskine."))


def sign_out(language: Language) -> None:
    """Offer to leave."""
    st.button(language.text("Log ud"), on_click=st.logout, key="sign_out", type="tertiary")
