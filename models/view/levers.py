"""The scenario page's words and tables: levers and what they mean, headline, effects, what is the council's to decide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from models.scenario import RANGES
from models.scenario.refund_door import ESTIMATED
from models.scenario.sliders import slider_of
from models.view.language import message
from models.view.run import rows_of
from models.view.tables import Shown
from models.view.wording import chance_text, deviation_word, scenario_sentence, unframed_scenario_sentence

if TYPE_CHECKING:
    import pandas as pd

    from models.scenario import Baseline, LeverGroup, ScenarioResult, Sliders
    from models.view.language import Language

_MINUS = "\N{MINUS SIGN}"
_TYPED = re.compile(rf"([+\-{_MINUS}]?)\s*(\d{{1,4}})(?:[.,](\d{{1,6}}))?\s*%?")
TICK_HTML = '<div class="od-tick" aria-hidden="true">▲ 0</div>'


@dataclass(frozen=True)
class Headline:
    """The scenario's result in one year, for the total.

    Attributes:
        year: Year.
        has_frame: Whether there is a frame to deviate from.
        before: Deviation of the baseline (expenditure where there is no frame).
        after: Deviation of the scenario.
        change: What the scenario moves.
        keep_before: Chance of keeping the frame without the scenario.
        keep_after: Chance of keeping it with the scenario.
    """

    year: int
    has_frame: bool
    before: float
    after: float
    change: float
    keep_before: float
    keep_after: float


def headline(result: ScenarioResult, year: int) -> Headline | None:
    """The total's result in one year; None when the total is masked."""
    members = result.members
    row = next(rows_of(members[(members["level"] == "total") & (members["year"] == year)]), None)  # type: ignore[call-overload]
    if row is None:
        return None
    framed = row.deviation_mean == row.deviation_mean
    return Headline(
        year=year,
        has_frame=framed,
        before=float(row.deviation_mean if framed else row.mean),
        after=float(row.deviation_mean_scenario if framed else row.mean_scenario),
        change=float(row.change_mean),
        keep_before=1.0 - float(row.probability_over),
        keep_after=1.0 - float(row.probability_over_scenario),
    )


def headline_html(head: Headline, language: Language, level: str) -> str:
    """The headline as one block that a screen reader hears when it changes."""
    t = language.text
    name = t("Afvigelse fra rammen {year}", year=head.year) if head.has_frame else t("Forventet udgift {year}", year=head.year)
    signed = head.has_frame
    main = language.money(head.after, signed=signed)
    cells = [
        _cell(f"{name}, {level}", main, deviation_word(language, head.after) if signed else "", main=True),
        _cell(
            t("Uden scenariet"),
            language.money(head.before, signed=signed),
            deviation_word(language, head.before) if signed else "",
        ),
        _cell(t("Scenariet ændrer"), language.money(head.change, signed=True), _less_or_more(language, head.change)),
    ]
    if head.has_frame:
        before = t("før {chance}", chance=chance_text(language, head.keep_before))
        cells.append(_cell(t("Chance for at holde rammen"), chance_text(language, head.keep_after), before))
    return f'<div class="od-head" role="status" aria-live="polite">{"".join(cells)}</div>'


def _less_or_more(language: Language, change: float) -> str:
    if change == 0.0:
        return language.text("intet er flyttet")
    return language.text("dyrere") if change > 0 else language.text("billigere")


def _cell(name: str, value: str, word: str, *, main: bool = False) -> str:
    kind = ' class="od-main"' if main else ""
    lines = (("od-name", name), ("od-value", value), ("od-word", word))
    return f"<div{kind}>" + "".join(f'<div class="{style}">{escape(text) or "&nbsp;"}</div>' for style, text in lines) + "</div>"


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


def group_head_html(group: LeverGroup, sliders: Sliders, language: Language) -> str:
    """The name of a lever group, with a mark in words when any of its levers is moved."""
    moved = any(sliders.change(measure, group.key) for measure in RANGES)
    mark = f'<span class="od-mark">{escape(language.text("ændret"))}</span>' if moved else ""
    return f'<div class="od-group"><strong>{escape(group_label(group, language))}</strong>{mark}</div>'


def measures_note(language: Language) -> str:
    """What the two kinds of lever are, above the sliders."""
    return language.text(
        "**Omfang**: hvor mange der får hjælpen (hvad nu hvis). **Enhedspris**: prisen for én enhed hjælp, ud over løn- og "
        "prisindekset. Begge i procent mod grundforløbet; 0 er uændret."
    )


def lever_name(measure: str, group: LeverGroup, language: Language) -> str:
    """The full name of a lever, as a screen reader says it."""
    return f"{group_label(group, language)}: {measure_label(measure, language).lower()}"


def sentence(language: Language, head: Headline) -> str:
    """The scenario in one sentence."""
    if head.has_frame:
        return scenario_sentence(language, head.before, head.after, head.year)
    return unframed_scenario_sentence(language, head.change, head.year)


def refund_sentence(language: Language, result: ScenarioResult, year: int) -> str:
    """What the state takes of it, or why that is not known; empty where nothing is moved."""
    if result.scenario.is_neutral:
        return ""
    change = result.refund.change(year)
    if change is None:
        return result.refund.text_da if language.code == "da" else result.refund.text_en
    row = next(rows_of(result.members[(result.members["level"] == "total") & (result.members["year"] == year)]), None)  # type: ignore[call-overload]
    net = language.money(float(row.change_mean) - change, signed=True) if row is not None else ""
    told = language.text(
        "Udgifterne er før central refusion. Refusionen ændres med {change}, så kommunen selv mærker {net} i {year}. Det er en "
        "forventning; grænser efter de kendte år er ikke verificeret.",
        change=language.money(change, signed=True),
        net=net,
        year=year,
    )
    if result.refund.reason != ESTIMATED:
        return told
    return told + " " + language.text("Ydelser med få dyre sager er kendt samlet; deres del er skønnet efter udgift.")


def effect_total(effects: list[tuple[str, float]]) -> float:
    """All levers together."""
    return sum(effect for _, effect in effects)


def effects_alt(effects: list[tuple[str, float]], language: Language) -> str:
    """The chart of effects in words."""
    return "; ".join(f"{label} {language.money(effect, signed=True)}" for label, effect in effects) + "."


def chart_alt(total: pd.DataFrame, language: Language) -> str:
    """The chart of years in words."""
    return " ".join(
        language.text(
            "{year}: grundforløb {before}, scenarie {after}.",
            year=row.year,
            before=language.money(row.mean),
            after=language.money(row.mean_scenario),
        )
        for row in rows_of(total)
    )


def measure_label(measure: str, language: Language) -> str:
    """What a lever of one measure is called."""
    return language.text({"uptake": message("Omfang"), "unit_cost": message("Enhedspris")}[measure])


def measure_help(measure: str, language: Language) -> str:
    """What a lever of one measure does, in words."""
    texts = {
        "uptake": message(
            "**Omfang.** Hvor mange borgere i forhold til befolkningen, der får hjælpen (dækningsgrad). Den rummer både behov, "
            "praksis og serviceniveau. −2 betyder 2 procent færre end grundforløbet i alle kommende måneder."
        ),
        "unit_cost": message(
            "**Enhedspris.** Prisen for én enhed hjælp (et døgn, en time, en måned), ud over løn- og prisindekset. −2 betyder "
            "2 procent lavere pris end grundforløbet i alle kommende måneder."
        ),
    }
    return language.text(texts[measure])


def lever_label(measure: str, group: str, baseline: Baseline, language: Language) -> str:
    """What one lever is called: group and measure."""
    if measure == "variant":
        return language.text("Befolkningsprognose")
    found = next((item for item in baseline.groups if item.key == group), None)
    name = group_label(found, language) if found else language.text("Ukendt gruppe")
    return f"{name}: {measure_label(measure, language).lower()}"


def setting_label(change: float, language: Language) -> str:
    """How one setting of a slider is written.

    Example:
        >>> from models.view.language import Language
        >>> setting_label(-2.5, Language("da")), setting_label(0.0, Language("da"))
        ('−2,5 %', '0,0 %')
    """
    return language.percent(change / 100.0, decimals=1, signed=True)


def read_setting(text: str) -> float | None:
    """Read what someone typed as per cent, with comma or point; None when it is no number.

    Example:
        >>> read_setting("−2,5 %"), read_setting("+1.5"), read_setting("to")
        (-2.5, 1.5, None)
    """
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        return None
    sign, whole, part = match.groups()
    size = float(f"{whole}.{part or 0}")
    return -size if sign in {"-", _MINUS} else size


def field_hint(language: Language) -> str:
    """What stands in the empty field beside a slider.

    Example:
        >>> from models.view.language import Language
        >>> field_hint(Language("da"))
        'fx −2,5 %'
    """
    return language.text("fx {example}", example=setting_label(-2.5, language))


def typed_fault(measure: str, language: Language) -> str:
    """Say what may be typed beside a slider."""
    allowed = RANGES[measure]
    return language.text(
        "Skriv et tal mellem {low} og {high}, for eksempel {example}.",
        low=setting_label(allowed.low, language),
        high=setting_label(allowed.high, language),
        example=setting_label(-2.5, language),
    )


def variant_label(variant: str, language: Language) -> str:
    """What a population variant is called."""
    texts = {
        "main": message("Hovedprognosen"),
        "low": message("Lav befolkning"),
        "high": message("Høj befolkning"),
        "municipal": message("Kommunens egen prognose"),
        "hamilton_perry": message("Fremskrevet fra de seneste års befolkning"),
    }
    return language.text(texts[variant]) if variant in texts else variant


def effect_rows(result: ScenarioResult, baseline: Baseline, language: Language, year: int) -> list[tuple[str, float]]:
    """What each moved lever does in one year, for the total: (label, effect)."""
    rows = rows_of(result.effects[result.effects["year"] == year])
    labels = {lever.lever_id: lever_label(*slider_of(lever), baseline, language) for lever in result.scenario.levers}
    return [(labels[row.lever_id], float(row.effect)) for row in rows]


def effect_table(effects: list[tuple[str, float]], language: Language, caption: str) -> Shown:
    """Effects by lever with their sum."""
    total = sum(effect for _, effect in effects)
    rows = [(label, language.million(effect, signed=True)) for label, effect in effects]
    rows.append((language.text("Scenariet i alt"), language.million(total, signed=True)))
    header = (language.text("Skyder"), language.money_unit)
    return Shown(caption, header, tuple(rows), (False, True), frozenset({len(rows) - 1}))


def result_table(members: pd.DataFrame, language: Language, caption: str, names: dict[tuple[str, str], str]) -> Shown:
    """Baseline and scenario per member and year.

    Args:
        members: Rows of ``ScenarioResult.members``.
        language: The page's language.
        caption: What it shows, with unit and price level.
        names: (level, member) -> what it is called.
    """
    t = language.text
    rows = tuple(
        (
            names[row.level, row.member],
            str(row.year),
            language.million(row.budget),
            language.million(row.mean),
            language.million(row.mean_scenario),
            language.million(row.change_mean, signed=True),
            language.million(row.deviation_mean_scenario, signed=True),
            deviation_word(language, row.deviation_mean_scenario),
        )
        for row in rows_of(members)
    )
    header = (t("Ramme (bevilling)"), t("År"), t("Ramme"), t("Grundforløb"), t("Scenarie"), t("Ændring"), t("Afvigelse"), "")
    return Shown(caption, header, rows, (False, False, True, True, True, True, True, False))


def decide_points(language: Language) -> list[str]:
    """What is the council's to decide, and what can only be explored."""
    t = language.text
    return [
        t(
            "**Omfang er „hvad nu hvis“.** Hjælpen er lovbundet, og hver borgers behov skal vurderes for sig. Et lavere "
            "omfang kan undersøges her, men ikke besluttes som en besparelse."
        ),
        t(
            "**Serviceniveau kan kommunalbestyrelsen beslutte**, men det virker for nye og revurderede sager, efter varsel, og "
            "inden for loven. Dækningsgraden er ikke det samme som serviceniveauet: den rummer også behov og praksis."
        ),
        t(
            "**Enhedsprisen kan påvirkes** ved aftaler om takster, udbud og egne tilbud. Det tager tid; skyderen regner med, at "
            "ændringen gælder fra den første måned efter dataene slutter."
        ),
        t("**Befolkningen bestemmer ingen her.** Valget viser, hvad en anden prognose ville betyde."),
        t(
            "**Staten får sin del.** Staten betaler en del af de dyreste sager (central refusion) og får en del af "
            "besparelsen på dem. Tallene her er før refusion; hvad den ændrer, står for sig, når kørslen kender det."
        ),
        t(
            "**Klager.** Mere end en tredjedel af de påklagede afgørelser på socialområdet blev ændret eller hjemvist 2013-2021 "
            "(Rigsrevisionen, beretning 13/2021)."
        ),
    ]
