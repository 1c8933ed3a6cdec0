"""Charts that are drawn again at every move of a slider: their form is made by Altair once, and only their figures change.

Building and copying an Altair chart takes 50-100 ms of a core, most of what a moved slider would cost; a kept form takes less
than one. And a browser that is given other figures for the same form moves the marks, instead of making the chart anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pyarrow as pa

from models.view.charts import BAR, ORIGIN_SIZE, amount_axis, bounds, figure_label, finished, over_time
from models.view.language import MILLION, Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from models.view.theme import Palette

_FORMS = 64
_LARGER = 1.35
_NAMES_WIDTH = 300


@dataclass(frozen=True, eq=False)
class Picture:
    """A chart: its form as Vega-Lite, and the figures it shows by name.

    Attributes:
        form: The specification without figures; never changed.
        figures: Name of a data set -> its rows.
        name: What the chart is of, whatever its figures: a browser makes a chart anew when its name changes.
    """

    form: dict[str, Any]
    figures: dict[str, pa.Table]
    name: str

    def enlarged(self) -> Picture:
        """The same for a projector: larger type, and taller."""
        config = {
            part: {name: round(_LARGER * value) if name.endswith("ontSize") else value for name, value in settings.items()}
            if isinstance(settings, dict)
            else settings
            for part, settings in self.form["config"].items()
        }
        return replace(self, form=self.form | {"config": config, "height": round(_LARGER * self.form["height"])})

    def named(self, origin: str) -> Picture:
        """The same with a line of where its figures come from, which goes along when the picture is taken away."""
        heading = self.form.get("title", "")
        text = heading.get("text", "") if isinstance(heading, dict) else heading
        return replace(self, form=self.form | {"title": _titled(text, origin, self.form["config"]["title"]["subtitleFontSize"])})

    def to_page(self) -> dict[str, Any]:
        """The specification as a page hands it on."""
        return self.form | {"datasets": dict(self.figures)}

    def to_spec(self) -> dict[str, Any]:
        """The whole specification, figures among it, as JSON takes it."""
        return self.form | {"datasets": {name: rows.to_pylist() for name, rows in self.figures.items()}}


def _titled(text: str, origin: str, size: int) -> dict[str, Any]:
    """A title with a line of origin beneath; alone where there is no title: Vega-Lite draws no line beneath an empty one."""
    return {"text": text, "subtitle": origin} if text else {"text": origin, "fontSize": size, "fontStyle": "italic"}


def named(drawn: Any, origin: str) -> Any:  # noqa: ANN401  (an Altair chart, or a picture)
    """A chart or a picture with a line of where its figures come from beneath its title, or as its title where it has none.

    Example:
        >>> bare = alt.Chart(alt.NamedData("a")).mark_point()
        >>> named(bare, "Kørsel 1").to_dict()["title"]["text"]
        'Kørsel 1'
        >>> named(bare.properties(title="Udgift"), "Kørsel 1").to_dict()["title"]
        {'text': 'Udgift', 'subtitle': 'Kørsel 1'}
    """
    if isinstance(drawn, Picture):
        return drawn.named(origin)
    heading = "" if drawn.title is alt.Undefined else drawn.title
    return drawn.properties(title=alt.TitleParams(**_titled(heading, origin, ORIGIN_SIZE)))


def scenario_picture(members: pd.DataFrame, language: Language, colours: Palette, *, unit: str) -> Picture:
    """Baseline and scenario beside the frame, year by year.

    Args:
        members: Rows of one member: year, budget, mean, mean_scenario, q10_scenario, q90_scenario.
        language: The page's language.
        colours: The page's colours.
        unit: Unit and price level of the axis.
    """
    said = {name: members[name].to_numpy(dtype=float) / MILLION for name in ("budget", "mean", "mean_scenario")}
    kept = tuple(name for name, amounts in said.items() if not np.isnan(amounts).all())
    names = _line_names(language)
    years = [str(year) for year in members["year"]]
    lines = [
        {"year": year, "amount": float(amount), "name": names[name]}
        for name in kept
        for year, amount in zip(years, said[name], strict=True)
        if not np.isnan(amount)
    ]
    low, high = (members[name].to_numpy(dtype=float) / MILLION for name in ("q10_scenario", "q90_scenario"))
    band = pa.table({"year": years, "low": low, "high": high})
    figures = {"lines": pa.Table.from_pylist(lines), "band": band}
    name = language.text("Udgift år for år: ramme, grundforløb og scenarie. Tallene står i ord ved figuren.")
    return Picture(_scenario_form(language, colours, unit, kept), figures, name)


def _line_names(language: Language) -> dict[str, str]:
    t = language.text
    return {"budget": t("Ramme"), "mean": t("Grundforløb"), "mean_scenario": t("Scenarie")}


@lru_cache(maxsize=_FORMS)
def _scenario_form(language: Language, colours: Palette, unit: str, kept: tuple[str, ...]) -> dict[str, Any]:
    names = _line_names(language)
    colour_of = {"budget": colours.frame, "mean": colours.past, "mean_scenario": colours.expected}
    dash_of = {"budget": [2, 3], "mean": [9, 5], "mean_scenario": [1, 0]}
    domain = [names[name] for name in kept]
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=500, symbolStrokeWidth=3.5)
    colour = alt.Color("name:N", scale=alt.Scale(domain=domain, range=[colour_of[name] for name in kept]), legend=legend)
    dash = alt.StrokeDash("name:N", scale=alt.Scale(domain=domain, range=[dash_of[name] for name in kept]), legend=legend)
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0))
    band = alt.Chart(alt.NamedData("band")).mark_area(color=colours.band).encode(x=x, y=over_time("low:Q"), y2="high:Q")
    long = alt.Chart(alt.NamedData("lines"))
    lines = long.mark_line(size=3.5).encode(x=x, y=over_time("amount:Q"), color=colour, strokeDash=dash)
    dots = long.mark_point(size=60, filled=True, opacity=1)
    points = dots.encode(x=x, y=over_time("amount:Q"), color=alt.Color("name:N", legend=None))
    title = language.text("Forventet udgift, {unit}", unit=unit)
    drawn = alt.layer(band, lines, points).properties(title=title).resolve_scale(color="shared")
    return dict(finished(drawn, language, colours, height=290).to_dict())


def effects_picture(
    effects: Sequence[tuple[str, float]], total: tuple[str, float], language: Language, colours: Palette
) -> Picture:
    """What each moved lever does, and all of them together, as a waterfall.

    Args:
        effects: Label and effect, currency.
        total: What their sum is called, and their sum.
        language: The page's language.
        colours: The page's colours.
    """
    steps = [effect / MILLION for _, effect in effects]
    reached = [0.0, *accumulate(steps)]
    named, whole = total[0], total[1] / MILLION
    start, end = [*reached[:-1], 0.0], [*reached[1:], whole]
    edge = [max(pair[0], pair[1], 0.0) for pair in zip(start, end, strict=True)]
    drawn = {
        "label": [*(label for label, _ in effects), named],
        "start": start,
        "end": end,
        "edge": edge,
        "kind": [*("over" if step >= 0 else "under" for step in steps), "sum"],
        "said": [language.number(step, signed=True) for step in (*steps, whole)],
        "order": list(range(len(start))),
    }
    room = pa.table({"bound": bounds(min(*start, *end, 0.0), max(edge), right=0.2)})
    form = _effects_form(language, colours)
    name = language.text("Virkning trin for trin. Tallene står i ord ved figuren.")
    return Picture(form | {"height": 36 * len(start) + 75}, {"steps": pa.table(drawn), "room": room}, name)


@lru_cache(maxsize=_FORMS)
def _effects_form(language: Language, colours: Palette) -> dict[str, Any]:
    title = language.text("Ændring, {unit}", unit=language.money_unit)
    kinds = ["over", "under", "sum"]
    scale = alt.Scale(domain=kinds, range=[colours.over, colours.under, colours.past])
    colour = alt.Color("kind:N", scale=scale, legend=None)
    axis = alt.Axis(labelLimit=_NAMES_WIDTH, ticks=False, domain=False, labelPadding=10, grid=False)
    y = alt.Y("label:N", title=None, sort=alt.SortField("order"), axis=axis)
    base, close = alt.Chart(alt.NamedData("steps")), alt.Scale(nice=False, zero=False)
    bars = base.mark_bar(size=BAR).encode(y=y, x=amount_axis("start", title, close), x2="end:Q", color=colour)
    text = figure_label(base, colours).encode(y=y, x=amount_axis("edge", title, close), text="said:N")
    zero = base.mark_rule(size=2, color=colours.frame, aria=False).encode(x=alt.XDatum(0))
    unseen = alt.Chart(alt.NamedData("room")).mark_point(opacity=0, aria=False).encode(x=amount_axis("bound", title, close))
    return dict(finished(alt.layer(zero, bars, text, unseen), language, colours, height=120).to_dict())
