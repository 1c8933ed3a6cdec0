"""docs/accuracy.md out of backtest reports: every table, losses shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.record import commit_in_words
from models.forecast.backtest import OURS
from models.forecast.peers import SINGLE_PEERS

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTRO = """# How good the forecasts are

Made by `make accuracy` on real public series, at the origins fixed in [accuracy_origins.toml](accuracy_origins.toml); never
edited by hand. Each method forecasts the same series at the same origins from what was known then. **MASE**: mean absolute error
of the median over the mean absolute seasonal difference of the training part. **Pinball**: mean over q10, q50 and q90 of the
quantile loss, on the same scale. Both as the mean over series-origins, and *capped*: each capped at 5; *each series
once*: over its origins first. **WAPE** and **bias**: of
the sum over all; bias of the mean, plus is too high. **80 % holds**: share of months inside the interval; *thirds* of the
horizon; *years*: sums of twelve months. A ratio below 1 says that opdrift is better. *Geometric*: mean of the ratios' logs,
scores raised to .01 first.
"""


def accuracy_markdown(runs: Sequence[tuple[dict[str, Any], dict[str, Any] | None]], before: str = "") -> str:
    """The page.

    Args:
        runs: (run as in ``accuracy_origins.toml``, its report by ``docs/schemas/backtest.json``) in the page's order; None: it
            was not measured anew.
        before: The page as it stood: a run without a report keeps its section, which names the code it was measured with.
    """
    old = {text.partition("\n")[0]: text.rstrip("\n") for text in before.split("\n## ")[1:]}
    parts, missing = [], []
    for run, report in runs:
        head = f"{run['name']}, {run['horizon']} months ahead"
        if report is not None:
            parts += [f"## {head}\n\n{_made_of(report)}\n"]
            parts += [_section(section) for section in report["targets"]]
            parts.append(_seconds(report["clock"]))
        elif head in old:
            parts.append(f"## {old[head]}\n")
        else:
            missing.append(run["name"])
    said = (
        [f"**No report yet** (each section below names the code it was measured with): {'; '.join(missing)}.\n"]
        if missing
        else []
    )
    return "\n".join([_INTRO, *said, *parts])


def _made_of(report: dict[str, Any]) -> str:
    code = report["code"]
    versions = ", ".join(f"{name} {code['versions'][name]}" for name in ("prophet", "statsforecast") if name in code["versions"])
    return (
        f"Origins {', '.join(report['origins'])}; seed {report['seed']}; file {report['file']['sha256'][:12]}; "
        f"code {commit_in_words(code)}; {versions}."
    )


def _section(section: dict[str, Any]) -> str:
    left = section["left_out"]
    head = f"**{section['target']}**: {section['series']} series, {section['cases']} series-origins"
    head += f" ({left['no_scale']} without a scale: outside MASE and pinball)" if left["no_scale"] else ""
    blocks = [head + ".", _methods(section), _ratios(section), _ahead(section), _losses(section)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _methods(section: dict[str, Any]) -> str:
    names = ("MASE", "capped", "pinball", "capped", "WAPE", "bias %", "80 % holds", "thirds", "years", "fell back")
    rows = []
    for name, row in section["methods"].items():
        thirds = " / ".join(_number(value, 2) for value in row["coverage_80_thirds"])
        mase, pinball = row["mase"], row["pinball"]
        cells = [_number(mase["mean"]), _number(mase["mean_capped"]), _number(pinball["mean"]), _number(pinball["mean_capped"])]
        cells += [_number(row["wape"]), _number(row["bias_pct"], 1), _number(row["coverage_80"], 2), thirds]
        rows.append([_name(name), *cells, _number(row["year_sum_coverage_80"], 2), str(row["fallbacks"])])
    return _table(["", *names], rows)


def _ratios(section: dict[str, Any]) -> str:
    rows = []
    for peer, found in section["ratios"].items():
        against = section["series_against"][peer]
        rows.append([f"to {peer}", *_six(found), f"{against['wins']} / {against['losses']}"])
    for key, words in (("against_best_single", "to the best single peer"), ("against_middle_single", "to the middle one")):
        found = {measure: {kind: row["ratio"] for kind, row in kinds.items()} for measure, kinds in section[key].items()}
        rows.append([f"**{words}**", *_six(found), ""])
    rows.append(["to the best single peer, each series once", *_by_series(section), ""])
    names = ["opdrift's ratio", "MASE", "capped", "geometric", "pinball", "capped", "geometric", "series won / lost"]
    return _table(names, rows) if section["ratios"] else ""


def _by_series(section: dict[str, Any]) -> list[str]:
    """Ratios as :func:`_six`, of scores that are first averaged over a series's origins; each to the peer that is best by it."""
    singles = [peer for peer in section["ratios"] if peer in SINGLE_PEERS]
    cells = []
    for measure in ("mase", "pinball"):
        scores = {name: row[measure] for name, row in section["methods"].items()}
        for kind in ("mean_by_series", "mean_capped_by_series"):
            ours, theirs = scores[OURS][kind], [scores[peer][kind] for peer in singles if scores[peer][kind]]
            cells.append(_number(ours / min(theirs) if theirs and ours is not None else None))
        geometric = [section["ratios"][peer][measure]["geometric_by_series"] for peer in singles]
        cells.append(_number(max((ratio for ratio in geometric if ratio is not None), default=None)))
    return cells


def _six(found: dict[str, Any]) -> list[str]:
    return [_number(found[measure][kind]) for measure in ("mase", "pinball") for kind in ("mean", "mean_capped", "geometric")]


def _ahead(section: dict[str, Any]) -> str:
    spans = [f"{part['from']}-{part['to']}" for part in section["methods"][OURS]["by_months_ahead"]]
    rows = [
        [_name(name), *(f"{_number(part['mase'])} / {_number(part['coverage_80'], 2)}" for part in row["by_months_ahead"])]
        for name, row in section["methods"].items()
    ]
    return _table(["MASE / 80 % holds, months ahead", *spans], rows)


def _losses(section: dict[str, Any]) -> str:
    said = [
        f"{row['series_id']} ({_number(row['ours'], 2)} against {_number(row['theirs'], 2)}, {row['peer']})"
        for row in section["worst_losses"][:5]
    ]
    return f"Worst losses, MASE against the best single peer of that series: {'; '.join(said)}." if said else ""


def _seconds(clock: dict[str, Any]) -> str:
    said = ", ".join(f"{part} {value:.0f}" for part, value in clock["seconds"].items())
    kept = clock.get("kept_seconds", 0.0)
    and_kept = f"; {kept:.0f} more in fits that a run broken off had made" if kept else ""
    return f"Seconds, {clock['workers']} processes: {said}{and_kept}.\n"


def _name(method: str) -> str:
    return f"**{method}**" if method == OURS else method


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
