"""Charts (Altair): large labels in the page's language, colours of the theme, and never colour alone. Amounts in millions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from models.view.figures import DRIVERS
from models.view.language import MILLION
from models.view.wording import deviation_word, driver_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.view.figures import Drift, Outlook
    from models.view.language import Language
    from models.view.theme import Palette

_FONT = 15
_FONT_NAME = "Source Sans, sans-serif"
_ROW = 46
BAR = 22
ORIGIN_SIZE = 11
"""Type of the line that says where a chart's figures come from."""
_LABEL_WIDTH = 300
_MONTHS_APART = 6


def deviation_chart(rows: Sequence[Outlook], language: Language, colours: Palette) -> alt.LayerChart:
    """Deviation from the frame per frame: a point with its 80 % interval beside the line that is the frame."""
    data = pd.DataFrame(
        {
            "label": row.label,
            "deviation": row.deviation / MILLION,
            "low": row.low / MILLION,
            "high": row.high / MILLION,
            "edge": max(row.high, row.deviation, 0.0) / MILLION,
            "way": "over" if row.deviation > 0 else "under",
            "said": f"{language.million(row.deviation, signed=True)} {deviation_word(language, row.deviation)}",
        }
        for row in rows
    )
    ends = [0.0, *data["low"], *data["high"], *data["deviation"]]
    scale = room(min(ends), max(ends), right=0.32)
    title = language.text("Afvigelse fra rammen, {unit} (venstre: mindreforbrug, højre: merforbrug)", unit=language.money_unit)
    kinds = ["over", "under"]
    way = alt.Color("way:N", scale=alt.Scale(domain=kinds, range=[colours.over, colours.under]), legend=None)
    shape = alt.Shape("way:N", scale=alt.Scale(domain=kinds, range=["triangle-right", "triangle-left"]), legend=None)
    base, y = alt.Chart(data), _names(data)
    interval = base.mark_rule(size=6, opacity=0.5).encode(y=y, x=amount_axis("low", title, scale), x2="high:Q", color=way)
    point = base.mark_point(size=260, filled=True, opacity=1)
    points = point.encode(y=y, x=amount_axis("deviation", title, scale), color=way, shape=shape)
    text = figure_label(base, colours).encode(y=y, x=amount_axis("edge", title, scale), text="said:N")
    return finished(alt.layer(_zero(colours), interval, points, text), language, colours, height=_ROW * len(data) + 20)


def fan_chart(years: pd.DataFrame, language: Language, colours: Palette, *, unit: str) -> alt.LayerChart:
    """Expenditure by year: what happened, what is expected, and where it ends 4 times out of 5."""
    t = language.text
    names = (t("Det, der er sket"), t("Det, der ventes"), t("4 ud af 5 gange herimellem"))
    data = years.assign(
        year=years["year"].astype(str), mean=years["mean"] / MILLION, low=years["q10"] / MILLION, high=years["q90"] / MILLION
    )
    past, ahead = data[data["kind"] == "actual"], data[data["kind"] == "forecast"]
    joined = pd.concat([past.tail(1), ahead])
    legend = alt.Legend(title=None, orient="top", symbolOpacity=1, symbolType="square", symbolSize=220, symbolStrokeWidth=0)
    fills = [colours.past, colours.expected, colours.band]
    colour = alt.Color("name:N", scale=alt.Scale(domain=list(names), range=fills), legend=legend)
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(type="point", padding=0.9))
    y, low, high = (over_time(column) for column in ("mean:Q", "low:Q", "high:Q"))
    band = alt.Chart(joined.assign(name=names[2])).mark_area(opacity=1).encode(x=x, y=low, y2="high:Q", color=colour)
    thin: dict[str, Any] = {"size": 1.5, "color": colours.expected}
    edges = [alt.Chart(joined).mark_line(**thin).encode(x=x, y=edge) for edge in (low, high)]
    point: dict[str, Any] = {"size": 70, "filled": True, "opacity": 1}
    line = alt.Chart(past.assign(name=names[0])).mark_line(size=3.5, point=point).encode(x=x, y=y, color=colour)
    dashes: dict[str, Any] = {
        "size": 3.5,
        "strokeDash": [7, 5],
        "point": point | {"filled": False, "fill": colours.page, "strokeWidth": 2.5},
    }
    expected = alt.Chart(joined.assign(name=names[1])).mark_line(**dashes).encode(x=x, y=y, color=colour)
    labels = [
        _year_label(past.tail(1), x, y, language, colours, aside=False),
        _year_label(ahead.tail(1), x, y, language, colours, aside=True),
    ]
    drawn = alt.layer(band, *edges, line, expected, *labels).properties(title=t("Bruttoudgift, {unit}", unit=unit))
    return finished(drawn, language, colours, height=330)


def _year_label(row: pd.DataFrame, x: alt.X, y: alt.Y, language: Language, colours: Palette, *, aside: bool) -> alt.Chart:
    """The figure of one year, above its point or to the right of it."""
    place: dict[str, Any] = {"align": "left", "dx": 12} if aside else {"dy": -16}
    text: dict[str, Any] = {"fontSize": _FONT, "fontWeight": "bold", "color": colours.text} | place
    said = row.assign(said=[language.number(value) for value in row["mean"]])
    label: alt.Chart = alt.Chart(said).mark_text(**text).encode(x=x, y=y, text="said:N")
    return label


def drift_chart(drift: Drift, language: Language, colours: Palette) -> alt.LayerChart:
    """The drift as a waterfall: each bar starts where the one above ended; the last is the whole change."""
    rows, reached = [], 0.0
    for driver in (name for name in DRIVERS if name in drift.shown):
        effect = drift.shown[driver] / MILLION
        rows.append((driver_label(language, driver), reached, reached + effect, "over" if effect >= 0 else "under", effect))
        reached += effect
    if len(drift.shown) < len(drift.effects):
        rest = drift.hidden / MILLION
        rows.append(
            (language.text("Skjulte forklaringer, samlet"), reached, reached + rest, "over" if rest >= 0 else "under", rest)
        )
    change = drift.change / MILLION
    rows.append((language.text("Ændring i alt"), 0.0, change, "sum", change))
    return waterfall(rows, language, colours, language.text("Ændring, {unit}", unit=language.money_unit))


def age_chart(drift: Drift, language: Language, colours: Palette) -> alt.LayerChart:
    """The change by age group, one row per group."""
    rows = []
    for band, amount in drift.shown_ages.items():
        effect = amount / MILLION
        rows.append((language.text("{band} år", band=band), 0.0, effect, "over" if effect >= 0 else "under", effect))
    return waterfall(rows, language, colours, language.text("Ændring, {unit}", unit=language.money_unit))


def earlier_chart(rows: pd.DataFrame, language: Language, colours: Palette) -> alt.LayerChart:
    """Earlier forecasts as thin fans, each from the month it was made, against what came.

    Args:
        rows: cutoff, month, actual, mean, q10, q90; currency per month.
        language: The page's language.
        colours: The page's colours.
    """
    t = language.text
    names = (t("Det, der kom"), t("Det, der ventedes"), t("4 ud af 5 gange herimellem"))
    amounts = ["actual", "mean", "q10", "q90"]
    data = rows.assign(**{name: rows[name] / MILLION for name in amounts}, made=rows["cutoff"].dt.strftime("%Y-%m"))
    came = data.drop_duplicates("month").sort_values("month")
    legend = alt.Legend(title=None, orient="top", symbolOpacity=1, symbolType="square", symbolSize=220, symbolStrokeWidth=0)
    scale = alt.Scale(domain=list(names), range=[colours.past, colours.expected, colours.band])
    colour = alt.Color("name:N", scale=scale, legend=legend)
    x = alt.X("month:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", labelAngle=0))
    y, low, high = (over_time(column) for column in ("mean:Q", "q10:Q", "q90:Q"))
    band = (
        alt.Chart(data.assign(name=names[2]))
        .mark_area(opacity=0.55)
        .encode(x=x, y=low, y2="q90:Q", color=colour, detail="made:N")
    )
    thin: dict[str, Any] = {"size": 1, "color": colours.expected, "opacity": 0.7}
    edges = [alt.Chart(data).mark_line(**thin).encode(x=x, y=edge, detail="made:N") for edge in (low, high)]
    dashed: dict[str, Any] = {"size": 2.5, "strokeDash": [7, 5]}
    expected = alt.Chart(data.assign(name=names[1])).mark_line(**dashed).encode(x=x, y=y, color=colour, detail="made:N")
    line = alt.Chart(came.assign(name=names[0])).mark_line(size=3).encode(x=x, y=over_time("actual:Q"), color=colour)
    title = t("Bruttoudgift pr. måned, {unit}", unit=language.money_unit)
    begun = _begun(data, language).encode(x=x, y=over_time("top:Q"), text="said:N")
    named = begun.mark_text(align="left", baseline="bottom", dx=5, fontSize=_FONT - 2, color=colours.text)
    return finished(alt.layer(band, *edges, expected, line, named).properties(title=title), language, colours, height=330)


def _begun(data: pd.DataFrame, language: Language) -> alt.Chart:
    """Above the month in which each forecast begins, what it knew; left out where they begin too close to be read."""
    first = data.sort_values("month").drop_duplicates("made")
    number = first["month"].dt.year * 12 + first["month"].dt.month
    apart = number.diff().fillna(_MONTHS_APART) >= _MONTHS_APART
    highest, lowest = (float(data[["actual", "mean", "q10", "q90"]].agg(end).agg(end)) for end in ("max", "min"))
    said = [language.text("data til {month}", month=language.month(cutoff.date())) for cutoff in first["cutoff"]]
    return alt.Chart(first.assign(said=said, top=highest + 0.04 * (highest - lowest))[list(apart)])


def waterfall(
    rows: Sequence[tuple[str, float, float, str, float]], language: Language, colours: Palette, title: str
) -> alt.LayerChart:
    """Rows of (label, from, to, kind, effect) as floating bars, each with its signed figure at the end."""
    data = pd.DataFrame(rows, columns=["label", "start", "end", "kind", "effect"])
    data["order"] = range(len(data))
    data["said"] = [language.number(effect, signed=True) for effect in data["effect"]]
    data["edge"] = data[["start", "end"]].max(axis=1).clip(lower=0.0)
    kinds = ["over", "under", "sum"]
    fills = [colours.over, colours.under, colours.past]
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=fills), legend=None)
    base, y = alt.Chart(data), _names(data)
    scale = room(min(data["start"].min(), data["end"].min(), 0.0), max(data["edge"].max(), 0.0), right=0.2)
    bars = base.mark_bar(size=BAR).encode(y=y, x=amount_axis("start", title, scale), x2="end:Q", color=colour)
    text = figure_label(base, colours).encode(y=y, x=amount_axis("edge", title, scale), text="said:N")
    return finished(alt.layer(_zero(colours), bars, text), language, colours, height=36 * len(data) + 75)


def _names(data: pd.DataFrame) -> alt.Y:
    """The rows' names to the left, in the order given."""
    axis = alt.Axis(labelLimit=_LABEL_WIDTH, ticks=False, domain=False, labelPadding=10, grid=False)
    return alt.Y("label:N", title=None, sort=list(data["label"]), axis=axis)


def room(low: float, high: float, *, right: float) -> alt.Scale:
    """An axis with room for the figures to the right of the marks."""
    return alt.Scale(domain=bounds(low, high, right=right), nice=False)


def bounds(low: float, high: float, *, right: float) -> list[float]:
    """Where such an axis begins and ends.

    Example:
        >>> bounds(0.0, 10.0, right=0.5)
        [-0.3, 15.0]
    """
    width = (high - low) or 1.0
    return [low - 0.03 * width, high + right * width]


def amount_axis(column: str, title: str, scale: alt.Scale) -> alt.X:
    """The axis of amounts."""
    return alt.X(f"{column}:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6))


def over_time(column: str) -> alt.Y:
    """An axis that starts near the figures; the chart's title names the unit."""
    return alt.Y(column, title=None, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=6))


def figure_label(base: alt.Chart, colours: Palette) -> alt.Chart:
    """Figures to the right of the marks."""
    text: dict[str, Any] = {"align": "left", "dx": 8, "fontSize": _FONT, "fontWeight": "bold", "color": colours.text}
    label: alt.Chart = base.mark_text(**text)
    return label


def _zero(colours: Palette) -> alt.Chart:
    line: alt.Chart = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(size=2, color=colours.frame).encode(x="zero:Q")
    return line


def finished(chart: alt.LayerChart | alt.FacetChart, language: Language, colours: Palette, *, height: int) -> alt.LayerChart:
    """Set size, fonts, colours and the language's way of writing numbers."""
    axis: dict[str, Any] = {
        "labelFontSize": _FONT,
        "titleFontSize": _FONT,
        "titleFontWeight": "normal",
        "labelColor": colours.text,
        "titleColor": colours.text,
        "gridColor": colours.grid,
    }
    made = (
        chart.properties(height=height, background="transparent")
        .configure(locale=_locale(language), font=_FONT_NAME)
        .configure_axis(**axis)
    )
    legend = {"labelFontSize": _FONT, "labelColor": colours.text, "labelLimit": 400}
    heading: dict[str, Any] = {"anchor": "start", "fontSize": _FONT, "fontWeight": "normal", "color": colours.text, "offset": 8}
    heading |= {"subtitleFontSize": ORIGIN_SIZE, "subtitleFontStyle": "italic", "subtitleColor": colours.text}
    made = made.configure_title(**heading)
    finished: alt.LayerChart = made.configure_legend(**legend).configure_view(stroke=None)
    return finished


def _locale(language: Language) -> dict[str, Any]:
    decimal, thousands = (",", ".") if language.code == "da" else (".", ",")
    currency = ["", ""]
    return {
        "number": {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": currency, "minus": "\N{MINUS SIGN}"}
    }
