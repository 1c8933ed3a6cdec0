"""Tables of the page Prioritering: options, frames, the curve between economy and citizens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.view.language import NO_FIGURE
from models.view.priority_words import grade_word, group_word, level_name, option_name, reason_sentence
from models.view.tables import Shown, between

if TYPE_CHECKING:
    from models.priority.prioritise import OptionResult, Prioritised
    from models.view.language import Language


def options_table(found: Prioritised, language: Language, caption: str) -> Shown:
    """One row per option: the chosen first, then the borderline, then by name."""
    t = language.text
    header = (
        t("Mulighed"), t("Valgt"), t("Sparer i alt"), t("Borgere"), t("Borgernes vurdering"), t("Viden"), t("Robust"),
        t("Hvorfor"),
    )  # fmt: skip
    grades = {option.option_id: option.grade for option in found.portfolio.options}
    rows = []
    for option in sorted(found.options, key=lambda item: (not item.level_id, -item.share, item.option_id)):
        chosen = t("ja") if option.level_id else t("nej")
        level = level_name(option, found)
        robust = t("{group}, {share}", group=group_word(option.group, language), share=language.percent(option.share))
        rows.append(
            (
                option_name(option.option_id, found),
                f"{chosen}: {level}" if level else chosen,
                language.million(option.saved_dkk, signed=True),
                citizens_text(option, language),
                points_text(option, language),
                grade_word(grades[option.option_id], language),
                robust,
                reason_sentence(option, found, language),
            )
        )
    return Shown(caption, header, tuple(rows), (False, False, True, True, True, False, False, False))


def citizens_text(option: OptionResult, language: Language) -> str:
    """How many more or fewer get the help."""
    if not option.touched:
        return language.text("ingen")
    if option.citizens is None:
        return language.text("få")
    return language.number(option.citizens, decimals=0, signed=True)


def points_text(option: OptionResult, language: Language) -> str:
    """The citizens' assessment; where there is none, that is said."""
    if not option.touched:
        return NO_FIGURE
    if option.points is None:
        return language.text("ikke belyst") if option.unlit else language.text("få")
    said = language.number(option.points, decimals=1, signed=True)
    return language.text("{points} (delvist belyst)", points=said) if option.unlit else said


def frames_table(found: Prioritised, language: Language, caption: str) -> Shown:
    """One row per frame and year, before and after."""
    t = language.text
    header = (
        t("Ramme (bevilling)"), t("År"), t("Tilladt afvigelse"), t("Afvigelse før"), t("Afvigelse efter"),
        t("4 ud af 5 gange mellem"), t("Holder før"), t("Holder efter"),
    )  # fmt: skip
    rows = tuple(
        (
            frame.label,
            str(frame.year),
            language.million(frame.allowed_dkk, signed=True),
            language.million(frame.deviation_before, signed=True),
            language.million(frame.deviation_mean, signed=True),
            between(language, frame.deviation_q10, frame.deviation_q90, signed=True),
            language.percent(frame.probability_before),
            language.percent(frame.probability_keeping),
        )
        for frame in found.frames
    )
    return Shown(caption, header, rows, (False, True, True, True, True, True, True, True))


def curve_table(found: Prioritised, language: Language, caption: str) -> Shown:
    """The best choice at each weight of the citizens' assessment."""
    t = language.text
    header = (
        t("Vægt på borgernes vurdering"),
        t("Sparer i alt"),
        t("Borgernes vurdering"),
        t("Valgte muligheder"),
        t("Holder rammen"),
    )
    rows = tuple(
        (
            language.percent(point.weight_pct / 100.0),
            language.million(point.saved_dkk, signed=True),
            language.number(point.points, decimals=1, signed=True),
            ", ".join(option_name(option_id, found) for option_id, _ in point.chosen) or NO_FIGURE,
            t("ja") if point.feasible else t("nej"),
        )
        for point in found.curve
    )
    return Shown(caption, header, rows, (True, True, True, False, False))
