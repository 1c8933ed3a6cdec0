"""The night and levers on stays, entrants and ages: answers worked out from the roll-forward, of shown services only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.schema import PUBLISHED
from models.citizens.age_shares import age_shares
from models.citizens.expected import expect
from models.citizens.response import stay_response
from models.citizens.stay_table import stay_errors, stay_table

if TYPE_CHECKING:
    from flows.night import Night
    from models.citizens.known import Known
    from models.disclosure import Masks


def answer_stays(night: Night, known: Known) -> None:
    """Work out how the months ahead answer to longer stays and more entrants; kept for *disclose*, with tonight's errors.

    Args:
        night: The night; ``draws`` are there.
        known: Tonight's roll-forward.
    """
    expected = expect(known.stays, known.endings, known.entrants, known.exposure, known.granted)
    response = stay_response(expected)
    night.held["stays"] = (expected, response, night.held["draws"].months)
    night.held["stay_errors"] = stay_errors(known, expected, response)


def show_stays(night: Night, masks: Masks) -> None:
    """Make ``stay_response`` and ``age_shares``: of services whose months are shown.

    Args:
        night: The night; ``answer_stays`` was there where citizens are rolled forward.
        masks: What the run hides.
    """
    if "stays" not in night.held:
        night.frames |= {name: pd.DataFrame(columns=list(PUBLISHED[name].names)) for name in ("stay_response", "age_shares")}
        return
    expected, response, months = night.held.pop("stays")
    shown = frozenset(key for key in expected.services if ("service", key) not in masks.months)
    few = night.settings.min_citizens
    bands = night.held["catalogue"].age_bands
    night.frames["stay_response"] = stay_table(response, expected, months, shown=shown, few=few)
    night.frames["age_shares"] = age_shares(expected, months, bands, masks.bands, shown=shown, few=few)
