"""The study from beginning to end: draw, forecast under every arm, score."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from data.synthetic.seeds import generator
from flows.demography.report import BALLERUP, Study
from flows.demography.score import MOVED, departure, score_arms
from flows.demography.towns import ARMS, HAMILTON_PERRY, TRUE, WITHOUT, StudySeries, sample_series, study_series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.synthetic.population import Counts

AHEAD = (48, 36, 24)
"""Months ahead on Ballerup's population: cutoffs December 2015, 2016 and 2017; on the others' the first only."""
BALLERUP_SEEDS = 3


def run_study(
    counts: dict[str, Counts],
    *,
    towns: int,
    seed: int,
    real_towns: Sequence[str],
    workers: int = 1,
    begin: Callable[[str], Callable[[int, int], None]] | None = None,
) -> Study:
    """Run the study.

    Args:
        counts: Authority code -> counted population, 2010 to 2020.
        towns: Synthetic municipalities to draw.
        seed: The one seed.
        real_towns: Codes for the sample on real populations; may be empty.
        workers: Processes of the engine.
        begin: Told the name of each part; gives what to call with (done, in all).
    """
    start = begin or (lambda _label: _silent)
    series = study_series(counts, seed=seed, towns=towns)
    moving = [item for item in series if departure(item.exposures[TRUE], len(item.history)) >= MOVED]
    rest = [item for item in series if departure(item.exposures[TRUE], len(item.history)) < MOVED]
    picks = generator(seed, "study still").permutation(len(rest))[: len(moving)]
    still = [rest[place] for place in sorted(picks)]
    methods: Counter[str] = Counter()
    scores = score_arms([*moving, *still], ARMS, seed=seed, workers=workers, progress=start("synthetic"), methods=methods)
    moved = scores["departure"] >= MOVED
    real = {
        ahead: score_arms(
            _real_series(counts, real_towns, ahead=ahead, seed=seed),
            (WITHOUT, HAMILTON_PERRY),
            seed=seed,
            scored=(ahead - 12, ahead),
            workers=workers,
            progress=start(f"real population, {ahead} months"),
            methods=methods,
        )
        for ahead in (AHEAD if BALLERUP in real_towns else AHEAD[:1])
        if real_towns
    }
    return Study(scores[moved], scores[~moved], real, len(series), seed, dict(methods))


def _silent(_done: int, _total: int) -> None:
    return


def _real_series(counts: dict[str, Counts], codes: Sequence[str], *, ahead: int, seed: int) -> list[StudySeries]:
    found: list[StudySeries] = []
    for code in codes:
        if code != BALLERUP and ahead != max(AHEAD):
            continue
        for place in range(BALLERUP_SEEDS if code == BALLERUP else 1):
            found += sample_series(counts[code], municipality=code, seed=seed + place, n_ahead=ahead)
    return found
