"""``opdrift log``: what was done in a home, and whether the log of it is whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from data.audit_log import Log  # noqa: TC001  (a constant below is of it)
from data.settings import Paths, paths_from_environment, read_settings
from flows.command import Home, Json  # noqa: TC001  (typer reads annotations)

_SHOWN = 20


def log(
    *,
    home: Home = None,
    check: Annotated[bool, typer.Option("--check", help="Also hold runs, scenarios and adjustments against it.")] = False,
    kind: Annotated[str | None, typer.Option(help="Only entries of this kind, e.g. run_published.")] = None,
    last: Annotated[int, typer.Option(min=1, help="How many entries, the newest ones.")] = _SHOWN,
    accept: Annotated[str | None, typer.Option(help="Answer for a break (a home brought back): why, in a few words.")] = None,
    who: Annotated[str, typer.Option(help="With --accept: your office, role or initials.")] = "",
    access: Annotated[bool, typer.Option("--access", help="Show who signed in, looked and took away instead.")] = False,
    as_json: Json = False,
) -> int:
    """What was done here, hash-chained: runs, publications, scenarios kept, adjustments, erasures; and whether it is whole.

    The log of access (sign-ins, unsuppressed looks, downloads) is chained the same way and checked with it.
    """
    from data.audit_check import check_log  # noqa: PLC0415
    from data.audit_log import ACCEPTED, append, read_log  # noqa: PLC0415
    from data.errors import WrongUse  # noqa: PLC0415

    paths = paths_from_environment(home)
    if accept is not None:
        if not who.strip():
            what = "--accept needs --who"
            raise WrongUse(what, remedy="Say who answers for it: office, role or initials")
        append(paths, "break_noted", {})  # makes a gap at the tail stand in the chain before it is answered for
        append(paths, ACCEPTED, {"why": accept}, who=who)
        if not check_log(paths, log="access").is_whole:
            append(paths, "break_noted", {}, log="access")
            append(paths, ACCEPTED, {"why": accept}, who=who, log="access")
    checked, looks = check_log(paths, files=check), check_log(paths, log="access")
    shown = {name: [asdict(entry) for entry in read_log(paths, name) if kind in {None, entry.kind}][-last:] for name in _LOGS}
    is_whole = checked.is_whole and looks.is_whole
    found = {
        "home": str(paths.home),
        "whole": is_whole,
        "entries": checked.entries,
        "breaks": [asdict(item) for item in checked.breaks],
        "checked_files": check,
        "changed": [asdict(item) for item in checked.changed],
        "last": [] if access else shown["audit"],
        "access": {
            "whole": looks.is_whole,
            "entries": looks.entries,
            "breaks": [asdict(item) for item in looks.breaks],
            "last": shown["access"] if access else [],
        },
    }
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        typer.echo(told(found), err=True)
    return 0 if is_whole else 1


_LOGS: tuple[Log, ...] = ("audit", "access")


def told(found: dict[str, Any]) -> str:
    """The log in plain words, the newest entry last."""
    lines = []
    for entry in found["last"] or found["access"]["last"]:
        facts = ", ".join(f"{name} {_short(value)}" for name, value in entry["facts"].items())
        lines.append(f"{entry['seq']:>6}  {entry['at']}  {entry['kind']:<22} {entry['who']}{'  ' if entry['who'] else ''}{facts}")
    lines += [f"BROKEN: {item['what']}" + (" (answered for)" if item["accepted"] else "") for item in found["breaks"]]
    lines += [
        f"BROKEN, in the log of access: {item['what']}" + (" (answered for)" if item["accepted"] else "")
        for item in found["access"]["breaks"]
    ]
    lines += [f"CHANGED: {item['what']}" for item in found["changed"]]
    if found["whole"]:
        lines.append(
            f"The log is whole: {found['entries']} entries ({found['access']['entries']} of access)"
            + (", and runs, scenarios and adjustments agree with it" * found["checked_files"])
        )
    else:
        remedy = "find out who changed what; if a home was brought back from a backup, answer for it with --accept and --who"
        lines.append(f"The log does not hold. What to do: {remedy}")
    return "\n".join(lines)


def _short(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list):
        return f"({len(value)})"
    return f"{value[:12]}..." if isinstance(value, str) and len(value) == 64 else str(value)


def log_words(paths: Paths) -> str:
    """One line on the log where something is wrong with it; empty where it is whole."""
    from data.audit_check import check_log  # noqa: PLC0415

    words = {"audit": "The log of what was done", "access": "The log of access"}
    broken = {log: [item.what for item in check_log(paths, log=log).breaks if not item.accepted] for log in _LOGS}
    return ". ".join(f"{words[log]} does not hold: {'; '.join(found)}" for log, found in broken.items() if found)


def verify(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A published run, e.g. run-20260131T020000-a1b2c3.")],
    *,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Make a published run again from the archive and what was recorded of it, and compare every table."""
    from flows import verify as verifying  # noqa: PLC0415

    found = verifying.verify(read_settings(paths_from_environment(home)), run_id)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        typer.echo(verifying.told(found), err=True)
    return found.exit_code


COMMANDS = {"log": log, "verify": verify}
