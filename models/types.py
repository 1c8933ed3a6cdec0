"""Values that pass between the models' rooms: frozen, arrays with stated shapes, units in names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DeclaredBreak:
    """A break of history that was declared beforehand, never found in the data.

    Attributes:
        first: First month (first day): of months to be left out, or of a new level.
        last: Last month to be left out; None: a date from which the level may have shifted.
        label_da: What it was, Danish.
        label_en: The same in English.
        services: Services that it may concern; None: all.
        moved_in: What a moved task brings the one service it names, as a share of the year before it; below 0: moved out.
    """

    first: pd.Timestamp
    last: pd.Timestamp | None
    label_da: str
    label_en: str
    services: frozenset[str] | None = None
    moved_in: float = 0.0


@dataclass(frozen=True)
class DriverTables:
    """What drives expenditure, month by month, per service.

    Attributes:
        cutoff: Last month used for fitting (first day).
        currency: Currency of every amount.
        price_level: Level of every ``_real`` column: ``YYYY-pl`` or ``nominal`` where no index was given.
        services: One row per service: service, service_group, frame, committee, price_unit, and opening_days where it is known
            which bill the days they are open.
        history: Dense service x month to the cutoff: volume, exposure, uptake_ratio, units_per_person, unit_cost_real,
            gross_reported_nominal, gross_ultimate_nominal, ibnr_nominal, ibnr_se_nominal. Volume is NaN without cases.
        ahead: service, month, variant, exposure, units_per_person: the month after the cutoff to December of cutoff year + 4.
        prices: month, price_factor (nominal per real), history and ahead.
        notices: notice_id, member, text_da, text_en: every fallback that was used.
        breaks: Declared breaks; read by the fit (``models.forecast.marks``) and by ``models.citizens.new_level``.
    """

    cutoff: pd.Timestamp
    currency: str
    price_level: str
    services: pd.DataFrame
    history: pd.DataFrame
    ahead: pd.DataFrame
    prices: pd.DataFrame
    notices: pd.DataFrame
    breaks: tuple[DeclaredBreak, ...] = ()


@dataclass(frozen=True)
class PressureDraws:
    """Joint draws of expenditure pressure. S services, H months ahead, D draws.

    Attributes:
        services: (S,) keys.
        months: (H,) first days.
        gross_nominal: (S, H, D) currency per month, never negative.
        volume: (S, H, D) full-time equivalent citizens; NaN where a service has no cases.
        unit_cost_real: (S, H, D) currency per priced unit at the run's price level; NaN where a service has no cases.
        price_factor: (H, D) nominal per real.
        methods: service, history_months, method, method_note_da, method_note_en, marks_da, marks_en.
        late_error: (S, D) currency, nominal: by how much the completed cost of months already past misses what their late
            invoices will add up to; None where nothing is completed.
    """

    services: tuple[str, ...]
    months: pd.DatetimeIndex
    gross_nominal: Array
    volume: Array
    unit_cost_real: Array
    price_factor: Array
    methods: pd.DataFrame
    late_error: Array | None = None
