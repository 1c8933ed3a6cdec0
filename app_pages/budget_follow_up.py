"""Budgetopfølgning: the year's expected result per frame, why, by month, beside earlier follow-ups, and the technical budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages import coming_events
from app_pages.parts import Context, begin, chart, current, draw, finish, noted, sentences, table
from models.view import (
    alternatives,
    charts,
    citizens_tables,
    estimate_tables,
    follow_up_charts,
    follow_up_tables,
    provider_tables,
    refund_tables,
    wording,
    year_result,
)
from models.view import follow_up_wording as words
from models.view.blocks import as_text
from models.view.run import NOMINAL, TOTAL, price_level_text
from models.view.workbook import follow_up_workbook

if TYPE_CHECKING:
    from models.view.run import RunView


def show(context: Context) -> None:
    """Draw the page."""
    run = begin(context, context.language.text("Budgetopfølgning"))
    if run is None:
        return
    year = _year(context, run)
    if year is None:
        with st.container(border=True):
            for line in words.no_year(context.language, run):
                st.markdown(line)
    else:
        _glance(context, run, year)
        coming_events.draw(context, run, year)
        _member(context, run, year)
        _single_case(context, run, year)
        _radar(context, run)
        _estimates(context, run, year)
        _technical(context, run)
        _commitments(context, run, year)
    finish(context)


def _unit(context: Context, level: str = NOMINAL) -> str:
    return f"{context.language.money_unit}, {price_level_text(context.language, level)}"


def _year(context: Context, run: RunView) -> int | None:
    first = year_result.default_year(run)
    if first is None:
        return None
    label = context.language.text("Regnskabsår")
    return st.segmented_control(label, year_result.years(run), default=first, required=True, key="result_year")


def _glance(context: Context, run: RunView, year: int) -> None:
    t = context.language.text
    whole = year_result.find(run, context.language, year, TOTAL)
    with st.container(border=True):
        hidden = [t("Tallene er skjult, fordi de hviler på meget få borgere.")]
        sentences(hidden if whole is None else words.lead(context.language, run, whole))
    _download(context, run, year)
    st.header(t("Udvalg og rammer"), anchor=False)
    rows = year_result.glance(run, context.language, year)
    drawn = [row.as_outlook() for row in rows if row["deviation_mean"] == row["deviation_mean"]]
    if drawn:
        alt = " ".join(alternatives.outlook_alt(context.language, row) for row in drawn)
        draw(context, charts.deviation_chart(drawn, context.language, context.colours), "result", alt=alt)
        st.caption(
            t("Trekanten er det, der ventes. Stregen viser, hvor det ender 4 ud af 5 gange. Den lodrette streg er rammen.")
        )
    else:
        st.info(t("Der er intet budget for {year} endnu.", year=year))
    caption = t("Forventet regnskab {year}, {unit}", year=year, unit=_unit(context))
    table(context, follow_up_tables.glance_table(context.language, rows, caption), "opfoelgning")


def _download(context: Context, run: RunView, year: int) -> None:
    st.download_button(
        context.language.text("Hent opfølgningen som Excel"),
        noted(
            context, f"budgetopfoelgning_{year}.xlsx", lambda: follow_up_workbook(run, context.language, year, context.earlier())
        ),
        file_name=f"budgetopfoelgning_{year}.xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key="download_workbook",
        on_click="ignore",
        icon=":material/download:",
    )


def _member(context: Context, run: RunView, year: int) -> None:
    language, t = context.language, context.language.text
    shown = [row for row in year_result.glance(run, language, year) if not row.hidden]
    if not shown:
        return
    rows_by_key = {row.key: row for row in shown}
    st.header(t("Bag tallene"), anchor=False)
    chosen = st.segmented_control(
        t("Vis for"),
        list(rows_by_key),
        default=shown[0].key,
        format_func=lambda key: as_text(rows_by_key[key].label),
        required=True,
        key="result_member",
    )
    row = rows_by_key[chosen]
    key = (row.level, row.member)
    caption = t("{label} {year}: hver krone én gang, {unit}", label=row.label, year=year, unit=_unit(context))
    table(context, follow_up_tables.lines_table(language, row, caption), "linjer")
    st.caption(words.split_note(language, run, row))
    granted = words.granted_note(language, run, whole=key == TOTAL)
    if granted is not None:
        st.caption(as_text(granted))
    with st.expander(t("Indsatserne i {label}", label=as_text(row.label)), expanded=key != TOTAL):
        rows = year_result.services_of(run, language, year, key)
        caption = t("Indsatser {year}, {unit}", year=year, unit=_unit(context))
        table(context, follow_up_tables.services_table(language, rows, caption), "indsatser_aar")
        st.caption(as_text(words.services_note(language, rows)))
    _refund(context, run, row)
    _known(context, run, key)
    _prices(context, run, year, key)
    _bridge(context, run, year, key)
    _months(context, run, year, key)
    _earlier(context, run, year, key)


def _refund(context: Context, run: RunView, row: year_result.Result) -> None:
    language, t = context.language, context.language.text
    st.subheader(t("Central refusion"), anchor=False)
    caption = t("Brutto, central refusion og netto, {unit}", unit=_unit(context))
    shown = refund_tables.refund_table(language, run, (row.level, row.member), caption)
    if shown is not None:
        table(context, shown, "refusion")
    why = refund_tables.gross_sentence(language, run, row)
    if why is not None:
        st.markdown(why)
    said = refund_tables.next_krone_sentence(language, run, row.year)
    if said is not None:
        st.markdown(said)
    for line in refund_tables.caveats(language, run):
        st.caption(as_text(line))


def _single_case(context: Context, run: RunView, year: int) -> None:
    language, t = context.language, context.language.text
    if refund_tables.thresholds_of(run, year).empty:
        return
    st.header(t("Hvad én ny dyr sag gør"), anchor=False)
    said, ahead = refund_tables.case_year_sentence(language, run, year), refund_tables.case_year(run, year)
    if said is not None:
        st.markdown(said)
    if ahead is None:
        return
    amount, month = st.columns(2)
    millions = amount.number_input(
        t("Pris for et helt år, {unit}", unit=language.money_unit),
        min_value=0.0, max_value=20.0, value=refund_tables.USUAL_MILLIONS, step=0.1, format="%.1f", key="case_amount",
    )  # fmt: skip
    names = refund_tables.case_months(language, run, ahead)
    key = f"case_month_{ahead}_{min(names)}"  # a month that was chosen of another year is none of this one's
    first = month.selectbox(t("Fra og med"), list(names), format_func=names.__getitem__, key=key)
    caption = t("Én ny sag i {year}, {unit}", year=ahead, unit=_unit(context))
    rows = year_result.glance(run, language, ahead)
    shown = refund_tables.single_case_table(language, run, rows, ahead, caption, millions=millions, first_month=first)
    if shown is not None:
        table(context, shown, "ny_sag")
    st.caption(
        t("Regnet for en borger uden anden hjælp, måned for måned. Rammen er uden refusion, så risikoen følger bruttoudgiften.")
    )


def _known(context: Context, run: RunView, key: tuple[str, str]) -> None:
    language, t = context.language, context.language.text
    said = citizens_tables.known_sentence(language, run, *key)
    shown = citizens_tables.known_table(language, run, *key, t("Kendte og nye borgere, helårsborgere"))
    if said is None or shown is None:
        return
    st.subheader(t("Kendte og nye borgere"), anchor=False)
    sentences([said])
    with st.expander(t("Vis tabel")):
        table(context, shown, "kendte_borgere")


def _prices(context: Context, run: RunView, year: int, key: tuple[str, str]) -> None:
    language, t = context.language, context.language.text
    kinds = provider_tables.types_table(language, run, key, t("Pris og mængde efter leverandør, seneste 12 måneder"))
    unknown = words.prices_unknown(language, run)
    if kinds is None and unknown is None:
        return
    st.subheader(t("Pris og mængde"), anchor=False)
    if kinds is None:
        st.info(unknown)
        return
    said = provider_tables.curve_sentence(language, run, key)
    lines = [*provider_tables.price_sentences(language, run, key), *([said] if said is not None else [])]
    if lines:
        sentences(lines)
    table(context, kinds, "leverandoerer")
    st.caption(provider_tables.price_note(language))
    services = [row.member for row in year_result.services_of(run, language, year, key)]
    frame = key[1] if key[0] == "frame" else ""
    curve = provider_tables.curve_table(language, run, key, t("Hvor få borgere udgiften hviler på, seneste 12 måneder"))
    if curve is not None and said is not None:
        rows = provider_tables.curve_of(run, *key)
        chart(context, follow_up_charts.share_curve(rows, language, context.colours), curve, "andelskurve", alt=said)
    more = (
        (
            provider_tables.services_table(language, run, services, t("Indsatser efter leverandør, seneste 12 måneder")),
            "indsats_pris",
        ),
        (provider_tables.providers_table(language, run, frame, t("De største leverandører, seneste 12 måneder")), "stoerste"),
    )
    with st.expander(t("Vis indsatser og de største leverandører")):
        for shown, name in more:
            if shown is not None:
                table(context, shown, name)


def _radar(context: Context, run: RunView) -> None:
    language, t = context.language, context.language.text
    unit = _unit(context, run.price_level)
    years = citizens_tables.radar_table(language, run, t("Fylder 18 eller 23 år, {unit}", unit=unit), quarters=False)
    quarters = citizens_tables.radar_table(language, run, t("Kvartal for kvartal, {unit}", unit=unit), quarters=True)
    unknown = words.radar_unknown(language, run)
    if (years is None or quarters is None) and unknown is None:
        return
    st.header(t("Fylder 18 eller 23 år"), anchor=False)
    if years is None or quarters is None:
        st.info(as_text(str(unknown)))
        return
    st.caption(
        t(
            "Borgere, der er kendt i dag og når alderen. Hvor de ventes hen, følger dem, der er gået samme vej; prisen dér er "
            "den, som nye borgere i indsatsen har haft de seneste fire år. Om den enkelte siges intet. Indsatserne står år for "
            "år. Kvartalerne viser kun det samlede tal: i et kvartal er grupperne så små, at en borger kunne kendes."
        )
    )
    sides = citizens_tables.sides_table(language, run, t("Ind og ud af udvalgene, {unit}", unit=unit))
    if sides is not None:
        table(context, sides, "ind_og_ud")
        st.caption(
            t(
                "Den, der går fra et udvalg til et andet, står under begge: ud til den pris, indsatsen har i dag, ind til "
                "prisen i den nye indsats."
            )
        )
    left = citizens_tables.left_table(language, run, t("Indsatser, der forlades, {unit}", unit=unit))
    with st.expander(t("Vis tabel")):
        table(context, years, "fylder_aar")
        table(context, quarters, "fylder_kvartal")
        if left is not None:
            table(context, left, "forlades")


def _bridge(context: Context, run: RunView, year: int, key: tuple[str, str]) -> None:
    language, t = context.language, context.language.text
    st.subheader(t("Fra budget til forventet forbrug"), anchor=False)
    found = year_result.bridge(run, year, key)
    if found is None or not found.effects:
        st.info(
            t("Vejen fra budget til resultat kan ikke vises her: der mangler et budget eller et helt år før {year}.", year=year)
        )
        return
    sentences([words.bridge_sentence(language, found)])
    caption = t("Fra korrigeret budget til forventet forbrug {year}, {unit}", year=year, unit=_unit(context))
    shown = follow_up_tables.bridge_table(language, found, caption)
    drawn = follow_up_charts.bridge_chart(found, language, context.colours)
    chart(context, drawn, shown, "bro", alt=words.bridge_alt(language, found))
    st.caption(words.bridge_note(language))


def _months(context: Context, run: RunView, year: int, key: tuple[str, str]) -> None:
    language, t = context.language, context.language.text
    st.subheader(t("Måned for måned"), anchor=False)
    rows = year_result.months(run, year, key)
    if rows.empty:
        st.info(t("Måneder vises for det år, data slutter i, og året efter. Måneder, der hviler på meget få borgere, er skjult."))
        return
    caption = t("Måned for måned {year}, {unit}", year=year, unit=_unit(context))
    shown = follow_up_tables.months_table(language, rows, caption)
    drawn = follow_up_charts.months_chart(rows, language, context.colours)
    chart(context, drawn, shown, "maaneder", alt=words.months_alt(language, year_result.standing(rows)))


def _earlier(context: Context, run: RunView, year: int, key: tuple[str, str]) -> None:
    language, t = context.language, context.language.text
    st.subheader(t("De seneste opfølgninger"), anchor=False)
    line = year_result.follow_ups(run, context.earlier(), year)
    if len(line) == 1:
        st.info(words.no_follow_ups(language))
        return
    caption = t("Opfølgninger på {year} ved siden af hinanden, {unit}", year=year, unit=_unit(context))
    table(context, follow_up_tables.follow_ups_table(language, line, year, key, caption), "opfoelgninger")
    changed = t("Hvad der har flyttet det forventede forbrug, {unit}", unit=_unit(context))
    moved = follow_up_tables.moved_table(language, line, year, key, changed)
    if moved is None:
        st.caption(t("Hvad der har flyttet sig, kan ikke vises her."))
    else:
        table(context, moved, "flyttet")


def _estimates(context: Context, run: RunView, year: int) -> None:
    language, t = context.language, context.language.text
    caption = t("Egne skøn af {year} ved siden af fremskrivningen, {unit}", year=year, unit=_unit(context))
    rows = estimate_tables.estimates_of(run, year)
    shown = estimate_tables.estimates_table(language, run, rows, caption)
    if shown is None:
        return
    st.header(t("Egne skøn ved siden af"), anchor=False)
    table(context, shown, "egne_skoen")
    lacking = estimate_tables.missing_sentence(language, run, rows)
    if lacking is not None:
        st.markdown(lacking)
    st.caption(estimate_tables.estimates_note(language))


def _technical(context: Context, run: RunView) -> None:
    language, t = context.language, context.language.text
    rows = year_result.technical_budget(run, language)
    if not rows:
        return
    st.header(t("Teknisk budget: næste år og overslagsår"), anchor=False)
    caption = t("Teknisk budget mod det senest vedtagne, {unit}", unit=_unit(context, run.price_level))
    table(context, follow_up_tables.technical_table(language, rows, caption), "teknisk_budget")
    st.caption(wording.calibration_sentence(language, run.calibrated_months, widened=run.widened))


def _commitments(context: Context, run: RunView, year: int) -> None:
    language, t = context.language, context.language.text
    caption = t("Disponeret mod sagslisten {year}, {unit}", year=year, unit=_unit(context))
    shown = follow_up_tables.commitments_table(language, run, year, caption)
    if shown is None:
        return
    st.header(t("Disponeret mod sagslisten"), anchor=False)
    st.caption(
        t("En disponering erstatter skønnet for sin sag og lægges aldrig oveni. Disponeringer uden kendt sag er kun vist.")
    )
    with st.expander(t("Vis tabel")):
        table(context, shown, "disponeret")


if __name__ == "__main__":
    show(current())
