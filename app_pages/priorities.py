"""Prioritering: which options keep the frame with the least taken from citizens; what is core, and what to argue about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import Context, begin, chart, current, draw, finish, noted, sentences, table
from app_pages.shared_answers import shared_answer
from models.priority.assessment import ratings_by_service
from models.priority.effects import default_years
from models.priority.prioritise import prioritise
from models.priority.reading import read_portfolio
from models.priority.suggested import suggested_portfolio
from models.scenario import ScenarioInvalid
from models.view import priority_charts, priority_tables, voices_tables
from models.view import priority_form as form
from models.view import priority_words as words
from models.view.blocks import list_html, paragraphs_html
from models.view.fault_words import fault_lines
from models.view.run import price_level_text
from models.view.workbook_priority import priority_workbook

if TYPE_CHECKING:
    from models.priority.option import Portfolio
    from models.priority.prioritise import Prioritised
    from models.view.run import RunView
    from models.view.tables import Shown

_UPLOAD_MB = 1
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(context: Context) -> None:
    """Draw the page."""
    t = context.language.text
    run = begin(context, t("Prioritering"))
    if run is None:
        return
    st.markdown(
        t("Hvilke muligheder holder rammen og tager mindst fra borgerne? Vægtene er jeres, og svaret er et regneeksempel.")
    )
    if not run.baseline.has_frames or not default_years(run.baseline):
        st.info(
            t("Kørslen har ingen ramme for et helt år frem i tiden, så der er intet at holde. Læg et budget ind, og kør igen.")
        )
        finish(context)
        return
    portfolio = _portfolio(context, run)
    if portfolio is not None:
        _weigh(context, run, _asked(context, run, portfolio))
    finish(context)


def _portfolio(context: Context, run: RunView) -> Portfolio | None:
    """The portfolio to weigh: opdrift's own to begin from, or a file."""
    t = context.language.text
    with st.expander(t("Hvilke muligheder?")):
        st.markdown(t("Begynd med opdrifts egne muligheder fra håndtagskataloget, eller læs jeres egne fra en fil (JSON)."))
        given = st.file_uploader(t("Muligheder fra en fil"), type="json", max_upload_size=_UPLOAD_MB, key="priority_file")
        danish = context.language.code == "da"
        own = suggested_portfolio(run.baseline, t("opdrifts egne muligheder"), danish=danish)
        st.download_button(
            t("Hent mulighederne som fil (JSON)"), noted(context, "opdrift_muligheder.json", own.to_json),
            file_name="opdrift_muligheder.json", mime="application/json", on_click="ignore", key="priority_template",
        )  # fmt: skip
    if given is None:
        return own
    try:
        return read_portfolio(given.getvalue().decode("utf-8"))
    except UnicodeDecodeError:
        st.error(t("Filen er ikke tekst i UTF-8. Gem den som JSON, og prøv igen."))
    except ScenarioInvalid as error:
        _faults(context, error)
    return None


def _faults(context: Context, error: ScenarioInvalid) -> None:
    st.error(context.language.text("Filen kan ikke bruges. Intet er læst ind:"))
    st.html(list_html(fault_lines(error.faults, context.language)))


def _asked(context: Context, run: RunView, portfolio: Portfolio) -> Portfolio:
    """The portfolio with what the committee sets on the page."""
    t = context.language.text
    left, right = st.columns(2, gap="large")
    with left:
        weight = st.slider(
            t("Vægt på borgernes vurdering (resten er økonomi)"), 0, 100, round(portfolio.citizens_weight_pct), 5, format="%d %%",
            key="priority_weight",
        )  # fmt: skip
        if not ratings_by_service(run.tables.get("citizen_ratings")):
            st.caption(t("Borgernes vurdering er ikke belyst, så vægten gør ingen forskel endnu."))
        certainty = st.slider(
            t("Så sikkert skal rammen holde"), 50, 95, round(portfolio.certainty_pct), 5, format="%d %%", key="priority_certainty"
        )
        reasonable = st.slider(
            t("Vægte, I finder rimelige"), 0, 100, tuple(round(value) for value in portfolio.reasonable_pct), 5, format="%d %%",
            key="priority_reasonable",
        )  # fmt: skip
    with right:
        st.markdown(t("Tilladt afvigelse fra rammen, {unit}", unit=context.language.money_unit))
        before = form.allowed_millions(portfolio, run.baseline)
        columns = st.columns(len(before))
        allowed = {
            year: column.number_input(str(year), -500.0, 500.0, value, 1.0, format="%.1f", key=f"priority_allowed_{year}")
            for (year, value), column in zip(before.items(), columns, strict=True)
        }
        together = st.toggle(t("Alle år skal holde på én gang"), value=portfolio.together, key="priority_together")
    return form.asked(portfolio, weight=weight, certainty=certainty, reasonable=reasonable, allowed=allowed, together=together)


def _weigh(context: Context, run: RunView, portfolio: Portfolio) -> None:
    """Weigh it, once for each question whoever asks it, with a progress bar; then show it."""
    ratings = ratings_by_service(run.tables.get("citizen_ratings"))
    labels = {
        "effects": context.language.text("Regner ud, hvad hver mulighed gør"),
        "optimum": context.language.text("Finder det bedste valg"),
        "curve": context.language.text("Vejer økonomi mod borgernes vurdering"),
        "robust": context.language.text("Ser, hvor sikkert hver mulighed er med"),
    }
    home = context.settings.paths.home if context.settings else None
    bar = st.progress(0.0, text=labels["effects"])

    def found() -> Prioritised:
        return prioritise(
            run.baseline, portfolio, ratings, min_citizens=context.min_citizens,
            told=lambda step, part: bar.progress(form.share_done(step, part), text=labels[step]),
        )  # fmt: skip

    try:
        answer = shared_answer((home, run.run_id, portfolio.portfolio_id, context.min_citizens), found)
    except ScenarioInvalid as error:
        _faults(context, error)
        return
    finally:
        bar.empty()
    _show(context, run, answer)


def _show(context: Context, run: RunView, found: Prioritised) -> None:
    language, t = context.language, context.language.text
    with st.container(border=True, key="priority_answer"):
        sentences([words.result_sentence(found, language)])
        st.html(paragraphs_html([words.worked_example(language), words.found_by(found, language)]))
    unit = t("{unit}, {level}", unit=language.money_unit, level=price_level_text(language, found.price_level))
    if found.optimum.shortfalls:
        st.warning(t("Det mangler for at holde rammen:"))
        st.html(list_html([words.shortfall_sentence(item, found, language) for item in found.optimum.shortfalls]))
    if found.ring:
        st.info(words.ring_sentence(found, language))
    st.header(t("Rammer"), anchor=False)
    table(
        context, priority_tables.frames_table(found, language, t("Rammer før og efter, {unit}", unit=unit)), "rammer_prioritering"
    )
    st.header(t("Muligheder"), anchor=False)
    st.caption(words.robust_sentence(found, language))
    alt = t("Hvor ofte hver mulighed er i det bedste valg. {lines}", lines=" ".join(_shares(found, context)))
    draw(context, priority_charts.robust_chart(found, language, context.colours), "robust", alt=alt)
    table(context, priority_tables.options_table(found, language, t("Muligheder, {unit}", unit=unit)), "muligheder")
    st.header(t("Økonomi og borgere"), anchor=False)
    curve = priority_tables.curve_table(found, language, t("Bedste valg ved hver vægt, {unit}", unit=unit))
    if len({(point.saved_dkk, point.points) for point in found.curve}) == 1:
        st.markdown(t("Det samme valg er bedst ved alle vægte."))
        with st.expander(t("Vis tabel")):
            table(context, curve, "kurve")
    else:
        told = t("Bedste valg mellem økonomi og borgernes vurdering; tallene står i tabellen under.")
        chart(context, priority_charts.curve_chart(found, language, context.colours), curve, "kurve", alt=told)
    _citizens(context, run)
    _take_along(context, run, found)


def _shares(found: Prioritised, context: Context) -> list[str]:
    language = context.language
    said = [
        (words.option_name(option.option_id, found), words.group_word(option.group, language), option.share)
        for option in found.options
    ]
    return [f"{name}: {group}, {language.percent(share)}." for name, group, share in said]


def _citizens(context: Context, run: RunView) -> None:
    t = context.language.text
    st.header(t("Borgernes vurdering"), anchor=False)
    ratings = run.tables.get("citizen_ratings")
    if ratings is None or ratings.empty:
        st.info(t("Ikke belyst: der er ikke læst nogen vurderinger ind, så borgernes vurdering vejer intet her."))
    else:
        st.caption(t("Hvad de, der får hjælpen, selv har svaret. En indsats uden vurdering er ikke belyst og vejer intet."))
        rated = voices_tables.ratings_table(run, context.language, t("Borgernes vurdering af indsatserne"))
        table(context, rated, "vurderinger")
    answers = voices_tables.answers_html(run, context.language)
    if answers:
        st.subheader(t("Hvad rådene svarede"), anchor=False)
        st.caption(t("Ordret. Svarene regnes ikke med."))
        st.html(answers)


def _voices(context: Context, run: RunView) -> list[tuple[str, Shown]]:
    t = context.language.text
    return [
        (t("Vurderinger"), voices_tables.ratings_table(run, context.language, t("Borgernes vurdering af indsatserne"))),
        (t("Høringssvar"), voices_tables.answers_table(run, context.language, t("Hvad rådene svarede"))),
    ]


def _take_along(context: Context, run: RunView, found: Prioritised) -> None:
    t = context.language.text
    left, right = st.columns(2)
    book, file = f"opdrift_{found.portfolio.portfolio_id}.xlsx", f"opdrift_{found.scenario.scenario_id}.json"
    sheets = noted(context, book, lambda: priority_workbook(found, run, context.language, _voices(context, run)))
    left.download_button(
        t("Hent prioriteringen som Excel"), sheets, file_name=book, mime=XLSX, on_click="ignore", key="priority_workbook",
        icon=":material/download:",
    )  # fmt: skip
    pinned = found.scenario.pinned(run.run_id, run.price_level)
    right.download_button(
        t("Hent valget som scenarie (JSON)"), noted(context, file, pinned.to_json), file_name=file, mime="application/json",
        on_click="ignore", key="priority_scenario",
    )  # fmt: skip


if __name__ == "__main__":
    show(current())
