"""The one door through which the central refund enters a scenario: what the state takes of a saving, or why that is not known.

The run publishes how its refund answers to prices and volumes (``models.refund.response``); the levers' expected effect on each
service and month is read off there. Only what a citizen costs counts: investment, licences and other cost that no citizen is
charged with is left out. A month's refund falls on years as its bills do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.refund.response import RefundResponse, refund_change, response_of, unknown_services
from models.scenario.refund_rules import RefundRules, beyond_grid, change_under, refund_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import pandas as pd

    from models.scenario.baseline import Baseline
    from models.scenario.terms import Factor, Plan
    from models.types import Array


ANSWERED, ESTIMATED, NO_RESPONSE, HIDDEN_SERVICES = "answered", "estimated", "no_refund_response", "hidden_services"

_KNOWN_DA = (
    "Udgifterne er før central refusion. Staten betaler en del af de dyreste sager, så en del af en besparelse på dem går til "
    "staten; tallet er en forventning, og grænser efter de kendte år er ikke verificeret."
)
_KNOWN_EN = (
    "Expenditure is before the central refund. The state pays part of the most expensive cases, so part of a saving on them goes "
    "to the state; the figure is an expectation, and thresholds after the known years are not verified."
)
_POOLED = (
    "Ydelser med få dyre sager er kendt samlet; deres del er skønnet efter udgift.",
    "Services with few expensive cases are known together; their part is estimated by expenditure.",
)
_OTHER_RULES = (
    "Andre regler er regnet ud fra kørslens svar på priser: et skøn.",
    "Other rules are worked out from the run's answer to prices: an estimate.",
)
_NOT_IN_IT = (
    "Ydelser, hvis refusion er skjult, er ikke med.",
    "Services whose refund is hidden are not in it.",
)
_BEYOND = (
    "Grænser og priser ligger tilsammen uden for det, kørslen har regnet på.",
    "Thresholds and prices together lie outside what the run worked out.",
)


@dataclass(frozen=True)
class RefundAnswer:
    """What a scenario does to the central refund of the whole run.

    Attributes:
        is_known: Whether the figures are there.
        reason: ``answered``; ``estimated``: some services' refund is known together only, and cut by what they cost, or the
            rules are others than the run's;
            ``no_refund_response``: the run does not publish how its refund answers; ``hidden_services``: a
            lever moves services whose refund is hidden.
        text_da: The same in words, Danish.
        text_en: The same in English.
        changes: (year, change of the refund) in whole currency at the run's price level, mean over draws; plus: more comes
            from the state. Empty where not known.
        of_rules: (year, the part of it that other rules make), acting last; empty where the rules are the run's.
        note_da: What makes it an estimate, Danish; empty: nothing.
        note_en: The same in English.
    """

    is_known: bool
    reason: str
    text_da: str
    text_en: str
    changes: tuple[tuple[int, int], ...] = ()
    of_rules: tuple[tuple[int, int], ...] = ()
    note_da: str = ""
    note_en: str = ""

    def change(self, year: int) -> int | None:
        """Change of the refund in a year; None where it is not known."""
        return dict(self.changes).get(year)

    def by_rules(self, year: int) -> int:
        """What of that change other rules make; 0 in a year where they do not act."""
        return dict(self.of_rules).get(year, 0)


@dataclass(frozen=True, eq=False)
class RefundBasis:
    """What a baseline knows of the refund. S services, H months ahead.

    Attributes:
        response: As published, laid out for every service; None: the run publishes none.
        hidden: (S,) services whose refund is hidden.
        pooled: Places of services whose refund is known together only.
        at_level: (S, H) the baseline's price level over nominal.
    """

    response: RefundResponse | None
    hidden: npt.NDArray[np.bool_]
    pooled: tuple[npt.NDArray[np.int64], ...]
    at_level: Array


def refund_basis(
    tables: Mapping[str, pd.DataFrame],
    services: tuple[str, ...],
    months: pd.DatetimeIndex,
    *,
    nominal: Array,
    monthly: Array,
    shown: npt.NDArray[np.bool_],
) -> RefundBasis:
    """Read REFUND_RESPONSE; an older run has none.

    Args:
        tables: Published tables by name.
        services: (S,) keys.
        months: (H,) months ahead.
        nominal: (S, H) mean gross, currency per month, nominal.
        monthly: (S, H) the same at the baseline's price level.
        shown: (S,) services of which no figure is masked. What is known of several together is cut to the shown by what they
            cost, as published; a masked one gets nothing of it, so nothing of it follows.
    """
    table = tables.get("refund_response")
    at_level = np.divide(monthly, nominal, out=np.ones_like(nominal), where=nominal > 0)
    if table is None or table.empty:
        return RefundBasis(None, np.zeros(len(services), dtype=bool), (), at_level)
    unknown = unknown_services(table)
    cells = [[services.index(key) for key in names.split() if key in services] for names in sorted(set(table["services"]))]
    return RefundBasis(
        response=response_of(table, services, months, np.where(shown[:, None], nominal, 0.0)),
        hidden=np.array([service in unknown for service in services], dtype=bool),
        pooled=tuple(np.array(cell, dtype=np.int64) for cell in cells if len(cell) > 1),
        at_level=np.where(shown[:, None], at_level, at_level[shown].mean(axis=0) if shown.any() else 1.0),
    )


def answer_refund(baseline: Baseline, plan: Plan) -> RefundAnswer:
    """Work out the refund anew from the run's published response.

    Args:
        baseline: The run.
        plan: The scenario's terms on it.
    """
    known = baseline.refund
    if known.response is None:
        return RefundAnswer(
            is_known=False,
            reason=NO_RESPONSE,
            text_da="Staten betaler en del af de dyreste sager og får en del af besparelsen på dem, op til 75 procent. Det er "
            "ikke regnet med her: kørslen offentliggør ikke, hvordan refusionen svarer.",
            text_en="The state pays part of the most expensive cases and takes part of a saving on them, up to 75 per cent. It "
            "is not included here: the run does not publish how the refund answers.",
        )
    volume, price = case_factors(baseline, plan)
    if ((volume != 1.0) | (price != 1.0))[known.hidden].any():
        return RefundAnswer(
            is_known=False,
            reason=HIDDEN_SERVICES,
            text_da="Refusionens ændring vises ikke: scenariet flytter ydelser, hvis refusion er skjult, fordi den hviler på "
            "få borgere.",
            text_en="The change of the refund is not shown: the scenario moves services whose refund is hidden, as it rests on "
            "few citizens.",
        )
    rules = refund_rules(baseline, plan.scenario)
    kept = _by_year(baseline, refund_change(known.response, volume, price))
    by_year = kept if rules is None else _by_year(baseline, change_under(known.response, rules, volume, price))
    exact = all(_alike(volume[cell]) and _alike(price[cell]) for cell in known.pooled)
    notes = [] if exact else [_POOLED]
    notes += [] if rules is None else _rules_notes(known, rules, price)
    note_da, note_en = (" ".join(note[place] for note in notes) for place in (0, 1))
    return RefundAnswer(
        is_known=True,
        reason=ESTIMATED if notes else ANSWERED,
        text_da=f"{_KNOWN_DA} {note_da}".strip(),
        text_en=f"{_KNOWN_EN} {note_en}".strip(),
        changes=tuple(zip(baseline.years, by_year, strict=True)),
        of_rules=() if rules is None else tuple(zip(baseline.years, np.subtract(by_year, kept).tolist(), strict=True)),
        note_da=note_da,
        note_en=note_en,
    )


def _by_year(baseline: Baseline, moved: Array) -> list[int]:
    """Whole currency per year of (S, H) nominal changes; a month's refund falls on years as its bills do."""
    amounts = np.einsum("syh,sh->y", baseline.share, moved * baseline.refund.at_level)
    return [round(amount) for amount in amounts.tolist()]


def _rules_notes(known: RefundBasis, rules: RefundRules, price: Array) -> list[tuple[str, str]]:
    """What is to be said of other rules than the run's."""
    found = [_OTHER_RULES]
    found += [_NOT_IN_IT] if known.hidden.any() else []
    return found + ([_BEYOND] if known.response is not None and beyond_grid(known.response, rules, price) else [])


def case_factors(baseline: Baseline, plan: Plan) -> tuple[Array, Array]:
    """Expected volume over the baseline's and, of those who remain, expected price over the baseline's.

    Returns:
        (S, H) and (S, H); 1 where nothing is moved.
    """
    shape = baseline.monthly_mean.shape
    volume, cost = np.ones(shape), np.ones(shape)
    for service, classes in plan.volume.items():
        volume[service] = sum(share * _product(factors, shape[1]) for share, factors in classes)
    for origin, sink, share, factors in plan.moved_to:
        come = baseline.volume_mean[origin] * share * _product(factors, shape[1])
        volume[sink] += _ratio(come, baseline.volume_mean[sink], nothing=0.0)
    touched = {term.sink for term in plan.terms}
    for sink in touched:
        after = np.zeros(shape[1])
        for term in plan.terms:
            if term.sink == sink and not term.by_calendar:
                source = 1.0 if term.source < 0 else baseline.monthly_mean[term.source]
                after += term.base * source * _product(term.factors, shape[1])
        cost[sink] = _ratio(after, baseline.monthly_mean[sink], nothing=1.0)
    volume = np.maximum(volume, 0.0)
    return volume, np.where(volume == cost, 1.0, _ratio(cost, volume, nothing=1.0))


def _alike(factors: Array) -> bool:
    """Whether services are moved by the same: then what they have together moves so too, however it is cut."""
    return bool(np.allclose(factors, factors[:1], rtol=1e-9, atol=0.0))


def _product(factors: tuple[Factor, ...], n_months: int) -> Array:
    found = np.ones(n_months)
    for factor in factors:
        found = found * factor.mean
    return found


def _ratio(above: Array, below: Array, *, nothing: float) -> Array:
    found: Array = np.divide(above, below, out=np.full_like(below, nothing), where=below > 0)
    return found
