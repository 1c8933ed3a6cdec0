"""The roll-forward of a large municipality by itself, and what it, the refund and the year's result take of one night.

Prints seconds; fails where the three together take longer than the forecast step of the same night (issue 4), which is made here
from nothing, in its own home.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np

from data.mart import Mart
from data.settings import Paths
from models.citizens.endings import estimate_endings
from models.citizens.entrants import estimate_entrants
from models.citizens.roll_forward import roll_forward
from models.citizens.stays import GROWTH_YEARS, PriceGrowth, Stays

if TYPE_CHECKING:
    from pathlib import Path

CITIZENS, MONTHS, DRAWS, SERVICES = 2_000, 60, 500, 24
HISTORY, FIRST = 120, 24_000


def a_large_municipality(seed: int) -> Stays:
    """So many citizens with help at the cutoff, and ten years of those before them: a stay lasts three years in the mean."""
    rng = np.random.default_rng(seed)
    n = 3 * (CITIZENS * HISTORY // 36 + CITIZENS) // 2
    cutoff = FIRST + HISTORY - 1
    start = rng.integers(FIRST - 60, cutoff + 1, n)
    last = start + rng.geometric(1 / 36, n)
    ongoing = np.flatnonzero(last >= cutoff)
    spare = rng.permutation(ongoing)[CITIZENS:]
    kept = np.setdiff1d(np.flatnonzero(last >= FIRST), spare)
    start, last = start[kept], np.minimum(last[kept], cutoff)
    service = np.sort(rng.integers(0, SERVICES, len(kept)))
    ones, price = np.ones(len(kept)), rng.lognormal(10.5, 0.6, len(kept))
    nothing = np.zeros((SERVICES, GROWTH_YEARS))
    return Stays(
        services=tuple(f"s{place}" for place in range(SERVICES)),
        first=FIRST,
        cutoff=cutoff,
        service=service,
        person=np.arange(len(kept)),
        birth=start - rng.integers(0, 70 * 12, len(kept)),
        start=start,
        seen=np.maximum(start, FIRST),
        last=last,
        open=last == cutoff,
        known_ahead=np.zeros(len(kept), dtype=np.int64),
        volume=ones,
        first_share=0.5 * ones,
        last_share=0.5 * ones,
        price=price,
        growth=PriceGrowth(nothing, nothing, nothing, nothing, january=nothing[:2]),
    )


def test_two_thousand_citizens_are_rolled_forward_in_seconds() -> None:
    stays = a_large_municipality(1)
    groups = tuple(str(place // 6) for place in range(SERVICES))
    exposure = np.full((SERVICES, HISTORY), CITIZENS / SERVICES)
    begun = time.perf_counter()
    endings, entrants = estimate_endings(stays, groups), estimate_entrants(stays, exposure, groups)
    estimated = time.perf_counter()
    rolled = roll_forward(stays, endings, entrants, exposure[:, :MONTHS], seed=1, n_draws=DRAWS)
    done = time.perf_counter()
    print(
        f"\n{int(stays.open.sum())} citizens of {len(stays.open)} stays, {MONTHS} months, {DRAWS} draws: "
        f"estimated in {estimated - begun:.2f} s, rolled forward in {done - estimated:.2f} s"
    )
    assert int(stays.open.sum()) == CITIZENS
    assert rolled.volume.shape[-2:] == (MONTHS, DRAWS)
    assert 0.5 < rolled.volume.sum(axis=(0, 1)).mean() / CITIZENS < 2.0, "as many come as go"


def test_the_three_take_less_than_the_forecast_of_the_same_night(tmp_path: Path) -> None:
    paths = Paths(home=tmp_path / "home", secrets=tmp_path / "secrets")
    told = os.environ | {"OPDRIFT_SECRETS": str(paths.secrets)}
    subprocess.run([sys.executable, "-m", "flows.cli", "run", "--sample", "--home", str(paths.home)], check=True, env=told)
    seconds = Mart.open(paths).record("seconds")
    assert isinstance(seconds, dict)
    three = {name: seconds[name] for name in ("citizens", "refund", "outturn")}
    print(f"\n{three}: {sum(three.values()):.1f} s; forecast {seconds['forecast']:.1f} s, look back {seconds['look_back']:.1f} s")
    assert sum(three.values()) < seconds["forecast"]
