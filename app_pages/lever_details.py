"""What can be set about one lever: start, pace, interval, further numbers, rise elsewhere, rationale; lock, reset, goal-seek."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.scenario_desk import forget_sliders
from models.scenario import Goal, ScenarioInvalid, goal_seek
from models.scenario.lever import PURSES, RAMPS
from models.view import lever_form, levers
from models.view import scenario_words as words
from models.view.blocks import as_text

if TYPE_CHECKING:
    from app_pages.parts import Context
    from app_pages.scenario_desk import Desk
    from models.scenario import Lever, Offer
    from models.view.language import Language
    from models.view.run import RunView


def draw_details(context: Context, desk: Desk, run: RunView, offer: Offer, year: int) -> None:
    """The panel of the lever that was asked for, beneath its slider."""
    language, t = context.language, context.language.text
    lever = desk.lever(offer.lever_id) or offer.at(0.0)
    with st.container(border=True, key="details"):
        st.markdown(f"**{t('Detaljer')}: {as_text(levers.lever_label(offer.lever, run, language))}**")
        _buttons(context, desk, run, offer, year)
        for line in desk.sought.get(offer.lever_id, []):
            st.info(line)
        if offer.lever_id in desk.locked:
            st.caption(t("Skyderen er låst: hverken et ryk, en nulstilling eller en søgning flytter den."))
        else:
            _form(context, desk, run, lever)
        _background(context, offer)


def _buttons(context: Context, desk: Desk, run: RunView, offer: Offer, year: int) -> None:
    t = context.language.text
    with st.container(horizontal=True):
        locked = offer.lever_id in desk.locked
        st.button(t("Lås op") if locked else t("Lås"), icon=":material/lock:", key="detail_lock",
                  on_click=_lock, args=(desk, offer.lever_id))  # fmt: skip
        st.button(t("Nulstil skyderen"), key="detail_reset", on_click=_clear, args=(desk, offer.lever_id),
                  disabled=locked or not desk.scenario.holds(offer.lever_id))  # fmt: skip
        if run.baseline.has_frames and offer.about.step != "refund":
            st.button(t("Find den værdi, der holder rammen i {year}", year=year), key="detail_seek", disabled=locked,
                      on_click=_seek, args=(context, desk, run, offer, year))  # fmt: skip
        st.button(t("Luk"), key="detail_close", on_click=_close, args=(desk,))


def _close(desk: Desk) -> None:
    desk.selected = ""


def _lock(desk: Desk, lever_id: str) -> None:
    desk.locked = desk.locked ^ {lever_id}
    forget_sliders()


def _clear(desk: Desk, lever_id: str) -> None:
    desk.to(desk.scenario.without(lever_id))
    forget_sliders()


def _seek(context: Context, desk: Desk, run: RunView, offer: Offer, year: int) -> None:
    """Seek the value that keeps the frame with the scenario's safety; the slider goes to the setting that surely does."""
    language, t = context.language, context.language.text
    try:
        started = desk.scenario.with_lever(desk.lever(offer.lever_id) or offer.at(offer.about.number("value") or 0.0))
        found = goal_seek(run.baseline, started, Goal(offer.lever_id, year))
    except ScenarioInvalid:
        desk.sought = {offer.lever_id: [t("Der kan ikke søges her: året har ingen ramme, eller den er skjult.")]}
        return
    wanted = language.percent(found.safety_pct / 100.0)
    if found.value is None or not (offer.holds(found.value) or offer.about.step == "frame"):
        said = t("Ingen værdi, der er belæg for, holder rammen i {year} med {wanted} sikkerhed.", year=year, wanted=wanted)
        if found.reason == "already":
            said = t("Rammen i {year} holder allerede med {wanted} sikkerhed.", year=year, wanted=wanted)
        desk.sought = {offer.lever_id: [said]}
        return
    value = offer.on_the_safe_side(found.value, kept_below=found.deviation_at_low <= 0.0)
    desk.to(found.scenario.with_lever(offer.at(value, found.scenario.lever(offer.lever_id))))
    setting = levers.setting_label(offer.about, value, language)
    told = [t("{setting} holder rammen i {year} med {wanted} sikkerhed.", setting=setting, year=year, wanted=wanted)]
    if not offer.holds(value):
        told.append(t("Det er længere, end skyderen rækker; tallet gælder."))
    desk.sought = {offer.lever_id: told}
    forget_sliders()


def _form(context: Context, desk: Desk, run: RunView, lever: Lever) -> None:
    language, t = context.language, context.language.text
    about = lever.of_kind
    typed: dict[str, object] = {}
    with st.form(f"details_{lever.lever_id}", border=False):
        if lever_form.is_dated(lever, run.baseline):
            first, last = st.columns(2, vertical_alignment="bottom")
            months, ends = (choices(lever, run.baseline) for choices in (lever_form.start_choices, lever_form.end_choices))
            typed["start"] = first.selectbox(
                t("Begynder"), months, index=months.index(lever.start),
                format_func=lambda month: words.month_text(language, month) if month else t("Første måned frem"),
            )  # fmt: skip
            typed["end"] = last.selectbox(
                t("Slutter"), ends, index=ends.index(lever.end),
                format_func=lambda month: words.month_text(language, month) if month else t("Bliver ved"),
            )  # fmt: skip
            if about.step != "refund":
                shape, pace = st.columns(2, vertical_alignment="bottom")
                typed["ramp"] = shape.selectbox(
                    t("Kommer"), list(RAMPS), index=RAMPS.index(lever.ramp),
                    format_func=lambda ramp: words.ramp_label(ramp, language),
                )  # fmt: skip
                typed["ramp_months"] = pace.text_input(t("Måneder til fuld virkning"), value=str(lever.ramp_months))
        ages = lever_form.age_choices(lever, run.baseline)
        if len(ages) > 1:
            typed["age_bands"] = st.selectbox(
                t("Alder"), list(ages), index=ages.index(lever_form.age_chosen(lever)),
                format_func=lambda age: t("{ages} år", ages=age) if age else t("Alle aldre"),
            )  # fmt: skip
        if told := lever_form.age_note(lever, run.baseline, language):
            st.caption(told)
        if about.is_uncertain:
            low, high = st.columns(2, vertical_alignment="bottom")
            unit = levers.unit_text(about, language)
            typed["low"] = low.text_input(
                t("Lav ende (4 ud af 5 gange), {unit}", unit=unit), value=lever_form.plain(about, lever.low, language)
            )
            typed["high"] = high.text_input(t("Høj ende, {unit}", unit=unit), value=lever_form.plain(about, lever.high, language))
        for number, option in enumerate(about.options):
            if number % 2 == 0:
                places = st.columns(2, vertical_alignment="bottom")
            typed[option.name] = places[number % 2].text_input(
                lever_form.option_label(option.name, language), value=lever_form.option_text(lever, option.name, language)
            )
        if about.moves_cost:
            _elsewhere(run, lever, typed, language)
        typed["rationale"] = st.text_area(t("Begrundelse (ingen navne eller cpr-numre)"), value=lever.rationale, height=90)
        typed["author"] = st.text_input(t("Hvem siger det (kontor eller udvalg)"), value=lever.author)
        if st.form_submit_button(t("Gem detaljer")):
            changed, faults = lever_form.with_details(desk.scenario, lever, typed, run.baseline, language)
            if faults:
                for fault in dict.fromkeys(lever_form.fault_text(fault, language) for fault in faults):
                    st.warning(fault)
                return
            desk.to(changed)
            st.rerun()


def _elsewhere(run: RunView, lever: Lever, typed: dict[str, object], language: Language) -> None:
    """Where a saving comes back as expenditure."""
    t = language.text
    purse, share = st.columns(2, vertical_alignment="bottom")
    purses = ["", *PURSES]
    typed["purse"] = purse.selectbox(
        t("Kommer igen hos"), purses, index=purses.index(lever.displacement.purse if lever.displacement else ""),
        format_func=lambda name: words.purse_label(name, language) if name else t("ingen"),
    )  # fmt: skip
    typed["share_pct"] = share.text_input(
        t("Del af besparelsen, procent"),
        value=language.number(lever.displacement.share_pct if lever.displacement else 0.0, decimals=0),
    )
    frames = [key for level, key in run.baseline.inside if level == "frame"] if run.baseline.has_frames else []
    lands = lever.displacement.frame if lever.displacement else ""
    typed["frame"] = st.selectbox(
        t("I rammen (tælles med dér)"), ["", *frames], index=["", *frames].index(lands) if lands in frames else 0,
        format_func=lambda key: run.label(language, "frame", key) if key else t("ingen"),
    )  # fmt: skip


def _background(context: Context, offer: Offer) -> None:
    language, t = context.language, context.language.text
    about = offer.about
    lines = [
        language.pick(about.evidence_da, about.evidence_en),
        language.pick(about.legal_da, about.legal_en),
        lever_form.source_text(about, language),
    ]
    with st.expander(t("Belæg, jura og kilder")):
        st.markdown("\n".join(f"- {line}" for line in lines if line))
