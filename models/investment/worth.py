"""What a case is worth: net present value, when and how likely it pays back, who gains, whether a trial first is worth the wait.

All amounts at the run's price level; the time is counted from the case's start. The municipality's own net is what decides: gross
saving less what the state takes through the central refund, less cost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from data.reference.investment import InvestmentReference, load_investment
from models.investment.flows import MUNICIPALITY, REFUND, Flows, check_case, work_out
from models.scenario.faults import ScenarioInvalid

if TYPE_CHECKING:
    from models.investment.case import Case, Promise
    from models.scenario.baseline import Baseline
    from models.types import Array


_YEAR = 12
_COST_PCT, _POINTS, _LAG, _FADING = 20.0, 20.0, 12, 10.0


@dataclass(frozen=True)
class Purse:
    """What one purse gains or pays over the whole time.

    Attributes:
        purse: ``committee``, ``central_refund`` (the state), ``region`` or ``state``.
        name: Which one, in words.
        gains: Expected, DKK, not discounted; negative: it pays.
        costs: What it pays for the measure.
    """

    purse: str
    name: str
    gains: float
    costs: float


@dataclass(frozen=True)
class Waiting:
    """What a trial first would be worth.

    Attributes:
        months: How long it takes.
        now: Expected net present value of deciding now; nil where one would not.
        after: Expected net present value of a trial first, its cost paid.
        value: What waiting is worth; negative: decide now.
        chance: Probability that the trial says yes.
    """

    months: int
    now: float
    after: float
    value: float
    chance: float


@dataclass(frozen=True)
class Swing:
    """One assumption, at either end.

    Attributes:
        name: ``size``, ``probability``, ``lag``, ``fading``, ``cost``, ``unit_cost``, ``marginal_share`` or ``discount``.
        low: The assumption at its lower end.
        high: At its upper end.
        at_low: Expected net present value there, DKK.
        at_high: The same at the upper end.
    """

    name: str
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """How far the value swings."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, eq=False)
class Worth:
    """A case, valued on a run.

    Attributes:
        case: What was valued.
        run_id: The run.
        price_level: Of every amount.
        years: (10,) years from the start: twelve months each.
        net: (10,) expected net of the municipality by year, DKK; plus = gain.
        net_q10: (10,) lower end of the 80 % interval.
        net_q90: (10,) upper end of it.
        change: (10,) expected change of full-time citizens by year.
        present: Expected net present value, DKK.
        present_q10: Lower end of its 80 % interval.
        present_q90: Upper end of it.
        chance_positive: Probability that it is above 0.
        pays_back: Year in which the expected sum first stands above 0 for good; None: not within ten years.
        chance_in_council: Probability of paying back within the council period of the start.
        council_until: Last year of that period.
        chance_in_ten: Probability of paying back within ten years.
        purses: Who gains and pays.
        refund_known: Whether the state's part is known; else nothing of it is taken off.
        waiting: Worth of a trial first; None where the case names none.
        swings: Assumptions, the heaviest first.
        discount_pct: Real rate used.
        discount_verified: Whether its source was seen.
        forecast_until: Last month that the run forecasts; beyond it price and number stay.
        remarks: Machine words: ``no_effect``, ``no_cost``, ``never``.
    """

    case: Case
    run_id: str
    price_level: str
    years: tuple[int, ...]
    net: Array
    net_q10: Array
    net_q90: Array
    change: Array
    present: float
    present_q10: float
    present_q90: float
    chance_positive: float
    pays_back: int | None
    chance_in_council: float
    council_until: int
    chance_in_ten: float
    purses: tuple[Purse, ...]
    refund_known: bool
    waiting: Waiting | None
    swings: tuple[Swing, ...]
    discount_pct: float
    discount_verified: bool
    forecast_until: str
    remarks: tuple[str, ...]


def value_case(baseline: Baseline, case: Case, *, reference: InvestmentReference | None = None) -> Worth:
    """Value a case on a run.

    Args:
        baseline: The run.
        case: The case.
        reference: Discount rate and council periods; None: the shipped ones.

    Raises:
        ScenarioInvalid: The run can't carry it; with every fault.
    """
    faults = check_case(case, baseline)
    if faults:
        raise ScenarioInvalid.of(faults)
    known = reference or load_investment()
    rate = known.discount.rate_pct
    flows = work_out(baseline, case)
    net = flows.net()
    present = net_present(net, rate)
    by_year = net.reshape(-1, _YEAR, net.shape[1]).sum(axis=1)
    low, high = np.quantile(by_year, (0.1, 0.9), axis=1)
    back = payback_month(net)
    until = known.council.last_year(int(case.start[:4]))
    in_council = (until - int(case.start[:4])) * _YEAR + _YEAR - int(case.start[5:7]) + 1
    start = int(case.start[:4])
    expected = payback_month(net.mean(axis=1)[:, None])[0]
    remarks = _remarks(case, flows, expected)
    return Worth(
        case=case,
        run_id=baseline.run_id,
        price_level=baseline.price_level,
        years=tuple(start + place for place in range(len(by_year))),
        net=by_year.mean(axis=1),
        net_q10=low,
        net_q90=high,
        change=flows.change.mean(axis=1).reshape(-1, _YEAR).mean(axis=1),
        present=float(present.mean()),
        present_q10=float(np.quantile(present, 0.1)),
        present_q90=float(np.quantile(present, 0.9)),
        chance_positive=float((present > 0).mean()),
        pays_back=None if expected < 0 else int(flows.months[expected].year),
        chance_in_council=float(((back >= 0) & (back < in_council)).mean()),
        council_until=until,
        chance_in_ten=float((back >= 0).mean()),
        purses=_purses(flows),
        refund_known=flows.refund_known,
        waiting=_waiting(case, flows, present, rate),
        swings=_swings(baseline, case, known),
        discount_pct=rate,
        discount_verified=known.discount.verified,
        forecast_until=str(baseline.months[-1].strftime("%Y-%m")),
        remarks=remarks,
    )


def net_present(net: Array, rate_pct: float) -> Array:
    """(D,) net present value of monthly amounts (T, D), discounted to the first month.

    Example:
        >>> net_present(np.array([[-100.0]] + [[0.0]] * 11 + [[121.0]]), 10.0).round(6).tolist()
        [10.0]
    """
    factors = (1.0 + rate_pct / 100.0) ** (-np.arange(len(net)) / _YEAR)
    return np.asarray(factors @ net)


def payback_month(net: Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(D,) first month from which the running sum stays above 0 to the end; -1: none.

    A sum that rises above 0 and falls below again has not paid back. A case that costs nothing and gains is paid back at once.

    Example:
        >>> payback_month(np.array([[-3.0, -1.0, 0.0], [2.0, 0.0, 0.0], [2.0, 0.0, 0.0]])).tolist()
        [2, -1, -1]
    """
    above = np.cumsum(net, axis=0) > 1e-6
    stays = np.flip(np.logical_and.accumulate(np.flip(above, axis=0), axis=0), axis=0)
    return np.where(stays.any(axis=0), stays.argmax(axis=0), -1)


def _remarks(case: Case, flows: Flows, expected: int) -> tuple[str, ...]:
    found = []
    if not np.abs(flows.saved).max(initial=0.0) > 0.0:
        found.append("no_effect")
    if not case.costs:
        found.append("no_cost")
    if expected < 0:
        found.append("never")
    return tuple(found)


def _purses(flows: Flows) -> tuple[Purse, ...]:
    """Own net saving, the state's part, and everybody else, not discounted."""
    saved = flows.saved.mean(axis=1)
    taken = saved * flows.refund_share
    found = [Purse(MUNICIPALITY, "", float((saved - taken).sum()), 0.0)]
    if flows.refund_known:
        found.append(Purse(REFUND, "", float(taken.sum()), 0.0))
    gains = {key: float(part.mean(axis=1).sum()) for key, part in flows.elsewhere.items()}
    costs = {key: float(part.sum()) for key, part in flows.costs.items()}
    own = [key for key in {**gains, **costs} if key == (MUNICIPALITY, "")]
    if own:
        found[0] = Purse(MUNICIPALITY, "", found[0].gains + gains.get(own[0], 0.0), costs.get(own[0], 0.0))
    others = sorted(({*gains, *costs}) - {(MUNICIPALITY, "")})
    return (*found, *(Purse(*key, gains.get(key, 0.0), costs.get(key, 0.0)) for key in others))


def _waiting(case: Case, flows: Flows, present: Array, rate: float) -> Waiting | None:
    """Decide after a trial: only where it says yes, and later."""
    if case.trial is None:
        return None
    later = present * (1.0 + rate / 100.0) ** (-case.trial.months / _YEAR)
    says_yes = np.where(flows.works, case.trial.finds_pct, case.trial.false_alarm_pct) / 100.0
    yes, no = float((says_yes * later).mean()), float(((1.0 - says_yes) * later).mean())
    now = max(0.0, float(present.mean()))
    after = max(0.0, yes) + max(0.0, no) - case.trial.cost_dkk
    return Waiting(case.trial.months, now, after, after - now, float(says_yes.mean()))


def _swings(baseline: Baseline, case: Case, reference: InvestmentReference) -> tuple[Swing, ...]:
    """Every assumption moved by itself to either end."""
    promise, discount = case.promise, reference.discount

    def worth(other: Case, rate: float = discount.rate_pct, price: float = 1.0) -> float:
        flows = work_out(baseline, other)
        if price != 1.0:
            flows = replace(flows, saved=flows.saved * price)
        return float(net_present(flows.net(), rate).mean())

    def ends(name: str, field: str, low: float, high: float) -> Swing:
        both = [worth(replace(case, promise=_with(promise, field, value))) for value in (low, high)]
        return Swing(name, low, high, *both)

    found = [
        Swing("size", promise.low, promise.high, worth(_sized(case, promise.low)), worth(_sized(case, promise.high))),
        ends("probability", "probability_pct", *_around(promise.probability_pct, _POINTS)),
        ends("lag", "lag_months", max(0, promise.lag_months - _LAG), promise.lag_months + _LAG),
        ends("fading", "fading_pct_per_year", *_around(promise.fading_pct_per_year, _FADING)),
        ends("marginal_share", "marginal_share_pct", *_around(promise.marginal_share_pct, _POINTS)),
    ]
    if case.costs:
        costs = [_costing(case, 1.0 + sign * _COST_PCT / 100.0) for sign in (-1.0, 1.0)]
        found.append(Swing("cost", -_COST_PCT, _COST_PCT, worth(costs[0]), worth(costs[1])))
    low, high = _unit_cost_ends(baseline, case)
    found.append(Swing("unit_cost", 100.0 * (low - 1.0), 100.0 * (high - 1.0), worth(case, price=low), worth(case, price=high)))
    rates = (discount.low_pct, discount.high_pct)
    found.append(Swing("discount", *rates, worth(case, rates[0]), worth(case, rates[1])))
    return tuple(sorted((swing for swing in found if swing.low != swing.high), key=lambda swing: -swing.width))


def _with(promise: Promise, field: str, value: float) -> Promise:
    changed: dict[str, Any] = {field: int(value) if field == "lag_months" else value}
    return replace(promise, **changed)


def _sized(case: Case, value: float) -> Case:
    return replace(case, promise=replace(case.promise, value=value, low=value, high=value))


def _costing(case: Case, times: float) -> Case:
    return replace(case, costs=tuple(replace(cost, amount_dkk=cost.amount_dkk * times) for cost in case.costs))


def _around(value: float, points: float) -> tuple[float, float]:
    return max(0.0, value - points), min(100.0, value + points)


def _unit_cost_ends(baseline: Baseline, case: Case) -> tuple[float, float]:
    """The 80 % interval of the services' mean price over its mean."""
    places = [baseline.services.index(service) for service in case.services]
    cost = sum(baseline.monthly[place].sum(axis=0) for place in places)
    volume = sum(baseline.volume[place].sum(axis=0) for place in places)
    price = cost / np.maximum(volume, 1e-9)
    low, high = np.quantile(price, (0.1, 0.9)) / price.mean()
    return float(low), float(high)
