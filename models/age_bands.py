"""Age bands as they may be shown: a small band joins its neighbour inside its service, before anything is summed upwards.

Small cells are merged where they arise, so that every sum above (frame, committee, total) is a sum of cells that may be shown,
and no subtraction between levels gives a small one back: the split by age stands at every level. Services whose whole is
hidden put all their bars into one band per frame (into one band of the run where a sum above them is hidden too): then a
band tells no more of them than the whole does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from models.levels import LEVELS, TOTAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

ALL_AGES = "all"
AGES_JOINED = "age_bands_joined"
"""Notice that some age bands are joined."""
_KEYS = ["comparison", "level", "member", "driver", "age_band", "from_period", "to_period"]


@dataclass(frozen=True)
class ShownBands:
    """Where each service's age bands are shown.

    Attributes:
        moved: (service, band) -> band it is shown in; bands that are shown as they are are left out.
    """

    moved: dict[tuple[str, str], str]

    @property
    def merged_services(self) -> tuple[str, ...]:
        """Services of which at least one band is shown in another."""
        return tuple(sorted({service for service, _ in self.moved}))


@dataclass(frozen=True)
class _Band:
    """One band of one service: its smallest number of citizens in any period, and the largest share of one citizen."""

    name: str
    citizens: float
    top_share: float


def shown_bands(
    concentration: pd.DataFrame,
    services: pd.DataFrame,
    *,
    hidden: Mapping[tuple[str, str], str],
    min_citizens: int,
    max_top_share: float,
    earlier: Mapping[tuple[str, str], str] | None = None,
) -> ShownBands:
    """Decide in which band each service's bands are shown.

    Args:
        concentration: level, member, period_kind, period, age_band, n_citizens, top_share; bands of ``trailing12`` are used.
        services: service, frame, committee.
        hidden: Members whose whole is hidden.
        min_citizens: A band with fewer citizens (but any) joins a neighbour.
        max_top_share: A band in which one citizen holds more joins the whole service's largest band.
        earlier: (service, band) -> the band an earlier run showed it in: what was joined stays joined, or two runs' difference
            would tell a small band.

    Returns:
        The moves. The same for every comparison and driver of the run.
    """
    known = _bands_by_service(concentration)
    moved: dict[tuple[str, str], str] = {}
    for service, bands in sorted(known.items()):
        if ("service", service) not in hidden:
            before = {band: to for (key, band), to in (earlier or {}).items() if key == service}
            moved |= {(service, band): to for band, to in _merge(bands, min_citizens, max_top_share, before).items()}
    for service, to in _bands_of_hidden(known, services, hidden).items():
        moved |= {(service, band.name): to for band in known.get(service, []) if band.name != to}
    return ShownBands(moved)


def join_small(groups: Sequence[list[T]], size: Callable[[list[T]], float], least: float) -> list[list[T]]:
    """Join the smallest group with its larger neighbour until each holds enough, or one is left.

    Example:
        >>> join_small([[3], [9], [1], [8]], sum, 5)
        [[3, 9, 1], [8]]
    """
    joined = [list(group) for group in groups]
    while len(joined) > 1:
        sizes = [size(group) for group in joined]
        at = int(np.argmin(sizes))
        if sizes[at] >= least:
            break
        beside = [place for place in (at - 1, at + 1) if 0 <= place < len(joined)]
        to = max(beside, key=lambda place: sizes[place])
        joined[min(at, to)] += joined[max(at, to)]
        del joined[max(at, to)]
    return joined


def _bands_by_service(concentration: pd.DataFrame) -> dict[str, list[_Band]]:
    rows = concentration[
        (concentration["level"] == "service")
        & (concentration["period_kind"] == "trailing12")
        & (concentration["age_band"] != ALL_AGES)
        & (concentration["n_citizens"].astype(float) > 0)
    ]
    found: dict[str, list[_Band]] = {}
    for (service, band), part in rows.groupby(["member", "age_band"], sort=True):
        citizens = float(part["n_citizens"].astype(float).min())
        share = part["top_share"].astype(float).max()
        found.setdefault(str(service), []).append(_Band(str(band), citizens, 0.0 if pd.isna(share) else float(share)))
    return {service: sorted(bands, key=lambda band: _first_age(band.name)) for service, bands in found.items()}


def _first_age(band: str) -> int:
    return int(band.split("-", maxsplit=1)[0].rstrip("+"))


def _merge(bands: list[_Band], min_citizens: int, max_top_share: float, before: Mapping[str, str]) -> dict[str, str]:
    """Band -> the band it is shown in, neighbours joined until every group is large enough; unmoved bands are left out."""
    if any(band.top_share > max_top_share for band in bands):
        largest = max(bands, key=lambda band: band.citizens).name
        return {band.name: largest for band in bands if band.name != largest}
    groups = join_small(_joined_before(bands, before), lambda group: sum(band.citizens for band in group), min_citizens)
    return {
        band.name: max(group, key=lambda other: other.citizens).name
        for group in groups
        for band in group
        if band.name != max(group, key=lambda other: other.citizens).name
    }


def _joined_before(bands: list[_Band], before: Mapping[str, str]) -> list[list[_Band]]:
    """Neighbours that were joined, and all that lies between two that were."""
    groups: list[list[_Band]] = []
    for place, band in enumerate(bands):
        shown = [before.get(other.name, other.name) for other in bands]
        reaches = any(shown[left] == shown[right] for left in range(place) for right in range(place, len(bands)))
        if groups and reaches:
            groups[-1].append(band)
        else:
            groups.append([band])
    return groups


def _bands_of_hidden(
    known: Mapping[str, list[_Band]], services: pd.DataFrame, hidden: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    """Hidden service -> the one band in which its bars lie."""
    facts = services[["service", "frame", "committee"]].astype(str)
    sums_hidden = any(level != "service" for level, _ in hidden)
    found: dict[str, str] = {}
    lost = facts[[("service", service) in hidden for service in facts["service"]]]
    for _, part in lost.groupby(np.zeros(len(lost)) if sums_hidden else lost["frame"]):
        sizes: dict[str, float] = {}
        for service in part["service"]:
            for band in known.get(service, []):
                sizes[band.name] = sizes.get(band.name, 0.0) + band.citizens
        if sizes:
            to = max(sorted(sizes, key=_first_age), key=lambda band: sizes[band])
            found |= dict.fromkeys(part["service"], to)
    return found


def merge_drift(drift: pd.DataFrame, services: pd.DataFrame, bands: ShownBands) -> pd.DataFrame:
    """Move the bars of every service to the bands they are shown in, and sum them upwards again.

    Args:
        drift: DRIFT rows by service, frame, committee and total; ``start`` and ``end`` at band ``all``.
        services: service, frame, committee.
        bands: From :func:`shown_bands`.

    Returns:
        The same rows with merged bands: every level's bars still sum to end - start, to the krone.
    """
    own = drift[drift["level"] == "service"]
    to = [bands.moved.get((str(s), str(b)), str(b)) for s, b in zip(own["member"], own["age_band"], strict=True)]
    own = own.assign(age_band=to)
    place = services.set_index(services["service"].astype(str))
    names = own["member"].astype(str)
    members = {"service": names, TOTAL: pd.Series(TOTAL, index=own.index)}
    found = []
    for level in LEVELS:
        member = members.get(level, names.map(place[level].astype(str)) if level in place else names)
        bars = own.assign(level=level, member=member).groupby(_KEYS, sort=False)[["effect"]].sum()
        found.append(bars.reset_index().sort_values("member", kind="stable"))
    return pd.concat(found, ignore_index=True)[list(drift.columns)]


def merge_concentration(concentration: pd.DataFrame, services: pd.DataFrame, bands: ShownBands) -> pd.DataFrame:
    """Count citizens in the bands that are shown.

    A citizen with two services is counted in both after a move, so a sum above is at most too high by those moved; the
    largest share is the larger of the two, an upper bound.

    Args:
        concentration: As in :func:`shown_bands`; all levels.
        services: service, frame, committee.
        bands: From :func:`shown_bands`.

    Returns:
        The same frame with merged bands; rows of no one left are gone.
    """
    split = (concentration["period_kind"] == "trailing12") & (concentration["age_band"] != ALL_AGES)
    kept, rows = concentration[~split], concentration[split]
    counts = {
        (str(level), str(member), str(period), str(band)): (float(n), float(share))
        for level, member, period, band, n, share in rows[
            ["level", "member", "period", "age_band", "n_citizens", "top_share"]
        ].itertuples(index=False)
    }
    place = services.set_index(services["service"].astype(str))
    for (service, band), to in sorted(bands.moved.items()):
        above = [("service", service), *((lv, str(place.loc[service, lv])) for lv in ("frame", "committee")), (TOTAL, TOTAL)]
        for period in sorted({key[2] for key in counts}):
            n_moved = counts.get(("service", service, period, band), (0.0, 0.0))[0]
            for level, member in above:
                _move(counts, (level, member, period), band, to, n_moved)
    _at_least_the_largest_part(counts, place)
    _only_band_is_the_whole(counts, concentration)
    merged = pd.DataFrame(
        [(*key[:2], "trailing12", *key[2:], n, share) for key, (n, share) in counts.items() if n > 0],
        columns=["level", "member", "period_kind", "period", "age_band", "n_citizens", "top_share"],
    )
    return pd.concat([kept, merged], ignore_index=True) if len(merged) else kept


def _move(
    counts: dict[tuple[str, str, str, str], tuple[float, float]], head: tuple[str, str, str], band: str, to: str, n_moved: float
) -> None:
    if (*head, band) not in counts or n_moved == 0:
        return
    n_from, share = counts[*head, band]
    n_to, share_to = counts.get((*head, to), (0.0, 0.0))
    counts[*head, band] = (max(n_from - n_moved, 0.0), share)
    counts[*head, to] = (n_to + n_moved, max(share, share_to))


def _at_least_the_largest_part(counts: dict[tuple[str, str, str, str], tuple[float, float]], place: pd.DataFrame) -> None:
    """A sum holds at least the citizens of its largest service: those moved may still be there with another service."""
    for (level, member, period, band), (citizens, _) in list(counts.items()):
        if level != "service" or member not in place.index:
            continue
        above = [("frame", str(place.loc[member, "frame"])), ("committee", str(place.loc[member, "committee"])), (TOTAL, TOTAL)]
        for head in above:
            key = (*head, period, band)
            if key in counts:
                counts[key] = (max(counts[key][0], citizens), counts[key][1])


def _only_band_is_the_whole(counts: dict[tuple[str, str, str, str], tuple[float, float]], concentration: pd.DataFrame) -> None:
    """Where one band is left it holds everybody: the whole's citizens and largest share stand beside it, not an upper bound."""
    wholes = concentration[(concentration["period_kind"] == "trailing12") & (concentration["age_band"] == ALL_AGES)]
    left: dict[tuple[str, str, str], list[tuple[str, str, str, str]]] = {}
    for key, (citizens, _) in counts.items():
        if citizens > 0:
            left.setdefault(key[:3], []).append(key)
    for level, member, period, citizens, share in wholes[["level", "member", "period", "n_citizens", "top_share"]].itertuples(
        index=False
    ):
        keys = left.get((str(level), str(member), str(period)), [])
        if len(keys) == 1 and pd.notna(citizens):
            counts[keys[0]] = (float(citizens), float(share))


def joined_notice(services: pd.DataFrame, bands: ShownBands, min_citizens: int) -> pd.DataFrame:
    """Say beside the figures which services have joined age bands.

    Args:
        services: service, label_da, label_en.
        bands: From :func:`shown_bands`.
        min_citizens: The threshold, for the sentence.

    Returns:
        (0 or 1) row of notice_id, member, text_da, text_en. It names services, never a band or a number of citizens.
    """
    own = services[services["service"].isin(bands.merged_services)].sort_values("service")
    danish = (
        f"Aldersgrupper med færre end {min_citizens} borgere er lagt til en nabogruppe inden for ydelsen, så ingen kan kendes: "
        f"{', '.join(own['label_da'])}."
    )
    english = (
        f"Age groups with fewer than {min_citizens} citizens are joined with a neighbour within the service, so nobody can be "
        f"told: {', '.join(own['label_en'])}."
    )
    rows = [(AGES_JOINED, "run", danish, english)] if len(own) else []
    return pd.DataFrame(rows, columns=["notice_id", "member", "text_da", "text_en"])
