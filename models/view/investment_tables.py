"""Tables of the page Forebyggelse: years, purses, cases together, and the register with its follow-up."""

from __future__ import annotations

from datetime import date
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
    from models.view.run import RunView


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


def labels_of(run: RunView, lines: Sequence[Mapping[str, Any]], language: Language) -> dict[str, str]:
    """What services of the run, and frames that decided savings name, are called."""
    found = {service: run.label(language, "service", service) for service in run.baseline.services}
    return found | {line["frame"]: run.label(language, "frame", line["frame"]) for line in lines if line.get("frame")}


def register_table(lines: Sequence[Mapping[str, Any]], labels: Mapping[str, str], language: Language, caption: str) -> Shown:
    """One line per decided case or decided saving, with what became of it, every figure in its own column: for a workbook."""
    t = language.text
    header = (
        t("Sag"), t("Ejer"), t("Besluttet"), t("Start, planlagt"), t("Start, faktisk"), t("Deltagere, plan"), t("Deltagere"),
        t("Status"), t("Virkning"), t("4 ud af 5 gange mellem"), t("Sandsynlighed for virkning"), t("Som lovet"),
        t("Id"),
    )  # fmt: skip
    rows = []
    for line in lines:
        effect, ends, *chances = _effect(line, language)
        rows.append(
            (
                _name(line, labels, language),
                *(line.get(key) or NO_FIGURE for key in ("owner", "decided_on", "planned_start", "actual_start")),
                _count(line.get("planned"), language),
                _enrolled(line, language),
                _status(line, language),
                effect,
                ends,
                *chances,
                line["decision_id"],
            )
        )
    return Shown(
        caption, header, tuple(rows), (False, False, False, False, False, True, True, False, True, True, True, True, False)
    )


def register_lines(lines: Sequence[Mapping[str, Any]], labels: Mapping[str, str], language: Language, caption: str) -> Shown:
    """The same as a page has room for: plan beside what came, in one column."""
    t = language.text
    header = (
        t("Sag"), t("Ejer"), t("Besluttet"), t("Start"), t("Deltagere"), t("Status"), t("Virkning"),
        t("Sandsynlighed for virkning"), t("Som lovet"), t("Id"),
    )  # fmt: skip
    rows = []
    for line in lines:
        effect, ends, *chances = _effect(line, language)
        planned, actual = (_month(line.get(key), language) for key in ("planned_start", "actual_start"))
        decided = line.get("decided_on")
        count, of = _enrolled(line, language), _count(line.get("planned"), language)
        rows.append(
            (
                _name(line, labels, language),
                line.get("owner") or NO_FIGURE,
                language.day(date.fromisoformat(decided)) if decided else NO_FIGURE,
                t("{value} (plan)", value=planned) if actual == NO_FIGURE else actual,
                _of(count, of, language),
                _status(line, language),
                effect if effect == NO_FIGURE else t("{value} (mellem {ends})", value=effect, ends=ends),
                *chances,
                line["decision_id"],
            )
        )
    return Shown(caption, header, tuple(rows), (False, False, False, False, True, False, False, True, True, False))


def _effect(line: Mapping[str, Any], language: Language) -> tuple[str, str, str, str]:
    """Effect, its ends, probability of one and of what was promised."""
    effect = line.get("effect")
    if not effect:
        return NO_FIGURE, NO_FIGURE, NO_FIGURE, NO_FIGURE
    low, high = (language.percent(effect[f"effect_pct_{end}"] / 100.0, decimals=1, signed=True) for end in ("q10", "q90"))
    return (
        language.percent(effect["effect_pct"] / 100.0, decimals=1, signed=True),
        language.text("{low} og {high}", low=low, high=high),
        language.percent(effect["probability"]),
        language.percent(effect["probability_promise"]),
    )


def _name(line: Mapping[str, Any], labels: Mapping[str, str], language: Language) -> str:
    """A case's name; of a decided saving what it saves on."""
    about = ", ".join(labels.get(key, key) for key in line["services"] or [line["frame"] or ""])
    return line["name"] or f"{language.text('Besluttet besparelse')}: {about}"


def _status(line: Mapping[str, Any], language: Language) -> str:
    status, reason = status_word(dict(line), language), reason_word(dict(line), language)
    return f"{status} ({reason})" if reason else status


def _enrolled(line: Mapping[str, Any], language: Language) -> str:
    return language.text("få") if line.get("enrolled_hidden") else _count(line.get("enrolled"), language)


def _of(count: str, planned: str, language: Language) -> str:
    """How many of those planned; either may not be known."""
    if NO_FIGURE not in {count, planned}:
        return language.text("{n} af {planned}", n=count, planned=planned)
    return language.text("{value} (plan)", value=planned) if planned != NO_FIGURE else count


def _month(value: str | None, language: Language) -> str:
    return language.month(date.fromisoformat(f"{value}-01")) if value else NO_FIGURE


def _count(value: object, language: Language) -> str:
    return language.number(float(value), decimals=0) if isinstance(value, int) else NO_FIGURE


def months_table(line: Mapping[str, Any], language: Language, caption: str) -> Shown:
    """What came, month by month, beside what was expected without the measure, with its 80 % interval."""
    t = language.text
    header = (t("Måned"), t("Det, der kom"), t("Uden indsatsen"), t("Lavest i 4 af 5"), t("Højest i 4 af 5"))
    names = ("realised", "counterfactual", "counterfactual_q10", "counterfactual_q90")
    rows = tuple((str(row["month"])[:7], *(language.number(row[name], decimals=1) for name in names)) for row in line["months"])
    return Shown(caption, header, rows, (False, True, True, True, True))


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
