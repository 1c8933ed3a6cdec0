"""``make follow-up``: decided cases in synthetic municipalities where it is known what they did; writes docs/follow_up.md.

``python tests/bench/follow_up_figures.py [towns] [--kept FOLDER]`` (30 towns: about half an hour on one core, nearly all
of it the engine's forecasts; with a folder they are kept there, and a second run takes a few minutes).
"""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from follow_up_towns import (
    FOLLOWED,
    LEAST,
    SERVICES,
    START,
    TownVolumes,
    at_peak,
    decision_months,
    exposures,
    forecast_at,
    town_volumes,
)

from data.synthetic.seeds import generator
from models.investment.decided import Decided, Promised
from models.investment.follow_up import follow_up
from models.investment.frozen import Frozen, Realised, thaw
from models.investment.placebo import NORMAL_80, Window, compare, month_number
from models.investment.status import SEEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.investment.follow_up import FollowUp

ROOT = Path(__file__).parents[2]
SEEDS = 30
TUNED_ON = "101-110"
WINDOWS = (12, 24)
PROMISED = 10
POWER = (5, 10, 20)
MOST_REMOVED = 0.95
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, eq=False)
class Followed:
    """One town with its two forecasts and what came after each.

    Attributes:
        town: Who got what.
        frozen: One forecast per month of decision.
        later: (decision, months of the window) -> what was known when the window had ended.
        peaks: Per decision: services that were at a peak.
    """

    town: TownVolumes
    frozen: tuple[Frozen, ...]
    later: dict[tuple[int, int], Realised]
    peaks: tuple[frozenset[str], ...]


def followed(seed: int, kept: Path | None = None, wanted: tuple[str, ...] = SERVICES, n_decisions: int = 2) -> Followed:
    """Simulate a town, forecast it at its months of decision, and read what came."""
    town = town_volumes(seed)
    frozen, later, peaks = [], {}, []
    for number, last in enumerate(decision_months(town)[:n_decisions]):
        found = _frozen_at(town, last, kept, wanted)
        frozen.append(found)
        rows = [SERVICES.index(key) for key in found.services]
        peaks.append(
            frozenset(key for key, row in zip(found.services, rows, strict=True) if at_peak(town.volume[row, : last + 1]))
        )
        for n_months in WINDOWS:
            newest = last + START + n_months
            later[number, n_months] = _realised(town, newest, found.services)
    return Followed(town, tuple(frozen), later, tuple(peaks))


def _realised(town: TownVolumes, newest: int, services: tuple[str, ...]) -> Realised:
    rows = [SERVICES.index(key) for key in services]
    volume = town.volume[rows, : newest + 1]
    exposure = exposures(town, newest)[0][rows]
    return Realised("later", services, town.months[: newest + 1], volume, exposure, volume, np.ones(newest + 1))


def _frozen_at(town: TownVolumes, last: int, kept: Path | None, wanted: tuple[str, ...]) -> Frozen:
    file = None if kept is None else kept / f"town-{town.seed}-{last}.npz"
    if file is not None and file.is_file():
        with np.load(file) as arrays:
            return thaw(dict(arrays))
    draws = forecast_at(town, last, wanted)
    behind, ahead = exposures(town, last)
    recent = town.volume[:, last - 23 : last + 1]
    forecast = {key: draws.volume[place] for place, key in enumerate(draws.services)}
    shown = sorted(
        key
        for place, key in enumerate(SERVICES)
        if key in forecast and (recent[place] >= LEAST).all() and np.isfinite(forecast[key]).all()
    )
    rows = [SERVICES.index(key) for key in shown]
    volume = np.stack([forecast[key] for key in shown])
    found = Frozen(
        run_id=f"town-{town.seed}-{last}",
        services=tuple(shown),
        behind=town.months[: last + 1],
        months=draws.months,
        volume=town.volume[rows, : last + 1],
        exposure_behind=behind[rows],
        exposure=ahead[rows],
        draws=volume,
        unit_cost=np.ones_like(volume),
        price_factor=np.ones(len(draws.months)),
        price_behind=np.ones(last + 1),
        price_level="nominal",
    )
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(file, **found.arrays())
    return found


def thinned(found: Followed, number: int, service: str, share: float, n_months: int) -> Realised:
    """What would have come had a measure taken away ``share`` of the service's cases from its start on, whole cases at a time."""
    realised, town = found.later[number, n_months], found.town
    place, row = SERVICES.index(service), realised.services.index(service)
    start = len(found.frozen[number].behind) + START
    rows = town.rows[(town.rows["service"] == place) & town.rows["month"].between(start, len(realised.months) - 1)]
    cases, place_of = np.unique(rows["case"].to_numpy(), return_inverse=True)
    begin = generator(town.seed, "thinned", service, str(number)).random()
    luck = (begin + GOLDEN * np.arange(len(cases))) % 1.0  # spread evenly, so that few cases lose about what was planted
    gone = rows[luck[place_of] < share]
    volume = realised.volume.copy()
    np.subtract.at(volume[row], gone["month"], gone["share"])
    return Realised(realised.run_id, realised.services, realised.months, volume, realised.exposure, volume, realised.price_factor)


def decide(found: Followed, number: int, service: str) -> Decided:
    """A case on one service, promised to take a tenth of it away, started as planned."""
    cutoff = month_number(found.frozen[number].cutoff)
    start = cutoff + 1 + START
    promise = Promised(unit="pct", expected=-float(PROMISED))
    return Decided(
        decision_id=f"d-{number}", name=service, services=(service,), promised=promise, decided=cutoff, planned_start=start,
        actual_start=start,
    )  # fmt: skip


def judged(found: Followed, number: int, service: str, share: float, n_months: int) -> FollowUp:
    """Follow a case up that truly took ``share`` away."""
    realised = thinned(found, number, service, share, n_months) if share else found.later[number, n_months]
    return follow_up(decide(found, number, service), found.frozen[number], realised, earlier=found.frozen[:number])


def plain_probability(found: Followed, number: int, service: str, n_months: int) -> float:
    """The probability of an effect by the frozen draws as they are, where nothing was done."""
    frozen, first = found.frozen[number], month_number(found.frozen[number].cutoff) + 1 + START
    plain = compare(frozen, found.later[number, n_months], (service,), Window(first, first + n_months - 1))
    return float("nan") if plain is None else float((plain.draws.sum(axis=0) > plain.realised.sum()).mean())


def decisions(found: Followed) -> Iterator[tuple[int, str, bool]]:
    """(number, service, at a peak): every service at a peak, and as many others, drawn by the town's seed."""
    for number, peaks in enumerate(found.peaks):
        others = sorted(set(found.frozen[number].services) - peaks)
        rng = generator(found.town.seed, "others", str(number))
        chosen = rng.permutation(len(others))[: len(peaks)]
        yield from ((number, key, True) for key in sorted(peaks))
        yield from ((number, others[place], False) for place in sorted(chosen))


def rows_of(found: Followed) -> list[dict[str, object]]:
    """One row per decision, window and true effect."""
    rows = []
    for number, service, peak in decisions(found):
        for n_months in WINDOWS:
            quiet = judged(found, number, service, 0.0, n_months).effect
            if quiet is None:
                continue
            plain = plain_probability(found, number, service, n_months)
            sd = (quiet.effect_q90 - quiet.effect_q10) / NORMAL_80
            asked = {
                "none": 0.0,
                **{f"{pct} %": pct / 100.0 for pct in POWER},
                "3 sd": min(3.0 * sd / quiet.counterfactual, MOST_REMOVED),
            }
            for name, share in asked.items():
                effect = judged(found, number, service, share, n_months).effect if share else quiet
                if effect is None:
                    continue
                truth = 100.0 * (effect.realised / quiet.realised - 1.0)
                rows.append(
                    {
                        "seed": found.town.seed, "service": service, "peak": peak, "earlier": number > 0, "months": n_months,
                        "effect": name, "probability": effect.probability, "promise": effect.probability_promise,
                        "held": effect.effect_pct_q10 <= truth <= effect.effect_pct_q90,
                        "held_planted": effect.effect_pct_q10 <= -100.0 * share <= effect.effect_pct_q90, "plain": plain,
                        "missed": effect.effect_pct - truth, "sd_pct": 100.0 * sd / quiet.counterfactual,
                    }
                )  # fmt: skip
    return rows


def figures(table: pd.DataFrame) -> dict[str, str]:
    """Every figure of the page."""
    none = table[table["effect"] == "none"]
    lines = [
        "| months | decisions | cases | above 95 % | by frozen draws | above 90 % | interval holds | mean miss, % | spread, % |",
        "|--:|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for n_months in WINDOWS:
        part = none[none["months"] == n_months]
        for words, rows in (
            ("all", part), ("right after a peak", part[part["peak"]]), ("others", part[~part["peak"]]),
            ("with an earlier forecast", part[part["earlier"]]), ("without", part[~part["earlier"]]),
        ):  # fmt: skip
            called, plain = (rows["probability"] > 0.95).mean(), (rows["plain"] > 0.95).mean()
            seen = (rows["probability"] > SEEN).mean()
            held, missed, spread = rows["held"].mean(), rows["missed"].mean(), rows["sd_pct"].median()
            lines.append(
                f"| {n_months} | {words} | {len(rows)} | {called:.1%} | {plain:.1%} | {seen:.1%} | {held:.1%} | {missed:+.1f} "
                f"| {spread:.1f} |"
            )
    power = [
        "| true effect | months | cases | found (above 95 %) | seen (above 90 %) | interval holds what went | what was planted |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in ("5 %", "10 %", "20 %", "3 sd"):
        for n_months in WINDOWS:
            rows = table[(table["effect"] == name) & (table["months"] == n_months)]
            found, seen = (rows["probability"] > 0.95).mean(), (rows["probability"] > SEEN).mean()
            held, planted = rows["held"].mean(), rows["held_planted"].mean()
            power.append(f"| {name} | {n_months} | {len(rows)} | {found:.0%} | {seen:.0%} | {held:.1%} | {planted:.1%} |")
    promise = ["| true effect | months | probability above the promise, mean |", "|---|--:|--:|"]
    for name in ("none", "5 %", "10 %", "20 %"):
        for n_months in WINDOWS:
            rows = table[(table["effect"] == name) & (table["months"] == n_months)]
            promise.append(f"| {name} | {n_months} | {rows['promise'].mean():.0%} |")
    return {"quiet": "\n".join(lines), "power": "\n".join(power), "promise": "\n".join(promise)}


def main(towns: int, kept: Path | None, first: int = 1) -> pd.DataFrame:
    """Follow every town up."""
    rows: list[dict[str, object]] = []
    for seed in range(first, first + towns):
        print(f"town {seed} ...", file=sys.stderr, flush=True)
        rows += rows_of(followed(seed, kept))
    return pd.DataFrame(rows)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("towns", nargs="?", type=int, default=SEEDS)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "follow_up.md")
    given = parser.parse_args()
    page = Path(__file__).with_name("follow_up_page.md").read_text(encoding="utf-8")
    told = figures(main(given.towns, given.kept, given.first))
    seeds = f"{given.first}-{given.first + given.towns - 1}"
    given.out.write_text(page.format(seeds=seeds, tuned=TUNED_ON, towns=given.towns, followed=FOLLOWED, **told), encoding="utf-8")
