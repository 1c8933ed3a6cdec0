"""What an example run publishes of stays and ages: round figures, so that a test can say what must come out."""

from __future__ import annotations

import numpy as np
import pandas as pd

PAIRS = (("plejefamilie", "plejefamilie", 1.0), ("plejefamilie", "bostoette", -0.75))
"""From, to, and how much of the answer shows there."""
KERNELS = {"longer_stays": (30.0, 12.0), "longer_stays_filled": (30.0, 4.0), "entrants": (40.0, 36.0)}
"""Measure -> months that one month's answer is a part of, and months in which it fades."""
BANDS = {
    "bostoette": (("18-22", 0.1, 0.2), ("23-66", 0.6, 0.5), ("67+", 0.3, 0.3)),
    "midlertidigt_botilbud": (("18-39", 0.4, 0.45), ("40+", 0.6, 0.55)),
}
"""Service -> band, share of volume, share of cost; the same every year."""


def answer(measure: str, part: float, lags: int) -> np.ndarray:
    """(lags,) one month's answer by months since."""
    of, fading = KERNELS[measure]
    return part / of * np.exp(-np.arange(lags) / fading)


def stay_response(months: pd.DatetimeIndex) -> pd.DataFrame:
    """STAY_RESPONSE of the example."""
    rows = [
        (measure, origin, sink, month, answer(measure, part, len(months) - at))
        for measure in KERNELS
        for origin, sink, part in PAIRS
        for at, month in enumerate(months)
    ]
    return pd.DataFrame(rows, columns=["measure", "from_service", "to_service", "month", "change"])


def age_shares(years: list[int]) -> pd.DataFrame:
    """AGE_SHARES of the example."""
    rows = [(service, year, *band) for service, bands in BANDS.items() for year in years for band in bands]
    return pd.DataFrame(rows, columns=["service", "year", "age_band", "volume_share", "cost_share"])
