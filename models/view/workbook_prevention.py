"""The page Forebyggelse as a workbook: cases with years, purses, assumptions and trial; decided cases with their noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.view.investment_tables import (
    balance_table,
    cases_table,
    labels_of,
    months_table,
    placebo_table,
    purses_table,
    register_table,
    swings_table,
    years_table,
)
from models.view.investment_words import caveats, track_sentence, waiting_sentence
from models.view.run import price_level_text
from models.view.tables import Shown
from models.view.workbook_priority import shown_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.investment.balance import GradeShare
    from models.investment.worth import Worth
    from models.view.language import Language
    from models.view.run import RunView


def prevention_workbook(
    run: RunView,
    worths: Sequence[Worth],
    cut: Sequence[Worth | None],
    shares: Sequence[GradeShare],
    report: Mapping[str, Any] | None,
    language: Language,
) -> bytes:
    """Write all of it, each kind of table on a sheet of its own.

    Args:
        run: The run.
        worths: Cases, valued.
        cut: The same with the haircut of the own track record; None where none is suggested, or it is taken off already.
        shares: Cases by grade of evidence.
        report: The follow-up; None: nothing is decided.
        language: Headings and words.

    Returns:
        The file; the same input gives the same cells.
    """
    t = language.text
    unit = t("{unit}, {level}", unit=language.money_unit, level=price_level_text(language, run.price_level))
    sheets: list[tuple[str, Shown]] = []
    if worths:
        names = [worth.case.name for worth in worths]
        years = [years_table(worth, language, t("Kommunens netto pr. år, {unit}", unit=unit)) for worth in worths]
        purses = [purses_table(worth, language, t("Over ti år, ikke diskonteret, {unit}", unit=unit)) for worth in worths]
        swings = [
            swings_table(worth, language, t("Nutidsværdi ved hver ende af en forudsætning, {unit}", unit=unit))
            for worth in worths
        ]
        sheets += [
            (t("Sager"), cases_table(worths, cut, language, t("Sager, {unit}", unit=unit))),
            (t("År"), _together(names, years, language)),
            (t("Kasser"), _together(names, purses, language)),
            (t("Hvad betyder mest"), _together(names, swings, language)),
            (t("Viden"), balance_table(shares, language, t("Efter hvor godt virkningen kendes, {unit}", unit=unit))),
        ]
    lines = report["cases"] if report else []
    labels = labels_of(run, lines, language)
    if lines:
        sheets.append((t("Opfølgning"), register_table(lines, labels, language, t("Besluttede sager og besparelser"))))
        measured = [line for line in lines if line["effect"]]
        caption = t("Den samme regning, hvor intet blev gjort: så stor er støjen")
        if measured:
            placebo = [placebo_table(line, labels, language, caption) for line in measured]
            ids = [line["name"] or line["decision_id"] for line in measured]
            sheets.append((t("Intet blev gjort"), _together(ids, placebo, language)))
            came = t("Det, der kom, ved siden af det ventede uden indsatsen (fuldtidsborgere; ved sager om udgift kr. pr. måned)")
            sheets.append((t("Måneder"), _together(ids, [months_table(line, language, came) for line in measured], language)))
    notes = [f"{worth.case.name}: {said}" for worth in worths if (said := waiting_sentence(worth, language))]
    notes += list(dict.fromkeys(said for worth in worths for said in caveats(worth, language)))
    notes += [track_sentence(report["track_record"], language)] if report else []
    if report and report["run_id"] != run.run_id:
        notes.append(t("Opfølgningen er fra kørsel {run}.", run=report["run_id"]))
    return shown_workbook(sheets, language, notes, [run])


def _together(names: Sequence[str], tables: Sequence[Shown], language: Language) -> Shown:
    """Tables of one shape beneath each other, whose they are in the first column."""
    rows = tuple((name, *row) for name, table in zip(names, tables, strict=True) for row in table.rows)
    first = tables[0]
    return Shown(first.caption, (language.text("Sag"), *first.header), rows, (False, *first.figures))
