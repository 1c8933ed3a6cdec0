"""What the page Modelkvalitet says in plain words: how much was missed, against whom, and how often the interval held."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.view import track_record as record
from models.view.language import message
from models.view.run import TOTAL
from models.view.wording import calibration_sentence

if TYPE_CHECKING:
    import pandas as pd

    from models.view.language import Language
    from models.view.run import RunView

_RULES = {
    "seasonal_naive": message("samme måned året før"),
    "last_year": message("sidste års niveau"),
    "budget": message("det vedtagne budget"),
}
_MEASURES = {
    "gross_nominal": message("Udgift"),
    "volume": message("Antal borgere"),
    "unit_cost_real": message("Enhedspris"),
}
_SOURCES = {"vintage": message("Tidligere kørsler"), "remade": message("Genberegnet")}
_EXACT = 0.0005
_TOO_NARROW, _TOO_WIDE = 0.7, 0.9


def rule_label(language: Language, rule: str) -> str:
    """What a simple rule is called."""
    return language.text(_RULES[rule])


def measure_label(language: Language, measure: str) -> str:
    """What is measured."""
    return language.text(_MEASURES[measure])


def source_label(language: Language, source: str) -> str:
    """Where the scored forecasts come from."""
    return language.text(_SOURCES[source])


def horizon_label(language: Language, horizon: str) -> str:
    """Months ahead in words.

    Example:
        >>> from models.view.language import Language
        >>> horizon_label(Language("da"), "4-6"), horizon_label(Language("da"), "year")
        ('4-6 måneder', 'næste regnskabsår')
    """
    if horizon == record.YEAR:
        return language.text("næste regnskabsår")
    if horizon == record.ALL:
        return language.text("1-36 måneder")
    return language.text("{span} måneder", span=horizon)


def verdict(language: Language, item: record.Compared) -> str:
    """Who missed least, in words.

    Example:
        >>> from models.view.language import Language
        >>> one = lambda name, wape: record.Score(name, 4, 12, 0, 0, 1, wape, 0.3, 0.8)
        >>> scores = {"opdrift": one("opdrift", 0.05), "last_year": one("last_year", 0.04)}
        >>> verdict(Language("da"), record.Compared("total", "total", "gross_nominal", "all", scores))
        'tabte til sidste års niveau'
    """
    if not item.best:
        return language.text("intet at sammenligne med")
    word = rule_label(language, item.best)
    if item.is_loss:
        return language.text("tabte til {rule}", rule=word)
    return language.text("bedst") if item.lost_by < 0 else language.text("lige med {rule}", rule=word)


def lead(language: Language, run: RunView, source: str) -> list[str]:
    """Three sentences: last time, against the rules, the interval."""
    said = [
        _last_sentence(language, run, source),
        _rules_sentence(language, run, source),
        _interval_sentence(language, run, source),
    ]
    return [sentence for sentence in said if sentence]


def _last_sentence(language: Language, run: RunView, source: str) -> str:
    last = record.last_time(run, source)
    if last is None:
        return ""
    facts: dict[str, object] = {
        "month": language.month(last.cutoff.date()),
        "forecast": language.money(last.forecast),
        "actual": language.money(last.actual),
        "n": last.months,
        "miss": language.percent(abs(last.miss), decimals=1),
    }
    if abs(last.miss) < _EXACT:
        return language.text(
            "Sidste gang, med data til og med {month}, ramte fremskrivningen de næste {n} måneder præcist: {actual}.", **facts
        )
    if last.miss > 0:
        return language.text(
            "Sidste gang, med data til og med {month}, skød fremskrivningen {miss} for højt over de næste {n} måneder: "
            "{forecast} ventet, {actual} kom.",
            **facts,
        )
    return language.text(
        "Sidste gang, med data til og med {month}, skød fremskrivningen {miss} for lavt over de næste {n} måneder: "
        "{forecast} ventet, {actual} kom.",
        **facts,
    )


def _rules_sentence(language: Language, run: RunView, source: str) -> str:
    months = record.compared(run, source, *TOTAL, record.GROSS, record.ALL)
    if months is None or not months.best:
        return ""
    parts = _misses(language, months, ("seasonal_naive", "last_year"))
    first = language.text(
        "Måned for måned tager den i gennemsnit fejl med {ours}; {rules}.",
        ours=language.percent(months.ours.wape, decimals=1),
        rules=parts,
    )
    year = record.compared(run, source, *TOTAL, record.FRAME_RESULT, record.YEAR)
    if year is None or record.BUDGET not in year.scores:
        return first + " " + language.text("Der er intet tidligere budget at sammenligne med.")
    second = language.text(
        "For et helt regnskabsår tager den fejl med {ours}; {rules}.",
        ours=language.percent(year.ours.wape, decimals=1),
        rules=_misses(language, year, ("last_year", "budget")),
    )
    return f"{first} {second}"


def _misses(language: Language, item: record.Compared, rules: tuple[str, ...]) -> str:
    parts = [
        language.text("{rule} med {miss}", rule=rule_label(language, rule), miss=language.percent(score.wape, decimals=1))
        for rule in rules
        if (score := item.scores.get(rule)) is not None and not math.isnan(score.wape)
    ]
    return language.text(" og ").join(parts)


def _interval_sentence(language: Language, run: RunView, source: str) -> str:
    months = record.compared(run, source, *TOTAL, record.GROSS, record.ALL)
    if months is None or math.isnan(months.ours.coverage):
        return ""
    facts = {"share": language.number(months.ours.coverage * 100, decimals=0), "n": months.ours.n_points}
    said = language.text("Intervallet lover 4 ud af 5, altså 80 af 100 måneder. Det holdt i {share} af 100 ({n} målte).", **facts)
    if months.ours.coverage < _TOO_NARROW:
        return said + " " + language.text("Det har været for smalt.")
    if months.ours.coverage > _TOO_WIDE:
        return said + " " + language.text("Det har været for bredt.")
    return said


def source_note(language: Language, source: str) -> str:
    """What a source is, and what it knew."""
    if source == record.VINTAGE:
        return language.text(
            "Tidligere kørsler: tallene, som de blev offentliggjort dengang, mod det, der siden er kommet. Af hver måned bruges "
            "den nyeste kørsel."
        )
    return language.text(
        "Genberegnet: dagens model regner igen ud fra det, man kendte på den sidste dag i en tidligere måned. Sager, "
        "posteringer, befolkningstal og befolkningsprognoser, som kom senere, er skjult. Det, der er rettet uden en ny dato, "
        "står, som det står i dag. Den kan derfor være lidt bedre oplyst, end man var dengang."
    )


def limits(language: Language, run: RunView) -> list[str]:
    """What the forecast doesn't know, and how far its interval is measured."""
    t = language.text
    return [
        t(
            "Fremskrivningen kender ikke beslutninger, der ikke er truffet endnu, nye love, nye takster eller enkelte meget dyre "
            "sager, før de står i data."
        ),
        t("De nyeste måneder mangler stadig regninger. Det, der kom, er derfor et skøn, der kan rettes lidt endnu."),
        calibration_sentence(language, run.calibrated_months, widened=run.widened, of_earlier=True),
    ]


def losses_sentence(language: Language, n_losses: int, n_all: int) -> str:
    """How often a simple rule was better."""
    if n_losses == 0:
        return language.text("Ingen enkel regel var bedre i nogen af de {all} sammenligninger.", all=n_all)
    return language.count(
        n_losses,
        "I {n} af {all} sammenligninger ramte en enkel regel bedre end fremskrivningen. Den står øverst.",
        "I {n} af {all} sammenligninger ramte en enkel regel bedre end fremskrivningen. De største tab står øverst.",
        all=n_all,
    )


def empty(language: Language) -> tuple[str, ...]:
    """Nothing can be scored yet."""
    t = language.text
    return (
        t("**Der er endnu ingen tidligere fremskrivninger at måle på.**"),
        t("Der skal mindst 4 års data til, før modellen kan genberegnes, eller en ældre kørsel, hvis måneder siden er kommet."),
        t("Alle kørsler gemmes. Når næste måned er med i data, vises det her, hvor godt denne kørsel ramte."),
    )


def earlier_alt(language: Language, rows: pd.DataFrame, label: str) -> str:
    """The chart of earlier forecasts in words."""
    inside = float(((rows["q10"] <= rows["actual"]) & (rows["actual"] <= rows["q90"])).mean())
    return language.text(
        "{label}: {count} tidligere fremskrivninger mod det, der kom, fra {first} til {last}, i {unit} pr. måned. {share} af "
        "månederne lå inden for 4 ud af 5-intervallet.",
        label=label,
        count=rows["cutoff"].nunique(),
        first=language.month(rows["month"].min().date()),
        last=language.month(rows["month"].max().date()),
        unit=language.money_unit,
        share=language.percent(inside),
    )
