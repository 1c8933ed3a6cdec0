"""Tables of the page Forebyggelse: years, purses, cases together, and the register with its follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.view.investment_words import purse_word, reason_word, status_word, swing_label
from models.view.language import NO_FIGURE
from models.view.priority_words import grade_word
from models.view.tables import Shown, between

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.investment.balance import GradeShare
    from models.investment.worth import Worth
    from models.view.language import Language


def years_table(worth: Worth, language: Language, caption: str) -> Shown:
    """What the municipality gains or pays by year from the start."""
    t = language.text
    header = (t("År"), t("Kommunens netto"), t("4 ud af 5 gange mellem"), t("I alt til og med"))
    total, rows = 0.0, []
    for place, year in enumerate(worth.years):
        total += float(worth.net[place])
        ends = between(language, float(worth.net_q10[place]), float(worth.net_q90[place]), signed=True)
        rows.append(
            (
                year_label(worth, year),
                language.million(float(worth.net[place]), signed=True),
                ends,
                language.million(total, signed=True),
            )
        )
    return Shown(caption, header, tuple(rows), (False, True, True, True))


def year_label(worth: Worth, year: int) -> str:
    """Twelve months from the start: a calendar year, or two halves of one."""
    return str(year) if worth.case.start.endswith("-01") else f"{year}/{(year + 1) % 100:02d}"


def purses_table(worth: Worth, language: Language, caption: str) -> Shown:
    """Who gains and who pays over ten years."""
    t = language.text
    rows = tuple(
        (
            purse_word(purse.purse, purse.name, language),
            language.million(purse.gains, signed=True),
            language.million(purse.costs),
            language.million(purse.gains - purse.costs, signed=True),
        )
        for purse in worth.purses
    )
    return Shown(caption, (t("Kasse"), t("Vinder"), t("Betaler"), t("Netto")), rows, (False, True, True, True))


def swings_table(worth: Worth, language: Language, caption: str) -> Shown:
    """Every assumption at both ends and what the case is worth there, the heaviest first."""
    t = language.text
    rows = tuple(
        (
            swing_label(swing, language),
            language.million(swing.at_low, signed=True),
            language.million(swing.at_high, signed=True),
        )
        for swing in worth.swings
    )
    return Shown(caption, (t("Forudsætning"), t("Ved den ene ende"), t("Ved den anden")), rows, (False, True, True))


def cases_table(worths: Sequence[Worth], cut: Sequence[Worth | None], language: Language, caption: str) -> Shown:
    """One line per case; beside its worth the same with the haircut that the own track record suggests, where one is."""
    t = language.text
    suggested = any(cut)
    header = (
        t("Sag"), t("Viden"), t("Pris"), t("Nutidsværdi"), *([t("Efter nedskæring")] if suggested else []),
        t("4 ud af 5 gange mellem"), t("Betalt tilbage"), t("Inden for valgperioden"), t("Inden for ti år"),
    )  # fmt: skip
    rows = tuple(
        (
            worth.case.name,
            grade_word(worth.case.evidence.grade, language),
            language.million(sum(cost.amount_dkk for cost in worth.case.costs)),
            language.million(worth.present, signed=True),
            *([language.million(less.present, signed=True) if less else NO_FIGURE] if suggested else []),
            between(language, worth.present_q10, worth.present_q90, signed=True),
            str(worth.pays_back) if worth.pays_back else t("aldrig"),
            language.percent(worth.chance_in_council),
            language.percent(worth.chance_in_ten),
        )
        for worth, less in zip(worths, cut, strict=True)
    )
    return Shown(caption, header, rows, (False, False, *(True for _ in header[2:])))


def balance_table(rows: Sequence[GradeShare], language: Language, caption: str) -> Shown:
    """How much rests on what is proven."""
    t = language.text
    header = (t("Viden"), t("Sager"), t("Pris"), t("Andel af prisen"), t("Nutidsværdi"), t("Sandsynlighed for gevinst"))
    body = tuple(
        (
            grade_word(row.grade, language),
            language.number(row.n_cases, decimals=0),
            language.million(row.costs),
            language.percent(row.share),
            language.million(row.present, signed=True),
            language.percent(row.chance_positive),
        )
        for row in rows
    )
    return Shown(caption, header, body, (False, True, True, True, True, True))


def register_table(lines: Sequence[Mapping[str, Any]], language: Language, caption: str) -> Shown:
    """One line per decided case or decided saving, with what became of it."""
    t = language.text
    header = (
        t("Sag"), t("Ejer"), t("Besluttet"), t("Start, planlagt"), t("Start, faktisk"), t("Deltagere, plan"), t("Deltagere"),
        t("Status"), t("Virkning"), t("4 ud af 5 gange mellem"), t("Sandsynlighed for virkning"), t("Som lovet"),
        t("Id"),
    )  # fmt: skip
    rows = tuple(_register_row(dict(line), language) for line in lines)
    return Shown(caption, header, rows, (False, False, False, False, False, True, True, False, True, True, True, True, False))


def _register_row(line: dict[str, Any], language: Language) -> tuple[str, ...]:
    effect = line.get("effect")
    figures = (NO_FIGURE, NO_FIGURE, NO_FIGURE, NO_FIGURE)
    if effect:
        low, high = (language.percent(effect[f"effect_pct_{end}"] / 100.0, decimals=1, signed=True) for end in ("q10", "q90"))
        figures = (
            language.percent(effect["effect_pct"] / 100.0, decimals=1, signed=True),
            language.text("{low} og {high}", low=low, high=high),
            language.percent(effect["probability"]),
            language.percent(effect["probability_promise"]),
        )
    reason = reason_word(line, language)
    status = status_word(line, language)
    enrolled = language.text("få") if line.get("enrolled_hidden") else _count(line.get("enrolled"), language)
    name = line["name"] or (language.text("Besluttet besparelse") + ": " + ", ".join(line["services"] or [line["frame"] or ""]))
    return (
        name,
        line.get("owner") or NO_FIGURE,
        line.get("decided_on") or NO_FIGURE,
        line.get("planned_start") or NO_FIGURE,
        line.get("actual_start") or NO_FIGURE,
        _count(line.get("planned"), language),
        enrolled,
        f"{status} ({reason})" if reason else status,
        *figures,
        line["decision_id"],
    )


def _count(value: object, language: Language) -> str:
    return language.number(float(value), decimals=0) if isinstance(value, int) else NO_FIGURE


def placebo_table(line: Mapping[str, Any], labels: Mapping[str, str], language: Language, caption: str) -> Shown:
    """What the same sum shows where nothing was done: how large noise is."""
    t = language.text
    header = (t("Intet blev gjort"), t("Måneder"), t("Ser ud som"))
    rows = tuple(
        (
            labels.get(row["service"], row["service"]),
            t("{first} til {last}", first=row["first"], last=row["last"]),
            language.percent(row["effect_pct"] / 100.0, decimals=1, signed=True),
        )
        for row in line["placebo"]
    )
    return Shown(caption, header, rows, (False, False, True))
