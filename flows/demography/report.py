"""The study as a page: what was forecast, what is real and what isn't, tables, targets met or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.demography.score import MOVED, Verdict, verdict
from flows.demography.towns import HAMILTON_PERRY, MISTAKEN, OFFICIAL, TRUE, WITHOUT

if TYPE_CHECKING:
    import pandas as pd

MOST_RATIO, LEAST_SHARE, MOST_REAL = 0.85, 0.60, 1.01
BALLERUP = "151"
_NAMES = {
    HAMILTON_PERRY: "carried on by Hamilton-Perry",
    OFFICIAL: "official projection (with error)",
    TRUE: "oracle: true uptake, true population",
    MISTAKEN: "mistaken: another service's ages",
}


@dataclass(frozen=True)
class Study:
    """Everything the page shows.

    Attributes:
        moving: Scores of synthetic series whose true exposure departs from its trend by ``MOVED`` or more.
        still: Scores of as many that depart less.
        real: Months ahead -> scores of the sample on real populations.
        drawn: Series drawn in all, moving or not.
        seed: The study's seed.
        methods: Method -> how many forecasts it carried.
    """

    moving: pd.DataFrame
    still: pd.DataFrame
    real: dict[int, pd.DataFrame]
    drawn: int
    seed: int
    methods: dict[str, int]


def page(study: Study, *, code: str) -> str:
    """The whole page as Markdown.

    Args:
        study: What was measured.
        code: What it was measured with, in words.
    """
    arms = (HAMILTON_PERRY, OFFICIAL, TRUE, MISTAKEN)
    moving = [verdict(study.moving, arm, seed=study.seed) for arm in arms]
    still = [verdict(study.still, arm, seed=study.seed) for arm in arms]
    return "\n".join(
        [
            _HEAD,
            f"Seed {study.seed}; code {code}.\n",
            _targets(study, moving),
            "## Municipalities that move\n",
            _moving_words(study),
            _table(moving),
            "By service (ratio of means to the engine without exposure):\n",
            _by_service(study.moving, arms),
            "## As many series that do not move\n",
            _table(still),
            "## The sample on real populations\n",
            _REAL,
            _real_table(study),
            "## What carried the forecasts\n",
            _methods(study.methods),
        ]
    )


def _moving_words(study: Study) -> str:
    return (
        f"{len(study.moving)} of {study.drawn} series drawn depart from their trend by {MOVED:.0%} or more in the mean of months"
        " 36-48 (the nearest of four trends: straight or exponential, over all history or its newest 36 months).\n"
    )


def targets_met(study: Study) -> dict[str, bool]:
    """Which of the targets hold: ``ratio`` and ``share`` for both ways to project, ``real`` for Ballerup over all cutoffs."""
    found = [verdict(study.moving, arm, seed=study.seed) for arm in (HAMILTON_PERRY, OFFICIAL)]
    return {
        "ratio": all(one.ratio <= MOST_RATIO for one in found),
        "share": all(one.share >= LEAST_SHARE for one in found),
        "real": _real_ratio(study, BALLERUP) <= MOST_REAL,
    }


def _real_ratio(study: Study, municipality: str) -> float:
    rows = [scores[scores["municipality"] == municipality] for scores in study.real.values()]
    return float(sum(part[HAMILTON_PERRY].sum() for part in rows) / sum(part[WITHOUT].sum() for part in rows))


def _targets(study: Study, moving: list[Verdict]) -> str:
    met, (carried, office) = targets_met(study), moving[:2]
    word = {True: "held", False: "**not held**"}
    ratios = f"{carried.ratio:.3f} (Hamilton-Perry), {office.ratio:.3f} (official)"
    shares, real = f"{carried.share:.0%}, {office.share:.0%}", f"{_real_ratio(study, BALLERUP):.3f}"
    lines = [
        f"| MASE, months 36-48, with / without exposure | at most {MOST_RATIO:.2f} | {ratios} | {word[met['ratio']]} |",
        f"| share of the oracle's gain | at least {LEAST_SHARE:.0%} | {shares} | {word[met['share']]} |",
        f"| sample on Ballerup's population, with / without | at most {MOST_REAL:.2f} | {real} | {word[met['real']]} |",
    ]
    return "\n".join(["| target | wanted | found | |", "|---|---|---|---|", *lines, ""])


def _table(verdicts: list[Verdict]) -> str:
    head = (
        "| exposure | series (municipalities) | MASE without | MASE with | ratio (90 %) | capped at 5 | geometric |"
        " share of the oracle's gain (90 %) |\n|---|---|---|---|---|---|---|---|"
    )
    return "\n".join([head, *(_row(one) for one in verdicts), ""])


def _row(one: Verdict) -> str:
    share = f"{one.share:.0%} ({one.share_low:.0%} to {one.share_high:.0%})" if one.arm in {HAMILTON_PERRY, OFFICIAL} else ""
    return (
        f"| {_NAMES[one.arm]} | {one.series} ({one.towns}) | {one.mase_without:.3f} | {one.mase:.3f} |"
        f" {one.ratio:.3f} ({one.ratio_low:.2f}-{one.ratio_high:.2f}) | {one.capped:.3f} | {one.geometric:.3f} | {share} |"
    )


def _by_service(scores: pd.DataFrame, arms: tuple[str, ...]) -> str:
    head = f"| service | series | citizens | {' | '.join(_NAMES[arm] for arm in arms)} |\n|---|---|---|{'---|' * len(arms)}"
    rows = []
    for service, part in scores.groupby("service", sort=True):
        ratios = " | ".join(f"{part[arm].mean() / part[WITHOUT].mean():.2f}" for arm in arms)
        rows.append(f"| {service} | {len(part)} | {part['level'].median():.0f} | {ratios} |")
    return "\n".join([head, *rows, ""])


def _real_table(study: Study) -> str:
    found = {str(code) for scores in study.real.values() for code in scores["municipality"]}
    codes = sorted(found, key=lambda code: (code != BALLERUP, code))
    head = (
        "| municipality | months ahead | series | MASE without | MASE with | ratio | geometric | median departure of exposure |"
    )
    rows = [head, "|---|---|---|---|---|---|---|---|"]
    for code in codes:
        for ahead, scores in study.real.items():
            part = scores[scores["municipality"] == code]
            if part.empty:
                continue
            with_, without = part[HAMILTON_PERRY], part[WITHOUT]
            geometric = float(np.exp(np.log(with_.clip(lower=1e-3) / without.clip(lower=1e-3)).mean()))
            rows.append(
                f"| {code} | {ahead - 12}-{ahead} | {len(part)} | {without.mean():.3f} | {with_.mean():.3f} |"
                f" {with_.mean() / without.mean():.3f} | {geometric:.3f} | {part['departure'].median():.1%} |"
            )
        rows.append(f"| {code} | all | | | | {_real_ratio(study, code):.3f} | | |")
    return "\n".join([*rows, ""])


def _methods(methods: dict[str, int]) -> str:
    ordered = sorted(methods.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"- {name}: {count} forecasts\n" for name, count in ordered)


_HEAD = """# Does demography pay?

Written by `make demography`; not edited by hand. One engine (`forecast_panel`) forecasts the same volume series three
ways: without exposure, with exposure as the drivers build it (`models/drivers`), and as an oracle with the true
uptake curve and the true population.

**Real:** the counted populations of the 98 municipalities by age, 2010-2020 (Danmarks Statistik), and with them the
moves, deaths and births from the cutoff (December 2015) to the end of the 48 months ahead. **Not real:** waves of
births laid over them (a cohort is larger or smaller for life; of the order of Denmark's own: in 2010 there were 33 %
fewer of age 26 than of 43), the years before 2010 (cohorts carried back), services, citizens and their volume, and
the official projection (made on 1 January 2015: the true future with errors of 1 % a year by age group, 3 % for
births). Citizens come, stay, grow older and leave; every month is Poisson around its expected number; uptake drifts
(1.5 % a year, and a random walk of 1 % a year), need of all ages shifts together (2.5 %); each municipality has its
own age curve. The generator (`data/synthetic/cohorts.py`, `stayers.py`) follows months of birth and shares no formula
with the models.

**Known at the cutoff:** 72 to 120 months of volume by age, counts to 1 January 2016, and a projection or none (then
Hamilton-Perry). Reference uptake comes from the newest 36 months of history only. Scored: the median, months 36-48,
MASE over the history's yearly difference; intervals by bootstrap over municipalities.
"""
_REAL = """**Real:** the population to 1 January 2020. **Not real:** the citizens and their volume: the sample that `opdrift
sample --population` draws (ten years to 2019-12; Ballerup, 151, from three seeds and at three cutoffs), since real counts of
social services are not at hand. At each cutoff the counts known then are carried on by Hamilton-Perry; the last 13 months
ahead are scored. Nothing was planted in these populations: demography need not pay here, it must not hurt.
"""
