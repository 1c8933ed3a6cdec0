"""Texts that people write into a scenario: refused where a page, a spreadsheet or a log could take them for something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from data.cpr import cpr_in_text

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = {"name": 120, "author": 120, "rationale": 2000}
"""Characters each text may have."""
_MARKUP = re.compile(r"<[A-Za-z/!?]|&#|javascript:", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FORMULA = re.compile(r"[=+@\t]|-\s*[A-Za-z(]")


def text_faults(text: str, name: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield (code, what, why, remedy) of everything that is wrong with a text.

    Example:
        >>> [code for code, *_ in text_faults("=1+1 <b>", "name")], list(text_faults("-2 procent", "name"))
        (['unsafe_text', 'unsafe_text'], [])
    """
    most = MOST[name]
    if len(text) > most:
        yield "too_long", f"The text is longer than {most} characters", "It is read aloud in a meeting", "Shorten it"
    if cpr_in_text(text):
        yield "cpr", "The text holds what looks like a CPR number", "A scenario is shared", "Leave the number out"
    if _MARKUP.search(text):
        yield "unsafe_text", "The text holds markup", "A page would not show it as text", "Write plain text"
    if _CONTROL.search(text):
        yield "unsafe_text", "The text holds control characters", "They hide what is said", "Write plain text"
    if _FORMULA.match(text):
        yield "unsafe_text", "The text begins like a formula", "A spreadsheet would run it", "Begin with a word"
