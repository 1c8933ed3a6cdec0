"""``make disclosure``: the attack of ``tests/integration/disclosure_attacker.py`` on every run that a home has published."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from disclosure_attacker import WITHIN, answers_of_hidden, attack, equations_of, small_counts
from disclosure_tables import points_told, read_off, without_twin
from scenario_worlds import cases_told_apart, choices_told_apart, told_apart

from data.mart import Mart
from data.restricted import read_restricted
from data.schema import PUBLISHED
from data.settings import paths_from_environment


def main() -> int:
    """Print the figures; 1 where a cell was recovered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("OPDRIFT_HOME", "data/local")))
    paths = paths_from_environment(parser.parse_args().home)
    runs, kinds, prices = [], [], {}
    for run_id in sorted(file.stem for file in paths.published.glob("run-*.duckdb")):
        mart = Mart.open(paths, run_id)
        with mart.held():
            runs.append({name: mart.table_or_none(name) for name in PUBLISHED})
        kept = read_restricted(paths, run_id)
        known = kept["driver_prices"]
        kinds.append(kept["driver_kinds"])
        if kinds[-1].empty:
            print(f"{run_id} was made before its kinds of provider were kept: they are left out of the attack")
        prices |= dict(zip(known["month"], known["price_factor"], strict=True))
        masks = Counter(
            f"{word or 'shown'}" for table in runs[-1].values() if "mask" in table for word in table["mask"].astype(str)
        )
        print(f"{run_id}: rows {dict(masks)}, small counts shown {small_counts(runs[-1], 5)}")
    system = equations_of(runs, prices, kinds)
    print(f"{len(system.rows):,} equations, {len(system.known):,} cells shown, {len(system.hidden):,} cells suppressed")
    attacked, found = attack(system)
    print(f"{attacked:,} suppressed cells attacked with linear programming: {len(found)} bounded to within 10 %")
    tables = Counter(str(cell[2]) for cell in system.hidden)
    print("   by table:", dict(sorted(tables.items())))
    tried, told = attack(system, only=system.joined)
    print(f"   beside them {tried} kinds of provider of citizens enough, shown as one with others: {len(told)} told to 10 %")
    for cell in found[:20]:
        print("   ", cell)
    curve = [point for tables in runs for point in points_told(tables["cost_concentration"], WITHIN)]
    alone = [pair for tables in runs for pair in without_twin(tables)]
    print(f"points of the share curve told: {curve}; hidden services with no twin: {alone}")
    tried, refused, leaks = told_apart(runs[-1])
    print(f"{tried} scenarios ({refused} more refused) in two worlds that differ in hidden cells: {len(leaks)} tell them apart")
    for name in leaks[:20]:
        print("   ", name)
    print(f"a frame's median (mean) less its shown services' is a hidden service's to 10 %: {read_off(runs[-1])}")
    apart = choices_told_apart(runs[-1])
    print(f"priorities, with an option on the hidden services: told apart by {apart or 'nothing'}")
    valued, turned_away, cases = cases_told_apart(runs[-1])
    print(f"{valued} cases valued ({turned_away} refused) and what a follow-up freezes: told apart by {cases or 'nothing'}")
    told = sorted(set().union(*(answers_of_hidden(tables) for tables in runs)))
    print(f"hidden services whose stays or ages are told: {told}")
    few = any(small_counts(tables, 5) for tables in runs)
    return int(any((found, leaks, told, curve, alone, apart, cases, few)))


if __name__ == "__main__":
    sys.exit(main())
