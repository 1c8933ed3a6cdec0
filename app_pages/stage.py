"""What a moved slider draws again on Scenarier and Udvalgsmøde: its own row, the headline and the answer, and nothing else.

Each row is a fragment, and the headline and the answer stand in places that the page made outside of it. What else on the page
hangs on the scenario (whether there is something to undo, notes, whatever stands open) is compared before and after; where it
is another one, the whole page is drawn. So nothing stays on the screen that is no longer so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from app_pages.parts import the_rest
from app_pages.scenario_desk import follow_sliders, persist
from models.scenario import evaluate
from models.view import scenario_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

    from app_pages.parts import Context
    from app_pages.scenario_desk import Desk
    from models.scenario import Offer, ScenarioResult
    from models.view.run import RunView
    from models.view.scenario_head import Headline

YEAR = "scenario_year"


class Found(NamedTuple):
    """The scenario as it stands, evaluated.

    Attributes:
        result: Its figures.
        year: The year that is looked at.
        head: Its headline in that year; None where the total is hidden.
    """

    result: ScenarioResult
    year: int
    head: Headline | None


@dataclass(eq=False)
class Stage:
    """One drawing of a page with sliders, and what its rows need to draw parts of it again.

    Attributes:
        context: The page's context.
        run: The run.
        desk: The session's work.
        first: The year that is looked at where none was chosen.
        in_sight: The sliders on the screen.
        draw_headline: Draws the headline.
        draw_answer: Draws what answers a moved slider.
        hangs_on: What else of the figures the rest of the page shows.
        is_open: Whether something stands open that shows all of the scenario; pages say so while they draw.
    """

    context: Context
    run: RunView
    desk: Desk
    first: int
    in_sight: Callable[[], list[Offer]]
    draw_headline: Callable[[Found], None]
    draw_answer: Callable[[Found], None] = lambda _: None
    hangs_on: Callable[[Found], object] = lambda _: None
    is_open: bool = False
    _headline: DeltaGenerator | None = field(default=None, init=False)
    _answer: DeltaGenerator | None = field(default=None, init=False)
    _drawn: tuple[object, ...] | None = field(default=None, init=False)

    def begin(self) -> Found:
        """Take over what the sliders show, and draw the headline before anything else."""
        found = self._find()
        with st.container(key="headline"):
            self._headline = st.empty()
            _fill(self._headline, self.draw_headline, [found])
        persist(self.desk, self.context)
        return found

    def room_for_answer(self) -> None:
        """Make the place of the answer here; rows are drawn after it is made, and ``answer`` after the rows."""
        self._answer = st.empty()

    def row(self, draw: Callable[[], None]) -> None:
        """Draw a row with sliders here; whatever is touched in it draws the row, headline and answer again."""
        _row(self, draw)

    def answer(self, found: Found) -> None:
        """Draw the answer in its place."""
        if self._answer is not None:
            _fill(self._answer, self.draw_answer, [found])

    def ready(self, found: Found) -> None:
        """All of the page stands as ``found``: from now on rows draw themselves."""
        self._drawn = self._rest(found)

    @property
    def is_drawing_all(self) -> bool:
        """Whether the whole page is being drawn."""
        return self._drawn is None

    def places(self) -> list[DeltaGenerator]:
        """Where rows draw outside of themselves."""
        return [place for place in (self._headline, self._answer) if place is not None]

    def moved(self, draw_row: Callable[[], None]) -> None:
        """Draw what a touched row changes: the headline, and then the row and the answer, or the whole page where it must."""
        found = self._find()
        headline, answer = self.places()
        with headline.container():
            self.draw_headline(found)
        persist(self.desk, self.context)
        with the_rest():
            if self._rest(found) != self._drawn:
                st.rerun()
            draw_row()
            with answer.container():
                self.draw_answer(found)

    def _find(self) -> Found:
        follow_sliders(self.desk, self.in_sight(), self.context)
        result = evaluate(self.run.baseline, self.desk.scenario)
        year = st.session_state.get(YEAR) or self.first
        return Found(result, year, scenario_head.headline(result, year))

    def _rest(self, found: Found) -> tuple[object, ...]:
        """What the page shows of the desk beside row, headline and answer."""
        desk, scenario = self.desk, self.desk.scenario
        offered = {offer.lever_id for offer in desk.offers}
        return (
            bool(desk.history.past), bool(desk.history.future), bool(scenario.levers),
            [lever.lever_id for lever in scenario.levers if lever.lever_id not in offered],
            list(desk.notes), desk.warning, dict(desk.sought), desk.typed, desk.selected, desk.locked, desk.chosen,
            scenario if self.is_open else None, found.year, self.hangs_on(found),
        )  # fmt: skip


@st.fragment
def _fill(place: DeltaGenerator, draw: Callable[[Found], None], once: list[Found]) -> None:
    """Fill a place as rows do, from within a fragment: then the browser finds the blocks it knows, and keeps the charts in them.

    Nothing in it can be touched, so it is never run again, and what it drew is let go.
    """
    with place.container():
        draw(once.pop())


@st.fragment
def _row(stage: Stage, draw: Callable[[], None]) -> None:
    """One row. While the whole page is drawn it only reserves its way into the places: a fragment may not come there later."""
    if not stage.is_drawing_all:
        stage.moved(draw)
        return
    for place in stage.places():
        place.container()
    draw()
