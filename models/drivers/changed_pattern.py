"""Complete under a changed invoicing speed: the pattern since the change, and what of a fall in postings is slow billing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.drivers.billing_speed import moved_pattern
from models.drivers.triangles import DEVELOPED_BOUNDS, DEVELOPMENT_MONTHS, PAYEE_KINDS

if TYPE_CHECKING:
    import pandas as pd

    from models.drivers.billing_speed import SpeedChange
    from models.drivers.population import Notice
    from models.types import Array

_HALF_TRUST = 6.0
"""Link ratios since the change that weigh as much as the old pattern, moved."""
PAYEES_DA = {
    "internal": "interne betalinger",
    "municipality": "betalinger til kommuner",
    "person": "betalinger til personer",
    "private": "betalinger til private",
    "region": "betalinger til regioner",
}


def pattern_since(cumulative: Array, before: Array, change: SpeedChange) -> Array:
    """(D,) developed share since a change: the old pattern moved, and more and more what the diagonals since then say.

    Development factors of the newest diagonals (volume-weighted) are blended with those of the moved pattern in logs, with weight
    n / (n + 6) for n of them: two diagonals say little about each factor, a year of them most of it.

    Args:
        cumulative: (T, D) amounts of the payee by the end of each development month.
        before: (D,) pattern known in the month before the change.
        change: What was found.
    """
    last = len(cumulative) - 1
    moved = np.clip(moved_pattern(before, change), *DEVELOPED_BOUNDS)
    origin, lag = np.arange(len(cumulative))[:, None], np.arange(1, cumulative.shape[1])[None, :]
    since = origin + lag > change.since if change.every_origin else origin >= change.since
    seen = since & (origin + lag <= last) & (cumulative[:, :-1] > 0)
    later = np.where(seen, cumulative[:, 1:], 0.0).sum(axis=0)
    earlier = np.where(seen, cumulative[:, :-1], 0.0).sum(axis=0)
    own = moved[1:] / moved[:-1]
    recent = np.divide(later, earlier, out=own.copy(), where=(earlier > 0) & (later > 0))
    trust = seen.sum(axis=0) / (seen.sum(axis=0) + _HALF_TRUST)
    factors = own ** (1.0 - trust) * recent**trust
    return np.asarray(np.clip(1.0 / np.append(np.cumprod(factors[::-1])[::-1], 1.0), *DEVELOPED_BOUNDS))


def changed_shares(usual: Array, since: Array, change: SpeedChange) -> Array:
    """(T,) developed share of every service month: under the new speed where the change touches it.

    Args:
        usual: (T,) under the pattern without the change.
        since: (D,) pattern since the change.
        change: What was found.
    """
    n_months = len(usual)
    age = np.minimum(np.arange(n_months - 1, -1, -1), DEVELOPMENT_MONTHS - 1)
    touched = np.full(n_months, change.every_origin) | (np.arange(n_months) >= change.since)
    return np.where(touched, since[age], usual)


def slow_amount(ultimate: Array, usual: Array, changed: Array) -> float:
    """Amount that would be in the ledger at the old speed and is not; negative: that came sooner.

    Args:
        ultimate: (T,) completed bills.
        usual: (T,) developed shares at the old speed.
        changed: (T,) at the new.

    Example:
        >>> slow_amount(np.array([100.0, 100.0]), np.array([1.0, 0.5]), np.array([0.9, 0.2]))
        40.0
    """
    return round(float((ultimate * (usual - changed)).sum()), 6)


def speed_notice(kind: int, change: SpeedChange, amount: float, months: pd.DatetimeIndex) -> Notice:
    """What the reader must know of a change.

    Args:
        kind: Place in ``PAYEE_KINDS``.
        change: What was found.
        amount: As :func:`slow_amount`.
        months: (T,) first days.
    """
    name, since = PAYEE_KINDS[kind], f"{months[change.since]:%Y-%m}"
    slower, size = abs(change.months_slower), abs(amount) / 1e6
    danish = f"{PAYEES_DA[name][0].upper()}{PAYEES_DA[name][1:]}"
    if change.months_slower > 0:
        identity = "slower_invoices"
        text_da = (
            f"{danish} kommer ca. {_comma(slower)} måned senere end før, siden {since}. {_comma(size)} mio. kr. af det "
            "tilsyneladende fald er sene regninger, ikke besparelse; de er lagt til i de yngste måneder."
        )
        text_en = (
            f"Payments of the kind '{name}' arrive about {slower:.1f} months later than before, since {since}. Of the apparent "
            f"fall DKK {size:.1f} million is slow billing, not saving; it is added to the youngest months."
        )
    else:
        identity = "quicker_invoices"
        text_da = (
            f"{danish} kommer ca. {_comma(slower)} måned tidligere end før, siden {since}. {_comma(size)} mio. kr. af den "
            "tilsyneladende stigning er hurtigere regninger, ikke merudgift; de yngste måneder er fyldt mindre op."
        )
        text_en = (
            f"Payments of the kind '{name}' arrive about {slower:.1f} months sooner than before, since {since}. Of the apparent "
            f"rise DKK {size:.1f} million is quicker billing, not cost; the youngest months are completed by less."
        )
    return identity, name, text_da, text_en


def _comma(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
