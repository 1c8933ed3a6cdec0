"""The scenario on paper: one page of A4 with the headline, the scenario in words, its chart and table, and what it rests on."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from vl_convert import vegalite_to_png

from models.scenario import citizens_affected
from models.view import pictures, scenario_tables
from models.view import scenario_words as words
from models.view.origin_words import footer
from models.view.refund_tables import miss_sentence
from models.view.run import price_level_text
from models.view.scenario_head import headline, safety_word
from models.view.theme import palette
from models.view.wording import chance_text, deviation_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.scenario import ScenarioResult
    from models.view.language import Language
    from models.view.pictures import Picture
    from models.view.run import RunView
    from models.view.tables import Shown

_MARGIN, _WIDTH = 15.0, 180.0


def scenario_paper(
    run: RunView, result: ScenarioResult, language: Language, *, year: int, rounds: Sequence[str], min_citizens: int
) -> bytes:
    """Write the scenario as a PDF.

    Args:
        run: The run.
        result: The scenario as it stands.
        language: The page's language.
        year: Year on the screen.
        rounds: Sentences of the quiet rounds held.
        min_citizens: Fewer are not told.

    Returns:
        The file. The same scenario on the same run gives the same bytes.
    """
    t = language.text
    paper = _Paper(language, footer(run, language))
    scenario = result.scenario
    paper.title(scenario.name or t("Scenarie"))
    head = headline(result, year)
    if head is None:
        paper.line(t("Tallene er skjult, fordi de hviler på meget få borgere."))
        return paper.to_bytes(run)
    level = price_level_text(language, run.price_level)
    if head.has_frame:
        paper.large(t("Afvigelse fra rammen {year}: {deviation}", year=year, deviation=deviation_text(language, head.after)))
        chance = chance_text(language, head.keep_after)
        word = safety_word(head, language, scenario.safety_pct / 100.0)
        paper.line(t("Chance for at holde rammen: {chance} ({word}).", chance=chance, word=word))
    else:
        paper.large(t("Forventet udgift {year}: {amount}", year=year, amount=language.money(head.after)))
    paper.line(words.sentence(language, head, is_neutral=result.scenario.is_neutral))
    people = citizens_affected(run.baseline, scenario, min_citizens=min_citizens)
    told = words.scenario_lines(scenario, run, language)
    affected = words.people_sentence(people, run, language, year, scenario) if told else ""
    refund, miss = words.refund_sentence(language, result, head), miss_sentence(language, run, result, head.year)
    more = [affected, words.displaced_sentence(result, language, year), refund, miss, *rounds]
    for line in (*told, *more):
        if line:
            paper.point(line)
    unit = f"{language.money_unit}, {level}"
    totals = result.members[result.members["level"] == "total"]
    paper.chart(
        pictures.scenario_picture(totals, language, palette("light"), unit=unit), scenario_tables.chart_alt(totals, language)
    )
    caption = t("Grundforløb og scenarie, {unit}, {level}", unit=language.money_unit, level=level)
    members = result.members
    wanted = members[(members["level"] == "total") | (members["year"] == year)]
    paper.table(scenario_tables.result_table(replace(result, members=wanted), run, language, caption))
    for point in words.decide_points(scenario, language):
        paper.point(point.replace("**", ""))
    return paper.to_bytes(run)


class _Paper:
    """A4 upright, one embedded font, tagged with language and title."""

    def __init__(self, language: Language, foot: str) -> None:
        self._pdf = FPDF(format="A4")
        self._foot = foot
        pdf = self._pdf
        for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            pdf.add_font("body", style, str(_fonts() / file))
        pdf.set_margins(_MARGIN, 14.0, _MARGIN)
        pdf.set_auto_page_break(auto=True, margin=14.0)
        pdf.set_lang(language.locale.replace("_", "-"))
        pdf.add_page()

    def title(self, text: str) -> None:
        self._pdf.set_title(text)
        self._write(text, 15, "B")

    def large(self, text: str) -> None:
        self._write(text, 13, "B")

    def line(self, text: str) -> None:
        self._write(text, 10)

    def point(self, text: str) -> None:
        self._write(f"•  {text}", 9)

    def _write(self, text: str, size: int, style: str = "") -> None:
        self._pdf.set_font("body", style, size)
        self._pdf.multi_cell(_WIDTH, size * 0.5, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._pdf.ln(1.2)

    def chart(self, drawn: Picture, said: str) -> None:
        picture = vegalite_to_png(drawn.to_spec() | {"width": 640}, scale=2.0)
        self._pdf.image(io.BytesIO(picture), w=_WIDTH, alt_text=said)
        self._pdf.ln(2)

    def table(self, shown: Shown) -> None:
        pdf = self._pdf
        self._write(shown.caption, 9, "B")
        pdf.set_font("body", "", 8)
        aligned = tuple("RIGHT" if figure else "LEFT" for figure in shown.figures)
        widths = tuple(5 if place == 0 else 2 for place in range(len(shown.header)))
        layout: dict[str, Any] = {"text_align": aligned, "col_widths": widths, "line_height": 4.6}
        with pdf.table(first_row_as_headings=True, borders_layout="HORIZONTAL_LINES", **layout) as made:
            for row in (shown.header, *shown.rows):
                made.row(row)
        pdf.ln(2)

    def to_bytes(self, run: RunView) -> bytes:
        self._pdf.set_font("body", "", 7)
        self._pdf.multi_cell(_WIDTH, 3.4, self._foot, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if run.finished is not None:
            self._pdf.set_creation_date(run.finished)
        return bytes(self._pdf.output())


def _fonts() -> Path:
    from matplotlib import get_data_path  # noqa: PLC0415  (only its fonts; Prophet brings it along)

    return Path(get_data_path()) / "fonts" / "ttf"
