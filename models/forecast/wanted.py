"""The series that a run asks for, and what they are told before they are fitted: the effect of the days of the week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.forecast.series import Kind
from models.forecast.trading_days import NO_TRADING_DAYS, Logs, trading_days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.forecast.fitting import FitJob
    from models.forecast.trading_days import TradingDays


@dataclass(frozen=True)
class Wanted:
    """A series to be forecast and where it belongs."""

    group: str
    measure: str
    job: FitJob


def learnt_days(wanted: Sequence[Wanted]) -> dict[tuple[str, str], TradingDays]:
    """Effect of the days of the week by group and measure, to the bit whatever order the series come in.

    Args:
        wanted: Series with keys that differ; those that get no path of their own are not heard.
    """
    logs: dict[tuple[str, str], list[Logs]] = {}
    for item in sorted(wanted, key=lambda item: item.job.key):
        pool = logs.setdefault((item.group, item.measure), [])
        if item.job.series.kind is Kind.REGULAR:
            pool.append(Logs(item.job.start, item.job.series.log_values))
    return {key: trading_days(pool) for key, pool in logs.items()}


def with_days(wanted: Sequence[Wanted], days: Mapping[tuple[str, str], TradingDays]) -> list[Wanted]:
    """The series with their pool's effect; one that gets no path of its own, or whose pool is unknown, has none.

    Args:
        wanted: The series.
        days: Effect by group and measure.
    """
    return [
        replace(item, job=replace(item.job, days=days.get((item.group, item.measure), NO_TRADING_DAYS)))
        if item.job.series.kind is Kind.REGULAR
        else item
        for item in wanted
    ]
