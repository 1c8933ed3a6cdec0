"""What every page is given, and the blocks that stand on all of them, as HTML with everything escaped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from models.scenario.people import FEW_CITIZENS
from models.view.origin_words import footer
from models.view.roles import STAFF, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from data.settings import Settings
    from models.investment.case import Case
    from models.outturn import FollowUp
    from models.view.language import Language
    from models.view.run import RunView
    from models.view.theme import Palette


@dataclass(frozen=True, eq=False)
class Context:
    """What a page is given.

    Attributes:
        language: The page's language, and the run's currency.
        colours: The page's colours.
        run: The published run; None where there is none to show.
        problem: Why there is no run, and what to do; shown instead of a page.
        earlier: Reads earlier follow-ups, newest first; asked only by the page that shows them.
        other: Reads another published run by its name; None where it is retired.
        settings: The home's settings; None where they can't be read.
        role: Who is looking.
        note: Writes to the access log: an event of ``data.access_log`` and what it is about.
        plain_totals: Reads what is hidden of single services, for who may see it; None where the run has none.
        case_rows: Reads keyed case rows, likewise.
        decide: Enters a case as decided, as the command does (``flows.register.decide``); its id.
        add: Enters what became of a decision: its id, what (``start``, ``enrol``, ``stop``), and what is said of it.
        signature: What who is signed in signs with; empty without a sign-in.
        entered: Reads the record of staff's adjustments, for who may write in it.
        enter: Enters an adjustment, as the command does (``flows.adjustments.enter``).
        take_back: Withdraws one: its id, who, and why.
    """

    language: Language
    colours: Palette
    run: RunView | None
    problem: tuple[str, ...] = ()
    earlier: Callable[[], tuple[FollowUp, ...]] = tuple
    other: Callable[[str], RunView | None] = lambda _: None
    settings: Settings | None = None
    role: Role = STAFF
    note: Callable[[str, str], None] = lambda *_: None
    plain_totals: Callable[[], pd.DataFrame | None] = lambda: None
    case_rows: Callable[[], pd.DataFrame | None] = lambda: None
    decide: Callable[[Case, Mapping[str, Any]], str] = lambda *_: ""
    add: Callable[[str, str, Mapping[str, Any]], str] = lambda *_: ""
    signature: str = ""
    entered: Callable[[], Sequence[dict[str, Any]]] = tuple
    enter: Callable[[Mapping[str, Any]], None] = lambda _: None
    take_back: Callable[[str, str, str], None] = lambda *_: None

    @property
    def min_citizens(self) -> int:
        """Below so many citizens nothing is told."""
        return self.settings.min_citizens if self.settings is not None else FEW_CITIZENS


_MARKDOWN = re.compile(r"[\\`*_\[\]<>$~]|:(?=[\w/])")


def as_text(text: str) -> str:
    """A file's or a person's words where Streamlit reads Markdown (labels, too): shown as they stand.

    Example:
        >>> as_text("Børne- og ungehjem (døgn)"), len(as_text("**Bo**")), as_text("<b>").replace(chr(92), "/")
        ('Børne- og ungehjem (døgn)', 10, '/<b/>')
    """
    return _MARKDOWN.sub(lambda found: "\\" + found.group(), text)


def lead_html(lines: Sequence[str]) -> str:
    """Sentences in large type, one beneath the other.

    Example:
        >>> lead_html(["1 < 2"])
        '<div class="od-lead"><p>1 &lt; 2</p></div>'
    """
    return '<div class="od-lead">' + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</div>"


def paragraphs_html(lines: Sequence[str]) -> str:
    """Sentences in the page's own type; what people wrote in them is shown as text.

    Example:
        >>> paragraphs_html(["<b>"])
        '<div class="od-text"><p>&lt;b&gt;</p></div>'
    """
    return '<div class="od-text">' + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</div>"


def heading_html(text: str) -> str:
    """A heading of a part of the page.

    Example:
        >>> heading_html("1 < 2")
        '<h3 class="od-heading">1 &lt; 2</h3>'
    """
    return f'<h3 class="od-heading">{escape(text)}</h3>'


def unseen_html(text: str) -> str:
    """What a screen reader says beside a chart, and nobody sees.

    Example:
        >>> unseen_html("1 < 2")
        '<p class="od-unseen">1 &lt; 2</p>'
    """
    return f'<p class="od-unseen">{escape(text)}</p>'


def list_html(lines: Sequence[str]) -> str:
    """Lines as a list; what people wrote in them is shown as text.

    Example:
        >>> list_html(["<b>"])
        '<ul class="od-list"><li>&lt;b&gt;</li></ul>'
    """
    return '<ul class="od-list">' + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def foot_html(run: RunView, language: Language) -> str:
    """The foot of a page: what its figures rest on."""
    return f'<footer class="od-foot">{escape(footer(run, language))}</footer>'
