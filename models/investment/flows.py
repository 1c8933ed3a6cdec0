"""What a case does to money, month by month and draw by draw: opdrift's own forecast is the counterfactual.

Beyond the run's horizon price and number of citizens stay at the mean of its last twelve months, draw by draw; that is a rule,
not a forecast, and whoever shows the figures says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.investment.case import effect_profile, size_draws, uniform_column
from models.refund.response import refund_change
from models.scenario.faults import ScenarioFault, shown_value

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.investment.case import Case
    from models.scenario.baseline import Baseline
    from models.types import Array


YEARS = 10
_YEAR = 12
MUNICIPALITY, REFUND = "committee", "central_refund"


@dataclass(frozen=True, eq=False)
class Flows:
    """Money by month. T months from the case's start, D draws. Plus = the purse gains.

    Attributes:
        months: (T,) months.
        saved: (T, D) gross expenditure less on the named services, at the baseline's price level.
        refund_share: (T,) share of that which the state takes through the central refund; 0 where it is not known.
        refund_known: Whether it is.
        costs: Purse and name -> (T,) what each pays for the measure.
        elsewhere: Purse and name -> (T, D) what each gains beside the services; negative: it pays.
        change: (T, D) full-time citizens more or fewer.
        works: (D,) whether the measure works in a draw.
        forecast_months: How many of the months the run forecasts.
    """

    months: pd.DatetimeIndex
    saved: Array
    refund_share: Array
    refund_known: bool
    costs: dict[tuple[str, str], Array]
    elsewhere: dict[tuple[str, str], Array]
    change: Array
    works: npt.NDArray[np.bool_]
    forecast_months: int

    def net(self) -> Array:
        """(T, D) what the municipality gains, all committees together, after the central refund."""
        own = self.saved * (1.0 - self.refund_share)[:, None]
        own = own + sum(part for (purse, _), part in self.elsewhere.items() if purse == MUNICIPALITY)
        return np.asarray(own - sum(part[:, None] for (purse, _), part in self.costs.items() if purse == MUNICIPALITY))


def check_case(case: Case, baseline: Baseline) -> tuple[ScenarioFault, ...]:
    """Find everything in a case that a run can't carry.

    Args:
        case: As read.
        baseline: The run.
    """
    found: list[ScenarioFault] = []
    shown = dict(zip(baseline.services, baseline.shown, strict=True))
    for place, service in enumerate(case.services):
        where = f"services[{place}]"
        if service not in shown:
            what, why = "The run has no such service", "Nothing can be saved on it"
            found.append(ScenarioFault("unknown_service", where, shown_value(service), what, why, "Name a service of the run"))
        elif not shown[service]:
            what, why = "The service is masked: few citizens get it", "A figure of its own could tell of someone"
            found.append(ScenarioFault("few_citizens", where, shown_value(service), what, why, "Leave it out"))
        elif not np.isfinite(baseline.volume_mean[baseline.services.index(service)]).all():
            what, why = "The run does not know how many citizens get the service", "Fewer of them can't be counted"
            found.append(ScenarioFault("no_volume", where, shown_value(service), what, why, "Name another service"))
    if case.run_id and baseline.run_id and case.run_id != baseline.run_id:
        what, why = "The case is pinned to another run", "Its figures belong there"
        found.append(ScenarioFault("run", "run_id", "", what, why, "Take run_id out to see what it would say today"))
    if case.price_level and case.price_level != baseline.price_level:
        what, why = "The case's amounts are at another price level", "Kroner of two levels can't be added"
        remedy = f"State the amounts at {baseline.price_level}, and price_level too"
        found.append(ScenarioFault("price_level", "price_level", case.price_level, what, why, remedy))
    begin = _month_number(case, baseline)
    if not 0 <= begin < len(baseline.months):
        what, why = "The case starts outside the months that the run forecasts", "There is nothing to hold it against"
        first, last = baseline.months[0].strftime("%Y-%m"), baseline.months[-1].strftime("%Y-%m")
        found.append(ScenarioFault("outside_horizon", "start", case.start, what, why, f"Start between {first} and {last}"))
    if not found and case.promise.unit == "citizens":
        volume = sum(float(baseline.volume_mean[baseline.services.index(service)].min()) for service in case.services)
        furthest = -min(case.promise.low, case.promise.high)
        if furthest > volume:
            what, why = "The effect is larger than the services", "Nobody can help more citizens away than there are"
            remedy = "Lower the effect, or name more services"
            found.append(ScenarioFault("above_service", "promise", shown_value(furthest), what, why, remedy))
    return tuple(found)


def work_out(baseline: Baseline, case: Case, *, years: int = YEARS) -> Flows:
    """Money by month from the case's start.

    Args:
        baseline: The run.
        case: One that the run can carry (:func:`check_case`).
        years: How far.
    """
    begin = _month_number(case, baseline)
    n_months = years * _YEAR
    at = np.minimum(np.arange(begin, begin + n_months), len(baseline.months))
    profile = effect_profile(case, (int(case.start[:4]), int(case.start[5:7])), n_months)
    _, size = size_draws(case, baseline.uniforms)
    size = np.broadcast_to(size, (baseline.monthly.shape[2],))
    places = [baseline.services.index(service) for service in case.services]
    volumes = [_carried(baseline.volume[place], at) for place in places]
    together = np.maximum(sum(volume.mean(axis=1) for volume in volumes), 1e-9)
    share = case.promise.marginal_share_pct * case.promise.relative_cost_pct / 1e4
    saved, change = np.zeros((n_months, len(size))), np.zeros((n_months, len(size)))
    refunded, moved_mean, known = np.zeros(n_months), np.zeros(n_months), baseline.refund.response is not None
    for place, volume in zip(places, volumes, strict=True):
        if case.promise.unit == "pct":
            moved = volume * (profile[:, None] * size[None, :] / 100.0)
        else:
            part = volume.mean(axis=1) / together
            moved = np.maximum(profile[:, None] * size[None, :] * part[:, None], -volume)
        cost = _carried(_unit_cost(baseline, place), at)
        saved -= moved * cost * share
        change += moved
        known = known and not bool(baseline.refund.hidden[place])
        if known:
            refunded += _refunded(baseline, place, at, moved.mean(axis=1) * share / np.maximum(volume.mean(axis=1), 1e-9))
        moved_mean += (-moved * cost * share).mean(axis=1)
    taken = (
        np.divide(refunded, moved_mean, out=np.zeros(n_months), where=np.abs(moved_mean) > 1e-6) if known else np.zeros(n_months)
    )
    acts = _acts(case, size)
    months = pd.date_range(f"{case.start}-01", periods=n_months, freq="MS")
    return Flows(
        months=months,
        saved=saved,
        refund_share=np.clip(taken, 0.0, 1.0),
        refund_known=known,
        costs=_costs(case, months),
        elsewhere=_elsewhere(case, profile, acts),
        change=change,
        works=_works(baseline, case, len(size)),
        forecast_months=int((at < len(baseline.months)).sum()),
    )


def _month_number(case: Case, baseline: Baseline) -> int:
    year, month = baseline.first
    return (int(case.start[:4]) - year) * _YEAR + int(case.start[5:7]) - month


def _carried(monthly: Array, at: npt.NDArray[np.int64]) -> Array:
    """(T, D) monthly values; beyond the horizon the mean of its last twelve months."""
    last = monthly[-_YEAR:].mean(axis=0)
    return np.asarray(np.concatenate([monthly, last[None]])[at])


def _unit_cost(baseline: Baseline, place: int) -> Array:
    """(H, D) real cost of a full-time citizen and month."""
    volume = baseline.volume[place]
    return np.asarray(np.divide(baseline.monthly[place], volume, out=np.zeros_like(volume), where=volume > 0))


def _refunded(baseline: Baseline, place: int, at: npt.NDArray[np.int64], change: Array) -> Array:
    """(T,) expected refund that the state pays less, at the baseline's price level."""
    response = baseline.refund.response
    if response is None:
        return np.zeros(len(at))
    shape = baseline.monthly_mean.shape
    inside = at < shape[1]
    volume = np.ones(shape)
    volume[place, at[inside]] = np.maximum(1.0 + change[inside], 0.0)
    lost = -(refund_change(response, volume, np.ones(shape)) * baseline.refund.at_level)[place]
    found = np.zeros(len(at))
    found[inside] = lost[at[inside]]
    if not inside.all():
        volume = np.ones(shape)
        volume[place, -_YEAR:] = 0.5
        per_share = -(refund_change(response, volume, np.ones(shape)) * baseline.refund.at_level)[place, -_YEAR:].mean() / -0.5
        found[~inside] = per_share * change[~inside]
    return found


def _acts(case: Case, size: Array) -> Array:
    """(D,) the effect's size as a share of the most likely one: what other purses gain follows it."""
    return np.asarray(size / case.promise.value if case.promise.value else np.zeros_like(size))


def _works(baseline: Baseline, case: Case, n_draws: int) -> npt.NDArray[np.bool_]:
    if baseline.uniforms is None:
        return np.ones(n_draws, dtype=bool)
    return np.asarray(baseline.uniforms[uniform_column(case)] < case.promise.probability_pct / 100.0)


def _costs(case: Case, months: pd.DatetimeIndex) -> dict[tuple[str, str], Array]:
    """Each year's cost, spread over the months of that year from the start."""
    found: dict[tuple[str, str], Array] = {}
    for cost in case.costs:
        inside = (months.year == cost.year).astype(np.float64)
        spread = cost.amount_dkk * inside / max(float(inside.sum()), 1.0)
        key = cost.purse, cost.name
        found[key] = found.get(key, np.zeros(len(months))) + spread
    return found


def _elsewhere(case: Case, profile: Array, acts: Array) -> dict[tuple[str, str], Array]:
    found: dict[tuple[str, str], Array] = {}
    for item in case.elsewhere:
        monthly = -item.dkk_per_year / _YEAR * profile[:, None] * acts[None, :]
        key = item.purse, item.name
        found[key] = found[key] + monthly if key in found else monthly
    return found
