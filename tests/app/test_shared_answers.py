"""An answer that takes seconds is found once, whoever asks; a question that failed is asked anew."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app_pages.shared_answers import MOST, shared_answer


def test_eight_who_ask_the_same_at_once_get_one_answer() -> None:
    found, together = [], threading.Barrier(8)

    def find() -> object:
        time.sleep(0.05)
        found.append(object())
        return found[-1]

    def ask(_: int) -> object:
        together.wait()
        return shared_answer(("at once",), find)

    with ThreadPoolExecutor(8) as sessions:
        answers = list(sessions.map(ask, range(8)))
    assert len(found) == 1
    assert all(answer is found[0] for answer in answers)


def test_another_question_another_answer_and_the_oldest_are_forgotten() -> None:
    for number in range(MOST + 1):
        assert shared_answer(("numbered", number), lambda number=number: number) == number
    assert shared_answer(("numbered", MOST), lambda: "anew") == MOST
    assert shared_answer(("numbered", 0), lambda: "anew") == "anew"


def test_what_failed_is_asked_anew() -> None:
    def fails() -> object:
        raise LookupError

    with pytest.raises(LookupError):
        shared_answer(("fails",), fails)
    assert shared_answer(("fails",), lambda: "found") == "found"
