"""Keep, open, share and compare scenarios; and what a kept one says today."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import noted, sentences, table
from app_pages.scenario_desk import ADDRESS, as_kept, open_scenario
from data.errors import OpdriftError, WrongUse
from data.scenario_store import keep_scenario, read_change, read_stored, stored_ids, withdraw_scenario
from models.scenario import Comparison, ScenarioInvalid, compare, read_kept, read_scenario
from models.scenario.reading import MAX_CHARACTERS
from models.scenario.today import read_splits, today, with_splits
from models.view import scenario_tables, today_words
from models.view import scenario_words as words
from models.view.blocks import list_html
from models.view.run import price_level_text

if TYPE_CHECKING:
    from app_pages.parts import Context
    from app_pages.scenario_desk import Desk
    from models.scenario import Scenario
    from models.view.run import RunView

_KEPT = "kept_scenario"


def draw_keeping(context: Context, desk: Desk, run: RunView) -> bool:
    """Everything about kept scenarios, beneath the board; whether it is open."""
    t = context.language.text
    if context.settings is None or not st.toggle(t("Gem, åbn og sammenlign"), key="keeping"):
        return False
    _today(context, desk, run)
    left, right = st.columns(2, gap="large")
    with left:
        _keep(context, desk, run)
    kept = kept_scenarios(context)
    with right:
        _open(context, desk, run, kept)
    _compare(context, desk, run, kept)
    return True


def _keep(context: Context, desk: Desk, run: RunView) -> None:
    t = context.language.text
    with st.form("keep", border=True):
        name = st.text_input(t("Navn på scenariet"), value=desk.scenario.name, max_chars=120)
        kept = st.form_submit_button(t("Gem scenariet"), icon=":material/save:", disabled=not context.role.may_keep)
    if not context.role.may_keep:
        st.caption(t("Kun budgetmedarbejdere kan gemme for andre. Linket i adresselinjen husker dit eget."))
    if kept and _keep_now(context, desk, run, name):
        st.rerun()  # the field is another one once the scenario has a name; what is typed next must meet that one
    pinned = as_kept(desk, desk.scenario, context, run)
    if st.session_state.get(_KEPT) == pinned.scenario_id:
        said = t(
            "Gemt som {id} på kørsel {run}. Linket er `?{address}={id}`.", id=pinned.scenario_id, run=run.run_id, address=ADDRESS
        )
        st.success(said)
    st.download_button(
        t("Hent scenariet som fil (JSON)"),
        noted(context, f"opdrift_{pinned.scenario_id}.json", pinned.to_json),
        file_name=f"opdrift_{pinned.scenario_id}.json",
        mime="application/json",
        on_click="ignore",
        key="download_scenario",
    )


def _keep_now(context: Context, desk: Desk, run: RunView, name: str) -> bool:
    """Keep the scenario under a name; whether it was, and if not, why is said."""
    t = context.language.text
    st.session_state[_KEPT] = None
    try:
        named = read_scenario(desk.scenario.named(name.strip()).to_json())
    except ScenarioInvalid:
        st.warning(t("Navnet kan ikke bruges: ingen cpr-numre, koder eller formler, og højst 120 tegn. Intet er gemt."))
        return False
    pinned = as_kept(desk, named, context, run)
    try:
        keep_scenario(context.settings.paths, pinned.scenario_id, pinned.to_json(), who=context.role.name)  # type: ignore[union-attr]
    except WrongUse:
        st.error(t("Scenariet kan ikke gemmes på serveren. Hent det som fil i stedet; intet er gået tabt."))
        return False
    desk.history = replace(desk.history.amended(lambda scenario: scenario.named(name.strip())), opened=pinned.scenario_id)
    st.session_state[_KEPT] = pinned.scenario_id
    return True


def kept_scenarios(context: Context) -> dict[str, Scenario]:
    """The kept scenarios that can be read: id -> scenario."""
    if context.settings is None:
        return {}
    paths = context.settings.paths
    found = {}
    for scenario_id in stored_ids(paths):
        try:
            found[scenario_id] = read_kept(read_stored(paths, scenario_id), scenario_id)
        except WrongUse:
            continue
    return found


def _label(scenario_id: str, scenario: Scenario) -> str:
    return f"{scenario.name or scenario_id} ({scenario.run_id[4:12] or '–'})"


def _open(context: Context, desk: Desk, run: RunView, kept: dict[str, Scenario]) -> None:
    t = context.language.text
    if not kept:
        st.info(t("Ingen scenarier er gemt endnu. Det første gemmer du her til venstre."))
    else:
        chosen = st.selectbox(
            t("Gemte scenarier"), list(kept), format_func=lambda key: _label(key, kept[key]), index=None, key="open_choice",
            placeholder=t("Vælg et scenarie"),
        )  # fmt: skip
        with st.container(horizontal=True):
            st.button(t("Åbn"), key="open_kept", disabled=chosen is None, on_click=open_scenario,
                      args=(desk, chosen or "", context, run))  # fmt: skip
            if context.role.may_withdraw:
                st.button(t("Tag af listen"), key="withdraw_kept", disabled=chosen is None,
                          on_click=withdraw_scenario, args=(context.settings.paths, chosen or ""),  # type: ignore[union-attr]
                          kwargs={"who": context.role.name})  # fmt: skip
    file = st.file_uploader(t("Åbn en scenariefil (JSON)"), type="json", key="scenario_file")
    if file is not None:
        _take_file(context, desk, run, file.getvalue())


def _take_file(context: Context, desk: Desk, run: RunView, content: bytes) -> None:
    t = context.language.text
    if len(content) > MAX_CHARACTERS:
        st.warning(t("Filen er for stor til at være et scenarie."))
        return
    try:
        scenario = read_scenario(content.decode("utf-8"))
    except UnicodeDecodeError:
        st.warning(t("Filen er ikke en tekstfil. Brug en fil, som opdrift har gemt."))
        return
    except ScenarioInvalid as error:
        st.warning(t("Filen kan ikke bruges, og intet er ændret:"))
        st.html(list_html(words.fault_lines(error.faults, context.language)))
        return
    if st.button(t("Læg filens scenarie på bordet"), key="take_file"):
        desk.lay_out(scenario, context, run)
        st.rerun()


def _compare(context: Context, desk: Desk, run: RunView, kept: dict[str, Scenario]) -> None:
    t = context.language.text
    if not kept:
        return
    chosen = st.multiselect(
        t("Sammenlign det på bordet med op til tre gemte"), list(kept), format_func=lambda key: _label(key, kept[key]),
        max_selections=3, key="compare_choice", placeholder=t("Vælg scenarier"),
    )  # fmt: skip
    if not chosen:
        return
    anew = st.toggle(t("Regn dem alle på den nyeste kørsel"), key="compare_anew", value=True)
    sides, runs = [(run.baseline, desk.scenario)], [run]
    for key in chosen:
        other = run if anew else context.other(kept[key].run_id)
        if other is None:
            st.warning(t("Et af dem hører til en kørsel, der ikke længere er offentliggjort. Regn på den nyeste i stedet."))
            return
        sides.append((other.baseline, kept[key].unpinned()))
        runs.append(other)
    try:
        found: Comparison = compare(sides)
    except ScenarioInvalid:
        st.warning(
            t("Scenarierne kan ikke stilles op: de har andre år, et andet prisniveau, eller kørslen kan ikke bære dem alle. "
              "Regn dem alle på den nyeste kørsel, eller vælg andre.")
        )  # fmt: skip
        return
    names = [t("Det på bordet"), *(_label(key, kept[key]) for key in chosen)]
    caption = t("Scenarier side om side, {unit}, {level}", unit=context.language.money_unit,
                level=price_level_text(context.language, run.price_level))  # fmt: skip
    table(context, scenario_tables.comparison_table(found, names, context.language, caption), "sammenligning", runs=runs)
    lines = words.difference_lines(found, names, [scenario for _, scenario in sides], run, context.language)
    st.markdown(t("Forskellen er:") if lines else t("Skyderne er de samme."))
    if lines:
        st.html(list_html(lines))


def _today(context: Context, desk: Desk, run: RunView) -> None:
    """What a kept scenario said, and says now, when it belongs to another run."""
    t = context.language.text
    if not desk.opened:
        return
    try:
        scenario = read_kept(read_stored(context.settings.paths, desk.opened), desk.opened)  # type: ignore[union-attr]
        if scenario.run_id in {"", run.run_id}:
            return
        st.subheader(t("Det gemte scenarie, dengang og i dag"), anchor=False)
        other = context.other(scenario.run_id)
        if other is None:
            st.info(t("Kørslen, det er gemt på, er ikke længere offentliggjort. Tallene her er fra den nyeste."))
            return
        splits = read_splits(read_change(context.settings.paths, scenario.run_id, run.run_id))  # type: ignore[union-attr]
        found = with_splits(today(other.baseline, run.baseline, scenario), splits)
    except OpdriftError:
        st.info(t("Det kan ikke sammenlignes med dengang: prisniveauet er et andet, eller filen kan ikke læses."))
        return
    sentences(today_words.lead(found, other, run, context.language))
    caption = t("Afvigelse dengang og i dag, {unit}, {level}", unit=context.language.money_unit,
                level=price_level_text(context.language, run.price_level))  # fmt: skip
    table(context, today_words.today_table(found, other, run, context.language, caption), "i_dag", runs=[other])
    if not splits:
        asked = f"opdrift scenario today {desk.opened}"
        st.caption(t("Hvad der er data, model og forudsætninger for sig, måles med `{command}`.", command=asked))
