"""Prophet as it comes out of the box: a peer to be measured against, never a part of the engine."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.accuracy import Quantiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.types import Array

_CHATTY = ("cmdstanpy", "prophet", "prophet.models", "prophet.plot", "prophet.forecaster")


def forecast_stock_prophet(values: Array, *, first_month: pd.Timestamp, horizon: int, seed: int) -> Quantiles:
    """Fit Prophet with every default (its seasonalities by 'auto', its own 80 % interval) and forecast.

    Args:
        values: (T,) history, NaN where a month is missing (Prophet leaves it out).
        first_month: First day of the first month.
        horizon: H.
        seed: Of Stan's optimiser and of the interval's samples.

    Returns:
        The point forecast stands for mean and median, as Prophet's users read it.

    Raises:
        ValueError: Fewer than two months are known.
        RuntimeError: Stan found no optimum.
    """
    from prophet import Prophet  # noqa: PLC0415  (0.8 s and a chatty import: only who measures pays for it)

    months = pd.date_range(first_month, periods=len(values) + horizon, freq="MS")
    history = pd.DataFrame({"ds": months[: len(values)], "y": values}).dropna()
    with _quiet(), _seeded(seed), TemporaryDirectory(prefix="opdrift-stock-") as folder:
        model = Prophet()
        model.fit(history, seed=seed, output_dir=folder)
        found = model.predict(pd.DataFrame({"ds": months[len(values) :]}))
    point, low, high = (found[name].to_numpy(dtype=np.float64) for name in ("yhat", "yhat_lower", "yhat_upper"))
    return Quantiles(point, low, point, high)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Prophet draws its interval from numpy's global generator: seed it, and put it back as it was."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


@contextmanager
def _quiet() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _CHATTY]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled
