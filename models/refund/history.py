"""The refund of history: what every citizen cost, brought to the ledger's level, and what of it the state refunds.

**Cost basis.** List cost of cases (price times units), scaled per service and month to the ledger's completed gross
(``actual_months.gross_ultimate_nominal``) where both exist. A month whose scale lies outside 1/2 to 2 would make citizens
expensive by a lump in the ledger: there the service's calendar year is scaled as one; where that too lies outside, list cost
stands, and both are said. Gross without any case (services known from the ledger alone) rests on no citizen: no refund of it.

**Order.** Citizens are numbered by their keys, and no figure may depend on keys: amounts are whole numbers of 1/10,000 krone
from the start, so that sums are exact in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.refund.formula import (
    MONTHS_OF_A_YEAR,
    Citizens,
    Households,
    Thresholds,
    refund_tiers,
    shared_households,
    thresholds_of,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from data.reference.refund import RefundReference
    from models.types import Array

    Places = npt.NDArray[np.int64]

GRAINS = 10_000.0
"""Parts of a krone in which amounts are whole."""
_NEAR = (0.5, 2.0)


@dataclass(frozen=True)
class RefundRules:
    """The reference, told in the run's services.

    Attributes:
        reference: Thresholds and rules.
        counting: Services that count.
        half: Services whose cost is refunded in part, apart.
        aftercare: Services that are aftercare for those no longer children.
    """

    reference: RefundReference
    counting: frozenset[str]
    half: frozenset[str]
    aftercare: frozenset[str]

    @property
    def half_share(self) -> float:
        """Share of the cost of ``half`` that the state refunds."""
        return self.reference.half_refund_pct / 100.0


@dataclass(frozen=True)
class CitizenMonths:
    """Citizens' cost that counts, by entry (one citizen, service and month) and by citizen. E entries, T months, N citizens.

    Amounts in whole 1/10,000 of a krone, nominal. In memory only.

    Attributes:
        services: (S,) keys.
        months: (T,) every month of history.
        service: (E,) place in ``services``.
        month: (E,) place in ``months``.
        citizen: (E,) number.
        gross: (E,) cost that counts, covered or not, before anything is deducted.
        net: (E,) the same less what the citizen pays and the half refund; 0 where the citizen is not covered.
        total: (T, N) net cost of each citizen.
        judged: (T, N) net cost by which each is judged: children of one household by their sum.
        facts: Who is child, covered, of which household.
        thresholds: Of the same months.
    """

    services: tuple[str, ...]
    months: pd.DatetimeIndex
    service: Places
    month: Places
    citizen: Places
    gross: Array
    net: Array
    total: Array
    judged: Array
    facts: Citizens
    thresholds: Thresholds

    def by_citizen(self, values: Array) -> Array:
        """(T, N) sum of an entry's values per month and citizen."""
        months, people = self.total.shape
        return _summed(self.month * people + self.citizen, values, (months, people))

    def limits(self) -> tuple[Array, Array]:
        """(K, T, N) limits in 1/10,000 of a krone, and rates, of every citizen."""
        limits, rates = self.thresholds.of(self.facts.child)
        return limits * GRAINS, rates


def ledger_scale(volume: pd.DataFrame, history: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By how much list cost is multiplied to be what the ledger says.

    Args:
        volume: Extract: service, month, list_cost_nominal (any finer grain is added up).
        history: service, month, gross_ultimate_nominal.

    Returns:
        service, month, scale; and service, months of the service-months that the month itself could not scale, with by
        (``year`` or ``list``).
    """
    listed = volume.groupby(["service", "month"])["list_cost_nominal"].sum().rename("listed")
    booked = history.set_index(["service", "month"])["gross_ultimate_nominal"].astype(float).rename("booked")
    both = pd.concat([listed, booked], axis=1, join="inner").dropna().reset_index()
    both = both[both["listed"] > 0]
    years = both.groupby(["service", both["month"].dt.year])[["listed", "booked"]].transform("sum")
    month, year = both["booked"] / both["listed"], years["booked"] / years["listed"]
    by = np.where(month.between(*_NEAR), "month", np.where(year.between(*_NEAR), "year", "list"))
    scale = np.select([by == "month", by == "year"], [month, year], 1.0)
    scaled = both[["service", "month"]].assign(scale=scale)
    odd = both.assign(by=by)[by != "month"].groupby(["service", "by"]).size().rename("months").reset_index()
    return scaled, odd


def citizen_months(rows: pd.DataFrame, scale: pd.DataFrame, months: pd.DatetimeIndex, rules: RefundRules) -> CitizenMonths:
    """Lay citizens' cost out by month, net of what does not count.

    Args:
        rows: Extract ``CitizenCosts.rows``.
        scale: service, month, scale; 1 where it has no row.
        months: (T,) months of history.
        rules: Which services count, and how.
    """
    kept = rows[rows["service"].isin(sorted(rules.counting)) & rows["month"].isin(months)].reset_index(drop=True)
    services = tuple(sorted(kept["service"].astype(str).unique()))
    found = kept.merge(scale, on=["service", "month"], how="left")
    factor = found["scale"].astype(float).fillna(1.0).to_numpy()
    place = pd.Index(services).get_indexer(pd.Index(found["service"].astype(str)))
    left = np.where([key in rules.half for key in services], 1.0 - rules.half_share, 1.0)[place] if services else np.zeros(0)
    running, once = (_whole(found[name].to_numpy(dtype=float) * factor) for name in ("running_nominal", "once_nominal"))
    paid = _whole(found["income_nominal"].to_numpy(dtype=float))
    gross = np.concatenate([running, np.rint(_spread(once) / MONTHS_OF_A_YEAR)])
    net = np.concatenate([np.clip(running - paid, 0.0, None) * left, np.rint(_spread(once) / MONTHS_OF_A_YEAR) * _spread(left)])
    month = np.concatenate([_month_number(found["month"]), _months_of_the_year(found["month"])]) - _month_number(months[:1])[0]
    inside = (month >= 0) & (month < len(months)) & (gross > 0)
    picked = [
        np.concatenate([values, _spread(values)])[inside].astype(np.int64) for values in (place, found["citizen"].to_numpy())
    ]
    return _assembled(kept, services, months, (picked[0], month[inside], picked[1]), (gross[inside], np.rint(net)[inside]), rules)


def _summed(flat: Places, values: Array, shape: tuple[int, int]) -> Array:
    """Sums by place in a table of that shape; exact where the values are whole."""
    return np.bincount(flat, weights=values, minlength=shape[0] * shape[1]).astype(np.float64).reshape(shape)


def _whole(kroner: Array) -> Array:
    return np.asarray(np.rint(kroner * GRAINS))


def _spread(values: Array) -> Array:
    return np.repeat(values, MONTHS_OF_A_YEAR)


def _month_number(months: pd.Series[pd.Timestamp] | pd.DatetimeIndex) -> Places:
    stamps = pd.DatetimeIndex(months)
    return np.asarray(stamps.year * MONTHS_OF_A_YEAR + stamps.month - 1, dtype=np.int64)


def _months_of_the_year(months: pd.Series[pd.Timestamp]) -> Places:
    """Every month of each row's year, twelve a row."""
    january = _month_number(months) // MONTHS_OF_A_YEAR * MONTHS_OF_A_YEAR
    return (january[:, None] + np.arange(MONTHS_OF_A_YEAR)[None, :]).ravel()


def _assembled(
    rows: pd.DataFrame,
    services: tuple[str, ...],
    months: pd.DatetimeIndex,
    places: tuple[Places, Places, Places],
    amounts: tuple[Array, Array],
    rules: RefundRules,
) -> CitizenMonths:
    service, month, citizen = places
    people = rows.drop_duplicates("citizen").set_index("citizen").sort_index()
    number = pd.Index(people.index).get_indexer(pd.Index(citizen)).astype(np.int64)
    facts = _facts(people, services, months, (service, month, number), rules)
    gross, net = amounts
    net = net * facts.covered[month, number]
    shape = (len(months), len(people))
    total = _summed(month * shape[1] + number, net, shape)
    judged = Households(facts).judged(total)
    thresholds = thresholds_of(months, rules.reference)
    return CitizenMonths(services, months, service, month, number, gross, net, total, judged, facts, thresholds)


def _facts(
    people: pd.DataFrame,
    services: tuple[str, ...],
    months: pd.DatetimeIndex,
    places: tuple[Places, Places, Places],
    rules: RefundRules,
) -> Citizens:
    """Who is a child (or in aftercare) and covered in which month."""
    service, month, number = places
    reference = rules.reference
    born = _month_number(pd.DatetimeIndex(people["birth_month"]))
    age = (_month_number(months)[:, None] - born[None, :]) // MONTHS_OF_A_YEAR
    cared = np.zeros(age.shape, dtype=bool)
    of_aftercare = np.array([key in rules.aftercare for key in services], dtype=bool)
    mine = of_aftercare[service] if services else np.zeros(0, dtype=bool)
    cared[month[mine], number[mine]] = True
    low, high = reference.aftercare_ages
    cared &= (age >= low) & (age <= high) & (months.year.to_numpy() >= reference.aftercare_from_year)[:, None]
    covered = (age < reference.covered_below_age) | people["before_67"].to_numpy(dtype=bool)[None, :]
    return Citizens((age < 18) | cared, covered, people["household"].to_numpy(dtype=np.int64))


@dataclass(frozen=True)
class RefundByService:
    """Refund cut to services in proportion to their share of each citizen's net cost. S services, T months, K tiers.

    Attributes:
        amount: (S, T, K) currency, nominal.
        entries: (K, E) the same by entry, whole 1/10,000 of a krone: in memory only.
    """

    amount: Array
    entries: Array


def refund_by_service(known: CitizenMonths) -> RefundByService:
    """Work out the refund of every citizen and month, and cut it to the services that made it.

    Returns:
        Parts sum exactly (in whole 1/10,000 of a krone) whichever way they are added.
    """
    limits, rates = known.limits()
    tiers = refund_tiers(known.judged, limits, rates)
    judged = known.judged[known.month, known.citizen]
    share = np.divide(known.net, judged, out=np.zeros_like(known.net), where=judged > 0)
    entries = np.rint(tiers[:, known.month, known.citizen] * share)
    shape = (len(known.services), len(known.months))
    flat = known.service * shape[1] + known.month
    sums = [_summed(flat, tier, shape) for tier in entries]
    return RefundByService(np.stack(sums, axis=-1) / GRAINS, entries)


def families(known: CitizenMonths) -> Places:
    """(N,) whom a figure counts as one: children of one household, at all times, else the citizen.

    Strict on purpose: several children of one family are one for suppression, also after one of them turned 18.
    """
    household = known.facts.household
    ever_child = np.where(known.facts.child.any(axis=0), household, -1)
    members, _, _ = shared_households(ever_child)
    found = np.arange(len(household)) + household.max(initial=0) + 1
    found[members] = household[members]
    return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.int64)
