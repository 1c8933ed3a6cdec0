"""The night's step that works out the central refund: citizens' cost is read, summed, and let go inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.extracts import read_citizen_costs
from data.reference.refund import carried_on, load_refund
from models.pressure import published_frame
from models.refund import RefundRules, RefundSources, against_ledger, look_ahead, mask_refund, refund_tables, threshold_years
from models.years import price_by_year

if TYPE_CHECKING:
    from data.reference.catalogue import Catalogue
    from data.reference.refund import RefundReference
    from flows.night import Night
    from flows.steps import Tick
    from models.disclosure import Masks


def rules_of(reference: RefundReference, catalogue: Catalogue) -> RefundRules:
    """The reference, told in the catalogue's services."""
    return RefundRules(
        reference,
        frozenset(reference.counting_services(catalogue)),
        frozenset(reference.half_refund_services(catalogue)),
        frozenset(reference.aftercare_services(catalogue)),
    )


def work_out_refund(night: Night, _tick: Tick) -> None:
    """Leave ``refund`` (sums, to be masked) and its notices with the night; simulated citizens are let go.

    Args:
        night: The night; ``extracts``, ``parts`` and ``actual_years`` are there.
    """
    extracts, catalogue = night.held["extracts"], night.held["catalogue"]
    reference = load_refund(night.settings.refund_years)
    costs = read_citizen_costs(
        night.warehouse(),
        first_month=extracts.first_month,
        objective_services=reference.objective_services(catalogue),
        covered_below_age=reference.covered_below_age,
    )
    sources = RefundSources(
        costs.rows, costs.inputs, extracts.volume, extracts.triangle, extracts.ledger, night.frames["actual_years"]
    )
    drivers = night.held["parts"].tables
    rules = rules_of(carried_on(reference, price_by_year(drivers)), catalogue)
    tables = refund_tables(sources, drivers, rules)
    years = range(drivers.cutoff.year - 1, int(night.held["draws"].months.year.max()) + 1)
    night.frames["refund_thresholds"] = published_frame("refund_thresholds", threshold_years(rules, years))
    simulation = night.held.pop("simulation", None)
    booked = {"weights": night.frames["accounting_weights"], "fixed": night.frames["accounting_fixed"]}
    night.held["refund"] = look_ahead(tables, simulation, night.held["draws"], drivers, rules, **booked)
    night.held["notices"].append(night.held["refund"].notices)


def show_refund(night: Night, masks: Masks) -> None:
    """Add the refund's tables, masked, to the frames, and what the ledger says of it to the notices.

    Args:
        night: The night; ``refund``, ``extracts``, ``hidden_earlier`` and the frame ``notices`` are there.
        masks: Whose gross is hidden.
    """
    settings, services = night.settings, night.held["extracts"].services
    shown = mask_refund(
        night.held["refund"],
        services,
        masks.years,
        min_citizens=settings.min_citizens,
        max_top_share=settings.max_top_share,
        earlier=night.held["hidden_earlier"],
    )
    night.frames |= shown
    beside = against_ledger(shown["refund_years"])
    night.frames["notices"] = pd.concat([night.frames["notices"], beside], ignore_index=True)
