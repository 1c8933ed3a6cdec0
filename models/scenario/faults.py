"""What does not hold in a scenario: every fault with place, value, why it matters and what to do."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from data.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LEVERS = 32
WHOLE_YEARS = "What it moves is known by whole years only"
"""Why a lever takes no month of its own."""


@dataclass(frozen=True)
class ScenarioFault:
    """One thing that does not hold.

    Attributes:
        code: Machine word, e.g. ``unknown_kind``, ``outside_horizon``, ``interval``, ``not_a_number``, ``unsafe_text``.
        where: Place in the file, e.g. ``levers[2].start``.
        value: What stood there: numbers, codes and dates only, cut short; never a text that people wrote.
        what: What is wrong, one sentence.
        why: Why it matters.
        remedy: What to do.
    """

    code: str
    where: str
    value: str
    what: str
    why: str
    remedy: str

    def to_dict(self) -> dict[str, str]:
        """As ``--json`` tells it."""
        return asdict(self)


class ScenarioInvalid(WrongUse):
    """A scenario does not say what it must.

    Attributes:
        faults: All of them, in the order of the file.
    """

    faults: tuple[ScenarioFault, ...] = ()

    @classmethod
    def of(cls, faults: Sequence[ScenarioFault]) -> ScenarioInvalid:
        """Compose one error from all faults.

        Example:
            >>> fault = ScenarioFault("interval", "levers[0].low", "3", "Low is above high", "No draws", "Swap them")
            >>> print(ScenarioInvalid.of([fault]))
            Low is above high (3). Where: levers[0].low. Why it matters: No draws. What to do: Swap them.
        """
        first = faults[0]
        what = f"{first.what}{f' ({first.value})' if first.value else ''}"
        if len(faults) > 1:
            rest = "; ".join(f"{fault.where}: {fault.what}{f' ({fault.value})' if fault.value else ''}" for fault in faults[1:])
            what = f"{len(faults)} faults. {first.where}: {what}; {rest}"
        where = first.where if len(faults) == 1 else ""
        error = cls(what, where=where, why=first.why, remedy=first.remedy)
        error.faults = tuple(faults)
        return error


_CODE = re.compile(r"[a-zæøå0-9][a-zæøå0-9_-]{0,23}")


def shown_value(value: object) -> str:
    """A value as a fault tells it: numbers, months and short codes in small letters; anything else by its type.

    Example:
        >>> shown_value(3.5), shown_value("2027-13"), shown_value("Karen.Jensen"), shown_value([1])
        ('3.5', '2027-13', '', 'a list')
    """
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return value if _CODE.fullmatch(value) and sum(letter.isdigit() for letter in value) < 9 else ""
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else ""
