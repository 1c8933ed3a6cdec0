"""Complete the youngest service months for invoices that have not come yet (DESIGN 4.1).

A plain chain ladder per kind of payee (volume-weighted, monthly by monthly) gives the share of a service month's bill that is in
the ledger after 0, 1, 2 ... months. Where less than 80 % is, the observed part is multiplied by more than 1.25 and the result is
unsteady: there Bornhuetter-Ferguson adds the missing share of an a-priori bill instead (active cases x price, at the ratio of
bill to list cost of the service's 12 newest ripe months; without cases the mean bill of those months). What the cases say of
a service's month is then weighed against that by how far each has missed before (``case_bills``).

Where a kind of payee is found to invoice later or sooner than it did (``billing_speed``), its pattern is the one since the
change (``changed_pattern``), which is said; ``docs/completion.md`` tells the formulas and what they were measured to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.drivers.billing_speed import FEWEST_MONTHS, find_change
from models.drivers.case_bills import weigh_cases, with_cases
from models.drivers.chain_ladder import fit_chain_ladder
from models.drivers.changed_pattern import PAYEES_DA, changed_shares, pattern_since, slow_amount, speed_notice
from models.drivers.development import actual_against_expected, no_development
from models.drivers.standing import RIPE_SHARE, History, expected_bill, ripe_months, takes_ladder
from models.drivers.triangles import (
    DEVELOPED_BOUNDS,
    DEVELOPMENT_MONTHS,
    FITTED_MONTHS,
    PAYEE_KINDS,
    ages,
    amount_grid,
    cost_grid,
    undated_grid,
)

if TYPE_CHECKING:
    from models.drivers.billing_speed import SpeedChange
    from models.drivers.population import Notice
    from models.drivers.standing import Standing
    from models.types import Array

_SHORTEST = 6
_THIN_ORIGINS = 12


@dataclass(frozen=True)
class Completion:
    """Reported and ultimate authority gross.

    Attributes:
        by_payee: service, payee_kind, month, reported, ultimate, ibnr, standard_error: postings with a known service month.
        by_service: service, month, reported, ultimate, ibnr, standard_error: dense, with those whose service month is not known.
        pattern: payee_kind, lag (months), developed (share).
        notices: What the reader must know.
        development: payee_kind, month (of posting), actual, expected, standard_error, z of the 12 newest months.
        changes: Kind of payee -> change of invoicing speed.
    """

    by_payee: pd.DataFrame
    by_service: pd.DataFrame
    pattern: pd.DataFrame
    notices: tuple[Notice, ...]
    development: pd.DataFrame = field(default_factory=no_development)
    changes: dict[str, SpeedChange] = field(default_factory=dict)


@dataclass(frozen=True)
class _Fit:
    """Patterns by kind of payee: ``developed`` (K, D), ``share`` and ``errors`` of the payee's sum (K, T)."""

    developed: Array
    share: Array
    errors: Array
    notices: list[Notice]


def complete(
    triangle: pd.DataFrame,
    list_cost: pd.DataFrame,
    *,
    services: tuple[str, ...],
    months: pd.DatetimeIndex,
    case_error: pd.DataFrame | None = None,
    watch_speed: bool = True,
) -> Completion:
    """Complete every service month of history.

    Args:
        triangle: service, payee_kind, known, service_month, posted_month, amount: authority gross. A row whose ``known`` is false
            has no service month of its own: it is counted where it stands and teaches no pattern.
        list_cost: service, month, list_cost_nominal (active cases x price), may be empty.
        services: (S,) services wanted, in order.
        months: (T,) first days, consecutive, the last is the cutoff.
        case_error: service, month, completed, standard_error of case counts (``case_reports``); None: every case is known.
        watch_speed: Look for changes of invoicing speed; without it the plain ladder, to compare with.

    Returns:
        Reported, ultimate, ibnr and its standard error. Without any service month nothing is completed, which is said.
    """
    amounts = amount_grid(triangle[triangle["known"]], services, months)
    unknown = undated_grid(triangle[~triangle["known"]], services, months)
    reported = amounts.sum(axis=3)
    if not triangle["known"].any() or len(months) < _SHORTEST:
        zero = np.zeros(reported.shape)
        by_payee, by_service = _frames(reported, reported, zero, unknown, services, months)
        return Completion(by_payee, by_service, _pattern_frame(_flat()), (_not_completed(triangle),))
    history = History(amounts, cost_grid(list_cost, services, months))
    views = [history.standing(last) for last in range(len(months))]
    plain = _fit_by_payee(amounts)
    changes = _changes(history, views) if watch_speed else {}
    fit = _with_changes(plain, history, changes)
    ultimate, errors = _ultimates(reported, fit.share, history.list_cost, fit.errors)
    spread = _spread(ultimate) * errors
    cases = weigh_cases(history, views, _share_unsure(case_error, services, months))
    missing = np.clip(1.0 - fit.share, 0.0, None)[None] * np.clip(ultimate, 0.0, None)
    ultimate, spread = with_cases(ultimate, spread, missing, cases)
    bills = np.clip(ultimate.sum(axis=0), 0.0, None)
    told = [
        speed_notice(kind, change, slow_amount(bills[kind], _share_before(history, kind, change, fit), fit.share[kind]), months)
        for kind, change in changes.items()
    ]
    by_payee, by_service = _frames(reported, ultimate, spread, unknown, services, months)
    parted = [_parted_notice(service) for service, alone in zip(services, cases.parted, strict=True) if alone]
    short = [_speed_not_tested()] if len(months) < FEWEST_MONTHS else []
    return Completion(
        by_payee,
        by_service,
        _pattern_frame(fit.developed),
        (*fit.notices, *told, *short, *parted),
        actual_against_expected(history, views, months),
        {PAYEE_KINDS[kind]: change for kind, change in changes.items()},
    )


def _spread(ultimate: Array) -> Array:
    """(S, K, T) share of a payee's error that a service carries, so that the squares add up to it."""
    weight = np.clip(ultimate, 0.0, None)
    total = weight.sum(axis=0, keepdims=True)
    return np.asarray(np.sqrt(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)))


def _share_unsure(case_error: pd.DataFrame | None, services: tuple[str, ...], months: pd.DatetimeIndex) -> Array:
    """(S, T) standard error of case counts as a share of them; 0 where they are whole."""
    keys = pd.MultiIndex.from_product([services, months], names=["service", "month"])
    if case_error is None or case_error.empty:
        return np.zeros((len(services), len(months)))
    rows = case_error.set_index(["service", "month"])
    share = (rows["standard_error"] / rows["completed"]).reindex(keys).fillna(0.0)
    return share.to_numpy(dtype=float).reshape(len(services), len(months))


def _changes(history: History, views: list[Standing]) -> dict[int, SpeedChange]:
    """Kinds of payee whose invoicing speed has changed."""
    increments = np.diff(history.by_kind, axis=2, prepend=0.0)
    listed = bool(np.isfinite(history.list_cost).any())
    billed = [kind for kind in range(len(PAYEE_KINDS)) if (increments[kind].sum(axis=1) > 0).sum() >= _THIN_ORIGINS]
    found = {kind: find_change(increments[kind], views, kind, tested=len(PAYEE_KINDS), has_list_cost=listed) for kind in billed}
    return {kind: change for kind, change in found.items() if change is not None}


def _with_changes(fit: _Fit, history: History, changes: dict[int, SpeedChange]) -> _Fit:
    """The same patterns, moved where the speed has changed; their error takes that of the share that moved."""
    developed, share, errors = fit.developed.copy(), fit.share.copy(), fit.errors.copy()
    for kind, change in changes.items():
        before = history.standing(change.since - 1).developed[kind]
        developed[kind] = pattern_since(history.by_kind[kind], before, change)
        share[kind] = changed_shares(share[kind], developed[kind], change)
        reported = history.amounts[:, kind].sum(axis=(0, 2))
        usual = fit.share[kind]
        unsure = np.abs(usual - share[kind]) / max(change.share, 0.05) * change.share_error
        errors[kind] = np.hypot(errors[kind] * usual / share[kind], reported * unsure / share[kind] ** 2)
    return _Fit(developed, share, errors, fit.notices)


def _share_before(history: History, kind: int, change: SpeedChange, fit: _Fit) -> Array:
    """(T,) developed shares at the old speed: the pattern known before the change, in the service months that it touches."""
    before = history.standing(change.since - 1).developed[kind]
    return changed_shares(fit.share[kind], np.clip(before, *DEVELOPED_BOUNDS), change)


def _fit_by_payee(amounts: Array) -> _Fit:
    """Pattern and standard error by kind of payee; thin kinds borrow the pattern of all payees together."""
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
    developed = np.clip(developed, *DEVELOPED_BOUNDS)
    return _Fit(developed, developed[:, ages(n_months)], errors, notices)


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
    ripe = ripe_months(share)
    prior = expected_bill(ladder, list_cost, ripe)
    expected, seen = prior.sum(axis=0), ladder.sum(axis=0)
    missed = np.divide(seen, expected, out=np.ones_like(seen), where=expected > 0) - 1.0
    miss = np.sqrt((missed**2 * ripe).sum(axis=1) / np.maximum(ripe.sum(axis=1), 1))
    blended = np.sqrt((share * errors) ** 2 + ((1.0 - share) * miss[:, None] * expected) ** 2)
    by_ladder = takes_ladder(share, ripe)
    return (
        np.where(by_ladder[None], ladder, reported + prior * (1.0 - share[None])),
        np.where(by_ladder, errors, blended),
    )


def _frames(
    reported: Array, ultimate: Array, errors: Array, unknown: Array, services: tuple[str, ...], months: pd.DatetimeIndex
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By payee and by service, as ``Completion`` holds them."""
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
    return by_payee, pd.DataFrame({name: values.ravel() for name, values in sums.items()}, index=keys).reset_index()


def _flat() -> Array:
    return np.ones((len(PAYEE_KINDS), DEVELOPMENT_MONTHS))


def _pattern_frame(developed: Array) -> pd.DataFrame:
    lags = np.tile(np.arange(DEVELOPMENT_MONTHS), len(PAYEE_KINDS))
    kinds = np.repeat(PAYEE_KINDS, DEVELOPMENT_MONTHS)
    return pd.DataFrame({"payee_kind": kinds, "lag": lags, "developed": developed.ravel()})


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


def _parted_notice(service: str) -> Notice:
    return (
        "bills_left_cases",
        service,
        "Regningerne følger ikke længere sagernes priser: de yngste måneder er fyldt op efter regningerne alene.",
        "Invoices have left the prices of the cases: the youngest months are completed by the invoices alone.",
    )


def _speed_not_tested() -> Notice:
    return (
        "speed_not_tested",
        "run",
        f"Under {FEWEST_MONTHS} måneders historik: om regningerne kommer senere eller tidligere end før, er ikke prøvet.",
        f"Less than {FEWEST_MONTHS} months of history: whether invoices come later or sooner than before is not tested.",
    )


def _thin_payee(kind: str) -> Notice:
    return (
        "thin_payee",
        kind,
        f"Der er for få måneder med {PAYEES_DA[kind]}: forsinkelsen er lånt fra alle betalinger under ét.",
        f"Too few months hold payments of the kind '{kind}': the delay is borrowed from all payments together.",
    )


__all__ = ["DEVELOPMENT_MONTHS", "PAYEE_KINDS", "RIPE_SHARE", "Completion", "complete"]
