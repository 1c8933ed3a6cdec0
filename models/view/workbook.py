"""The follow-up as a workbook (xlsx) in its own layout: figures as figures, hidden cells as on the page, sources on a sheet."""

from __future__ import annotations

import io
import math
from itertools import pairwise
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.styles import Alignment

from models.outturn import MOVES, NET_LINES, moved
from models.view.follow_up_wording import (
    follow_up_label,
    hidden_word,
    line_label,
    marked_label,
    move_label,
    period_label,
    split_note,
    step_label,
    verified_word,
)
from models.view.origin_words import origin_rows
from models.view.refund_tables import (
    AMOUNTS,
    APART,
    apart_hidden,
    apart_labels,
    caveats,
    next_krone_sentence,
    refund_years,
)
from models.view.run import NOMINAL, price_level_text, rows_of
from models.view.sheets import AMOUNT, SHARE, SIGNED, add_row, header_of, say_if_empty, set_widths, strengthen, title_of, whole
from models.view.workbook_providers import add_prices
from models.view.workbook_radar import add_leaving, add_radar
from models.view.workbook_staff import add_adjustments, add_estimates
from models.view.year_result import bridge, follow_ups, glance, months, results, technical_budget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from models.outturn import FollowUp
    from models.view.language import Language
    from models.view.run import RunView
    from models.view.sheets import Value
    from models.view.year_result import Result

COLUMNS = (
    "budget_original", "budget_carried_over", "budget_revised", "budget_change_proposed", "budget_proposed", "posted",
    "committed", "late", "expected_new", "expected_ended", "ahead", "decided_not_in_data", "adjusted", "outside_model", "mean",
    "q10", "q90", *NET_LINES, "deviation_mean", "probability_over", "reserve_80",
)  # fmt: skip
_FORMATS = {"budget_change_proposed": SIGNED, "deviation_mean": SIGNED, "probability_over": SHARE}
_ABOUT = frozenset({"run", "budget", "commitments"})
"""Of whom notices stand on the last sheet: the whole run, and the files that the follow-up stands on."""
_INDENT = {"total": 0, "committee": 0, "frame": 1, "service": 2}


def follow_up_workbook(run: RunView, language: Language, year: int, earlier: Sequence[FollowUp] = ()) -> bytes:
    """Write the follow-up of one accounting year.

    Sheets: the follow-up itself, month by month, the bridge, earlier follow-ups, the technical budget, the refund, commitments,
    price and quantity, who reaches 18 and 23, staff's adjustments and estimates, and what the figures rest on. Amounts are whole
    figures in the run's currency, not millions.

    Args:
        run: The published run.
        language: Headings and words.
        year: Accounting year.
        earlier: Earlier follow-ups, newest first.

    Returns:
        The file. The same run, year and language give the same cells.
    """
    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    t = language.text
    _follow_up(book.create_sheet(t("Budgetopfølgning")), run, language, year)
    _months(book.create_sheet(t("Måned for måned")), run, language, year)
    _bridges(book.create_sheet(t("Budget til resultat")), run, language, year)
    _earlier(book.create_sheet(t("Tidligere opfølgninger")), run, language, year, earlier)
    _technical(book.create_sheet(t("Teknisk budget")), run, language)
    _refund(book.create_sheet(t("Central refusion")), run, language, year)
    _commitments(book.create_sheet(t("Disponeret")), run, language, year)
    add_prices(book.create_sheet(t("Pris og mængde")), run, language, year)
    add_radar(book.create_sheet(t("Fylder 18 eller 23 år")), run, language)
    add_leaving(book.create_sheet(t("Ud ved 18 og 23 år")), run, language)
    add_adjustments(book.create_sheet(t("Justeringer")), run, language, year)
    add_estimates(book.create_sheet(t("Egne skøn")), run, language)
    _about(book.create_sheet(t("Om tallene")), run, language)
    if run.finished is not None:
        made = run.finished.replace(tzinfo=None)
        book.properties.created = book.properties.modified = made
    book.properties.title = t("Budgetopfølgning {year}", year=year)
    book.properties.creator = "opdrift"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _unit(language: Language, level: str) -> str:
    currency = {"da": {"DKK": "kr."}.get(language.currency, language.currency)}.get(language.code, language.currency)
    return f"{currency}, {price_level_text(language, level)}"


def _column_label(language: Language, name: str, unverified: frozenset[str]) -> str:
    t = language.text
    ends = {"q10": t("Nedre (1 ud af 10 under)"), "q90": t("Øvre (1 ud af 10 over)")}
    return ends.get(name) or marked_label(language, name, unverified=unverified)


def _follow_up(sheet: Worksheet, run: RunView, language: Language, year: int) -> None:
    t = language.text
    rows = results(run, language, year)
    names = [name for name in COLUMNS if any(_is_told(row, name) for row in rows)] or list(COLUMNS)
    title = t(
        "Budgetopfølgning {year} efter {month}, {unit}",
        year=year,
        month=language.month(run.cutoff),
        unit=_unit(language, NOMINAL),
    )
    kinds = {"total": t("I alt"), "committee": t("Udvalg"), "frame": t("Ramme"), "service": t("Indsats")}
    title_of(sheet, title, [split_note(language, run, rows[0])] if rows else [])
    unverified = frozenset(name for row in rows for name in row.unverified)
    header = [t("Niveau"), t("Udvalg, ramme og indsats"), *(_column_label(language, name, unverified) for name in names)]
    header_of(sheet, header)
    for row in [*rows[1:], *rows[:1]]:  # the total last, as a sum stands
        add_row(
            sheet, [kinds[row.level], row.label, *_cells(language, row, names)], [_FORMATS.get(name, AMOUNT) for name in names]
        )
        at = sheet.max_row
        sheet.cell(at, 2).alignment = Alignment(indent=_INDENT[row.level])
        if row.level != "service":
            strengthen(sheet, at, fill=row.level in {"total", "committee"})
    set_widths(sheet, [8, 42, *[14] * len(names)], freeze="C5")


def _is_told(row: Result, name: str) -> bool:
    """Whether a row has something in a column: a figure, or the word that it is hidden."""
    if name in row.withheld:
        return True
    known = row["half_refund" if name == "net" else name]
    return not math.isnan(known) and (known != 0.0 or name not in {"half_refund", "net"})


def _cells(language: Language, row: Result, names: Sequence[str]) -> list[Value]:
    if row.hidden:
        return [hidden_word(language)] * len(names)
    found: list[Value] = []
    for name in names:
        if name in row.withheld:
            found.append(hidden_word(language))
            continue
        value = row[name]
        rounded = round(value, 4 if name == "probability_over" else 0) if not math.isnan(value) else None
        found.append(-rounded if name == "expected_ended" and rounded is not None else rounded)
    return found


def _months(sheet: Worksheet, run: RunView, language: Language, year: int) -> None:
    t = language.text
    title_of(
        sheet,
        t("Måned for måned {year}, {unit}", year=year, unit=_unit(language, NOMINAL)),
        [t("Måned 13 er supplementsperioden.")],
    )
    names = ("posted", "expected", "budget", "last_year", "cumulated_mean", "cumulated_q10", "cumulated_q90")
    labels = (
        t("Bogført"), t("Ventet endnu"), t("Budget/12"), t("Sidste år"), t("Bogført og ventet, samlet"), t("Samlet, nedre"),
        t("Samlet, øvre"),
    )  # fmt: skip
    header_of(sheet, [t("Udvalg, ramme og indsats"), t("Måned"), *labels])
    for row in results(run, language, year):
        own = months(run, year, (row.level, row.member))
        if own.empty:
            add_row(sheet, [row.label, hidden_word(language)], [])
        for period in rows_of(own):
            values = [whole(float(getattr(period, name))) for name in names]
            add_row(sheet, [row.label, period_label(language, int(period.period)), *values], [AMOUNT] * len(names))
    set_widths(sheet, [46, 9, *[17] * len(names)], freeze="C5")


def _bridges(sheet: Worksheet, run: RunView, language: Language, year: int) -> None:
    t = language.text
    title_of(sheet, t("Fra korrigeret budget til forventet forbrug {year}, {unit}", year=year, unit=_unit(language, NOMINAL)), [])
    header_of(sheet, [t("Udvalg og ramme"), t("Forklaring"), t("Beløb")])
    for row in glance(run, language, year):
        found = bridge(run, year, (row.level, row.member))
        if found is None:
            continue
        add_row(sheet, [row.label, line_label(language, "budget_revised"), whole(found.budget)], [AMOUNT])
        for step, effect in found.effects.items():
            add_row(sheet, [row.label, step_label(language, step), whole(effect)], [SIGNED])
        add_row(sheet, [row.label, line_label(language, "mean"), whole(found.expected)], [AMOUNT])
        strengthen(sheet, sheet.max_row, fill=True)
    set_widths(sheet, [46, 52, 18], freeze="A5")


def _earlier(sheet: Worksheet, run: RunView, language: Language, year: int, earlier: Sequence[FollowUp]) -> None:
    t = language.text
    title_of(sheet, t("Opfølgninger på {year} ved siden af hinanden, {unit}", year=year, unit=_unit(language, NOMINAL)), [])
    line = follow_ups(run, earlier, year)
    header_of(sheet, [t("Udvalg og ramme"), t("Linje"), *(follow_up_label(language, item) for item in line)])
    shown = ("budget_revised", "posted", "late", "mean", "deviation_mean")
    for row in glance(run, language, year):
        key = (row.level, row.member)
        found = [item.row(*key, year) for item in line]
        for name in shown:
            values = [hidden_word(language) if own is None else whole(float(own[name])) for own in found]
            add_row(sheet, [row.label, line_label(language, name), *values], [_FORMATS.get(name, AMOUNT)] * len(values))
        moves = [moved(a, b, level=key[0], member=key[1], year=year) for a, b in pairwise(line)]
        for name in MOVES if any(moves) else ():
            steps = [None if item is None else whole(float(getattr(item, name))) for item in moves]
            add_row(sheet, [row.label, move_label(language, name), None, *steps], [SIGNED] * (len(steps) + 1))
    set_widths(sheet, [46, 44, *[22] * len(line)], freeze="C5")


def _refund(sheet: Worksheet, run: RunView, language: Language, year: int) -> None:
    """Gross, central refund, that of §§ 109-110 and net of every frame's open years."""
    t = language.text
    said = next_krone_sentence(language, run, year)
    notes = [*([] if said is None else [said]), *caveats(language, run)]
    title_of(sheet, t("Brutto, central refusion og netto, {unit}", unit=_unit(language, NOMINAL)), notes)
    names = (t("Brutto"), t("Central refusion"), t("Netto efter central refusion"))
    ends = [word for name in names for word in (name, t("{name}, nedre", name=name), t("{name}, øvre", name=name))]
    header_of(sheet, [t("Ramme (bevilling)"), t("År"), *ends, *apart_labels(language), t("Grænser")])
    for member in glance(run, language, year):
        for row in rows_of(refund_years(run, member.level, member.member)):
            facts = row._asdict()
            columns = [f"{name}_{word}" for name in AMOUNTS for word in ("mean", "q10", "q90")]
            values: list[Value] = [hidden_word(language) if row.mask else whole(facts[name]) for name in columns]
            values += [hidden_word(language) if apart_hidden(row) else whole(facts[name]) for name in APART]
            mark = verified_word(language, is_verified=bool(row.thresholds_verified))
            add_row(sheet, [member.label, int(row.year), *values, mark], ["0", *[AMOUNT] * len(values), "@"], skip=1)
    set_widths(sheet, [46, 9, *[18] * (len(ends) + len(APART)), 18], freeze="C5")


def _technical(sheet: Worksheet, run: RunView, language: Language) -> None:
    t = language.text
    title = t("Teknisk budget: budgetår og overslagsår, {unit}", unit=_unit(language, run.price_level))
    title_of(
        sheet,
        title,
        [t("Ændringen er regnet fra det senest vedtagne budget. Overslagsår er mere usikre, jo længere frem de ligger.")],
    )
    labels = (
        t("Vedtaget budget"),
        t("Teknisk budget"),
        t("Ændring"),
        t("Ændring, nedre"),
        t("Ændring, øvre"),
        t("Heraf besluttet, ikke i data"),
        t("Heraf justeringer"),
        t("Pris- og lønindeks"),
    )
    header_of(sheet, [t("Ramme (bevilling)"), t("År"), *labels])
    formats = [AMOUNT, AMOUNT, SIGNED, SIGNED, SIGNED, SIGNED, SIGNED, "@"]
    for row in technical_budget(run, language):
        amounts = (row.adopted, row.technical, row.change, row.low, row.high, row.decided, row.adjusted)
        mark = verified_word(language, is_verified=row.index_known)
        add_row(sheet, [row.label, row.year, *(whole(amount) for amount in amounts), mark], ["0", *formats], skip=1)
    set_widths(sheet, [46, 9, *[18] * len(labels)], freeze="C5")


def _commitments(sheet: Worksheet, run: RunView, language: Language, year: int) -> None:
    t = language.text
    note = t("En disponering erstatter skønnet for sin sag og lægges aldrig oveni. Disponeringer uden kendt sag er kun vist.")
    title_of(sheet, t("Disponeret mod sagslisten {year}, {unit}", year=year, unit=_unit(language, NOMINAL)), [note])
    labels = (t("Disponeret"), t("Sagslisten"), t("Forskel"), t("Uden kendt sag"), t("Brugt i skønnet"))
    header_of(sheet, [t("Indsats"), *labels])
    table = run.tables["commitment_differences"]
    own = table[table["year"] == year]
    for row in rows_of(own):
        amounts = (row.committed, row.case_list, row.difference, row.unmatched)
        values: list[Value] = [hidden_word(language) if math.isnan(amount) else whole(amount) for amount in amounts]
        used = t("ja") if row.used else t("nej")
        add_row(
            sheet, [run.label(language, "service", row.service), *values, used], [AMOUNT, AMOUNT, SIGNED, AMOUNT, "@"], skip=1
        )
    say_if_empty(sheet, t("Ingen."), rows=len(own))
    set_widths(sheet, [46, *[18] * len(labels)], freeze="B5")


def _about(sheet: Worksheet, run: RunView, language: Language) -> None:
    t = language.text
    title_of(sheet, t("Hvad tallene hviler på"), [t("Resultater er skøn.")])
    header_of(sheet, [t("Oplysning"), t("Værdi")])
    facts = [
        *origin_rows(run, language),
        (t("Prisniveau, opfølgning"), price_level_text(language, NOMINAL)),
        (t("Prisniveau, teknisk budget"), price_level_text(language, run.price_level)),
        (t("Skjulte tal"), t("hviler på meget få borgere, eller kunne røbe dem")),
    ]
    for name, value in facts:
        add_row(sheet, [name, value], [])
    for notice in rows_of(run.tables["notices"]):
        if notice.member in _ABOUT:
            add_row(sheet, [t("Forbehold"), language.pick(notice.text_da, notice.text_en)], [])
    files = run.tables["input_files"]
    for row in rows_of(files[files["status"] == "used"]):
        add_row(sheet, [t("Datafil: {name}", name=row.file_name), f"SHA-256 {row.sha256}"], [])
    for row in sheet.iter_rows(min_row=5, min_col=2, max_col=2):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")
    set_widths(sheet, [46, 84], freeze="A5")
