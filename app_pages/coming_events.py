"""Coming events that staff know of, on the page Budgetopfølgning: what stands in the result, and the forms that enter one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.parts import table
from data.errors import OpdriftError
from models.view import adjustment_tables, year_result
from models.view import adjustment_words as words
from models.view.blocks import as_text
from models.view.roles import ADJUST, may
from models.view.run import NOMINAL, price_level_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app_pages.parts import Context
    from models.view.run import RunView

_SAID = "adjustment_said"
_TURN = "adjustment_turn"
# Counts what was entered: fields of the next one are others, so that they are empty. It moves on before anything is written, so
# that a second click, which ends this run of the page wherever it stands, finds no form to send again.


def draw(context: Context, run: RunView, year: int) -> None:
    """Draw what is entered, and for who may, what waits for the next run and the forms."""
    language, t = context.language, context.language.text
    entered = _entered(context)
    unit = f"{language.money_unit}, {price_level_text(language, NOMINAL)}"
    st.header(t("Kendte kommende hændelser"), anchor=False)
    said = st.session_state.pop(_SAID, "")
    if said:
        st.success(said)
    beside = t("Forventet regnskab {year} med og uden justeringer, {unit}", year=year, unit=unit)
    both = adjustment_tables.with_and_without_table(language, year_result.glance(run, language, year), beside)
    if both is not None:
        table(context, both, "med_og_uden")
    caption = t("Kendte kommende hændelser, {unit}", unit=unit)
    listed = adjustment_tables.adjustments_table(language, run, year, caption, taken_back=words.reasons_of(entered or ()))
    coming = t("Skrevet siden denne kørsel")
    waits = words.waiting_table(language, run, words.waiting(run, entered or ()), coming)
    if listed is None and waits is None:
        st.markdown(words.nothing_entered(language, year))
    if listed is not None:
        with st.expander(t("Vis hver justering"), expanded=both is not None):
            table(context, listed, "justeringer")
        st.caption(adjustment_tables.adjustments_note(language))
    later = words.later_note(language, run)
    if later is not None:
        st.caption(as_text(later))
    if waits is not None:
        table(context, waits, "justeringer_venter")
    if entered is not None:
        _forms(context, run, entered)


def _entered(context: Context) -> Sequence[dict[str, Any]] | None:
    """The record, for who may write in it; None for others, and where it can't be read."""
    if not may(context.role, ADJUST):
        return None
    try:
        return context.entered()
    except (OpdriftError, OSError) as error:
        st.error(words.refused_text(error, context.language))
        return None


def _forms(context: Context, run: RunView, entered: Sequence[dict[str, Any]]) -> None:
    t = context.language.text
    with st.expander(t("Skriv en kommende hændelse")):
        _add(context, run)
    still = words.open_entries(context.language, run, entered)
    if still:
        with st.expander(t("Træk en hændelse tilbage")):
            _withdraw(context, still)


def _key(name: str) -> str:
    return f"adjust_{name}_{st.session_state.get(_TURN, 0)}"


def _add(context: Context, run: RunView) -> None:
    t = context.language.text
    kinds, places = words.kinds(context.language), words.places(context.language, run)
    with st.form(_key("form"), border=False):
        one, two = st.columns(2)
        place = one.selectbox(
            t("Ramme eller indsats"), list(places), index=None, format_func=lambda key: as_text(places[key]), key=_key("place"),
            placeholder=t("Vælg"),
        )  # fmt: skip
        kind = two.selectbox(t("Slags"), list(kinds), format_func=kinds.__getitem__, key=_key("kind"))
        one, two = st.columns(2)
        amount = one.number_input(
            t("Kr. om året (engangsbeløb: i alt); minus er en besparelse"), value=None, step=1000.0, format="%.0f",
            key=_key("amount"),
        )  # fmt: skip
        percent = two.number_input(t("Eller ændring i procent"), value=None, step=0.5, format="%.1f", key=_key("percent"))
        one, two = st.columns(2)
        first = one.date_input(t("Fra og med"), value=None, format="DD.MM.YYYY", key=_key("from"))
        last = two.date_input(t("Til og med (tom: bliver ved)"), value=None, format="DD.MM.YYYY", key=_key("to"))
        reason = st.text_input(t("Begrundelse (ingen navne eller cpr-numre)"), key=_key("reason"))
        who = _signature(context, _key("who"))
        among = st.checkbox(
            t(
                "En af de nye borgere, fremskrivningen allerede venter. Så tæller kun det, der ligger over en sædvanlig ny "
                "borger."
            ),
            key=_key("among"),
        )
        late = st.checkbox(t("Den er begyndt, men er ikke i data endnu."), key=_key("late"))
        st.caption(
            t("Beløb er i løbende priser. Er indsatsens tal skjult, tæller en ændring i procent ikke: skriv den i kroner.")
        )
        sure = st.checkbox(t("Jeg står inde for hændelsen. Den tæller med fra næste kørsel."), key=_key("sure"))
        sent = st.form_submit_button(t("Skriv hændelsen"), icon=":material/edit:")
    if not sent:
        return
    if not sure:
        st.warning(t("Intet er gemt. Sæt først kryds ved, at du står inde for hændelsen."))
        return
    if first is not None and not late and words.begins_in_data(run, first):
        st.warning(
            t(
                "Intet er gemt. Hændelsen begynder i en måned, data allerede har, og ville ikke tælle. Ret dagen, eller sæt "
                "kryds ved, at den ikke er i data endnu."
            )
        )
        return
    level, member = place or ("", "")
    said = {
        "kind": kind, "amount_dkk": amount, "change_pct": percent, "effective_from": first, "effective_to": last,
        "reason": reason.strip() or None, "who": who or None, "among_expected": among, "in_data": False if late else None,
        **({level: member} if level else {}),
    }  # fmt: skip
    _write(context, lambda: context.enter(said), t("Hændelsen er skrevet. Den tæller med fra næste kørsel."))


def _withdraw(context: Context, still: dict[str, str]) -> None:
    t = context.language.text
    with st.form(_key("withdraw_form"), border=False):
        chosen = st.selectbox(
            t("Hændelse"), list(still), index=None, format_func=lambda key: f"{as_text(still[key])} ({key})",
            key=_key("withdraw"), placeholder=t("Vælg"),
        )  # fmt: skip
        reason = st.text_input(t("Hvorfor den trækkes tilbage (ingen navne eller cpr-numre)"), key=_key("withdraw_reason"))
        who = _signature(context, _key("withdraw_who"))
        sure = st.checkbox(t("Hændelsen skal ikke tælle længere. Den bliver stående på listen."), key=_key("withdraw_sure"))
        sent = st.form_submit_button(t("Træk hændelsen tilbage"), icon=":material/undo:")
    if not sent:
        return
    if not sure or chosen is None:
        st.warning(t("Intet er gemt. Vælg hændelsen, og sæt kryds ved, at den ikke skal tælle længere."))
        return
    told = t("Hændelsen er trukket tilbage. Den tæller ikke fra næste kørsel.")
    _write(context, lambda: context.take_back(chosen, who, reason.strip()), told)


def _signature(context: Context, key: str) -> str:
    """Who signs: as signed in, else as typed."""
    t = context.language.text
    if context.signature:
        st.caption(t("Underskrives som {who}.", who=as_text(context.signature)))
        return context.signature
    return st.text_input(t("Dine initialer"), max_chars=40, key=key).strip()


def _write(context: Context, write: Callable[[], None], told: str) -> None:
    """Write, and draw the page anew with empty fields; or say why not, and leave the fields as they are."""
    turn = st.session_state.get(_TURN, 0)
    st.session_state[_TURN] = turn + 1
    try:
        write()
    except (OpdriftError, OSError) as error:
        st.session_state[_TURN] = turn
        st.error(words.refused_text(error, context.language))
        return
    st.session_state[_SAID] = told
    st.rerun()
