"""Small driver tables with known drivers: level, growth and season of every service are given, so a test knows what to find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import published_example as example
import pytest

from models.rng import generator_for
from models.types import DriverTables
from models.view.run import RunView, read_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.scenario import Baseline


@dataclass(frozen=True)
class ServiceSpec:
    """One synthetic service; growths are per year, in logs."""

    service: str
    group: str = "adult"
    frame: str = "50.54"
    committee: str = "Social"
    uptake: float = 1.0
    uptake_growth: float = 0.02
    cost: float = 40_000.0
    cost_growth: float = 0.01
    exposure: float = 50.0
    exposure_growth: float = 0.01
    noise: float = 0.02
    season: float = 0.0
    direct: bool = False
    history: Callable[[np.ndarray], np.ndarray] | None = None
    ibnr_se: float = 0.0


def build_drivers(
    specs: list[ServiceSpec],
    *,
    months: int = 120,
    cutoff: str = "2026-12-01",
    price_level: str = "2026-pl",
    variants: tuple[str, ...] = (),
) -> DriverTables:
    end = pd.Timestamp(cutoff)
    behind = pd.date_range(end=end, periods=months, freq="MS")
    ahead = pd.date_range(end + pd.DateOffset(months=1), f"{end.year + 4}-12-01", freq="MS")
    every = behind.append(ahead)
    years = (np.arange(len(every)) - months + 1) / 12.0
    price = (
        np.ones(len(every)) if price_level == "nominal" else 1.03 ** (every.year.to_numpy() - int(price_level[:4])).astype(float)
    )
    history, future = [], []
    for spec in specs:
        rng = generator_for(7, spec.service)
        exposure = spec.exposure * np.exp(spec.exposure_growth * years)
        past = slice(0, months)
        uptake = spec.uptake * np.exp(spec.uptake_growth * years[past] + spec.noise * rng.standard_normal(months))
        uptake = uptake * np.exp(spec.season * np.sin(2 * np.pi * behind.month.to_numpy() / 12))
        if spec.history is not None:
            uptake = spec.history(uptake)
        cost = spec.cost * np.exp(spec.cost_growth * years[past] + spec.noise * rng.standard_normal(months))
        volume = uptake * exposure[past]
        gross = np.nan_to_num(volume) * cost * price[past]
        history.append(
            pd.DataFrame(
                {
                    "service": spec.service,
                    "month": behind,
                    "volume": np.nan if spec.direct else volume,
                    "exposure": exposure[past],
                    "uptake_ratio": np.nan if spec.direct else uptake,
                    "units_per_person": 1.0,
                    "unit_cost_real": np.nan if spec.direct else cost,
                    "gross_reported_nominal": gross,
                    "gross_ultimate_nominal": gross,
                    "ibnr_nominal": 0.0,
                    "ibnr_se_nominal": np.where(np.arange(months) >= months - 3, spec.ibnr_se * gross, 0.0),
                }
            )
        )
        for number, variant in enumerate(("main", *variants)):
            future.append(
                pd.DataFrame(
                    {
                        "service": spec.service,
                        "month": ahead,
                        "variant": variant,
                        "exposure": exposure[months:] * (1 + 0.01 * number),
                        "units_per_person": 1.0,
                    }
                )
            )
    return DriverTables(
        cutoff=end,
        currency="DKK",
        price_level=price_level,
        services=pd.DataFrame(
            [
                {
                    "service": s.service,
                    "service_group": s.group,
                    "frame": s.frame,
                    "committee": s.committee,
                    "price_unit": "month",
                }
                for s in specs
            ]
        ),
        history=pd.concat(history, ignore_index=True),
        ahead=pd.concat(future, ignore_index=True),
        prices=pd.DataFrame({"month": every, "price_factor": price}),
        notices=pd.DataFrame(columns=["notice_id", "member", "text_da", "text_en"]),
    )


@pytest.fixture(scope="session")
def service_spec() -> type[ServiceSpec]:
    return ServiceSpec


@pytest.fixture(scope="session")
def make_drivers() -> Callable[..., DriverTables]:
    return build_drivers


@pytest.fixture(scope="module")
def run() -> RunView:
    """The published example as pages see it."""
    tables = example.frames()
    return RunView.of(example.RUN_ID, tables, read_record(tables["run_record"]))


@pytest.fixture(scope="module")
def baseline(run: RunView) -> Baseline:
    return run.baseline
