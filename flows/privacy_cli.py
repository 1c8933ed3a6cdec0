"""``opdrift insight``, ``rectify``, ``erase`` and ``retain``: rights of a citizen, and deletion by rule."""

from __future__ import annotations

import json
import sys
from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import Annotated, Any

import typer

from data.errors import WrongUse
from data.settings import Settings, paths_from_environment, read_settings
from flows.command import Home  # noqa: TC001  (typer reads annotations)

Json = Annotated[bool, typer.Option("--json", help="Print the receipt as one JSON object on stdout.")]
Who = Annotated[str, typer.Option(help="Your office, role or initials; no number of a person.")]


def _settings(home: Path | None) -> Settings:
    settings = read_settings(paths_from_environment(home))
    if not settings.paths.warehouse.exists():
        what = "The home has no warehouse"
        raise WrongUse(what, where=str(settings.paths.home), remedy="Name the home with --home")
    return settings


def _typed() -> str:
    """The CPR number from a prompt that shows nothing, or from a pipe; never from an argument, which others could see."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    return str(typer.prompt("CPR number", hide_input=True, err=True))


def _say(receipt: dict[str, Any], *, as_json: bool) -> int:
    from flows.citizen_rights import told  # noqa: PLC0415

    if as_json:
        typer.echo(json.dumps(receipt, ensure_ascii=False, indent=1))
    else:
        typer.echo(told(receipt), err=True)
    return 0


def insight(
    *,
    out: Annotated[Path, typer.Option(help="A new file outside the home, for you alone.")],
    who: Who,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Write what is kept of one citizen to a file; the CPR number is typed at a prompt."""
    from flows import citizen_rights  # noqa: PLC0415

    return _say(citizen_rights.insight(_settings(home), _typed(), out=out, who=who), as_json=as_json)


def rectify(
    *,
    who: Who,
    about: Annotated[str, typer.Option(help="Table that is wrong, e.g. cases.")] = "cases",
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Tell where what is kept of one citizen comes from, and record that it is to be put right."""
    from flows import citizen_rights  # noqa: PLC0415

    return _say(citizen_rights.rectify(_settings(home), _typed(), who=who, about=about), as_json=as_json)


def erase(
    *,
    who: Who,
    legal_basis: Annotated[str, typer.Option(help="Why rows of the accounts may go too; it is recorded.")] = "",
    keep_accounts: Annotated[bool, typer.Option("--keep-accounts", help="Rows of the accounts stay.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Take one citizen's rows out of archive and warehouse for good; the CPR number is typed at a prompt."""
    from flows import citizen_rights  # noqa: PLC0415

    receipt = citizen_rights.erase(_settings(home), _typed(), who=who, legal_basis=legal_basis, keep_accounts=keep_accounts)
    return _say(receipt, as_json=as_json)


def retain(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and delete nothing.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Delete what is older than the periods in the settings ([retention]); every run does this first."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from flows import retention  # noqa: PLC0415

    found = retention.retain(read_settings(paths_from_environment(home)), datetime.now(UTC), dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        typer.echo(retention.told(found), err=True)
    return 0


COMMANDS = {"insight": insight, "rectify": rectify, "erase": erase, "retain": retain}
