"""Suppression of the refund: it rests on far fewer citizens than gross, so it is judged by those who stand behind it.

A member's refund is hidden in every year and basis where in any year fewer than ``min_citizens`` stand behind it (children of
one household are one) or one holds more than ``max_top_share``; then as much along the tree of frames, committees and total as
keeps sums from giving it back. Tiers are shown where every tier of the member is safe in every year by the same rule, and all
or none of a member's: they sum to its refund. The counts of neighbouring tiers differ by none or by ``min_citizens`` at least.
A hidden gross hides the refund. The half refund is hidden where one of its services is hidden: with the other's gross it would
tell it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.schema.published import PUBLISHED
from models.disclosure import NOTHING_EARLIER, emptied
from models.levels import TOTAL
from models.pressure import published_frame
from models.refund.response import pooled_response
from models.refund.years import SHOWN_LEVELS
from models.secondary import Cell, Tree, protect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.disclosure import Earlier
    from models.refund.tables import RefundTables
    from models.secondary import Node

_PRIMARY, _SECONDARY = "primary", "secondary"


def mask_refund(
    tables: RefundTables,
    services: pd.DataFrame,
    hidden_gross: Mapping[Node, str],
    *,
    min_citizens: int,
    max_top_share: float,
    earlier: Earlier = NOTHING_EARLIER,
) -> dict[str, pd.DataFrame]:
    """Fill ``n_citizens``, ``top_share`` and masks of the refund's tables, and empty what must not be shown.

    Args:
        tables: Sums over citizens.
        services: service, frame, committee.
        hidden_gross: (level, member) whose gross is hidden, and why (``Masks.years``).
        min_citizens: Fewer than this are suppressed.
        max_top_share: Who holds more than this share suppresses.
        earlier: What earlier runs of the home hid.

    Returns:
        REFUND_YEARS, REFUND_TIERS, REFUND_MARGINAL, REFUND_AHEAD and REFUND_RESPONSE, masked; in a masked row every amount
        and count is NULL.
    """
    judged = _judged(tables.concentration, min_citizens, max_top_share)
    found = _Suppression(services, tables.years, min_citizens, max_top_share)
    gone = {
        name: dict.fromkeys(sorted(getattr(earlier, name) & found.nodes), _SECONDARY) for name in ("refund", "tiers", "ahead")
    }
    before = {**gone["refund"], **hidden_gross}
    hidden = found.hidden(judged[judged["tier"] == 0], before)
    tiers = found.hidden(judged[judged["tier"] > 0], {**gone["tiers"], **hidden})
    years = _counted(tables.years.assign(tier=0), judged).drop(columns="tier")
    years = years.assign(half_mask=_half_mask(years, tables.half_services, services, hidden_gross))
    masked = _masked("refund_years", years, hidden)
    masked = masked.assign(posted_refund=masked["posted_refund"].where(~_any_frame_hidden(masked, services, hidden_gross)))
    apart = masked["half_mask"] != ""
    masked = masked.assign(half_refund=masked["half_refund"].where(~apart), net=masked["net"].where(~apart))
    few = _hidden_services(tables, hidden_gross, min_citizens, max_top_share)
    ahead = found.hidden(judged[judged["tier"] == 0], {**gone["ahead"], **before, **alone_in_frame(tables, services, dict(few))})
    lost = ahead | dict.fromkeys(sorted(earlier.thin), _SECONDARY) | {("service", key): word for key, word in few}
    return {
        **_ahead(tables, judged, ahead, services, hidden_gross),
        **_response(tables, services, lost, min_citizens),
        "refund_years": published_frame("refund_years", masked),
        "refund_tiers": published_frame("refund_tiers", _masked("refund_tiers", _counted(tables.tiers, judged), tiers)),
        "refund_marginal": published_frame(
            "refund_marginal",
            _beside_sums(tables.marginal, {**_services(earlier.marginal), **dict(few)}, services, hidden, min_citizens),
        ),
    }


def _ahead(
    tables: RefundTables,
    judged: pd.DataFrame,
    hidden: Mapping[Node, str],
    services: pd.DataFrame,
    hidden_gross: Mapping[Node, str],
) -> dict[str, pd.DataFrame]:
    if tables.ahead is None:
        return {"refund_ahead": pd.DataFrame(columns=list(PUBLISHED["refund_ahead"].names))}
    counted = _counted(tables.ahead.assign(tier=0), judged).drop(columns="tier")
    counted = counted.assign(half_mask=_half_mask(counted, tables.half_services, services, hidden_gross))
    masked = _masked("refund_ahead", counted, hidden)
    apart = masked["half_mask"] != ""
    kept = {name: masked[name].where(~apart) for name in ("half_refund_mean", "net_mean")}
    return {"refund_ahead": published_frame("refund_ahead", masked.assign(**kept))}


def alone_in_frame(tables: RefundTables, services: pd.DataFrame, few: Mapping[str, str]) -> dict[Node, str]:
    """Frames whose refund is that of one hidden service: what is ahead of the frame would be the service's."""
    frame_of = services.set_index("service")["frame"].astype(str)
    bearing = tables.marginal["service"].astype(str)
    if tables.curves is not None:
        ahead = [key for place, key in enumerate(tables.curves.services) if tables.curves.having[place].any()]
        bearing = pd.concat([bearing, pd.Series(ahead, dtype=object)], ignore_index=True)
    by_frame = bearing.drop_duplicates().groupby(bearing.drop_duplicates().map(frame_of)).agg(list)
    return {("frame", str(frame)): _PRIMARY for frame, inside in by_frame.items() if len(inside) == 1 and inside[0] in few}


def _services(nodes: frozenset[Node]) -> dict[str, str]:
    return {member: _SECONDARY for level, member in sorted(nodes) if level == "service"}


def _hidden_services(
    tables: RefundTables, hidden_gross: Mapping[Node, str], min_citizens: int, max_top_share: float
) -> list[tuple[str, str]]:
    marginal = _marginal(tables.marginal, hidden_gross, min_citizens, max_top_share)
    small = marginal[marginal["mask"] != ""]
    return list(zip(small["service"].astype(str), small["mask"].astype(str), strict=True))


def _response(
    tables: RefundTables, services: pd.DataFrame, gone: Mapping[Node, str], min_citizens: int
) -> dict[str, pd.DataFrame]:
    """Cells of hidden frames are hidden with them; so is every cell of a frame that holds one too small to be shown."""
    if tables.curves is None or tables.behind is None:
        return {"refund_response": pd.DataFrame(columns=list(PUBLISHED["refund_response"].names))}
    few = frozenset(member for level, member in gone if level == "service")
    table = pooled_response(tables.curves, services, tables.behind, few, min_citizens=min_citizens)
    small = set(table.loc[table["mask"] != "", "frame"].astype(str))
    frames = table["frame"].astype(str)
    words = table["mask"].where(table["mask"] != "", frames.map(lambda frame: _SECONDARY if frame in small else ""))
    words = words.where(words != "", frames.map(lambda frame: gone.get(("frame", frame), "")))
    counted = table.assign(mask=words, n_citizens=table["n_citizens"].astype("Int64"))
    return {"refund_response": published_frame("refund_response", emptied("refund_response", counted, words != ""))}


def _judged(concentration: pd.DataFrame, min_citizens: int, max_top_share: float) -> pd.DataFrame:
    citizens, share = concentration["n_citizens"].astype(float), concentration["top_share"].astype(float)
    small = (citizens >= 1) & (citizens < min_citizens)
    ordered = concentration.assign(citizens=citizens).sort_values(["level", "member", "year", "tier"])
    above = ordered.groupby(["level", "member", "year"])["citizens"].shift(-1).fillna(0.0)
    between = (ordered["citizens"] - above).reindex(concentration.index)
    few_between = (concentration["tier"] > 0) & (between >= 1) & (between < min_citizens)
    return concentration.assign(primary=small | few_between | ((citizens >= 1) & (share > max_top_share)))


class _Suppression:
    """The tree of frames, committees and total, by the size of their refund."""

    def __init__(self, services: pd.DataFrame, years: pd.DataFrame, min_citizens: int, max_top_share: float) -> None:
        leaves = services.drop_duplicates("frame")[["frame", "committee"]].astype(str)
        self._leaves = leaves.assign(service=leaves["frame"])
        frames = years[years["level"] == "frame"]
        newest = frames[frames["year"] == frames["year"].max()]
        self._sizes = newest.groupby("member")["central_refund"].max().astype(float).to_dict()
        self._limits = (min_citizens, max_top_share)

    @property
    def nodes(self) -> frozenset[Node]:
        """Everything that has a refund of its own."""
        levels = ("frame", "committee")
        return frozenset((level, str(member)) for level in levels for member in self._leaves[level]) | {(TOTAL, TOTAL)}

    def hidden(self, judged: pd.DataFrame, already: Mapping[Node, str]) -> dict[Node, str]:
        """Every hidden (level, member), and whether it is primary or secondary.

        Args:
            judged: level, member, year, tier, n_citizens, top_share, primary.
            already: What is hidden for another reason.
        """
        wanted = {node: word for node, word in already.items() if node[0] in SHOWN_LEVELS}
        small = judged[judged["primary"].astype(bool)]
        wanted |= dict.fromkeys(_nodes(small), _PRIMARY)
        tree = Tree.of(self._leaves, self._cells(judged), *self._limits)
        starts = set(wanted) | {("service", member) for level, member in wanted if level == "frame"}
        found = protect(tree, starts)
        return {node: wanted.get(node, _SECONDARY) for node in found if node[0] in SHOWN_LEVELS}

    def _cells(self, judged: pd.DataFrame) -> dict[str, Cell]:
        frames = judged[judged["level"] == "frame"]
        frames = frames.assign(when=frames["year"].astype(str) + " " + frames["tier"].astype(str))
        cells = {}
        for frame in self._leaves["frame"]:
            mine = frames[frames["member"].astype(str) == frame]
            citizens = dict(zip(mine["when"].astype(str), mine["n_citizens"].astype(float), strict=True))
            primary = frozenset(mine.loc[mine["primary"].astype(bool), "when"].astype(str))
            share = float(mine["top_share"].astype(float).max()) if len(mine) else 0.0
            cells[frame] = Cell(float(self._sizes.get(frame, 0.0)), citizens, primary, share)
        return cells


def _counted(table: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """With the citizens of the row's year (service and accounting years alike: those of the calendar year); nobody is 0."""
    keys = ["level", "member", "year", "tier"]
    counts = judged[[*keys, "n_citizens", "top_share"]].astype({"level": object, "member": object})
    found = table.astype({"level": object, "member": object}).merge(counts, on=keys, how="left", validate="many_to_one")
    return found.assign(n_citizens=found["n_citizens"].fillna(0).astype("Int64"))


def _nodes(table: pd.DataFrame) -> list[Node]:
    return list(zip(table["level"].astype(str), table["member"].astype(str), strict=True))


def _masked(name: str, table: pd.DataFrame, hidden: Mapping[Node, str]) -> pd.DataFrame:
    words = pd.Series([hidden.get(node, "") for node in _nodes(table)], index=table.index, dtype=object)
    return emptied(name, table.assign(mask=words), words != "")


def _frames_of(services: pd.DataFrame) -> dict[Node, set[str]]:
    """(level, member) -> its frames."""
    found: dict[Node, set[str]] = {}
    for frame, committee in zip(services["frame"].astype(str), services["committee"].astype(str), strict=True):
        for node in (("frame", frame), ("committee", committee), (TOTAL, TOTAL)):
            found.setdefault(node, set()).add(frame)
    return found


def _half_mask(
    table: pd.DataFrame, half: frozenset[str], services: pd.DataFrame, hidden_gross: Mapping[Node, str]
) -> pd.Series[str]:
    hidden = any(("service", service) in hidden_gross for service in half)
    own = set(services.loc[services["service"].isin(sorted(half)), "frame"].astype(str)) if hidden else set()
    frames = _frames_of(services)
    words = [_SECONDARY if frames.get(node, set()) & own else "" for node in _nodes(table)]
    return pd.Series(words, index=table.index, dtype=object)


def _any_frame_hidden(table: pd.DataFrame, services: pd.DataFrame, hidden_gross: Mapping[Node, str]) -> pd.Series[bool]:
    frames = _frames_of(services)
    found = [any(("frame", frame) in hidden_gross for frame in frames.get(node, set())) for node in _nodes(table)]
    return pd.Series(found, index=table.index, dtype=bool)


def _marginal(table: pd.DataFrame, hidden_gross: Mapping[Node, str], min_citizens: int, max_top_share: float) -> pd.DataFrame:
    """The table with each service judged for itself; nothing is emptied yet."""
    citizens = table["n_citizens"].astype(float)
    primary = (citizens >= 1) & ((citizens < min_citizens) | (table["top_share"].astype(float) > max_top_share))
    already = pd.Series(
        [hidden_gross.get(("service", str(service)), "") for service in table["service"]], index=table.index, dtype=object
    )
    return table.assign(n_citizens=citizens.fillna(0).astype("Int64"), mask=already.where(~primary, _PRIMARY))


def _beside_sums(
    table: pd.DataFrame, few: Mapping[str, str], services: pd.DataFrame, hidden: Mapping[Node, str], min_citizens: int
) -> pd.DataFrame:
    """REFUND_MARGINAL: more services are hidden, those of fewest first, where a frame's refund less the others' is one's.

    Where a citizen has one service, what is lost without it is all that is refunded, so a frame's services nearly add up to its
    refund. Those hidden in a frame whose refund is shown are two at least, and of ``min_citizens`` together.

    Args:
        table: Shares of every service, and who stands behind them.
        few: Services hidden already, and why.
        services: service, frame.
        hidden: Whose refund is hidden.
        min_citizens: As ever.
    """
    frame_of = services.set_index("service")["frame"].astype(str)
    count = dict(zip(table["service"].astype(str), table["n_citizens"].fillna(0).astype(int), strict=True))
    words = dict(few)
    for frame in sorted({frame_of[key] for key in count} - {member for level, member in hidden if level == "frame"}):
        mine = [key for key in count if frame_of[key] == frame and count[key] > 0]
        gone = [key for key in mine if key in few]
        others = sorted(set(mine) - set(gone), key=lambda key: (count[key], key))
        while gone and others and (len(gone) < 2 or sum(count[key] for key in gone) < min_citizens):
            gone.append(others.pop(0))
            words[gone[-1]] = _SECONDARY
    masks = table["service"].astype(str).map(lambda key: words.get(key, ""))
    counted = table.assign(n_citizens=table["n_citizens"].fillna(0).astype("Int64"), mask=masks)
    return emptied("refund_marginal", counted, masks != "")
