"""``python -m flows.demography --real DIR --out FILE``: run the study and write its page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import OpdriftError, WrongUse
from flows.demography.report import BALLERUP, page
from flows.demography.study import run_study
from flows.demography.towns import real_counts
from flows.progress import progress_bars
from flows.record import code_facts, commit_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

POPULATION = "dk_population_kommune_age_sex_2010_2020.csv.gz"
REAL_TOWNS = (BALLERUP, "101", "360", "400", "461", "751")
"""Ballerup, Copenhagen, Lolland, Bornholm, Odense, Aarhus: growing, shrinking, old and young."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the whole study.

    Args:
        arguments: Command line; None: the process's own.

    Returns:
        0, or 2 where the real population is not there.
    """
    parser = argparse.ArgumentParser(prog="python -m flows.demography", description="Does demography pay?")
    parser.add_argument("--real", type=Path, required=True, help=f"folder that holds {POPULATION}")
    parser.add_argument("--out", type=Path, required=True, help="page to write")
    parser.add_argument("--towns", type=int, default=64, help="synthetic municipalities to draw (at least 2)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    told = parser.parse_args(arguments)
    try:
        text = _run(told.real / POPULATION, towns=told.towns, seed=told.seed, workers=told.workers)
    except OpdriftError as error:
        print(error, file=sys.stderr)  # noqa: T201  (the edge of a command)
        return error.exit_code
    told.out.write_text(text, encoding="utf-8")
    return 0


def _run(file: Path, *, towns: int, seed: int, workers: int) -> str:
    if not file.is_file():
        what, why = "The counted population of the municipalities is not there", "the study stands on real moves and deaths"
        raise WrongUse(what, where=file.name, why=why, remedy="Give its folder with --real, or REAL_DATA=... to make")
    if towns < 2 or seed < 0 or workers < 1:
        what = f"--towns is {towns}, --seed {seed} and --workers {workers}; at least 2, 0 and 1 are needed"
        raise WrongUse(what, where="python -m flows.demography", remedy="Choose other values")
    with progress_bars() as bars:
        study = run_study(real_counts(file), towns=towns, seed=seed, real_towns=REAL_TOWNS, workers=workers, begin=bars.begin)
    return page(study, code=commit_in_words(code_facts()))


if __name__ == "__main__":
    sys.exit(main())
