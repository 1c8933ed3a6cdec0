"""Charts of the page Prioritering: best choices between economy and citizens, and how often each option is among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from models.view.charts import figure_label, finished
from models.view.language import MILLION
from models.view.priority_words import group_word, option_name

if TYPE_CHECKING:
    from models.priority.prioritise import Prioritised
    from models.view.language import Language
    from models.view.theme import Palette

_BAR = 20


def curve_chart(found: Prioritised, language: Language, colours: Palette) -> alt.LayerChart:
    """Saving against the citizens' assessment; each point is the best choice at one weight, the present one is filled."""
    t = language.text
    points: dict[tuple[float, float], list[float]] = {}
    for point in found.curve:
        points.setdefault((round(point.points, 3), round(point.saved_dkk / MILLION, 3)), []).append(point.weight_pct)
    now = (round(found.points, 3), round(found.saved_dkk / MILLION, 3))
    rows = [
        {"points": x, "saved": y, "said": _weights(weights, language), "now": (x, y) == now} for (x, y), weights in points.items()
    ]
    if now not in points:
        rows.append({"points": now[0], "saved": now[1], "said": t("jeres vægt"), "now": True})
    data = pd.DataFrame(rows).sort_values("points")
    x = alt.X("points:Q", title=t("Borgernes vurdering (flere til højre er bedre)"), scale=alt.Scale(zero=False, padding=30))
    y = alt.Y("saved:Q", title=None, scale=alt.Scale(zero=False, padding=20))
    base = alt.Chart(data).encode(x=x, y=y)
    line = base.mark_line(color=colours.past, size=2)
    dots = base.mark_point(size=160, filled=True, color=colours.expected).encode(
        shape=alt.Shape("now:N", scale=alt.Scale(domain=[False, True], range=["circle", "diamond"]), legend=None)
    )
    text = figure_label(base, colours).encode(text="said:N")
    title = t("Sparer i alt, {unit}", unit=language.money_unit)
    return finished(alt.layer(line, dots, text).properties(title=title), language, colours, height=320)


def _weights(weights: list[float], language: Language) -> str:
    low, high = (language.percent(value / 100.0) for value in (min(weights), max(weights)))
    return language.text("vægt {low}", low=low) if low == high else language.text("vægt {low} til {high}", low=low, high=high)


def robust_chart(found: Prioritised, language: Language, colours: Palette) -> alt.LayerChart:
    """Share of futures and reasonable weights in which each option is in the best choice."""
    t = language.text
    rows = [
        {
            "label": option_name(option.option_id, found),
            "share": option.share,
            "said": t("{group}, {share}", group=group_word(option.group, language), share=language.percent(option.share)),
        }
        for option in sorted(found.options, key=lambda item: (-item.share, item.option_id))
    ]
    data = pd.DataFrame(rows)
    axis = alt.Axis(labelLimit=430, ticks=False, domain=False, labelPadding=10, grid=False)
    y = alt.Y("label:N", title=None, sort=list(data["label"]), axis=axis)
    x = alt.X("share:Q", title=None, scale=alt.Scale(domain=[0, 1.3]), axis=alt.Axis(format="%", values=[0, 0.5, 1.0]))
    base = alt.Chart(data).encode(y=y, x=x)
    bars = base.mark_bar(size=_BAR, color=colours.expected)
    rules: dict[str, Any] = {"strokeDash": [4, 4], "color": colours.frame}
    marks = alt.Chart(pd.DataFrame({"edge": [0.1, 0.9]})).mark_rule(**rules).encode(x="edge:Q")
    text = figure_label(base, colours).encode(text="said:N")
    return finished(alt.layer(bars, marks, text), language, colours, height=30 * len(data) + 60)
