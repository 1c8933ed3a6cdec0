"""Enter a decision, its start, who takes part and its end, on the page Forebyggelse; refused as the commands refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from data.errors import OpdriftError
from models.view import decision_words as words
from models.view.blocks import as_text
from models.view.levers import service_label
from models.view.roles import DECIDE, may

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app_pages.parts import Context
    from models.investment.case import Case
    from models.view.run import RunView

_ENTERED = "register_entered"


def draw(context: Context, run: RunView, cases: Mapping[str, Case], report: Mapping[str, Any] | None) -> None:
    """Draw the forms beneath the register.

    Args:
        context: The page's.
        run: The run that is shown: what is decided is frozen on it.
        cases: Cases that were read in, by id.
        report: The follow-up as it was last worked out.
    """
    t = context.language.text
    entered = st.session_state.pop(_ENTERED, "")
    if entered:
        st.success(entered)
    if not may(context.role, DECIDE):
        st.caption(t("Kun budgetmedarbejdere og administratorer kan skrive i registret."))
        return
    with st.expander(t("Beslut en sag")):
        if cases:
            _decide(context, run, cases)
        else:
            st.markdown(t("Læs først sagen ind under »Sager« øverst på siden."))
    decided = words.decisions(report)
    if decided:
        with st.expander(t("Skriv, hvad der er sket med en besluttet sag")):
            _add(context, run, decided)


def _decide(context: Context, run: RunView, cases: Mapping[str, Case]) -> None:
    language, t = context.language, context.language.text
    months = words.months_ahead(run)
    shown = [service for service, is_shown in zip(run.baseline.services, run.baseline.shown, strict=True) if is_shown]
    with st.form("decide", border=False):
        chosen = st.selectbox(
            t("Sag, der er besluttet"), list(cases), format_func=lambda key: as_text(cases[key].name), key="decide_case"
        )
        one, two = st.columns(2)
        owner = one.text_input(t("Ejer: kontor eller titel"), max_chars=120, key="decide_owner")
        who = two.text_input(t("Dine initialer"), max_chars=20, key="decide_who")
        one, two, three = st.columns(3)
        day = one.date_input(t("Besluttet den (tom: i dag)"), value=None, format="DD.MM.YYYY", key="decide_on")
        start = two.selectbox(
            t("Planlagt start"), ["", *months], key="decide_start",
            format_func=lambda month: words.month_label(month, language) if month else t("som sagen siger"),
        )  # fmt: skip
        comparison = three.selectbox(
            t("Indsats til sammenligning"), ["", *shown], key="decide_comparison",
            format_func=lambda key: service_label(run, key, language) if key else t("ingen"),
        )  # fmt: skip
        sure = st.checkbox(
            t("Sagen er besluttet. Løftet fryses, som det står i sagen, og kan ikke ændres bagefter."), key="decide_sure"
        )
        sent = st.form_submit_button(t("Skriv beslutningen i registret"), icon=":material/gavel:")
    if not sent:
        return
    if not sure:
        st.warning(t("Intet er gemt. Sæt først kryds ved, at sagen er besluttet."))
        return
    case = replace(cases[chosen], run_id=run.run_id)
    said = {"owner": owner.strip(), "who": who.strip(), "on": day, "start": start, "comparison": comparison}
    _enter(context, lambda: context.decide(case, said), t("Beslutningen er skrevet i registret, og grundlaget er frosset."))


def _add(context: Context, run: RunView, decided: Mapping[str, str]) -> None:
    language, t = context.language, context.language.text
    chosen = st.selectbox(
        t("Besluttet sag"), list(decided), format_func=lambda key: f"{as_text(decided[key])} ({key[:8]})", key="add_decision"
    )
    tabs = zip(
        st.tabs([t("Den er begyndt"), t("Borgere er begyndt"), t("Den er standset")]), ("start", "enrol", "stop"), strict=True
    )
    told = {
        "start": t("Første måned med indsatsen"),
        "enrol": t("Måned, borgerne begyndte i"),
        "stop": t("Første måned uden indsatsen"),
    }
    for tab, action in tabs:
        with tab, st.form(f"add_{action}", border=False):
            one, two, three = st.columns(3)
            month = one.selectbox(
                told[action],
                words.months_told(run),
                format_func=lambda key: words.month_label(key, language),
                key=f"{action}_month",
            )
            who = two.text_input(t("Dine initialer"), max_chars=20, key=f"{action}_who")
            said: dict[str, Any] = {"month": month, "who": who.strip()}
            if action == "enrol":
                said["number"] = three.number_input(t("Antal; samme måned igen retter"), 0, 100_000, 0, 1, key="enrol_number")
            if st.form_submit_button(t("Skriv i registret"), icon=":material/edit:"):
                _enter(
                    context, lambda action=action, said=said: context.add(chosen, action, said), t("Det er skrevet i registret.")
                )


def _enter(context: Context, write: Callable[[], str], entered: str) -> None:
    """Write, and draw the page anew with the new line; or say why not."""
    t = context.language.text
    try:
        with st.spinner(t("Skriver i registret og regner opfølgningen om")):
            not_renewed = write()
    except (OpdriftError, OSError) as error:
        st.error(words.refused_text(error, context.language))
        return
    later = t("Opfølgningen kunne ikke regnes om og vises, som den var før. Næste kørsel prøver igen.")
    st.session_state[_ENTERED] = f"{entered} {later}" if not_renewed else entered
    st.rerun()
