"""Suppression of figures that rest on few citizens, and of those that would give them away by subtraction (DESIGN 4.9).

Decided per service and once per run, so that the same services are masked in every period, basis, price level, measure and
variant, and differences between them reveal nothing. Three families of tables:

* **years** (year tables, frames, bridge, drift): masked where any year or 12 months of the service is small or dominated;
* **months**: also masked where any single month is (a year may be shown whose months are not);
* **age bands** (drift): a small band joins its neighbour inside its service, before anything is summed (``age_bands``).

A member is small with 1 to ``min_citizens - 1`` citizens (none at all is no one's secret), dominated where one citizen holds
more than ``max_top_share``. Unknown citizens or an unknown largest share are not judged, which the extracts say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.schema.column import Sensitivity
from data.schema.published import PUBLISHED
from models.age_bands import ShownBands, joined_notice, merge_concentration, merge_drift, shown_bands
from models.secondary import Cell, Tree, protect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models.secondary import Node

_MONTH_TABLES = (
    "actual_months", "forecast_months", "known_months", "forecast_quality", "forecast_quality_months", "model_choice",
    "year_result_months", "year_result", "year_result_spread", "year_bridge", "accounting_fixed", "commitment_differences",
    "staff_estimates", "drift",
)  # fmt: skip
_FRAME_TABLES = ("bridge", "provider_years")
_NODES, _KEYS = ("years", "months", "refund", "tiers", "ahead", "marginal", "thin"), ("radar", "providers")
"""Of what earlier runs hid: members, and keys of three words; a record of before has not all of them."""
_ALL = "all"
_SECONDARY = "secondary"


@dataclass(frozen=True)
class Earlier:
    """What earlier runs of the home hid: it stays hidden, so that no two runs together show what neither does.

    Attributes:
        years: (level, member) hidden by year.
        months: (level, member) hidden by month.
        refund: (level, member) whose refund is hidden.
        bands: (service, band) -> the band it was shown in.
        tiers: (level, member) whose refund by tier is hidden.
        ahead: (level, member) whose refund ahead is hidden.
        marginal: ("service", key) whose marginal refund is hidden.
        thin: ("service", key) joined with others where the refund answers to prices.
        radar: What of the transition radar is hidden (``models.citizens.radar_hidden``).
        providers: (level, member, kind of provider) hidden.
    """

    years: frozenset[tuple[str, str]] = frozenset()
    months: frozenset[tuple[str, str]] = frozenset()
    refund: frozenset[tuple[str, str]] = frozenset()
    bands: Mapping[tuple[str, str], str] = field(default_factory=dict)
    tiers: frozenset[tuple[str, str]] = frozenset()
    ahead: frozenset[tuple[str, str]] = frozenset()
    marginal: frozenset[tuple[str, str]] = frozenset()
    thin: frozenset[tuple[str, str]] = frozenset()
    radar: frozenset[tuple[str, str, str]] = frozenset()
    providers: frozenset[tuple[str, str, str]] = frozenset()

    def told(self) -> dict[str, list[list[str]]]:
        """For the run record: a run is made again with what it was told to keep hidden."""
        found = {name: [list(key) for key in sorted(getattr(self, name))] for name in (*_NODES, *_KEYS)}
        return found | {"bands": [[*key, to] for key, to in sorted(self.bands.items())]}

    @classmethod
    def of_told(cls, told: Mapping[str, Sequence[Sequence[str]]]) -> Earlier:
        """What a run record says that was kept hidden.

        Example:
            >>> made = Earlier(years=frozenset({("service", "a")}), bands={("a", "0-17"): "0-22"})
            >>> Earlier.of_told(made.told()) == made
            True
        """

        def members(name: str) -> frozenset[tuple[str, str]]:
            return frozenset((level, member) for level, member in told.get(name, ()))

        def keys(name: str) -> frozenset[tuple[str, str, str]]:
            return frozenset((one, two, three) for one, two, three in told.get(name, ()))

        return cls(
            years=members("years"),
            months=members("months"),
            refund=members("refund"),
            bands={(service, band): to for service, band, to in told["bands"]},
            tiers=members("tiers"),
            ahead=members("ahead"),
            marginal=members("marginal"),
            thin=members("thin"),
            radar=keys("radar"),
            providers=keys("providers"),
        )

    def joined(self, other: Earlier) -> Earlier:
        """What either hid."""
        both = {name: getattr(self, name) | getattr(other, name) for name in (*_NODES, *_KEYS)}
        return Earlier(bands={**self.bands, **other.bands}, **both)


NOTHING_EARLIER = Earlier()


@dataclass(frozen=True)
class Masks:
    """What is masked in a run: (level, member) -> ``primary`` or ``secondary``.

    Attributes:
        years: In tables of whole years.
        months: In tables by month, and to the cutoff; holds ``years``.
        bands: Where the age bands of drift are shown.
    """

    years: dict[tuple[str, str], str]
    months: dict[tuple[str, str], str]
    bands: ShownBands


def mask_tables(
    frames: Mapping[str, pd.DataFrame],
    *,
    concentration: pd.DataFrame,
    min_citizens: int,
    max_top_share: float,
    earlier: Earlier = NOTHING_EARLIER,
) -> dict[str, pd.DataFrame]:
    """Fill ``n_citizens``, ``top_share`` and ``mask`` of every published table, and empty what must not be shown.

    Args:
        frames: Published tables by name; ``services`` must be there. None is changed.
        concentration: level, member, period_kind (month|year|trailing12|accounting_year), period (YYYY-MM, YYYY),
            age_band, n_citizens, top_share.
        min_citizens: Fewer citizens than this are suppressed.
        max_top_share: A citizen holding more than this share suppresses.
        earlier: What earlier runs of the home hid.

    Returns:
        The same tables; a row that came masked stays so. In a masked row every aggregate is NULL. ``draws`` stays complete: it
        never leaves the server.
    """
    masks = decide_masks(
        frames, concentration=concentration, min_citizens=min_citizens, max_top_share=max_top_share, earlier=earlier
    )
    services = frames["services"]
    counts = _Counts(merge_concentration(concentration, services, masks.bands))
    found = {}
    for name, given in frames.items():
        frame = merge_drift(given, services, masks.bands) if name == "drift" and len(given) else given
        if name in _FRAME_TABLES:
            found[name] = emptied(name, frame, _is_masked(frame.assign(level="frame"), masks.years))
        elif "mask" in PUBLISHED[name].names:
            found[name] = _masked(name, counts.added(name, frame), masks)
        else:
            found[name] = frame.copy()
    if "notices" in found and "drift" in found:
        said = joined_notice(services, masks.bands, min_citizens)
        found["notices"] = pd.concat([found["notices"], said], ignore_index=True) if len(said) else found["notices"]
    return found


def decide_masks(
    frames: Mapping[str, pd.DataFrame],
    *,
    concentration: pd.DataFrame,
    min_citizens: int,
    max_top_share: float,
    earlier: Earlier = NOTHING_EARLIER,
) -> Masks:
    """Decide what is masked; arguments as ``mask_tables``."""
    services = frames["services"]
    sizes = _sizes(frames)
    judged = _judged(concentration, frames, min_citizens, max_top_share)
    by_year = judged[(judged["period_kind"] != "month") & (judged["age_band"] == _ALL)]
    by_month = judged[judged["age_band"] == _ALL]
    tree_years = Tree.of(services, _cells(by_year, services, sizes), min_citizens, max_top_share)
    years = _protected(tree_years, _primary(by_year), earlier.years)
    tree_months = Tree.of(services, _cells(by_month, services, sizes), min_citizens, max_top_share)
    months = _protected(tree_months, _primary(by_month), set(years) | earlier.months)
    told = {key: years.get(key, word) if word == _SECONDARY else word for key, word in months.items()}
    bands = shown_bands(
        concentration, services, hidden=months, min_citizens=min_citizens, max_top_share=max_top_share, earlier=earlier.bands
    )
    return Masks(years, told, bands)


def _protected(tree: Tree, primary: set[Node], also: Iterable[Node]) -> dict[Node, str]:
    """Protect what is primary and what is hidden for another reason; only the former is called so."""
    wanted = {node for node in also if node in tree.children or (node[0] == "service" and node[1] in tree.cells)}
    found = protect(tree, primary | wanted)
    return {node: word if node in primary else _SECONDARY for node, word in found.items()}


def say_marks(services: pd.DataFrame, methods: pd.DataFrame, masks: Masks) -> pd.DataFrame:
    """Services whose notes also tell their marked months, where their months may be shown: a mark names a month and its size.

    Args:
        services: SERVICES of the run.
        methods: service, marks_da, marks_en.
        masks: Of the run.
    """
    found = services.copy()
    known = methods.set_index("service")
    shown = ~found["service"].map(lambda service: ("service", str(service)) in masks.months)
    for language in ("da", "en"):
        notes = found[f"method_note_{language}"].fillna("").astype(str)
        marks = found["service"].map(known[f"marks_{language}"]).fillna("").astype(str)
        found[f"method_note_{language}"] = notes.where(~shown, (notes + " " + marks).str.strip())
    return found


def _judged(
    concentration: pd.DataFrame, frames: Mapping[str, pd.DataFrame], min_citizens: int, max_top_share: float
) -> pd.DataFrame:
    """Concentration of the run's members with a column ``primary``."""
    known = _with_volume(concentration, frames)
    citizens, share = known["n_citizens"].astype(float), known["top_share"].astype(float)
    small = (citizens >= 1) & (citizens < min_citizens)
    return known.assign(n_citizens=citizens, top_share=share, primary=small | ((share > max_top_share) & (citizens != 0)))


def _with_volume(concentration: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Where the number of citizens is unknown the month's volume stands in: its floor, 1 at least where there is any."""
    unknown = concentration["n_citizens"].isna()
    if not unknown.any() or "actual_months" not in frames:
        return concentration
    months = frames["actual_months"]
    volume = pd.to_numeric(months["volume"])
    volume.index = pd.MultiIndex.from_arrays(
        [months["service"].astype(str), pd.to_datetime(months["month"]).dt.strftime("%Y-%m")]
    )
    keys = pd.MultiIndex.from_frame(concentration[["member", "period"]].astype(str))
    found = volume[~volume.index.duplicated()].reindex(keys).to_numpy(dtype=float)
    stand_in = pd.Series(np.where(found > 0, np.maximum(np.floor(found), 1.0), found), index=concentration.index)
    wanted = unknown & (concentration["level"] == "service") & (concentration["period_kind"] == "month")
    citizens = concentration["n_citizens"].astype(float)
    return concentration.assign(n_citizens=citizens.where(~wanted, stand_in))


def _sizes(frames: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Service -> gross of its newest 12 months: the smallest is given up first."""
    if "actual_months" not in frames or frames["actual_months"].empty:
        return {}
    months = frames["actual_months"]
    newest = months[pd.to_datetime(months["month"]) > pd.to_datetime(months["month"]).max() - pd.DateOffset(months=12)]
    totals = newest["gross_ultimate_nominal"].astype(float).groupby(newest["service"].astype(str)).sum()
    return {str(key): float(value) for key, value in zip(totals.index.to_list(), totals.to_list(), strict=True)}


def _cells(judged: pd.DataFrame, services: pd.DataFrame, sizes: dict[str, float]) -> dict[str, Cell]:
    """What each service is in every period; unknown citizens count as many, an unknown largest share as none."""
    own = judged[judged["level"] == "service"]
    periods = own["period_kind"].astype(str) + " " + own["period"].astype(str)
    own = own.assign(when=periods, n_citizens=own["n_citizens"].fillna(np.inf))
    found = {}
    parts = {str(member): part for member, part in own.groupby("member")}
    for key in services["service"].astype(str):
        part = parts.get(key, own.iloc[:0])
        citizens = dict(zip(part["when"].to_list(), part["n_citizens"].to_list(), strict=True))
        primary = frozenset(part.loc[part["primary"], "when"].to_list())
        found[key] = Cell(sizes.get(key, 0.0), citizens, primary, _number(part["top_share"].max(), 0.0))
    return found


def _number(value: float, missing: float) -> float:
    return missing if pd.isna(value) else float(value)


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["level"].astype(str), rows["member"].astype(str), strict=True))


def _primary(judged: pd.DataFrame) -> set[tuple[str, str]]:
    return set(_pairs(judged[judged["primary"]]))


class _Counts:
    """Citizens and largest share beside a figure: of its own period where it has one, else of the newest 12 months."""

    def __init__(self, concentration: pd.DataFrame) -> None:
        keys = ["level", "member", "period_kind", "period", "age_band"]
        indexed = concentration.drop_duplicates(keys).set_index(keys)
        self._known = indexed[["n_citizens", "top_share"]].sort_index()
        newest = concentration.loc[concentration["period_kind"] == "trailing12", "period"]
        self._newest = "" if newest.empty else str(newest.max())

    def added(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        level = frame["level"] if "level" in frame else pd.Series("service", index=frame.index)
        member = frame["member"] if "member" in frame else frame["service"]
        kind, period = self._period(name, frame)
        band = frame["age_band"] if name == "drift" else pd.Series(_ALL, index=frame.index)
        keys = pd.MultiIndex.from_arrays([level.astype(str), member.astype(str), kind, period, band.astype(str)])
        found = self._known.reindex(keys)
        citizens = pd.array(found["n_citizens"].astype(float).to_list(), dtype="Float64").astype("Int64")
        return frame.assign(n_citizens=citizens, top_share=found["top_share"].to_numpy(dtype=float, na_value=np.nan))

    def _period(self, name: str, frame: pd.DataFrame) -> tuple[pd.Series[str], pd.Series[str]]:
        def every(word: str) -> pd.Series[str]:
            return pd.Series(word, index=frame.index, dtype=object)

        if name == "actual_months":
            return every("month"), pd.to_datetime(frame["month"]).dt.strftime("%Y-%m")
        if name == "actual_years":
            return frame["basis"].map({"service_year": "year", "accounting_year": "accounting_year"}), frame["year"].astype(str)
        return every("trailing12"), every(self._newest)


def _is_masked(frame: pd.DataFrame, masks: dict[tuple[str, str], str]) -> pd.Series[bool]:
    return pd.Series([key in masks for key in _pairs(frame)], index=frame.index, dtype=bool)


def _masked(name: str, frame: pd.DataFrame, masks: Masks) -> pd.DataFrame:
    named = frame if "member" in frame else frame.assign(level="service", member=frame["service"])
    chosen = masks.months if name in _MONTH_TABLES else masks.years
    own = frame["mask"].fillna("") if "mask" in frame else [""] * len(frame)
    words = [chosen.get(key, word) for key, word in zip(_pairs(named), own, strict=True)]
    marked = frame.assign(mask=words)
    return emptied(name, marked, marked["mask"] != "")


def emptied(name: str, frame: pd.DataFrame, hidden: pd.Series[bool]) -> pd.DataFrame:
    """NULL in every aggregate of the hidden rows."""
    contract = PUBLISHED[name]
    aggregates = [column.name for column in contract.columns if column.sensitivity is Sensitivity.AGGREGATE]
    emptied = {column: frame[column].where(~hidden) for column in aggregates}
    return frame.assign(**emptied)


def masked_members(masked: pd.DataFrame) -> set[tuple[str, str]]:
    """(level, member) of the masked rows of a table with ``level`` and ``member``.

    Example:
        >>> import pandas as pd
        >>> masked_members(pd.DataFrame({"level": ["total"], "member": ["total"], "mask": [""]}))
        set()
    """
    return set(_pairs(masked[masked["mask"] != ""]))


__all__ = ["Earlier", "Masks", "decide_masks", "emptied", "mask_tables", "masked_members"]
