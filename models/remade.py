"""Forecasts made again as of earlier cutoffs, by today's engine on today's data: what the model would have said.

Hidden after an earlier cutoff: volume, uptake, unit cost, gross, units per person and the price index. Not hidden, and said so
wherever the scores are shown: expected volume (exposure) of later months, which counts as supplied, and corrections of earlier
months that came in later. So a remade forecast is a little better informed than one that was made at the time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from models.drivers.unit_cost import units_ahead
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


def drivers_as_of(drivers: DriverTables, cutoff: pd.Timestamp) -> DriverTables:
    """The driver tables with everything after an earlier cutoff hidden, exposure excepted.

    Units per person ahead are made by the rule of a night: the calendar's, times what persons had of it in the year before. The
    price index grows as in the three years before.

    Args:
        drivers: Today's tables.
        cutoff: First day of a month before theirs.

    Returns:
        Tables as an engine of that day would be given them, ahead to December of the fourth year after ``cutoff``.
    """
    history = drivers.history[drivers.history["month"] <= cutoff].reset_index(drop=True)
    last = pd.Timestamp(year=cutoff.year + YEARS_AHEAD, month=12, day=1)
    ahead = pd.date_range(cutoff + pd.DateOffset(months=1), last, freq="MS")
    return replace(
        drivers, cutoff=cutoff, history=history, ahead=_ahead(drivers, history, ahead), prices=_prices(drivers, cutoff, ahead)
    )


def _ahead(drivers: DriverTables, history: pd.DataFrame, ahead: pd.DatetimeIndex) -> pd.DataFrame:
    """Exposure as supplied, units per person by the night's rule."""
    main = drivers.ahead[drivers.ahead["variant"] == "main"]
    supplied = pd.concat([drivers.history[["service", "month", "exposure"]], main[["service", "month", "exposure"]]])
    supplied = supplied.drop_duplicates(["service", "month"])
    services = [str(service) for service in drivers.services["service"]]
    rows = pd.MultiIndex.from_product([services, ahead], names=["service", "month"]).to_frame(index=False)
    found = rows.merge(supplied, on=["service", "month"], how="left").assign(variant="main")
    behind = pd.DatetimeIndex(sorted(history["month"].unique()))
    grid = history.set_index(["service", "month"]).reindex(pd.MultiIndex.from_product([services, behind]))
    volume, units = (
        np.nan_to_num(grid[name].to_numpy(dtype=np.float64, na_value=np.nan), nan=usual).reshape(len(services), len(behind))
        for name, usual in (("volume", 0.0), ("units_per_person", 1.0))
    )
    found["units_per_person"] = units_ahead(drivers.services, volume, units, behind, ahead).ravel()
    return found[["service", "month", "variant", "exposure", "units_per_person"]]


def _prices(drivers: DriverTables, cutoff: pd.Timestamp, ahead: pd.DatetimeIndex) -> pd.DataFrame:
    """The index to the cutoff, then each month a year's usual growth above the same month the year before."""
    known = drivers.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float).sort_index()
    path = known[known.index <= cutoff]
    back = [cutoff - pd.DateOffset(years=_GROWTH_YEARS), cutoff]
    pair = path.reindex(pd.DatetimeIndex(back)).to_numpy(dtype=np.float64)
    growth = float((pair[1] / pair[0]) ** (1.0 / _GROWTH_YEARS)) if np.isfinite(pair).all() and pair[0] > 0 else 1.0
    values = dict(zip(pd.DatetimeIndex(path.index), path.to_numpy(dtype=np.float64).tolist(), strict=True))
    newest = values[max(values)] if values else 1.0
    for month in ahead:
        values[month] = values.get(month - pd.DateOffset(years=1), newest) * growth
    return pd.DataFrame({"month": list(values), "price_factor": list(values.values())})


def services_width(drivers: DriverTables, draws: Mapping[pd.Timestamp, PressureDraws]) -> WidthFactor:
    """How much wider services' intervals must be for those of remade forecasts to have held 4 out of 5.

    Widths are calibrated series by series; what comes between them, and years unlike those they were calibrated on, is in this
    alone. It never narrows: a remade forecast knows a little more than one made at the time.

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
    drivers: DriverTables,
    origins: Sequence[pd.Timestamp],
    known: Mapping[pd.Timestamp, Choices],
    *,
    renewal: Renewal = Renewal.MONTHLY,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[pd.Timestamp, Choices], dict[str, int]]:
    """Choose as of earlier cutoffs, by the rules of a night: what an earlier night chose of the same months is used again.

    Args:
        drivers: Today's tables.
        origins: Earlier cutoffs.
        known: Kept choices by cutoff; a cutoff that is not asked for is let go.
        renewal: How long they hold; a cutoff that has none carries that of the newest before it on, where that is asked.
        workers: Processes that fit; the result is the same for any.
        progress: Called with (per mille of the work done, 1000).

    Returns:
        A choice of each origin, and series by what had to be done for them, over all origins (reused, refitted, renewed).
    """
    found: dict[pd.Timestamp, Choices] = {}
    work = Counter({str(word): 0 for word in Work})
    for place, origin in enumerate(origins):
        told = None if progress is None else partial(_tell, progress, place, len(origins))
        before = known.get(max((at for at in known if at <= origin), default=origin))
        choose = partial(choose_services, known=before, renewal=renewal, workers=workers, progress=told)
        choice, done = choose(drivers_as_of(drivers, origin))
        found[origin] = choice
        work.update(done)
    return found, dict(work)


def _tell(progress: Callable[[int, int], None], place: int, places: int, done: int, total: int) -> None:
    progress(round(1000 * (place + done / max(total, 1)) / places), 1000)


def remade_draws(
    drivers: DriverTables,
    origins: Sequence[pd.Timestamp],
    *,
    seed: int,
    n_draws: int,
    choices: Mapping[pd.Timestamp, Choices],
    forecast: Forecast = forecast_services,
) -> dict[pd.Timestamp, PressureDraws]:
    """Forecast again as of earlier cutoffs.

    Args:
        drivers: Today's tables.
        origins: Earlier cutoffs.
        seed: The run's one seed.
        n_draws: Joint draws of each.
        choices: From :func:`choose_as_of`; an origin without one is chosen for anew.
        forecast: The engine, called as ``forecast_services``.

    Returns:
        Draws by cutoff.
    """
    return {
        origin: forecast(drivers_as_of(drivers, origin), seed=seed, n_draws=n_draws, choices=choices.get(origin))
        for origin in origins
    }


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
