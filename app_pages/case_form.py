"""The form of an investment case: it writes the same file that can be read in, so both are checked alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from models.investment.case import GRADES, PURSES
from models.investment.reading import case_text
from models.view.decision_words import month_label
from models.view.investment_words import other_purse_word, purse_word
from models.view.levers import service_label
from models.view.priority_words import grade_word

if TYPE_CHECKING:
    from app_pages.parts import Context
    from models.view.run import RunView

_COST_YEARS, _OTHERS = 4, 2


def draw(context: Context, run: RunView) -> str | None:
    """Draw the form; when it is sent, its case as JSON."""
    t = context.language.text
    months = [f"{month:%Y-%m}" for month in run.baseline.months]
    with st.form("case_form", border=False):
        about = _who(context, run, months)
        promise = _promise(context)
        costs, payer = _costs(context, int(months[0][:4]))
        st.markdown(t("Andre, der vinder eller betaler, når den virker fuldt, {unit} om året", unit=context.language.money_unit))
        others = [_other(context, place) for place in range(_OTHERS)]
        trial = _trial(context)
        evidence = _evidence(context)
        sent = st.form_submit_button(t("Regn på sagen"))
    if not sent:
        return None
    case = about | {"promise": promise, "evidence": evidence, "price_level": run.price_level}
    return case_text(case, costs_millions=costs, payer=payer, others=others, trial=trial)


def _who(context: Context, run: RunView, months: list[str]) -> dict[str, Any]:
    """Name, what is done, for whom, and from when."""
    t = context.language.text
    shown = [service for service, is_shown in zip(run.baseline.services, run.baseline.shown, strict=True) if is_shown]
    name = st.text_input(t("Sagens navn"), max_chars=120)
    what = st.text_area(t("Hvad gøres der?"), max_chars=2000)
    services = st.multiselect(
        t("Indsatser, den ændrer"),
        shown,
        format_func=lambda key: service_label(run, key, context.language),
        placeholder=t("Vælg indsatser"),
    )
    one, two, three = st.columns(3)
    ages = one.text_input(t("Alder, fx 6-17 eller 67+ (tom: alle)"))
    number = two.number_input(t("Antal borgere, der skal deltage"), 0, 100_000, 20, 1)
    start = three.selectbox(t("Begynder"), months, format_func=lambda month: month_label(month, context.language))
    return {
        "name": name, "what": what, "services": services, "ages": ages.replace(" ", ""), "n_citizens": number, "start": start,
    }  # fmt: skip


def _promise(context: Context) -> dict[str, Any]:
    """The effect when it works in full, how likely it is, and when."""
    t = context.language.text
    st.markdown(t("Virkning, når den virker fuldt (negativ: færre)"))
    one, two, three, four = st.columns(4)
    unit = one.selectbox(
        t("Enhed"),
        ["citizens", "pct"],
        format_func=lambda key: t("borgere") if key == "citizens" else t("procent af borgerne"),
    )
    value = two.number_input(t("Mest sandsynligt"), -1000.0, 1000.0, -2.0, 0.5, format="%g")
    low = three.number_input(t("Lavt (1 ud af 10)"), -1000.0, 1000.0, -4.0, 0.5, format="%g")
    high = four.number_input(t("Højt (1 ud af 10)"), -1000.0, 1000.0, 0.0, 0.5, format="%g")
    one, two, three, four = st.columns(4)
    chance = one.number_input(t("Virker overhovedet, %"), 0.0, 100.0, 60.0, 5.0, format="%g")
    lag = two.number_input(t("Måneder til virkning"), 0, 240, 12, 1)
    ramp = three.number_input(t("Måneder til fuld virkning"), 0, 240, 12, 1)
    fading = four.number_input(t("Aftager, % om året"), 0.0, 100.0, 0.0, 5.0, format="%g")
    share = st.number_input(t("Del af prisen, der spares, når én færre får hjælpen, %"), 0.0, 100.0, 80.0, 5.0, format="%g")
    return {
        "unit": unit, "value": value, "low": low, "high": high, "probability_pct": chance, "lag_months": lag, "ramp_months": ramp,
        "fading_pct_per_year": fading, "marginal_share_pct": share,
    }  # fmt: skip


def _costs(context: Context, first_year: int) -> tuple[dict[int, float], str]:
    """Millions by year, and who pays them."""
    t = context.language.text
    st.markdown(t("Pris, {unit}", unit=context.language.money_unit))
    costs = {
        year: column.number_input(str(year), 0.0, 1000.0, 0.0, 0.1, format="%g", key=f"case_cost_{year}")
        for year, column in zip(range(first_year, first_year + _COST_YEARS), st.columns(_COST_YEARS), strict=True)
    }
    payer = st.selectbox(
        t("Hvem betaler indsatsen?"), PURSES, format_func=lambda key: purse_word(key, "", context.language), key="case_payer"
    )
    return costs, payer


def _trial(context: Context) -> dict[str, float]:
    """A trial first: how long, its price in millions, and how often it is right."""
    t = context.language.text
    st.markdown(t("Et forsøg først (0 måneder: intet forsøg)"))
    one, two, three, four = st.columns(4)
    price = t("Pris, {unit}", unit=context.language.money_unit)
    finds, false_alarm = t("Finder en virkning, der er der, %"), t("Finder en, der ikke er der, %")
    return {
        "months": one.number_input(t("Måneder"), 0, 60, 0, 1, key="case_trial_months"),
        "cost_millions": two.number_input(price, 0.0, 1000.0, 0.0, 0.1, format="%g", key="case_trial_cost"),
        "finds_pct": three.number_input(finds, 0.0, 100.0, 80.0, 5.0, format="%g", key="case_trial_finds"),
        "false_alarm_pct": four.number_input(false_alarm, 0.0, 100.0, 20.0, 5.0, format="%g", key="case_trial_false"),
    }


def _evidence(context: Context) -> dict[str, str]:
    t = context.language.text
    one, two = st.columns(2)
    grade = one.selectbox(
        t("Hvor godt kendes virkningen?"),
        GRADES,
        index=len(GRADES) - 1,
        format_func=lambda key: grade_word(key, context.language),
    )
    return {"grade": grade, "source": two.text_input(t("Kilde"), max_chars=120)}


def _other(context: Context, place: int) -> tuple[str, str, float]:
    """Another purse: which, its name, and millions a year that it pays; negative: it gains."""
    t = context.language.text
    one, two, three = st.columns(3)
    purse = one.selectbox(
        t("Kasse"), ["", *PURSES], format_func=lambda key: other_purse_word(key, context.language), key=f"case_other_{place}"
    )
    name = two.text_input(t("Navn"), max_chars=120, key=f"case_other_name_{place}")
    return (
        purse,
        name,
        three.number_input(t("Betaler (negativ: vinder)"), -1000.0, 1000.0, 0.0, 0.1, format="%g", key=f"case_other_dkk_{place}"),
    )
