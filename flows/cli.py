"""The command line: arguments, environment and clock enter here; people are told on stderr, data go to stdout.

Nothing heavy is imported before it is needed: a night without news ends before Prefect is touched.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable  # noqa: TC003  (typer reads annotations)
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer

from data.cpr import hide_cpr
from data.errors import OpdriftError, WrongUse
from data.settings import Settings, paths_from_environment, read_settings
from flows import adjustment_cli, audit_cli, backup_cli, investment_cli, priority_cli, privacy_cli, scenario_cli, series_cli
from flows.command import Home, Json, tell

P = ParamSpec("P")

cli = typer.Typer(
    name="opdrift",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Runner(StrEnum):
    """How a run's work is spread."""

    LOCAL = "local"
    DASK = "dask"


def main() -> None:
    """Entry point of ``opdrift``."""
    cli()


def _told_version(asked: bool) -> None:  # noqa: FBT001  (typer calls it so)
    if asked:
        from flows.record import version_line  # noqa: PLC0415

        typer.echo(version_line())
        raise typer.Exit


@cli.callback()
def opdrift(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_told_version, help="Version, commit and what it stands on.")
    ] = False,
) -> None:
    """Forecasts expenditure pressure (opdrift) on the specialised social area, from ledger to committee room."""


def _tell_faults(command: Callable[P, int], named: str = "") -> Callable[P, None]:
    """End a command as DESIGN 5 says: our errors with their words and code, any other scrubbed, with a log of places.

    Args:
        command: The command.
        named: As it is typed after ``opdrift``; empty: its function's name.
    """
    said = named or command.__name__

    @functools.wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
        except OpdriftError as error:
            code = _end(error, said, kwargs.get("home"))
        except Exception as error:  # noqa: BLE001  (the edge: an error's words may hold a row, so they go nowhere)
            from flows.scrub import scrubbed  # noqa: PLC0415

            code = _end(scrubbed(error, step=said), said, kwargs.get("home"))
        raise typer.Exit(code)

    told.__annotations__ = {**command.__annotations__, "return": None}
    return told


def _end(error: OpdriftError, command: str, home: object) -> int:
    _say(hide_cpr(f"opdrift {command}: {error}"))  # what was typed in the wrong place is not repeated, wherever stderr goes
    if error.exit_code == 1:
        from flows.scrub import write_fault_log  # noqa: PLC0415

        paths = paths_from_environment(home if isinstance(home, Path) else None)
        _say(f"Fault log: {write_fault_log(paths.reports, error, at=_now(), command=command)}")
    return error.exit_code


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _print_json(value: Any) -> None:  # noqa: ANN401
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str, allow_nan=False))


def _now() -> datetime:
    return datetime.now(UTC)


def _settings(home: Path | None, **given: object) -> Settings:
    paths = paths_from_environment(home)
    if paths.home.exists() and not paths.home.is_dir():
        what = "The home is a file"
        raise WrongUse(what, where=str(paths.home), remedy="Give a folder with --home")
    return read_settings(paths, **given)


def _date(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        what = "--as-of is no date"
        raise WrongUse(what, remedy="Write it as YYYY-MM-DD, e.g. 2026-06-30") from None


@cli.command()
@_tell_faults
def sample(
    *,
    out: Annotated[Path, typer.Option(help="Folder to write the exports to; must be empty or new.")],
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another municipality.")] = 1,
    municipalities: Annotated[int, typer.Option(min=1, help="How many municipalities.")] = 1,
    months: Annotated[int, typer.Option(min=24, help="Months of history.")] = 120,
    end: Annotated[str, typer.Option(help="Last month, YYYY-MM.")] = "2026-12",
    population: Annotated[Path | None, typer.Option(help="A municipality's real population file to draw it on.")] = None,
    dirt: Annotated[bool, typer.Option("--dirt", help="Plant known faults and list them in planted.json.")] = False,
    truth: Annotated[bool, typer.Option("--truth", help="Write the planted drivers to truth.json.")] = False,
) -> int:
    """Write a synthetic municipality: exports as its systems would make them."""
    from flows.sample import write  # noqa: PLC0415

    return write(
        out,
        seed=seed,
        municipalities=municipalities,
        months=months,
        end=end,
        population=population,
        dirt=dirt,
        truth=truth,
        say=_say,
    )


@cli.command()
@_tell_faults
def run(
    *,
    home: Home = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="In a fresh home, write the synthetic sample into the inbox first.")
    ] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="The one seed; default from settings.toml.")] = None,
    as_of: Annotated[str | None, typer.Option(help="YYYY-MM-DD: hide all recorded or posted later.")] = None,
    runner: Annotated[Runner, typer.Option(help="local: this process. dask: not in this version.")] = Runner.LOCAL,
    dask_address: Annotated[str | None, typer.Option(help="tcp://... of a Dask scheduler; not in this version.")] = None,
) -> int:
    """One night's run: ingest, validate, forecast, publish."""
    if runner is Runner.DASK or dask_address is not None:
        what = "This version runs on one machine only; prefect-dask is not among its locked packages"
        raise WrongUse(what, remedy="Leave out --runner and --dask-address")
    from flows.run import run_once  # noqa: PLC0415

    settings = _settings(home, seed=seed, as_of=_date(as_of))
    return run_once(settings, sample=sample, seed=seed, say=_say, clock=_now)


@cli.command()
@_tell_faults
def serve(
    *,
    home: Home = None,
    cron: Annotated[str, typer.Option(help="When, as cron, in Danish time.")] = "0 2 * * *",
) -> int:
    """Keep the nightly schedule: a Prefect server on this machine, watched, and a run when it is time."""
    from flows.schedule import Supervisor, check_cron  # noqa: PLC0415

    settings = _settings(home)
    Supervisor(settings.paths, check_cron(cron), _say).run()
    return 0


@cli.command(name="app")
@_tell_faults
def open_app(
    *,
    home: Home = None,
    address: Annotated[str, typer.Option(help="Where to listen; another than this machine's own needs a sign-in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on the address.")] = 8501,
) -> int:
    """Open the pages on what was published, for this machine only unless told."""
    from flows.pages import serve_pages  # noqa: PLC0415

    return serve_pages(_settings(home).paths, address=address, port=port, say=_say)


@cli.command()
@_tell_faults
def check(
    target: Annotated[Path, typer.Argument(help="A file or a folder of files.")],
    *,
    profile: Annotated[str | None, typer.Option(help="Read every file by this mapping.")] = None,
    rows: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write rule, file and row number of every row that breaks a rule.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Validate files only: what a run would refuse or set aside. Nothing is kept or changed."""
    from flows.check import check_files, told  # noqa: PLC0415

    found = check_files(target, _settings(home), profile=profile, rows=rows)
    if as_json:
        _print_json(found)
    else:
        _say(told(found))
    return int(found["exit_code"])


@cli.command()
@_tell_faults
def status(
    *,
    home: Home = None,
    as_json: Json = False,
    monitor: Annotated[bool, typer.Option("--monitor", help="End with 1 when the last night failed, is late or old.")] = False,
) -> int:
    """What is published, how fresh it is, and what is wrong."""
    from flows.status import read_status, told, watched  # noqa: PLC0415

    settings = _settings(home)
    found = read_status(settings, now=_now())
    if monitor:
        wrong = watched(found, settings, now=_now())
        typer.echo("; ".join(wrong) or "OK")
        return 1 if wrong else 0
    tell(found, "" if as_json else told(found), as_json=as_json)
    return 3 if found["run"] is None else 0


@cli.command()
@_tell_faults
def alert(*, home: Home = None) -> int:
    """Send what there is to tell of the last night and was not told yet: where 'opdrift serve' does not run."""
    from flows.alerts import tell  # noqa: PLC0415

    for sent in tell(_settings(home), _now()):
        _say(f"Alert sent: {sent.title}")
    return 0


@cli.command()
@_tell_faults
def doctor(*, home: Home = None, as_json: Json = False) -> int:
    """What on this machine would stop a night's run, and how to mend it."""
    from flows.doctor import examine, told  # noqa: PLC0415

    found = examine(_settings(home), now=_now())
    if as_json:
        _print_json(found)
    else:
        _say(told(found))
    return int(found["exit_code"])


class Level(StrEnum):
    """Whose figures."""

    SERVICE = "service"
    FRAME = "frame"
    COMMITTEE = "committee"
    TOTAL = "total"


@cli.command()
@_tell_faults
def drift(
    *,
    earlier: Annotated[str | None, typer.Option("--from", help="YYYY, YYYY-MM or YYYY-MM..YYYY-MM, history or ahead.")] = None,
    later: Annotated[str | None, typer.Option("--to", help="The same.")] = None,
    runs: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="OLDER NEWER", help="Two published runs, the older first, instead of periods."),
    ] = None,
    year: Annotated[int | None, typer.Option(help="With --runs: the year of service both speak of.")] = None,
    level: Annotated[Level, typer.Option(help="Whose drift.")] = Level.TOTAL,
    member: Annotated[str | None, typer.Option(help="Key of the service, frame or committee.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Why expenditure moves between two periods, or why a newer run says something else; to the krone."""
    from flows.drift import Asked, between_periods, between_runs, told  # noqa: PLC0415

    if (runs is None) == (earlier is None) or (earlier is None) != (later is None):
        what = "Give either --from and --to, or --runs"
        raise WrongUse(what, remedy="e.g. opdrift drift --from 2024 --to 2025, or opdrift drift --runs OLDER NEWER")
    if (level is Level.TOTAL) != (member is None):
        what = "--level and --member belong together; the total has no member"
        raise WrongUse(what, remedy="e.g. --level frame --member 50.54")
    asked = Asked(level.value, member or level.value)
    settings = _settings(home)
    if runs is not None:
        found = between_runs(settings, runs, asked, year=year)
    else:
        found = between_periods(settings, str(earlier), str(later), asked)
    tell(found, "" if as_json else told(found), as_json=as_json)
    return 0


cli.command()(_tell_faults(series_cli.forecast))
cli.command()(_tell_faults(series_cli.backtest))
cli.command()(_tell_faults(priority_cli.prioritise))
cli.command()(_tell_faults(backup_cli.backup))
cli.command()(_tell_faults(backup_cli.restore))

scenario = typer.Typer(help="Scenarios: dated levers beside a pinned run.", no_args_is_help=True)
cli.add_typer(scenario, name="scenario")
for name, command in scenario_cli.COMMANDS.items():
    scenario.command(name=name)(_tell_faults(command, f"scenario {name}"))

adjustment = typer.Typer(help="Coming events that budget staff know of, beside the data.", no_args_is_help=True)
cli.add_typer(adjustment, name="adjustment")
for name, command in adjustment_cli.COMMANDS.items():
    adjustment.command(name=name)(_tell_faults(command, f"adjustment {name}"))

investment = typer.Typer(help="Prevention as an investment: cases decided and followed up.", no_args_is_help=True)
cli.add_typer(investment, name="investment")
for name, command in investment_cli.COMMANDS.items():
    investment.command(name=name)(_tell_faults(command, f"investment {name}"))

for name, command in (audit_cli.COMMANDS | privacy_cli.COMMANDS).items():
    cli.command(name=name)(_tell_faults(command, name))


if __name__ == "__main__":
    main()
