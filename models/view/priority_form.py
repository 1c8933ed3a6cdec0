"""What a committee sets on the page Prioritering, as a portfolio; kroner are set in millions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.priority.effects import default_years
from models.priority.option import FrameLimit
from models.view.language import MILLION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.priority.option import Portfolio
    from models.scenario import Baseline

_STARTS = {"effects": 0.0, "optimum": 0.1, "curve": 0.25, "robust": 0.5}
"""How much of the waiting lies before each step."""


def allowed_millions(portfolio: Portfolio, baseline: Baseline) -> dict[int, float]:
    """Year -> deviation that the first frame is allowed, in millions; 0 where nothing was said."""
    before = dict(portfolio.frames[0].years)
    return {year: before.get(year, 0.0) / MILLION for year in portfolio.years or default_years(baseline)}


def asked(
    portfolio: Portfolio,
    *,
    weight: float,
    certainty: float,
    reasonable: tuple[float, float],
    allowed: Mapping[int, float],
    together: bool,
) -> Portfolio:
    """The portfolio with what the committee sets.

    Args:
        portfolio: As read.
        weight: Weight of the citizens' assessment, per cent.
        certainty: How surely frames are kept, per cent.
        reasonable: Smallest and largest reasonable weight, per cent.
        allowed: Year -> deviation that the first frame is allowed, in millions.
        together: Whether all years must hold at once.
    """
    first = portfolio.frames[0]
    limits = tuple((year, value * MILLION) for year, value in allowed.items())
    return replace(
        portfolio,
        citizens_weight_pct=float(weight),
        certainty_pct=float(certainty),
        reasonable_pct=(float(reasonable[0]), float(reasonable[1])),
        years=tuple(allowed),
        frames=(FrameLimit(level=first.level, member=first.member, years=limits), *portfolio.frames[1:]),
        together=together,
    )


def share_done(step: str, part: float) -> float:
    """How far the work has come.

    Example:
        >>> share_done("curve", 0.0), share_done("robust", 1.0)
        (0.25, 1.0)
    """
    ends = dict(zip(_STARTS, (*list(_STARTS.values())[1:], 1.0), strict=True))
    return min(1.0, _STARTS[step] + part * (ends[step] - _STARTS[step]))
