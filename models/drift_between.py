"""Drift between any two periods of a run, history or ahead, to the krone: the same factors and bars as ``decompose``.

A period that is over has one value; one that lies ahead, wholly or in part, has a value per draw: what is known of it plus the
draws of the rest. Mix and the pattern of unit cost over cells are not forecast; ahead they are those of the newest 12 months.
Periods of unequal length are both brought to 12 months.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.errors import WrongUse
from models.age_bands import ALL_AGES, ShownBands, merge_drift, shown_bands
from models.decompose import explain, in_order
from models.drift_events import events_by_service
from models.drift_periods import PERIOD_MONTHS, Period, Seen, ahead_factors, history_pair, seen_period, with_sum

if TYPE_CHECKING:
    from models.drift_source import DriftSource
    from models.types import Array

COMPARISON = "chosen"


@dataclass(frozen=True)
class Span:
    """Months one after the other, both ends included.

    Attributes:
        first: First month, first day.
        last: Last month, first day.
    """

    first: pd.Timestamp
    last: pd.Timestamp

    @property
    def months(self) -> pd.DatetimeIndex:
        """(M,) first days."""
        return pd.date_range(self.first, self.last, freq="MS")

    @property
    def label(self) -> str:
        """As in the drift table.

        Example:
            >>> Span(pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-01")).label
            '2024-01/2024-12'
        """
        return f"{self.first:%Y-%m}/{self.last:%Y-%m}"

    @property
    def is_year(self) -> bool:
        """Whether it is one whole calendar year."""
        return self.first.month == 1 and self.last == self.first + pd.DateOffset(months=11)


def drift_between(source: DriftSource, earlier: Span, later: Span) -> pd.DataFrame:
    """Explain the change from one period to another at every level, masked.

    Args:
        source: The run.
        earlier: Any months that the run knows or forecasts.
        later: The same; it may overlap, precede or follow.

    Returns:
        comparison (``chosen``), level, member, driver, age_band, from_period, to_period, effect (whole currency units; a period
        of another length than the other counts as a year). Hidden members are left out (:func:`hidden_members`). By age only
        where both periods have 12 months or more; bands with few citizens in either period are joined within the service.

    Raises:
        WrongUse: A period reaches beyond what the run knows.
    """
    source = replace(source, draws=in_order(source.draws, source.exposure.services))
    for span in (earlier, later):
        _check(source, span)
    even = len(earlier.months) == len(later.months)
    periods, seen = _periods(source, earlier, later, even=even)
    gross = periods[1].gross.mean(axis=1)
    spans = tuple((span.first, span.last + pd.DateOffset(months=1)) for span in (earlier, later))
    events = events_by_service(source.events, source.tables, earlier=spans[0], later=spans[1], gross=gross)
    events = events * (len(later.months) / PERIOD_MONTHS if even else 1.0)
    rows = explain(COMPARISON, source.tables.services, periods, events, (*source.age_bands, ALL_AGES))
    by_age = min(len(earlier.months), len(later.months)) >= PERIOD_MONTHS
    shown = _joined(rows, source, seen) if by_age else _without_ages(rows)
    hidden = hidden_members(source, earlier, later)
    return shown[[key not in hidden for key in zip(shown["level"], shown["member"], strict=True)]].reset_index(drop=True)


def hidden_members(source: DriftSource, earlier: Span, later: Span) -> dict[tuple[str, str], str]:
    """(level, member) that may not be shown for these periods -> why: years by the rule of years, else of months."""
    return dict(source.hidden_years if earlier.is_year and later.is_year else source.hidden_months)


def _check(source: DriftSource, span: Span) -> None:
    first, last = source.exposure.history_months[0], source.draws.months[-1]
    if span.last < span.first or span.first < first or span.last > last:
        what = f"The period {span.label} is not wholly inside the run's months"
        remedy = f"Choose months from {first:%Y-%m} to {last:%Y-%m}, the first one first"
        raise WrongUse(what, where="--from, --to", remedy=remedy)


def _periods(source: DriftSource, earlier: Span, later: Span, *, even: bool) -> tuple[tuple[Period, Period], list[Seen]]:
    """Both periods' factors, and the histories they rest on."""
    cutoff = source.tables.cutoff
    newest = seen_period(source, source.volume, source.exposure.history_months[-PERIOD_MONTHS:], source.age_bands)
    over = [span.last <= cutoff for span in (earlier, later)]
    found = [
        _per_year(seen_period(source, source.volume, span.months, source.age_bands), span, even=even) if known else newest
        for span, known in zip((earlier, later), over, strict=True)
    ]
    pair = history_pair(found[0], found[1])
    made = [
        period if known else _ahead(source, span, period.factors[..., 0], even=even)
        for span, known, period in zip((earlier, later), over, pair, strict=True)
    ]
    n_draws = max(period.factors.shape[-1] for period in made)
    even_draws = [
        replace(period, factors=np.repeat(period.factors, n_draws // period.factors.shape[-1], axis=-1)) for period in made
    ]
    return (even_draws[0], even_draws[1]), found


def _per_year(seen: Seen, span: Span, *, even: bool) -> Seen:
    scale = 1.0 if even else PERIOD_MONTHS / len(span.months)
    return replace(seen, nominal=seen.nominal * scale, real=seen.real * scale)


def _ahead(source: DriftSource, span: Span, base: Array, *, even: bool) -> Period:
    """A period that lies ahead wholly or in part, per draw.

    Args:
        source: The run.
        span: The period.
        base: (5, S, B, P) factors of the newest 12 months.
        even: Amounts are left as they are; else brought to 12 months.
    """
    draws, months = source.draws, span.months
    gross, real, volume = _known(source, months, draws.gross_nominal.shape[2])
    ahead = draws.months.isin(months)
    gross = gross + draws.gross_nominal[:, ahead].sum(axis=1)
    real = real + (draws.gross_nominal[:, ahead] / draws.price_factor[None, ahead]).sum(axis=1)
    volume = (volume + draws.volume[:, ahead].sum(axis=1)) / len(months)
    scale = 1.0 if even else PERIOD_MONTHS / len(months)
    exposure = source.exposure
    expected = np.concatenate(
        [
            exposure.history[:, exposure.history_months.isin(months)],
            exposure.ahead["main"][:, exposure.ahead_months.isin(months)],
        ],
        axis=1,
    ).mean(axis=1)
    padded, usual = with_sum(expected, base.shape[2]), _usual_price(source, months)
    factors = np.stack(
        [
            ahead_factors(base[:, at], padded[at], volume[at], real[at] * scale, gross[at] * scale, usual)
            for at in range(len(gross))
        ],
        axis=1,
    )
    return Period(span.label, factors)


def _known(source: DriftSource, months: pd.DatetimeIndex, n_draws: int) -> tuple[Array, Array, Array]:
    """(S, D) gross, gross at the run's price level and citizen months of the months that are over; the same in every draw."""
    keys = list(source.exposure.services)
    history = source.tables.history[source.tables.history["month"].isin(months)]
    price = history["month"].map(source.tables.prices.set_index("month")["price_factor"]).astype(float)
    gross = history["gross_ultimate_nominal"].astype(float).fillna(0.0)
    table = pd.DataFrame({"gross": gross, "real": gross / price, "volume": history["volume"].astype(float)})
    sums = table.groupby(history["service"]).sum(min_count=1).reindex(keys)
    if history.empty:
        sums = sums.fillna(0.0)
    columns = (sums[name].to_numpy(dtype=np.float64)[:, None] for name in ("gross", "real", "volume"))
    gross_, real, volume = (np.repeat(values, n_draws, axis=1) for values in columns)
    return np.nan_to_num(gross_), np.nan_to_num(real), volume


def _usual_price(source: DriftSource, months: pd.DatetimeIndex) -> float:
    prices = source.tables.prices
    return float(prices.loc[prices["month"].isin(months), "price_factor"].mean())


def _without_ages(rows: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in rows.columns if name not in {"age_band", "effect"}]
    summed = rows.groupby(keys, sort=False)[["effect"]].sum().reset_index()
    return summed.assign(age_band=ALL_AGES)[list(rows.columns)]


def _joined(rows: pd.DataFrame, source: DriftSource, seen: list[Seen]) -> pd.DataFrame:
    """Bands as the run shows them, and further joined where a period has few citizens in one.

    Mean full-time citizens, rounded down, stand in for citizens: there are never fewer.
    """
    bands = [*source.age_bands]
    counts = []
    for period, values in zip(("from", "to"), seen, strict=True):
        for service, found in zip(source.exposure.services, values.volume.sum(axis=2), strict=True):
            sums: dict[str, float] = {}
            for band, number in zip(bands, found, strict=False):
                to = source.moved.get((service, band), band)
                sums[to] = sums.get(to, 0.0) + float(number)
            counts += [("service", service, "trailing12", period, band, np.floor(n), np.nan) for band, n in sums.items() if n > 0]
    columns = ["level", "member", "period_kind", "period", "age_band", "n_citizens", "top_share"]
    table = pd.DataFrame(counts, columns=columns)
    table["n_citizens"] = table["n_citizens"].clip(lower=1.0)
    again = shown_bands(
        table, source.tables.services, hidden=source.hidden_months, min_citizens=source.min_citizens, max_top_share=1.0
    )
    moves = {(service, band): source.moved.get((service, band), band) for service in source.exposure.services for band in bands}
    ends = {key: again.moved.get((key[0], to), to) for key, to in moves.items()}
    return merge_drift(rows, source.tables.services, ShownBands({key: to for key, to in ends.items() if to != key[1]}))
