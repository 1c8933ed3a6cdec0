"""Charts of the page Budgetopfølgning: the bridge from budget to result, the year month by month, and the share curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from models.view.charts import finished, over_time, waterfall
from models.view.follow_up_wording import line_label, period_label, step_label
from models.view.language import MILLION

if TYPE_CHECKING:
    from models.view.language import Language
    from models.view.theme import Palette
    from models.view.year_result import Bridge


def bridge_chart(bridge: Bridge, language: Language, colours: Palette) -> alt.LayerChart:
    """Steps from the revised budget (the line) to the expected result; the last bar is the deviation."""
    rows, reached = [], 0.0
    for step, effect in bridge.effects.items():
        amount = effect / MILLION
        rows.append((step_label(language, step), reached, reached + amount, "over" if amount >= 0 else "under", amount))
        reached += amount
    change = (bridge.expected - bridge.budget) / MILLION
    rows.append((line_label(language, "deviation_mean"), 0.0, change, "sum", change))
    title = language.text("Afstand til det korrigerede budget, {unit}", unit=language.money_unit)
    return waterfall(rows, language, colours, title)


def months_chart(rows: pd.DataFrame, language: Language, colours: Palette) -> alt.LayerChart:
    """Running sums by accounting period: posted, expected with its interval, budget and last year.

    Args:
        rows: ``year_result.months`` of one member.
        language: The page's language.
        colours: The page's colours.
    """
    t = language.text
    names = (t("Bogført"), t("Bogført og ventet"), t("Budget"), t("Sidste år"), t("4 ud af 5 gange herimellem"))
    amounts = [name for name in rows.columns if name.startswith("cumulated_")]
    data = rows.assign(**{name: rows[name] / MILLION for name in amounts})
    data["label"] = [period_label(language, int(period)) for period in data["period"]]
    order = list(data["label"])
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=500, symbolStrokeWidth=3.5, columns=3)
    fills = [colours.expected, colours.expected, colours.frame, colours.past, colours.band]
    dashes = [[1, 0], [7, 5], [2, 3], [12, 4], [1, 0]]
    colour = alt.Color("name:N", scale=alt.Scale(domain=list(names), range=fills), legend=legend)
    dash = alt.StrokeDash("name:N", scale=alt.Scale(domain=list(names), range=dashes), legend=legend)
    x = alt.X("label:O", title=None, sort=order, axis=alt.Axis(labelAngle=0))
    posted = data[data["cumulated_posted"].notna()]
    ahead = data[data["period"] >= (posted["period"].max() if len(posted) else 1)]
    band = (
        alt.Chart(ahead.assign(name=names[4]))
        .mark_area(opacity=0.9)
        .encode(x=x, y=over_time("cumulated_q10:Q"), y2="cumulated_q90:Q", color=colour)
    )
    drawn = (
        (data, "cumulated_last_year", names[3]),
        (data, "cumulated_budget", names[2]),
        (ahead, "cumulated_mean", names[1]),
        (posted, "cumulated_posted", names[0]),
    )
    mark: dict[str, Any] = {"size": 3.5}
    lines = [
        alt.Chart(part.assign(name=name)).mark_line(**mark).encode(x=x, y=over_time(f"{column}:Q"), color=colour, strokeDash=dash)
        for part, column, name in drawn
    ]
    title = t("Samlet fra årets start, {unit}. 13 er supplementsperioden", unit=language.money_unit)
    return finished(alt.layer(band, *lines).properties(title=title), language, colours, height=330)


def share_curve(rows: pd.DataFrame, language: Language, colours: Palette) -> alt.LayerChart:
    """How much of the cost the most expensive citizens carry, beside an even share.

    Args:
        rows: ``provider_tables.curve_of`` of one member; hidden points are left out.
        language: The page's language.
        colours: The page's colours.
    """
    t = language.text
    shown = rows[rows["mask"] == ""]
    names = (t("De dyreste borgere"), t("Hvis alle kostede det samme"))
    points = [
        (0.0, 0.0),
        *zip(shown["top_pct"].astype(float), shown["cost_share"].astype(float) * 100.0, strict=True),
        (100.0, 100.0),
    ]
    data = [{"citizens": at, "cost": share, "name": names[0]} for at, share in points]
    data += [{"citizens": at, "cost": at, "name": names[1]} for at in (0.0, 100.0)]
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=500, symbolStrokeWidth=3.5)
    colour = alt.Color("name:N", scale=alt.Scale(domain=list(names), range=[colours.expected, colours.frame]), legend=legend)
    dash = alt.StrokeDash("name:N", scale=alt.Scale(domain=list(names), range=[[1, 0], [2, 3]]), legend=legend)
    x = alt.X("citizens:Q", title=t("Procent af borgerne, de dyreste først"), scale=alt.Scale(domain=[0, 100]))
    y = alt.Y("cost:Q", title=None, scale=alt.Scale(domain=[0, 100]))
    base = alt.Chart(pd.DataFrame(data))
    lines = base.mark_line(size=3.5).encode(x=x, y=y, color=colour, strokeDash=dash)
    own = base.transform_filter(alt.datum.name == names[0]).mark_point(size=90, filled=True).encode(x=x, y=y, color=colour)
    title = t("Procent af udgiften")
    return finished(alt.layer(lines, own).properties(title=title), language, colours, height=300)
