"""The committee's screen: names of its views, which levers come first, charts beside answers, and the spread of a quiet round."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from models.scenario.offers import THEMES
from models.view import alternatives, charts, pictures, scenario_tables
from models.view.figures import drift as drift_of
from models.view.language import message
from models.view.levers import marked_label, setting_label
from models.view.run import TOTAL, price_level_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from models.scenario import Offer, Spread
    from models.view.language import Language
    from models.view.pictures import Picture
    from models.view.questions import Asked
    from models.view.run import RunView
    from models.view.theme import Palette

_VIEWS = {
    "levers": message("Skydere"),
    "questions": message("Spørgsmål"),
    "round": message("Stille runde"),
    "minutes": message("Referat"),
}


def view_label(view: str, language: Language) -> str:
    """What a view of the screen is called."""
    return language.text(_VIEWS[view])


def first_levers(offers: Sequence[Offer], most: int) -> list[str]:
    """The levers a meeting begins with: the first of each theme, what may be decided before what if."""
    found = []
    for theme in THEMES:
        first = next((offer for offer in offers if offer.about.theme == theme and theme != "frame"), None)
        found += [first.lever_id] if first is not None else []
    return found[:most]


def answer_chart(name: str, asked: Asked, colours: Palette) -> tuple[alt.LayerChart | Picture, str] | None:
    """A chart beside an answer, with its text alternative; None where there is nothing to draw."""
    language, run = asked.language, asked.run
    unit = f"{language.money_unit}, {price_level_text(language, run.price_level)}"
    totals = asked.totals
    if name == "years" and len(totals):
        return pictures.scenario_picture(totals, language, colours, unit=unit), scenario_tables.chart_alt(totals, language)
    if name == "levers":
        year = asked.first_year or asked.year
        effects = scenario_tables.effect_rows(asked.result, run, language, year)
        if effects:
            return _effects(effects, scenario_tables.effect_total_name(asked.result, language, year), language, colours)
    if name == "change" and asked.moved and len(totals):
        rows = [(str(row["year"]), float(row["change_mean"])) for row in totals.to_dict("records")]
        return _effects(rows, language.text("Scenariet i alt"), language, colours)
    if name == "ages":
        moved = drift_of(run, "actual", *TOTAL)
        if moved is not None and moved.shown_ages:
            return charts.age_chart(moved, language, colours), alternatives.age_alt(language, moved)
    return None


def _effects(rows: list[tuple[str, float]], name: str, language: Language, colours: Palette) -> tuple[Picture, str]:
    """The waterfall of some rows, with its words."""
    drawn = pictures.effects_picture(rows, (name, scenario_tables.effect_total(rows)), language, colours)
    return drawn, scenario_tables.effects_alt(rows, name, language)


def spread_sentence(spread: Spread, offer: Offer | None, run: RunView, language: Language) -> str:
    """What a quiet round gave."""
    if offer is None:
        return ""
    said = {name: setting_label(offer.about, getattr(spread, name), language) for name in ("low", "median", "high")}
    return language.text(
        "Stille runde om {lever}: {n} sedler, fra {low} til {high}, den midterste er {median}.",
        lever=marked_label(offer.lever, run, language), n=spread.count, **said,
    )  # fmt: skip


def spread_html(spread: Spread, offer: Offer, language: Language) -> str:
    """The spread as a bar on the slider's own scale, with the middle marked; said in words beside it."""
    width = (offer.high - offer.low) or 1.0
    place = {name: 100.0 * (getattr(spread, name) - offer.low) / width for name in ("low", "median", "high")}
    ends = "".join(
        f'<span style="left:{at:.1f}%">{escape(setting_label(offer.about, value, language))}</span>'
        for at, value in ((0.0, offer.low), (place["median"], spread.median), (100.0, offer.high))
    )
    bar = f'<div class="od-bar" style="left:{place["low"]:.1f}%;width:{max(place["high"] - place["low"], 0.6):.1f}%"></div>'
    middle = f'<div class="od-middle" style="left:{place["median"]:.1f}%"></div>'
    scale = f'<div class="od-scale">{bar}{middle}</div><div class="od-ends">{ends}</div>'
    return f'<div class="od-spread" aria-hidden="true">{scale}</div>'
