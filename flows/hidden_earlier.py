"""What the newest published runs of a home hid: the coming one keeps it hidden (``models.disclosure.Earlier``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.errors import NoPublishedRun
from data.mart import RUN_ID, Mart, current_run
from data.restricted import read_restricted
from models.citizens.radar_hidden import hidden_keys
from models.citizens.radar_leaving import hidden_left
from models.disclosure import Earlier, masked_members
from models.providers import not_by_themselves

if TYPE_CHECKING:
    import pandas as pd

    from data.settings import Paths

_YEARS, _MONTHS = ("actual_years", "forecast_years"), ("forecast_months",)


def hidden_earlier(paths: Paths, municipality: str) -> Earlier:
    """Read what is hidden in the run that is shown and in the newest one; each kept what those before it hid.

    Args:
        paths: Home.
        municipality: Runs of another municipality tell nothing of ours.

    Returns:
        Nothing where nothing was published. A file that can't be read is passed over: what it hid can't be known.
    """
    named = {file.stem for file in paths.published.glob("run-*.duckdb") if RUN_ID.fullmatch(file.stem)}
    wanted = {run for run in (current_run(paths), max(named, default=None)) if run is not None}
    found = Earlier()
    for run_id in sorted(wanted):
        try:
            found = found.joined(_of_run(paths, run_id, municipality))
        except NoPublishedRun:
            continue
    return found


def _of_run(paths: Paths, run_id: str, municipality: str) -> Earlier:
    mart = Mart.open(paths, run_id)
    if mart.record("municipality") != municipality:
        return Earlier()
    with mart.held():
        years = {node for name in _YEARS for node in masked_members(mart.table(name))}
        months = {node for name in _MONTHS for node in masked_members(mart.table(name))}
        history = mart.table("actual_months")
        radar, left = (mart.table_or_none(name) for name in ("transition_radar", "transition_leaving"))
        kinds, marginal, response = (
            mart.table_or_none(name) for name in ("provider_types", "refund_marginal", "refund_response")
        )
        refund = {name: mart.table_or_none(f"refund_{name}") for name in ("years", "tiers", "ahead")}
    months |= {("service", str(service)) for service in history.loc[history["mask"] != "", "service"]}
    thin = response.loc[response["cell"].str.startswith("thin:"), "services"].unique() if len(response) else ()
    return Earlier(
        years=frozenset(years),
        months=frozenset(months),
        refund=_masked(refund["years"]),
        tiers=_masked(refund["tiers"]),
        ahead=_masked(refund["ahead"]),
        marginal=_masked(marginal.assign(level="service", member=marginal["service"]) if len(marginal) else marginal),
        thin=frozenset(("service", key) for names in thin for key in str(names).split()),
        bands=_bands(paths, run_id),
        radar=(hidden_keys(radar) if len(radar) else frozenset()) | (hidden_left(left) if len(left) else frozenset()),
        providers=frozenset(not_by_themselves(kinds) if len(kinds) else ()),
    )


def _bands(paths: Paths, run_id: str) -> dict[tuple[str, str], str]:
    try:
        kept = read_restricted(paths, run_id)["driver_bands"]
    except NoPublishedRun:
        return {}
    return {(str(row.service), str(row.age_band)): str(row.shown_band) for row in kept.itertuples(index=False)}


def _masked(table: pd.DataFrame) -> frozenset[tuple[str, str]]:
    return frozenset(masked_members(table)) if len(table) else frozenset()
