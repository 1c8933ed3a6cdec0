"""The desk: what one session of the pages Scenarier and Udvalgsmøde keeps between two runs of the script.

The scenario of the desk's history is the truth, and widgets are filled from it. After every change it is written to a draft under
a short id that stands in the address, so that a reload, a lost connection or a restart of the server loses nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import streamlit as st

from data.errors import DraftMovedOn, WrongUse
from data.scenario_store import DRAFT_ID, STORED_ID, Draft, read_draft, read_stored, write_draft
from models.scenario import Board, History, Offer, Scenario, ScenarioInvalid, Spread, fitted, moved, read_board, read_kept
from models.scenario.lever import in_kroner
from models.scenario.offers import new_ids, offer_of, offers_of, own_ids
from models.view import scenario_words as words

if TYPE_CHECKING:
    from app_pages.parts import Context
    from models.scenario import Lever, QuietRound
    from models.view.run import RunView

ADDRESS = "s"
_DESK = "desk"


@dataclass
class Desk:
    """One session's work on one run.

    Attributes:
        run_id: The run it stands on.
        offers: Every slider of that run.
        price_level: The run's.
        history: The scenario, with what was before it.
        locked: Ids of levers that nothing moves.
        chosen: Ids of the levers on the committee's screen.
        rounds: Quiet rounds held.
        slips: The quiet round that goes on; None: none.
        draft: The draft it is written to; None: nothing was moved yet.
        written: What the draft holds.
        notes: Sentences to be shown once, until the next change.
        warning: What went wrong with keeping the work, likewise.
        sought: Lever -> what seeking its value gave, until the next change.
        typed: The lever whose field held no number.
        selected: The lever whose details are open.
    """

    run_id: str
    offers: tuple[Offer, ...]
    price_level: str = ""
    history: History = field(default_factory=History)
    locked: frozenset[str] = frozenset()
    chosen: tuple[str, ...] = ()
    rounds: tuple[Spread, ...] = ()
    slips: QuietRound | None = None
    draft: Draft | None = None
    written: str = ""
    notes: list[str] = field(default_factory=list)
    warning: str = ""
    sought: dict[str, list[str]] = field(default_factory=dict)
    typed: str = ""
    selected: str = ""

    @property
    def scenario(self) -> Scenario:
        """The scenario as it stands."""
        return self.history.present

    @property
    def opened(self) -> str:
        """Id of the kept scenario it began from; empty: none."""
        return self.history.opened

    @property
    def board(self) -> Board:
        """What is written to the draft."""
        levels = {True: self.price_level, False: ""}
        scenario = replace(self.scenario, price_level=levels[any(in_kroner(lever) for lever in self.scenario.levers)])
        return Board(scenario, self.locked, self.chosen, self.rounds, self.opened)

    def call(self, names: dict[str, str]) -> None:
        """Let what is locked, on the screen and spoken of follow levers that are called otherwise now."""
        board = self.board.called(names)
        self.locked, self.chosen, self.rounds = board.locked, board.chosen, board.rounds
        if self.slips is not None:
            self.slips = replace(self.slips, lever_id=names.get(self.slips.lever_id, self.slips.lever_id))

    @property
    def is_untouched(self) -> bool:
        """Whether nothing stands on it that would be missed; which levers are on the screen is no such thing."""
        return not self.scenario.levers and not self.locked and not self.rounds

    def lever(self, lever_id: str) -> Lever | None:
        """A lever of the scenario; None where it is not moved."""
        return self.scenario.lever(lever_id) if self.scenario.holds(lever_id) else None

    def offer(self, lever_id: str) -> Offer | None:
        """The slider of a lever, also of one that a file brought along."""
        own = self.lever(lever_id)
        found = next((offer for offer in self.offers if offer.lever_id == lever_id), None)
        return offer_of(own, self.offers) if own is not None else found

    def value(self, lever_id: str) -> float:
        """Where a slider stands."""
        own = self.lever(lever_id)
        return own.value if own is not None else 0.0

    def to(self, scenario: Scenario, touched: str = "", *, opened: str | None = None) -> None:
        """The scenario becomes another one; ``opened``: the kept one that it now begins from."""
        if scenario != self.scenario:
            self._forget_notes()
        self.history = self.history.to(scenario, touched, opened=opened)

    def lay_out(self, scenario: Scenario, context: Context, run: RunView, *, opened: str = "") -> None:
        """Put a scenario on the desk as far as the run can carry it, and say what is left out; undoing brings back the old."""
        kept, faults = fitted(scenario, run.baseline)
        self.to(own_ids(kept, self.offers), opened=opened)
        self.selected, self.locked = "", frozenset()
        self.notes = [words.fault_sentence(fault, context.language) for fault in faults]
        forget_sliders()

    def set(self, lever: Lever, context: Context) -> None:
        """Put one lever into the scenario, or say that there is no room; a locked one stays as it is."""
        if lever.lever_id in self.locked:
            return
        try:
            self.to(self.scenario.with_lever(lever))
        except ScenarioInvalid:
            self.notes = [context.language.text("Der er ikke plads til flere skydere i ét scenarie. Nulstil en af de andre.")]
            forget_sliders()

    def step(self, history: History) -> None:
        """Go to another step of the history; what is locked stays as it is."""
        present = history.present
        for lever_id in self.locked:
            own = self.lever(lever_id)
            present = present.with_lever(own) if own is not None else present.without(lever_id)
        self.history = replace(history, present=present)
        self._forget_notes()

    def _forget_notes(self) -> None:
        self.notes, self.warning, self.sought, self.typed = [], "", {}, ""

    def take_over(self, shown: dict[str, object]) -> None:
        """Take over sliders that were moved with the same press as a button."""
        for lever_id, value in shown.items():
            offer = self.offer(lever_id)
            if offer is not None and isinstance(value, float) and value != offer.nearest(self.value(lever_id)):
                with suppress(ScenarioInvalid):
                    self.to(moved(self.scenario, offer, value), lever_id)

    def move(self, offer: Offer, value: float, context: Context) -> None:
        """Move one slider; a locked one stays where it is, and what can't be is said."""
        if offer.lever_id in self.locked:
            return
        try:
            self.to(moved(self.scenario, offer, offer.nearest(value)), offer.lever_id)
        except ScenarioInvalid:
            self.notes = [context.language.text("Der er ikke plads til flere skydere i ét scenarie. Nulstil en af de andre.")]
            forget_sliders()


def current_desk(context: Context, run: RunView) -> Desk:
    """The desk of this session; opened from the address the first time, and again when a new run is published."""
    desk: Desk | None = st.session_state.get(_DESK)
    asked = st.query_params.get(ADDRESS, "")
    if desk is None or desk.run_id != run.run_id:
        desk = _opened(asked, context, run) if desk is None else _moved_over(desk, context, run)
        st.session_state[_DESK] = desk
        forget_sliders()
    _write_address(desk)
    return desk


def _moved_over(before: Desk, context: Context, run: RunView) -> Desk:
    """The desk on a newer run, with everything that can be undone; what the run can't carry is said, and its draft stays."""
    kept, faults = fitted(before.scenario, run.baseline)
    offers = offers_of(run.baseline)
    desk = replace(
        before,
        run_id=run.run_id,
        offers=offers,
        price_level=run.price_level,
        history=before.history.each(lambda scenario: own_ids(fitted(scenario, run.baseline)[0], offers)),
        draft=None if faults else before.draft,
        sought={},
        notes=[words.fault_sentence(fault, context.language) for fault in faults],
    )
    desk.call(new_ids(kept, offers))
    desk.notes.append(context.language.text("En ny kørsel er offentliggjort: tallene er nu fra den."))
    desk.written = desk.board.to_json()
    return desk


def _opened(asked: str, context: Context, run: RunView) -> Desk:
    desk = Desk(run.run_id, offers_of(run.baseline), run.price_level)
    t = context.language.text
    if not asked or context.settings is None:
        return desk
    paths = context.settings.paths
    try:
        if DRAFT_ID.fullmatch(asked):
            draft = read_draft(paths, asked)
            board = read_board(draft.text)
            desk.locked, desk.chosen, desk.rounds = board.locked, board.chosen, board.rounds
            scenario, opened = board.scenario, board.opened
            desk.draft = draft
        elif STORED_ID.fullmatch(asked):
            scenario = read_kept(read_stored(paths, asked), asked)
            opened = asked
        else:
            desk.notes = [t("Linket fører ikke til et scenarie. Her er grundforløbet; intet er gået tabt.")]
            return desk
    except WrongUse:
        desk.draft = None
        desk.notes = [t("Linkets scenarie findes ikke her eller kan ikke læses. Her er grundforløbet; intet er gået tabt.")]
        return desk
    _lay_out(desk, scenario, context, run, opened)
    return desk


def _lay_out(desk: Desk, scenario: Scenario, context: Context, run: RunView, opened: str) -> None:
    """Put a scenario on the desk as far as the run can carry it; what is left out is said, and its draft stays as it was."""
    kept, faults = fitted(scenario, run.baseline)
    desk.history = History(own_ids(kept, desk.offers), opened=opened)
    desk.call(new_ids(kept, desk.offers))
    desk.notes = [words.fault_sentence(fault, context.language) for fault in faults]
    if desk.draft is not None and faults:
        desk.draft = None
    desk.written = desk.board.to_json()


def open_scenario(desk: Desk, scenario_id: str, context: Context, run: RunView) -> None:
    """Put a kept scenario on the desk; what stood there can be had again by undoing."""
    t = context.language.text
    if context.settings is None:
        return
    try:
        scenario = read_kept(read_stored(context.settings.paths, scenario_id), scenario_id)
    except WrongUse:
        desk.notes = [t("Scenariet kan ikke læses: filen mangler eller er ændret. Intet andet er rørt.")]
        return
    desk.lay_out(scenario, context, run, opened=scenario_id)


def as_kept(desk: Desk, scenario: Scenario, context: Context, run: RunView) -> Scenario:
    """What is kept of the desk's scenario: pinned to the run, or the kept one it began from where nothing has changed since."""
    if desk.opened and context.settings is not None:
        with suppress(WrongUse):  # withdrawn or damaged since: it is kept anew
            stored = read_kept(read_stored(context.settings.paths, desk.opened), desk.opened)
            kept, faults = fitted(stored, run.baseline)
            if stored.run_id == run.run_id and not faults and own_ids(kept, desk.offers) == scenario:
                return stored
    return scenario.pinned(run.run_id, run.price_level)


def say_notes(desk: Desk) -> None:
    """What is to be said of the work before it is shown."""
    for note in desk.notes:
        st.info(note)
    if desk.warning:
        st.warning(desk.warning)


def persist(desk: Desk, context: Context) -> None:
    """Write the desk to its draft when something changed; the address gets the draft's id once."""
    text = desk.board.to_json()
    if context.settings is None or text == desk.written or (desk.draft is None and desk.is_untouched):
        return
    t = context.language.text
    try:
        desk.draft = write_draft(context.settings.paths, desk.draft, text)
    except DraftMovedOn:
        desk.draft = write_draft(context.settings.paths, None, text)
        desk.warning = t("En anden har ændret scenariet siden. Dit fortsætter under et nyt link; begge er gemt.")
    except WrongUse:
        desk.written = text
        desk.warning = t("Kladden kan ikke gemmes på serveren. Hent scenariet som fil, før siden lukkes.")
        return
    desk.written = text
    _write_address(desk)


def _write_address(desk: Desk) -> None:
    """The draft's id stands in the address; it is written once, so nothing races with it while sliders move."""
    wanted = desk.draft.draft_id if desk.draft else desk.opened
    if wanted and st.query_params.get(ADDRESS) != wanted:
        st.query_params[ADDRESS] = wanted


def slider_key(lever_id: str) -> str:
    """The widget of a lever's slider."""
    return f"slider_{lever_id}"


def forget_sliders() -> None:
    """Let every slider and detail take its value from the scenario anew."""
    for key in [key for key in st.session_state if str(key).startswith(("slider_", "detail_"))]:
        del st.session_state[key]


def follow_sliders(desk: Desk, shown: list[Offer], context: Context) -> None:
    """Take over what the sliders show; a callback would be lost when a fast hand interrupts a run (tried in the browser)."""
    for offer in shown:
        value = st.session_state.get(slider_key(offer.lever_id))
        if value is not None and value != offer.nearest(desk.value(offer.lever_id)):
            desk.move(offer, float(value), context)


def undo(desk: Desk) -> None:
    """One step back."""
    desk.take_over(_shown())
    desk.step(desk.history.undone())
    forget_sliders()


def redo(desk: Desk) -> None:
    """One step forward again."""
    desk.step(desk.history.redone())
    forget_sliders()


def reset(desk: Desk) -> None:
    """Everything back to the baseline but what is locked."""
    desk.take_over(_shown())
    desk.to(replace(desk.board.reset(), price_level=""), opened="")
    forget_sliders()


def _shown() -> dict[str, object]:
    """What the sliders show: lever -> value."""
    return {str(key).removeprefix("slider_"): value for key, value in st.session_state.items() if str(key).startswith("slider_")}
