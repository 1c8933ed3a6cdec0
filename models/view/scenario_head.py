"""The scenario's headline: the deviation from the frame before and after, and the chance of keeping the frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from models.view.wording import SMALL, amount_text, chance_text, deviation_word

if TYPE_CHECKING:
    from models.scenario import ScenarioResult
    from models.view.language import Language


@dataclass(frozen=True)
class Headline:
    """The scenario's result in one year, for the total.

    Attributes:
        year: Year.
        has_frame: Whether there is a frame to deviate from.
        before: Deviation of the baseline (expenditure where there is no frame).
        after: Deviation of the scenario.
        low: Its lower end, 4 times out of 5.
        high: Its upper end.
        change: What the scenario moves the expenditure.
        keep_before: Chance of keeping the frame without the scenario.
        keep_after: Chance of keeping it with the scenario.
        is_neutral: Whether nothing is moved at all.
        only_refund: Whether nothing but the rules of the refund is moved, so that expenditure and frame stay.
    """

    year: int
    has_frame: bool
    before: float
    after: float
    low: float
    high: float
    change: float
    keep_before: float
    keep_after: float
    is_neutral: bool = False
    only_refund: bool = False


def headline(result: ScenarioResult, year: int) -> Headline | None:
    """The total's result in one year; None when the total is masked."""
    members = result.members
    places = np.flatnonzero((members["level"].to_numpy() == "total") & (members["year"].to_numpy() == year))
    if not len(places):
        return None

    def at(name: str) -> float:
        return float(members[name].to_numpy()[places[0]])

    framed = not math.isnan(at("deviation_mean"))
    of = "deviation_" if framed else ""
    moved = [lever for lever in result.scenario.levers if not lever.is_neutral]
    return Headline(
        year=year,
        has_frame=framed,
        before=at(f"{of}mean"),
        after=at(f"{of}mean_scenario"),
        low=at(f"{of}q10_scenario"),
        high=at(f"{of}q90_scenario"),
        change=at("change_mean"),
        keep_before=1.0 - at("probability_over"),
        keep_after=1.0 - at("probability_over_scenario"),
        is_neutral=result.scenario.is_neutral,
        only_refund=bool(moved) and all(lever.of_kind.step == "refund" for lever in moved),
    )


def headline_html(head: Headline, language: Language, level: str, *, safety: float = 0.8) -> str:
    """The headline as one block that a screen reader hears when it changes.

    Args:
        head: What it says.
        language: The page's language.
        level: Price level in words.
        safety: How sure one wants to be of keeping the frame.
    """
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
        _cell(t("Scenariet ændrer"), _change(language, head.change), _less_or_more(language, head)),
    ]
    if head.has_frame:
        word = safety_word(head, language, safety)
        cells.append(_cell(t("Chance for at holde rammen"), chance_text(language, head.keep_after), word))
    return f'<div class="od-head" role="status" aria-live="polite">{"".join(cells)}</div>'


def is_safe(head: Headline, safety: float) -> bool:
    """Whether the frame is kept as surely as is wanted: by its chance, wherever it is said."""
    return head.keep_after >= safety


def safety_word(head: Headline, language: Language, safety: float) -> str:
    """Whether the frame is kept as surely as is wanted, and the chance before."""
    before = language.text("før {chance}", chance=chance_text(language, head.keep_before))
    wanted = language.percent(safety)
    said = (
        language.text("nok til {wanted} sikkerhed", wanted=wanted)
        if is_safe(head, safety)
        else language.text("under {wanted} sikkerhed", wanted=wanted)
    )
    return f"{said}, {before}"


def _change(language: Language, change: float) -> str:
    """A change as a figure; where that would be 0,0, how small it is."""
    is_small = 0.0 < abs(change) < SMALL
    return amount_text(language, change) if is_small else language.money(change, signed=True)


def _less_or_more(language: Language, head: Headline) -> str:
    if head.change == 0.0:
        return language.text("intet er flyttet") if head.is_neutral else language.text("udgiften er den samme")
    return language.text("dyrere") if head.change > 0 else language.text("billigere")


def _cell(name: str, value: str, word: str, *, main: bool = False) -> str:
    kind = ' class="od-main"' if main else ""
    lines = (("od-name", name), ("od-value", value), ("od-word", word))
    return f"<div{kind}>" + "".join(f'<div class="{style}">{escape(text) or "&nbsp;"}</div>' for style, text in lines) + "</div>"
