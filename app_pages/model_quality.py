"""Modelkvalitet: earlier forecasts against what came, losses first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import Context, begin, chart, current, finish, sentences, table
from models.view import charts, estimate_tables, track_tables, track_wording
from models.view import track_record as record
from models.view.run import NOMINAL, price_level_text

if TYPE_CHECKING:
    from models.view.run import RunView

_FIRST_LOSSES = 10


def show(context: Context) -> None:
    """Draw the page."""
    run = begin(context, context.language.text("Modelkvalitet"))
    if run is None:
        return
    source = record.default_source(run)
    if source is None:
        with st.container(border=True):
            for line in track_wording.empty(context.language):
                st.markdown(line)
    else:
        _scores(context, run, _source(context, run, source))
    _estimates(context, run)
    finish(context)


def _source(context: Context, run: RunView, default: str) -> str:
    found = record.sources(run)
    names = {source: track_wording.source_label(context.language, source) for source in found}
    if len(found) == 1:
        return default
    label = context.language.text("Hvilke fremskrivninger")
    return st.segmented_control(label, found, default=default, format_func=names.__getitem__, required=True, key="source")


def _scores(context: Context, run: RunView, source: str) -> None:
    language = context.language
    with st.container(border=True):
        sentences(track_wording.lead(language, run, source))
    st.caption(track_wording.source_note(language, source))
    _losses(context, run, source)
    member = _earlier(context, run, source)
    if member is not None:
        st.header(language.text("Efter hvor langt frem"), anchor=False)
        table(context, track_tables.horizon_table(language, run, source, member), "horisont")
    _services(context, run, source)
    st.header(language.text("Hvad fremskrivningen ikke ved"), anchor=False)
    for line in track_wording.limits(language, run):
        st.markdown(line)


def _losses(context: Context, run: RunView, source: str) -> None:
    language = context.language
    found = record.losses(run, source)
    st.header(language.text("Hvor var en enkel regel bedre?"), anchor=False)
    st.markdown(track_wording.losses_sentence(language, len(found), record.n_compared(run, source)))
    if not found:
        return
    table(context, track_tables.losses_table(language, run, found[:_FIRST_LOSSES]), "tab")
    if len(found) > _FIRST_LOSSES:
        with st.expander(language.text("Vis alle tab")):
            table(context, track_tables.losses_table(language, run, found), "alle_tab")


def _estimates(context: Context, run: RunView) -> None:
    """Staff's own estimates, where the accounts are known; nothing where none was handed in."""
    language, t = context.language, context.language.text
    unit = f"{language.money_unit}, {price_level_text(language, NOMINAL)}"
    caption = t("Egne skøn og fremskrivningen mod regnskabet, {unit}", unit=unit)
    rows = estimate_tables.estimates_of(run)
    shown = estimate_tables.estimates_table(language, run, rows, caption)
    if shown is None:
        return
    st.header(t("Egne skøn mod fremskrivningen"), anchor=False)
    said = estimate_tables.record_sentence(language, run)
    if said is not None:
        st.markdown(said)
    table(context, shown, "egne_skoen")
    lacking = estimate_tables.missing_sentence(language, run, rows)
    if lacking is not None:
        st.markdown(lacking)
    st.caption(estimate_tables.estimates_note(language))


def _earlier(context: Context, run: RunView, source: str) -> tuple[str, str] | None:
    language = context.language
    members = record.shown_members(run, source)
    if not members:
        return None
    st.header(language.text("Det ventede mod det, der kom"), anchor=False)
    names = {member: run.label(language, *member) for member in members}
    member = members[0]
    if len(members) > 1:
        member = st.selectbox(language.text("Vis for"), members, format_func=names.__getitem__, key="scored", width=460)
    rows = record.earlier(run, source, *member)
    shown = track_tables.months_table(language, rows, names[member])
    alt = track_wording.earlier_alt(language, rows, names[member])
    chart(context, charts.earlier_chart(rows, language, context.colours), shown, "tidligere", alt=alt)
    return member


def _services(context: Context, run: RunView, source: str) -> None:
    language = context.language
    st.header(language.text("Indsats for indsats"), anchor=False)
    names = {measure: track_wording.measure_label(language, measure) for measure in record.MEASURES}
    label = language.text("Hvad måles")
    measure = st.segmented_control(
        label, list(names), default=record.GROSS, format_func=names.__getitem__, required=True, key="measure"
    )
    table(context, track_tables.service_table(language, run, source, measure), "indsatser")
    st.caption(
        language.text(
            "MASE under 1: bedre end at gentage sidste år i den tid, modellen lærte af. Pinball måler både gættet og "
            "intervallet; lavere er bedre. Fejlen (WAPE) er, hvor meget der i gennemsnit rammes forkert, i procent "
            "af det, der kom."
        )
    )


if __name__ == "__main__":
    show(current())
