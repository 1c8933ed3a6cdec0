"""The effect of a measure over its window and month by month: realised less counterfactual, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from models.investment.decided import Decided
    from models.investment.placebo import Window
    from models.types import Array

_YEAR = 12
MONTH_COLUMNS = ("month", "realised", "counterfactual", "counterfactual_q10", "counterfactual_q90", "effect", "effect_q10",
                  "effect_q90", "probability", "promised")  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Effect:
    """The effect over the window, 80 % intervals. Full-time citizens on average of the months, or currency a month.

    Attributes:
        first: First month judged.
        last: Last month judged.
        n_months: How many.
        realised: Mean of the months.
        counterfactual: Mean of months and draws.
        effect: Realised less counterfactual.
        effect_q10: Lower end.
        effect_q90: Upper end.
        effect_pct: In per cent of the counterfactual, with its ends.
        effect_pct_q10: Lower end.
        effect_pct_q90: Upper end.
        probability: That there is an effect in the promised direction.
        probability_promise: That it is at least what was promised.
        promised: Mean of the expected path over the window, counted from the actual start.
        share_realised: Effect over promise; None where nothing was promised in the window.
        share_realised_sd: Its standard deviation.
        yearly_dkk: What the effect is worth a year, real, at the frozen unit cost of those it is about; None: unknown.
        yearly_dkk_q10: Lower end.
        yearly_dkk_q90: Upper end.
    """

    first: pd.Timestamp
    last: pd.Timestamp
    n_months: int
    realised: float
    counterfactual: float
    effect: float
    effect_q10: float
    effect_q90: float
    effect_pct: float
    effect_pct_q10: float
    effect_pct_q90: float
    probability: float
    probability_promise: float
    promised: float
    share_realised: float | None
    share_realised_sd: float | None
    yearly_dkk: float | None
    yearly_dkk_q10: float | None
    yearly_dkk_q90: float | None


def month_numbers(window: Window) -> Array:
    """(W,) months of a window as whole numbers."""
    return np.arange(window.first, window.last + 1, dtype=np.float64)


def _promised(decided: Decided, draws: Array, months: Array) -> Array:
    """(W, D) the expected path, counted from the actual start."""
    start = decided.planned_start if decided.actual_start is None else decided.actual_start
    profile = decided.promised.profile(start, months)[:, None]
    if decided.promised.unit == "pct":
        return np.asarray(decided.promised.expected / 100.0 * profile * draws, dtype=np.float64)
    monthly = decided.promised.expected / (_YEAR if decided.promised.unit == "dkk" else 1)
    return np.asarray(monthly * profile * np.ones_like(draws), dtype=np.float64)


def effect_over(decided: Decided, came: Array, draws: Array, window: Window, yearly: float | None) -> Effect:
    """The effect over the window.

    Args:
        decided: What was promised, and when it started.
        came: (W,) realised.
        draws: (W, D) counterfactual.
        window: Months.
        yearly: What one of the measure's unit is worth in currency a year; None: unknown.
    """
    sign, n_months = decided.promised.sign, window.n_months
    counterfactual = draws.mean(axis=0)
    effect = came.mean() - counterfactual
    promised = _promised(decided, draws, month_numbers(window)).mean(axis=0)
    shares = 100.0 * effect / np.maximum(counterfactual, 1e-9)
    ends, pct_ends = np.quantile(effect, (0.1, 0.9)), np.quantile(shares, (0.1, 0.9))
    wanted = float(promised.mean())
    return Effect(
        first=_stamp(window.first),
        last=_stamp(window.last),
        n_months=n_months,
        realised=float(came.mean()),
        counterfactual=float(counterfactual.mean()),
        effect=float(effect.mean()),
        effect_q10=float(ends[0]),
        effect_q90=float(ends[1]),
        effect_pct=float(shares.mean()),
        effect_pct_q10=float(pct_ends[0]),
        effect_pct_q90=float(pct_ends[1]),
        probability=float((sign * effect > 0).mean()),
        probability_promise=float((sign * (effect - promised) >= 0).mean()),
        promised=wanted,
        share_realised=float(effect.mean() / wanted) if wanted else None,
        share_realised_sd=float(effect.std() / abs(wanted)) if wanted else None,
        yearly_dkk=None if yearly is None else yearly * float(effect.mean()),
        yearly_dkk_q10=None if yearly is None else yearly * float(ends[0]),
        yearly_dkk_q90=None if yearly is None else yearly * float(ends[1]),
    )


def effect_by_month(decided: Decided, came: Array, draws: Array, window: Window) -> pd.DataFrame:
    """One row per month: realised, counterfactual and effect with their ends, and the expected path."""
    effect = came[:, None] - draws
    ends, effect_ends = np.quantile(draws, (0.1, 0.9), axis=1), np.quantile(effect, (0.1, 0.9), axis=1)
    columns = {
        "month": [_stamp(number) for number in range(window.first, window.last + 1)],
        "realised": came,
        "counterfactual": draws.mean(axis=1),
        "counterfactual_q10": ends[0],
        "counterfactual_q90": ends[1],
        "effect": effect.mean(axis=1),
        "effect_q10": effect_ends[0],
        "effect_q90": effect_ends[1],
        "probability": (decided.promised.sign * effect > 0).mean(axis=1),
        "promised": _promised(decided, draws, month_numbers(window)).mean(axis=1),
    }
    return pd.DataFrame(columns)[list(MONTH_COLUMNS)]


def _stamp(number: int) -> pd.Timestamp:
    return pd.Timestamp(year=number // _YEAR, month=number % _YEAR + 1, day=1)
