"""The one door through which the central refund enters a scenario: what the state takes of a saving, or why that is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from models.scenario.baseline import Baseline
    from models.scenario.scenario import Scenario

NO_RESPONSE = "no_refund_response"


@dataclass(frozen=True)
class RefundAnswer:
    """What a scenario does to the central refund.

    Attributes:
        is_known: Whether the run publishes how its refund answers.
        reason: ``no_refund_response`` where it does not: the scenario's figures are gross of the refund.
        text_da: The same in words, Danish.
        text_en: The same in English.
    """

    is_known: bool
    reason: str
    text_da: str
    text_en: str


def answer_refund(baseline: Baseline, scenario: Scenario, effects: npt.NDArray[np.float64]) -> RefundAnswer:  # noqa: ARG001
    """Work out the refund anew from the run's published response; runs so far publish none, and that is said.

    A response by service and month (refund under removed volume and scaled prices) would be a field of ``Baseline``; ``effects``
    (L, S, Y) is what it has to be applied to, the levers' steps tell volume from price.
    """
    return RefundAnswer(
        is_known=False,
        reason=NO_RESPONSE,
        text_da="Staten betaler en del af de dyreste sager og får en del af besparelsen på dem, op til 75 procent. Det er ikke "
        "regnet med her: kørslen offentliggør ikke, hvordan refusionen svarer.",
        text_en="The state pays part of the most expensive cases and takes part of a saving on them, up to 75 per cent. It is "
        "not included here: the run does not publish how the refund answers.",
    )
