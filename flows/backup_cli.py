"""``opdrift backup`` and ``opdrift restore``: a home in one file, and back."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import Annotated

import typer

from data.errors import RunInProgress
from data.settings import paths_from_environment
from flows.command import Home  # noqa: TC001  (typer reads annotations)
from flows.lock import only_one

_LOOK_EVERY_S = 2.0


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; must not exist.")],
    *,
    home: Home = None,
    wait: Annotated[float, typer.Option(min=0, help="Minutes to wait for a run that is under way.")] = 0.0,
) -> int:
    """Write everything of a home into one encrypted file. The keys are never in it: back them up apart."""
    from data.backup import write_backup  # noqa: PLC0415

    paths = paths_from_environment(home)
    with ExitStack() as held:
        if paths.home.is_dir():
            _hold(held, paths.lock, minutes=wait)
        kept = write_backup(paths, target, at=datetime.now(UTC))
    for name in kept.left_out:
        typer.echo(f"Left out: {name} is a link, and links are not followed", err=True)
    shown = f"run {kept.run_id}" if kept.run_id else "nothing published yet"
    typer.echo(f"Backed up: {kept.files} files, {kept.size / 1e6:.1f} MB, {shown}; read back and compared: {target}", err=True)
    typer.echo(f"Without the keys in {paths.secrets} it can't be opened; they are not in it. Back them up apart.", err=True)
    return 0


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="What 'opdrift backup' wrote.")],
    *,
    home: Home = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put a home that holds something aside (it is kept).")] = False,
) -> int:
    """Bring a home back from a backup: whole, compared with its hashes, or not at all."""
    from data.backup import restore_backup  # noqa: PLC0415

    paths = paths_from_environment(home)
    with ExitStack() as held:
        if paths.home.is_dir():
            _hold(held, paths.lock, minutes=0)
        kept, aside = restore_backup(paths, source, at=datetime.now(UTC), replace=replace)
    typer.echo(f"Restored: {kept.files} files as of {kept.made_at}, compared with their hashes: {paths.home}", err=True)
    typer.echo(f"Published: {kept.run_id}" if kept.run_id else "Nothing was published when it was made", err=True)
    typer.echo("The log of what was done is older than its newest hash beside the keys: answer for it with", err=True)
    typer.echo(f'  opdrift log --home {paths.home} --accept "brought back from a backup" --who OFFICE', err=True)
    if aside is not None:
        typer.echo(f"The home that was here is kept in {aside}; files in its inbox are there, not in the restored one", err=True)
    return 0


def _hold(held: ExitStack, lock: Path, *, minutes: float) -> None:
    """Enter the home's lock; while a run holds it, wait as long as was said.

    Raises:
        RunInProgress: It is still held then.
    """
    give_up = time.monotonic() + 60 * minutes
    told = False
    while True:
        try:
            held.enter_context(only_one(lock, who="A run"))
        except RunInProgress:
            if time.monotonic() >= give_up:
                raise
            if not told:
                typer.echo("A run holds this home; waiting until it ends.", err=True)
                told = True
            time.sleep(_LOOK_EVERY_S)
        else:
            return
