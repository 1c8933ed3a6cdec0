"""The kept choice as JSON and back, every number with all its bits; what is broken is refused, never half read.

Numbers are the base-32 text of their eight bytes, little-endian: exact, shorter than decimals, and without the digits 0 and 1
nothing in it has the shape of a CPR number, which a long column of decimals has by chance.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import ChoiceOutdated, ChoiceUnreadable
from models.forecast.calibrate import WidthFactor
from models.forecast.carried_year import SHARES
from models.forecast.challengers import ArimaForm, Form, Forms
from models.forecast.choices import CHOICE_VERSION, Choice, Choices, hash_word
from models.forecast.fitting import OriginError
from models.forecast.pools import Pools
from models.forecast.trading_days import DAYS_OF_WEEK, TradingDays
from models.forecast.trend import Continued
from models.forecast.uncertainty import ErrorGrowth

if TYPE_CHECKING:
    from models.types import Array

_REMEDY = "Nothing: it is renewed, which takes one longer night"


def to_json(choices: Choices) -> str:
    """Write a choice; the same choice always gives the same text."""
    return _text({"code": choices.code, "digest": choice_digest(choices), "choice": _body(choices)})


def from_json(text: str) -> Choices:
    """Read what :func:`to_json` wrote.

    Raises:
        ChoiceOutdated: Another version wrote it, in its own form.
        ChoiceUnreadable: It is cut off or changed.
    """
    try:
        found = json.loads(text)
        version, body = int(str(found["code"]).split(" ", maxsplit=1)[0]), found["choice"]
        if version != CHOICE_VERSION:
            what = f"The kept model choice is of version {version}, not {CHOICE_VERSION}"
            raise ChoiceOutdated(what, remedy=_REMEDY)
        series = {str(key): _choice(item) for key, item in body["series"].items()}
        choices = Choices(str(found["code"]), str(body["cutoff"]), int(body["horizon"]), series, _pools(body["pools"]))
        whole = found["digest"] == choice_digest(choices)
    except ChoiceOutdated:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        what = f"The kept model choice can't be read ({type(error).__name__})"
        raise ChoiceUnreadable(what, remedy=_REMEDY) from None
    if not whole:
        what = "The kept model choice is not what was written"
        raise ChoiceUnreadable(what, remedy=_REMEDY)
    return choices


def choice_digest(choices: Choices) -> str:
    """SHA-256 of a choice: forms, errors, paths and pools; not of the code that found them.

    Returns:
        52 letters and digits, base 32.
    """
    return hash_word(_text(_body(choices)).encode())


def series_json(choice: Choice) -> str:
    """One series's choice, as the published run keeps it."""
    return _text(_of_choice(choice))


def _text(found: object) -> str:
    return json.dumps(found, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _body(choices: Choices) -> dict[str, object]:
    return {
        "cutoff": choices.cutoff,
        "horizon": choices.horizon,
        "series": {key: _of_choice(choice) for key, choice in choices.series.items()},
        "pools": _of_pools(choices.pools),
    }


def _of_choice(choice: Choice) -> dict[str, object]:
    return {
        "cutoff": choice.cutoff,
        "fingerprint": choice.fingerprint,
        "outline": _numbers(choice.outline),
        "declared": choice.declared,
        "refitted": choice.refitted,
        "level": _number(choice.level),
        "forms": None if choice.forms is None else asdict(choice.forms),
        "errors": [_of_error(item) for item in choice.errors],
        "continued": None if choice.continued is None else _of_continued(choice.continued),
        "spread": _maybe_numbers(choice.spread),
        "growth": _of_growth(choice.growth),
        "did_not_fit": choice.did_not_fit,
        "carried": _maybe_numbers(choice.carried),
    }


def _choice(found: dict[str, Any]) -> Choice:
    return Choice(
        cutoff=str(found["cutoff"]),
        fingerprint=str(found["fingerprint"]),
        outline=_array(found["outline"]),
        declared=str(found["declared"]),
        refitted=_flag(found["refitted"]),
        level=_float(found["level"]),
        forms=None if found["forms"] is None else Forms(_form(found["forms"]["raw"]), _form(found["forms"]["log"])),
        errors=tuple(_error(item) for item in found["errors"]),
        continued=None if found["continued"] is None else _continued(found["continued"]),
        spread=_maybe_array(found["spread"]),
        growth=_growth(found["growth"]),
        did_not_fit=_flag(found["did_not_fit"]),
        carried=_maybe_array(found["carried"]),
    )


def _of_error(error: OriginError) -> dict[str, object]:
    given = {"log_error": _numbers(error.log_error), "spread": _numbers(error.spread)}
    return {**given, "carried": _maybe_numbers(error.carried), "losses": _maybe_numbers(error.losses)}


def _error(found: dict[str, Any]) -> OriginError:
    losses = None if found["losses"] is None else _losses(found["losses"])
    return OriginError(_array(found["log_error"]), _array(found["spread"]), _maybe_array(found["carried"]), losses)


def _form(found: dict[str, Any]) -> Form:
    arima = found["arima"]
    if arima is None:
        return Form(found["ets"], found["theta"], None)
    (p, d, q), (season_p, season_d, season_q) = ([int(part) for part in arima[name]] for name in ("order", "seasonal"))
    orders = ArimaForm((p, d, q), (season_p, season_d, season_q), _flag(arima["mean"]), _flag(arima["drift"]))
    return Form(found["ets"], found["theta"], orders)


def _of_continued(found: Continued) -> dict[str, object]:
    arrays = {name: _numbers(getattr(found, name)) for name in ("path", "growth", "residuals")}
    return {**arrays, "noise": _number(found.noise), "bounded": found.bounded}


def _continued(found: dict[str, Any]) -> Continued:
    path, growth, residuals = (_array(found[name]) for name in ("path", "growth", "residuals"))
    return Continued(path, growth, residuals, _float(found["noise"]), _flag(found["bounded"]))


def _of_growth(growth: ErrorGrowth | None) -> str | None:
    return None if growth is None else _numbers(np.array([growth.noise, growth.level, growth.per_month]))


def _growth(found: str | None) -> ErrorGrowth | None:
    if found is None:
        return None
    noise, level, per_month = _array(found).tolist()
    return ErrorGrowth(noise, level, per_month)


def _of_pools(pools: Pools) -> dict[str, object]:
    return {
        "group_errors": [[*key, _of_growth(growth)] for key, growth in sorted(pools.group_errors.items())],
        "all_errors": {name: _of_growth(growth) for name, growth in pools.all_errors.items()},
        "group_trend": [[*key, _numbers(trend)] for key, trend in sorted(pools.group_trend.items())],
        "group_width": [[*key, _of_width(width)] for key, width in sorted(pools.group_width.items())],
        "all_width": {name: _of_width(width) for name, width in pools.all_width.items()},
        "trading_days": [[*key, _numbers(np.array(days.per_day))] for key, days in sorted(pools.trading_days.items())],
        "shrinkage": [[*key, _number(share)] for key, share in sorted(pools.shrinkage.items())],
        "carried_losses": [[*key, _numbers(told)] for key, told in sorted(pools.carried_losses.items())],
    }


def _pools(found: dict[str, Any]) -> Pools:
    return Pools(
        {(str(group), str(measure)): _growth(growth) for group, measure, growth in found["group_errors"]},
        {str(name): _growth(growth) for name, growth in found["all_errors"].items()},
        {(str(group), str(measure)): _array(trend) for group, measure, trend in found["group_trend"]},
        {(str(group), str(measure)): _width(width) for group, measure, width in found["group_width"]},
        {str(name): _width(width) for name, width in found["all_width"].items()},
        {(str(group), str(measure)): _days(days) for group, measure, days in found["trading_days"]},
        {(str(group), str(measure)): _float(share) for group, measure, share in found["shrinkage"]},
        {(str(group), str(measure)): _losses(told) for group, measure, told in found["carried_losses"]},
    )


def _of_width(width: WidthFactor) -> dict[str, object]:
    arrays = {name: _numbers(np.array(getattr(width, name))) for name in ("knots", "factors")}
    return {**arrays, "reached": width.reached, "yearly": _number(width.yearly)}


def _width(found: dict[str, Any]) -> WidthFactor:
    knots, factors = (tuple(_array(found[name]).tolist()) for name in ("knots", "factors"))
    return WidthFactor(knots, factors, int(found["reached"]), _float(found["yearly"]))


def _days(found: str) -> TradingDays:
    per_day = tuple(_array(found).tolist())
    if len(per_day) != DAYS_OF_WEEK:
        raise ValueError
    return TradingDays(per_day)


def _losses(found: str) -> Array:
    losses = _array(found)
    if len(losses) != len(SHARES):
        raise ValueError
    return losses


def _flag(found: object) -> bool:
    if not isinstance(found, bool):
        raise TypeError
    return found


def _numbers(values: Array) -> str:
    return base64.b32encode(np.asarray(values, dtype="<f8").tobytes()).decode().rstrip("=").lower()


def _array(found: str) -> Array:
    content = base64.b32decode(found.upper() + "=" * (-len(found) % 8))
    return np.frombuffer(content, dtype="<f8").astype(np.float64)


def _maybe_numbers(values: Array | None) -> str | None:
    return None if values is None else _numbers(values)


def _maybe_array(found: str | None) -> Array | None:
    return None if found is None else _array(found)


def _number(value: float) -> str:
    return _numbers(np.array([value]))


def _float(found: str) -> float:
    (value,) = _array(found).tolist()
    return float(value)
