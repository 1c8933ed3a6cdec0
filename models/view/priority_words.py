"""A weighed portfolio in words: what was found and how, why each option is in or out, and what a frame lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.priority.optimum import ENUMERATED
from models.priority.robust import FUTURES
from models.priority.solve import CLOCK_ENDED
from models.view.language import message
from models.view.wording import chance_text, deviation_text

if TYPE_CHECKING:
    from models.priority.optimum import Shortfall
    from models.priority.prioritise import FrameResult, OptionResult, Prioritised
    from models.view.language import Language

_GROUPS = {"core": message("kerne"), "borderline": message("grænse"), "out": message("ude")}
_GRADES = {
    "tested": message("afprøvet med virkning"),
    "promising": message("lovende"),
    "own_trial": message("eget forsøg"),
    "none": message("ingen viden om virkning"),
}


def group_word(group: str, language: Language) -> str:
    """Core, borderline or out."""
    return language.text(_GROUPS[group])


def grade_word(grade: str, language: Language) -> str:
    """How well an effect is known."""
    return language.text(_GRADES[grade])


def worked_example(language: Language) -> str:
    """What every optimum is."""
    return language.text(
        "Regneeksempel: det følger af de muligheder, vurderinger og vægte, der er lagt ind, og er ikke en anbefaling."
    )


def years_word(found: Prioritised, language: Language) -> str:
    """The years that were weighed."""
    years = sorted({frame.year for frame in found.frames})
    if len(years) == 1:
        return str(years[0])
    return language.text("{first} til {last}", first=years[0], last=years[-1])


def result_sentence(found: Prioritised, language: Language) -> str:
    """What the choice comes to, in one sentence."""
    t = language.text
    chosen = [option for option in found.options if option.level_id]
    years = years_word(found, language)
    if not found.optimum.feasible:
        return t("Ingen kombination af mulighederne holder rammen så sikkert, som I ønsker. Her er den, der kommer nærmest.")
    if not chosen:
        return t("Rammen holder så sikkert, som I ønsker, uden at noget vælges.")
    amount = language.money(abs(found.saved_dkk))
    count = language.count(len(chosen), "{n} mulighed", "{n} muligheder")
    if found.saved_dkk >= 0:
        return t("{count} er valgt. De ventes at spare {amount} i alt, {years}.", count=count, amount=amount, years=years)
    return t("{count} er valgt. De ventes at koste {amount} i alt, {years}.", count=count, amount=amount, years=years)


def found_by(found: Prioritised, language: Language) -> str:
    """How the choice was found, and how exact it is."""
    t, optimum = language.text, found.optimum
    if optimum.method == ENUMERATED:
        choices = language.number(optimum.n_choices, decimals=0)
        draws = language.number(optimum.n_draws, decimals=0)
        return t("Alle {choices} tilladte kombinationer er regnet igennem på alle {draws} udfald; intet bedre findes.",
                 choices=choices, draws=draws)  # fmt: skip
    said = t(
        "Fundet af en optimeringsmodel på {draws} repræsentative udfald og efterprøvet på dem alle.",
        draws=language.number(optimum.n_draws, decimals=0),
    )
    if optimum.ended == CLOCK_ENDED:
        said += " " + t("Søgningen blev stoppet af uret, så en hurtigere maskine kan svare noget andet.")
    if optimum.gap <= 1e-6:
        return said + " " + t("På de repræsentative udfald er intet bedre.")
    return said + " " + t("Der kan findes noget op til {share} bedre.", share=language.percent(optimum.gap, decimals=1))


def robust_sentence(found: Prioritised, language: Language) -> str:
    """What core, borderline and out mean, and over which futures and weights."""
    t = language.text
    low, high = found.portfolio.reasonable_pct
    weights = {"low": language.number(low, decimals=0), "high": language.number(high, decimals=0)}
    over = (
        t("Regnet for {n} mulige fremtider og alle vægte fra {low} til {high} %.", n=FUTURES, **weights)
        if high > low
        else t("Regnet for {n} mulige fremtider ved vægten {low} %.", n=FUTURES, low=weights["low"])
    )
    meant = t("»Kerne« er med i det bedste valg i mindst 9 ud af 10 tilfælde, »ude« i højst 1 ud af 10. Tal om grænsen imellem.")
    return f"{meant} {over}"


def option_name(option_id: str, found: Prioritised) -> str:
    """An option's name."""
    return next((option.name for option in found.portfolio.options if option.option_id == option_id), option_id)


def level_name(option: OptionResult, found: Prioritised) -> str:
    """The name of the level chosen; empty where there is one only, or none chosen."""
    levels = next(item.levels for item in found.portfolio.options if item.option_id == option.option_id)
    return next((level.name for level in levels if level.level_id == option.level_id and len(levels) > 1), "")


def reason_sentence(option: OptionResult, found: Prioritised, language: Language) -> str:
    """Why an option is in or out, in one sentence."""
    t, reason = language.text, option.reason
    other = option_name(reason.other, found)
    bound = {
        "excluded": message("Ude: den kan ikke vælges sammen med »{other}«."),
        "requires": message("Ude: den kræver »{other}«, som ikke er valgt."),
        "required_by": message("Med: »{other}« kræver den."),
    }
    if reason.code in bound:
        return t(bound[reason.code], other=other)
    if reason.code in {"needed", "breaks"} and reason.year is not None and reason.probability is not None:
        chance = language.percent(reason.probability, decimals=1)
        if reason.code == "breaks":
            return t("Ude: med den holder rammen i {year} kun med {chance}.", year=reason.year, chance=chance)
        if not found.optimum.feasible:
            return t("Med: uden den ville der mangle endnu mere i {year}.", year=reason.year)
        return t("Med: uden den holder rammen i {year} kun med {chance}.", year=reason.year, chance=chance)
    return _gain_sentence(option, language)


def _gain_sentence(option: OptionResult, language: Language) -> str:
    t, reason = language.text, option.reason
    money = language.money(abs(reason.saved_dkk))
    saves = t("den sparer {amount}", amount=money) if reason.saved_dkk >= 0 else t("den koster {amount}", amount=money)
    citizens = _citizens_phrase(option, language)
    if reason.code == "gains":
        return t("Med: {saves}, og {citizens}; med jeres vægte er det mere, end det tager.", saves=saves, citizens=citizens)
    return t("Ude: {saves}, og {citizens}; med jeres vægte er det mindre, end det tager.", saves=saves, citizens=citizens)


def _citizens_phrase(option: OptionResult, language: Language) -> str:
    t = language.text
    if not option.touched:
        return t("ingen får mere eller mindre hjælp")
    if option.points is None:
        return t("borgernes vurdering er ikke belyst") if option.unlit else t("få borgere berøres")
    if option.points < 0:
        return t("borgere, der er glade for hjælpen, får mindre")
    return t("borgere, der er glade for hjælpen, får mere")


def option_sentence(option: OptionResult, found: Prioritised, language: Language) -> str:
    """An option, how robust it is, and why it is in or out."""
    name = option_name(option.option_id, found)
    level = level_name(option, found)
    head = f"{name} ({level})" if level else name
    group = language.text("{group}, i {share} af fremtiderne", group=group_word(option.group, language),
                          share=language.percent(option.share))  # fmt: skip
    return f"{head}: {reason_sentence(option, found, language)} [{group}]"


def frame_sentence(frame: FrameResult, language: Language) -> str:
    """A frame in one year, before and after."""
    ends = {"before": deviation_text(language, frame.deviation_before), "after": deviation_text(language, frame.deviation_mean)}
    chances = {
        "chance": chance_text(language, frame.probability_keeping),
        "was": chance_text(language, frame.probability_before),
    }
    said = language.text(
        "{label} {year}: fra {before} til {after}; holder med {chance}, før {was}.",
        label=frame.label, year=frame.year, **ends, **chances,
    )  # fmt: skip
    if not frame.allowed_dkk:
        return said
    return said + " " + language.text("Tilladt afvigelse: {amount}.", amount=language.money(frame.allowed_dkk, signed=True))


def shortfall_sentence(item: Shortfall, found: Prioritised, language: Language) -> str:
    """How far a frame is from being kept."""
    label = next((frame.label for frame in found.frames if frame.member == item.member), item.member[1])
    return language.text(
        "{label} {year}: rammen skulle være {amount} større. Det sikreste, mulighederne kan nå, er {chance}.",
        label=label, year=item.year, amount=language.money(item.missing_dkk), chance=chance_text(language, item.best_probability),
    )  # fmt: skip


def ring_sentence(found: Prioritised, language: Language) -> str:
    """Options that exclude one another in a ring."""
    names = [f"»{option_name(option_id, found)}«" for option_id in found.ring]
    most = len(names) // 2
    return language.text("{names} udelukker hinanden i ring: højst {most} af dem kan vælges.", names=", ".join(names), most=most)
