"""Tables of the scenario page: effect of every lever, result by frame and year, change by service, comparison."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from models.view.levers import marked_label
from models.view.run import rows_of
from models.view.tables import Shown
from models.view.wording import chance_text, deviation_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from models.scenario import Comparison, ScenarioResult
    from models.view.language import Language
    from models.view.run import RunView


def effect_rows(result: ScenarioResult, run: RunView, language: Language, year: int) -> list[tuple[str, float]]:
    """What each moved lever does in one year, for the total: (label, effect); last what comes back in other frames.

    Other rules of the refund move no expenditure, so in a year where they act the refund is there too, and all of it sums to what
    the municipality itself pays: ``effect_total_name``.
    """
    table = result.effects
    places = np.flatnonzero(table["year"].to_numpy() == year)
    ids, effects = table["lever_id"].to_numpy()[places], table["effect"].to_numpy()[places]
    by_rules = result.refund.by_rules(year)
    named = {lever.lever_id: lever for lever in result.scenario.levers}
    found = [
        (marked_label(named[lever_id], run, language), float(effect))
        for lever_id, effect in zip(ids, effects, strict=True)
        if named[lever_id].of_kind.step != "refund"
    ]
    within = float(table["within"].to_numpy()[places].sum())
    found += [(language.text("Kommer igen i andre rammer"), within)] if within else []
    if not by_rules:
        return found
    others = (result.refund.change(year) or 0) - by_rules
    found += [(language.text("Refusion af det, de andre skydere flytter"), float(-others))] if others else []
    return [*found, (language.text("Refusionsregler: kommunens egen udgift"), float(-by_rules))]


def effect_total(effects: list[tuple[str, float]]) -> float:
    """All levers together."""
    return sum(effect for _, effect in effects)


def effect_total_name(result: ScenarioResult, language: Language, year: int) -> str:
    """What all levers together are: expenditure, or what the municipality itself pays in a year where other rules act."""
    return language.text("Kommunens egen udgift i alt") if result.refund.by_rules(year) else language.text("Scenariet i alt")


def effects_alt(effects: list[tuple[str, float]], name: str, language: Language) -> str:
    """The chart of effects in words, their sum under its name last."""
    told = [*effects, (name, effect_total(effects))]
    return "; ".join(f"{label} {language.money(effect, signed=True)}" for label, effect in told).removesuffix(".") + "."


def effect_table(effects: list[tuple[str, float]], name: str, language: Language, caption: str) -> Shown:
    """Effects by lever with their sum under its name."""
    told = [*effects, (name, effect_total(effects))]
    rows = [(label, language.million(effect, signed=True)) for label, effect in told]
    header = (language.text("Skyder"), language.money_unit)
    return Shown(caption, header, tuple(rows), (False, True), frozenset({len(rows) - 1}))


def chart_alt(total: pd.DataFrame, language: Language) -> str:
    """The chart of years in words."""
    columns = (total[name].to_list() for name in ("year", "mean", "mean_scenario"))
    return " ".join(
        language.text(
            "{year}: grundforløb {before}, scenarie {after}.",
            year=year,
            before=language.money(before),
            after=language.money(after),
        )
        for year, before, after in zip(*columns, strict=True)
    )


def result_table(result: ScenarioResult, run: RunView, language: Language, caption: str) -> Shown:
    """Baseline and scenario per member and year, with the chance of keeping each frame."""
    t = language.text
    rows = tuple(
        (
            run.label(language, row.level, row.member),
            str(row.year),
            language.million(row.budget),
            language.million(row.mean),
            language.million(row.mean_scenario),
            language.million(row.change_mean, signed=True),
            language.million(row.deviation_mean_scenario, signed=True),
            deviation_word(language, row.deviation_mean_scenario),
            "" if isnan(row.probability_over_scenario) else chance_text(language, 1.0 - row.probability_over_scenario),
        )
        for row in rows_of(result.members)
    )
    header = (t("Ramme (bevilling)"), t("År"), t("Ramme"), t("Grundforløb"), t("Scenarie"), t("Ændring"), t("Afvigelse"), "",
              t("Chance for at holde rammen"))  # fmt: skip
    return Shown(caption, header, rows, (False, False, True, True, True, True, True, False, False))


def service_table(changes: pd.DataFrame, run: RunView, language: Language, caption: str) -> Shown:
    """What the scenario changes per service and year.

    Args:
        changes: service, year, change_mean (``models.scenario.service_changes``).
        run: The run.
        language: The page's language.
        caption: What it shows, with unit and price level.
    """
    years = sorted({int(year) for year in changes["year"]})
    wide = changes.pivot_table(index="service", columns="year", values="change_mean", sort=False)
    rows = tuple(
        (run.label(language, "service", str(service)), *(language.million(row[year], signed=True) for year in years))
        for service, row in wide.iterrows()
    )
    header = (language.text("Indsats"), *(str(year) for year in years))
    return Shown(caption, header, rows, (False, *(True for _ in years)))


def comparison_table(found: Comparison, names: Sequence[str], language: Language, caption: str) -> Shown:
    """Scenarios side by side: deviation and chance of keeping the frame, year by year."""
    t = language.text
    totals = found.totals
    rows = []
    for year in sorted(set(totals["year"])):
        for row in rows_of(totals[totals["year"] == year]):
            framed = row.deviation_mean == row.deviation_mean
            rows.append(
                (
                    str(year),
                    names[row.scenario],
                    language.million(row.mean),
                    language.million(row.change_mean, signed=True),
                    language.million(row.deviation_mean, signed=True),
                    chance_text(language, 1.0 - row.probability_over) if framed else "",
                )
            )
    header = (t("År"), t("Scenarie"), t("Udgift"), t("Ændring"), t("Afvigelse"), t("Chance for at holde rammen"))
    return Shown(caption, header, tuple(rows), (False, False, True, True, True, False))
