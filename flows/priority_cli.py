"""``opdrift prioritise``: the best choice of options under the frames (DESIGN 5)."""

from __future__ import annotations

from typing import Annotated

import typer

from data.errors import WrongUse
from flows.command import Home, Json, settings_of, tell


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
    found, told = weigh(settings_of(home), portfolio, citizens_weight_pct=citizens_weight_pct)
    tell(told, "" if as_json else told_prioritised(found), as_json=as_json)
    return 0
