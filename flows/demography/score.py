"""Scores of the study: how far exposure departs from its trend, MASE far ahead by arm, and what demography paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flows.demography.towns import TRUE, WITHOUT, StudySeries
from models.forecast.engine_series import forecast_panel
from models.forecast.panel import MonthlySeries

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

MOVED = 0.10
SCORED = (36, 48)
"""First and last month ahead that is scored, both included."""
SEASON = 12
TREND_MONTHS = 36
_CAP = 5.0
_BOOTSTRAPS = 2000


@dataclass(frozen=True)
class Verdict:
    """What demography paid over a set of series.

    Attributes:
        arm: The arm that is judged.
        series: How many series.
        towns: In how many municipalities.
        mase_without: Mean MASE of the engine without exposure.
        mase: Mean MASE of the arm.
        ratio: Arm / without, of means.
        ratio_low: Lower end of the 90 % bootstrap interval over municipalities.
        ratio_high: Upper end.
        capped: The same ratio, every MASE capped at 5.
        geometric: Geometric mean of the series' ratios.
        share: Share of the oracle's gain; NaN where there is no oracle.
        share_low: Lower end of its interval.
        share_high: Upper end.
    """

    arm: str
    series: int
    towns: int
    mase_without: float
    mase: float
    ratio: float
    ratio_low: float
    ratio_high: float
    capped: float
    geometric: float
    share: float
    share_low: float
    share_high: float


def departure(exposure: np.ndarray, n_history: int, horizon: int = SCORED[1]) -> float:
    """How far exposure leaves its trend in the scored months: the smallest answer of four trends.

    Straight and exponential trend, each fitted to the whole history and to its newest 36 months.

    Args:
        exposure: (T + H,) expected volume.
        n_history: T.
        horizon: Last month ahead that counts.

    Returns:
        Mean absolute departure as a share of the trend.

    Example:
        >>> departure(np.linspace(1.0, 2.0, 120), 72) < 1e-9
        True
        >>> round(departure(np.r_[np.ones(72), np.full(48, 1.2)], 72), 3)
        0.2
    """
    months = np.arange(len(exposure), dtype=float)
    ahead = slice(n_history + min(SCORED[0], horizon - SEASON) - 1, n_history + horizon)
    found = []
    for start in (0, n_history - TREND_MONTHS):
        behind = slice(start, n_history)
        for straight in (True, False):
            values = exposure if straight else np.log(exposure)
            line = np.polyval(np.polyfit(months[behind], values[behind], 1), months)
            trend = np.maximum(line, 0.05 * exposure.min()) if straight else np.exp(line)
            found.append(float(abs((exposure[ahead] / trend[ahead]).mean() - 1.0)))
    return min(found)


def mase(values: np.ndarray, actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute error over the mean absolute yearly difference in history (season 12).

    Example:
        >>> mase(np.r_[np.zeros(12), np.ones(12)], np.array([3.0]), np.array([1.0]))
        2.0
    """
    scale = float(np.abs(values[SEASON:] - values[:-SEASON]).mean())
    return float(np.abs(actual - forecast).mean()) / scale if scale > 0 else np.nan


def score_arms(
    series: Sequence[StudySeries],
    arms: Sequence[str],
    *,
    seed: int,
    scored: tuple[int, int] = SCORED,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
    methods: Counter[str] | None = None,
) -> pd.DataFrame:
    """Forecast every series under every arm, one panel per arm, and score the medians.

    Args:
        series: Of one horizon.
        arms: Keys of ``StudySeries.exposures``, or ``without``.
        seed: The engine's seed.
        scored: First and last month ahead, both included.
        workers: Processes of the engine.
        progress: Called with (done, in all) over all arms.
        methods: Counts which method carried how many forecasts.

    Returns:
        municipality, label, service, departure (of the true exposure, else of the first arm's), one MASE column per arm.
        Series whose history never changes from year to year have no scale and are left out.
    """
    horizon, first, last = len(series[0].actual), scored[0] - 1, scored[1]
    columns: dict[str, list[float]] = {}
    for place, arm in enumerate(arms):
        panel = [
            MonthlySeries(item.series_id, "volume", item.first_month, item.history, item.service, item.exposures.get(arm))
            for item in series
        ]
        tick = None if progress is None else _shifted(progress, place * len(panel), len(arms) * len(panel))
        found = {
            done.series_id: done for done in forecast_panel(panel, horizon=horizon, seed=seed, workers=workers, progress=tick)
        }
        if methods is not None:
            methods.update(done.method for done in found.values())
        columns[arm] = [mase(item.history, item.actual[first:last], found[item.series_id].q50[first:last]) for item in series]
    known = [item.exposures[TRUE if TRUE in item.exposures else next(iter(item.exposures))] for item in series]
    table = pd.DataFrame(
        {
            "municipality": [item.municipality for item in series],
            "label": [item.label for item in series],
            "service": [item.service for item in series],
            "level": [float(item.history[-SEASON:].mean()) for item in series],
            "departure": [departure(one, len(item.history), last) for item, one in zip(series, known, strict=True)],
            **columns,
        }
    )
    return table.dropna(subset=list(columns)).reset_index(drop=True)


def _shifted(progress: Callable[[int, int], None], before: int, whole: int) -> Callable[[int, int], None]:
    return lambda done, _total: progress(before + done, whole)


def verdict(scores: pd.DataFrame, arm: str, *, seed: int) -> Verdict:
    """Say what an arm paid, with bootstrap intervals over municipalities (90 %).

    Args:
        scores: Rows of :func:`score_arms`.
        arm: Column to judge.
        seed: Of the bootstrap.
    """
    has_oracle = TRUE in scores.columns
    oracle = scores[TRUE] if has_oracle else pd.Series(np.nan, index=scores.index)
    sums = pd.DataFrame({"without": scores[WITHOUT], "arm": scores[arm], "oracle": oracle, "label": scores["label"]})
    by_town = sums.groupby("label")[["without", "arm", "oracle"]].sum().to_numpy()
    picks = np.random.default_rng(seed).integers(0, len(by_town), (_BOOTSTRAPS, len(by_town)))
    drawn = by_town[picks].sum(axis=1)
    whole = by_town.sum(axis=0)
    ratios, shares = drawn[:, 1] / drawn[:, 0], _share(drawn)
    low, high = np.quantile(ratios, [0.05, 0.95])
    share_low, share_high = np.quantile(shares, [0.05, 0.95]) if has_oracle else (np.nan, np.nan)
    logs = np.log(np.maximum(scores[arm], 1e-3) / np.maximum(scores[WITHOUT], 1e-3))
    return Verdict(
        arm=arm,
        series=len(scores),
        towns=len(by_town),
        mase_without=float(scores[WITHOUT].mean()),
        mase=float(scores[arm].mean()),
        ratio=float(whole[1] / whole[0]),
        ratio_low=float(low),
        ratio_high=float(high),
        capped=float(scores[arm].clip(upper=_CAP).mean() / scores[WITHOUT].clip(upper=_CAP).mean()),
        geometric=float(np.exp(logs.mean())),
        share=float(_share(whole[None, :])[0]),
        share_low=float(share_low),
        share_high=float(share_high),
    )


def _share(sums: np.ndarray) -> np.ndarray:
    """(n,) (without - arm) / (without - oracle)."""
    return np.asarray((sums[:, 0] - sums[:, 1]) / (sums[:, 0] - sums[:, 2]))
