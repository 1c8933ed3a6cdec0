"""Earlier forecasts against what came: bias, MASE, WAPE, pinball and coverage, beside seasonal naive and last year's level.

A *point* is one month ahead of one forecast. Methods meet on the same points: where one of them has no figure for a point, the
others keep theirs, and the table says how many points each rests on. What came is the run's own history, completed for late
invoices; months that are still being invoiced are therefore estimates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.accuracy import SEASON, Quantiles, pinball_losses, seasonal_scale
from models.levels import members_of
from models.pressure import published_frame

if TYPE_CHECKING:
    from models.types import Array, DriverTables

HORIZONS = {"1-3": (1, 3), "4-6": (4, 6), "7-12": (7, 12), "13-24": (13, 24), "25-36": (25, 36), "all": (1, 36)}
"""Months ahead, both ends included."""
LAST_SCORED = 36
OURS, NAIVE, LAST_YEAR, BUDGET = "opdrift", "seasonal_naive", "last_year", "budget"
SERIES_KEYS = ["source", "level", "member", "measure"]
FIGURES = ["mean", "q10", "q50", "q90"]
POINT_COLUMNS = [*SERIES_KEYS, "cutoff", "month", "ahead", "method", "actual", *FIGURES, "scale"]
_TENTH = 1.2815515655446004
"""Standard normal quantile at 0.9."""


def actual_series(drivers: DriverTables) -> pd.DataFrame:
    """What came, month by month: gross of every member of every level, volume and unit cost of every service.

    Args:
        drivers: Histories; gross is completed for late invoices.

    Returns:
        level, member, measure, month, actual; dense over the months of history, NaN where a service has no volume.
    """
    history = drivers.history
    months = pd.DatetimeIndex(sorted(history["month"].unique()))
    order = sorted(drivers.services["service"].astype(str))
    columns = {"gross_nominal": "gross_ultimate_nominal", "volume": "volume", "unit_cost_real": "unit_cost_real"}
    tables = {
        measure: history.pivot_table(index="service", columns="month", values=column, dropna=False)
        .reindex(index=order, columns=months)
        .to_numpy(dtype=np.float64, na_value=np.nan)
        for measure, column in columns.items()
    }
    parts = []
    for member in members_of(drivers.services, order):
        head = {"level": member.level, "member": member.member}
        gross = np.nan_to_num(tables["gross_nominal"][member.rows]).sum(axis=0)
        parts.append(pd.DataFrame({**head, "measure": "gross_nominal", "month": months, "actual": gross}))
        if member.level == "service":
            row = int(member.rows[0])
            parts += [
                pd.DataFrame({**head, "measure": measure, "month": months, "actual": tables[measure][row]})
                for measure in ("volume", "unit_cost_real")
            ]
    return pd.concat(parts, ignore_index=True)


def quality_points(forecasts: pd.DataFrame, actuals: pd.DataFrame) -> pd.DataFrame:
    """Set earlier forecasts and the two simple rules beside what came.

    Args:
        forecasts: source, level, member, measure, cutoff, month, mean, q10, q50, q90. Months up to the forecast's own cutoff,
            months that are not over and rows without figures are left out.
        actuals: From :func:`actual_series`.

    Returns:
        ``POINT_COLUMNS``, one row per method and month. A member whose history at the cutoff is empty or all zero has none.
    """
    if forecasts.empty:
        return pd.DataFrame(columns=POINT_COLUMNS)
    known = forecasts[forecasts[FIGURES].notna().all(axis=1) & (forecasts["month"] > forecasts["cutoff"])]
    known = known.sort_values([*SERIES_KEYS, "cutoff", "month"]).assign(at=_month_number(known["month"]))
    histories = {
        key: (int(rows["at"].min()), rows.sort_values("at")["actual"].to_numpy(dtype=np.float64))
        for key, rows in actuals.assign(at=_month_number(actuals["month"])).groupby(["level", "member", "measure"])
    }
    heads, blocks = [], []
    for (source, level, member, measure, cutoff), rows in known.groupby([*SERIES_KEYS, "cutoff"], sort=True):
        if (level, member, measure) not in histories:
            continue
        first, history = histories[level, member, measure]
        origin = pd.Timestamp(str(cutoff))
        behind = history[: max(_number(origin) - first + 1, 0)]
        for method, block in _points_of(rows, behind, history, first).items():
            heads.append((str(source), str(level), str(member), str(measure), origin, method))
            blocks.append(block)
    return _as_points(heads, blocks)


def _month_number(months: pd.Series[pd.Timestamp]) -> pd.Series[int]:
    return months.dt.year * SEASON + months.dt.month - 1


def _number(month: pd.Timestamp) -> int:
    return month.year * SEASON + month.month - 1


def _points_of(rows: pd.DataFrame, behind: Array, history: Array, first: int) -> dict[str, Array]:
    """Method -> (n, 8) month, months ahead, what came, mean, q10, q50, q90, scale."""
    at = rows["at"].to_numpy(dtype=np.int64) - first
    ahead = at - len(behind) + 1
    inside = (at < len(history)) & (ahead <= LAST_SCORED)
    actual = np.where(inside, history[np.minimum(at, len(history) - 1)], np.nan)
    kept = np.isfinite(actual)
    if not kept.any() or not np.nansum(np.abs(behind)) > 0:
        return {}
    at, ahead, actual = at[kept], ahead[kept], actual[kept]
    methods = {OURS: rows[FIGURES].to_numpy(dtype=np.float64)[kept]}
    methods |= {name: path[ahead - 1] for name, path in simple_rules(behind, int(ahead.max())).items()}
    scale = np.full(len(at), _scale(behind))
    return {name: np.column_stack([at + first, ahead, actual, path, scale]) for name, path in methods.items()}


def _as_points(heads: list[tuple[str, str, str, str, pd.Timestamp, str]], blocks: list[Array]) -> pd.DataFrame:
    if not heads:
        return pd.DataFrame(columns=POINT_COLUMNS)
    repeats = [len(block) for block in blocks]
    keys = pd.DataFrame(heads, columns=[*SERIES_KEYS, "cutoff", "method"])
    table = keys.loc[np.repeat(np.arange(len(keys)), repeats)].reset_index(drop=True)
    values = pd.DataFrame(np.concatenate(blocks), columns=["at", "ahead", "actual", *FIGURES, "scale"])
    number = values["at"].astype(int)
    month = pd.to_datetime({"year": number // SEASON, "month": number % SEASON + 1, "day": 1})
    return pd.concat([table, values.assign(ahead=values["ahead"].astype(int), month=month)], axis=1)[POINT_COLUMNS]


def _scale(behind: Array) -> float:
    scale = seasonal_scale(behind)
    return scale if scale > 0 else float("nan")


def simple_rules(behind: Array, horizon: int) -> dict[str, Array]:
    """What needs no model: the same month a year ago, and the mean of the newest 12 months carried on.

    Their 80 % interval is that of a normal error as large as the rule's own misses in history, growing with the square root of
    the years ahead; without two years of history they have no interval.

    Args:
        behind: (T,) history to the cutoff, NaN where unknown.
        horizon: H.

    Returns:
        Method -> (H, 4) mean, q10, q50, q90; empty where the newest 12 months are not all known.

    Example:
        >>> rules = simple_rules(np.r_[np.arange(12.0), np.arange(12.0) + 12], 13)
        >>> rules["seasonal_naive"][[0, 11, 12], 0].tolist(), rules["last_year"][0, 0].item()
        ([12.0, 23.0, 12.0], 17.5)
    """
    newest = behind[-SEASON:]
    if len(newest) < SEASON or not np.isfinite(newest).all():
        return {}
    years = np.floor(np.arange(horizon, dtype=np.float64) / SEASON) + 1.0
    level = np.convolve(behind, np.full(SEASON, 1.0 / SEASON), mode="valid")
    paths = {
        NAIVE: (newest[np.arange(horizon) % SEASON], behind[SEASON:] - behind[:-SEASON]),
        LAST_YEAR: (np.full(horizon, newest.mean()), behind[SEASON:] - level[:-1]),
    }
    return {name: _with_interval(point, misses, years) for name, (point, misses) in paths.items()}


def _with_interval(point: Array, misses: Array, years: Array) -> Array:
    known = misses[np.isfinite(misses)]
    reach = _TENTH * np.sqrt(np.mean(known**2)) * np.sqrt(years) if len(known) >= SEASON else np.full(len(point), np.nan)
    return np.column_stack([point, np.maximum(point - reach, np.minimum(point, 0.0)), point, point + reach])


def quality_table(points: pd.DataFrame, years: pd.DataFrame) -> pd.DataFrame:
    """FORECAST_QUALITY: scores by source, member, measure, months ahead and method.

    Args:
        points: From :func:`quality_points`.
        years: The same columns, one row per accounting year and method (``models.quality_years``); horizon ``year``.

    Returns:
        By the contract, without masks.
    """
    parts = [points[points["ahead"].between(low, high)].assign(horizon=horizon) for horizon, (low, high) in HORIZONS.items()]
    rows = pd.concat([*(part for part in [*parts, years.assign(horizon="year")] if len(part))] or [years.assign(horizon="year")])
    return published_frame("forecast_quality", _scores(rows))


def _scores(rows: pd.DataFrame) -> pd.DataFrame:
    forecast = Quantiles(*(rows[name].to_numpy(dtype=np.float64) for name in FIGURES))
    actual, scale = rows["actual"].to_numpy(dtype=np.float64), rows["scale"].to_numpy(dtype=np.float64)
    miss = np.abs(forecast.q50 - actual)
    inside = ((forecast.q10 <= actual) & (actual <= forecast.q90)).astype(np.float64)
    summed = rows[[*SERIES_KEYS, "horizon", "method", "cutoff"]].assign(
        error=forecast.mean - actual,
        miss=miss,
        size=np.abs(actual),
        mase=miss / scale,
        pinball=pinball_losses(actual, forecast) / scale,
        coverage=np.where(np.isfinite(forecast.q10) & np.isfinite(forecast.q90), inside, np.nan),
    )
    found = summed.groupby([*SERIES_KEYS, "horizon", "method"], sort=True)
    table = found[["error", "mase", "pinball", "coverage"]].mean()
    sums = found[["error", "miss", "size"]].sum()
    size = sums["size"].where(sums["size"] > 0)
    return table.assign(
        bias=table["error"],
        bias_share=sums["error"] / size,
        wape=sums["miss"] / size,
        n_points=found.size().astype("int64"),
        n_origins=found["cutoff"].nunique().astype("int64"),
    ).reset_index()


def quality_months(points: pd.DataFrame) -> pd.DataFrame:
    """FORECAST_QUALITY_MONTHS: earlier forecasts of gross month by month, beside what came."""
    own = points[(points["method"] == OURS) & (points["measure"] == "gross_nominal")]
    return published_frame("forecast_quality_months", own)
