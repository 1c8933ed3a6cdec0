"""Baseline: the stored draws of one run, summed to years, read-only; what every scenario is compared with.

Lever groups are chosen so that no result gives a masked service away: a group's lever moves its shown services only, and all
masked services of the run are moved by one lever of their own. What the first moves is published; what the second moves is
what the published totals less the shown services already tell (and secondary suppression sees to it that this is never one
service alone). A masked service that stands alone in a frame has no lever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.scenario.scenario import MAIN_VARIANT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

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
    """One run's draws by service and year. S services, Y years, D draws, M members.

    Attributes:
        basis: ``accounting_year`` or ``service_year``.
        price_level: Price level of every amount here.
        has_frames: Whether members have an appropriation to deviate from.
        services: (S,) keys.
        groups: Lever groups, the most expensive first.
        group_of: (S,) index into ``groups``; ``NO_LEVER`` where none may move the service.
        years: (Y,) years.
        yearly: Variant -> (S, Y, D) currency per year that levers can move: months after the cutoff only.
        members: One row per shown member and year: level, member, label, year, budget, mean, q10, q90, probability_over.
        inside: (level, member) -> (S,) whether a service belongs to it.
        hidden: Number of members and years that are masked and not shown.
    """

    basis: str
    price_level: str
    has_frames: bool
    services: tuple[str, ...]
    groups: tuple[LeverGroup, ...]
    group_of: npt.NDArray[np.int64]
    years: tuple[int, ...]
    yearly: Mapping[str, Array]
    members: pd.DataFrame
    inside: Mapping[tuple[str, str], npt.NDArray[np.bool_]]
    hidden: int

    @property
    def variants(self) -> tuple[str, ...]:
        """Population variants, the baseline's first."""
        return (MAIN_VARIANT, *sorted(set(self.yearly) - {MAIN_VARIANT}))


def build_baseline(tables: Mapping[str, pd.DataFrame]) -> Baseline:
    """Sum the stored draws to years and find who may be shown.

    Args:
        tables: Published tables by name (``data.schema.PUBLISHED``); none is changed.

    Returns:
        Read-only arrays; in accounting years against the frames where the run has frames, else gross service years.
    """
    outlook = tables["frame_outlook"]
    weights = tables["accounting_weights"]
    has_frames = not outlook.empty
    basis = _ACCOUNTING_YEAR if has_frames and not weights.empty else _SERVICE_YEAR
    members = _frame_members(outlook) if has_frames else _pressure_members(tables["forecast_years"], tables["services"])
    price_level = str(members["price_level"].iloc[0]) if len(members) else "nominal"
    masked = members["mask"] != ""
    shown = members[~masked & members["mean"].notna()].reset_index(drop=True)
    services, months, gross, price = _draws(tables["draws"], tables["services"])
    years = tuple(sorted({int(year) for year in shown["year"]}))
    share = _year_shares(weights if basis == _ACCOUNTING_YEAR else None, services, months, years)
    yearly = _yearly(gross, price if price_level != "nominal" else None, share, _variants(tables, services, months))
    groups, group_of = _lever_groups(tables, services, gross.mean(axis=2).sum(axis=1))
    return Baseline(
        basis=basis,
        price_level=price_level,
        has_frames=has_frames,
        services=services,
        groups=groups,
        group_of=group_of,
        years=years,
        yearly=yearly,
        members=shown.drop(columns=["mask", "price_level"]),
        inside=_inside(tables["services"], services, shown),
        hidden=int(masked.sum()),
    )


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


def _draws(draws: pd.DataFrame, services: pd.DataFrame) -> tuple[tuple[str, ...], pd.DatetimeIndex, Array, Array]:
    """Stack the stored draws: (S, H, D) gross and (S, H, D) price factor (ones where none is stored)."""
    known = set(draws["service"])
    keys = tuple(service for service in services["service"] if service in known)
    months = pd.DatetimeIndex(sorted(set(draws["month"])))
    ordered = draws.set_index(["service", "month"])
    index = pd.MultiIndex.from_product([keys, months])
    picked = ordered.reindex(index)
    if len(index) == 0:
        return keys, months, np.zeros((0, 0, 1)), np.ones((0, 0, 1))
    gross = np.stack(picked["gross_nominal"].to_list()).reshape(len(keys), len(months), -1)
    factors = [np.ones(gross.shape[2]) if value is None or np.ndim(value) == 0 else value for value in picked["price_factor"]]
    return keys, months, gross, np.stack(factors).reshape(gross.shape)


def _year_shares(
    weights: pd.DataFrame | None, services: tuple[str, ...], months: pd.DatetimeIndex, years: tuple[int, ...]
) -> Array:
    """(S, Y, H) share of a month's gross that falls in a year."""
    if weights is None:
        one = np.array([[float(month.year == year) for month in months] for year in years]).reshape(len(years), len(months))
        return np.broadcast_to(one, (len(services), len(years), len(months)))
    share = np.zeros((len(services), len(years), len(months)))
    row, column = {key: i for i, key in enumerate(services)}, {year: i for i, year in enumerate(years)}
    place = {month: i for i, month in enumerate(months)}
    s, y = weights["service"].map(row), weights["accounting_year"].map(column)
    h = weights["month"].map(place)
    known = (s.notna() & y.notna() & h.notna()).to_numpy()
    where = tuple(part[known].to_numpy(dtype=np.int64) for part in (s, y, h))
    share[where] = weights["weight"].to_numpy(dtype=np.float64)[known]
    return share


def _variants(tables: Mapping[str, pd.DataFrame], services: tuple[str, ...], months: pd.DatetimeIndex) -> dict[str, Array]:
    """Variant -> (S, H) exposure in the variant over exposure in main; a month without one counts as main."""
    factors = tables["variant_factors"]
    index = pd.MultiIndex.from_product([services, months])
    found = {MAIN_VARIANT: np.ones((len(services), len(months)))}
    for variant, part in factors[factors["variant"] != MAIN_VARIANT].groupby("variant"):
        values = part.set_index(["service", "month"])["factor"].reindex(index).fillna(1.0)
        found[str(variant)] = values.to_numpy(dtype=np.float64).reshape(len(services), len(months))
    return found


def _yearly(gross: Array, price: Array | None, share: Array, variants: Mapping[str, Array]) -> dict[str, Array]:
    """Variant -> (S, Y, D) per year; deflated month by month where ``price`` is given."""
    at_level = gross if price is None else gross / price
    found = {}
    for variant, factor in variants.items():
        per_year = np.zeros((share.shape[0], share.shape[1], gross.shape[2]))
        for service in range(len(per_year)):
            per_year[service] = (share[service] * factor[service]) @ at_level[service]
        per_year.flags.writeable = False
        found[variant] = per_year
    return found


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
