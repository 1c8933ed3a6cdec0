"""A saving that comes back in another frame of the same municipality: gross where it is saved, a rise where it lands.

The part that comes back is of the expected saving of a lever and year, in whole currency; it raises the named frame, the frame's
committee and the total by the same, in every draw alike. A rise that lands outside the municipality's frames is told, not added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.scenario.faults import ScenarioFault, shown_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever
    from models.types import Array


def displaced_by_lever(levers: Sequence[Lever], whole: npt.NDArray[np.int64]) -> Array:
    """(L, Y) what is expected to rise elsewhere, whole currency; 0 in years without a saving.

    Args:
        levers: L levers.
        whole: (L, Y) their effects on the total, whole currency.
    """
    shares = np.array([lever.displacement.share_pct / 100.0 if lever.displacement else 0.0 for lever in levers])
    return np.asarray(np.round(-shares[:, None] * np.minimum(whole, 0)) + 0.0).reshape(len(levers), whole.shape[1])


def lands_within(levers: Sequence[Lever]) -> npt.NDArray[np.bool_]:
    """(L,) whether what a lever displaces lands in a frame of the run."""
    return np.array([bool(lever.displacement and lever.displacement.frame) for lever in levers], dtype=bool)


def landed(baseline: Baseline, levers: Sequence[Lever], displaced: Array, key: tuple[str, str]) -> Array:
    """(Y,) what lands in a member: in the frame that is named, its committee and the total."""
    found = np.zeros(len(baseline.years))
    for lever, amounts in zip(levers, displaced, strict=True):
        if lever.displacement is not None and lever.displacement.frame and belongs(baseline, lever.displacement.frame, key):
            found += amounts
    return found


def belongs(baseline: Baseline, frame: str, key: tuple[str, str]) -> bool:
    """Whether a frame is the member, or lies inside it."""
    level, member = key
    inside = baseline.inside.get(("frame", frame))
    if level == "committee" and inside is not None and inside.any():
        return bool(baseline.inside[key][inside].all())
    return level == "total" or (level, member) == ("frame", frame)


def may_tell(baseline: Baseline, lever: Lever) -> bool:
    """Where the total itself is hidden, what masked services contribute would tell of them."""
    return ("total", "total") in baseline.inside or bool(baseline.shown[baseline.members_of(lever)].all())


def elsewhere_faults(where: str, lever: Lever, baseline: Baseline) -> list[ScenarioFault]:
    """What of the frame that a saving comes back in a run can't carry."""
    frame = lever.displacement.frame if lever.displacement else ""
    if not frame:
        return []
    spot = f"{where}.displacement.frame"
    frames = sorted(member for level, member in baseline.inside if level == "frame")
    if frame not in frames or not baseline.has_frames:
        what, why = "This run has no such frame, or does not show it", "Nothing can land there"
        return [ScenarioFault("unknown_frame", spot, shown_value(frame), what, why, f"Use one of {frames}, or leave it out")]
    if not may_tell(baseline, lever):
        why = "With few citizens a figure of its own could tell of someone"
        return [ScenarioFault("few_citizens", spot, "", "What the lever saves is not shown", why, "Leave the frame out")]
    return []
