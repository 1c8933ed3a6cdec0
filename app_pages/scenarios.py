"""Scenarier: sliders with number fields, and the deviation from the frame at once, from stored draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import Context, begin, chart, current, finish, sentences, table
from models.scenario import RANGES, Sliders, evaluate
from models.scenario.sliders import query_keys
from models.view import charts, figures, levers, tables, wording
from models.view.run import price_level_text

if TYPE_CHECKING:
    from models.scenario import LeverGroup, ScenarioResult
    from models.view.run import RunView

SCENARIO, FAULTS, OF_RUN, TYPED, SHOWN_IN = "scenario", "scenario_faults", "scenario_run", "scenario_typed", "scenario_language"
VARIANT, YEAR = "variant_choice", "scenario_year"


def show(context: Context) -> None:
    """Draw the page."""
    t = context.language.text
    run = begin(context, t("Scenarier"))
    if run is None:
        return
    year = figures.default_year(run)
    if year is None:
        st.info(t("Kørslen har intet år, der kan vises: alle tal er skjult for at beskytte borgere."))
        return
    st.markdown(
        t("Flyt en skyder, eller skriv et tal og tryk Enter. Svaret kommer med det samme. Intet her ændrer kørslens egne tal.")
    )
    _read_link(run)
    _follow_language(context)
    for fault in st.session_state[FAULTS]:
        lever = levers.lever_label(fault.measure, fault.group, run.baseline, context.language)
        st.warning(wording.fault_sentence(context.language, fault, lever))
    _board(context, run, year)
    finish(context)


def _read_link(run: RunView) -> None:
    """Take the scenario from the link once per session and run; after that the page is what counts."""
    if st.session_state.get(OF_RUN) == run.run_id:
        return
    groups = [group.key for group in run.baseline.groups]
    sliders, faults = Sliders.from_query(st.query_params.to_dict(), groups=groups, variants=run.baseline.variants)
    st.session_state[SCENARIO], st.session_state[FAULTS], st.session_state[OF_RUN] = sliders, faults, run.run_id
    _forget_widgets()


def _follow_language(context: Context) -> None:
    """Write the fields anew when the language was switched: 2,5 becomes 2.5."""
    if st.session_state.get(SHOWN_IN) != context.language.code:
        st.session_state[SHOWN_IN] = context.language.code
        _forget_widgets()


@st.fragment
def _board(context: Context, run: RunView, first: int) -> None:
    """Headline, sliders and charts: what is drawn again when a slider moves."""
    t = context.language.text
    _follow_sliders(run)
    sliders: Sliders = st.session_state[SCENARIO]
    result = evaluate(run.baseline, sliders.scenario())
    years = figures.outlook_years(run)
    year = st.session_state.get(YEAR) or first
    with st.container(key="headline"):
        _headline(context, run, result, year)
    with st.container(key="board"):
        left, right = st.columns([11, 9], gap="large")
    with left:
        _controls(context, run)
    with right:
        st.segmented_control(t("Vis året"), years, default=first, required=True, key=YEAR)
        _answer(context, run, result, year)
    _tables(context, run, result)
    _write_link(sliders)


def _headline(context: Context, run: RunView, result: ScenarioResult, year: int) -> None:
    head = levers.headline(result, year)
    if head is None:
        st.info(context.language.text("Tallene er skjult, fordi de hviler på meget få borgere."))
    else:
        level = price_level_text(context.language, run.price_level)
        st.html(levers.headline_html(head, context.language, level))


def _controls(context: Context, run: RunView) -> None:
    t = context.language.text
    sliders: Sliders = st.session_state[SCENARIO]
    line = st.container(horizontal=True, vertical_alignment="bottom")
    with line:
        variants = list(run.baseline.variants)
        st.session_state.setdefault(VARIANT, sliders.variant)
        st.selectbox(
            t("Befolkningsprognose"),
            variants,
            format_func=lambda variant: levers.variant_label(variant, context.language),
            key=VARIANT,
            on_change=_choose_variant,
            disabled=len(variants) == 1,
            help=t("Kørslen har kun én befolkning.") if len(variants) == 1 else None,
        )
        st.button(t("Nulstil alt"), on_click=_reset, disabled=sliders.is_neutral, key="reset")
    st.markdown(levers.measures_note(context.language))
    with st.expander(t("Hvad betyder skyderne?")):
        st.markdown("\n".join(f"- {levers.measure_help(measure, context.language)}" for measure in RANGES))
    for group in run.baseline.groups:
        _group(context, sliders, group)


def _group(context: Context, sliders: Sliders, group: LeverGroup) -> None:
    with st.container(border=True, gap="small"):
        st.html(levers.group_head_html(group, sliders, context.language))
        for measure, columns in zip(
            RANGES, [st.columns([5, 2], gap="medium", vertical_alignment="center") for _ in RANGES], strict=True
        ):
            _lever(context, measure, group, columns)
        note = levers.group_note(group, context.language)
        if note:
            st.caption(note)


def _lever(context: Context, measure: str, group: LeverGroup, columns: list) -> None:  # type: ignore[type-arg]
    allowed, language = RANGES[measure], context.language
    slider = _slider(measure, group.key)
    sliders: Sliders = st.session_state[SCENARIO]
    change = sliders.change(measure, group.key)
    st.session_state.setdefault(slider, change)
    name = levers.lever_name(measure, group, language)
    with columns[0]:
        st.select_slider(
            name,
            allowed.settings(),
            format_func=lambda change: levers.setting_label(change, language),
            key=slider,
        )
        st.html(levers.TICK_HTML)
    with columns[1]:
        st.text_input(
            language.text("{lever}, procent", lever=name),
            key=_field(measure, group.key),
            placeholder=levers.field_hint(language),
            on_change=_typed,
            args=(measure, group.key),
            label_visibility="collapsed",
        )
    if st.session_state.get(TYPED) == (measure, group.key):
        st.warning(levers.typed_fault(measure, language))


def _answer(context: Context, run: RunView, result: ScenarioResult, year: int) -> None:
    t = context.language.text
    language, colours = context.language, context.colours
    head = levers.headline(result, year)
    if head is None:
        return
    sentences([levers.sentence(language, head)])
    of_refund = levers.refund_sentence(language, result, year)
    if of_refund:
        st.markdown(of_refund)
    unit = f"{language.money_unit}, {price_level_text(language, run.price_level)}"
    total = result.members[result.members["level"] == "total"]
    drawn = charts.scenario_chart(total, language, colours, unit=unit)
    st.altair_chart(drawn, width="stretch", theme=None, alt=levers.chart_alt(total, language), key="chart_scenario")
    with st.expander(t("Hvad kan kommunalbestyrelsen bestemme?")):
        st.markdown("\n".join(f"- {point}" for point in levers.decide_points(language)))
    effects = levers.effect_rows(result, run.baseline, language, year)
    if effects:
        st.subheader(t("Hver skyders virkning i {year}", year=year), anchor=False)
        caption = t("Virkning i {year}, {unit}", year=year, unit=unit)
        shown = levers.effect_table(effects, language, caption)
        drawn = charts.effect_chart(effects, levers.effect_total(effects), language, colours)
        chart(context, drawn, shown, "virkning", alt=levers.effects_alt(effects, language))


def _tables(context: Context, run: RunView, result: ScenarioResult) -> None:
    t = context.language.text
    level = price_level_text(context.language, run.price_level)
    names = {
        (row.level, row.member): run.label(context.language, row.level, row.member)
        for row in tables.rows_of(result.members[["level", "member"]].drop_duplicates())
    }
    with st.expander(t("Vis tabel: alle rammer og år")):
        caption = t("Grundforløb og scenarie, {unit}, {level}", unit=context.language.money_unit, level=level)
        table(context, levers.result_table(result.members, context.language, caption, names), "scenarie")
    st.download_button(
        t("Gem scenariet som fil (JSON)"),
        result.scenario.pinned(run.run_id, run.price_level).to_json(),
        file_name="opdrift_scenarie.json",
        mime="application/json",
        on_click="ignore",
        key="download_json",
    )
    st.caption(t("Linket i adresselinjen husker skyderne: kopiér det for at dele scenariet."))


def _slider(measure: str, group: str) -> str:
    return f"slider_{measure}_{group}"


def _field(measure: str, group: str) -> str:
    """The field beside a slider takes a number, hands it to the slider and is empty again: one value, shown in one place.

    A field that followed the slider would cost a second run of the page at every move, and in it a fast hand on the slider
    loses presses (tried in the browser, test_a_fast_hand_loses_no_press).
    """
    return f"field_{measure}_{group}"


def _forget_widgets() -> None:
    """Let every widget take its value from the scenario anew."""
    st.session_state[TYPED] = None
    for key in [key for key in st.session_state if str(key).startswith("slider_")]:
        del st.session_state[key]
    st.session_state.pop(VARIANT, None)


def _set(measure: str, group: str, change: float) -> None:
    """Move one lever of the scenario."""
    st.session_state[SCENARIO] = st.session_state[SCENARIO].with_change(measure, group, change)
    st.session_state[FAULTS], st.session_state[TYPED] = (), None


def _follow_sliders(run: RunView) -> None:
    """Take over what the sliders show; a callback would be lost when a fast hand interrupts a run (tried in the browser)."""
    for group in run.baseline.groups:
        for measure in RANGES:
            shown = st.session_state.get(_slider(measure, group.key))
            if shown is not None and shown != st.session_state[SCENARIO].change(measure, group.key):
                _set(measure, group.key, float(shown))


def _typed(measure: str, group: str) -> None:
    """Take the value from the field; what is no number, or too far, leaves the lever where it was and is said."""
    typed = levers.read_setting(st.session_state[_field(measure, group)])
    holds = typed is not None and RANGES[measure].holds(typed)
    change = RANGES[measure].nearest(typed) if holds else st.session_state[SCENARIO].change(measure, group)
    st.session_state[_slider(measure, group)] = change
    _set(measure, group, change)
    st.session_state[_field(measure, group)] = ""
    st.session_state[TYPED] = None if holds else (measure, group)


def _choose_variant() -> None:
    st.session_state[SCENARIO] = st.session_state[SCENARIO].with_variant(st.session_state[VARIANT])
    st.session_state[FAULTS] = ()


def _reset() -> None:
    st.session_state[SCENARIO], st.session_state[FAULTS] = Sliders(), ()
    _forget_widgets()


def _write_link(sliders: Sliders) -> None:
    """Keep the address in step with the sliders; nothing is written when nothing changed."""
    wanted = sliders.to_query()
    present = {key: st.query_params[key] for key in query_keys(list(st.query_params))}
    if present != wanted:
        others = {key: value for key, value in st.query_params.to_dict().items() if key not in present}
        st.query_params.from_dict(others | wanted)


if __name__ == "__main__":
    show(current())
