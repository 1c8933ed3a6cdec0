"""Staff's adjustments on the page Budgetopfølgning and in its workbook: the year with and without, and each with its why."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.view.follow_up_wording import hidden_word
from models.view.language import NO_FIGURE, message
from models.view.run import price_level_text, rows_of
from models.view.tables import Shown
from models.view.wording import chance_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.view.language import Language
    from models.view.run import RunView
    from models.view.year_result import Result

KINDS = {
    "placement": message("Ny placering"),
    "rate_change": message("Takstændring"),
    "one_off": message("Engangsbeløb"),
    "other": message("Andet"),
}
_STANDINGS = {
    "counts": message("tæller med"),
    "withdrawn": message("trukket tilbage"),
    "in_data": message("er nu i data, tæller ikke oveni"),
    "begun": message("er begyndt og formodes at være i data, tæller ikke oveni"),
    "over": message("er overstået"),
    "unknown": message("ukendt ramme eller indsats, tæller ikke"),
    "hidden": message("hviler på skjulte tal, tæller ikke"),
    "next_run": message("tæller med fra næste kørsel"),
    "after_as_of": message("skrevet efter as-of-dagen, tæller først med i en kørsel uden as-of"),
    "leaves": message("trukket tilbage, tæller ikke fra næste kørsel"),
}
_PER = {
    "year": message("{amount} kr. om året"),
    "month": message("{amount} kr. om måneden"),
    "once": message("{amount} kr. én gang"),
}


def adjustments_of(run: RunView, year: int) -> pd.DataFrame:
    """Adjustments of one year: those that count first, the largest first."""
    table = run.tables["staff_adjustments"]
    rows = table[table["year"] == year]
    if rows.empty:
        return rows
    order = rows.assign(aside=rows["standing"] != "counts", size=-rows["moves"].astype(float).abs())
    return order.sort_values(["aside", "size", "adjustment_id"], kind="stable", ignore_index=True)


def with_and_without_table(language: Language, rows: Sequence[Result], caption: str) -> Shown | None:
    """Members whose year staff's adjustments move, with and without them; None where none is moved."""
    t = language.text
    moved = [row for row in rows if row.hidden or (not math.isnan(row["adjusted"]) and row["adjusted"] != 0.0)]
    if not any(not row.hidden for row in moved):
        return None
    header = (
        t("Udvalg og ramme"), t("Forventet uden justeringer"), t("Justeringer"), t("Forventet med"), t("Afvigelse uden"),
        t("Afvigelse med"), t("Risiko for merforbrug uden"), t("Risiko med"),
    )  # fmt: skip
    body = []
    for row in moved:
        if row.hidden:
            body.append((row.label, *[hidden_word(language)] * 7))
            continue
        moves = row["adjusted"]
        amounts = (
            language.million(row["mean"] - moves),
            language.million(moves, signed=True),
            language.million(row["mean"]),
            language.million(row["deviation_mean"] - moves, signed=True),
            language.million(row["deviation_mean"], signed=True),
        )
        body.append((row.label, *amounts, *(_chance(language, row[name]) for name in _CHANCES)))
    strong = frozenset(place for place, row in enumerate(moved) if row.level in {"total", "committee"})
    return Shown(caption, header, tuple(body), (False, *[True] * 7), strong)


_CHANCES = ("probability_over_unadjusted", "probability_over")


def _chance(language: Language, value: float) -> str:
    return NO_FIGURE if math.isnan(value) else chance_text(language, value)


def adjustments_table(
    language: Language, run: RunView, year: int, caption: str, *, taken_back: Mapping[str, str] = MappingProxyType({})
) -> Shown | None:
    """Every adjustment with its reason, who signed it, and whether it counts; withdrawn ones stay. None where there is none.

    Args:
        language: Words.
        run: The published run.
        year: Accounting year.
        caption: Of the table.
        taken_back: Why those that were withdrawn were, by id, where it is known.
    """
    rows = adjustments_of(run, year)
    if rows.empty:
        return None
    t = language.text
    header = (
        t("Gælder"), t("Slags"), t("I kraft"), t("Skrevet som"), t("Flytter {year}", year=year), t("Begrundelse"), t("Af"),
        t("Status"),
    )  # fmt: skip
    body = tuple(
        adjustment_cells(
            language, run, row._asdict() | {"withdrawn_reason": taken_back.get(row.adjustment_id)}, signed_moves(language, row)
        )
        for row in rows_of(rows)
    )
    return Shown(caption, header, body, (False, False, False, False, True, False, False, False))


def signed_moves(language: Language, row: object) -> str:
    """What an adjustment moves, in millions with its sign."""
    return language.number(float(row.moves) / 1e6, decimals=2, signed=True)  # type: ignore[attr-defined]


def adjustment_cells(language: Language, run: RunView, facts: dict[str, Any], moves: str) -> tuple[str, ...]:
    """One adjustment as cells: where, kind, when, as written, moves, why, who, standing."""
    t = language.text
    where = [run.label(language, "frame", facts["frame"])] if _is_text(facts["frame"]) else []
    where += [run.label(language, "service", facts["service"])] if _is_text(facts["service"]) else []
    signed = t("{who}, {day}", who=facts["who"], day=language.day(facts["entered_on"]))
    if not pd.isna(facts["withdrawn_on"]):
        by = facts["withdrawn_by"] if _is_text(facts["withdrawn_by"]) else facts["who"]
        signed = t("{signed}; trukket tilbage af {who}, {day}", signed=signed, who=by, day=language.day(facts["withdrawn_on"]))
        signed += f": {facts['withdrawn_reason']}" if _is_text(facts.get("withdrawn_reason")) else ""
    return (
        " · ".join(where) or hidden_word(language),
        t(KINDS[facts["kind"]]),
        _in_force(language, facts),
        as_written(language, facts),
        moves,
        str(facts["reason"]),
        signed,
        t(_STANDINGS[facts["standing"]]),
    )


def as_written(language: Language, facts: dict[str, Any]) -> str:
    """What staff wrote: an amount per year, month or once with its price level, or a change in per cent."""
    t = language.text
    if not pd.isna(facts["change_pct"]):
        return t(
            "{share} af det ventede", share=language.percent(float(str(facts["change_pct"])) / 100.0, decimals=1, signed=True)
        )
    said = t(_PER[str(facts["amount_per"])], amount=language.number(float(str(facts["amount_dkk"])), decimals=0))
    level = facts["price_level"]
    said += f" ({price_level_text(language, level)})" if isinstance(level, str) and level != "nominal" else ""
    return t("{said}; kun det, der ligger over en sædvanlig ny borger, tæller", said=said) if facts["among_expected"] else said


def _in_force(language: Language, facts: dict[str, Any]) -> str:
    first = language.day(facts["effective_from"])
    if pd.isna(facts["effective_to"]):
        return language.text("fra {day}", day=first)
    return language.text("{first} til {last}", first=first, last=language.day(facts["effective_to"]))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def adjustments_note(language: Language) -> str:
    """What an adjustment is, and what it isn't."""
    return language.text(
        "Justeringer er kommende hændelser, som økonomifolk kender og har skrevet under på. De står på en linje for sig og "
        "ændrer hverken data eller model. En justering tæller kun for måneder efter den sidste måned i data, og ikke længere, "
        "når den er begyndt, medmindre der står, at den endnu ikke er i data. Trukne justeringer bliver stående."
    )
