"""What levers, their settings and their groups are called on the pages, and how a typed number is read."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from babel.numbers import NumberFormatError, parse_decimal

from data.reference.lever_catalogue import load_lever_kinds
from models.view.language import MILLION, message
from models.view.provider_tables import kind_label as provider_label
from models.view.style import rows_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.reference.lever_catalogue import LeverKind
    from models.scenario import Lever, LeverGroup, Offer
    from models.view.language import Language
    from models.view.run import RunView

_MINUS = "\N{MINUS SIGN}"
_TYPED = re.compile(rf"([+\-{_MINUS}]?)\s*(\d[\d.,]{{0,14}})\s*(?:%|mio\.?(?: kr\.?)?|m [A-Z]{{3}})?")
THEME_LABELS = {
    "service": message("Serviceniveau"),
    "price": message("Pris og tilbud"),
    "prevention": message("Forebyggelse og teknologi"),
    "frame": message("Rammen"),
    "what_if": message("Hvad nu hvis"),
}
_VARIANTS = {
    "main": message("Hovedprognosen"),
    "low": message("Lav befolkning"),
    "high": message("Høj befolkning"),
    "municipal": message("Kommunens egen prognose"),
    "hamilton_perry": message("Fremskrevet fra de seneste års befolkning"),
}
_REASONS = {
    "no_volume": message("Kørslen kender ikke antallet af borgere her."),
    "no_newcomers": message("Kørslen viser ikke, hvor mange der er nye, så nye henvisninger kan ikke flyttes for sig."),
    "no_refund_response": message("Kørslen viser ikke, hvordan refusionen svarer på priser, så andre regler kan ikke prøves."),
    "no_services": message("Kørslen har ingen indsats her, der kan flyttes."),
    "no_stays": message("Kørslen viser ikke, hvor længe forløb varer her, eller for få slutter til, at det kan vises."),
    "too_many_places": message("Der er flere pladser, end der er borgere."),
}


def theme_label(theme: str, language: Language) -> str:
    """What a group of levers is called."""
    return language.text(THEME_LABELS[theme])


def kind_label(about: LeverKind, language: Language) -> str:
    """What a kind of lever is called."""
    return language.pick(about.label_da, about.label_en)


def decision_word(about: LeverKind, language: Language) -> str:
    """Whether a council may decide it, in two words."""
    return language.text("Kan besluttes") if about.decision == "decision" else language.text("Hvad nu hvis")


def group_label(group: LeverGroup, language: Language) -> str:
    """What a lever group is called; the merged one says that it is merged."""
    labels = group.labels_da if language.code == "da" else group.labels_en
    return language.text("Indsatser med få borgere, samlet") if group.merged else labels[0]


def group_note(group: LeverGroup, language: Language) -> str:
    """Why the merged group is merged, and what is in it; empty for the others."""
    if not group.merged:
        return ""
    labels = ", ".join(group.labels_da if language.code == "da" else group.labels_en)
    return language.text(
        "Her er samlet: {services}. De flyttes under ét, fordi de har så få borgere, at tal for hver af dem kunne røbe nogen.",
        services=labels,
    )


def service_label(run: RunView, service: str, language: Language) -> str:
    """What a service is called."""
    return run.label(language, "service", service)


def ages_label(lever: Lever, language: Language) -> str:
    """The ages a lever acts on, beside what it acts on; empty: all."""
    return f", {language.text('{ages} år', ages=', '.join(lever.age_bands))}" if lever.age_bands else ""


def target_label(lever: Lever, run: RunView, language: Language) -> str:
    """What a lever acts on."""
    if lever.frame:
        return run.label(language, "frame", lever.frame)
    if lever.group:
        group = next((item for item in run.baseline.groups if item.key == lever.group), None)
        return (group_label(group, language) + ages_label(lever, language)) if group else language.text("Ukendt gruppe")
    if lever.services:
        named = ", ".join(service_label(run, service, language) for service in lever.services)
        if lever.provider_types:
            named += f" ({', '.join(provider_label(language, kind).lower() for kind in lever.provider_types)})"
        named += ages_label(lever, language)
        return f"{named} → {service_label(run, lever.to_service, language)}" if lever.to_service else named
    return language.text("alle grænser") if lever.of_kind.acts_on == "none" else language.text("Alle indsatser")


def lever_label(lever: Lever, run: RunView, language: Language) -> str:
    """The full name of a lever, as its slider has it: two words for the population, else what it acts on and the kind.

    On the page Scenarier whether it may be decided stands above the sliders of its kind; everywhere else: ``marked_label``.
    """
    if lever.kind == "population_variant":
        return language.text("Befolkningsprognose")
    kind, target = kind_label(lever.of_kind, language), target_label(lever, run, language)
    return f"{kind}: {target}" if lever.of_kind.acts_on == "none" else f"{target}: {kind[:1].lower()}{kind[1:]}"


def marked_label(lever: Lever, run: RunView, language: Language) -> str:
    """The same with the mark of what can only be explored, wherever a lever stands by itself: in words, so that all hear it."""
    return lever_label(lever, run, language) + what_if_mark(lever.of_kind, language)


def what_if_mark(about: LeverKind, language: Language) -> str:
    """Behind the name of what can only be explored, never decided; empty behind the others."""
    return f" ({language.text('Hvad nu hvis').lower()})" if about.decision == "what_if" else ""


def setting_label(about: LeverKind, value: float, language: Language) -> str:
    """How one setting of a slider is written.

    Example:
        >>> from data.reference.lever_catalogue import load_lever_kinds
        >>> from models.view.language import Language
        >>> kinds = load_lever_kinds()
        >>> setting_label(kinds["price"], -2.5, Language("da")), setting_label(kinds["appropriation"], 2e6, Language("da"))
        ('−2,5 %', '+2,00 mio. kr.')
    """
    return _setting_label(about.kind, value, language)


@lru_cache(maxsize=8192)
def _setting_label(kind: str, value: float, language: Language) -> str:
    """A slider asks for every setting at every move."""
    about = load_lever_kinds()[kind]
    if about.unit == "dkk_per_year":
        return f"{language.number(value / MILLION, decimals=2, signed=True)} {language.money_unit}"
    return language.percent(value / 100.0, decimals=2 if about.number("step") == 0.25 else 1, signed=True)


def unit_text(about: LeverKind, language: Language) -> str:
    """The unit of a lever, in words."""
    texts = {
        "pct": message("procent mod grundforløbet"),
        "pct_per_year": message("procent om året"),
        "dkk_per_year": message("mio. kr. om året"),
    }
    return language.text(texts[about.unit])


def read_number(text: str, language: Language) -> float | None:
    """Read a typed number: as the language writes it (thousands too), else with comma or point; None when it is none.

    Example:
        >>> from models.view.language import Language
        >>> [read_number(text, Language("da")) for text in ("−2,5 %", "12.000", "+1.5", "to", "nan")]
        [-2.5, 12000.0, 1.5, None, None]
    """
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        return None
    sign, figures = match.groups()
    try:
        size = float(parse_decimal(figures, locale=language.locale, strict=True))
    except NumberFormatError:
        size = float(figures.replace(",", ".")) if figures.count(",") + figures.count(".") == 1 else math.nan
    return None if math.isnan(size) else -size if sign in {"-", _MINUS} else size


def read_setting(text: str, about: LeverKind, language: Language) -> float | None:
    """Read what someone typed beside a slider, into the kind's own unit: per cent, or millions where the lever is an amount.

    Example:
        >>> from data.reference.lever_catalogue import load_lever_kinds
        >>> from models.view.language import Language
        >>> kinds, danish = load_lever_kinds(), Language("da")
        >>> read_setting("−2,5 %", kinds["price"], danish), read_setting("+1.5", kinds["appropriation"], danish)
        (-2.5, 1500000.0)
    """
    size = read_number(text, language)
    return None if size is None else size * (MILLION if about.unit == "dkk_per_year" else 1.0)


def typed_fault(offer: Offer, language: Language) -> str:
    """Say what may be typed beside a slider."""
    return language.text(
        "Skriv et tal mellem {low} og {high}.",
        low=setting_label(offer.about, offer.low, language),
        high=setting_label(offer.about, offer.high, language),
    )


def unavailable_text(reason: str, language: Language) -> str:
    """Why a slider is not offered on this run."""
    return language.text(_REASONS.get(reason, message("Kørslen kan ikke bære denne skyder.")))


def interval_text(lever: Lever, language: Language) -> str:
    """Where the lever's value lies 4 times out of 5; empty where it is certain."""
    if lever.low == lever.high or not lever.of_kind.is_uncertain:
        return ""
    ends = (setting_label(lever.of_kind, value, language) for value in (lever.low, lever.high))
    return language.text("4 ud af 5 gange mellem {low} og {high}", **dict(zip(("low", "high"), ends, strict=True)))


def row_key(lever_id: str) -> str:
    """The key of a slider's row, so that the style sheet finds it; letters that a style sheet does not take by their number.

    Example:
        >>> row_key("pris_støtte")
        'row_pris_st-f8tte'
    """
    return "row_" + re.sub("[^a-z0-9_]", lambda letter: f"-{ord(letter[0]):02x}", lever_id)


def rows_style(offers: Sequence[Offer]) -> str:
    """One style for all rows, with where nothing is changed on each slider."""
    rules = [rows_rules([f"st-key-{row_key(offer.lever_id)}" for offer in offers])]
    for offer in offers:
        neutral = (0.0 - offer.low) / ((offer.high - offer.low) or 1.0)
        rules.append(f".st-key-{row_key(offer.lever_id)} {{--od-neutral: {neutral:.4f};}}")
    return f"<style>{''.join(rules)}</style>"


def marks_style(marks: Mapping[str, Sequence[str]]) -> str:
    """What stands on the rows in words: lever -> its marks. Apart from the rows' style, since it follows the sliders."""
    rules = [
        f".st-key-{row_key(lever_id)} {{--od-marks: '{' · '.join(said)}'; --od-marked: block;}}"
        for lever_id, said in marks.items()
        if said
    ]
    return f"<style>{''.join(rules)}</style>"


def variant_label(variant: str, language: Language) -> str:
    """What a population variant is called."""
    return language.text(_VARIANTS[variant]) if variant in _VARIANTS else variant
