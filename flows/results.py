"""The night's steps that set what is expected beside what is decided: commitments, frames, the year's result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.extracts.adjustments import count_entered_later
from data.follow_ups import results_at
from flows.hidden_earlier import hidden_earlier
from models import outturn
from models.disclosure import decide_masks
from models.outlook import frame_outlook
from models.plans import Plans

if TYPE_CHECKING:
    from flows.night import Night
    from models.disclosure import Masks


def commit(night: Night) -> None:
    """Let commitments replace the estimates of their cases, and keep the draws.

    Args:
        night: The night; ``draws`` and ``extracts`` are there, and ``split`` (empty where no citizens were rolled forward).
    """
    extracts = night.held["extracts"]
    made = outturn.with_commitments(
        night.held["draws"], night.held["parts"].tables, extracts.commitment_months, extracts.volume, split=night.held["split"]
    )
    night.held |= {"committed": made, "draws": made.draws}
    night.held["notices"].append(made.notices)


def booked_years(night: Night) -> dict[str, pd.DataFrame]:
    """How months ahead fall on accounting years, and what is posted."""
    return {"weights": night.frames["accounting_weights"], "fixed": night.frames["accounting_fixed"]}


def plans_of(night: Night) -> Plans:
    """Budgets, events and ledger of the night."""
    extracts = night.held["extracts"]
    labels = extracts.frames.drop_duplicates("frame").set_index("frame")["frame_label"].dropna().to_dict()
    return Plans(extracts.budget, extracts.budget_events, extracts.ledger_periods, labels)


def masks_of(night: Night) -> Masks:
    """What the run hides; decided once, before anything is made from adjustments, and kept with the night.

    Args:
        night: The night; ``extracts`` and the frame ``actual_months`` are there.
    """
    if "masks" not in night.held:
        settings, extracts = night.settings, night.held["extracts"]
        earlier = night.held.setdefault("hidden_earlier", hidden_earlier(settings.paths, settings.municipality))
        known = {"services": extracts.services, "actual_months": night.frames["actual_months"]}
        night.held["masks"] = decide_masks(
            known,
            concentration=extracts.concentration,
            min_citizens=settings.min_citizens,
            max_top_share=settings.max_top_share,
            earlier=earlier,
        )
    masks: Masks = night.held["masks"]
    return masks


def adjustments_of(night: Night) -> pd.DataFrame:
    """Staff's adjustments, with those marked that rest on hidden figures."""
    return outturn.resting_on_hidden(night.held["extracts"].adjustments, masks_of(night).months)


def compare_frames(night: Night) -> None:
    """Make ``frame_outlook``."""
    told = {"adjustments": adjustments_of(night), "split": night.held["split"]}
    tables = night.held["parts"].tables
    outlook, notices = frame_outlook(night.held["draws"], tables, plans_of(night), **booked_years(night), **told)
    night.frames["frame_outlook"] = outlook
    night.held["notices"].append(notices)


def year_of(night: Night) -> None:
    """Make ``year_result``, its spread and months, ``year_bridge``, ``commitment_differences`` and ``staff_estimates``."""
    extracts, parts, draws, settings = night.held["extracts"], night.held["parts"], night.held["draws"], night.settings
    (weights, late), booked, bands = night.held["periods"], booked_years(night), night.held["catalogue"].age_bands
    made = lay_out_year(night, adjustments_of(night))
    later = count_entered_later(night.warehouse(), settings)
    night.held["notices"].append(outturn.adjustment_notices(made.adjusted, later=later, as_of=settings.as_of))
    night.held["adjusted"] = made
    limits = {"min_citizens": settings.min_citizens, "max_top_share": settings.max_top_share}
    night.frames |= {
        "year_result_spread": outturn.year_result_spread(made),
        "year_result_months": outturn.year_result_months(made, draws, weights=weights, late=late, fixed=booked["fixed"]),
        "year_bridge": outturn.year_bridge(made, parts, extracts.volume, draws, extracts.budget_events, age_bands=bands),
        "commitment_differences": outturn.commitment_table(extracts.commitment_years, night.held["committed"], **limits),
    }
    _beside_staff(night, made.parts.years)


def lay_out_year(night: Night, adjustments: pd.DataFrame) -> outturn.Outturn:
    """Make ``year_result`` alone.

    Args:
        night: The night; draws, split, extracts and the accounting tables are there.
        adjustments: Staff's.
    """
    told = {"adjustments": adjustments, "split": night.held["split"]}
    made = outturn.outturn(night.held["draws"], night.held["parts"].tables, plans_of(night), **booked_years(night), **told)
    night.frames["year_result"], notices = outturn.year_result(made)
    night.held["notices"].append(notices)
    return made


def _beside_staff(night: Night, open_years: tuple[int, ...]) -> None:
    """Make ``staff_estimates``: staff's own beside what this run and earlier ones say, and the accounts where they are known."""
    extracts, drivers, settings = night.held["extracts"], night.held["parts"].tables, night.settings
    estimates = extracts.staff_estimates
    cutoffs = {pd.Timestamp(str(day)).replace(day=1) for day in estimates["follow_up_on"]}
    wanted = {at for at in cutoffs if at < drivers.cutoff}
    ours = {"municipality": settings.municipality, "currency": extracts.currency}
    earlier = results_at(settings.paths, wanted, **ours) if wanted else {}
    said = {at: outturn.Said(found.result, bool(found.vintage.as_of)) for at, found in earlier.items()}
    said[drivers.cutoff] = outturn.Said(night.frames["year_result"], settings.as_of is not None)
    actual = outturn.closed_results(extracts.ledger_periods, drivers, open_years=open_years)
    night.frames["staff_estimates"], notices = outturn.estimate_table(estimates, said, actual, drivers)
    night.held["notices"].append(notices)
