"""Forebyggelse: what an investment case is worth and to whom, how much rests on what is proven, whether the decided worked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages import case_form, decisions
from app_pages.parts import Context, begin, chart, current, draw, finish, noted, sentences, table
from data.follow_up_report import read_report
from models.investment.balance import balance, case_overlaps
from models.investment.reading import read_case
from models.investment.suggested import suggested_case
from models.investment.track_record import TrackRecord, with_haircut
from models.investment.worth import value_case
from models.scenario import ScenarioInvalid
from models.view import investment_charts, investment_tables
from models.view import investment_words as words
from models.view.blocks import list_html, paragraphs_html
from models.view.fault_words import fault_lines
from models.view.run import price_level_text
from models.view.workbook_prevention import prevention_workbook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.investment.balance import GradeShare
    from models.investment.case import Case
    from models.investment.worth import Worth
    from models.view.run import RunView

CASES = "investment_cases"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_CASES = 20


def show(context: Context) -> None:
    """Draw the page."""
    t = context.language.text
    run = begin(context, t("Forebyggelse"))
    if run is None:
        return
    st.markdown(
        t("Forebyggelse som en investering: hvad koster det, hvad ventes det at give, til hvem, og virkede det bagefter?")
    )
    report = read_report(context.settings.paths) if context.settings is not None else None
    st.header(t("Sager"), anchor=False)
    _take_in(context, run)
    worths, cut = _worths(context, run, report)
    shares = balance(run.baseline, worths)
    if worths:
        _cases(context, run, worths, cut, shares)
    else:
        st.info(t("Ingen sag er læst ind endnu. Læs en fil, udfyld formularen, eller prøv med et eksempel."))
    st.header(t("Opfølgning på besluttede sager"), anchor=False)
    _register(context, run, report)
    decisions.draw(context, run, _cases_kept(), report)
    if worths or (report and report["cases"]):
        st.download_button(
            t("Hent det hele som Excel"),
            noted(
                context, "opdrift_forebyggelse.xlsx",
                lambda: prevention_workbook(run, worths, cut, shares, report, context.language),
            ),
            file_name="opdrift_forebyggelse.xlsx", mime=XLSX, on_click="ignore", key="prevention_workbook",
            icon=":material/download:",
        )  # fmt: skip
    finish(context)


def _cases_kept() -> dict[str, Case]:
    kept: dict[str, Case] = st.session_state.setdefault(CASES, {})
    return kept


def _take_in(context: Context, run: RunView) -> None:
    """Read cases from files, from the form, or begin with an example."""
    t = context.language.text
    kept = _cases_kept()
    left, right = st.columns(2, gap="large")
    with left:
        given = st.file_uploader(
            t("Sager fra filer (JSON)"), type="json", accept_multiple_files=True, key="case_files", max_upload_size=1
        )
        for file in given or []:
            _read(context, file.getvalue(), kept)
    with right:
        if st.button(t("Prøv med et eksempel"), key="case_example"):
            example = suggested_case(run.baseline, t("Eksempel: færre i den dyreste indsats"))
            if example is not None:
                kept[example.case_id] = example
        if kept and st.button(t("Fjern alle sager"), key="case_clear"):
            kept.clear()
    with st.expander(t("Skriv en sag")):
        written = case_form.draw(context, run)
        if written is not None:
            _read(context, written.encode("utf-8"), kept)


def _read(context: Context, content: bytes, kept: dict[str, Case]) -> None:
    t = context.language.text
    try:
        case = read_case(content.decode("utf-8"))
    except UnicodeDecodeError:
        st.error(t("Filen er ikke tekst i UTF-8. Gem den som JSON, og prøv igen."))
        return
    except ScenarioInvalid as error:
        st.error(t("Sagen kan ikke bruges. Intet er læst ind:"))
        st.html(list_html(fault_lines(error.faults, context.language)))
        return
    if len(kept) < _MOST_CASES or case.case_id in kept:
        kept[case.case_id] = case
    else:
        st.warning(t("Højst {n} sager ad gangen. Fjern nogle først.", n=_MOST_CASES))


def _worths(context: Context, run: RunView, report: dict[str, Any] | None) -> tuple[list[Worth], list[Worth | None]]:
    """Value every case, cut by the own track record where that is asked for; else also what it would be if it were."""
    t = context.language.text
    record = TrackRecord(**report["track_record"]) if report else None
    kept = _cases_kept()
    cut = False
    if kept and record is not None:
        st.html(paragraphs_html([words.track_sentence(report["track_record"], context.language)]))  # type: ignore[index]
        if record.haircut_pct is not None:
            cut = st.toggle(t("Skær løfterne ned efter vores egen erfaring"), key="case_haircut")
    found: list[Worth] = []
    beside: list[Worth | None] = []
    suggested = record if record is not None and record.haircut_pct is not None else None
    for case in kept.values():
        asked = with_haircut(case, record) if cut and record is not None else case
        try:
            found.append(value_case(run.baseline, asked))
            beside.append(value_case(run.baseline, with_haircut(case, suggested)) if suggested and not cut else None)
        except ScenarioInvalid as error:
            st.warning(t("»{name}« kan ikke regnes på denne kørsel:", name=case.name))
            st.html(list_html(fault_lines(error.faults, context.language)))
    return found, beside


def _cases(context: Context, run: RunView, worths: list[Worth], cut: list[Worth | None], shares: Sequence[GradeShare]) -> None:
    language, t = context.language, context.language.text
    unit = t("{unit}, {level}", unit=language.money_unit, level=price_level_text(language, run.price_level))
    together = investment_tables.cases_table(worths, cut, language, t("Sager, {unit}", unit=unit))
    table(context, together, "sager")
    by_id = {worth.case.case_id: worth for worth in worths}
    chosen = st.selectbox(t("Vis sagen"), list(by_id), format_func=lambda key: by_id[key].case.name, key="case_shown")
    worth = by_id[chosen]
    with st.container(border=True):
        sentences(words.worth_sentences(worth, language))
        waiting = words.waiting_sentence(worth, language)
        st.html(paragraphs_html([*([worth.case.what] if worth.case.what else []), *([waiting] if waiting else [])]))
    years = investment_tables.years_table(worth, language, t("Kommunens netto pr. år, {unit}", unit=unit))
    alt = t("Kommunens netto, lagt sammen år for år; tallene står i tabellen under.")
    chart(context, investment_charts.running_sum_chart(worth, language, context.colours), years, "sag_aar", alt=alt)
    st.subheader(t("Hvem vinder, og hvem betaler?"), anchor=False)
    purses = investment_tables.purses_table(worth, language, t("Over ti år, ikke diskonteret, {unit}", unit=unit))
    table(context, purses, "sag_kasser")
    st.subheader(t("Hvad betyder mest?"), anchor=False)
    said = " ".join(words.swing_label(swing, language) + "." for swing in worth.swings)
    draw(context, investment_charts.tornado_chart(worth, language, context.colours), "tornado", alt=said)
    st.html(list_html(words.caveats(worth, language)))
    if len(worths) > 1:
        st.subheader(t("Sikkert og usikkert"), anchor=False)
        caption = t("Efter hvor godt virkningen kendes, {unit}", unit=unit)
        table(context, investment_tables.balance_table(shares, language, caption), "balance")
        names = {key: item.case.name for key, item in by_id.items()}
        overlaps = case_overlaps(run.baseline, worths)
        if overlaps:
            st.html(list_html([words.overlap_sentence(item, names, language) for item in overlaps]))
    pinned = replace(worth.case, run_id="")
    file = f"opdrift_{pinned.case_id}.json"
    st.download_button(
        t("Hent sagen som fil (JSON)"), noted(context, file, pinned.to_json), file_name=file, mime="application/json",
        on_click="ignore", key="case_download",
    )  # fmt: skip


def _register(context: Context, run: RunView, report: dict[str, Any] | None) -> None:
    """One line per decided case; behind it what came, beside what was expected and where nothing was done."""
    language, t = context.language, context.language.text
    if report is None or not report["cases"]:
        st.info(t("Ingen sag er besluttet endnu. Når en sag besluttes, fryses dens fremskrivning, så løftet kan følges op."))
        return
    if report["run_id"] != run.run_id:
        st.caption(t("Opfølgningen er fra kørsel {run}.", run=report["run_id"]))
    labels = investment_tables.labels_of(run, report["cases"], language)
    shown = investment_tables.register_lines(report["cases"], labels, language, t("Besluttede sager og besparelser"))
    table(context, shown, "register")
    measured = {line["decision_id"]: line for line in report["cases"] if line["effect"]}
    if measured:
        chosen = st.selectbox(
            t("Vis opfølgningen på"), list(measured), format_func=lambda key: measured[key]["name"] or key, key="followed_up"
        )
        line = measured[chosen]
        told = t("Det, der kom, måned for måned, ved siden af det, der var ventet uden indsatsen.")
        draw(context, investment_charts.effect_chart(line, language, context.colours), "virkning", alt=told)
        caption = t("Den samme regning, hvor intet blev gjort: så stor er støjen")
        table(context, investment_tables.placebo_table(line, labels, language, caption), "placebo")
    st.html(paragraphs_html([words.track_sentence(report["track_record"], language)]))


if __name__ == "__main__":
    show(current())
