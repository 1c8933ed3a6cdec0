"""How a decided case stands, by stated rules: what was planned, what was carried out, what can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SEEN = 0.90
"""A probability of effect from here on counts as visible for the traffic light; the figures say how sure it is."""
GRACE_MONTHS = 3
"""A start that is late by no more is no delay."""
LEAST_ENROLLED = 0.8
"""Share of those who should be enrolled by now; with fewer the case is behind."""
HARDLY_ANY = 0.2
"""With fewer of them it is not carried out."""


class Status(StrEnum):
    """One word per case."""

    ON_TRACK = "on_track"
    BEHIND = "behind"
    NOT_CARRIED_OUT = "not_carried_out"
    NO_VISIBLE_EFFECT = "carried_out_no_visible_effect"
    TOO_EARLY = "too_early"


@dataclass(frozen=True, kw_only=True)
class CarriedOut:
    """What was planned and what was done. Months are whole numbers, year * 12 + month - 1.

    Attributes:
        newest: Newest month that is known.
        planned_start: As decided.
        actual_start: None: not started.
        stopped: First month without it; None: it goes on.
        planned: Citizens to be enrolled in all; 0: not said.
        enrolled: Citizens enrolled so far; None: not told.
        ramp_months: Months in which they were to be enrolled.
    """

    newest: int
    planned_start: int
    actual_start: int | None = None
    stopped: int | None = None
    planned: int = 0
    enrolled: int | None = None
    ramp_months: int = 0

    @property
    def late_months(self) -> int:
        """Months by which the start came, or is, later than planned."""
        began = self.newest + 1 if self.actual_start is None else self.actual_start
        return max(began - self.planned_start, 0)

    @property
    def should_be_enrolled(self) -> float:
        """Citizens who by the plan should be enrolled by now, from the planned start, in a straight line over the ramp."""
        months = self.newest - self.planned_start + 1
        if months <= 0:
            return 0.0
        return self.planned * min(months / max(self.ramp_months, 1), 1.0)

    @property
    def share_enrolled(self) -> float | None:
        """Enrolled over those who should be; None where either is not known."""
        due = self.should_be_enrolled
        return None if self.enrolled is None or due <= 0 else self.enrolled / due


def status_of(done: CarriedOut, *, can_say: bool, probability: float | None) -> Status:
    """The status, by the first rule that holds.

    1. Not started more than three months after the planned start, stopped before anything could be seen, or hardly any of those
       who should be enrolled: **not carried out**. Nothing is then said of what the measure can do.
    2. Not started (and not late), or too little known: **too early**; behind, if it started late or too few are enrolled.
    3. The probability of effect is below 90 %: **carried out, no visible effect**, if it was carried out as planned, else behind.
    4. Started late or too few enrolled: **behind**. Else **on track**.

    Args:
        done: Planned and carried out.
        can_say: History and months after start and lag suffice.
        probability: That there is an effect in the promised direction; None where nothing can be said.

    Example:
        >>> planned = CarriedOut(newest=30, planned_start=10, actual_start=11, planned=40, enrolled=40)
        >>> status_of(planned, can_say=True, probability=0.97).value
        'on_track'
        >>> status_of(planned, can_say=True, probability=0.4).value
        'carried_out_no_visible_effect'
        >>> status_of(CarriedOut(newest=30, planned_start=10), can_say=False, probability=None).value
        'not_carried_out'
    """
    share = done.share_enrolled
    few = share is not None and share < LEAST_ENROLLED
    if done.actual_start is None:
        return Status.NOT_CARRIED_OUT if done.late_months > GRACE_MONTHS else Status.TOO_EARLY
    if (share is not None and share < HARDLY_ANY) or (done.stopped is not None and not can_say):
        return Status.NOT_CARRIED_OUT
    behind = few or done.late_months > GRACE_MONTHS
    if not can_say or probability is None:
        return Status.BEHIND if behind else Status.TOO_EARLY
    if probability < SEEN:
        return Status.BEHIND if behind else Status.NO_VISIBLE_EFFECT
    return Status.BEHIND if behind else Status.ON_TRACK
