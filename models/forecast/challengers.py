"""The door to statsforecast: exponential smoothing, Theta and ARIMA, on the series and on its logs. Its names stop here.

Which form of each fits a series is searched when the choice is renewed; afterwards the chosen form alone is fitted anew.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from models.types import Array

SEASON = 12
_SEARCH = {"max_p": 2, "max_q": 2, "max_P": 1, "max_Q": 1, "max_order": 4, "approximation": True}
"""ARIMA's search held short: the whole search takes 3-5 times as long and was no better in the combination (decision 0011)."""
MONTHS_FOR_SEASONAL_FORM = 25
LEVEL = 80
"""Per cent of the interval that a challenger is asked for."""
_HALF_WIDTHS = (0.005, 1.4)
"""Log half-widths outside these say nothing."""
_TINY, _LOG_REACH = 1e-6, 50.0


@dataclass(frozen=True)
class ArimaForm:
    """Orders of a seasonal ARIMA, season 12."""

    order: tuple[int, int, int]
    seasonal: tuple[int, int, int]
    mean: bool
    drift: bool


@dataclass(frozen=True)
class Form:
    """The chosen form of each challenger for one series, raw and on logs; ``None`` where none could be found.

    Attributes:
        ets: Error, trend, season and ``D`` or ``N`` for damping, e.g. ``MAAD``.
        theta: One of the Theta family.
        arima: Orders.
    """

    ets: str | None
    theta: str | None
    arima: ArimaForm | None


@dataclass(frozen=True)
class Forms:
    """Forms for the series itself and for its logs."""

    raw: Form
    log: Form


@dataclass(frozen=True)
class Challenge:
    """What one challenger says of one series.

    Attributes:
        path: (H,) in the series's own unit.
        spread: (H,) standard deviation of the log error, by the challenger's own 80 % interval.
    """

    path: Array
    spread: Array


def challenge(values: Array, horizon: int, forms: Forms | None, *, with_arima: bool) -> tuple[dict[str, Challenge], Forms]:
    """Forecast a whole positive series by every challenger.

    Args:
        values: (T,) above zero, no gap.
        horizon: H.
        forms: Chosen forms; None: they are searched for.
        with_arima: ARIMA takes most of the time; rolling origins go without it.

    Returns:
        Name -> what it says (a challenger that fails is left out), and the forms.
    """
    logs = np.log(values)
    chosen = forms or _search_both(values, logs, with_arima=with_arima)
    found = {name: _of_raw(*band) for name, band in _bands(values, horizon, chosen.raw, with_arima=with_arima).items()}
    for name, band in _bands(logs, horizon, chosen.log, with_arima=with_arima).items():
        found[f"{name}_log"] = _of_log(*band)
    return found, chosen


def _of_raw(path: Array, low: Array, high: Array) -> Challenge:
    floor = np.maximum(path, _TINY)
    down = np.log(floor / np.clip(low, _TINY * floor, floor))
    return Challenge(path, _spread(down, np.log(np.maximum(high, floor) / floor)))


def _of_log(path: Array, low: Array, high: Array) -> Challenge:
    return Challenge(np.exp(np.clip(path, -_LOG_REACH, _LOG_REACH)), _spread(path - low, high - path))


def _spread(down: Array, up: Array) -> Array:
    half = (np.clip(down, *_HALF_WIDTHS) + np.clip(up, *_HALF_WIDTHS)) / 2.0
    return np.asarray(half / ndtri(0.5 + LEVEL / 200), dtype=np.float64)


def _bands(values: Array, horizon: int, form: Form, *, with_arima: bool) -> dict[str, tuple[Array, Array, Array]]:
    """Name -> (H,) path, lower and upper end of its 80 % interval."""
    models = {"ets": _ets(form.ets), "theta": _theta(form.theta)}
    if with_arima:
        models["arima"] = _arima(form.arima)
    bands = {}
    for name, model in models.items():
        band = None if model is None else _tried(lambda model=model: _band(model.forecast(y=values, h=horizon, level=[LEVEL])))
        if band is not None:
            bands[name] = (band[0], band[1], band[2])
    return bands


def _band(found: dict[str, Array]) -> Array:
    return np.stack([found["mean"], found[f"lo-{LEVEL}"], found[f"hi-{LEVEL}"]])


def _search_both(values: Array, logs: Array, *, with_arima: bool) -> Forms:
    """ARIMA's orders are searched on logs alone and used for both: the search takes most of a renewal."""
    log = _search(logs, with_arima=with_arima)
    return Forms(replace(_search(values, with_arima=False), arima=log.arima), log)


def _search(values: Array, *, with_arima: bool) -> Form:
    models = _library()
    season = SEASON if len(values) >= MONTHS_FOR_SEASONAL_FORM else 1
    ets = _tried(lambda: models.AutoETS(season_length=season).fit(values).model_["components"])
    theta = _tried(lambda: models.AutoTheta(season_length=season).fit(values).model_["modeltype"])
    fitted = _tried(lambda: models.AutoARIMA(season_length=season, **_SEARCH).fit(values).model_) if with_arima else None
    arima = None
    if fitted is not None:
        p, q, sp, sq, _, d, sd = fitted["arma"]
        arima = ArimaForm((p, d, q), (sp, sd, sq), mean="intercept" in fitted["coef"], drift="drift" in fitted["coef"])
    return Form(ets, theta, arima)


def _ets(components: str | None) -> Any:  # noqa: ANN401  (untyped package)
    if components is None:
        return None
    return _library().AutoETS(season_length=SEASON, model=components[:3], damped=components[3:4] == "D")


def _theta(kind: str | None) -> Any:  # noqa: ANN401
    return None if kind is None else _library().AutoTheta(season_length=SEASON, model=kind)


def _arima(form: ArimaForm | None) -> Any:  # noqa: ANN401
    if form is None:
        return None
    return _library().ARIMA(
        order=form.order,
        season_length=SEASON,
        seasonal_order=form.seasonal,
        include_mean=form.mean,
        include_drift=form.drift,
    )


def _tried(attempt: Any) -> Any:  # noqa: ANN401
    """What ``attempt`` gives; None where the library fails or gives what is no number: the others go on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = attempt()
        except Exception:  # noqa: BLE001  (a challenger may fail in any way; it is left out of the combination)
            return None
    if isinstance(found, np.ndarray):
        return np.asarray(found, dtype=np.float64) if np.isfinite(found).all() else None
    return found


def _library() -> Any:  # noqa: ANN401
    from statsforecast import models  # noqa: PLC0415  (seconds of import: only who forecasts pays for it)

    return models
