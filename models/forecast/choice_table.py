"""MODEL_CHOICE: which forms were chosen for each service, when, and how wide its intervals are made (decision 0012)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models.forecast.choice_json import series_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.forecast.challengers import ArimaForm, Form, Forms
    from models.forecast.choices import Choice, Choices

WIDTH_MONTHS = (1, 12, 24, 36)
_SEASON = 12


def choice_table(choices: Choices, groups: Mapping[str, str]) -> pd.DataFrame:
    """Write a choice as a published table, ordered by service and measure; disclosure's columns are not filled.

    Args:
        choices: Of services: keys are ``service|measure``.
        groups: Service -> its declared group.
    """
    rows = []
    for key, choice in sorted(choices.series.items()):
        service, _, measure = key.rpartition("|")
        width = choices.pools.width(groups[service], measure).at(max(WIDTH_MONTHS))
        rows.append(
            {
                "service": service,
                "measure": measure,
                "forms": "" if choice.forms is None else forms_in_words(choice.forms),
                "renewed_at": f"{choice.cutoff}-01",
                "path_made": _path_made(choice),
                **{f"width_{month}": _width_of(choice, width[month - 1]) for month in WIDTH_MONTHS},
                "choice_json": series_json(choice),
            }
        )
    columns = ["service", "measure", "forms", "renewed_at", "path_made", *(f"width_{month}" for month in WIDTH_MONTHS)]
    table = pd.DataFrame(rows, columns=[*columns, "choice_json"])
    return table.assign(renewed_at=pd.to_datetime(table["renewed_at"]))


def _width_of(choice: Choice, width: float) -> float:
    """Unknown where there is no path: the group's width would tell what another service missed."""
    return float("nan") if choice.continued is None else float(width)


def _path_made(choice: Choice) -> str:
    if choice.continued is None:
        return "none"
    return "refitted" if choice.refitted else "renewed"


def forms_in_words(forms: Forms) -> str:
    """The chosen forms as the field writes them.

    Example:
        >>> from models.forecast.challengers import ArimaForm, Form, Forms
        >>> arima = ArimaForm((2, 1, 0), (0, 1, 1), mean=False, drift=True)
        >>> forms_in_words(Forms(Form("MAAD", "DOTM", None), Form("ANNN", None, arima)))
        'ETS(M,Ad,A) DOTM; logs: ETS(A,N,N) ARIMA(2,1,0)(0,1,1)[12] with drift'
    """
    return f"{_words(forms.raw)}; logs: {_words(forms.log)}"


def _words(form: Form) -> str:
    words = [_ets(form.ets), form.theta, _arima(form.arima)]
    return " ".join(word for word in words if word) or "none"


def _ets(form: str | None) -> str | None:
    if form is None:
        return None
    error, trend, season, damped = list(form)
    return f"ETS({error},{trend}{'d' if damped == 'D' and trend != 'N' else ''},{season})"


def _arima(form: ArimaForm | None) -> str | None:
    if form is None:
        return None
    (p, d, q), (season_p, season_d, season_q) = form.order, form.seasonal
    extra = " with drift" if form.drift else " with mean" if form.mean else ""
    return f"ARIMA({p},{d},{q})({season_p},{season_d},{season_q})[{_SEASON}]{extra}"
