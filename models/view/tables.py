"""Tables as a page shows them: every figure written in the page's language, beside its unit; and the same as CSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from models.view.figures import AGE_BANDS, DRIVERS
from models.view.language import NO_FIGURE
from models.view.run import rows_of
from models.view.wording import deviation_word, driver_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from models.view.figures import Drift, Outlook
    from models.view.language import Language
    from models.view.run import RunView

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet may take for a formula's beginning, full-width forms too."""
_FIGURE = re.compile(r"(?:[\d.,%+\-\s\u00a0\u202f]|til|to)+")
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Shown:
    """A table, written.

    Attributes:
        caption: What it shows, with unit and price level.
        header: Column heads.
        rows: Cells as text.
        figures: Whether a column holds figures (set to the right).
        strong: Rows that are sums.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[bool, ...]
    strong: frozenset[int] = frozenset()

    def to_html(self) -> str:
        """Write it as an HTML table with caption and heads; every cell escaped.

        Example:
            >>> "<b>" in Shown("<b>", ("a",), (("<i>",),), (False,)).to_html()
            False
        """
        head = "".join(
            f'<th scope="col"{_set(figure)}>{escape(name)}</th>' for name, figure in zip(self.header, self.figures, strict=True)
        )
        body = "".join(self._row(place, row) for place, row in enumerate(self.rows))
        label = escape(self.caption, quote=True)
        table = f"<table><caption>{escape(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f'<div class="od-table" role="region" tabindex="0" aria-label="{label}">{table}</div>'

    def _row(self, place: int, row: tuple[str, ...]) -> str:
        first, *rest = row
        cells = "".join(f"<td{_set(figure)}>{escape(cell)}</td>" for cell, figure in zip(rest, self.figures[1:], strict=True))
        sum_row = ' class="od-sum"' if place in self.strong else ""
        return f'<tr{sum_row}><th scope="row">{escape(first)}</th>{cells}</tr>'

    def to_csv(self, language: Language, origin: Sequence[tuple[str, str]] = ()) -> bytes:
        r"""Write it as CSV that a Danish or English spreadsheet opens; no cell can become a formula.

        Args:
            language: Its marks for columns and decimals.
            origin: What the figures rest on (``models.view.origin_words``): beneath the table, after an empty line and what the
                table shows, a line each.

        Example:
            >>> from models.view.language import Language
            >>> Shown("", ("navn", "kr."), (("=1+1", "1,5"),), (False, True)).to_csv(Language("da")).decode("utf-8-sig")
            "navn;kr.\r\n'=1+1;1,5\r\n"
        """
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";" if language.code == "da" else ",", lineterminator="\r\n")
        writer.writerow([no_formula(name) for name in self.header])
        for row in self.rows:
            cells = zip(row, self.figures, strict=True)
            writer.writerow([_figure(cell) if figure else no_formula(cell) for cell, figure in cells])
        for told in [(), (self.caption,), *origin] if origin else ():
            writer.writerow([no_formula(cell) for cell in told])
        return text.getvalue().encode("utf-8-sig")


def _set(figure: bool) -> str:  # noqa: FBT001  (one yes or no per column)
    return ' class="od-num"' if figure else ""


def _figure(cell: str) -> str:
    """A figure as a spreadsheet reads it; a text that stands in a column of figures is text."""
    plain = cell.replace(_MINUS, "-")
    return plain if _FIGURE.fullmatch(plain) else no_formula(plain)


def no_formula(cell: str) -> str:
    """Text that no spreadsheet takes for a formula.

    Example:
        >>> no_formula("=1+1"), no_formula("a=1")
        ("'=1+1", 'a=1')
    """
    return "'" + cell if cell.startswith(_FORMULA) else cell


def outlook_table(language: Language, rows: Sequence[Outlook], caption: str) -> Shown:
    """Frame against forecast, one row per frame."""
    t = language.text
    header = (
        t("Ramme (bevilling)"),
        t("Ramme"),
        t("Forventet"),
        t("Afvigelse"),
        "",
        t("4 ud af 5 gange mellem"),
        t("Risiko for merforbrug"),
    )
    body = tuple(
        (
            row.label,
            language.million(row.budget),
            language.million(row.mean),
            language.million(row.deviation, signed=True),
            deviation_word(language, row.deviation),
            between(language, row.low, row.high, signed=True),
            language.percent(row.probability_over),
        )
        for row in rows
    )
    strong = frozenset(place for place, row in enumerate(rows) if row.level == "total")
    return Shown(caption, header, body, (False, True, True, True, False, True, True), strong)


def between(language: Language, low: float, high: float, *, signed: bool = False) -> str:
    """Two ends of an interval in millions; a dash where either is not known."""
    written = [language.million(value, signed=signed) for value in (low, high)]
    return NO_FIGURE if NO_FIGURE in written else language.text("{low} og {high}", low=written[0], high=written[1])


def pressure_table(language: Language, years: pd.DataFrame, caption: str) -> Shown:
    """Gross expenditure by year: what happened and what is expected."""
    t = language.text
    kinds = {"actual": t("sket"), "forecast": t("ventet")}
    body = tuple(
        (
            str(row.year),
            kinds[row.kind],
            language.million(row.mean),
            between(language, row.q10, row.q90) if row.kind == "forecast" else "",
        )
        for row in rows_of(years)
    )
    header = (t("År"), t("Sket eller ventet"), language.money_unit, t("4 ud af 5 gange mellem"))
    return Shown(caption, header, body, (False, False, True, True))


def drift_table(language: Language, drift: Drift, caption: str) -> Shown:
    """Every driver by age group, with sums; hidden cells say so."""
    t = language.text
    bands = AGE_BANDS if drift.knows_ages else ()
    names = [driver for driver in DRIVERS if driver in drift.effects]
    rows = []
    for driver in names:
        ages = [_hidden(language, drift.by_age[driver].get(band)) for band in bands]
        rows.append((driver_label(language, driver), *ages, language.million(drift.effects[driver], signed=True)))
    totals = [language.million(drift.of_age(band), signed=True) for band in bands]
    rows.append((t("Ændring i alt"), *totals, language.million(drift.change, signed=True)))
    header = (t("Forklaring"), *(t("{band} år", band=band) for band in bands), t("I alt"))
    return Shown(caption, header, tuple(rows), (False, *(True for _ in bands), True), frozenset({len(rows) - 1}))


def _hidden(language: Language, value: float | None) -> str:
    return NO_FIGURE if value is None else language.million(value, signed=True)


def age_table(language: Language, drift: Drift, caption: str) -> Shown:
    """The change by age group."""
    t = language.text
    rows = [(t("{band} år", band=band), language.million(drift.of_age(band), signed=True)) for band in AGE_BANDS]
    rows.append((t("I alt"), language.million(drift.change, signed=True)))
    return Shown(caption, (t("Alder"), language.money_unit), tuple(rows), (False, True), frozenset({len(rows) - 1}))


def notices_table(language: Language, run: RunView) -> Shown:
    """What the reader must know beside the figures."""
    services = set(run.tables["services"]["service"])
    rows = []
    for row in rows_of(run.tables["notices"]):
        level = "service" if row.member in services else "frame"
        about = language.text("Hele kørslen") if row.member == "run" else run.label(language, level, row.member)
        rows.append((about, language.pick(row.text_da, row.text_en)))
    header = (language.text("Gælder"), language.text("Forbehold"))
    return Shown(language.text("Det skal du vide, når du læser tallene"), header, tuple(rows), (False, False))


def methods_table(language: Language, services: pd.DataFrame) -> Shown:
    """How each service was forecast, and every stated fallback."""
    t = language.text
    methods = {
        "combined": t("egen historik"),
        "prophet": t("egen historik"),  # in runs published before the combination (decision 0011)
        "prophet_group": t("gruppens historik"),
        "level": t("niveauet føres videre"),
        "cost_direct": t("udgiften direkte, uden sager"),
        "none": t("ingen fremskrivning"),
    }
    body = tuple(
        (
            language.pick(row.label_da, row.label_en),
            language.pick(row.group_label_da, row.group_label_en),
            language.number(row.history_months, decimals=0),
            methods.get(row.method, row.method),
            _said(language.pick(row.method_note_da, row.method_note_en)),
        )
        for row in rows_of(services)
    )
    header = (t("Indsats"), t("Gruppe"), t("Måneder med data"), t("Grundlag for skønnet"), t("Forbehold"))
    return Shown(t("Hvordan hver indsats er fremskrevet"), header, body, (False, False, True, False, False))


def _said(text: object) -> str:
    return text if isinstance(text, str) else ""
