"""Secondary suppression in the tree service -> frame -> committee -> total.

Every shown sum that has hidden services below it tells the sum of those: its *group*. A group is safe where it has at least
two services, at least ``min_citizens`` citizens, no dominating one, and is more than any hidden frame or committee in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.levels import LEVELS, TOTAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    Node = tuple[str, str]


@dataclass(frozen=True)
class Limits:
    """When a cell must not be shown.

    Attributes:
        min_citizens: Fewer are suppressed.
        max_top_share: One citizen with more than this share suppresses.
    """

    min_citizens: int
    max_top_share: float

    def hides(self, citizens: pd.Series[float], top_share: pd.Series[float]) -> pd.Series[bool]:
        """Whether a figure of so many citizens, of whom the largest has so much, must be hidden; none at all hides nothing."""
        small = (citizens >= 1) & (citizens < self.min_citizens)
        return small | ((top_share > self.max_top_share) & (citizens >= 1))


@dataclass(frozen=True)
class Cell:
    """One service, as it bears on others' protection.

    Attributes:
        size: Gross of the newest 12 months.
        citizens: Period -> number of citizens; infinite where unknown; periods without any may be left out.
        primary: Periods in which it must not be shown.
        top_share: Its largest citizen's greatest share in any period.
    """

    size: float
    citizens: Mapping[str, float]
    primary: frozenset[str]
    top_share: float


@dataclass(frozen=True)
class Tree:
    """The levels of a run.

    Attributes:
        children: Node -> nodes right below, by key.
        cells: Service -> what it is.
        min_citizens: As in ``mask_tables``.
        max_top_share: As in ``mask_tables``.
    """

    children: dict[Node, tuple[Node, ...]]
    cells: dict[str, Cell]
    min_citizens: int
    max_top_share: float

    @classmethod
    def of(cls, services: pd.DataFrame, cells: dict[str, Cell], min_citizens: int, max_top_share: float) -> Tree:
        """Build the tree from service, frame, committee."""
        below: dict[Node, set[Node]] = {}
        facts = zip(*(services[name].astype(str) for name in LEVELS[:3]), strict=True)
        for service, frame, committee in facts:
            below.setdefault(("frame", frame), set()).add(("service", service))
            below.setdefault(("committee", committee), set()).add(("frame", frame))
            below.setdefault((TOTAL, TOTAL), set()).add(("committee", committee))
        return cls({node: tuple(sorted(found)) for node, found in below.items()}, cells, min_citizens, max_top_share)

    def upwards(self) -> list[Node]:
        """Sums from frames to the total, by key within a level."""
        return sorted(self.children, key=lambda node: (LEVELS.index(node[0]), node[1]))

    def services_below(self, node: Node) -> list[str]:
        """Every service under a node."""
        if node[0] == "service":
            return [node[1]]
        return [service for child in self.children[node] for service in self.services_below(child)]

    def size(self, node: Node) -> float:
        """Gross of the newest 12 months under a node."""
        return sum(self.cells[service].size for service in self.services_below(node))


def protect(tree: Tree, primary: set[Node]) -> dict[Node, str]:
    """Add what must be hidden so that no shown sum gives a primary cell back.

    Greedy: the smallest other service under the same sum; where there is none, the sum itself is hidden and the next level
    up looks for a sibling. The order is by size, then key: never by a citizen's.

    Args:
        tree: The levels.
        primary: Nodes that must not be shown.

    Returns:
        Every hidden node and whether it is ``primary`` or ``secondary``.
    """
    hidden = {node for node in primary if node[0] == "service" or node in tree.children}
    for node in sorted(hidden):
        _hide_down(tree, node, hidden)
    changed = True
    while changed:
        changed = False
        for node in tree.upwards():
            while node not in hidden and not _is_safe(tree, node, hidden):
                _hide_one_more(tree, node, hidden)
                changed = True
    return {node: "primary" if node in primary else "secondary" for node in sorted(hidden)}


def _hide_down(tree: Tree, node: Node, hidden: set[Node]) -> None:
    """Hide a node so that its parts can't be summed to it: at least one service below is hidden through hidden sums."""
    hidden.add(node)
    if node[0] == "service" or _group(tree, node, hidden):
        return
    _hide_down(tree, min(tree.children[node], key=lambda child: (tree.size(child), child)), hidden)


def _group(tree: Tree, node: Node, hidden: set[Node]) -> list[str]:
    """Hidden services whose sum a shown ``node`` tells: reached through hidden sums only."""
    found = []
    for child in tree.children[node]:
        if child in hidden:
            found += [child[1]] if child[0] == "service" else _group(tree, child, hidden)
    return found


def _is_safe(tree: Tree, node: Node, hidden: set[Node]) -> bool:
    group = _group(tree, node, hidden)
    if not group:
        return True
    cells = [tree.cells[service] for service in group]
    size = sum(cell.size for cell in cells)
    dominated = size > 0 and max(cell.size * cell.top_share for cell in cells) > tree.max_top_share * size
    if len(group) < 2 or dominated or not all(_is_shared(tree, cells, period) for cell in cells for period in cell.primary):
        return False
    return all(len(_group(tree, inner, hidden)) < len(group) for inner in _hidden_sums(tree, node, hidden))


def _is_shared(tree: Tree, cells: list[Cell], period: str) -> bool:
    """Whether at least two services and enough citizens stand behind the sum in a period in which one of them is primary."""
    present = [cell.citizens[period] for cell in cells if cell.citizens.get(period, 0) > 0]
    return len(present) >= 2 and sum(present) >= tree.min_citizens


def _hidden_sums(tree: Tree, node: Node, hidden: set[Node]) -> list[Node]:
    found = []
    for child in tree.children[node]:
        if child in hidden and child[0] != "service":
            found += [child, *_hidden_sums(tree, child, hidden)]
    return found


def _hide_one_more(tree: Tree, node: Node, hidden: set[Node]) -> None:
    """Hide the smallest further part right under a shown sum (or under its hidden parts); without any, the sum itself."""
    inner = [child for child in tree.children[node] if child not in hidden]
    if not inner:
        for part in _hidden_sums(tree, node, hidden):
            inner += [child for child in tree.children[part] if child not in hidden]
    if inner:
        _hide_down(tree, min(inner, key=lambda child: (tree.size(child), child)), hidden)
    else:
        hidden.add(node)
