"""``make year-backtest``: the year's result of synthetic municipalities against an oracle; writes docs/year_result.md.

``python tests/bench/year_figures.py [--first SEED] [--last SEED] [--years 2022-2025] [--minutes M] [--futures N] [--table]``.
Every night that is finished is kept (``year_store``), so that it goes on where it stopped; ``--table`` writes the page alone, and
``--check`` holds a night of ``year_nights`` against one with every step.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from year_frames import FRAMES, LABELS
from year_nights import YearNights, same
from year_oracle import Oracle, states
from year_store import Store
from year_towns import WHOLE, Home, came, gross_months, night

from data.synthetic.calendar import window_of
from data.synthetic.town import build_town
from flows.record import code_digest
from models.forecast.choices import Renewal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.night import Night
    from flows.steps import Step

ROOT = Path(__file__).parents[2]
AS_OF = (3, 5, 6, 9)
"""Months whose end a follow-up is made at, as the setting ``follow_up_months`` has them."""
YEARS = (2022, 2023, 2024, 2025)
"""Five years of history lie behind the first, and whole months ahead of every one have come."""
FUTURES = 40
AHEAD = 12
WANTED = 400
RATIO, COVER, OVERLAP, WORSE = 1.3, (0.74, 0.86), (0.76, 0.84), 0.02
_YEAR = 12


def said(made: Night) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a night says: its year's result by frame, and by service and month what is published and what the series alone say."""
    result = made.frames["year_result"]
    result = result.drop(columns=["n_citizens", "top_share"])  # filled in by the masks' step alone
    result = result[(result["level"] == "frame") & (result["year"] == made.held["parts"].tables.cutoff.year)]
    draws = made.held["draws"]
    index = pd.MultiIndex.from_product([draws.services, draws.months], names=["service", "month"])
    joined = pd.Series(draws.gross_nominal.mean(axis=2).ravel(), index=index)
    alone = made.held["series_alone"].set_index(["service", "month"])["gross_nominal"]
    frames = made.held["parts"].tables.services.set_index("service")["frame"]
    months = pd.DataFrame({"joined": joined, "series": alone.reindex(index)}).reset_index()
    return result.set_index("member"), months.assign(frame=months["service"].map(frames))


def month_errors(months: pd.DataFrame, truth: pd.Series, cutoff: int) -> list[dict[str, float]]:
    """By month ahead: what came, and the absolute misses of services and of frames, DKK.

    Args:
        months: From :func:`said`.
        truth: From ``gross_months``.
        cutoff: Month number.
    """
    number = months["month"].dt.year * _YEAR + months["month"].dt.month - 1
    rows = months.assign(horizon=number - cutoff, number=number)
    rows = rows[rows["horizon"].between(1, AHEAD)]
    keys = pd.MultiIndex.from_arrays([rows["service"], rows["number"]])
    rows = rows.assign(came=truth.reindex(keys).fillna(0.0).to_numpy())
    found = []
    for horizon, part in rows.groupby("horizon"):
        sums = part.groupby("frame")[["joined", "series", "came"]].sum()
        line = {"horizon": float(horizon), "came": float(part["came"].sum())}
        for name in ("joined", "series"):
            line[f"service_{name}"] = float((part[name] - part["came"]).abs().sum())
            line[f"frame_{name}"] = float((sums[name] - sums["came"]).abs().sum())
        found.append(line)
    return found


def follow(seed: int, years: Sequence[int], store: Store, *, futures: int, renewal: Renewal, until: float) -> None:
    """The nights of one municipality, in order of time and in one home; those that are kept already are not kept again.

    It begins at the first night of all wherever a sitting ended, since later nights carry the first one's choice on.

    Args:
        seed: The town's.
        years: Accounting years.
        store: Where finished nights are kept.
        futures: The oracle's.
        renewal: When models are chosen.
        until: ``time.monotonic()`` after which no year is begun.
    """
    done, cutoffs = store.done(str(renewal)), [year * _YEAR + month - 1 for year in years for month in AS_OF]
    left = [cutoff for cutoff in cutoffs if (seed, cutoff) not in done]
    if not left or time.monotonic() > until:
        return
    with TemporaryDirectory(prefix="year-backtest-") as folder:
        home, nights = Home.begin(seed, Path(folder)), YearNights(renewal)
        known, truth = states(home.town, seed, left), gross_months(home.town)
        for cutoff in cutoffs[: cutoffs.index(left[-1]) + 1]:
            if cutoff % _YEAR + 1 == AS_OF[0] and time.monotonic() > until:
                return
            since = time.process_time()
            home.deliver(cutoff)
            result, months = night(home, said, nights.steps())
            between = time.process_time()
            if cutoff not in left:
                continue
            drawn = Oracle(home.town, seed, cutoff, known[cutoff]).draws(futures)
            ended, year = came(home.town, cutoff // _YEAR), cutoff // _YEAR
            keys = {"seed": seed, "year": year, "as_of": cutoff % _YEAR + 1, "renewal": str(renewal), "code": code_digest()[:12]}
            lines = []
            for frame in FRAMES:
                ours = {name: round(float(result.loc[frame, name])) for name in ("mean", "q10", "q50", "q90")}
                theirs = {f"oracle_q{at}": round(float(np.quantile(drawn[frame], at / 100))) for at in (10, 50, 90)}
                lines.append(keys | {"frame": frame, "came": round(ended[frame]), **ours, **theirs, "oracle_futures": futures})
            errors = [keys | {name: round(value) for name, value in line.items()} for line in month_errors(months, truth, cutoff)]
            store.add(lines, errors)
            spent = f"{between - since:.0f} s of CPU, oracle {time.process_time() - between:.0f} s"
            print(f"seed {seed}, {year}-{cutoff % _YEAR + 1:02d}: {spent}", file=sys.stderr, flush=True)


def check(seed: int) -> list[str]:
    """Columns in which a night of ``year_nights`` differs from one with every step: a home each, models renewed by the month.

    A town of few years, so that it takes minutes; one December is looked back at.
    """
    town = build_town(window_of("2026-06", 50), seed=seed, municipality="151", size=1.0, population=None)

    def found(steps: Sequence[Step]) -> tuple[pd.DataFrame, pd.DataFrame]:
        with TemporaryDirectory(prefix="year-backtest-") as folder:
            home = Home.begin(seed, Path(folder), town)
            home.deliver(2026 * _YEAR + AS_OF[0] - 1)
            return night(home, said, steps)

    return same(found(WHOLE), found(YearNights(Renewal.MONTHLY).steps()))


def clustered(values: pd.Series, seeds: pd.Series) -> tuple[float, float, float]:
    """A mean and its 95 % interval, seeds being the independent units; the interval is (nan, nan) of a single seed.

    Example:
        >>> clustered(pd.Series([1.0, 1.0, 0.0, 0.0]), pd.Series([1, 1, 2, 2]))[0]
        0.5
    """
    from scipy.stats import t  # noqa: PLC0415

    mean = float(values.mean())
    sums = (values - mean).groupby(seeds).sum()
    if len(sums) < 2:
        return mean, float("nan"), float("nan")
    error = float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(values))
    half = float(t.ppf(0.975, len(sums) - 1)) * error
    return mean, mean - half, mean + half


def ratio_of(cases: pd.DataFrame) -> tuple[float, float, float]:
    """Mean absolute error over the oracle's, and its 95 % interval as of :func:`clustered` (a ratio's, to first order)."""
    miss, theirs = (cases["mean"] - cases["came"]).abs(), (cases["oracle_q50"] - cases["came"]).abs()
    ratio = miss.mean() / theirs.mean()
    return clustered(ratio + (miss - ratio * theirs) / theirs.mean(), cases["seed"])


def by_as_of(cases: pd.DataFrame) -> str:
    """Errors, ratio to the oracle, and intervals, by day of the follow-up and of all."""
    lines = [
        "| as of | cases | miss, % | oracle, % | ratio | bias, % | 80 % interval holds | 95 % interval of that | oracle's |",
        "|---|--:|--:|--:|--:|--:|--:|---|--:|",
    ]
    for words, rows in [*((f"end of month {month}", cases[cases["as_of"] == month]) for month in AS_OF), ("all", cases)]:
        if rows.empty:
            continue
        miss, theirs = (rows["mean"] - rows["came"]).abs(), (rows["oracle_q50"] - rows["came"]).abs()
        share, bias = 100.0 / rows["came"].mean(), (rows["mean"] - rows["came"]).mean()
        ratio = miss.mean() / theirs.mean()
        held, low, high = clustered(rows["came"].between(rows["q10"], rows["q90"]).astype(float), rows["seed"])
        oracle = rows["came"].between(rows["oracle_q10"], rows["oracle_q90"]).mean()
        between = "-" if np.isnan(low) else f"{low:.0%} to {high:.0%}"
        lines.append(
            f"| {words} | {len(rows)} | {miss.mean() * share:.2f} | {theirs.mean() * share:.2f} | {ratio:.2f} "
            f"| {bias * share:+.2f} | {held:.0%} | {between} | {oracle:.0%} |"
        )
    return "\n".join(lines)


def by_frame(cases: pd.DataFrame) -> str:
    """The same by frame and year: where it goes wrong."""
    lines = ["| frame | year | cases | ratio | bias, % | 80 % interval holds |", "|---|--:|--:|--:|--:|--:|"]
    for (frame, year), rows in cases.groupby(["frame", "year"]):
        miss, theirs = (rows["mean"] - rows["came"]).abs().mean(), (rows["oracle_q50"] - rows["came"]).abs().mean()
        bias = 100 * (rows["mean"] - rows["came"]).mean() / rows["came"].mean()
        held = rows["came"].between(rows["q10"], rows["q90"]).mean()
        lines.append(f"| {frame} | {year} | {len(rows)} | {miss / theirs:.2f} | {bias:+.2f} | {held:.0%} |")
    return "\n".join(lines)


def by_month(months: pd.DataFrame) -> str:
    """Published against the series alone, by month ahead."""
    lines = [
        "| month ahead | services: published, % | series alone, % | change | frames: published, % | series alone, % | change |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for words, rows in [*((str(int(str(at))), part) for at, part in months.groupby("horizon")), ("1-12", months)]:
        if rows.empty:
            continue
        told = []
        for level in ("service", "frame"):
            joined, series = (100 * rows[f"{level}_{name}"].sum() / rows["came"].sum() for name in ("joined", "series"))
            told += [f"{joined:.2f}", f"{series:.2f}", f"{joined / series - 1:+.1%}"]
        lines.append(f"| {words} | {' | '.join(told)} |")
    return "\n".join(lines)


def verdict(cases: pd.DataFrame, months: pd.DataFrame) -> str:
    """What was asked for beside what was found, and how many cases it rests on."""
    found = cases.drop_duplicates(["seed", "year", "frame"])
    enough = len(found) >= WANTED
    many = f"{len(found)} year-and-frame cases; municipalities: {found['seed'].nunique()}"
    lines = [
        f"It rests on {many}." if enough else f"It rests on {many}. **Fewer than the {WANTED} asked for: nothing is shown yet.**"
    ]
    if cases.empty or months.empty:
        return lines[0]
    ratio, least, most = ratio_of(cases)
    held, low, high = clustered(cases["came"].between(cases["q10"], cases["q90"]).astype(float), cases["seed"])
    sums = months.groupby("horizon")[["service_joined", "service_series"]].sum()
    change = sums["service_joined"] / sums["service_series"] - 1.0
    whole = sums["service_joined"].sum() / sums["service_series"].sum() - 1.0
    between = "not known of one municipality" if np.isnan(low) else f"{low:.0%} to {high:.0%}"
    sure = "" if np.isnan(least) else f" (95 % interval by seeds {least:.2f} to {most:.2f})"
    asked = [
        (f"mean absolute error {ratio:.2f} times the oracle's{sure}, at most {RATIO} asked for", ratio <= RATIO),
        (f"80 % intervals hold {held:.0%}, 74 to 86 % asked for", COVER[0] <= held <= COVER[1]),
        (f"its 95 % interval by seeds {between}, to overlap 76 to 84 %", low <= OVERLAP[1] and high >= OVERLAP[0]),
        (f"months 1-12 {whole:+.1%} beside the series alone, less asked for", whole < 0),
        (f"worst month ahead {change.max():+.1%}, at most {WORSE:+.0%} asked for", change.max() <= WORSE),
    ]
    far = "" if enough else " so far"
    return "\n".join([*lines, "", *(f"- {words}: **{'held' if kept else 'not held'}{far}**" for words, kept in asked)])


def page(store: Store, renewal: Renewal) -> str:
    """The page, from what is kept of nights of one renewal."""
    cases, months = store.read_cases(str(renewal)), store.read_months(str(renewal))
    text = Path(__file__).with_name("year_result_page.md").read_text(encoding="utf-8")
    codes = ", ".join(f"`{code}` ({len(rows)})" for code, rows in cases.groupby("code", sort=False)) or "none"
    named = "\n".join(f"- {frame} {label}" for frame, label in sorted(LABELS.items()))
    tables = {"as_of": by_as_of(cases), "frames": by_frame(cases), "months": by_month(months), "verdict": verdict(cases, months)}
    holds = f"{0.8 * (FUTURES - 1) / (FUTURES + 1):.0%}"  # of interpolated order statistics
    facts = {"codes": codes, "futures": FUTURES, "oracle_holds": holds, "years": f"{YEARS[0]}-{YEARS[-1]}"}
    return text.format(frames_named=named, **facts, **tables)


def main() -> None:
    """Go on for some minutes, then write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--last", type=int, default=50)
    parser.add_argument("--years", default=f"{YEARS[0]}-{YEARS[-1]}")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--futures", type=int, default=FUTURES)
    parser.add_argument("--renewal", type=Renewal, default=Renewal.CARRIED, choices=tuple(Renewal))
    parser.add_argument("--check", action="store_true", help="one night of the first seed beside the same with every step")
    parser.add_argument("--table", action="store_true", help="write the page from what is kept, nothing else")
    parser.add_argument("--kept", type=Path, default=Path(__file__).parent, help="folder of the two csv files")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "year_result.md")
    given = parser.parse_args()
    if given.check:
        differ = check(given.first)
        print(f"differs: {', '.join(differ)}" if differ else "the same to the bit", flush=True)
        sys.exit(bool(differ))
    store = Store(given.kept / "year_cases.csv", given.kept / "year_months.csv")
    first, last = (int(year) for year in given.years.split("-"))
    until = 0.0 if given.table else time.monotonic() + 60.0 * given.minutes
    for seed in range(given.first, given.last + 1):
        follow(seed, range(first, last + 1), store, futures=given.futures, renewal=given.renewal, until=until)
    given.out.write_text(page(store, given.renewal), encoding="utf-8")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    main()
