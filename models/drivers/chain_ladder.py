"""One triangle: how a bill arrives month by month, and how far the estimate may be off. The only importer of chainladder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from models.types import Array


@dataclass(frozen=True)
class ChainLadder:
    """What one triangle says.

    Attributes:
        developed: (D,) share of the ultimate that is reported by the end of each development month, the last is 1.
        ultimate: (n,) per origin, by chain ladder alone.
        standard_error: (n,) Mack's, 0 where it can't be known.
    """

    developed: Array
    ultimate: Array
    standard_error: Array


def fit_chain_ladder(increments: Array) -> ChainLadder:
    """Fit volume-weighted development factors and Mack's standard error.

    Args:
        increments: (n, D) amounts by origin and development period, oldest origin first; NaN where not yet observed.
            D <= n; negative amounts are tolerated.

    Returns:
        Pattern, ultimate and standard error; without a tail: the last development period is the end.

    Source:
        Mack (1993), ASTIN Bulletin 23(2), through chainladder; its worked example is reproduced in tests/golden.

    Example:
        >>> nan = np.nan
        >>> fitted = fit_chain_ladder(np.array([[100.0, 50.0], [200.0, 100.0], [300.0, nan]]))
        >>> fitted.ultimate.round(6).tolist(), fitted.developed.round(4).tolist()
        ([150.0, 300.0, 450.0], [0.6667, 1.0])
    """
    triangle = _as_triangle(increments)
    cl = _library()
    with np.errstate(all="ignore"):  # where a month is fully developed Mack's variance is 0 / 0
        developed_triangle = cl.Development(average="volume", sigma_interpolation="mack").fit_transform(triangle)
        mack = cl.MackChainladder().fit(developed_triangle)
    factors = np.asarray(developed_triangle.ldf_.values, dtype=float)[0, 0, 0]
    n_lags = increments.shape[1]
    factors = np.where(np.isfinite(factors) & (factors > 0), factors, 1.0)[: n_lags - 1]
    to_end = np.append(np.cumprod(factors[::-1])[::-1], np.ones(n_lags - len(factors)))
    latest = np.nansum(increments, axis=1)
    age = np.sum(~np.isnan(increments), axis=1) - 1
    errors = np.nan_to_num(np.asarray(mack.mack_std_err_.values, dtype=float)[0, 0, : len(latest), -1], nan=0.0, posinf=0.0)
    return ChainLadder(
        developed=1.0 / to_end,
        ultimate=latest * to_end[age],
        standard_error=np.where(to_end[age] == 1.0, 0.0, errors),
    )


def _library() -> Any:  # noqa: ANN401  (chainladder says it is typed and is not)
    """The chainladder package: a second to import, so only a run with postings does."""
    import chainladder  # noqa: PLC0415

    return chainladder


def _as_triangle(increments: Array) -> Any:  # noqa: ANN401
    """A cumulative chainladder triangle; origins and lags become consecutive months of an arbitrary calendar."""
    origin, lag = np.nonzero(~np.isnan(increments))
    months = pd.date_range("1990-01-01", periods=sum(increments.shape), freq="MS")
    rows = pd.DataFrame({"origin": months[origin], "development": months[origin + lag], "amount": increments[origin, lag]})
    triangle = (
        _library().Triangle(rows, origin="origin", development="development", columns="amount", cumulative=False).incr_to_cum()
    )
    return triangle[triangle.development <= increments.shape[1]]
