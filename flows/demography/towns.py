"""The series of the study: municipalities that move, what was known of them at the cutoff, and what came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.errors import WrongUse
from data.reference.catalogue import load_catalogue
from data.settings import Settings
from data.synthetic.calendar import Window, days_in, first_day
from data.synthetic.caseload import Caseload, simulate_caseload
from data.synthetic.cohorts import Town, carry_back, moving_town, official_projection
from data.synthetic.plan import PLANS
from data.synthetic.population import AGES, Counts, monthly_persons, synthetic_population
from data.synthetic.seeds import generator
from data.synthetic.stayers import CURVE_PLANS, ServiceTruth, draw_service
from models.drivers import build_exposure, build_population
from models.drivers.population import OLDEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WITHOUT, HAMILTON_PERRY, OFFICIAL, TRUE, MISTAKEN = "without", "hamilton_perry", "official", "true", "mistaken"
ARMS = (WITHOUT, HAMILTON_PERRY, OFFICIAL, TRUE, MISTAKEN)
HORIZON = 48
CUTOFF = 2015 * 12 + 11
"""December 2015: counts go to 1 January 2020, so all 48 months ahead have a true population."""
HISTORIES = (72, 84, 96, 108, 120)
_PROJECTED_YEARS = 6
"""The newest projection at the cutoff was made on the counts of 1 January 2015; the drivers move it onto those of 2016."""
_UNCOUNTED = pd.DataFrame(columns=["variant", "vintage", "date", "age", "persons"])


@dataclass(frozen=True)
class StudySeries:
    """One service of one municipality at one cutoff. T months of history, H ahead.

    Attributes:
        municipality: Authority code.
        service: Key.
        first_month: First day of the first month.
        history: (T,) volume known at the cutoff.
        actual: (H,) volume that came.
        exposures: Arm -> (T + H,) expected volume; ``without`` has none, ``mistaken`` is that of the next service's ages.
        label: Further words that make the series one of its kind (seed, cutoff).
    """

    municipality: str
    service: str
    first_month: pd.Timestamp
    history: np.ndarray
    actual: np.ndarray
    exposures: Mapping[str, np.ndarray] = field(default_factory=dict)
    label: str = ""

    @property
    def series_id(self) -> str:
        """Municipality, service and label in one word."""
        return "-".join(part for part in (self.municipality, self.service, self.label) if part)


def real_counts(file: Path) -> dict[str, Counts]:
    """Read every municipality's counted population.

    Args:
        file: csv or csv.gz with ``kommune,name,year,sex,age,population``.

    Returns:
        Authority code -> year -> (2, 106) men and women by age; islets of under 1,000 persons in all years are left out.

    Raises:
        WrongUse: The file has other columns.
    """
    rows = pd.read_csv(file, dtype={"kommune": str})
    if missing := {"kommune", "year", "sex", "age", "population"} - set(rows.columns):
        what = f"The population file lacks the columns {sorted(missing)}"
        raise WrongUse(what, where=file.name, remedy="Give kommune,name,year,sex,age,population")
    rows = rows.assign(age=rows["age"].clip(upper=AGES - 1), row=(rows["sex"] == "K").astype(int))
    found: dict[str, Counts] = {}
    for (code, year), part in rows.groupby(["kommune", "year"]):
        table = np.zeros((2, AGES))
        np.add.at(table, (part["row"].to_numpy(), part["age"].to_numpy()), part["population"].to_numpy())
        found.setdefault(str(code), {})[int(year)] = table
    return {code: years for code, years in found.items() if max(table.sum() for table in years.values()) >= 1000}


def synthetic_counts(codes: tuple[str, ...], *, seed: int) -> dict[str, Counts]:
    """Draw populations of the sample's kind for 2005 to 2020, for where no real counts are at hand."""
    window = Window(2006 * 12, 14 * 12)
    sizes = {code: float(np.exp(generator(seed, code, "study size").normal(0.2, 0.5))) for code in codes}
    return {code: synthetic_population(window, seed=seed, municipality=code, size=size) for code, size in sizes.items()}


def study_series(counts: dict[str, Counts], *, seed: int, towns: int) -> list[StudySeries]:
    """Draw municipalities that move, and what the pipeline knew of them at the cutoff.

    Args:
        counts: Populations to lay waves of births over, 2010 (or earlier) to 2020.
        seed: The study's seed.
        towns: How many municipalities; drawn without putting back, all over again when there are fewer.

    Returns:
        One series per municipality and service.
    """
    rng, codes = generator(seed, "study towns"), sorted(counts)
    chosen = [code for _ in range(-(-towns // len(codes))) for code in rng.permutation(codes)][:towns]
    found = []
    for place, code in enumerate(chosen):
        label = f"{place:03d}"
        own = generator(seed, label, "town")
        n_history = int(own.choice(HISTORIES))
        first = CUTOFF - n_history + 1
        known = carry_back({year: table for year, table in counts[code].items() if year <= 2020}, min(first // 12, 2010))
        known = {year: table for year, table in known.items() if year >= first // 12}
        town = moving_town(known, first_month=first, n_months=n_history + HORIZON, rng=own)
        projected = official_projection(town, base_year=2015, years=_PROJECTED_YEARS, rng=generator(seed, label, "office"))
        truths = [draw_service(plan, town, generator(seed, label, plan.key)) for plan in CURVE_PLANS]
        found += _known_series(str(code), label, town, truths, projected, n_history)
    return found


def _known_series(
    code: str, label: str, town: Town, truths: list[ServiceTruth], projected: dict[int, np.ndarray], n_history: int
) -> list[StudySeries]:
    first = _stamp(town.first_month)
    plans = [truth.plan for truth in truths]
    volume = pd.concat([_volume_rows(truth, town, n_history) for truth in truths], ignore_index=True)
    scopes = [(plan.key, plan.scope) for plan in plans]
    projection = _rows(projected).assign(variant="main", vintage=min(projected))
    ways = {HAMILTON_PERRY: _UNCOUNTED, OFFICIAL: projection}
    built = {
        arm: known_exposure(town.counts, projection, volume, scopes, first=first, n_history=n_history, n_ahead=HORIZON)
        for arm, projection in ways.items()
    }
    found = []
    for place, truth in enumerate(truths):
        key, other = truth.plan.key, plans[(place + 1) % len(plans)].key
        exposures = {arm: built[arm][key] for arm in ways} | {TRUE: truth.expected, MISTAKEN: built[HAMILTON_PERRY][other]}
        found.append(StudySeries(code, key, first, truth.volume[:n_history], truth.volume[n_history:], exposures, label))
    return found


def known_exposure(
    counts: dict[int, np.ndarray],
    projection: pd.DataFrame,
    volume: pd.DataFrame,
    scopes: list[tuple[str, tuple[int, int]]],
    *,
    first: pd.Timestamp,
    n_history: int,
    n_ahead: int,
) -> dict[str, np.ndarray]:
    """Build exposure with the pipeline's own drivers from what was known at the cutoff.

    Args:
        counts: Year -> (106,) counted persons; later years than the cutoff's end are not read.
        projection: variant, vintage, date, age, persons; empty: Hamilton-Perry.
        volume: service, month, age, volume: history only.
        scopes: Service and its ages, both ends included.
        first: First month.
        n_history: T.
        n_ahead: H.

    Returns:
        Service -> (T + H,) expected volume at reference uptake.
    """
    months = pd.date_range(first, periods=n_history + n_ahead, freq="MS")
    cutoff, last = months[n_history - 1], months[-1]
    population, _ = build_population(_rows(counts), projection, cutoff=cutoff, to_year=last.year + 1)
    services = pd.DataFrame(
        [(key, float(low), float(high)) for key, (low, high) in scopes], columns=["service", "age_from", "age_to"]
    )
    exposure = build_exposure(
        volume[volume["month"] <= cutoff],
        services,
        population,
        history_months=months[:n_history],
        ahead_months=months[n_history:],
        reference_months=Settings().reference_months,
        age_bands=load_catalogue().age_bands,
    )
    whole = np.concatenate([exposure.history, exposure.ahead["main"]], axis=1).sum(axis=2)
    return dict(zip(exposure.services, whole, strict=True))


def _rows(counts: Mapping[int, np.ndarray]) -> pd.DataFrame:
    """(date, age, persons), one row per year and age."""
    years = np.repeat(list(counts), AGES)
    return pd.DataFrame(
        {
            "date": pd.to_datetime([f"{year}-01-01" for year in years]),
            "age": np.tile(np.arange(AGES), len(counts)),
            "persons": np.concatenate([np.asarray(table, dtype=float) for table in counts.values()]),
        }
    )


def _volume_rows(truth: ServiceTruth, town: Town, n_history: int) -> pd.DataFrame:
    """(service, month, age, volume) of history, by completed age."""
    counts, ages = truth.counts[:n_history], town.ages[:n_history]
    month, cohort = np.nonzero(counts)
    rows = pd.DataFrame(
        {"month": month, "age": np.minimum(ages[month, cohort] // 12, OLDEST), "volume": counts[month, cohort].astype(float)}
    )
    rows = rows.groupby(["month", "age"], as_index=False)["volume"].sum()
    months = pd.date_range(_stamp(town.first_month), periods=n_history, freq="MS")
    return rows.assign(service=truth.plan.key, month=months[rows["month"].to_numpy()])


def _stamp(month: int) -> pd.Timestamp:
    return pd.Timestamp(year=month // 12, month=month % 12 + 1, day=1)


def sample_series(counts: Counts, *, municipality: str, seed: int, n_ahead: int) -> list[StudySeries]:
    """Series of the sample that ``opdrift sample --population`` draws on a real population, ten years to 2019-12.

    Its cases are the sample's own (same seed, same municipality); exposure is built from the counts up to the cutoff, carried on
    by Hamilton-Perry.

    Args:
        counts: Year -> (2, 106) real persons, 2010 to 2020.
        municipality: Authority code.
        seed: The sample's seed.
        n_ahead: H: the months before 2020-01 that the forecast must do without.
    """
    window = Window(2010 * 12, 120)
    size = float(counts[window.end_year].sum()) / 50_000
    persons = monthly_persons(counts, window)
    caseload = simulate_caseload(window, persons, generator(seed, municipality, "caseload"), size=size)
    keys = sorted({plan.key for plan in PLANS if not plan.sold and not plan.short})
    volume = pd.concat([_sample_volume(caseload, key, window) for key in keys], ignore_index=True)
    first, n_history = _stamp(window.start), window.months - n_ahead
    months = pd.date_range(first, periods=window.months, freq="MS")
    scopes = [(key, load_catalogue().by_key(key).ages) for key in keys]
    totals = {year: table.sum(axis=0) for year, table in counts.items()}
    built = known_exposure(totals, _UNCOUNTED, volume, scopes, first=first, n_history=n_history, n_ahead=n_ahead)
    found = []
    for key in keys:
        whole = volume[volume["service"] == key].groupby("month")["volume"].sum().reindex(months, fill_value=0.0).to_numpy()
        found.append(
            StudySeries(
                municipality, key, first, whole[:n_history], whole[n_history:], {HAMILTON_PERRY: built[key]}, f"{seed}-{n_ahead}"
            )
        )
    return found


def _sample_volume(caseload: Caseload, key: str, window: Window) -> pd.DataFrame:
    """(service, month, age, volume): person-days over the month's days of our own citizens, by completed age."""
    plans = [place for place, plan in enumerate(PLANS) if plan.key == key and not plan.sold]
    chosen = np.isin(caseload.plan, plans)
    start, end, birth = caseload.start[chosen], caseload.end[chosen], caseload.birth[chosen]
    parts = []
    for month in range(window.start, window.end + 1):
        begin, days = int(first_day(month)), int(days_in(month))
        held = np.clip(np.minimum(end, begin + days - 1) - np.maximum(start, begin) + 1, 0, days)
        some = held > 0
        age = np.clip((month - birth[some]) // 12, 0, OLDEST)
        volume = np.bincount(age, weights=held[some] / days, minlength=OLDEST + 1)
        known = np.flatnonzero(volume)
        parts.append(pd.DataFrame({"service": key, "month": _stamp(month), "age": known, "volume": volume[known]}))
    return pd.concat(parts, ignore_index=True)
