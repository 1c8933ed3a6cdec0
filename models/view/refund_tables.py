"""The central refund as the page Budgetopfølgning shows it: gross, refund and net by year, the next krone, one new case."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from models.outturn import USUAL_CASE, case_beside, first_month_ahead
from models.view.follow_up_wording import hidden_word, line_label, verified_word
from models.view.language import MILLION, NO_FIGURE, message
from models.view.run import rows_of
from models.view.tables import Shown, between
from models.view.wording import chance_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from models.scenario import ScenarioResult
    from models.view.language import Language
    from models.view.run import RunView
    from models.view.year_result import Result

USUAL_MILLIONS = USUAL_CASE / MILLION
"""A year: the amount that stands in the field at first."""
MONTHS = 12
_SEEN = 50_000.0
"""A difference in currency that shows in millions with one decimal."""
_NOTICES = (
    "refund_ahead", "refund_ahead_unknown", "refund_unknown", "refund_input_missing", "refund_half",
    "refund_gross_without_cases",
)  # fmt: skip
AMOUNTS = ("gross", "central_refund", "net_of_central")
APART = ("half_refund_mean", "net_mean")
"""The state's part of shelters and refuges (§§ 109-110), and what is left after both refunds; under a mask of its own."""


def refund_years(run: RunView, level: str, member: str) -> pd.DataFrame:
    """A member's open years: accounting years, or service years where there are no accounts; empty where it is not known."""
    table = run.tables["refund_ahead"]
    mine = table[(table["level"] == level) & (table["member"] == member)]
    booked = mine[mine["basis"] == "accounting_year"]
    return (booked if len(booked) else mine).sort_values("year", ignore_index=True)


def refund_table(language: Language, run: RunView, key: tuple[str, str], caption: str) -> Shown | None:
    """Gross, central refund and net of a member's open years; None where citizens are not rolled forward.

    The refund of §§ 109-110 and the net after both stand where the member has any, or where it is hidden.
    """
    rows = refund_years(run, *key)
    if rows.empty:
        return None
    t, four = language.text, language.text("4 ud af 5 gange mellem")
    apart = APART if has_half_refund(rows) else ()
    header = (
        t("År"), t("Brutto"), t("Central refusion"), four, t("Netto efter central refusion"), four,
        *apart_labels(language)[: len(apart)], t("Grænser"),
    )  # fmt: skip
    body = tuple(
        (str(row.year), *_cells(language, row, apart), verified_word(language, is_verified=bool(row.thresholds_verified)))
        for row in rows_of(rows)
    )
    return Shown(caption, header, body, (False, *[True] * (5 + len(apart)), False), frozenset())


def has_half_refund(rows: pd.DataFrame) -> bool:
    """Whether a member's years have a refund of §§ 109-110, be it hidden."""
    return bool((rows["half_refund_mean"].fillna(0.0) != 0.0).any() or ((rows["half_mask"] != "") & (rows["mask"] == "")).any())


def apart_labels(language: Language) -> tuple[str, str]:
    """What the refund of §§ 109-110 and the net after it are called."""
    return line_label(language, "half_refund"), language.text("Netto efter al refusion")


def apart_hidden(row: Any) -> bool:  # noqa: ANN401  (a row of a frame)
    """Whether a year's refund of §§ 109-110 is hidden, by the row's mask or its own."""
    return bool(row.mask or row.half_mask)


def gross_sentence(language: Language, run: RunView, row: Result) -> str | None:
    """Why the expected result is another than the gross that the refund is worked out of; None where they are the same.

    The result holds what no service of the run explains, and what is decided or entered by staff; none of it brings a refund.
    """
    years = refund_years(run, row.level, row.member)
    own = years[(years["year"] == row.year) & (years["mask"] == "") & (years["basis"] == "accounting_year")]
    if own.empty or row.hidden:
        return None
    gross = float(own["gross_mean"].iloc[0])
    apart = row["mean"] - gross
    if not abs(apart) >= _SEEN:
        return None
    planned = any(abs(row[name]) >= _SEEN for name in ("decided_not_in_data", "adjusted"))
    t = language.text
    what = (
        t("egne institutioner, indtægter, konti uden indsats og ændringer, der er besluttet eller skrevet af økonomi")
        if planned
        else t("egne institutioner, indtægter og konti uden indsats")
    )
    said = {
        "year": row.year, "expected": language.money(row["mean"]), "gross": language.money(gross),
        "apart": language.money(abs(apart)), "what": what,
    }  # fmt: skip
    if apart < 0:
        return t(
            "Det forventede forbrug i {year} ({expected}) er {apart} lavere end brutto her ({gross}), fordi det også rummer "
            "{what}; dem regnes der ikke refusion af. Det er også forskellen på de to nettotal.",
            **said,
        )
    return t(
        "Det forventede forbrug i {year} ({expected}) er {apart} højere end brutto her ({gross}), fordi det også rummer {what}; "
        "dem regnes der ikke refusion af. Det er også forskellen på de to nettotal.",
        **said,
    )


def _cells(language: Language, row: Any, apart: Sequence[str]) -> tuple[str, ...]:  # noqa: ANN401  (a row of a frame)
    facts = row._asdict()
    after = tuple(hidden_word(language) if apart_hidden(row) else language.million(facts[name]) for name in apart)
    if facts["mask"]:
        return (*[hidden_word(language)] * 5, *after)
    refund, net = (
        (language.million(facts[f"{name}_mean"]), between(language, facts[f"{name}_q10"], facts[f"{name}_q90"]))
        for name in AMOUNTS[1:]
    )
    return (language.million(facts["gross_mean"]), *refund, *net, *after)


def thresholds_of(run: RunView, year: int) -> pd.DataFrame:
    """Tiers of a year, the lowest first."""
    table = run.tables["refund_thresholds"]
    return table[table["year"] == year].sort_values("tier", ignore_index=True)


def next_krone_sentence(language: Language, run: RunView, year: int) -> str | None:
    """What one more krone on a very expensive citizen costs the municipality."""
    tiers = thresholds_of(run, year)
    if tiers.empty:
        return None
    top = tiers.iloc[-1]
    said = language.text(
        "En krone mere på en borger, der koster over {above} om året, koster kommunen {own} øre; resten betaler staten.",
        above=language.money(float(top["above_dkk"])),
        own=language.number(100.0 - float(top["refund_pct"]), decimals=0),
    )
    mark = "" if bool(top["thresholds_verified"]) else language.text("Grænserne for {year} er ikke verificeret.", year=year)
    return f"{said} {mark}".strip()


def miss_sentence(language: Language, run: RunView, result: ScenarioResult, year: int) -> str:
    """By how much the answer that a scenario's refund is read off missed the exact sum, as the night measured it.

    Args:
        language: Words.
        run: The run of the scenario; one of before this was measured says nothing.
        result: The scenario; where nothing is moved or the refund is not known, nothing is said.
        year: Whose change is told; the error of other rules counts where they act in it.

    Returns:
        One sentence, with the largest of the measured errors; empty where there is nothing to say.
    """
    measured = run.record.get("refund_response")
    if result.scenario.is_neutral or result.refund.change(year) is None or not isinstance(measured, dict) or not measured:
        return ""
    rules = result.refund.by_rules(year) != 0
    misses = [abs(float(miss)) for name, miss in measured.items() if rules or not name.startswith("thresholds")]
    said = message(
        "Refusionens ændring er en tilnærmelse: i kørslens prøver mod en regning borger for borger ramte den højst {miss} "
        "ved siden af."
    )
    return language.text(said, miss=language.percent(math.ceil(max(misses) * 1000.0) / 1000.0, decimals=1)) if misses else ""


def caveats(language: Language, run: RunView) -> list[str]:
    """What the refund must be read with: inputs that are missing, thresholds that are not verified, what is not known."""
    table = run.tables["notices"]
    rows = table[table["notice_id"].isin(_NOTICES)]
    return [language.pick(row.text_da, row.text_en) for row in rows_of(rows)]


def case_year(run: RunView, year: int) -> int | None:
    """The year that a new case is told of: the chosen one, or where none of it is left the next; None where that is not there."""
    ahead = year if first_month_ahead(run.cutoff, year) is not None else run.cutoff.year + (run.cutoff.month == MONTHS)
    return None if thresholds_of(run, ahead).empty or ahead not in set(run.tables["year_result"]["year"]) else ahead


def case_months(language: Language, run: RunView, year: int) -> dict[int, str]:
    """Months in which a new case may begin, by name: those of the year after the last month of data."""
    first = first_month_ahead(run.cutoff, year)
    months = range(first, MONTHS + 1) if first is not None else range(0)
    return {number: language.month(date(2000, number, 1)).split()[0] for number in months}


def case_year_sentence(language: Language, run: RunView, year: int) -> str | None:
    """What is said where none of the chosen year is left for a new case; None where some of it is."""
    if first_month_ahead(run.cutoff, year) is not None:
        return None
    ahead, last = case_year(run, year), language.month(run.cutoff)
    if ahead is None:
        return language.text(
            "Data går til og med {month}, så en ny sag kan ikke længere begynde i {year}.", month=last, year=year
        )
    return language.text(
        "Data går til og med {month}, så en ny sag kan ikke længere begynde i {year}. Her er den regnet i {ahead}.",
        month=last, year=year, ahead=ahead,
    )  # fmt: skip


def single_case_table(
    language: Language, run: RunView, rows: Sequence[Result], year: int, caption: str, *, millions: float, first_month: int
) -> Shown | None:
    """What one new case does to the year of each frame; None where no thresholds are known.

    Refund and net are marked where no source of the year's thresholds was seen.

    Args:
        language: Words.
        run: The published run.
        rows: Frames, committees and total of the year.
        year: Accounting year.
        caption: Of the table.
        millions: Price of a full year, million.
        first_month: 1 to 12.
    """
    t = language.text
    tiers = thresholds_of(run, year)
    mark = "" if bool(tiers["thresholds_verified"].all()) else t(", ikke verificeret")
    header = (
        t("Udvalg og ramme"), t("Udgift i året"), t("Central refusion") + mark, t("Netto") + mark, t("Forventet med sagen"),
        t("Risiko for merforbrug"), t("Risiko med sagen"),
    )  # fmt: skip
    body = []
    for row in rows:
        found = case_beside(
            run.tables["refund_thresholds"], run.tables["year_result_spread"], (row.level, row.member), year,
            yearly=millions * MILLION, first_month=first_month, before=row["probability_over"],
        )  # fmt: skip
        if found is None:
            return None
        sums = tuple(language.million(value) for value in (found.cost, found.refund, found.net))
        if row.hidden:
            body.append((row.label, *sums, *[hidden_word(language)] * 3))
            continue
        chances = (
            (chance_text(language, found.chance_before), chance_text(language, found.chance_after))
            if not math.isnan(found.chance_before)
            else (NO_FIGURE, NO_FIGURE)
        )
        body.append((row.label, *sums, language.million(row["mean"] + found.cost), *chances))
    return Shown(caption, header, tuple(body), (False, True, True, True, True, True, True), frozenset())
