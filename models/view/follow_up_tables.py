"""Tables of the page Budgetopfølgning; what is hidden says so."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from models.outturn import MOVES, moved
from models.view.follow_up_wording import (
    follow_up_label,
    hidden_word,
    line_label,
    marked_label,
    move_label,
    period_label,
    step_label,
    verified_word,
)
from models.view.language import NO_FIGURE
from models.view.run import rows_of
from models.view.tables import Shown, between
from models.view.wording import chance_text, deviation_word
from models.view.year_result import LINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from models.outturn import FollowUp
    from models.view.language import Language
    from models.view.run import RunView
    from models.view.year_result import Bridge, Result, Technical

_GLANCE = ("budget_original", "budget_revised", "posted", "mean")
_AFTER_REFUND = ("central_refund", "net_of_central")
_SIGNED = frozenset({"deviation_mean", "budget_change_proposed"})
_SIDE_BY_SIDE = (
    "budget_revised", "posted", "late", "committed", "expected_new", "expected_ended", "ahead", "decided_not_in_data",
    "adjusted", "outside_model", "mean", "deviation_mean",
)  # fmt: skip


def glance_table(language: Language, rows: Sequence[Result], caption: str) -> Shown:
    """Members beside each other in the follow-up's columns; a hidden one says so. After refund where any is known.

    What is not verified after refund is said in the caption, which goes with the table as a file: in the heads it takes a
    laptop's last columns out of sight.
    """
    t = language.text
    after = _AFTER_REFUND if has_refund(rows) else ()
    if any(row.unverified & set(after) for row in rows):
        caption = t("{caption}. Central refusion og netto er ikke verificeret.", caption=caption)
    header = (
        t("Udvalg og ramme"),
        t("Oprindeligt budget"),
        t("Korrigeret budget"),
        t("Forbrug til dato"),
        t("Forventet pr. 31/12"),
        *(line_label(language, name) for name in after),
        t("Afvigelse"),
        "",
        t("4 ud af 5 gange mellem"),
        t("Risiko for merforbrug"),
        t("Reserve (4 ud af 5)"),
    )
    body = tuple((row.label, *_glance_cells(language, row, (*_GLANCE, *after, "deviation_mean"))) for row in rows)
    strong = frozenset(place for place, row in enumerate(rows) if row.level in {"total", "committee"})
    figures = (False, *[True] * (len(_GLANCE) + len(after) + 1), False, True, True, True)
    return Shown(caption, header, body, figures, strong)


def has_refund(rows: Sequence[Result]) -> bool:
    """Whether the refund of any of these is known, be it hidden."""
    return any(not math.isnan(row["central_refund"]) or "central_refund" in row.withheld for row in rows)


def _glance_cells(language: Language, row: Result, names: Sequence[str]) -> tuple[str, ...]:
    if row.hidden:
        return (*[hidden_word(language)] * len(names), "", *[hidden_word(language)] * 3)
    return (
        *(_amount(language, row, name) for name in names),
        deviation_word(language, row["deviation_mean"]),
        between(language, row["deviation_q10"], row["deviation_q90"], signed=True),
        NO_FIGURE if math.isnan(row["probability_over"]) else chance_text(language, row["probability_over"]),
        language.million(row["reserve_80"]),
    )


def _amount(language: Language, row: Result, name: str) -> str:
    return hidden_word(language) if name in row.withheld else language.million(row[name], signed=name in _SIGNED)


def services_table(language: Language, rows: Sequence[Result], caption: str) -> Shown:
    """Services of a frame; the budget's columns only where some service has a budget of its own."""
    t = language.text
    budgeted = any(not math.isnan(row["budget_revised"]) for row in rows)
    names = ["posted", "late", "mean"]
    header = [t("Forbrug til dato"), t("Sene regninger"), t("Forventet pr. 31/12")]
    if budgeted:
        names = ["budget_revised", *names, "deviation_mean"]
        header = [t("Korrigeret budget"), *header, t("Afvigelse")]
    body = []
    for row in rows:
        amounts = [language.million(row[name], signed=name == "deviation_mean") for name in names]
        cells = (*amounts, between(language, row["q10"], row["q90"]))
        body.append((row.label, *([hidden_word(language)] * len(cells) if row.hidden else cells)))
    heads = (t("Indsats"), *header, t("Forventet, 4 ud af 5 gange mellem"))
    return Shown(caption, heads, tuple(body), (False, *(True for _ in heads[1:])))


def lines_table(language: Language, row: Result, caption: str) -> Shown:
    """One member's year, each krone once."""
    quiet = {"adjusted", "budget_carried_over"} | ({"ahead"} if row.is_split else set())
    known = [name for name in LINES if name in row.withheld or not math.isnan(row[name])]
    names = [name for name in known if name not in quiet or row[name]]
    body = tuple((marked_label(language, name, unverified=row.unverified), _taken_away(language, row, name)) for name in names)
    strong = frozenset(place for place, name in enumerate(names) if name in {"mean", "deviation_mean"})
    return Shown(caption, (language.text("Linje"), language.money_unit), body, (False, True), strong)


def _taken_away(language: Language, row: Result, name: str) -> str:
    """A line's amount; what the line above it is lessened by stands with its sign."""
    away = name in {"expected_ended", "central_refund"} and name not in row.withheld
    return language.million(-row[name]) if away else _amount(language, row, name)


def bridge_table(language: Language, bridge: Bridge, caption: str) -> Shown:
    """The bridge from the revised budget to the expected result."""
    body = [
        (line_label(language, "budget_revised"), language.million(bridge.budget)),
        *((step_label(language, step), language.million(effect, signed=True)) for step, effect in bridge.effects.items()),
        (line_label(language, "mean"), language.million(bridge.expected)),
    ]
    header = (language.text("Forklaring"), language.money_unit)
    return Shown(caption, header, tuple(body), (False, True), frozenset({0, len(body) - 1}))


def months_table(language: Language, rows: pd.DataFrame, caption: str) -> Shown:
    """Accounting periods: posted, expected, budget and last year, with running sums."""
    t = language.text
    header = (
        t("Måned"), t("Bogført"), t("Ventet endnu"), t("Budget/12"), t("Sidste år"), t("Bogført og ventet, samlet"),
        t("Budget, samlet"), t("Sidste år, samlet"),
    )  # fmt: skip
    names = ("posted", "expected", "budget", "last_year", "cumulated_mean", "cumulated_budget", "cumulated_last_year")
    body = tuple(
        (period_label(language, int(row.period)), *(language.million(getattr(row, name)) for name in names))
        for row in rows_of(rows)
    )
    return Shown(caption, header, body, (False, *(True for _ in names)))


def follow_ups_table(
    language: Language, follow_ups: Sequence[FollowUp], year: int, member: tuple[str, str], caption: str
) -> Shown:
    """Follow-ups side by side, the oldest first."""
    rows = [follow_up.row(*member, year) for follow_up in follow_ups]
    body = []
    for name in _SIDE_BY_SIDE:
        values = [math.nan if row is None else float(row.get(name, math.nan)) for row in rows]
        if name == "adjusted" and not any(value and not math.isnan(value) for value in values):
            continue
        if all(math.isnan(value) for value in values):
            continue
        cells = [
            hidden_word(language) if row is None else language.million(value, signed=name == "deviation_mean")
            for row, value in zip(rows, values, strict=True)
        ]
        body.append((line_label(language, name), *cells))
    header = (language.text("Linje"), *(follow_up_label(language, follow_up) for follow_up in follow_ups))
    strong = frozenset(place for place, row in enumerate(body) if row[0] == line_label(language, "mean"))
    return Shown(caption, header, tuple(body), (False, *(True for _ in follow_ups)), strong)


def moved_table(
    language: Language, follow_ups: Sequence[FollowUp], year: int, member: tuple[str, str], caption: str
) -> Shown | None:
    """What moved the expected result from each follow-up to the next; None where nothing can be told."""
    pairs = list(pairwise(follow_ups))
    found = [moved(before, after, level=member[0], member=member[1], year=year) for before, after in pairs]
    if not any(found):
        return None

    def cells(name: str) -> list[str]:
        return [NO_FIGURE if item is None else language.million(getattr(item, name), signed=True) for item in found]

    changes = [NO_FIGURE if item is None else language.million(item.later - item.earlier, signed=True) for item in found]
    body = [(move_label(language, name), *cells(name)) for name in MOVES]
    body.append((language.text("Ændring i forventet forbrug"), *changes))
    body.append((language.text("Ændring i korrigeret budget"), *cells("budget")))
    names = [(language.month(before.cutoff), language.month(after.cutoff)) for before, after in pairs]
    header = (language.text("Forklaring"), *(language.text("{first} til {last}", first=a, last=b) for a, b in names))
    return Shown(caption, header, tuple(body), (False, *(True for _ in pairs)), frozenset({len(MOVES)}))


def technical_table(language: Language, rows: Sequence[Technical], caption: str) -> Shown:
    """Technical budget: what each frame needs beside the last adopted budget."""
    t = language.text
    header = (
        t("Ramme (bevilling)"), t("År"), t("Vedtaget budget"), t("Teknisk budget"), t("Ændring"), t("4 ud af 5 gange mellem"),
        t("Heraf besluttet, ikke i data"), t("Heraf justeringer"), t("Pris- og lønindeks"),
    )  # fmt: skip
    body = tuple(
        (
            row.label,
            str(row.year),
            language.million(row.adopted),
            language.million(row.technical),
            language.million(row.change, signed=True),
            between(language, row.low, row.high, signed=True),
            language.million(row.decided, signed=True),
            language.million(row.adjusted, signed=True),
            verified_word(language, is_verified=row.index_known),
        )
        for row in rows
    )
    strong = frozenset(place for place, row in enumerate(rows) if row.level != "frame")
    return Shown(caption, header, body, (False, *[True] * 7, False), strong)


def commitments_table(language: Language, run: RunView, year: int, caption: str) -> Shown | None:
    """Commitments beside the case list; None where the run has no commitments of that year."""
    t = language.text
    table = run.tables["commitment_differences"]
    rows = table[table["year"] == year]
    if rows.empty:
        return None
    yes_no = {True: t("ja"), False: t("nej")}
    body = []
    for row in rows_of(rows):
        amounts = [row.committed, row.case_list, row.difference, row.unmatched]
        cells = [
            hidden_word(language) if math.isnan(value) else language.million(value, signed=place == 2)
            for place, value in enumerate(amounts)
        ]
        body.append((run.label(language, "service", row.service), *cells, yes_no[bool(row.used)]))
    header = (t("Indsats"), t("Disponeret"), t("Sagslisten"), t("Forskel"), t("Uden kendt sag"), t("Brugt i skønnet"))
    return Shown(caption, header, tuple(body), (False, True, True, True, True, False))
