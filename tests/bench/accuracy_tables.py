"""``make accuracy``: backtest on the real sets at the origins of docs/accuracy_origins.toml, and write docs/accuracy.md.

Reports are kept beside (data/local/accuracy), one a run; ``--page-only`` makes the page anew from them. A section without a
report stays as it is. Every fit is kept too: a run that was broken off goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from flows.accuracy_page import accuracy_markdown
from flows.series_backtest import BacktestOrder, backtest_file

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from kept_work import KeptWork  # noqa: E402  (beside this script, which is no package)
from real_series import write_set  # noqa: E402


def main() -> int:
    """Run what was asked for."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--out", type=Path, default=ROOT / "data" / "local" / "accuracy")
    words.add_argument("--page", type=Path, default=ROOT / "docs" / "accuracy.md")
    words.add_argument("--only", action="append", help="name of a set, may be repeated")
    words.add_argument("--page-only", action="store_true", help="make the page from the reports that are there")
    words.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    given = words.parse_args()
    real_data = Path(os.environ.get("OPDRIFT_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not real_data.is_dir() and not given.page_only:
        print("Real data are not here: set OPDRIFT_REAL_DATA to their folder", file=sys.stderr)
        return 3
    given.out.mkdir(parents=True, exist_ok=True)
    runs = tomllib.loads((ROOT / "docs" / "accuracy_origins.toml").read_text(encoding="utf-8"))["runs"]
    if not given.page_only:
        kept = KeptWork(given.out / "kept")
        kept.used()
        for run in runs:
            if given.only is None or run["set"] in given.only:
                measure(run, real_data, given.out, given.workers, kept)
    places = [report_of(run, given.out) for run in runs]
    reports = [json.loads(place.read_text(encoding="utf-8")) if place.exists() else None for place in places]
    before = given.page.read_text(encoding="utf-8") if given.page.exists() else ""
    given.page.write_text(accuracy_markdown(list(zip(runs, reports, strict=True)), before), encoding="utf-8")
    return 0


def report_of(run: dict, out: Path) -> Path:
    """Where a run's report lies."""
    return out / f"{run['set']}_{run['horizon']}.json"


def measure(run: dict, real_data: Path, out: Path, workers: int, kept: KeptWork) -> None:
    """Backtest one run of the list; its report says how long the fits took that an earlier one had made."""
    kept.seconds = 0.0
    print(f"{run['name']}: {len(run['origins'])} origins, {run['horizon']} months ahead ...", file=sys.stderr)
    order = BacktestOrder(
        series=write_set(run["set"], real_data, out),
        horizon=run["horizon"],
        cutoffs=len(run["origins"]),
        step=None,
        origins=tuple(run["origins"]),
        out=report_of(run, out),
        forecasts=None,
        peers=True,
        seed=1,
        workers=workers,
        this_month=f"{datetime.now(UTC):%Y-%m}",
    )
    report = backtest_file(order)
    report["clock"]["kept_seconds"] = round(kept.seconds, 3)
    report_of(run, out).write_text(json.dumps(report), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
