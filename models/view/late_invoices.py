"""Actual against expected development on the page Data: what invoices came in each month beside what was expected of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.view.language import MILLION, NO_FIGURE, message
from models.view.run import rows_of
from models.view.tables import Shown

if TYPE_CHECKING:
    from models.view.language import Language
    from models.view.run import RunView

UNUSUAL = 2.0
"""Standard errors beyond which a month is called out of the usual; about one month in twenty lies there by chance."""
_PAYEES = {
    "internal": message("Interne betalinger"),
    "municipality": message("Kommuner"),
    "person": message("Personer"),
    "private": message("Private"),
    "region": message("Regioner"),
}


def development_table(run: RunView, language: Language) -> Shown | None:
    """What was posted each month beside what was expected, by kind of payee, newest first; None where nothing is completed."""
    t = language.text
    table = run.tables["completion_development"]
    if table.empty:
        return None
    newest = table.sort_values(["month", "payee_kind"], ascending=[False, True], kind="stable")
    rows = tuple(
        (
            language.month(row.month.date()),
            t(_PAYEES[row.payee_kind]),
            *(_million(value, language) for value in (row.actual, row.expected)),
            _million(row.actual - row.expected, language, signed=True),
            verdict(row.z, language) if row.mask == "" else t("skjult: for få borgere"),
        )
        for row in rows_of(newest)
    )
    caption = t(
        "Regninger måned for måned: det, der kom, mod det, der var ventet, {unit}, løbende priser", unit=language.money_unit
    )
    header = (t("Bogført i"), t("Betalt til"), t("Kom"), t("Ventet"), t("Forskel"), t("Vurdering"))
    return Shown(caption, header, rows, (False, False, True, True, True, False))


def verdict(score: float, language: Language) -> str:
    """Whether a month came as expected.

    Args:
        score: Actual less expected, in standard errors; NaN where too few months tell.
        language: To say it in.

    Example:
        >>> from models.view.language import Language
        >>> verdict(0.4, Language("da")), verdict(-3.1, Language("da"))
        ('som ventet', 'usædvanligt lidt')
    """
    if math.isnan(score):
        return language.text("for få måneder til at vurdere")
    if abs(score) <= UNUSUAL:
        return language.text("som ventet")
    return language.text("usædvanligt meget") if score > 0 else language.text("usædvanligt lidt")


def _million(value: float, language: Language, *, signed: bool = False) -> str:
    """Two decimals of a million: kinds of payee are small beside a frame."""
    return NO_FIGURE if math.isnan(value) else language.number(value / MILLION, decimals=2, signed=signed)
