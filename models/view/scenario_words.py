"""A scenario in words: what each lever says, who is affected, what may be decided, what the state takes, what was left out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from models.scenario.by_provider import acting_share
from models.view.language import message
from models.view.levers import (
    interval_text,
    kind_label,
    marked_label,
    service_label,
    setting_label,
    target_label,
    variant_label,
    what_if_mark,
)
from models.view.run import rows_of
from models.view.wording import SMALL, amount_text, deviation_text, scenario_sentence, unframed_scenario_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from data.settings import Appeals
    from models.scenario import Comparison, Lever, Overlap, Scenario, ScenarioFault, ScenarioResult
    from models.view.language import Language
    from models.view.run import RunView
    from models.view.scenario_head import Headline

_RAMPS = {
    "linear": message("jævnt"),
    "front_loaded": message("mest i begyndelsen"),
    "back_loaded": message("mest til sidst"),
    "step": message("på én gang"),
}
_PURSES = {
    "paragraph": message("en anden paragraf"),
    "school": message("skolerne"),
    "region": message("regionen"),
    "state": message("staten"),
    "committee": message("et andet udvalg"),
}
_FAULTS = {
    "not_decided": message("er noget, der kun kan afprøves, ikke besluttes; brug siden Scenarier"),
    "never": message("kan aldrig vælges: det, den kræver, udelukker den"),
    "frame": message("nævner en ramme, som kørslen ikke har et budget for i det år"),
    "too_early": message("begynder, før den kan være sat i værk"),
    "twice": message("står to gange"),
    "cpr": message("indeholder noget, der ligner et cpr-nummer"),
    "unsafe_text": message("indeholder kode eller en formel"),
    "unknown_service": message("nævner en indsats, som kørslen ikke har; den kan være nedlagt"),
    "unknown_group": message("nævner en gruppe af indsatser, som kørslen ikke har"),
    "unknown_variant": message("vælger en befolkningsprognose, som kørslen ikke har"),
    "two_populations": message("vælger en befolkningsprognose, hvor en anden er valgt"),
    "unknown_frame": message("nævner en ramme, som kørslen ikke har eller ikke viser"),
    "unknown_kind": message("er af en slags, som opdrift ikke kender"),
    "outside_horizon": message("begynder eller slutter uden for de måneder, kørslen kender"),
    "few_citizens": message("rammer en indsats med få borgere, som ikke må flyttes for sig"),
    "price_level": message("har beløb i et andet prisniveau end kørslens"),
    "run": message("hører til en kørsel, der ikke længere er offentliggjort"),
    "out_of_range": message("har tal, der ikke kan være rigtige"),
    "interval": message("har et interval, der vender forkert"),
    "no_volume": message("kræver antal borgere, som kørslen ikke kender"),
    "no_newcomers": message("kræver antal nye borgere, som kørslen ikke kender"),
    "no_stays": message("kræver, at kørslen viser, hvor længe forløb varer; det gør den ikke her, eller for få slutter"),
    "no_services": message("nævner ingen indsats, som kørslen har"),
    "services": message("skal nævne én indsats, og den må ikke afløse sig selv"),
    "too_many_places": message("tager flere pladser hjem, end der er borgere"),
    "no_providers": message("nævner leverandører, hvis del af prisen kørslen ikke viser"),
    "no_such_provider": message("nævner leverandører, som indsatsen ikke har"),
    "no_refund_response": message("kræver, at kørslen viser, hvordan refusionen svarer"),
    "age_bands": message("nævner aldersgrupper, som kørslen ikke kan flytte for sig"),
    "not_by_age": message("nævner en alder; nye, varighed og hjemtagning kan kun flyttes for alle aldre"),
    "not_a_number": message("har noget, der ikke er et tal"),
    "too_long": message("har en tekst, der er for lang"),
    "too_many": message("er flere, end et scenarie kan have"),
    "undated": message("har en begyndelse, en slutning eller en indfasning, som dens slags ikke tager"),
    "new_year": message("skifter ved nytår, så den skal begynde i en januar"),
    "ramp": message("har en indfasning, der ikke kan læses"),
    "form": message("har et navn eller en måned, der ikke kan læses"),
    "type": message("har noget af en forkert slags"),
    "missing": message("mangler noget, den skal have"),
    "unknown_key": message("har et felt, der ikke hører til"),
    "provider": message("nævner en slags leverandør, der ikke findes"),
    "purse": message("nævner et sted, en besparelse ikke kan komme igen"),
    "no_json": message("er ikke JSON; brug en fil, som opdrift har gemt"),
    "version": message("er i en udgave, som opdrift ikke kan læse"),
}


def sentence(language: Language, head: Headline, *, is_neutral: bool) -> str:
    """The scenario's result in one sentence."""
    if head.only_refund:
        return language.text("Udgiften og rammen er de samme; kun refusionen fra staten flytter sig.")
    if head.has_frame and head.change == 0.0 and head.before != head.after:
        ends = {"before": deviation_text(language, head.before), "after": deviation_text(language, head.after)}
        return language.text(
            "Rammen er ændret, udgiften i {year} er den samme: fra {before} til {after}.", year=head.year, **ends
        )
    if head.has_frame:
        return scenario_sentence(language, head.before, head.after, head.year, is_neutral=is_neutral)
    return unframed_scenario_sentence(language, head.change, head.year, is_neutral=is_neutral)


def month_text(language: Language, month: str) -> str:
    """YYYY-MM in words."""
    return language.month(date(int(month[:4]), int(month[5:7]), 1))


def lever_sentence(lever: Lever, run: RunView, language: Language) -> str:
    """One lever in words: what, on whom, how much, from when, how surely, and who pays for it elsewhere."""
    t = language.text
    if lever.kind == "population_variant":
        return t("Befolkningen følger: {variant}.", variant=variant_label(lever.variant, language).lower())
    about = lever.of_kind
    named = f"{kind_label(about, language)}{what_if_mark(about, language)}, {target_label(lever, run, language)}"
    parts = [f"{named}: {setting_label(about, lever.value, language)}"]
    if lever.start:
        parts.append(t("fra {month}", month=month_text(language, lever.start)))
    if lever.end:
        parts.append(t("til og med {month}", month=month_text(language, lever.end)))
    if lever.ramp_months:
        parts.append(t("indfaset over {n} måneder ({ramp})", n=lever.ramp_months, ramp=t(_RAMPS[lever.ramp])))
    said = " ".join(parts) + "."
    if lever.option("refund_rate_pct", 0.0):
        rates = language.percent(lever.option("refund_rate_pct") / 100.0, signed=True)
        said += " " + t("Satserne ændres med {share}.", share=rates)
    said += "".join(f" {line}" for line in provider_lines(lever, run, language))
    likely = interval_text(lever, language)
    said += f" {likely[:1].upper()}{likely[1:]}." if likely else ""
    if lever.displacement is not None and lever.displacement.share_pct:
        share = language.percent(lever.displacement.share_pct / 100.0)
        frame, purse = lever.displacement.frame, t(_PURSES[lever.displacement.purse])
        if frame:
            name = run.label(language, "frame", frame)
            said += " " + t("{share} af besparelsen kommer igen i rammen {frame} og er talt med dér.", share=share, frame=name)
        else:
            said += " " + t("{share} af besparelsen kommer igen hos {purse}.", share=share, purse=purse)
    return said


def provider_lines(lever: Lever, run: RunView, language: Language) -> list[str]:
    """How much of a service's price a lever acts on, where it names kinds of provider; and of which months that share is."""
    if not lever.provider_types:
        return []
    services = [run.baseline.services[place] for place in run.baseline.members_of(lever)]
    parts = ", ".join(
        language.text(
            "{share} af {service}",
            share=language.percent(acting_share(run.baseline, lever, service)),
            service=service_label(run, service, language),
        )
        for service in services
    )
    return [language.text("Den virker på {parts} (del af udgiften i de nyeste 12 måneder).", parts=parts)]


def ramp_label(ramp: str, language: Language) -> str:
    """How a lever comes, in words."""
    return language.text(_RAMPS[ramp])


def purse_label(purse: str, language: Language) -> str:
    """Where a saving comes back as expenditure, in words."""
    return language.text(_PURSES[purse])


def scenario_lines(scenario: Scenario, run: RunView, language: Language) -> list[str]:
    """The whole scenario in words, one line a lever; rationale beside it where one is given."""
    lines = []
    for lever in scenario.levers:
        if lever.is_neutral and not lever.rationale:
            continue
        said = lever_sentence(lever, run, language)
        if lever.rationale:
            said += " " + language.text("Begrundelse: {text}", text=lever.rationale)
        lines.append(said)
    return lines


def people_sentence(people: pd.DataFrame, run: RunView, language: Language, year: int, scenario: Scenario) -> str:
    """Who is affected in one year, counted in people; small changes are not told.

    Args:
        people: ``citizens_affected``.
        run: The run.
        language: The page's language.
        year: Calendar year.
        scenario: What moves them.
    """
    t = language.text
    moves = any(
        lever.of_kind.step in {"demography", "volume", "substitution"} for lever in scenario.levers if not lever.is_neutral
    )
    if moves and people.empty:
        return t("Hvor mange borgere det berører, kan ikke vises: kørslen kender det ikke, eller det er skjult.")
    rows = list(rows_of(people[people["year"] == year]))
    told = [row for row in rows if not row.mask]
    if not rows:
        return t("Scenariet ændrer ikke, hvor mange borgere der får hjælp i {year}.", year=year)
    parts = []
    for row in sorted(told, key=lambda row: row.change_mean):
        name = service_label(run, row.service, language)
        few, many = sorted((abs(row.change_q10), abs(row.change_q90)))
        count = language.number(abs(row.change_mean), decimals=0)
        ends = (language.number(few, decimals=0), language.number(many, decimals=0))
        between = "" if ends[0] == ends[1] else t(" ({low}-{high})", low=ends[0], high=ends[1])
        if row.change_q10 < 0 < row.change_q90:
            less, more = (language.number(abs(value), decimals=0) for value in (row.change_q10, row.change_q90))
            between = t(" (fra {less} færre til {more} flere)", less=less, more=more)
        word = t("flere") if row.change_mean > 0 else t("færre")
        parts.append(t("{count} {word}{between} i {name}", count=count, word=word, between=between, name=name))
    said = t("I {year} får cirka {parts}.", year=year, parts=_joined(parts, language)) if parts else ""
    if len(told) < len(rows):
        hidden = t("Andre ændringer er så få borgere, at de ikke vises.") if told else t(
            "Ændringen i {year} er så få borgere, at den ikke vises.", year=year)  # fmt: skip
        said = f"{said} {hidden}".strip()
    return said


def _joined(parts: list[str], language: Language) -> str:
    return parts[0] if len(parts) == 1 else language.text("{first} og {last}", first=", ".join(parts[:-1]), last=parts[-1])


def overlap_sentences(
    overlaps: tuple[Overlap, ...], scenario: Scenario, run: RunView, language: Language, *, most: int
) -> list[str]:
    """Levers that reach the same help: the second finds fewer left; ``most`` pairs by name, then how many more there are."""
    said = []
    for overlap in overlaps[:most]:
        names = {
            place: marked_label(scenario.lever(name), run, language)
            for place, name in (("first", overlap.first), ("second", overlap.second))
        }
        told = message("„{first}“ og „{second}“ rammer den samme hjælp; den ene virker på det, den anden lader tilbage.")
        said.append(language.text(told, **names))
    if more := len(overlaps) - len(said):
        said.append(
            language.count(more, "{n} par til rammer også den samme hjælp.", "{n} andre par rammer også den samme hjælp.")
        )
    return said


def refund_sentence(language: Language, result: ScenarioResult, head: Headline) -> str:
    """What the state takes of it, or why that is not known; empty where nothing is moved."""
    if result.scenario.is_neutral:
        return ""
    year, moved = head.year, head.change
    change = result.refund.change(year)
    if change is None:
        return language.pick(result.refund.text_da, result.refund.text_en)
    if change == 0:
        moves = language.text("Refusionen ændres ikke i {year}.", year=year)
    elif max(abs(change), abs(moved), abs(moved - change)) < SMALL:
        small = message("Udgiften og refusionen ændres hver med {amount} i {year}.")
        alone = message("Refusionen ændres med {amount} i {year}.")
        moves = language.text(small if moved else alone, amount=amount_text(language, change), year=year)
    else:
        more = message("Staten giver {amount} mere i refusion, så kommunen selv mærker {net} i {year}.")
        less = message("Staten giver {amount} mindre i refusion, så kommunen selv mærker {net} i {year}.")
        net = (
            language.money(moved - change, signed=True) if abs(moved - change) >= SMALL else amount_text(language, moved - change)
        )
        moves = language.text(more if change > 0 else less, amount=amount_text(language, change), net=net, year=year)
    known = language.text("Udgifterne er før central refusion.")
    guess = language.text("Det er en forventning; grænser efter de kendte år er ikke verificeret.")
    told = f"{known} {moves} {guess}"
    of_levers = change - result.refund.by_rules(year)
    if moved * of_levers > 0 and abs(moved) >= SMALL:
        share = min(of_levers / moved, 1.0)
        said = language.percent(share) if share >= 0.005 else language.text("under {share}", share=language.percent(0.01))
        told += " " + language.text("Staten får eller betaler {share} af ændringen.", share=said)
    note = language.pick(result.refund.note_da, result.refund.note_en)
    return f"{told} {note}".strip()


def displaced_sentence(result: ScenarioResult, language: Language, year: int) -> str:
    """Gross and net of what is expected to rise elsewhere; empty where nothing is."""
    if not any(lever.displacement for lever in result.scenario.levers):
        return ""
    rows = result.effects[result.effects["year"] == year]
    displaced = float(rows["displaced"].sum())
    if displaced == 0.0:
        return ""
    if displaced < SMALL:
        return language.text("Heraf ventes {amount} at komme igen andre steder.", amount=amount_text(language, displaced))
    return language.text(
        "Brutto {gross}; {displaced} ventes at komme igen andre steder, så netto er det {net}.",
        gross=language.money(float(rows["effect"].sum()), signed=True),
        displaced=language.money(displaced),
        net=language.money(float(rows["net"].sum()), signed=True),
    )


def decide_points(scenario: Scenario, language: Language) -> list[str]:
    """What is the council's to decide of a scenario, lever by lever with its legal note and source."""
    t = language.text
    points = []
    kinds = dict.fromkeys(lever.kind for lever in scenario.levers if not lever.is_neutral)
    for kind in kinds:
        about = next(lever.of_kind for lever in scenario.levers if lever.kind == kind)
        word = t("kan besluttes") if about.decision == "decision" else t("er „hvad nu hvis“ og aldrig en besluttet besparelse")
        legal = language.pick(about.legal_da, about.legal_en)
        source = language.pick(about.legal_source_da, about.legal_source)
        source = t("Kilde: {source}.", source=source) if source else ""
        unseen = "" if about.is_law_seen else t("(Ikke verificeret.)")
        points.append(" ".join(part for part in (f"**{kind_label(about, language)}** {word}.", legal, source, unseen) if part))
    return points or [t("Intet er flyttet endnu. Hver skyder er mærket med, om den kan besluttes.")]


def complaints_text(language: Language, appeals: Appeals | None) -> str:
    """How often appeals changed a decision: nationally, and the municipality's own where given."""
    national = language.text(
        "Mere end en tredjedel af de påklagede afgørelser på socialområdet blev ændret eller hjemvist 2013-2021 "
        "(Rigsrevisionen, beretning 13/2021)."
    )
    if appeals is None:
        return f"{national} {language.text('Kommunens egen andel er ikke oplyst.')}"
    own = language.text(
        "I kommunen selv var det {share} i {year} ({source}).",
        share=language.percent(appeals.changed_pct / 100.0),
        year=appeals.year,
        source=appeals.source,
    )
    return f"{national} {own}"


def fault_sentence(fault: ScenarioFault, language: Language) -> str:
    """What of a scenario was left out, and why; nothing that people wrote is repeated."""
    why = language.text(_FAULTS.get(fault.code, message("kan ikke bruges på denne kørsel")))
    return language.text("En skyder {why}. Den er udeladt; resten står.", why=why)


def fault_lines(faults: tuple[ScenarioFault, ...], language: Language) -> list[str]:
    """What is wrong with a file, with its place; nothing that people wrote is repeated."""
    said = []
    for fault in faults[:20]:
        why = language.text(_FAULTS.get(fault.code, message("passer ikke med filens form")))
        value = f" ({fault.value})" if fault.value else ""
        said.append(f"{fault.where}{value}: {why}")
    if len(faults) > len(said):
        said.append(language.text("og {n} fejl til", n=len(faults) - len(said)))
    return said


def difference_lines(
    found: Comparison, names: Sequence[str], scenarios: Sequence[Scenario], run: RunView, language: Language
) -> list[str]:
    """Levers that differ between scenarios, each with its value in every one."""
    lines = []
    for lever_id, told in found.differences:
        lever = next(scenario.lever(lever_id) for scenario in scenarios if scenario.holds(lever_id))
        parts = [
            f"{name}: {_value_text(scenario, lever_id, language) if item is not None else language.text('ikke med')}"
            for name, scenario, item in zip(names, scenarios, told, strict=True)
        ]
        lines.append(f"{marked_label(lever, run, language)}. {'; '.join(parts)}")
    return lines


def _value_text(scenario: Scenario, lever_id: str, language: Language) -> str:
    lever = scenario.lever(lever_id)
    if lever.kind == "population_variant":
        return variant_label(lever.variant, language)
    return setting_label(lever.of_kind, lever.value, language)
