"""What was planted, in numbers, so that tests can prove that it is found again.

``planted`` values are the generator's parameters; ``realised`` values are counted from the simulated town itself, with
everything that has not yet been recorded or posted.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.reference.catalogue import load_catalogue
from data.synthetic.budget import EVENTS_HEADER, event_rows
from data.synthetic.calendar import days_in, month_of
from data.synthetic.caseload import HOURS_STEPS, STEPS, reference_uptake, uptake_factor
from data.synthetic.plan import ANCHOR_YEAR, INDEX_GROWTH, LAGS, OTHER_GROWTH, PLANS, ServicePlan, index_level
from data.synthetic.population import AGES, standard_population
from data.synthetic.pricing import DECISION_MONTHS, DECISION_SIGMA

if TYPE_CHECKING:
    from data.synthetic.town import Town

_OWN = [index for index, plan in enumerate(PLANS) if not plan.sold]


def planted_truth(town: Town, *, seed: int) -> dict[str, object]:
    """Everything planted in one municipality, ready for JSON.

    Args:
        town: The municipality.
        seed: The sample's seed.
    """
    window = town.window
    years = range(window.start_year, window.end_year + 1)
    return {
        "municipality": town.municipality,
        "seed": seed,
        "first_month": f"{window.start // 12}-{window.start % 12 + 1:02d}",
        "last_month": window.end_text,
        "anchor": f"{ANCHOR_YEAR}-12",
        "price_index_growth_pct": {str(year): INDEX_GROWTH.get(year, OTHER_GROWTH) for year in years},
        "decisions": {"mean_months_between": DECISION_MONTHS, "log_sd": DECISION_SIGMA},
        "lags_by_expense_type": {art: _lag(shares) for art, shares in LAGS.items()},
        "services": {PLANS[index].key: _service(town, index) for index in _OWN},
        "planted_growth_by_year": _growth(town),
        "not_yet_posted_dkk": _not_yet_posted(town),
        "citizens_turning_18_in_care": _turning_18(town),
        "own_institutions": _own_institutions(town),
        "budget_events": [
            dict(zip(EVENTS_HEADER, (str(part) if part is not None else None for part in row), strict=True))
            for row in event_rows(town.events, town.municipality)
        ],
        "steps": {"stock_share_four_years_before_end": STEPS, "hours_share_in_last_year": HOURS_STEPS},
        "inhabitants": {str(year): int(town.counts[year].sum()) for year in sorted(town.counts)},
    }


def _lag(shares: tuple[float, ...]) -> dict[str, object]:
    cumulated = np.cumsum(shares) / np.sum(shares)
    return {
        "median_months": int(np.searchsorted(cumulated, 0.5)),
        "p90_months": int(np.searchsorted(cumulated, 0.9)),
        "longest_months": len(shares) - 1,
        "shares": [round(share / sum(shares), 6) for share in shares],
    }


def _service(town: Town, index: int) -> dict[str, object]:
    plan = PLANS[index]
    uptake, standard = reference_uptake(plan), standard_population()
    bands = load_catalogue().age_bands
    banded = {band: slice(low, min(high, AGES - 1) + 1) for band, (low, high) in bands.items()}
    months = town.priced.months[(town.priced.months["month"] >= town.window.start).to_numpy()]
    months = months[town.priced.cases["plan"].to_numpy()[months["case"]] == index]
    year = (months["month"] // 12).to_numpy()
    citizen = town.priced.cases["citizen"].to_numpy()[months["case"]]
    volume = months["days"].to_numpy() / days_in(months["month"].to_numpy()) / 12
    return {
        "planted": {
            "uptake_per_1000_by_age_band": {
                band: round(1000 * float(uptake[part] @ standard[part] / standard[part].sum()), 4)
                for band, part in banded.items()
            },
            "uptake_trend_per_year": plan.uptake_trend,
            "unit_cost_trend_above_index_per_year": plan.cost_trend,
            "median_price_at_anchor_dkk": plan.price,
            "log_price_sd": plan.sigma,
            "hours_per_week_median": plan.hours or None,
            "mean_months": plan.months,
            "provider_mix": dict(zip(("own", "municipality", "region", "private"), plan.mix, strict=True)),
            "own_share_trend_per_year": plan.mix_trend,
            "short_history": plan.short,
        },
        "realised": {
            "full_time_citizens_by_year": _by_year(volume, year, 3),
            "citizens_by_year": {str(y): int(np.unique(citizen[year == y]).size) for y in np.unique(year).tolist()},
            "gross_by_service_year_dkk": _by_year(months["ore"].to_numpy() / 100, year, 2),
            "cost_per_full_time_citizen_at_anchor_prices_dkk": _unit_cost(months, volume, year),
        },
    }


def _by_year(values: np.ndarray, year: np.ndarray, digits: int) -> dict[str, float]:
    return {str(y): round(float(values[year == y].sum()), digits) for y in np.unique(year).tolist()}


def _unit_cost(months: pd.DataFrame, volume: np.ndarray, year: np.ndarray) -> dict[str, float]:
    found = {}
    for y in np.unique(year).tolist():
        at = year == y
        found[str(y)] = round(float(months["ore"].to_numpy()[at].sum() / 100 / volume[at].sum() / index_level(y)), 2)
    return found


def _growth(town: Town) -> dict[str, dict[str, dict[str, float]]]:
    """Planted growth of each service's cost from year to year by cause, natural logarithm."""
    window = town.window
    months = np.arange(window.start, window.end + 1)
    full_years = [year for year in range(window.start_year, window.end_year + 1) if (months // 12 == year).sum() == 12]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for index in _OWN:
        plan = PLANS[index]
        exposure, uptake = town.persons @ reference_uptake(plan), uptake_factor(plan, months, window)
        steps = {}
        for before, year in itertools.pairwise(full_years):
            now, then = months // 12 == year, months // 12 == before
            steps[str(year)] = {
                "demography": round(float(np.log(exposure[now].mean() / exposure[then].mean())), 6),
                "uptake": round(float(np.log(uptake[now].mean() / uptake[then].mean())), 6),
                "unit_cost_above_index": round(plan.cost_trend + _hours_step(plan, year, window.end_year), 6),
                "price_index": round(float(np.log(index_level(year) / index_level(before))), 6),
            }
        found[plan.key] = steps
    return found


def _hours_step(plan: ServicePlan, year: int, last: int) -> float:
    return float(np.log1p(HOURS_STEPS[plan.key])) if plan.key in HOURS_STEPS and year == last else 0.0


def _not_yet_posted(town: Town) -> dict[str, dict[str, float]]:
    """Authority amounts of service months of the window that are posted after it: what completion must find."""
    authority = set(load_catalogue().authority_expense_types)
    rows = town.postings[
        (town.postings["plan"] >= 0) & (town.postings["account_class"] == 1) & town.postings["art"].isin(authority)
    ]
    rows = rows[rows["month"].between(town.window.start, town.window.end) & (rows["posted"] > town.window.last_day)]
    service = np.array([plan.key for plan in PLANS])[rows["plan"]]
    kroner = rows["ore"].to_numpy() / 100
    by_art = pd.Series(kroner).groupby(rows["art"].to_numpy()).sum()
    by_service = pd.Series(kroner).groupby(service).sum()
    return {
        "by_expense_type": {str(art): round(float(value), 2) for art, value in by_art.items()},
        "by_service": {str(key): round(float(value), 2) for key, value in by_service.items()},
    }


def _turning_18(town: Town) -> int:
    cases = town.priced.cases
    care = cases["plan"].isin([i for i in _OWN if PLANS[i].key in {"plejefamilie", "boernehjem", "opholdssted", "eget_vaerelse"}])
    turns = cases["birth"] + 18 * 12
    last = np.minimum(cases["end"].to_numpy(), town.window.last_day)
    inside = (
        care
        & turns.between(town.window.start, town.window.end)
        & (month_of(cases["start"].to_numpy()) < turns)
        & (month_of(last) >= turns - 1)
    )
    return int(cases.loc[inside, "citizen"].nunique())


def _own_institutions(town: Town) -> dict[str, dict[str, float]]:
    """Full-time places of own institutions in the last 12 months by service: own citizens, sold, built, and how full."""
    cases, months = town.priced.cases, town.priced.months
    sells = {plan.key for plan in PLANS if plan.sold}
    rows = months[(months["month"] >= town.window.start) & (cases["provider"].to_numpy()[months["case"]] == 0)]
    key = np.array([plan.key for plan in PLANS])[cases["plan"].to_numpy()[rows["case"]]]
    sold = cases["sold"].to_numpy()[rows["case"]]
    rows = rows.assign(key=key, places=rows["days"] / days_in(rows["month"].to_numpy()), sold=sold)
    found = {}
    for service, part in rows[rows["key"].isin(sells)].groupby("key"):
        monthly = part.groupby("month")["places"].sum()
        recent = part[part["month"] > town.window.end - 12]
        built = float(np.ceil(monthly.max()))
        found[str(service)] = {
            "own_citizens": round(float(recent.loc[~recent["sold"], "places"].sum()) / 12, 2),
            "sold": round(float(recent.loc[recent["sold"], "places"].sum()) / 12, 2),
            "places": built,
            "occupancy": round(float(recent["places"].sum()) / 12 / built, 4),
        }
    return found
