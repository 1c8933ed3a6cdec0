"""Quiet round (stille runde): everyone writes a value on a slip, the room sees the spread, then sets one together.

Values are sorted as they come in, so who wrote which is not known here; once the spread is shown only the spread is kept.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, replace
from statistics import median

FEWEST = 3
"""With fewer slips everyone would know who wrote what."""
MOST = 60


@dataclass(frozen=True)
class Spread:
    """What is kept of a round.

    Attributes:
        lever_id: The lever it was about.
        count: Number of slips.
        low: Smallest value, in the lever's unit.
        median: The middle one.
        high: Largest value.
    """

    lever_id: str
    count: int
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class QuietRound:
    """Slips of one round that is not shown yet.

    Attributes:
        lever_id: The lever it is about.
        slips: Values from the smallest to the largest: the order they came in is gone.
        last: The value typed last, so that a slip of the hand can be taken back; None: nothing to take back.
    """

    lever_id: str
    slips: tuple[float, ...] = ()
    last: float | None = None

    def with_slip(self, value: float) -> QuietRound:
        """One slip more.

        Example:
            >>> QuietRound("a").with_slip(-1.0).with_slip(-3.0).slips
            (-3.0, -1.0)
        """
        if len(self.slips) >= MOST:
            return self
        ordered = list(self.slips)
        insort(ordered, value)
        return replace(self, slips=tuple(ordered), last=value)

    def without_last(self) -> QuietRound:
        """The slip typed last is taken back."""
        if self.last is None:
            return self
        ordered = list(self.slips)
        ordered.remove(self.last)
        return replace(self, slips=tuple(ordered), last=None)

    @property
    def may_be_shown(self) -> bool:
        """Whether there are slips enough."""
        return len(self.slips) >= FEWEST

    def spread(self) -> Spread:
        """What the room sees.

        Raises:
            ValueError: There are too few slips.

        Example:
            >>> QuietRound("a", (-4.0, -2.0, 0.0)).spread()
            Spread(lever_id='a', count=3, low=-4.0, median=-2.0, high=0.0)
        """
        if not self.may_be_shown:
            raise ValueError(len(self.slips))
        return Spread(self.lever_id, len(self.slips), self.slips[0], float(median(self.slips)), self.slips[-1])
