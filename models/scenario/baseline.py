"""Baseline: the stored draws of one run, by month and summed to years, read-only; what every scenario is compared with.

What may be moved is chosen so that no result gives a masked service away. A group's lever moves its shown services only; a
shown service may be moved singly, in any months: its months and years are published. All masked services of the run are moved
by one lever of their own, over the whole horizon: what it moves is what the published totals less the shown services already
tell (and secondary suppression sees to it that this is never one service alone); moved by the month it would tell how their
postings fall on years. A masked service that stands alone in a frame has no lever. A population variant moves everything over the
whole horizon, as published; an index moves everything alike, at New Year: sums by service year and by accounting year are
published, and what lies between them with one year's delay follows from these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.scenario.by_age import ServiceAges, age_shares_of
from models.scenario.by_provider import provider_shares
from models.scenario.lever import MAIN_VARIANT
from models.scenario.refund_door import RefundBasis, refund_basis
from models.scenario.stacking import (
    calendar_shares,
    newcomers,
    stack_draws,
    stack_uniforms,
    variant_factors,
    year_shares,
)
from models.scenario.stay_answers import StayAnswers, stay_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from models.scenario.lever import Lever
    from models.types import Array


MERGED = "oevrige"
NO_LEVER = -1
_SERVICE_YEAR, _ACCOUNTING_YEAR = "service_year", "accounting_year"
_STATISTICS = ("mean", "q10", "q90")
_LEVEL_ORDER = {"total": 0, "committee": 1, "frame": 2}


@dataclass(frozen=True)
class LeverGroup:
    """Services that are moved together.

    Attributes:
        key: Service group, or ``oevrige`` for the masked services of all groups.
        labels_da: Danish label of the group; of the merged one, the labels of its services.
        labels_en: The same in English.
        merged: Whether it holds the masked services.
    """

    key: str
    labels_da: tuple[str, ...]
    labels_en: tuple[str, ...]
    merged: bool = False


@dataclass(frozen=True, eq=False)
class Baseline:
    """One run's draws, read-only. S services, H months ahead, Y years, D draws.

    Attributes:
        run_id: The run; empty where the tables don't say.
        basis: ``accounting_year`` or ``service_year``.
        price_level: Price level of every amount here.
        has_frames: Whether members have an appropriation to deviate from.
        services: (S,) keys.
        labels: Service -> Danish and English label.
        groups: Lever groups, the most expensive first.
        group_of: (S,) index into ``groups``; ``NO_LEVER`` where none may move the service.
        shown: (S,) whether a lever may move the service by itself: no figure of it is masked.
        months: (H,) months ahead.
        years: (Y,) years.
        monthly: (S, H, D) currency per month at the price level.
        monthly_mean: (S, H) the same, mean of draws.
        share: (S, Y, H) share of a month's gross that falls in a year.
        calendar: (Y, H) one where a month lies in a year.
        yearly: (S, Y, D) currency per year that levers can move: months after the cutoff only.
        sums: (level, member) -> (Y, D) the same, added up.
        volume: (S, H, D) full-time citizens; NaN where unknown.
        volume_mean: (S, H) the same, mean of draws.
        variant_factors: Variant -> (S, H) exposure in it over that of main.
        inflow: (S, H) new citizens of each month; NaN where unknown.
        stays: (S, H) share of citizens still there after so many months; NaN where unknown.
        ages: Shown service -> shares of its citizens and cost by age; services with one band to show are left out.
        answers: How volume answers to longer stays and more newcomers.
        uniforms: (N, D) the run's uniforms; None: an older run has none.
        providers: Shown service -> kind of provider -> share of its cost; NaN where that is hidden. Empty in an older run.
        refund: What the run publishes of how the central refund answers.
        members: One row per shown member and year: level, member, label, year, budget, mean, q10, q90, probability_over.
        inside: (level, member) -> (S,) whether a service belongs to it.
        hidden: Number of members and years that are masked and not shown.
    """

    run_id: str
    basis: str
    price_level: str
    has_frames: bool
    services: tuple[str, ...]
    labels: Mapping[str, tuple[str, str]]
    groups: tuple[LeverGroup, ...]
    group_of: npt.NDArray[np.int64]
    shown: npt.NDArray[np.bool_]
    months: pd.DatetimeIndex
    years: tuple[int, ...]
    monthly: Array
    monthly_mean: Array
    share: Array
    calendar: Array
    yearly: Array
    sums: Mapping[tuple[str, str], Array]
    volume: Array
    volume_mean: Array
    variant_factors: Mapping[str, Array]
    inflow: Array
    stays: Array
    ages: Mapping[str, ServiceAges]
    answers: StayAnswers
    uniforms: Array | None
    providers: Mapping[str, Mapping[str, float]]
    refund: RefundBasis
    members: pd.DataFrame
    inside: Mapping[tuple[str, str], npt.NDArray[np.bool_]]
    hidden: int

    @property
    def variants(self) -> tuple[str, ...]:
        """Population variants, the baseline's first."""
        return (MAIN_VARIANT, *sorted(set(self.variant_factors) - {MAIN_VARIANT}))

    @property
    def first(self) -> tuple[int, int]:
        """Year and month of the first month ahead."""
        return (int(self.months[0].year), int(self.months[0].month)) if len(self.months) else (self.years[0], 1)

    def members_of(self, lever: Lever) -> npt.NDArray[np.int64]:
        """Places of the services that a lever names, in the run's order; all of them where its kind acts on all."""
        acts_on = lever.of_kind.acts_on
        if acts_on == "all":
            return np.arange(len(self.services))
        if lever.group:
            index = next((place for place, group in enumerate(self.groups) if group.key == lever.group), len(self.groups))
            return np.flatnonzero(self.group_of == index)
        return np.array([place for place, key in enumerate(self.services) if key in lever.services], dtype=np.int64)

    def reach_of(self, lever: Lever) -> set[int]:
        """The same, and services in which it shows too: those that citizens of the named ones go on to."""
        return self.answers.reached(lever, self.members_of(lever).tolist())


def build_baseline(tables: Mapping[str, pd.DataFrame]) -> Baseline:
    """Sum the stored draws to years and find who may be shown.

    Args:
        tables: Published tables by name (``data.schema.PUBLISHED``); none is changed. Without ``known_months`` and ``uniforms``
            (an older run) some levers are refused, and intervals act at their most likely value.

    Returns:
        Read-only arrays; in accounting years against the frames where the run has frames, else gross service years.
    """
    basis, members = _outlook(tables)
    price_level = str(members["price_level"].iloc[0]) if len(members) else "nominal"
    masked = members["mask"] != ""
    shown = members[~masked & members["mean"].notna()].reset_index(drop=True)
    years = tuple(sorted({int(year) for year in shown["year"]}))
    known = set(tables["draws"]["service"])
    services = tuple(service for service in tables["services"]["service"] if service in known)
    months = pd.DatetimeIndex(sorted(set(tables["draws"]["month"])))
    gross, price, volume = stack_draws(tables["draws"], services, months)
    monthly = gross if price_level == "nominal" else gross / price
    share = year_shares(tables["accounting_weights"] if basis == _ACCOUNTING_YEAR else None, services, months, years)
    yearly = np.stack([share[place] @ monthly[place] for place in range(len(services))]) if services else _no_years(years)
    for array in (monthly, yearly, volume):
        array.flags.writeable = False
    groups, group_of = _lever_groups(tables, services, gross.mean(axis=2).sum(axis=1))
    hidden = masked_services(tables)
    single = np.array([service not in hidden for service in services], dtype=bool)
    inside = _inside(tables["services"], services, shown)
    inflow, stays = newcomers(tables, services, months)
    means = {"nominal": gross.mean(axis=2), "monthly": monthly.mean(axis=2)}
    return Baseline(
        run_id=_run_id(tables),
        basis=basis,
        price_level=price_level,
        has_frames=not tables["frame_outlook"].empty,
        services=services,
        labels=_labels(tables["services"]),
        groups=groups,
        group_of=group_of,
        shown=single,
        months=months,
        years=years,
        monthly=monthly,
        monthly_mean=means["monthly"],
        share=share,
        calendar=calendar_shares(months, years),
        yearly=yearly,
        sums={key: yearly[belongs].sum(axis=0) for key, belongs in inside.items()},
        volume=volume,
        volume_mean=volume.mean(axis=2),
        variant_factors=variant_factors(tables, services, months),
        inflow=inflow,
        stays=stays,
        ages=age_shares_of(tables, services, months, single),
        answers=stay_answers(tables, services, months, single),
        uniforms=stack_uniforms(tables, monthly.shape[2]),
        providers=provider_shares(tables, services, single),
        refund=refund_basis(tables, services, months, shown=single, **means),
        members=shown.drop(columns=["mask", "price_level"]),
        inside=inside,
        hidden=int(masked.sum()),
    )


def _outlook(tables: Mapping[str, pd.DataFrame]) -> tuple[str, pd.DataFrame]:
    """Calendar, and every member's figures: against its frame where the run has frames."""
    outlook = tables["frame_outlook"]
    if outlook.empty:
        return _SERVICE_YEAR, _pressure_members(tables["forecast_years"], tables["services"])
    basis = _SERVICE_YEAR if tables["accounting_weights"].empty else _ACCOUNTING_YEAR
    return basis, _frame_members(outlook)


def _labels(services: pd.DataFrame) -> dict[str, tuple[str, str]]:
    texts = zip(services["label_da"].astype(str), services["label_en"].astype(str), strict=True)
    return dict(zip(services["service"].astype(str), texts, strict=True))


def _no_years(years: tuple[int, ...]) -> Array:
    return np.zeros((0, len(years), 1))


def _run_id(tables: Mapping[str, pd.DataFrame]) -> str:
    record = tables.get("run_record")
    if record is None:
        return ""
    found = record.loc[record["key"] == "run_id", "value"]
    return str(json.loads(found.iloc[0])) if len(found) else ""


def masked_services(tables: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Services of which any month, year or posted amount is masked."""
    found: set[str] = set()
    for name in ("forecast_years", "actual_years", "forecast_months"):
        frame = tables[name]
        found |= set(frame.loc[(frame["level"] == "service") & (frame["mask"] != ""), "member"])
    for name in ("actual_months", "accounting_fixed"):
        frame = tables[name]
        found |= set(frame.loc[frame["mask"] != "", "service"])
    return frozenset(found)


def _frame_members(outlook: pd.DataFrame) -> pd.DataFrame:
    members = outlook.rename(columns={"member_label": "label"}).copy()
    members["budget"] = members["budget_revised"].fillna(members["budget_original"])
    return _ordered(members)


def _pressure_members(forecast: pd.DataFrame, services: pd.DataFrame) -> pd.DataFrame:
    levels = sorted(set(forecast["price_level"]) - {"nominal"}) or ["nominal"]
    wanted = (forecast["basis"] == _SERVICE_YEAR) & (forecast["variant"] == MAIN_VARIANT) & (forecast["level"] != "service")
    members = forecast[wanted & (forecast["price_level"] == levels[-1])].copy()
    labels = dict(zip(services["frame"], services["frame_label"], strict=True))
    members["label"] = [labels.get(member, member) for member in members["member"]]
    members["budget"] = np.nan
    members["probability_over"] = np.nan
    for name in _STATISTICS:
        members[f"deviation_{name}"] = np.nan
    return _ordered(members)


def _ordered(members: pd.DataFrame) -> pd.DataFrame:
    columns = ["level", "member", "label", "year", "price_level", "mask", "budget", *_STATISTICS, "probability_over"]
    deviations = [f"deviation_{name}" for name in _STATISTICS]
    order = members["level"].map(_LEVEL_ORDER)
    members = members.assign(order=order).sort_values(["order", "member", "year"], kind="stable")
    return members[[*columns, *deviations]].reset_index(drop=True)


def _lever_groups(
    tables: Mapping[str, pd.DataFrame], services: tuple[str, ...], size: Array
) -> tuple[tuple[LeverGroup, ...], npt.NDArray[np.int64]]:
    """Lever groups, the most expensive first and the masked services' last, and each service's index into them."""
    known = tables["services"].set_index("service").loc[list(services)]
    masked = masked_services(tables)
    together = _together(known, masked)
    shown = known.loc[[key for key in services if key not in masked]]
    labels = shown.groupby("service_group")[["group_label_da", "group_label_en"]].first()
    worth = pd.Series(size, index=known.index).loc[shown.index].groupby(shown["service_group"]).sum()
    groups = [
        LeverGroup(str(key), (str(da),), (str(en),))
        for key, da, en in labels.loc[sorted(labels.index, key=lambda key: (-worth[key], key))].itertuples()
    ]
    if together:
        apart = known.loc[[key for key in services if key in together]]
        groups.append(LeverGroup(MERGED, tuple(apart["label_da"]), tuple(apart["label_en"]), merged=True))
    place = {group.key: index for index, group in enumerate(groups)}
    lever = {key: MERGED if key in together else "" if key in masked else str(known["service_group"][key]) for key in services}
    return tuple(groups), np.array([place.get(lever[key], NO_LEVER) for key in services], dtype=np.int64)


def _together(known: pd.DataFrame, masked: frozenset[str]) -> frozenset[str]:
    """Masked services that one lever may move: never one alone in a frame or committee, which would tell its expenditure."""
    found = frozenset(str(key) for key in known.index if key in masked)
    while found:
        inside = known.loc[sorted(found)]
        alone = {key for level in ("frame", "committee") for key in inside.index[~inside[level].duplicated(keep=False)]}
        if not alone:
            return found
        found -= alone
    return found


def _inside(services: pd.DataFrame, keys: tuple[str, ...], members: pd.DataFrame) -> dict[tuple[str, str], npt.NDArray[np.bool_]]:
    known = services.set_index("service").loc[list(keys)]
    found = {}
    for level, member in members[["level", "member"]].drop_duplicates().itertuples(index=False):
        belongs = np.ones(len(keys), dtype=bool) if level == "total" else (known[level] == member).to_numpy(dtype=bool)
        found[level, member] = belongs
    return found
