"""Actual against expected development: what the ledger took in each month, beside what the month before expected of it.

For every kind of payee and month of posting t: expected = for older service months the completed bill of t - 1 times the share
that usually comes in that development month; for the new service month the expected bill (active cases x price at the ratio of
bill to list cost known at t - 1) times the first share. Pattern, ratio and bills are those of t - 1: no posting of t or later
moves them (the list cost alone is today's). The standard error is the root mean square of the 24 months before, per krone
expected; it holds what months share, which a variance cell by cell would not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.drivers.triangles import PAYEE_KINDS

if TYPE_CHECKING:
    from models.drivers.standing import History, Standing
    from models.types import Array

SHOWN_MONTHS = 12
_ERROR_MONTHS = 24
_FEWEST_ERRORS = 6
_FIRST = 12
COLUMNS = ("payee_kind", "month", "actual", "expected", "standard_error", "z")
SPEED_NOTICES = ("slower_invoices", "quicker_invoices")
_FIGURES = ("actual", "expected", "standard_error", "z", "n_citizens", "top_share")


def no_development() -> pd.DataFrame:
    """The table of a source that gets no completion: its columns and no row."""
    types = dict.fromkeys(COLUMNS[2:], "float64") | {"payee_kind": "object", "month": "datetime64[us]"}
    return pd.DataFrame(columns=list(COLUMNS)).astype(types)


def actual_against_expected(history: History, views: list[Standing], months: pd.DatetimeIndex) -> pd.DataFrame:
    """Hold the 12 newest months of posting against what was expected of them.

    Args:
        history: The ledger.
        views: (T,) what the end of each month knew.
        months: (T,) first days.

    Returns:
        payee_kind, month (of posting), actual, expected, standard_error, z: nominal, authority gross with a known service month;
        kinds that were billed only. ``standard_error`` and ``z`` are NaN where fewer than six earlier months tell them.
    """
    n_months = len(months)
    first = min(_FIRST, n_months)
    actual = np.full((len(PAYEE_KINDS), n_months), np.nan)
    expected = np.full_like(actual, np.nan)
    increments = np.diff(history.by_kind, axis=2, prepend=0.0)
    for month in range(first, n_months):
        actual[:, month] = posted_in(increments, month)
        expected[:, month] = _expected_of(views[month - 1], month)
    errors = np.stack([_standard_errors(own, wanted) for own, wanted in zip(actual, expected, strict=True)])
    score = np.divide(actual - expected, errors, out=np.full_like(actual, np.nan), where=errors > 0)
    shown = np.arange(max(first, n_months - SHOWN_MONTHS), n_months)
    parts = [
        pd.DataFrame(
            {
                "payee_kind": kind,
                "month": months[shown],
                "actual": actual[place, shown],
                "expected": expected[place, shown],
                "standard_error": errors[place, shown],
                "z": score[place, shown],
            }
        )
        for place, kind in enumerate(PAYEE_KINDS)
        if increments[place].any() and len(shown)
    ]
    return pd.concat(parts, ignore_index=True) if parts else no_development()


def posted_in(increments: Array, month: int) -> Array:
    """(K,) what was posted in a month, whatever the service month.

    Args:
        increments: (K, T, D) amounts by service month and lag.
        month: Place of the month of posting.

    Example:
        >>> posted_in(np.array([[[1.0, 2.0], [4.0, 0.0]]]), 1).tolist()
        [6.0]
    """
    lag = np.arange(min(increments.shape[2], month + 1))
    return np.asarray(increments[:, month - lag, lag].sum(axis=1))


def _expected_of(view: Standing, month: int) -> Array:
    """(K,) what the month before expected of ``month``."""
    share = np.diff(view.developed, axis=1, prepend=0.0)
    lag = np.arange(1, min(share.shape[1], month + 1))
    older = (view.ultimate[:, month - lag] * share[:, lag]).sum(axis=1)
    return np.asarray(older + view.prior[:, month] * share[:, 0])


def _standard_errors(actual: Array, expected: Array) -> Array:
    """(T,) from the 24 months before each: root mean square of the residual per square root of what was expected."""
    size = np.maximum(np.nan_to_num(expected), 0.0)
    relative = np.divide((actual - expected) ** 2, size, out=np.full_like(size, np.nan), where=size > 0)
    found = np.full_like(size, np.nan)
    for month in range(len(size)):
        earlier = relative[max(0, month - _ERROR_MONTHS) : month]
        earlier = earlier[np.isfinite(earlier)]
        if len(earlier) >= _FEWEST_ERRORS:
            found[month] = np.sqrt(earlier.mean() * size[month])
    return found


def mask_development(
    frame: pd.DataFrame, concentration: pd.DataFrame, *, min_citizens: int, max_top_share: float
) -> pd.DataFrame:
    """Fill ``n_citizens``, ``top_share`` and ``mask``, and empty the rows of kinds of payee that rest on few citizens.

    Decided per kind and for every month alike. A kind is hidden where any shown month holds 1 to ``min_citizens - 1`` citizens or
    one citizen with more than ``max_top_share``; unknown citizens are not judged. The kinds of a month add up to the ledger, so
    no single kind is hidden alone: the smallest other goes with it until every month's hidden sum is safe.

    Args:
        frame: COMPLETION_DEVELOPMENT without its last three columns.
        concentration: payee_kind, month (of posting), n_citizens, top_share; without a row: unknown.
        min_citizens: Fewer citizens than this are suppressed.
        max_top_share: A citizen holding more than this share suppresses.
    """
    known = concentration[["payee_kind", "month", "n_citizens", "top_share"]]
    whole = frame.merge(known, on=["payee_kind", "month"], how="left", validate="one_to_one")
    citizens = whole["n_citizens"].astype(float)
    small = (citizens >= 1) & (citizens < min_citizens)
    dominated = (whole["top_share"].astype(float) > max_top_share) & (citizens != 0)
    hidden = {str(kind): "primary" for kind in whole.loc[small | dominated, "payee_kind"]}
    sizes = whole.assign(size=whole["actual"].abs()).groupby("payee_kind")["size"].sum()
    left = [str(kind) for kind in sizes.sort_values(kind="stable").index if str(kind) not in hidden]
    while hidden and left and not _is_safe(whole, hidden, min_citizens):
        hidden[left.pop(0)] = "secondary"
    words = whole["payee_kind"].astype(str).map(lambda kind: hidden.get(kind, ""))
    whole["n_citizens"] = pd.array(citizens.to_list(), dtype="Float64").astype("Int64")
    return whole.assign(mask=words, **{name: whole[name].where(words == "") for name in _FIGURES})


def mask_speed_notices(notices: pd.DataFrame, masked: pd.DataFrame) -> pd.DataFrame:
    """Take the amount out of what is said of kinds of payee that are hidden.

    Args:
        notices: NOTICES.
        masked: As :func:`mask_development` returns it.
    """
    hidden = set(masked.loc[masked["mask"] != "", "payee_kind"].astype(str))
    told = notices["notice_id"].isin(list(SPEED_NOTICES)) & notices["member"].isin(list(hidden))
    shortened = notices.copy()
    for column, why in (
        ("text_da", "Beløbet hviler på få borgere og vises ikke."),
        ("text_en", "The amount rests on few citizens and is not shown."),
    ):
        first = notices.loc[told, column].str.extract(r"^(.*?\d{4}-\d{2}\.)", expand=False)
        shortened.loc[told, column] = first + " " + why
    return shortened


def _is_safe(whole: pd.DataFrame, hidden: dict[str, str], min_citizens: int) -> bool:
    """Whether two kinds and enough citizens stand behind every month's hidden sum (unknown citizens count as many)."""
    part = whole[whole["payee_kind"].isin(list(hidden))]
    citizens = part["n_citizens"].astype(float).fillna(np.inf)
    present = part.assign(citizens=citizens)[citizens > 0].groupby("month")["citizens"].agg(["count", "sum"])
    return bool(((present["count"] >= 2) & (present["sum"] >= min_citizens)).all())
