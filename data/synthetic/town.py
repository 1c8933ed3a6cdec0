"""One synthetic municipality in memory: everything that its files are written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.synthetic.budget import Event, index_by_year, net_by_frame, planted_events
from data.synthetic.caseload import HOURS_STEPS, STEPS, Caseload, simulate_caseload
from data.synthetic.identity import Identity, draw_identity
from data.synthetic.institutions import overhead_postings, provider_postings, refund_postings
from data.synthetic.invoices import authority_postings
from data.synthetic.ledgerfile import select_exported
from data.synthetic.population import Counts, monthly_persons, population_from_file, synthetic_population
from data.synthetic.pricing import Priced, price_cases
from data.synthetic.seeds import generator

if TYPE_CHECKING:
    from pathlib import Path

    from data.synthetic.calendar import Window


@dataclass(frozen=True)
class Town:
    """A municipality as it truly is, before systems export it.

    Attributes:
        municipality: Authority code.
        window: Months covered.
        counts: Year -> (2, 106) persons on 1 January, to the year after the window.
        persons: (months, 106) persons by age in the middle of each month.
        caseload: Citizens and cases.
        priced: Providers, price rows and case-months.
        identity: Numbers and names of citizens.
        numbers: Case number per case.
        postings: All postings, also those that arrive after the window.
        exported: Postings in the ledger files, in file order.
        net: Net operating expenditure by frame and year, DKK.
        events: Budget events.
    """

    municipality: str
    window: Window
    counts: Counts
    persons: np.ndarray
    caseload: Caseload
    priced: Priced
    identity: Identity
    numbers: np.ndarray
    postings: pd.DataFrame
    exported: pd.DataFrame
    net: dict[tuple[str, int], float]
    events: list[Event]


def build_town(window: Window, *, seed: int, municipality: str, size: float, population: Path | None) -> Town:
    """Simulate one municipality.

    Args:
        window: Months to cover.
        seed: The sample's seed.
        municipality: Authority code.
        size: Relative to 50,000 inhabitants in 2026; unused with ``population``.
        population: File with a real population, or ``None`` for a synthetic one.
    """
    if population is None:
        counts = synthetic_population(window, seed=seed, municipality=municipality, size=size)
    else:
        counts = population_from_file(population, window, municipality)
        size = float(counts[window.end_year].sum()) / 50_000
    persons = monthly_persons(counts, window)
    caseload = simulate_caseload(window, persons, generator(seed, municipality, "caseload"), size=size)
    priced = price_cases(caseload, window, seed=seed, municipality=municipality)
    identity = draw_identity(caseload.citizen_birth, caseload.citizen_male, generator(seed, municipality, "identity"))
    authority = authority_postings(priced, window, generator(seed, municipality, "invoices"))
    provider = provider_postings(authority, priced, window, generator(seed, municipality, "institutions"))
    refund = refund_postings(authority, index_by_year(window), window, generator(seed, municipality, "refund"))
    overhead = overhead_postings(window, generator(seed, municipality, "overhead"))
    postings = pd.concat([authority, provider, refund, overhead], ignore_index=True)
    net = net_by_frame(postings, window)
    events = planted_events(net, postings, window, steps=STEPS, hours=HOURS_STEPS)
    numbers = np.array([f"S{municipality}-{number + 1:05d}" for number in range(len(caseload.plan))])
    exported = select_exported(postings, window)
    return Town(municipality, window, counts, persons, caseload, priced, identity, numbers, postings, exported, net, events)
