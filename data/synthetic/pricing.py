"""Providers, prices and hours of the cases: price rows with yearly rates and new decisions, and what each month costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from data.reference.catalogue import load_catalogue
from data.reference.opening_days import is_open
from data.synthetic.calendar import Window, days_in, first_day, month_of
from data.synthetic.caseload import HOURS_STEPS, Caseload
from data.synthetic.plan import ANCHOR_YEAR, OPENING_DAYS, PLANS, index_level
from data.synthetic.seeds import generator, spread_normals

_CALENDAR_FROM = date(1990, 1, 1).toordinal() - date(1970, 1, 1).toordinal()
PROVIDER_TYPES = ("own", "municipality", "region", "private")
BARNETS_LOV = 2024 * 12  # month number from which new decisions on children follow Barnets Lov
DECISION_MONTHS = 34  # mean months between new decisions
DECISION_SIGMA = 0.16  # spread of log price (or log hours) from one decision to the next; the mean stays
PROVIDER_COST = np.array([0.97, 1.0, 1.05, 1.02])
SPECIAL_FACTOR = 2.3


@dataclass(frozen=True)
class Priced:
    """The caseload with prices.

    Attributes:
        cases: One row per case: plan, citizen, birth, start, end, provider (0..3), provider_no, art, word_old, word_new, sold.
        rows: One row per case and price period: case, from_day, to_day, price_ore (øre per unit), hours, word, recorded.
        months: One row per price row and month it runs: row, case, month, days, units, ore (list price of the month, øre).
    """

    cases: pd.DataFrame
    rows: pd.DataFrame
    months: pd.DataFrame


def price_cases(caseload: Caseload, window: Window, *, seed: int, municipality: str) -> Priced:
    """Give every case a provider and prices, and count what each month costs.

    Args:
        caseload: Simulated cases.
        window: Months the sample covers.
        seed: The sample's seed.
        municipality: Authority code, part of the seed's labels.

    Returns:
        Cases, price rows and case-months.
    """
    cases = _with_providers(caseload, seed=seed, municipality=municipality)
    base, hours = _base_prices(cases, window, seed=seed, municipality=municipality)
    rng = generator(seed, municipality, "decisions")
    rows = _price_periods(cases, window, rng)
    rows["price_ore"] = _prices(cases, rows, base)
    rows["hours"] = _hours(cases, rows, hours, window)
    rows["word"] = _words(cases, rows)
    rows["recorded"] = _recorded(rows, rng)
    return Priced(cases, rows, _case_months(cases, rows, window))


def _with_providers(caseload: Caseload, *, seed: int, municipality: str) -> pd.DataFrame:
    rng = generator(seed, municipality, "providers")
    n = len(caseload.plan)
    mix = np.array([plan.mix for plan in PLANS])[caseload.plan]
    years = np.clip((month_of(caseload.start) - (ANCHOR_YEAR * 12 + 11)) / 12, -12, 5)
    shift = np.array([plan.mix_trend for plan in PLANS])[caseload.plan] * years
    mix = np.column_stack([mix[:, 0] + shift, mix[:, 1:] - (shift / 3)[:, None] * (mix[:, 1:] > 0)]).clip(0)
    cumulated = (mix / mix.sum(axis=1, keepdims=True)).cumsum(axis=1)
    provider = (rng.random(n)[:, None] > cumulated[:, :3]).sum(axis=1)
    person = (provider == 3) & (rng.random(n) < np.array([plan.person_share for plan in PLANS])[caseload.plan])
    pool = np.array([max(round(plan.stock * (1 - plan.mix[0]) / 6), 2) for plan in PLANS])[caseload.plan]
    number = np.where(person, np.arange(n), (rng.random(n) ** 1.6 * pool).astype(int))
    old, new = _law_words(caseload.plan, rng)
    return pd.DataFrame(
        {
            "plan": caseload.plan,
            "citizen": caseload.citizen,
            "birth": caseload.birth,
            "start": caseload.start,
            "end": caseload.end,
            "provider": provider,
            "person": person,
            "provider_no": number,
            "art": np.select([provider == 0, provider == 1, provider == 2, person], ["91", "47", "48", "52"], "40"),
            "word_old": old,
            "word_new": new,
            "sold": np.array([plan.sold for plan in PLANS])[caseload.plan],
        }
    )


def _law_words(plan: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    catalogue, pick = load_catalogue(), rng.random(len(plan))
    old, new = np.empty(len(plan), dtype=object), np.empty(len(plan), dtype=object)
    for index, service in enumerate(PLANS):
        words = catalogue.by_key(service.key).paragraphs
        before = [word for word in words if not word.startswith("BL-")]
        after = [word for word in words if word.startswith("BL-")] or before
        at = plan == index
        old[at] = np.array(before)[(pick[at] * len(before)).astype(int)]
        new[at] = np.array(after)[(pick[at] * len(after)).astype(int)]
    return old, new


def _base_prices(cases: pd.DataFrame, window: Window, *, seed: int, municipality: str) -> tuple[np.ndarray, np.ndarray]:
    """Price (DKK per unit, level of the anchor year's end) and hours per week of each case."""
    plan = cases["plan"].to_numpy()
    price, hours = np.zeros(len(cases)), np.full(len(cases), np.nan)
    for index, service in enumerate(PLANS):
        at = np.flatnonzero(plan == index)
        rng = generator(seed, municipality, "price", service.key, "sold" if service.sold else "own")
        special = np.where(rng.random(len(at)) < service.special, SPECIAL_FACTOR, 1.0)
        price[at] = service.price * np.exp(service.sigma * spread_normals(len(at), rng)) * special
        if service.hours:
            hours[at] = service.hours * np.exp(service.hours_sigma * spread_normals(len(at), rng))
    factor = np.where(cases["person"], 1.0, PROVIDER_COST[cases["provider"]])
    earlier = np.clip(int(first_day(window.start)) - cases["start"].to_numpy(), 0, None) / 30.4 / DECISION_MONTHS
    steps = generator(seed, municipality, "earlier decisions").normal(0, 1, len(cases))
    grown = np.exp(DECISION_SIGMA * np.sqrt(earlier) * steps - DECISION_SIGMA**2 / 2 * earlier)
    hourly = hours > 0
    return np.where(hourly, price, price * grown) * factor, np.clip(np.where(hourly, hours * grown, hours), 0.5, 160)


def _price_periods(cases: pd.DataFrame, window: Window, rng: np.random.Generator) -> pd.DataFrame:
    """Break each case at 1 January and at new decisions, from the January of the window's first year on."""
    first = int(first_day(window.start_year * 12))
    last = np.minimum(cases["end"].to_numpy(), window.last_day)
    shown_from = np.maximum(cases["start"].to_numpy(), first)
    months = (month_of(last) - month_of(shown_from)).clip(0)
    case = np.repeat(np.arange(len(cases)), months)
    offset = np.arange(len(case)) - np.repeat(np.cumsum(months) - months, months) + 1
    month = month_of(shown_from)[case] + offset
    decision = rng.random(len(case)) < 1 / DECISION_MONTHS
    january = month % 12 == 0
    keep = decision | january
    n_first = np.arange(len(cases))
    shown = cases["start"].to_numpy() >= first
    rows = pd.concat(
        [
            pd.DataFrame({"case": n_first, "from_day": shown_from, "decision": shown, "rate": ~shown}),
            pd.DataFrame(
                {"case": case[keep], "from_day": first_day(month[keep]), "decision": decision[keep], "rate": january[keep]}
            ),
        ]
    )
    rows = rows[rows["from_day"].to_numpy() <= last[rows["case"]]]
    rows = rows.sort_values(["case", "from_day"], kind="stable").reset_index(drop=True)
    following = rows["from_day"].shift(-1).to_numpy()
    same = (rows["case"].shift(-1) == rows["case"]).to_numpy()
    rows["to_day"] = np.where(same, np.nan_to_num(following) - 1, last[rows["case"]]).astype(np.int64)
    rows["first"] = ~rows["case"].duplicated()
    step = np.where(rows["decision"] & ~rows["first"], rng.normal(-(DECISION_SIGMA**2) / 2, DECISION_SIGMA, len(rows)), 0.0)
    rows["step"] = pd.Series(step).groupby(rows["case"]).cumsum()
    decided = rows["from_day"].where(rows["decision"])
    begun = np.where(rows["first"] & ~rows["decision"], cases["start"].to_numpy()[rows["case"]], decided)
    rows["decided"] = pd.Series(begun).groupby(rows["case"]).ffill().astype(np.int64)
    return rows


def _prices(cases: pd.DataFrame, rows: pd.DataFrame, base: np.ndarray) -> np.ndarray:
    year = (month_of(rows["from_day"].to_numpy()) // 12).astype(int)
    levels = {y: index_level(y) for y in range(int(year.min()), int(year.max()) + 1)}
    trend = np.array([plan.cost_trend for plan in PLANS])[cases["plan"].to_numpy()[rows["case"]]]
    hourly = np.array([plan.hours > 0 for plan in PLANS])[cases["plan"].to_numpy()[rows["case"]]]
    step = np.where(hourly, 0.0, rows["step"])
    price = base[rows["case"]] * np.exp(step + trend * (year - ANCHOR_YEAR)) * np.array([levels[y] for y in year])
    return np.where(price < 1000, np.rint(price * 2) * 50, np.rint(price) * 100).astype(np.int64)


def _hours(cases: pd.DataFrame, rows: pd.DataFrame, hours: np.ndarray, window: Window) -> np.ndarray:
    value = hours[rows["case"]] * np.exp(rows["step"].to_numpy())
    plan = cases["plan"].to_numpy()[rows["case"]]
    since = rows["from_day"].to_numpy() >= int(first_day(window.end_year * 12))
    for index, service in enumerate(PLANS):
        if service.key in HOURS_STEPS:
            value = np.where((plan == index) & since, value * (1 + HOURS_STEPS[service.key]), value)
    return np.round(np.clip(value, 0.5, 168), 2)


def _words(cases: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Old cases keep Serviceloven's words until a new decision; Barnets Lov holds for decisions from 2024."""
    case = rows["case"].to_numpy()
    age = (month_of(rows["from_day"].to_numpy()) - cases["birth"].to_numpy()[case]) // 12
    new = rows["decided"].to_numpy() >= int(first_day(BARNETS_LOV))
    adult_word = np.array([plan.key == "ledsageordning" for plan in PLANS])[cases["plan"].to_numpy()[case]] & (age >= 18)
    return np.where(new & ~adult_word, cases["word_new"].to_numpy()[case], cases["word_old"].to_numpy()[case])


def _recorded(rows: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Day on which the system knew the row: some before it begins, most within weeks, a few months late."""
    n = len(rows)
    early = -rng.integers(1, 45, n)
    late = np.exp(rng.normal(2.6, 1.0, n)).astype(int).clip(0, 240)
    lag = np.where(rng.random(n) < 0.45, early, late)
    lag = np.where(rows["rate"] & ~rows["decision"], rng.integers(-25, 20, n), lag)
    return rows["from_day"].to_numpy() + lag


def _case_months(cases: pd.DataFrame, rows: pd.DataFrame, window: Window) -> pd.DataFrame:
    begin = month_of(rows["from_day"].to_numpy())
    count = month_of(rows["to_day"].to_numpy()) - begin + 1
    row = np.repeat(np.arange(len(rows)), count)
    month = begin[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    first, length = first_day(month), days_in(month)
    begins = np.maximum(rows["from_day"].to_numpy()[row], first)
    ends = np.minimum(rows["to_day"].to_numpy()[row], first + length - 1)
    case = rows["case"].to_numpy()[row]
    units = billed_units(cases["plan"].to_numpy()[case], begins, ends, length, rows["hours"].to_numpy()[row])
    ore = np.rint(units * rows["price_ore"].to_numpy()[row]).astype(np.int64)
    found = pd.DataFrame({"row": row, "case": case, "month": month, "days": ends - begins + 1, "units": units, "ore": ore})
    return found[found["month"] <= window.end].reset_index(drop=True)


def billed_units(plan: np.ndarray, begins: np.ndarray, ends: np.ndarray, length: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Priced units of parts of months: days, opening days, months in proportion, or hours.

    Args:
        plan: (n,) index into ``PLANS``.
        begins: (n,) first day, both days included.
        ends: (n,) last day, in the same month.
        length: (n,) days of that month.
        hours: (n,) hours per week, NaN where not priced by the hour.

    Returns:
        (n,) units.
    """
    unit = np.array([load_catalogue().by_key(item.key).price_unit for item in PLANS])[plan]
    opening = np.array([item.key in OPENING_DAYS for item in PLANS])[plan]
    days = ends - begins + 1
    opened = _opened_before()
    open_days = opened[ends + 1 - _CALENDAR_FROM] - opened[begins - _CALENDAR_FROM]
    return np.select([opening, unit == "day", unit == "month"], [open_days, days, days / length], np.nan_to_num(hours) * days / 7)


@cache
def _opened_before() -> np.ndarray:
    """Opening days before each day from 1990 on."""
    first, last = date(1990, 1, 1).toordinal(), date(2056, 1, 1).toordinal()
    return np.cumsum([0, *(is_open(date.fromordinal(day)) for day in range(first, last))])
