"""Known citizens as tables and sentences: who is still here, who is new, and what awaits those who reach 18 and 23."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.citizens.radar_leaving import NONE
from models.view.follow_up_wording import hidden_word
from models.view.run import rows_of
from models.view.tables import Shown, between

if TYPE_CHECKING:
    from models.view.language import Language
    from models.view.run import RunView

ALL = "all"
_LEFT_KEYS = ["age", "period", "from_committee", "to_committee"]


def known_sentence(language: Language, run: RunView, level: str, member: str) -> str | None:
    """How many of today's are still in the same service in a year; None where that is not told."""
    rows = _decembers(run, level, member)
    if rows.empty:
        return None
    first = next(iter(rows_of(rows)))
    return language.text(
        "Af {open} helårsborgere, der er kendt i dag, ventes {still} at være i samme tilbud i december {year} "
        "(4 ud af 5 gange mellem {low} og {high}); {new} er nye.",
        open=_persons(language, first.open_at_cutoff),
        still=_persons(language, first.still_here),
        low=_persons(language, first.still_here_q10),
        high=_persons(language, first.still_here_q90),
        new=_persons(language, first.new),
        year=first.month.year,
    )


def _decembers(run: RunView, level: str, member: str) -> pd.DataFrame:
    table = run.tables["known_months"]
    months = pd.to_datetime(table["month"])
    mine = (table["level"] == level) & (table["member"] == member) & (table["mask"] == "") & (months.dt.month == 12)
    return table[mine].assign(month=months[mine]).sort_values("month")


def known_table(language: Language, run: RunView, level: str, member: str, caption: str) -> Shown | None:
    """Every December: those known today, still here, ended, come from another service, new; None where that is not told."""
    rows = _decembers(run, level, member)
    if rows.empty:
        return None
    t = language.text
    header = (
        t("December"), t("Kendt i dag"), t("Stadig i samme tilbud"), t("Ophørt"), t("Kommet fra andet tilbud"), t("Nye"),
    )  # fmt: skip
    body = tuple(
        (
            str(row.month.year),
            *(_persons(language, value) for value in (row.open_at_cutoff, row.still_here, row.ended, row.moved_here, row.new)),
        )
        for row in rows_of(rows)
    )
    return Shown(caption, header, body, (False, True, True, True, True, True), frozenset())


def radar_table(language: Language, run: RunView, caption: str, *, quarters: bool) -> Shown | None:
    """Who reaches 18 and 23, by year and the services they are expected to enter, or by quarter; None where nobody does."""
    table = run.tables["transition_radar"]
    rows = table[table["period"].astype(str).str.contains("Q") == quarters]
    if rows.empty:
        return None
    t = language.text
    header = (
        t("Fylder"), t("Periode"), t("Fra udvalg"), t("Til udvalg"), t("Indsats"), t("Borgere, der når alderen"),
        t("Ventes videre"), t("Udgift på et helt år"), t("4 ud af 5 gange mellem"),
    )  # fmt: skip
    body, strong = [], set()
    for place, row in enumerate(rows_of(rows.sort_values(["age", "period", "from_committee", "to_committee"], kind="stable"))):
        if row.to_service == ALL:
            strong.add(place)
        named = t("Alle") if row.to_service == ALL else run.label(language, "service", row.to_service)
        keys = (str(row.age), period_label(language, str(row.period)), row.from_committee, row.to_committee, named)
        reaching = hidden_word(language) if math.isnan(row.expected) else _persons(language, row.reaching)
        body.append((*keys, reaching, *_told(language, row)))
    return Shown(caption, header, tuple(body), (False, False, False, False, False, True, True, True, True), frozenset(strong))


def sides_table(language: Language, run: RunView, caption: str) -> Shown | None:
    """By committee and year what leaves it at 18 and 23 and what comes to it from another; None where nobody does.

    Who goes from one committee to another stands under both: under the one that is left at what they cost there today, under the
    other at what they will cost there.
    """
    t = language.text
    entering, leaving = run.tables["transition_radar"], run.tables["transition_leaving"]
    rows = []
    for row in rows_of(_across(leaving, "from_service")):
        way = (
            t("Ud, til ingen anden indsats") if row.to_committee == NONE else t("Ud til {committee}", committee=row.to_committee)
        )
        rows.append((str(row.from_committee), row, way))
    rows += [
        (str(row.to_committee), row, t("Ind fra {committee}", committee=row.from_committee))
        for row in rows_of(_across(entering, "to_service"))
    ]
    if not rows:
        return None
    rows.sort(key=lambda told: (told[0], told[1].age, told[1].period))
    header = (
        t("Udvalg"), t("Fylder"), t("År"), t("Retning"), t("Borgere, der ventes"), t("Udgift på et helt år"),
        t("4 ud af 5 gange mellem"),
    )  # fmt: skip
    body = tuple((committee, str(row.age), str(row.period), way, *_told(language, row)) for committee, row, way in rows)
    return Shown(caption, header, body, (False, False, False, False, True, True, True), frozenset())


def _across(table: pd.DataFrame, service: str) -> pd.DataFrame:
    """Whole years, all services, from one committee to another or out of help."""
    years = ~table["period"].astype(str).str.contains("Q") & (table[service] == ALL)
    return table[years & (table["from_committee"] != table["to_committee"])]


def left_table(language: Language, run: RunView, caption: str) -> Shown | None:
    """Which services those who reach 18 and 23 leave, by year; None where nobody does."""
    table = run.tables["transition_leaving"]
    rows = table[~table["period"].astype(str).str.contains("Q")]
    if rows.empty:
        return None
    t = language.text
    header = (
        t("Fylder"), t("Periode"), t("Fra udvalg"), t("Fra indsats"), t("Til udvalg"), t("Borgere, der ventes"),
        t("Udgift på et helt år"), t("4 ud af 5 gange mellem"),
    )  # fmt: skip
    body, strong = [], set()
    for place, row in enumerate(rows_of(rows.sort_values(_LEFT_KEYS, kind="stable"))):
        if row.from_service == ALL:
            strong.add(place)
        keys = (str(row.age), period_label(language, str(row.period)), row.from_committee, *left_labels(language, run, row))
        body.append((*keys, *_told(language, row)))
    return Shown(caption, header, tuple(body), (False, False, False, False, False, True, True, True), frozenset(strong))


def left_labels(language: Language, run: RunView, row: Any) -> tuple[str, str]:  # noqa: ANN401  (a row of a frame)
    """What the service that is left is called, and where they go."""
    t = language.text
    named = t("Alle") if row.from_service == ALL else run.label(language, "service", row.from_service)
    return named, t("Ingen anden indsats") if row.to_committee == NONE else str(row.to_committee)


def _told(language: Language, row: Any) -> tuple[str, ...]:  # noqa: ANN401  (a row of a frame)
    if math.isnan(row.expected):
        return (hidden_word(language),) * 3
    return (
        language.number(row.expected),
        language.million(row.yearly_cost_real),
        between(language, row.yearly_cost_q10_real, row.yearly_cost_q90_real),
    )


def _persons(language: Language, value: float) -> str:
    return language.number(value, decimals=0)


def period_label(language: Language, period: str) -> str:
    """Name a year or quarter of the radar."""
    year, _, quarter = period.partition("-Q")
    return language.text("{quarter}. kvartal {year}", quarter=quarter, year=year) if quarter else year
