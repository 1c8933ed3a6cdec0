"""What is said beside a service about how it was forecast: method word and stated fallback, Danish and English."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.forecast.measures import has_nothing
from models.forecast.series import LEVEL_MONTHS, MIN_MONTHS, Cause, Kind

if TYPE_CHECKING:
    from models.forecast.fitting import FittedSeries
    from models.forecast.measures import ServiceSeries
    from models.forecast.series import Mark, Series

_NAMES = {
    "uptake": ("Dækningsgrad", "Uptake ratio"),
    "unit_cost": ("Enhedspris", "Unit cost"),
    "cost": ("Udgift", "Cost"),
}
_DIRECT = (
    "Ingen sager i data: udgiften er fremskrevet direkte, ikke som antal gange enhedspris.",
    "No cases in the data: cost is forecast directly, not as number times unit cost.",
)
_MISSED_LESS = (
    "Udgiften er fremskrevet direkte: det ramte bedre end antal gange enhedspris, da det blev prøvet på tidligere år.",
    "Cost is forecast directly: it missed less than number times unit cost when tried on earlier years.",
)
_DID_NOT_FIT = (
    f"modellen fandt ingen løsning: gennemsnittet af de seneste {LEVEL_MONTHS} måneder.",
    f"the model found no solution: mean of the newest {LEVEL_MONTHS} months.",
)
_BOUNDED = (
    "udviklingen er holdt inden for den vækst, der er set i historikken.",
    "the trend is held within the growth seen in history.",
)
_BY_KIND = {
    Kind.EMPTY: ("intet tal over nul i data; fremskrevet som nul.", "no figure above zero in the data; forecast as zero."),
    Kind.ENDED: (
        "nul i de seneste 12 måneder; ydelsen regnes for ophørt og er fremskrevet som nul.",
        "zero in the newest 12 months; the service is taken as ended and forecast as zero.",
    ),
    Kind.INTERMITTENT: (
        f"måneder med nul: gennemsnittet af de seneste {LEVEL_MONTHS} måneder, uden udvikling.",
        f"months with zero: mean of the newest {LEVEL_MONTHS} months, no trend.",
    ),
    Kind.CONSTANT: ("uændret i hele historikken: ført videre uændret.", "unchanged in all of history: carried on unchanged."),
}


def method_of(item: ServiceSeries, fits: dict[str, FittedSeries], *, group_has_trend: bool) -> str:
    """The published word for how a service was forecast; its main series (uptake, or cost) decides.

    Args:
        item: The service.
        fits: Its fitted series by name.
        group_has_trend: Another service of the group lent its trend.
    """
    if has_nothing(item):
        return "none"
    if item.direct:
        return "cost_direct"
    main = fits["uptake"]
    if main.continued is not None:
        return "combined"
    return "prophet_group" if main.series.kind in (Kind.SHORT, Kind.THIN) and group_has_trend else "level"


def note_of(item: ServiceSeries, fits: dict[str, FittedSeries], *, borrowed: dict[str, bool]) -> tuple[str, str]:
    """All stated fallbacks of a service, Danish and English; empty where there is none.

    Args:
        item: The service.
        fits: The series that its draws are made of, by name.
        borrowed: By series name: the group lent its trend.
    """
    notes = [_DIRECT] if item.direct and item.main.kind is not Kind.EMPTY else []
    if not item.direct and "cost" in fits:
        notes.append(_MISSED_LESS)
    for name, fit in fits.items():
        said = note_of_part(fit, borrowed=borrowed[name])
        if said:
            notes.append((f"{_NAMES[name][0]}: {said[0]}", f"{_NAMES[name][1]}: {said[1]}"))
    return " ".join(note[0] for note in notes), " ".join(note[1] for note in notes)


def marks_of(fits: dict[str, FittedSeries]) -> tuple[str, str]:
    """All marked months of a service, Danish and English; for those alone whose months may be shown.

    Args:
        fits: The series that its draws are made of, by name.
    """
    notes = [(_NAMES[name], note) for name, fit in fits.items() for note in notes_of_marks(fit.series)]
    danish, english = ([f"{names[place]}: {note[place]}" for names, note in notes] for place in (0, 1))
    return " ".join(danish), " ".join(english)


def note_of_part(fit: FittedSeries, *, borrowed: bool) -> tuple[str, str] | None:
    """The stated fallback of one series, Danish and English; None where it has a path of its own within bounds."""
    months = fit.series.months
    lent_da, lent_en = ("gruppens udvikling", "the group's trend") if borrowed else ("uændret niveau", "no trend")
    if fit.series.kind is Kind.THIN:
        return (
            f"for få borgere til en egen udvikling: seneste niveau og {lent_da}; usikkerheden er stor.",
            f"too few citizens for a trend of its own: newest level and {lent_en}; uncertainty is wide.",
        )
    if fit.series.kind is Kind.SHORT:
        return (
            f"kun {months} måneders historik (under {MIN_MONTHS}): seneste niveau og {lent_da}.",
            f"only {months} month{'s' * (months != 1)} of history (under {MIN_MONTHS}): newest level and {lent_en}.",
        )
    if fit.did_not_fit:
        return _DID_NOT_FIT
    if fit.continued is not None and fit.continued.bounded:
        return _BOUNDED
    return _BY_KIND.get(fit.series.kind)


def notes_of_marks(series: Series) -> tuple[tuple[str, str], ...]:
    """What is said of the months that the fit does not take as they came, Danish and English; how many, and which."""
    one_offs = [mark for mark in series.marks if mark.cause is Cause.ONE_OFF]
    notes = [_one_off_note(one_offs)] if one_offs else []
    if series.closed:
        notes.append(_closed_note(sum(series.closed)))
    for mark in series.marks:
        if mark.cause is Cause.DECLARED:
            span = f"{mark.first:%Y-%m}–{mark.last:%Y-%m}"
            danish = f"{mark.label_da} ({span}) afviger og er holdt ude af tilpasningen, ikke af tallene."
            notes.append((danish, f"{mark.label_en} ({span}) is off and left out of the fit, not of the figures."))
        elif mark.cause is Cause.STEP:
            notes.append(_step_note(mark))
    return tuple(notes)


def _closed_note(months: int) -> tuple[str, str]:
    danish, english = ("måned", "month") if months == 1 else ("måneder", "months")
    return (
        f"{months} {danish} er nul hvert år: de er holdt ude af tilpasningen og er nul også fremover.",
        f"{months} {english} of every year {'is' if months == 1 else 'are'} zero: left out of the fit, and zero ahead too.",
    )


def _one_off_note(marks: list[Mark]) -> tuple[str, str]:
    months = [f"{month:%Y-%m}" for mark in marks for month in {mark.first: 0, mark.last: 0}]
    listed, several = ", ".join(months), len(months) > 1
    danish = f"{len(months)} enkeltstående {'måneder' if several else 'måned'} langt fra naboerne ({listed})"
    english = f"{len(months)} one-off {'months' if several else 'month'} far from the neighbours ({listed})"
    return f"{danish}: holdt ude af tilpasningen, ikke af tallene.", f"{english}: left out of the fit, not of the figures."


def _step_note(mark: Mark) -> tuple[str, str]:
    per_cent = f"{100.0 * math.expm1(mark.step):+.0f} %"
    danish = f"{mark.label_da} ({mark.first:%Y-%m}): niveauet skiftede {per_cent}"
    english = f"{mark.label_en} ({mark.first:%Y-%m}): the level shifted {per_cent}"
    return (
        f"{danish}; tilpasningen har kædet historikken før til det nye niveau.",
        f"{english}; the fit has chained the history before it to the newer level.",
    )
