"""Rolling origins: where they lie, and what their scores say about the engine beside its peers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import WrongUse
from models.forecast.accuracy import FIELDS, average, by_series, geometric_ratio, parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.forecast.accuracy import MethodScores, Scoreboard
    from models.types import Array

OURS = "opdrift"
STEP = 12
MIN_TRAINING = 36
"""Months that must lie behind the earliest origin when the step is ours to choose."""
WORST = 10
MEASURES = ("mase", "pinball")
_AT = {name: place for place, name in enumerate(FIELDS)}


def rolling_origins(first: int, last: int, *, horizon: int, count: int, step: int | None = None) -> list[int]:
    """Cutoffs whose whole horizon is known, earliest first.

    Args:
        first: First month with a value, as months since year 0.
        last: Last month with a value.
        horizon: H.
        count: How many origins.
        step: Months between them; None: 12, or fewer where 12 would leave the earliest less than 36 months.

    Raises:
        WrongUse: They don't fit into the months there are.

    Example:
        >>> rolling_origins(0, 119, horizon=24, count=3)
        [71, 83, 95]
    """
    newest = last - horizon
    room = newest - first + 1 - MIN_TRAINING
    apart = step if step is not None else max(1, min(STEP, room // max(count - 1, 1)))
    origins = [newest - apart * back for back in reversed(range(count))]
    if origins[0] < first + 1:
        what = f"{last - first + 1} months are too few for {count} origins {apart} months apart with {horizon} months ahead"
        remedy = "Take fewer origins, a smaller step or a shorter horizon"
        raise WrongUse(what, where="--cutoffs, --step, --horizon", remedy=remedy)
    return origins


def section_of(board: Scoreboard, target: str, singles: Sequence[str]) -> dict[str, Any]:
    """What the report says about one target.

    Args:
        board: Scores of ours and of every peer on the same cases.
        target: cost or volume.
        singles: Peers of which the best is looked for; other methods on the board are averages of them.

    Returns:
        By ``docs/schemas/backtest.json``.
    """
    peers = [name for name in board.methods if name != OURS]
    ratios = {peer: _ratios(board, peer) for peer in peers}
    known_singles = [name for name in singles if name in peers]
    return {
        "target": target,
        "series": len(set(board.series)),
        "origins": sorted(set(board.cutoffs)),
        "cases": len(board.series),
        "left_out": {"no_actual": board.no_actual, "no_scale": board.no_scale},
        "methods": {name: _method(scores, board) for name, scores in board.methods.items()},
        "ratios": ratios,
        "against_best_single": _against(board, known_singles, ratios, _hardest),
        "against_middle_single": _against(board, known_singles, ratios, _middle),
        "series_against": {peer: _wins(board, peer) for peer in peers},
        "worst_losses": _worst_losses(board, known_singles),
    }


def _method(scores: MethodScores, board: Scoreboard) -> dict[str, Any]:
    whole, *rest = (_part(scores, place, span) for place, span in enumerate(parts_of(board.horizon)))
    found: dict[str, Any] = {}
    for measure in MEASURES:
        values = _values(scores, measure)
        series = average(by_series(board.series, values)[1])
        found[measure] = {
            **average(values),
            "mean_by_series": series["mean"],
            "mean_capped_by_series": series["mean_capped"],
            "cases": int(np.isfinite(values).sum()),
        }
    years_inside, years = scores.years
    return {
        **found,
        **{name: whole[name] for name in ("wape", "wape_of_mean", "bias_pct", "bias_pct_of_median", "coverage_80")},
        "coverage_80_thirds": [part["coverage_80"] for part in rest[:3]],
        "year_sums": years,
        "year_sum_coverage_80": years_inside / years if years else None,
        "fallbacks": scores.fallbacks,
        "by_months_ahead": rest[3:],
    }


def _part(scores: MethodScores, place: int, span: tuple[int, int]) -> dict[str, Any]:
    sums, count = scores.sums[place], scores.counts[place]
    value = {name: float(sums[at]) for name, at in _AT.items()}
    return {
        "from": span[0],
        "to": span[1],
        "mase": float(scores.means[place, 0] / count) if count else None,
        "pinball": float(scores.means[place, 1] / count) if count else None,
        "wape": _share(value["abs_error"], value["abs_actual"]),
        "wape_of_mean": _share(value["abs_error_mean"], value["abs_actual"]),
        "bias_pct": _share(100.0 * value["error_mean"], value["actual"]),
        "bias_pct_of_median": _share(100.0 * value["error"], value["actual"]),
        "coverage_80": _share(value["hits"], value["n"]),
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _values(scores: MethodScores, measure: str) -> Array:
    return np.frombuffer(getattr(scores, measure), dtype=np.float64) if len(scores.mase) else np.zeros(0)


def _both(board: Scoreboard, peer: str, measure: str) -> tuple[Array, Array]:
    return _values(board.methods[OURS], measure), _values(board.methods[peer], measure)


def _ratios(board: Scoreboard, peer: str) -> dict[str, dict[str, float | None]]:
    found = {}
    for measure in MEASURES:
        ours, theirs = _both(board, peer, measure)
        own, other = average(ours), average(theirs)
        _, ours_by_series = by_series(board.series, ours)
        _, theirs_by_series = by_series(board.series, theirs)
        found[measure] = {
            "mean": _ratio(own["mean"], other["mean"]),
            "mean_capped": _ratio(own["mean_capped"], other["mean_capped"]),
            "geometric": geometric_ratio(ours, theirs),
            "geometric_by_series": geometric_ratio(ours_by_series, theirs_by_series),
        }
    return found


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return None if ours is None or not theirs else ours / theirs


def _hardest(known: list[tuple[float, str]]) -> tuple[float, str]:
    return known[-1]


def _middle(known: list[tuple[float, str]]) -> tuple[float, str]:
    return known[len(known) // 2]


def _against(board: Scoreboard, singles: list[str], ratios: dict[str, Any], pick: Any) -> dict[str, Any]:  # noqa: ANN401
    """Per measure and average: our ratio to the single peer that is best (or middle) by that very average."""
    found: dict[str, Any] = {}
    for measure in MEASURES:
        found[measure] = {}
        for kind in ("mean", "mean_capped", "geometric"):
            known = sorted((ratios[peer][measure][kind], peer) for peer in singles if ratios[peer][measure][kind] is not None)
            ratio, peer = pick(known) if known and board.series else (None, None)
            found[measure][kind] = {"ratio": ratio, "peer": peer}
    return found


def _wins(board: Scoreboard, peer: str) -> dict[str, int]:
    ours, theirs = (by_series(board.series, values)[1] for values in _both(board, peer, "mase"))
    known = np.isfinite(ours) & np.isfinite(theirs)
    ours, theirs = ours[known], theirs[known]
    return {"wins": int((ours < theirs).sum()), "losses": int((ours > theirs).sum()), "ties": int((ours == theirs).sum())}


def _worst_losses(board: Scoreboard, singles: list[str]) -> list[dict[str, Any]]:
    """Series where ours lies furthest above the best single peer's MASE, worst first."""
    if not singles or not board.series:
        return []
    names, ours = by_series(board.series, _values(board.methods[OURS], "mase"))
    theirs = np.array([by_series(board.series, _values(board.methods[peer], "mase"))[1] for peer in singles])
    known = np.flatnonzero(np.isfinite(ours) & np.isfinite(theirs).all(axis=0))
    best = theirs[:, known].argmin(axis=0)
    losses = [
        {"series_id": names[at], "ours": float(ours[at]), "peer": singles[peer], "theirs": float(theirs[peer, at])}
        for at, peer in zip(known, best, strict=True)
        if ours[at] > theirs[peer, at]
    ]
    losses.sort(key=lambda row: (float(str(row["theirs"])) - float(str(row["ours"])), str(row["series_id"])))
    return losses[:WORST]
