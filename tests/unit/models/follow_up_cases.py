"""Small frozen forecasts with known draws, and what came: for tests of follow-up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.investment.decided import Decided, Promised
from models.investment.frozen import Frozen, Realised
from models.investment.placebo import month_number
from models.rng import generator_for

SERVICES = tuple(f"service_{letter}" for letter in "abcdefghij")
BEHIND = pd.date_range(end="2026-12-01", periods=84, freq="MS")
AHEAD = pd.date_range("2027-01-01", periods=48, freq="MS")
CUTOFF = month_number(BEHIND[-1])
START = CUTOFF + 4
LEVEL = 100.0
SPREAD = 0.05


def frozen_at(services: tuple[str, ...] = SERVICES, *, spread: float = SPREAD, behind: pd.DatetimeIndex = BEHIND) -> Frozen:
    """Every service at 100 full-time citizens, its year unsure by ``spread``, no two alike."""
    draws = []
    for key in services:
        shock = generator_for(1, key).standard_normal(400)
        draws.append(np.full((len(AHEAD), 1), LEVEL) * np.exp(spread * np.sort(shock)[None]))
    stacked = np.stack(draws)
    shape = (len(services), len(behind))
    return Frozen(
        run_id="run-20270101T020000-abcdef",
        services=services,
        behind=behind,
        months=AHEAD,
        volume=np.full(shape, LEVEL),
        exposure_behind=np.full(shape, 50.0),
        exposure=np.full((len(services), len(AHEAD)), 50.0),
        draws=stacked,
        unit_cost=np.full_like(stacked, 1000.0),
        price_factor=np.ones(len(AHEAD)),
        price_behind=np.ones(len(behind)),
        price_level="2026-pl",
    )


def came_to(n_months: int, effects: dict[str, float] | None = None, services: tuple[str, ...] = SERVICES) -> Realised:
    """100 citizens all the way, times ``1 + effect`` from the start on; gaps of other services by their own luck."""
    months = pd.date_range(BEHIND[0], periods=len(BEHIND) + n_months, freq="MS")
    since = np.arange(len(months)) >= len(BEHIND) + START - CUTOFF - 1
    volume = np.full((len(services), len(months)), LEVEL)
    for row, key in enumerate(services):
        effect = (effects or {}).get(key, 0.5 * SPREAD * float(generator_for(2, key).standard_normal()))
        volume[row, since] *= 1.0 + effect
    ones = np.ones(len(months))
    return Realised("run-20290101T020000-abcdef", services, months, volume, np.full_like(volume, 50.0), 1000.0 * volume, ones)


def case(key: str = "service_a", **more: object) -> Decided:
    """Ten per cent fewer of one service, started as planned."""
    said: dict[str, object] = {
        "decision_id": "d-0123456789abcdef",
        "name": "Hjemme i stedet",
        "services": (key,),
        "promised": Promised(unit="pct", expected=-10.0),
        "decided": CUTOFF,
        "planned_start": START,
        "actual_start": START,
        "planned": 40,
        "enrolled": 40,
    }
    return Decided(**(said | more))
