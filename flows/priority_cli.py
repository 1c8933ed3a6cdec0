"""``opdrift prioritise``: the best choice of options under the frames (DESIGN 5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from data.errors import WrongUse
from data.settings import paths_from_environment, read_settings

Home = Annotated[Path | None, typer.Option(help="The home; default OPDRIFT_HOME, else data/local.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]


def prioritise(
    portfolio: Annotated[str, typer.Argument(help="A portfolio's file (docs/schemas/portfolio.json, docs/examples/portfolios).")],
    *,
    citizens_weight_pct: Annotated[
        float | None, typer.Option(help="Weight of the citizens' assessment, 0 to 100, instead of the file's; the rest is money.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Which options keep the frames with the least taken from citizens, why, and how sure that is. A worked example."""
    from flows.priority import told_prioritised, weigh  # noqa: PLC0415

    if citizens_weight_pct is not None and not 0.0 <= citizens_weight_pct <= 100.0:
        what = "--citizens-weight-pct is no weight"
        raise WrongUse(what, remedy="Give a number from 0 to 100")
    settings = read_settings(paths_from_environment(home))
    found, told = weigh(settings, portfolio, citizens_weight_pct=citizens_weight_pct)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        typer.echo(told_prioritised(found), err=True)
    return 0
