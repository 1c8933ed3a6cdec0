"""Answers that take seconds: found once for a run and a question, and shown to everyone who asks the same."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

_Answer = TypeVar("_Answer")
MOST = 64
_FINDING = Lock()


@st.cache_resource(show_spinner=False)
def _answers() -> OrderedDict[tuple[object, ...], object]:
    """The newest answers of this server, whoever asked."""
    return OrderedDict()


def shared_answer(question: tuple[object, ...], find: Callable[[], _Answer]) -> _Answer:
    """The answer to a question, found by the first who asks; who asks meanwhile waits for it instead of finding it again.

    One is found at a time: the search takes a whole core, and two at once would only both be late.

    Args:
        question: All that the answer follows from: the run, what was asked, thresholds.
        find: Finds it; what it raises is the asker's, and the next one tries anew.
    """
    answers = _answers()
    with suppress(KeyError):
        return answers[question]  # type: ignore[return-value]  (what its own question put there)
    with _FINDING:
        if question not in answers:
            answers[question] = find()
            while len(answers) > MOST:
                answers.popitem(last=False)
        return answers[question]  # type: ignore[return-value]
