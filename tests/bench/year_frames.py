"""Frames of the towns of ``make year-backtest``: the sample's two, each in three, so that one town's nights judge six.

Every case is in one of them by its service's function, as a municipality's own frames file has it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from data.reference.catalogue import load_catalogue
from data.synthetic import budget
from data.synthetic.plan import PLANS

if TYPE_CHECKING:
    from data.synthetic.budget import Event, Row
    from data.synthetic.town import Town

LABELS = {
    "30.46-1": "Familiepleje",
    "30.46-2": "Institutioner og opholdssteder",
    "30.46-3": "Forebyggende indsatser",
    "50.54-1": "Botilbud",
    "50.54-2": "Støtte i eget hjem",
    "50.54-3": "Dagtilbud, behandling og herberg",
}
FUNCTIONS = {
    "30.46-1": ("52822",),
    "30.46-2": ("52820", "52823", "52824"),
    "30.46-3": ("52821", "52825"),
    "50.54-1": ("53850", "53851", "53852"),
    "50.54-2": ("53232", "53233", "53837", "53838", "53839", "53853"),
    "50.54-3": ("53842", "53845", "53858", "53859"),
}
FRAMES = tuple(sorted(LABELS))
_BY_FUNCTION = {function: frame for frame, functions in FUNCTIONS.items() for function in functions}


def frame_of_service(key: str) -> str:
    """The frame that all of a service's functions are in.

    Example:
        >>> frame_of_service("plejefamilie"), frame_of_service("bpa")
        ('30.46-1', '50.54-2')
    """
    (frame,) = {_BY_FUNCTION[account.function] for account in load_catalogue().by_key(key).accounts}
    return frame


FRAME_OF = np.array([frame_of_service(plan.key) for plan in PLANS])


def frame_rows(municipality: str) -> list[Row]:
    """The sample's dated rules, in the finer frames; the refund's own function stays where it was, outside all of them."""
    at = {name: place for place, name in enumerate(budget.FRAMES_HEADER)}
    found = []
    for row in budget.frame_rows(municipality):
        frame = _BY_FUNCTION.get(str(row[at["function"]]))
        told = {} if frame is None else {at["frame"]: frame, at["frame_label"]: LABELS[frame]}
        found.append(tuple(told.get(place, value) for place, value in enumerate(row)))
    return found


def budget_rows(town: Town, rng: np.random.Generator) -> list[Row]:
    """Budgets of the finer frames, by the sample's own rule."""
    net = budget.net_by_frame(town.postings, town.window, list(FRAME_OF))
    pressure = {frame: budget.PRESSURE[frame[:5]] for frame in FRAMES}
    return budget.budget_rows(net, events(town), town.window, rng, municipality=town.municipality, pressure=pressure)


def events(town: Town) -> list[Event]:
    """The town's budget events, in the finer frames; one that names no service is told of the first of its frame."""
    return [
        replace(event, frame=f"{event.frame}-1" if event.service is None else frame_of_service(event.service))
        for event in town.events
    ]
