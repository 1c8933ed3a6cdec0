"""Forecasts made again as of earlier cutoffs, by today's engine on what was known then: what the model would have said.

Hidden after an earlier cutoff: what was recorded of cases, posted, and counted or projected of the population later. So late
invoices are completed, reference uptake found and the population carried ahead as a night of that day would have done it; the
price index goes on as in the three years before. Not hidden, and said wherever the scores are shown, is what a newer delivery
says of the same day: a corrected count or posting that keeps its date, a case's price that is mended in its own row; nor
today's list of services, mapping, vintage of the index and declared events. So a remade forecast may still be a little better
informed than one that was made at the time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from models.declared import with_breaks
from models.drivers import Prices, build_parts
from models.forecast import choose_services, forecast_services
from models.forecast.calibrate import width_factor, years_factor
from models.forecast.choices import Renewal, Work
from models.forecast.fitting import OriginError
from models.forecast.measures import YEARS_AHEAD
from models.forecast_quality import LAST_SCORED
from models.pressure import forecast_months

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from models.drivers import DriverFrames, DriverParts
    from models.forecast.calibrate import WidthFactor
    from models.forecast.choices import Choices
    from models.types import Array, DriverTables, PressureDraws

    Forecast = Callable[..., PressureDraws]
    Labels = npt.NDArray[np.object_]

REMADE = "remade"
N_ORIGINS = 3
"""A fourth costs a third more and scores no horizon that three do not."""
LEAST_HISTORY = 36
"""Months that must lie behind an origin."""
_GROWTH_YEARS = 3
LEAST_SCORED = 6
"""Months of an origin that must have come before it says how wide intervals must be."""
_LEAST_RECORDED = 0.5
YEAR = 12
_FAR = 3.0
_LEAST_SPREAD = 1e-3


def yearly_origins(drivers: DriverTables, count: int = N_ORIGINS) -> list[pd.Timestamp]:
    """The newest Decembers before the cutoff, newest first, as far as there is history behind them.

    Decembers, as the budget year begins after them; and what was chosen as of one stays as it is for a year of nights.

    Args:
        drivers: Histories.
        count: At most so many.
    """
    first = pd.Timestamp(drivers.history["month"].min())
    found = [pd.Timestamp(year=drivers.cutoff.year - back, month=12, day=1) for back in range(1, count + 1)]
    least = pd.DateOffset(months=LEAST_HISTORY - 1)
    return [origin for origin in found if origin >= first + least]


def parts_as_of(
    frames: DriverFrames,
    tonight: DriverTables,
    events: pd.DataFrame,
    *,
    reference_months: int,
    age_bands: Mapping[str, tuple[int, int]],
) -> DriverParts:
    """The drivers as a night of an earlier cutoff would have made them, at tonight's price level.

    Args:
        frames: What was known at the cutoff (``data.extracts.KnownThen``).
        tonight: Tonight's tables: the price index to the cutoff.
        events: Budget events, as ``models.declared.with_breaks`` takes them.
        reference_months: Months that set reference uptake, ending at the cutoff.
        age_bands: Bands of the catalogue, both ends included.

    Returns:
        Parts whose tables go to December of the fourth year after the cutoff, with the main population alone.
    """
    known = prices_as_of(tonight, frames.cutoff).set_index("month")["price_factor"]
    given = Prices(tonight.price_level, known)
    parts = build_parts(frames, reference_months=reference_months, age_bands=age_bands, prices=given)
    ahead = parts.tables.ahead
    tables = replace(parts.tables, ahead=ahead[ahead["variant"] == "main"].reset_index(drop=True))
    return replace(parts, tables=with_breaks(tables, events))


def prices_as_of(tonight: DriverTables, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Tonight's index to an earlier cutoff, then each month a year's usual growth above the same month the year before.

    Args:
        tonight: Tonight's tables.
        cutoff: First day of a month before theirs.

    Returns:
        month, price_factor, to December of the fourth year after ``cutoff``; growth is that of the three years before it.
    """
    last = pd.Timestamp(year=cutoff.year + YEARS_AHEAD, month=12, day=1)
    known = tonight.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float).sort_index()
    path = known[known.index <= cutoff]
    back = [cutoff - pd.DateOffset(years=_GROWTH_YEARS), cutoff]
    pair = path.reindex(pd.DatetimeIndex(back)).to_numpy(dtype=np.float64)
    growth = float((pair[1] / pair[0]) ** (1.0 / _GROWTH_YEARS)) if np.isfinite(pair).all() and pair[0] > 0 else 1.0
    values = dict(zip(pd.DatetimeIndex(path.index), path.to_numpy(dtype=np.float64).tolist(), strict=True))
    newest = values[max(values)] if values else 1.0
    for month in pd.date_range(cutoff + pd.DateOffset(months=1), last, freq="MS"):
        values[month] = values.get(month - pd.DateOffset(years=1), newest) * growth
    return pd.DataFrame({"month": list(values), "price_factor": list(values.values())})


def was_recorded(then: DriverTables, tonight: DriverTables) -> bool:
    """Whether the sources say when they knew of what they hold of an earlier year.

    A case system that was taken into use since dates all it took over on that day: what was known before can't be told from it,
    and a forecast made on nothing says nothing of the model.

    Args:
        then: Tables of an earlier cutoff.
        tonight: Tonight's.

    Returns:
        At least half of the citizens, and of the cost, that tonight knows of the twelve months to that cutoff were known at it.
    """
    year = then.cutoff - pd.DateOffset(months=11)
    sums = [
        tables.history.loc[tables.history["month"].between(year, then.cutoff), ["volume", "gross_ultimate_nominal"]].sum()
        for tables in (then, tonight)
    ]
    return bool((sums[0] >= _LEAST_RECORDED * sums[1]).all())


def services_width(drivers: DriverTables, draws: Mapping[pd.Timestamp, PressureDraws]) -> WidthFactor:
    """How much wider services' intervals must be for those of remade forecasts to have held 4 out of 5.

    Widths are calibrated series by series; what comes between them, and years unlike those they were calibrated on, is in this
    alone. It never narrows: a remade forecast may know a little more than one made at the time.

    Args:
        drivers: Today's tables.
        draws: Remade draws by cutoff.

    Returns:
        Factors by months ahead, pooled over services and origins; 1 without any origin.
    """
    sides = _beside(drivers, draws)
    return _width([_missed(came[row], said[row]) for came, said, _ in sides for row in range(len(came))])


def sums_width(drivers: DriverTables, draws: Mapping[pd.Timestamp, PressureDraws]) -> WidthFactor:
    """The same of frames of several services and of the total, from remade draws that are widened by services already."""
    missed: list[OriginError] = []
    for came, said, frame in _beside(drivers, draws):
        missed += [_missed(np.nansum(came[member], axis=0), said[member].sum(axis=0)) for member in _several(frame)]
    return _width(missed)


def years_width(drivers: DriverTables, draws: Mapping[pd.Timestamp, PressureDraws], sums: WidthFactor) -> float:
    """How much wider years' sums must be than months so widened make them: those of services, then of frames and the total.

    Args:
        drivers: Today's tables.
        draws: Remade draws by cutoff, widened by services.
        sums: How much wider than those the months of frames and the total will be.
    """
    services: list[OriginError] = []
    several: list[OriginError] = []
    for months, draws_of_months, frame in _beside(drivers, draws):
        years = months.shape[1] // YEAR
        came = months[:, : years * YEAR].reshape(len(months), years, YEAR).sum(axis=2)
        said = draws_of_months[:, : years * YEAR].reshape(len(months), years, YEAR, draws_of_months.shape[2]).sum(axis=2)
        services += [_missed(came[row], said[row]) for row in range(len(came))]
        wider = sums.at(years * YEAR).reshape(years, YEAR).mean(axis=1)
        for member in _several(frame):
            missed = _missed(np.nansum(came[member], axis=0), said[member].sum(axis=0))
            several.append(replace(missed, spread=missed.spread * wider))
    own = years_factor(services)
    return own * years_factor([replace(missed, spread=missed.spread * own) for missed in several])


def _several(frame: Labels) -> list[Labels]:
    """(S,) flags of the total, and of each frame, where it holds more than one service."""
    names = list(dict.fromkeys(frame))
    members = [frame == name for name in names] if len(names) > 1 else []
    return [member for member in (np.ones(len(frame), dtype=bool), *members) if member.sum() > 1]


def _width(missed: Sequence[OriginError]) -> WidthFactor:
    return width_factor([error for error in missed if len(error.log_error) >= LEAST_SCORED], harder=1.0).not_narrower()


def _beside(drivers: DriverTables, draws: Mapping[pd.Timestamp, PressureDraws]) -> list[tuple[Array, Array, Labels]]:
    """By origin what came (S, h), what was said of it (S, h, D) at the prices that came, and the services' frames."""
    frames = drivers.services.set_index("service")["frame"]
    actual = drivers.history.pivot_table(index="service", columns="month", values="gross_ultimate_nominal", aggfunc="sum")
    prices = drivers.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float)
    found = []
    for made in draws.values():
        months = made.months[:LAST_SCORED]
        months = months[months <= drivers.cutoff]
        came = actual.reindex(index=list(made.services), columns=months).to_numpy(dtype=np.float64)
        assumed = made.price_factor[: len(months)].mean(axis=1)
        known = prices.reindex(months).fillna(1.0).to_numpy(dtype=np.float64)  # tonight is given the index
        said = made.gross_nominal[:, : len(months)] * (known / assumed)[None, :, None]
        found.append((came, said, frames.reindex(list(made.services)).to_numpy(dtype=object)))
    return found


def _missed(came: Array, said: Array) -> OriginError:
    """(h,) log errors of one member's months beside the standard deviation that (h, D) draws say.

    NaN where nothing came and nothing was said. What came where nothing was said, or the other way, has no logarithm and counts
    as a miss far off.
    """
    mean, (low, high) = said.mean(axis=1), np.quantile(said, [0.1, 0.9], axis=1)
    both = (came > 0) & (mean > 0)
    error = np.where(both, np.log(np.where(both, came, 1.0) / np.where(both, mean, 1.0)), np.where(came > mean, _FAR, -_FAR))
    middle = np.where(mean > 0, mean, 1.0)
    above = np.where(mean > 0, high / middle - 1.0, 0.0)
    below = np.where((low > 0) & (mean > 0), np.log(middle / np.where(low > 0, low, 1.0)), above)
    spread = np.maximum((above + below) / (2.0 * ndtri(0.9)), _LEAST_SPREAD)
    return OriginError(np.where(np.isfinite(came) & ((came > 0) | (mean > 0)), error, np.nan), spread)


def choose_as_of(
    then: Mapping[pd.Timestamp, DriverTables],
    known: Mapping[pd.Timestamp, Choices],
    *,
    renewal: Renewal = Renewal.MONTHLY,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[pd.Timestamp, Choices], dict[str, int]]:
    """Choose as of earlier cutoffs, by the rules of a night: what an earlier night chose of the same months is used again.

    Args:
        then: Tables by earlier cutoff (:func:`parts_as_of`).
        known: Kept choices by cutoff; a cutoff that is not asked for is let go.
        renewal: How long they hold; a cutoff that has none carries that of the newest before it on, where that is asked.
        workers: Processes that fit; the result is the same for any.
        progress: Called with (per mille of the work done, 1000).

    Returns:
        A choice of each cutoff, and series by what had to be done for them, over all of them (reused, refitted, renewed).
    """
    found: dict[pd.Timestamp, Choices] = {}
    work = Counter({str(word): 0 for word in Work})
    for place, (origin, tables) in enumerate(then.items()):
        told = None if progress is None else partial(_tell, progress, place, len(then))
        before = known.get(max((at for at in known if at <= origin), default=origin))
        choice, done = choose_services(tables, known=before, renewal=renewal, workers=workers, progress=told)
        found[origin] = choice
        work.update(done)
    return found, dict(work)


def _tell(progress: Callable[[int, int], None], place: int, places: int, done: int, total: int) -> None:
    progress(round(1000 * (place + done / max(total, 1)) / places), 1000)


def remade_draws(
    then: Mapping[pd.Timestamp, DriverTables],
    *,
    seed: int,
    n_draws: int,
    choices: Mapping[pd.Timestamp, Choices],
    forecast: Forecast = forecast_services,
) -> dict[pd.Timestamp, PressureDraws]:
    """Forecast again as of earlier cutoffs.

    Args:
        then: Tables by earlier cutoff (:func:`parts_as_of`).
        seed: The run's one seed.
        n_draws: Joint draws of each.
        choices: From :func:`choose_as_of`; a cutoff without one is chosen for anew.
        forecast: The engine, called as ``forecast_services``.

    Returns:
        Draws by cutoff.
    """
    return {origin: forecast(tables, seed=seed, n_draws=n_draws, choices=choices.get(origin)) for origin, tables in then.items()}


def remade_rows(drivers: DriverTables, draws: Mapping[pd.Timestamp, PressureDraws]) -> pd.DataFrame:
    """What remade draws say, for ``forecast_quality.quality_points``.

    Args:
        drivers: Today's tables.
        draws: By cutoff.

    Returns:
        source, level, member, measure, cutoff, month, mean, q10, q50, q90, at most 36 months ahead.
    """
    parts = []
    for origin, made in draws.items():
        rows = forecast_months(made, drivers.services)
        end = origin + pd.DateOffset(months=LAST_SCORED)
        parts.append(rows[rows["month"] <= min(end, drivers.cutoff)].assign(source=REMADE, cutoff=origin))
    columns = ["source", "level", "member", "measure", "cutoff", "month", "mean", "q10", "q50", "q90"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
