"""Staff's own earlier estimates beside ours, and who was nearer: on the pages Budgetopfølgning and Modelkvalitet, and in xlsx."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.outturn import record_of
from models.view.follow_up_wording import hidden_word
from models.view.language import NO_FIGURE, message
from models.view.run import rows_of
from models.view.tables import Shown, between

if TYPE_CHECKING:
    from models.view.language import Language
    from models.view.run import RunView

_NEARER = {
    "ours": message("fremskrivningen"),
    "staff": message("eget skøn"),
    "same": message("lige tæt på"),
}
_LEVELS = ("total", "committee", "frame", "service")


def estimates_of(run: RunView, year: int | None = None) -> pd.DataFrame:
    """Staff's estimates of one year (None: of every year whose accounts are known); total first, then by member and date."""
    table = run.tables["staff_estimates"]
    rows = table[table["actual"].notna()] if year is None else table[table["year"] == year]
    if rows.empty:
        return rows
    place = rows["level"].map(_LEVELS.index)
    return rows.assign(place=place).sort_values(["year", "place", "member", "follow_up_on"], kind="stable", ignore_index=True)


def estimates_table(language: Language, run: RunView, rows: pd.DataFrame, caption: str) -> Shown | None:
    """Staff's estimates beside ours; with errors where the accounts are known. None where there is none.

    Args:
        language: Words.
        run: For the labels.
        rows: From :func:`estimates_of`.
        caption: Of the table.
    """
    if rows.empty:
        return None
    t = language.text
    scored = bool(rows["actual"].notna().any())
    header = [t("Gælder"), t("År"), t("Kendt til og med"), t("Eget skøn"), t("Fremskrivningen"), t("4 ud af 5 gange mellem")]
    header += [t("Regnskab"), t("Eget skøns fejl"), t("Fremskrivningens fejl"), t("Nærmest")] if scored else [t("Forskel")]
    missing = months_without_ours(run)
    body = tuple(tuple(_cells(language, run, row, scored=scored, missing=missing)) for row in rows_of(rows))
    figures = (False, True, False, *[True] * (len(header) - 4), not scored)
    return Shown(caption, tuple(header), body, figures)


def months_without_ours(run: RunView) -> frozenset[pd.Timestamp]:
    """First days of months after which staff made an estimate that may be shown, and no published run shows ours."""
    table = run.tables["staff_estimates"]
    at = _months(table)
    told, open_rows = table["ours"].notna(), table["mask"] == ""
    return frozenset(at[open_rows]) - frozenset(at[told])


def _months(table: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """First days of the months that staff knew to."""
    return table["follow_up_on"].map(_first_day)


def _first_day(day: object) -> pd.Timestamp:
    return pd.Timestamp(str(day)).normalize().replace(day=1)


def is_missing(row: Any, missing: frozenset[pd.Timestamp]) -> bool:  # noqa: ANN401  (a row of a frame)
    """Whether ours lacks beside an estimate since no run of its month shows it."""
    return not row.mask and _first_day(row.follow_up_on) in missing


def missing_word(language: Language) -> str:
    """What stands where ours lacks."""
    return language.text("mangler")


def missing_sentence(language: Language, run: RunView, rows: pd.DataFrame) -> str | None:
    """Of which months ours lacks beside staff's, and the commands that make it; None where it lacks nowhere.

    Args:
        language: Words.
        run: The published run; nothing can be made of a month that its data do not have yet.
        rows: Those that are shown, from :func:`estimates_of`.
    """
    shown = frozenset(_months(rows)) & months_without_ours(run)
    known = sorted(month for month in shown if month.date() <= run.cutoff)
    if not known:
        return None
    days = [(month + pd.offsets.MonthEnd(0)).date().isoformat() for month in known]
    return language.text(
        "Fremskrivningen mangler efter {months}: ingen offentliggjort kørsel efter den måned viser den. Den kan laves bagefter "
        "med {commands}, og derefter »opdrift run« for igen at vise de nyeste data.",
        months=", ".join(language.month(month.date()) for month in known),
        commands=", ".join(f"»opdrift run --as-of {day}«" for day in days),
    )


def _cells(
    language: Language,
    run: RunView,
    row: Any,  # noqa: ANN401  (of a frame)
    *,
    scored: bool,
    missing: frozenset[pd.Timestamp],
) -> list[str]:
    head = [run.label(language, row.level, row.member), str(row.year), _known_to(language, row)]
    if row.mask:
        return head + [hidden_word(language)] * (7 if scored else 4)
    ours = missing_word(language) if is_missing(row, missing) else language.million(row.ours)
    cells = [language.million(row.staff), ours, between(language, row.ours_q10, row.ours_q90)]
    if not scored:
        return [*head, *cells, language.million(row.staff - row.ours, signed=True)]
    errors = [error_text(language, miss, row.actual) for miss in (row.staff_error, row.ours_error)]
    return [*head, *cells, language.million(row.actual), *errors, nearer_word(language, row.nearer)]


def _known_to(language: Language, row: Any) -> str:  # noqa: ANN401
    month = language.month(row.follow_up_on)
    return language.text("{month} (lavet bagefter)", month=month) if row.ours_remade else month


def error_text(language: Language, miss: float, actual: float) -> str:
    """A miss in millions and per cent of the accounts."""
    if math.isnan(miss):
        return NO_FIGURE
    share = language.percent(miss / abs(actual), decimals=1, signed=True) if actual else NO_FIGURE
    return language.text("{amount} ({share})", amount=language.million(miss, signed=True), share=share)


def nearer_word(language: Language, nearer: object) -> str:
    """Who was nearer; a dash where that is not known."""
    return language.text(_NEARER[nearer]) if isinstance(nearer, str) and nearer in _NEARER else NO_FIGURE


def record_sentence(language: Language, run: RunView) -> str | None:
    """How both did over every frame whose accounts are known; None where nothing can be compared."""
    rows = estimates_of(run)
    found = record_of(rows[rows["level"] == "frame"]) if len(rows) else None
    if found is None:
        return None
    return language.text(
        "Over {n} skøn af rammer, hvor regnskabet er kendt, ramte egne skøn i gennemsnit {staff} forkert ({staff_share} af "
        "udgiften) og fremskrivningen {ours} ({ours_share}). Fremskrivningen var nærmest {ours_nearer} gange, egne skøn "
        "{staff_nearer} gange; {inside} gange lå regnskabet inden for fremskrivningens interval.",
        n=language.number(found.count, decimals=0),
        staff=language.money(found.staff_miss),
        staff_share=language.percent(found.staff_share, decimals=1),
        ours=language.money(found.ours_miss),
        ours_share=language.percent(found.ours_share, decimals=1),
        ours_nearer=language.number(found.ours_nearer, decimals=0),
        staff_nearer=language.number(found.staff_nearer, decimals=0),
        inside=language.number(found.inside, decimals=0),
    )


def estimates_note(language: Language) -> str:
    """What the two are, and where ours comes from."""
    return language.text(
        "Egne skøn er dem, økonomi selv har afleveret (staff_estimates). Fremskrivningens er, hvad kørslen efter den samme måned "
        "sagde, da den blev vist, med justeringer; er der ingen, så er den lavet bagefter eller mangler. Begge er rammens "
        "nettoresultat uden central refusion. Fejl er skøn minus regnskab."
    )
