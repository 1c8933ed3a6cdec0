"""Tables for who may see what is suppressed: services' totals by year, and keyed case rows of one service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models.view.language import NO_FIGURE
from models.view.run import rows_of
from models.view.tables import Shown

if TYPE_CHECKING:
    from models.view.language import Language
    from models.view.run import RunView

YEARS = 3
KEY_LENGTH = 12
"""As much of a key as tells two citizens of a municipality apart; the whole of it is never shown."""


def totals_table(language: Language, run: RunView, totals: pd.DataFrame) -> Shown:
    """What every service cost in the newest whole years, nothing suppressed.

    Args:
        language: Words and figures.
        run: For names of services.
        totals: service, year, months, volume, gross_nominal.
    """
    t = language.text
    whole = totals[totals["months"] == 12]
    newest = sorted(set(whole["year"]))[-YEARS:]
    known = {(str(row.service), int(row.year)): row for row in rows_of(whole)}
    body = []
    for service in sorted(set(whole["service"].astype(str))):
        cells = [known.get((service, year)) for year in newest]
        money = [language.million(float(cell.gross_nominal)) if cell is not None else NO_FIGURE for cell in cells]
        newest_volume = cells[-1].volume if cells and cells[-1] is not None else float("nan")
        volume = NO_FIGURE if pd.isna(newest_volume) else language.number(float(newest_volume), decimals=1)
        body.append((run.label(language, "service", service), *money, volume))
    caption = t("Bruttoudgift efter det år, hjælpen er givet, {unit}, uden skjul", unit=language.money_unit)
    header = (t("Indsats"), *map(str, newest), t("Helårsborgere i det nyeste år"))
    return Shown(caption, header, tuple(body), (False, *[True] * (len(newest) + 1)))


def case_table(language: Language, rows: pd.DataFrame) -> Shown:
    """Keyed case rows as they stand.

    Args:
        language: Heads.
        rows: CASE_ROWS of one service.
    """
    t = language.text
    header = (
        t("Borger (nøgle)"),
        t("Sag (nøgle)"),
        t("Begyndt"),
        t("Ventes slut"),
        t("Slut"),
        t("Pris"),
        t("Pris fra"),
        t("Pr."),
    )
    body = [
        (
            str(row.citizen_id)[:KEY_LENGTH],
            str(row.case_id)[:KEY_LENGTH],
            *(_day(value) for value in (row.start_date, row.planned_end, row.ended_on)),
            NO_FIGURE if pd.isna(row.price) else language.number(float(row.price), decimals=2),
            _day(row.price_from),
            "" if pd.isna(row.price_unit) else str(row.price_unit),
        )
        for row in rows_of(rows)
    ]
    return Shown(t("Sager under nøgle"), header, tuple(body), (False, False, False, False, False, True, False, False))


def _day(value: object) -> str:
    day = pd.to_datetime(str(value), errors="coerce")
    return NO_FIGURE if pd.isna(day) else f"{day:%Y-%m-%d}"
