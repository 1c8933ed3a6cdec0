"""What commands share: the home, ``--json``, and telling people on stderr or a program on stdout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from data.settings import Settings, paths_from_environment, read_settings

Home = Annotated[Path | None, typer.Option(help="The home; default OPDRIFT_HOME, else data/local.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]


def settings_of(home: Path | None) -> Settings:
    """Settings of the home that was named, or of the usual one.

    Raises:
        SettingsInvalid: A setting does not hold.
    """
    return read_settings(paths_from_environment(home))


def tell(found: dict[str, Any], text: str, *, as_json: bool) -> None:
    """One JSON object on stdout, or the same in words on stderr, with a line on where its figures come from."""
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False))
    elif "origins" in found:
        from flows.origins import origin_lines  # noqa: PLC0415  (pandas is heavy)

        typer.echo("\n".join([text, *origin_lines(found)]), err=True)
    else:
        typer.echo(text, err=True)
