"""Overblik: frame against forecast, the fan, the drift, and three sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import Context, begin, chart, current, draw, finish, sentences, table
from models.view import alternatives, charts, figures, tables, wording
from models.view.run import price_level_text

if TYPE_CHECKING:
    from models.view.run import RunView


def show(context: Context) -> None:
    """Draw the page."""
    t = context.language.text
    run = begin(context, t("Overblik"))
    if run is None:
        return
    year = _year(context, run)
    if year is not None:
        _sentences(context, run, year)
        _frames(context, run, year)
    member = _member(context, run)
    _pressure(context, run, member)
    _drift(context, run, member)
    _reservations(context, run)
    finish(context)


def _year(context: Context, run: RunView) -> int | None:
    years = figures.outlook_years(run)
    first = figures.default_year(run)
    if first is None:
        st.info(context.language.text("Kørslen har intet år, der kan vises: alle tal er skjult for at beskytte borgere."))
        return None
    label = context.language.text("Regnskabsår") if run.baseline.has_frames else context.language.text("År")
    return st.segmented_control(label, years, default=first, required=True, key="year")


def _sentences(context: Context, run: RunView, year: int) -> None:
    lines = wording.lead(context.language, run, year)
    with st.container(border=True):
        sentences(lines)


def _frames(context: Context, run: RunView, year: int) -> None:
    t = context.language.text
    st.header(t("Rammerne i {year}", year=year), anchor=False)
    if not run.baseline.has_frames:
        st.info(t("Der er ingen rammer i data. Læg filerne frames og budget i indbakken, så vises afvigelsen fra rammen her."))
        return
    rows = figures.outlook(run, year, t("I alt"))
    level = price_level_text(context.language, run.price_level)
    caption = t("Ramme og forventet regnskab {year}, {unit}, {level}", year=year, unit=context.language.money_unit, level=level)
    shown = tables.outlook_table(context.language, rows, caption)
    drawn = [row for row in rows if row.deviation == row.deviation]
    if drawn:
        alt = " ".join(alternatives.outlook_alt(context.language, row) for row in drawn)
        draw(context, charts.deviation_chart(drawn, context.language, context.colours), "frames", alt=alt)
        st.caption(
            t("Trekanten er det, der ventes. Stregen viser, hvor det ender 4 ud af 5 gange. Den lodrette streg er rammen.")
        )
    else:
        st.info(t("Der er intet budget for {year} endnu.", year=year))
    table(context, shown, "rammer")
    if run.baseline.hidden:
        st.caption(t("Nogle tal er skjult, fordi de hviler på meget få borgere."))


def _member(context: Context, run: RunView) -> tuple[str, str]:
    t = context.language.text
    st.header(t("Udgifterne over tid"), anchor=False)
    members = figures.shown_members(run)
    if len(members) == 1:
        return members[0]
    names = {member: run.label(context.language, *member) for member in members}
    return st.selectbox(t("Vis for"), members, format_func=names.__getitem__, key="member", width=460)


def _pressure(context: Context, run: RunView, member: tuple[str, str]) -> None:
    t = context.language.text
    names = {level: price_level_text(context.language, level) for level in figures.price_levels(run)}
    level = next(iter(names))
    if len(names) > 1:
        level = st.segmented_control(
            t("Prisniveau"), list(names), default=level, format_func=names.__getitem__, required=True, key="price_level"
        )
    years = figures.pressure(run, *member, level)
    if years.empty:
        st.info(t("Tallene er skjult, fordi de hviler på meget få borgere."))
        return
    unit = f"{context.language.money_unit}, {names[level]}"
    caption = t("Bruttoudgift efter det år, hjælpen er givet, {unit}", unit=unit)
    shown = tables.pressure_table(context.language, years, caption)
    drawn = charts.fan_chart(years, context.language, context.colours, unit=unit)
    chart(context, drawn, shown, "udgifter", alt=alternatives.pressure_alt(context.language, years, names[level]))
    st.caption(alternatives.fan_note(context.language))
    st.caption(wording.calibration_sentence(context.language, run.calibrated_months, widened=run.widened))


def _drift(context: Context, run: RunView, member: tuple[str, str]) -> None:
    t = context.language.text
    st.header(t("Hvorfor ændrer udgiften sig?"), anchor=False)
    names = {"actual": t("Sidste 12 måneder mod de 12 før"), "outlook": t("Næste år mod de sidste 12 måneder")}
    comparison = st.segmented_control(
        t("Sammenlign"), list(names), default="actual", format_func=names.__getitem__, required=True, key="comparison"
    )
    drift = figures.drift(run, comparison, *member)
    if drift is None:
        st.info(t("Forklaringen kan ikke vises her: enten mangler data, eller tallene hviler på meget få borgere."))
        return
    level = price_level_text(context.language, "nominal")
    caption = t("Ændring i bruttoudgiften, {unit}, {level}", unit=context.language.money_unit, level=level)
    shown = tables.drift_table(context.language, drift, caption)
    sentences([wording.drift_sentence(context.language, drift, comparison), wording.from_to(context.language, drift)])
    if drift.shown:
        alt = alternatives.drift_alt(context.language, drift)
        chart(context, charts.drift_chart(drift, context.language, context.colours), shown, "aendring", alt=alt)
        with st.expander(t("Hvad betyder hver bjælke?")):
            sentences(wording.driver_sentences(context.language, drift))
    else:
        st.info(t("Forklaringerne er skjult, fordi de kunne røbe få borgeres udgifter."))
    _ages(context, run, drift, caption)


def _ages(context: Context, run: RunView, drift: figures.Drift, caption: str) -> None:
    t = context.language.text
    st.subheader(t("Fordelt på alder"), anchor=False)
    if not drift.knows_ages:
        st.info(t("Kørslen kender ikke borgernes alder, så ændringen kan ikke deles på aldersgrupper."))
    elif not drift.shown_ages:
        st.info(t("Fordelingen på alder er skjult, fordi den kunne røbe få borgeres udgifter."))
    else:
        sentences([wording.elderly_answer(context.language, drift)])
        if run.joins_ages:
            st.caption(
                t("Aldersgrupper med få borgere er lagt til en nabogruppe. Tallene pr. aldersgruppe er derfor omtrentlige.")
            )
        ages = tables.age_table(context.language, drift, caption)
        drawn = charts.age_chart(drift, context.language, context.colours)
        chart(context, drawn, ages, "alder", alt=alternatives.age_alt(context.language, drift))


def _reservations(context: Context, run: RunView) -> None:
    t = context.language.text
    st.header(t("Forbehold"), anchor=False)
    notices = tables.notices_table(context.language, run)
    if notices.rows:
        table(context, notices, "forbehold")
    with st.expander(t("Hvordan hver indsats er fremskrevet")):
        table(context, tables.methods_table(context.language, run.tables["services"]), "grundlag")


if __name__ == "__main__":
    show(current())
