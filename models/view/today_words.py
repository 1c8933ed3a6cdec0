"""A kept scenario then and now, in words and as a table: frame, data and model, the scenario's own effect."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.scenario.today import DATA_HOLDS_MODEL, MODEL_HOLDS_DATA
from models.view.language import message
from models.view.tables import Shown
from models.view.wording import deviation_text

if TYPE_CHECKING:
    from models.scenario.today import Today, YearThenAndNow
    from models.view.language import Language
    from models.view.run import RunView


_NOTES = {
    MODEL_HOLDS_DATA: message("Modellens del er ikke målt for sig: den rummer også nyt i forbrug og pris."),
    DATA_HOLDS_MODEL: message("Modellens indstillinger er også ændret. Det kan ikke skilles ud og står under nye data."),
}


def lead(found: Today, then: RunView, now: RunView, language: Language) -> list[str]:
    """The first year in words, and what was left out."""
    t = language.text
    ahead = [year for year in found.years if year.year > now.cutoff.year] or list(found.years)
    if not ahead:
        return [t("De to kørsler har ingen år til fælles.")]
    year = ahead[0]
    said = [
        t(
            "Da scenariet blev gemt (data til {then}), viste det {before} i {year}. I dag (data til {now}) viser det {after}.",
            then=language.month(then.cutoff),
            now=language.month(now.cutoff),
            before=deviation_text(language, year.then) if year.framed else language.money(year.then),
            after=deviation_text(language, year.now) if year.framed else language.money(year.now),
            year=year.year,
        )
    ]
    if year.split is not None and year.parts is not None:
        said.append(
            t(
                "Nye data flytter {data}, en ny model {model}, andre forudsætninger {assumptions}.",
                **{name: language.money(amount, signed=True) for name, amount in year.parts.items()},
            )
        )
        if year.split.note in _NOTES:
            said.append(t(_NOTES[year.split.note]))
    if found.faults:
        said.append(language.count(len(found.faults), "{n} skyder kan ikke bruges på den nyeste kørsel.",
                                   "{n} skydere kan ikke bruges på den nyeste kørsel."))  # fmt: skip
    return said


def today_table(found: Today, then: RunView, now: RunView, language: Language, caption: str) -> Shown:
    """Every year: then, what moved it, now."""
    t = language.text
    apart = any(year.split is not None for year in found.years)
    same = then.code_version == now.code_version
    together = t("Nye data og forudsætninger") if same else t("Nye data, model og forudsætninger")
    moved = (t("Nye data"), t("Ny model"), t("Forudsætninger")) if apart else (together,)
    header = (t("År"), t("Dengang"), *moved, t("Rammen"), t("Scenariets virkning"), t("Skydere, der faldt ud"), t("I dag"))
    rows = tuple(
        (
            str(year.year),
            *(
                language.million(value, signed=True)
                for value in (year.then, *_moved(year, apart=apart), year.frame, year.effect, year.left_out, year.now)
            ),
        )
        for year in found.years
    )
    return Shown(caption, header, rows, (False, *(True for _ in header[1:])))


def _moved(year: YearThenAndNow, *, apart: bool) -> tuple[float, ...]:
    """What moved the forecast: data, model, assumptions; a year whose parts aren't known has all of it under data."""
    if not apart:
        return (year.forecast,)
    parts = year.parts
    return (year.forecast, math.nan, math.nan) if parts is None else (parts["data"], parts["model"], parts["assumptions"])
