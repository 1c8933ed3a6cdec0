"""Charts of the page Forebyggelse: the running sum by year, assumptions in order of weight, realised beside what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from models.view.charts import figure_label, finished, over_time
from models.view.investment_tables import year_label
from models.view.investment_words import swing_label
from models.view.language import MILLION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.investment.worth import Worth
    from models.view.language import Language
    from models.view.theme import Palette

_MOST = 6


def running_sum_chart(worth: Worth, language: Language, colours: Palette) -> alt.LayerChart:
    """The municipality's expected net, summed from the start; above the line it has paid back."""
    data = pd.DataFrame(
        {
            "label": [year_label(worth, year) for year in worth.years],
            "total": np.cumsum(worth.net) / MILLION,
        }
    )
    data["kind"] = np.where(data["total"] >= 0, "under", "over")
    data["said"] = [language.number(value, signed=True) for value in data["total"]]
    scale = alt.Scale(domain=["over", "under"], range=[colours.over, colours.under])
    x = alt.X("label:O", title=None, sort=list(data["label"]), axis=alt.Axis(labelAngle=0))
    base = alt.Chart(data).encode(x=x)
    bars = base.mark_bar(size=34).encode(y=alt.Y("total:Q", title=None), color=alt.Color("kind:N", scale=scale, legend=None))
    top = data.assign(edge=data["total"].clip(lower=0.0))
    text = alt.Chart(top).mark_text(dy=-9, fontSize=15, fontWeight="bold", color=colours.text)
    labels = text.encode(x=x, y="edge:Q", text="said:N")
    rule: dict[str, Any] = {"size": 2, "color": colours.frame}
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(**rule).encode(y="zero:Q")
    title = language.text("Kommunens netto, lagt sammen fra starten, {unit}", unit=language.money_unit)
    return finished(alt.layer(bars, zero, labels).properties(title=title), language, colours, height=300)


def tornado_chart(worth: Worth, language: Language, colours: Palette) -> alt.LayerChart:
    """The expected present value with each assumption at either end, the heaviest first."""
    swings = worth.swings[:_MOST]
    ends = [tuple(value / MILLION for value in sorted((swing.at_low, swing.at_high))) for swing in swings]
    data = pd.DataFrame(ends, columns=["low", "high"]).assign(label=[swing_label(swing, language) for swing in swings])
    data["said"] = [
        language.text("{low} til {high}", low=language.number(low, signed=True), high=language.number(high, signed=True))
        for low, high in ends
    ]
    axis = alt.Axis(labelLimit=430, ticks=False, domain=False, labelPadding=10, grid=False)
    y = alt.Y("label:N", title=None, sort=list(data["label"]), axis=axis)
    width = float(data["high"].max() - data["low"].min()) or 1.0
    domain = [float(data["low"].min()) - 0.03 * width, float(data["high"].max()) + 0.35 * width]
    title = language.text("Nutidsværdi, {unit}", unit=language.money_unit)
    x = alt.X("low:Q", title=title, scale=alt.Scale(domain=domain, nice=False))
    base = alt.Chart(data).encode(y=y)
    bars = base.mark_bar(size=22, color=colours.expected).encode(x=x, x2="high:Q")
    text = figure_label(base, colours).encode(x="high:Q", text="said:N")
    expected = pd.DataFrame({"expected": [worth.present / MILLION]})
    rule: dict[str, Any] = {"strokeDash": [5, 4], "size": 2, "color": colours.text}
    middle = alt.Chart(expected).mark_rule(**rule).encode(x="expected:Q")
    return finished(alt.layer(bars, middle, text), language, colours, height=40 * len(data) + 70)


def effect_chart(line: Mapping[str, Any], language: Language, colours: Palette) -> alt.LayerChart:
    """Realised by month beside what would have come without the measure, with its interval."""
    t = language.text
    names = (t("Det, der kom"), t("Uden indsatsen"), t("4 ud af 5 gange herimellem"))
    data = pd.DataFrame(line["months"])
    data["month"] = pd.to_datetime(data["month"])
    legend = alt.Legend(title=None, orient="top", symbolOpacity=1, symbolType="square", symbolSize=220, symbolStrokeWidth=0)
    scale = alt.Scale(domain=list(names), range=[colours.past, colours.expected, colours.band])
    colour = alt.Color("name:N", scale=scale, legend=legend)
    x = alt.X("month:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", labelAngle=0))
    low = over_time("counterfactual_q10:Q")
    band = (
        alt.Chart(data.assign(name=names[2])).mark_area(opacity=0.6).encode(x=x, y=low, y2="counterfactual_q90:Q", color=colour)
    )
    dashed: dict[str, Any] = {"size": 2.5, "strokeDash": [7, 5]}
    expected = (
        alt.Chart(data.assign(name=names[1])).mark_line(**dashed).encode(x=x, y=over_time("counterfactual:Q"), color=colour)
    )
    came = alt.Chart(data.assign(name=names[0])).mark_line(size=3).encode(x=x, y=over_time("realised:Q"), color=colour)
    return finished(alt.layer(band, expected, came), language, colours, height=300)
