"""Frames, budgets, budget events and the price index.

A frame's budget covers account class 1: authority gross expenditure, the own institutions' net and the frame's income.
State refund (account class 2) stands outside it. Original budgets follow a growth a little below what then came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.reference.catalogue import load_catalogue
from data.synthetic.accounts import REFUND_FUNCTION
from data.synthetic.plan import COMMITTEES, FRAME_LABELS, INDEX_GROWTH, OTHER_GROWTH, PLANS, index_level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.synthetic.calendar import Window

Row = tuple[object, ...]
FRAMES_HEADER = (
    "municipality",
    "cost_object",
    "function",
    "grouping",
    "frame",
    "frame_label",
    "committee",
    "inside_service_ceiling",
    "valid_from",
    "valid_to",
)
BUDGET_HEADER = (
    "municipality",
    "frame",
    "service",
    "function",
    "cost_object",
    "year",
    "month",
    "version",
    "price_level",
    "amount_dkk",
)
EVENTS_HEADER = (
    "municipality",
    "event_id",
    "effective_from",
    "effective_to",
    "kind",
    "frame",
    "service",
    "amount_dkk",
    "price_level",
    "in_data",
    "label",
)
INDEX_HEADER = ("year", "vintage", "kind", "series", "pct")
PRESSURE = {"50.54": 0.012, "30.46": 0.020}  # share by which the original budget lies under what the year then cost
YEARS_AHEAD = 4
_LABELS = {
    "F1": "Opgave flyttet fra skoleområdet",
    "F2": "Lovændring om støtte, DUT-kompenseret",
    "F3": "Funktion 5.38.38 deles i 5.38.38 og 5.38.39",
    "F4": "Besluttet besparelse: hjemtagning",
    "F5": "Opgave flyttes til sundhedsområdet",
}


@dataclass(frozen=True)
class Event:
    """A planted budget event, amount in DKK per year."""

    event_id: str
    start: date
    kind: str
    frame: str
    service: str | None
    amount: int
    price_level: str
    in_data: bool


def frame_rows(municipality: str) -> list[Row]:
    """Dated rules from function to frame, for every function the catalogue knows."""
    spans: dict[tuple[str, str], list[date]] = {}
    for service in load_catalogue().service:
        for account in service.accounts:
            span = spans.setdefault((account.function, service.default_frame), [account.valid_from, account.valid_to])
            span[:] = [min(span[0], account.valid_from), max(span[1], account.valid_to)]
    rows: list[Row] = []
    for (function, frame), (start, end) in sorted(spans.items()):
        first = max(start, date(2000, 1, 1))
        last = None if end.year >= 2099 else end
        rows.append((municipality, None, function, None, frame, FRAME_LABELS[frame], COMMITTEES[frame], True, first, last))
    for grouping, frame in (("001", "50.54"), ("002", "30.46")):
        rows.append(
            (
                municipality,
                None,
                REFUND_FUNCTION,
                grouping,
                frame,
                FRAME_LABELS[frame],
                COMMITTEES[frame],
                False,
                date(2000, 1, 1),
                None,
            )
        )
    return rows


def net_by_frame(postings: pd.DataFrame, window: Window, frame_of: Sequence[str] | None = None) -> dict[tuple[str, int], float]:
    """Net operating expenditure of each frame and calendar year of service, class 1, DKK, scaled to whole years.

    Args:
        postings: All of them.
        window: Months the sample covers.
        frame_of: Frame of each plan; None: the sample's own two.
    """
    frame_of = frame_of or [load_catalogue().by_key(plan.key).default_frame for plan in PLANS]
    rows = postings[
        (postings["plan"] >= 0) & (postings["account_class"] == 1) & postings["month"].between(window.start, window.end)
    ]
    keyed = rows.assign(frame=np.array(frame_of)[rows["plan"]], service_year=rows["month"] // 12)
    sums = keyed.groupby(["frame", "service_year"])["ore"].sum()
    months = pd.Series(np.arange(window.start, window.end + 1) // 12).value_counts()
    return {(str(frame), int(year)): value / 100 * 12 / months[year] for (frame, year), value in sums.items()}


def budget_rows(
    net: dict[tuple[str, int], float],
    events: list[Event],
    window: Window,
    rng: np.random.Generator,
    *,
    municipality: str,
    pressure: Mapping[str, float] = PRESSURE,
) -> list[Row]:
    """Budgets of each frame: every year of the window, the year after and three years of outline budgets.

    Args:
        net: By frame and year.
        events: What is decided.
        window: Months the sample covers.
        rng: The budgets' generator.
        municipality: Authority code.
        pressure: Frame -> share by which its original budget lies under what the year then cost.

    Returns:
        Rows in the order of ``BUDGET_HEADER``. ``revised`` is the whole budget after revisions;
        ``carried over`` comes on top of it.
    """
    rows: list[Row] = []
    for frame in sorted(pressure):
        for year in range(window.start_year, window.end_year + 1):
            level = f"{year}-pl" if year > window.end_year - 3 else "nominal"
            original = net[frame, year] * (1 - pressure[frame] + rng.normal(0, 0.004))
            revised = original + (net[frame, year] - original) * rng.uniform(0.2, 0.5)
            carried = original * rng.uniform(0.001, 0.004)
            for version, amount in (("original", original), ("revised", revised), ("carried over", carried)):
                rows.append((municipality, frame, None, None, None, year, None, version, level, _thousands(amount)))
        base = net[frame, window.end_year]
        decided = sum(event.amount for event in events if event.frame == frame and not event.in_data)
        for ahead in range(1, YEARS_AHEAD + 1):
            amount = base * (1 - pressure[frame] / 2) * 1.004**ahead + decided
            rows.append(
                (
                    municipality,
                    frame,
                    None,
                    None,
                    None,
                    window.end_year + ahead,
                    None,
                    "original",
                    f"{window.end_year}-pl",
                    _thousands(amount),
                )
            )
    return rows


def _thousands(amount: float) -> int:
    return round(amount / 1000) * 1000


def planted_events(
    net: dict[tuple[str, int], float], postings: pd.DataFrame, window: Window, *, steps: dict[str, float], hours: dict[str, float]
) -> list[Event]:
    """The budget events: what the data already hold, and what is decided for the time after them.

    Args:
        net: Net expenditure by frame and year.
        postings: All postings, from which the worth of planted steps is counted.
        window: Months the sample covers.
        steps: Service -> share of stock moved in with a task four years before the end.
        hours: Service -> share of hours added by a law change in the last year.
    """
    last, events = window.end_year, []
    level = f"{last}-pl"
    for service, share in steps.items():
        if (last - 4) * 12 > window.start:
            worth = _thousands(_cost_of(postings, service, last - 4) * share)
            start = date(last - 4, 1, 1)
            events.append(Event("F1", start, "moved_task", "30.46", service, worth, f"{last - 4}-pl", in_data=True))
    for service, share in hours.items():
        worth = _thousands(_cost_of(postings, service, last) * share / (1 + share) * 12 / (window.end % 12 + 1))
        events.append(Event("F2", date(last, 1, 1), "dut", "50.54", service, worth, level, in_data=True))
    if window.start_year < 2019 <= last:
        events.append(Event("F3", date(2019, 1, 1), "account_plan", "50.54", None, 0, "nominal", in_data=True))
    saving, moved = -_thousands(net["50.54", last] * 0.009), -_thousands(net["30.46", last] * 0.006)
    housing, family = "midlertidigt_botilbud", "familiebehandling"
    events.append(Event("F4", date(last + 1, 1, 1), "decided_saving", "50.54", housing, saving, level, in_data=False))
    events.append(Event("F5", date(last + 1, 7, 1), "moved_task", "30.46", family, moved, level, in_data=False))
    return events


def _cost_of(postings: pd.DataFrame, service: str, year: int) -> float:
    plans = [index for index, plan in enumerate(PLANS) if plan.key == service and not plan.sold]
    own = postings["plan"].isin(plans) & postings["case"].ge(0) & (postings["month"] // 12 == year)
    return float(postings.loc[own, "ore"].sum()) / 100


def event_rows(events: list[Event], municipality: str) -> list[Row]:
    """Rows in the order of ``EVENTS_HEADER``."""
    return [
        (
            municipality,
            f"{municipality}-{e.event_id}",
            e.start,
            None,
            e.kind,
            e.frame,
            e.service,
            e.amount,
            e.price_level,
            e.in_data,
            _LABELS[e.event_id],
        )
        for e in events
    ]


def index_rows(window: Window) -> list[Row]:
    """Synthetic price index: three vintages of yearly growth, and each vintage year's uplift (growth and correction)."""
    rows: list[Row] = []
    for vintage in range(window.end_year - 2, window.end_year + 1):
        for year in range(window.start_year - 1, window.end_year + 6):
            growth = INDEX_GROWTH.get(year, OTHER_GROWTH)
            unknown = max(year - vintage, 0) if vintage < window.end_year else 0
            rows.append((year, vintage, "growth", "services_total", round(growth - 0.2 * (unknown > 0) - 0.1 * (unknown > 1), 2)))
        growth = INDEX_GROWTH.get(vintage, OTHER_GROWTH)
        rows.append((vintage, vintage, "uplift", "services_total", round(growth + 0.3, 2)))
    return rows


def index_by_year(window: Window) -> dict[int, float]:
    """Planted price level by year, the anchor year is 1."""
    return {year: index_level(year) for year in range(min(window.start_year - 3, 2020), max(window.end_year + 6, 2030))}
