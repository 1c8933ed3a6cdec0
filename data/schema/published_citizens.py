"""Contracts of who the expected citizens are, and of those who reach an age limit; sums alone."""

from __future__ import annotations

from data.schema.column import Column, Kind, Sensitivity, Table
from data.schema.published_columns import LEVELS, MASK, code, figure, month, whole

_A = Sensitivity.AGGREGATE

KNOWN_MONTHS = Table(
    name="known_months",
    grain="one level, member and month ahead: who the expected citizens are; empty where known citizens are not rolled forward",
    owner="opdrift",
    columns=(
        code("level", key=True, allowed=LEVELS),
        code("member", key=True, meaning="Service, frame, committee, or 'total'"),
        month(),
        figure("open_at_cutoff", "full-time citizens open at the cutoff"),
        figure("still_here", "full-time citizens of those, expected still in the same service"),
        figure("still_here_q10", "full-time citizens"),
        figure("still_here_q90", "full-time citizens"),
        figure("ended", "full-time citizens of those, expected to have ended: open_at_cutoff - still_here"),
        figure("moved_here", "full-time citizens expected to have come from another service"),
        figure("new", "full-time citizens expected who are not known today"),
        *MASK,
    ),
)

_WHEN = (
    whole("age", "years: 18 or 23", key=True),
    code("period", key=True, meaning="YYYY-Qn (all services), whole, or YYYY: four whole, and what is left of one"),
    code("from_committee", key=True),
)
_INTERVAL = (
    figure("yearly_cost_q10_real", "currency of a full year at the run's price level"),
    figure("yearly_cost_q90_real", "currency of a full year at the run's price level"),
    MASK[-1],
)

TRANSITION_RADAR = Table(
    name="transition_radar",
    grain="one age that known citizens reach, quarter or year, pair of committees and service (or all): what awaits them",
    owner="opdrift",
    columns=(
        *_WHEN,
        code("to_committee", key=True),
        code("to_service", key=True, meaning="Service, or 'all' of the committee"),
        Column(name="reaching", kind=Kind.WHOLE, unit="citizens known today who reach the age", required=False, sensitivity=_A),
        figure("expected", "citizens expected to enter the service"),
        figure("yearly_cost_real", "currency of a full year at the run's price level, list prices of those who entered lately"),
        *_INTERVAL,
    ),
)

TRANSITION_LEAVING = Table(
    name="transition_leaving",
    grain="one age that known citizens reach, quarter or year, pair of committees and service (or all): what leaves",
    owner="opdrift",
    columns=(
        *_WHEN,
        code("to_committee", key=True, meaning="none: to no other service"),
        code("from_service", key=True, meaning="Service that is left, or 'all' of the committee left"),
        figure("expected", "citizens expected to leave the service; between two committees as many as enter"),
        figure("yearly_cost_real", "currency of a full year at the run's price level, list prices of those in the service today"),
        *_INTERVAL,
    ),
)
