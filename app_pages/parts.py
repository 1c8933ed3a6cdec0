"""What all pages share: the context they show, tables with a download, charts with their table, and the foot of the page."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from models.view.blocks import Context, foot_html, lead_html, unseen_html
from models.view.figures import default_year
from models.view.origin_words import in_a_line, origin_of_all
from models.view.pictures import Picture, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from models.view.run import RunView
    from models.view.tables import Shown

_File = TypeVar("_File", str, bytes)
CONTEXT = "context"
_BREATH = 0.015
_ONE_AT_A_TIME = Lock()
__all__ = [
    "CONTEXT",
    "Context",
    "asked_for",
    "begin",
    "begin_year",
    "chart",
    "current",
    "draw",
    "finish",
    "noted",
    "sentences",
    "table",
    "the_rest",
]


def current() -> Context:
    """The context that the router made for this run of the script."""
    context: Context = st.session_state[CONTEXT]
    return context


def begin(context: Context, title: str) -> RunView | None:
    """Write a page's title; where no run can be shown, say why and what to do instead of the page."""
    st.title(title, anchor=False)
    if context.run is None:
        with st.container(border=True):
            for line in context.problem:
                st.markdown(line)
    return context.run


def begin_year(context: Context, title: str) -> tuple[RunView, int] | None:
    """Begin a page about one year; where nothing can be shown, that is said and there is nothing to draw."""
    run = begin(context, title)
    if run is None:
        return None
    year = default_year(run)
    if year is None:
        st.info(context.language.text("Kørslen har intet år, der kan vises: alle tal er skjult for at beskytte borgere."))
        return None
    return run, year


def finish(context: Context) -> None:
    """Write the foot of the page: what its figures rest on."""
    if context.run is not None:
        st.html(foot_html(context.run, context.language))


def sentences(lines: Sequence[str]) -> None:
    """Write sentences in large type, one beneath the other."""
    st.html(lead_html(lines))


@contextmanager
def the_rest() -> Iterator[None]:
    """What comes after the headline: when that has been drawn, and one session's at a time.

    The browser draws at once whatever arrives within ten milliseconds; with all of the page in it, the headline that a slider
    moves stood there a quarter later. And when many move sliders, every headline goes before any session's charts; a session that
    moved on meanwhile leaves its turn (``make browser``).
    """
    time.sleep(_BREATH)
    with _ONE_AT_A_TIME:
        yield


@contextmanager
def asked_for(label: str, key: str) -> Iterator[bool]:
    """A part that is folded away, and whether it is open: what nobody looks at is not made anew at every move of a slider."""
    box = st.expander(label, key=f"unfold_{key}", on_change="rerun")
    with box:
        yield bool(box.open)


def table(context: Context, shown: Shown, key: str, *, runs: Sequence[RunView] = ()) -> None:
    """Write a table and offer it as a file that says where its figures come from: the run on the page, and others beside it."""
    behind = [*([context.run] if context.run is not None else []), *runs]
    st.html(shown.to_html())
    st.download_button(
        context.language.text("Hent tabellen som CSV"),
        noted(context, f"opdrift_{key}.csv", lambda: shown.to_csv(context.language, origin_of_all(behind, context.language))),
        file_name=f"opdrift_{key}.csv",
        mime="text/csv",
        key=f"download_{key}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def noted(context: Context, name: str, make: Callable[[], _File]) -> Callable[[], _File]:
    """Make a file when it is asked for, and write to the access log that it was."""

    def made() -> _File:
        context.note("download", name)
        return make()

    return made


def draw(context: Context, drawn: Any, key: str, *, alt: str = "") -> None:  # noqa: ANN401  (an Altair chart, or a picture)
    """Draw a chart with its text alternative, and in it where its figures come from: Streamlit lets it be saved as a file.

    A picture's words stand beside it, where a screen reader finds them (empty: they stand already): in its name they would make
    the browser build the chart anew at every move of a slider, which was two thirds of what a move cost there.
    """
    if context.run is not None:
        drawn = named(drawn, in_a_line(context.run, context.language))
    if isinstance(drawn, Picture):
        st.vega_lite_chart(spec=drawn.to_page(), width="stretch", theme=None, alt=drawn.name, key=f"chart_{key}")
        if alt:
            st.html(unseen_html(alt))
    else:
        st.altair_chart(drawn, width="stretch", theme=None, alt=alt, key=f"chart_{key}")


def chart(context: Context, drawn: Any, shown: Shown, key: str, *, alt: str) -> None:  # noqa: ANN401  (an Altair chart)
    """Draw a chart with its text alternative, and its table beneath."""
    draw(context, drawn, key, alt=alt)
    with st.expander(context.language.text("Vis tabel")):
        table(context, shown, key)
