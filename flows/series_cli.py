"""``opdrift forecast`` and ``opdrift backtest``: any monthly series of a file, without a home (DESIGN 5)."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.words import share, whole

Series = Annotated[Path, typer.Option(help="Long CSV (.gz too): series_id, month, cost and/or volume, optional exposure, group.")]
Horizon = Annotated[int, typer.Option(min=1, max=120, help="Months ahead.")]
Seed = Annotated[int, typer.Option(min=0, help="The one seed.")]
Workers = Annotated[int | None, typer.Option(min=1, max=256, help="Processes; default: the cores that may be used.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]


def forecast(
    *,
    series: Series,
    horizon: Horizon,
    out: Annotated[Path, typer.Option(help="FORECASTS.csv: series_id, cutoff, month, target, mean, q10, q50, q90.")],
    cutoff: Annotated[
        list[str] | None,
        typer.Option(help="YYYY-MM, may be repeated; default: last month with a value (not one alone after a gap)."),
    ] = None,
    seed: Seed = 1,
    workers: Workers = None,
    as_json: Json = False,
) -> int:
    """Forecast any monthly series of a file through the same engine as a night's run."""
    from flows.series_forecast import ForecastOrder, forecast_file  # noqa: PLC0415

    order = ForecastOrder(series, horizon, tuple(cutoff or ()), out, seed, workers or _cores(), _this_month())
    found = forecast_file(order)
    _tell(found, _told_forecast(found), as_json=as_json)
    return int(found["exit_code"])


def backtest(  # noqa: PLR0913  (options of the command line)
    *,
    series: Series,
    horizon: Horizon,
    cutoffs: Annotated[int, typer.Option(min=1, max=100, help="How many rolling origins.")] = 4,
    out: Annotated[Path, typer.Option(help="REPORT.json, by docs/schemas/backtest.json.")],
    forecasts: Annotated[Path | None, typer.Option(help="Write our forecasts too, as 'opdrift forecast' does.")] = None,
    step: Annotated[int | None, typer.Option(min=1, help="Months between origins; default 12, fewer if they don't fit.")] = None,
    cutoff: Annotated[list[str] | None, typer.Option(help="YYYY-MM, repeated: these origins, not --cutoffs and --step.")] = None,
    peers: Annotated[bool, typer.Option("--peers/--no-peers", help="Beside naive, ETS, Theta, ARIMA, stock Prophet.")] = True,
    seed: Seed = 1,
    workers: Workers = None,
    as_json: Json = False,
) -> int:
    """Measure the engine on rolling origins of a file, beside its peers; losses are shown."""
    from flows.series_backtest import BacktestOrder, backtest_file  # noqa: PLC0415

    order = BacktestOrder(
        series=series,
        horizon=horizon,
        cutoffs=cutoffs,
        step=step,
        origins=tuple(cutoff or ()),
        out=out,
        forecasts=forecasts,
        peers=peers,
        seed=seed,
        workers=workers or _cores(),
        this_month=_this_month(),
    )
    found = backtest_file(order)
    _tell(found, _told_backtest(found, out), as_json=as_json)
    return int(found["exit_code"])


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _this_month() -> str:
    return f"{datetime.now(UTC):%Y-%m}"


def _tell(found: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        typer.echo(text, err=True)


def _told_forecast(found: dict[str, Any]) -> str:
    series = found["series"]
    said = "as given" if found["cutoff_given"] else "the last month with a value; --cutoff takes another"
    counts = f"{whole(series['fell_back'])} of them by a stated fallback, {whole(series['set_aside'])} set aside"
    lines = [
        f"{whole(series['forecast'])} of {whole(series['in'])} series forecast, {found['horizon']} months ahead; {counts}.",
        f"Cutoff: {', '.join(found['cutoffs'])} ({said}).",
        f"{whole(found['rows_written'])} rows in {found['out']}.",
    ]
    return "\n".join([*lines, *_told_findings(found)])


def _told_findings(found: dict[str, Any]) -> list[str]:
    codes = found["findings"]["by_code"]
    ignored = found["file"]["ignored_columns"]
    lines = [f"Columns that are not read: {', '.join(ignored)}."] if ignored else []
    if codes:
        said = ", ".join(f"{code} {whole(count)}" for code, count in codes.items())
        lines.append(f"Found in the series: {said}; all listed in {found['findings_file']}.")
    for item in [item for item in found["findings"]["first"] if item["set_aside"]][:5]:
        where = f" (line {item['row']})" if item["row"] else ""
        lines.append(f"Set aside: {item['series_id'] or 'no series_id'}{where}: {item['what']}.")
    return lines


def _told_backtest(found: dict[str, Any], out: Path) -> str:
    lines = [f"Origins: {', '.join(found['origins'])}; {found['horizon']} months ahead."]
    for section in found["targets"]:
        lines += _told_section(section)
    return "\n".join([*lines, *_told_findings(found), f"The whole report: {out.name}."])


def _told_section(section: dict[str, Any]) -> list[str]:
    lines = [
        f"{section['target']}: {whole(section['series'])} series, {whole(section['cases'])} series-origins",
        f"  {'':<26}{'MASE':>8}{'pinball':>9}{'WAPE':>8}{'bias %':>8}{'80 % holds':>12}",
    ]
    for name, row in section["methods"].items():
        mase, pinball, wape = _figure(row["mase"]["mean"]), _figure(row["pinball"]["mean"]), _figure(row["wape"])
        bias, holds = _figure(row["bias_pct"], 1), share(row["coverage_80"])
        lines.append(f"  {name:<26}{mase:>8}{pinball:>9}{wape:>8}{bias:>8}{holds:>12}")
    for measure, kinds in section["against_best_single"].items():
        said = ", ".join(f"{kind} {_figure(row['ratio'])} ({row['peer']})" for kind, row in kinds.items() if row["peer"])
        lines += [f"  Against the best single peer, {measure}: {said}"] if said else []
    return lines


def _figure(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
