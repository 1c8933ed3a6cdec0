"""Complete the youngest service months for invoices that have not come yet (DESIGN 4.1).

A plain chain ladder per kind of payee (volume-weighted, monthly by monthly) gives the share of a service month's bill that is in
the ledger after 0, 1, 2 ... months. Where less than 80 % is, the observed part is multiplied by more than 1.25 and the result is
unsteady: there Bornhuetter-Ferguson adds the missing share of an a-priori bill instead (active cases x price, at the ratio of
bill to list cost of the service's 12 newest ripe months; without cases the mean bill of those months).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.drivers.chain_ladder import fit_chain_ladder

if TYPE_CHECKING:
    from models.drivers.population import Notice
    from models.types import Array

PAYEE_KINDS = ("internal", "municipality", "person", "private", "region")
DEVELOPMENT_MONTHS = 36
"""Postings later than this many months after the service month are taken to be in with the last of them."""
FITTED_MONTHS = 72
"""Service months that the pattern is learnt from: 36 that are over and 36 on their way."""
RIPE_SHARE = 0.8
"""Bornhuetter-Ferguson below this developed share, chain ladder from it on."""
_RIPE_MONTHS = 12
_SHORTEST = 6
_THIN_ORIGINS = 12
_DEVELOPED_BOUNDS = (0.02, 1.25)


@dataclass(frozen=True)
class Completion:
    """Reported and ultimate authority gross.

    Attributes:
        by_payee: service, payee_kind, month, reported, ultimate, ibnr, standard_error: postings with a known service month.
        by_service: service, month, reported, ultimate, ibnr, standard_error: dense, with those whose service month is not known.
        pattern: payee_kind, lag (months), developed (share).
        notices: What the reader must know.
    """

    by_payee: pd.DataFrame
    by_service: pd.DataFrame
    pattern: pd.DataFrame
    notices: tuple[Notice, ...]


def complete(
    triangle: pd.DataFrame, list_cost: pd.DataFrame, *, services: tuple[str, ...], months: pd.DatetimeIndex
) -> Completion:
    """Complete every service month of history.

    Args:
        triangle: service, payee_kind, known, service_month, posted_month, amount: authority gross. A row whose ``known`` is false
            has no service month of its own: it is counted where it stands and teaches no pattern.
        list_cost: service, month, list_cost_nominal (active cases x price), may be empty.
        services: (S,) services wanted, in order.
        months: (T,) first days, consecutive, the last is the cutoff.

    Returns:
        Reported, ultimate, ibnr and its standard error. Without any service month nothing is completed, which is said.
    """
    amounts = _grid(triangle[triangle["known"]], services, months)
    unknown = _unknown_grid(triangle[~triangle["known"]], services, months)
    if not triangle["known"].any() or len(months) < _SHORTEST:
        zero = np.zeros(amounts.shape[:3])
        reported = amounts.sum(axis=3)
        return _result(reported, reported, zero, unknown, services, months, _flat_pattern(), (_not_completed(triangle),))
    developed, errors, notices = _fit_by_payee(amounts)
    reported = amounts.sum(axis=3)
    share = developed[:, _ages(len(months))]
    ultimate, errors = _ultimates(reported, share, _cost_grid(list_cost, services, months), errors)
    pattern = pd.DataFrame(
        {
            "payee_kind": np.repeat(PAYEE_KINDS, developed.shape[1]),
            "lag": np.tile(np.arange(developed.shape[1]), len(PAYEE_KINDS)),
            "developed": developed.ravel(),
        }
    )
    weight = np.clip(ultimate, 0.0, None)
    total = weight.sum(axis=0, keepdims=True)
    spread = np.sqrt(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0))
    return _result(reported, ultimate, spread * errors, unknown, services, months, pattern, tuple(notices))


def _ages(n_months: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(T,) development months already seen, at most the last one."""
    return np.minimum(np.arange(n_months - 1, -1, -1), DEVELOPMENT_MONTHS - 1)


def _grid(rows: pd.DataFrame, services: tuple[str, ...], months: pd.DatetimeIndex) -> Array:
    """(S, K, T, D) amounts by service, payee, service month and lag."""
    grid = np.zeros((len(services), len(PAYEE_KINDS), len(months), DEVELOPMENT_MONTHS))
    service = pd.Index(services).get_indexer(pd.Index(rows["service"]))
    month = months.get_indexer(pd.DatetimeIndex(rows["service_month"]))
    payee = pd.Index(PAYEE_KINDS).get_indexer(pd.Index(rows["payee_kind"]))
    lag = np.clip(_months_between(rows["service_month"], rows["posted_month"]), 0, DEVELOPMENT_MONTHS - 1)
    kept = (service >= 0) & (month >= 0) & (payee >= 0)
    np.add.at(grid, (service[kept], payee[kept], month[kept], lag[kept]), rows["amount"].to_numpy(dtype=float)[kept])
    return grid


def _months_between(first: pd.Series, last: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    later = last.dt.year.to_numpy(dtype=np.int64) * 12 + last.dt.month.to_numpy(dtype=np.int64)
    return np.asarray(later - (first.dt.year.to_numpy(dtype=np.int64) * 12 + first.dt.month.to_numpy(dtype=np.int64)))


def _unknown_grid(rows: pd.DataFrame, services: tuple[str, ...], months: pd.DatetimeIndex) -> Array:
    """(S, T) amounts whose service month is not known, by accounting month."""
    grid = np.zeros((len(services), len(months)))
    service = pd.Index(services).get_indexer(pd.Index(rows["service"]))
    month = months.get_indexer(pd.DatetimeIndex(rows["service_month"]))
    kept = (service >= 0) & (month >= 0)
    np.add.at(grid, (service[kept], month[kept]), rows["amount"].to_numpy(dtype=float)[kept])
    return grid


def _cost_grid(list_cost: pd.DataFrame, services: tuple[str, ...], months: pd.DatetimeIndex) -> Array:
    """(S, T) list cost, NaN for a service without any."""
    grid = np.full((len(services), len(months)), np.nan)
    sums = list_cost.groupby(["service", "month"])["list_cost_nominal"].sum()
    for place, service in enumerate(services):
        if service in sums.index.get_level_values(0):
            grid[place] = sums[service].reindex(months, fill_value=0.0).to_numpy(dtype=float)
    return grid


def _fit_by_payee(amounts: Array) -> tuple[Array, Array, list[Notice]]:
    """Pattern (K, D) and standard error of the payee's sum (K, T); thin kinds borrow the pattern of all payees together."""
    n_months = amounts.shape[2]
    fitted_months = min(n_months, FITTED_MONTHS)
    n_lags = min(DEVELOPMENT_MONTHS, fitted_months)
    sums = amounts.sum(axis=0)[:, -fitted_months:, :n_lags]
    hidden = np.arange(n_lags)[None, :] > np.arange(fitted_months - 1, -1, -1)[:, None]
    sums = np.where(hidden[None], np.nan, sums)
    whole = fit_chain_ladder(sums.sum(axis=0))
    developed = np.ones((len(PAYEE_KINDS), DEVELOPMENT_MONTHS))
    errors = np.zeros((len(PAYEE_KINDS), n_months))
    notices: list[Notice] = []
    for place, kind in enumerate(PAYEE_KINDS):
        billed = np.nansum(sums[place], axis=1) > 0
        if not billed.any():
            developed[place, :n_lags] = whole.developed
        elif billed.sum() < _THIN_ORIGINS:
            developed[place, :n_lags] = whole.developed
            notices.append(_thin_payee(kind))
        else:
            own = fit_chain_ladder(sums[place])
            developed[place, :n_lags] = own.developed
            errors[place, -fitted_months:] = own.standard_error
    return np.clip(developed, *_DEVELOPED_BOUNDS), errors, notices


def _a_priori(ladder: Array, list_cost: Array, ripe: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Array:
    """(S, K, T) expected bill: list cost at the ratio of bill to list cost in the ripe months; without cases their mean bill."""
    bill = ladder[:, :, ripe].sum(axis=2)
    listed = list_cost[:, ripe].sum(axis=1)
    by_list = np.divide(bill, listed[:, None], out=np.full_like(bill, np.nan), where=(listed > 0)[:, None])
    prior = np.where(
        np.isfinite(by_list)[:, :, None],
        np.nan_to_num(by_list)[:, :, None] * np.nan_to_num(list_cost)[:, None, :],
        (bill / len(ripe))[:, :, None],
    )
    return np.asarray(np.clip(prior, 0.0, None))


def _ultimates(reported: Array, share: Array, list_cost: Array, errors: Array) -> tuple[Array, Array]:
    """Chain ladder where the month is ripe, Bornhuetter-Ferguson where it is not.

    The error of the latter takes the ladder's by the developed share and, by the missing one, how far the a-priori missed the
    ladder in the ripe months (root mean square, all services together).

    Args:
        reported: (S, K, T) in the ledger.
        share: (K, T) developed share.
        list_cost: (S, T), NaN without cases.
        errors: (K, T) Mack's standard error of the ladder.

    Returns:
        Ultimate (S, K, T) and standard error (K, T).
    """
    ladder = reported / share[None]
    ripe = np.nonzero(np.all(share >= RIPE_SHARE, axis=0))[0][-_RIPE_MONTHS:]
    if len(ripe) == 0:
        return ladder, errors
    prior = _a_priori(ladder, list_cost, ripe)
    expected, seen = prior.sum(axis=0), ladder.sum(axis=0)
    missed = np.divide(seen, expected, out=np.ones_like(seen), where=expected > 0)[:, ripe] - 1.0
    miss = np.sqrt((missed**2).mean(axis=1))
    blended = np.sqrt((share * errors) ** 2 + ((1.0 - share) * miss[:, None] * expected) ** 2)
    is_ripe = share >= RIPE_SHARE
    return (
        np.where(is_ripe[None], ladder, reported + prior * (1.0 - share[None])),
        np.where(is_ripe, errors, blended),
    )


def _result(
    reported: Array,
    ultimate: Array,
    errors: Array,
    unknown: Array,
    services: tuple[str, ...],
    months: pd.DatetimeIndex,
    pattern: pd.DataFrame,
    notices: tuple[Notice, ...],
) -> Completion:
    keys = pd.MultiIndex.from_product([services, PAYEE_KINDS, months], names=["service", "payee_kind", "month"])
    parts = {"reported": reported, "ultimate": ultimate, "ibnr": ultimate - reported, "standard_error": errors}
    by_payee = pd.DataFrame({name: values.ravel() for name, values in parts.items()}, index=keys).reset_index()
    sums = {
        "reported": reported.sum(axis=1) + unknown,
        "ultimate": ultimate.sum(axis=1) + unknown,
        "ibnr": (ultimate - reported).sum(axis=1),
        "standard_error": np.sqrt((errors**2).sum(axis=1)),
    }
    keys = pd.MultiIndex.from_product([services, months], names=["service", "month"])
    by_service = pd.DataFrame({name: values.ravel() for name, values in sums.items()}, index=keys).reset_index()
    return Completion(by_payee, by_service, pattern, notices)


def _flat_pattern() -> pd.DataFrame:
    lags = np.tile(np.arange(DEVELOPMENT_MONTHS), len(PAYEE_KINDS))
    return pd.DataFrame({"payee_kind": np.repeat(PAYEE_KINDS, DEVELOPMENT_MONTHS), "lag": lags, "developed": 1.0})


def _not_completed(triangle: pd.DataFrame) -> Notice:
    if triangle.empty:
        return (
            "no_postings",
            "run",
            "Der er ingen posteringer: udgiften er kildens egne beløb. Sene regninger og regnskabsår kan ikke vises.",
            "There are no postings: cost is the source's own amounts. Late invoices and accounting years can't be shown.",
        )
    if triangle["known"].any():
        return (
            "no_completion",
            "run",
            f"Under {_SHORTEST} måneders historik: de yngste måneder er ikke fyldt op for sene regninger.",
            f"Less than {_SHORTEST} months of history: the youngest months are not completed for late invoices.",
        )
    return (
        "no_completion",
        "run",
        "Posteringerne har ingen ydelsesmåned: de yngste måneder er ikke fyldt op for sene regninger.",
        "The postings have no service month: the youngest months are not completed for late invoices.",
    )


_PAYEES_DA = {
    "internal": "interne betalinger",
    "municipality": "betalinger til kommuner",
    "person": "betalinger til personer",
    "private": "betalinger til private",
    "region": "betalinger til regioner",
}


def _thin_payee(kind: str) -> Notice:
    return (
        "thin_payee",
        kind,
        f"Der er for få måneder med {_PAYEES_DA[kind]}: forsinkelsen er lånt fra alle betalinger under ét.",
        f"Too few months hold payments of the kind '{kind}': the delay is borrowed from all payments together.",
    )
