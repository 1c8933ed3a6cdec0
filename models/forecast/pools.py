"""What series lend each other: how errors grow, a trend for those too short for one, and how wide intervals must be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.forecast.calibrate import harder_by, width_factor
from models.forecast.carried_share import mean_losses, mixed
from models.forecast.series import Kind
from models.forecast.shrinkage import after_shrinkage, drawn, shrinkage
from models.forecast.uncertainty import MAX_VARIANCE, ErrorGrowth, mean_growth, pooled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models.forecast.calibrate import WidthFactor
    from models.forecast.fitting import FittedSeries, OriginError
    from models.forecast.trading_days import TradingDays
    from models.types import Array


MOST_NOISE = 0.8
"""At most this share of the first month's variance is scatter; the rest stays."""
_SOME_LEVEL = 1e-9
"""Something always lasts, or years could not come out as wide as they were seen to be; its size is that of the whole."""


@dataclass(frozen=True)
class Member:
    """A fitted series and where it belongs: its declared group and what it measures."""

    group: str
    measure: str
    fit: FittedSeries


@dataclass(frozen=True)
class Variance:
    """Variance of a series's log error. H months ahead.

    Attributes:
        noise: Of a single month, independent from month to month.
        lasting: (H,) of what stays: level and growth.
        growth: How level and growth share it, for the shape of draws.
        yearly: Width of a year's mean over that of its months; None where no origin could tell: noise and lasting as they are.
    """

    noise: float
    lasting: Array
    growth: ErrorGrowth
    yearly: float | None = None

    @property
    def whole(self) -> Array:
        """(H,) of a month."""
        return self.lasting + self.noise

    def after(self, n_months: int) -> Variance:
        """Of the months that come so many later."""
        return replace(self, lasting=self.lasting[n_months:])


@dataclass(frozen=True)
class Pools:
    """What is shared, by (group, measure), and by measure alone.

    Attributes:
        group_errors: Error growth of a group's measure.
        all_errors: Error growth of everyone's measure.
        group_trend: (H,) log growth since the cutoff, mean over the group's own paths.
        group_width: How many expected standard deviations hold the middle 80 % of a group's past errors, over a normal's; a
            group without any is missing.
        all_width: The same for everyone's measure.
        trading_days: Effect of the days of the week on a group's measure, with which its series were fitted.
        shrinkage: Share of the way that paths of a group's measure are drawn towards the last two years.
        carried_losses: (S,) how each share of the carried year would have served a group's measure (``carried_year``); one
            without any origin is missing.
    """

    group_errors: Mapping[tuple[str, str], ErrorGrowth | None]
    all_errors: Mapping[str, ErrorGrowth | None]
    group_trend: Mapping[tuple[str, str], Array]
    group_width: Mapping[tuple[str, str], WidthFactor]
    all_width: Mapping[str, WidthFactor]
    trading_days: Mapping[tuple[str, str], TradingDays]
    shrinkage: Mapping[tuple[str, str], float]
    carried_losses: Mapping[tuple[str, str], Array]

    @classmethod
    def of(
        cls, everyone: Sequence[Member], horizon: int, trading_days: Mapping[tuple[str, str], TradingDays] | None = None
    ) -> Pools:
        """Learn from fitted series, and keep what they were fitted with."""
        fitted: dict[tuple[str, str], list[FittedSeries]] = {}
        for member in everyone:
            fitted.setdefault((member.group, member.measure), []).append(member.fit)
        carried = {key: told for key, found in fitted.items() if (told := mean_losses(found)) is not None}
        groups = {key: [mixed(fit, carried.get(key)) for fit in found] for key, found in fitted.items()}
        measures: dict[str, list[FittedSeries]] = {}
        for (_, measure), found in groups.items():
            measures.setdefault(measure, []).extend(found)
        trends = {
            key: np.mean([fit.continued.growth[:horizon] for fit in found if fit.continued is not None], axis=0)
            for key, found in groups.items()
            if any(fit.continued is not None for fit in found)
        }
        shares = {key: shrinkage(found) for key, found in groups.items()}
        errors = {key: _errors(found, shares[key]) for key, found in groups.items()}
        everyones = {name: [one for key in groups if key[1] == name for one in errors[key]] for name in measures}
        return cls(
            {key: _mean_errors(found) for key, found in groups.items()},
            {name: _mean_errors(found) for name, found in measures.items()},
            trends,
            {key: width_factor(found, harder=_harder(groups[key])) for key, found in errors.items() if found},
            {name: width_factor(found, harder=_harder(measures[name])) for name, found in everyones.items()},
            trading_days or {},
            shares,
            carried,
        )

    def mixed(self, group: str, measure: str, fit: FittedSeries) -> FittedSeries:
        """A series as it was fitted, with its share of the carried year: what all else here is asked about."""
        return mixed(fit, self.carried_losses.get((group, measure)))

    def expected(self, group: str, measure: str, fit: FittedSeries, horizon: int) -> Array:
        """(H,) path of a series in its own unit: its own as drawn in its group, else its level with the trend it is lent."""
        if fit.continued is not None:
            share = self.shrinkage.get((group, measure), 0.0)
            return np.asarray(np.exp(drawn(fit.continued.path, fit.series.log_values, share)), dtype=np.float64)
        level = np.full(horizon, fit.series.level)
        if self.lends_trend(group, measure, fit):
            level = level * np.exp(self.group_trend[group, measure][:horizon])
        return level

    def variance(self, group: str, measure: str, fit: FittedSeries, horizon: int) -> Variance:
        """A series's variance: its members' spread at the pooled width, or for a series without a path its pool's growth."""
        growth = pooled(fit.own_growth, len(fit.errors), self.group_errors.get((group, measure)), self.all_errors.get(measure))
        noise = growth.noise if fit.noise is None else fit.noise
        if fit.spread is None:
            return Variance(noise, growth.lasting(horizon), growth)
        width = self.width(group, measure)
        whole = np.minimum((fit.spread * width.at(horizon)) ** 2, MAX_VARIANCE)
        noise = min(noise, MOST_NOISE * float(whole.min()))
        return Variance(noise, whole - noise, growth.at_least(_SOME_LEVEL), width.yearly)

    def width(self, group: str, measure: str) -> WidthFactor:
        """The group's width, or everyone's where the group has no errors."""
        return self.group_width.get((group, measure)) or self.all_width.get(measure) or width_factor([])

    @property
    def reached(self) -> int:
        """Months ahead that widths of every measure are calibrated for; 0 where nothing has been judged."""
        return min((width.reached for width in self.all_width.values()), default=0)

    def lends_trend(self, group: str, measure: str, fit: FittedSeries) -> bool:
        """Whether a series without a path of its own gets the group's trend; one of no declared group gets nobody's."""
        return bool(group) and fit.series.kind in (Kind.SHORT, Kind.THIN) and (group, measure) in self.group_trend


def _errors(found: Iterable[FittedSeries], share: float) -> list[OriginError]:
    """Of the paths as they are drawn in their group."""
    return [
        replace(error, log_error=missed)
        for fit in found
        for error, missed in zip(fit.errors, after_shrinkage(fit, share), strict=True)
    ]


def _harder(found: Iterable[FittedSeries]) -> float:
    shares = [fit.share for fit in found if fit.continued is not None]
    return harder_by(float(np.mean(shares)) if shares else 0.0)


def _mean_errors(found: Iterable[FittedSeries]) -> ErrorGrowth | None:
    return mean_growth(fit.own_growth for fit in found if fit.own_growth is not None)
