"""Ids that a page gives its levers: readable, the same in every session, and never one id for two things."""

from __future__ import annotations

import re
from hashlib import sha256

MOST = 40
"""Characters a lever's id may have (``docs/schemas/scenario.json``)."""
_HASHED = 8
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""A hash in letters alone: with digits it could look like a CPR number, and no such text is taken."""
_OTHER = re.compile("[^a-z0-9æøå]")
_ACCOUNT = re.compile(r"(?<=\d)\.(?=\d)")
_NO_ACCOUNT = re.compile(r"\d_\d")


def code(text: str) -> str:
    """A text in the letters of an id.

    Example:
        >>> code("30.46")
        '30_46'
    """
    return _OTHER.sub("_", text.lower())


def id_of(word: str, *names: str, mark: str = "_", most: int = MOST) -> str:
    """An id made of names: the names as they are where that fits and they stay whole, else their start and a hash of all of them.

    Args:
        word: What it begins with; letters only.
        names: What it is about, e.g. the services that are left and come to.
        mark: Between word and names. Names among themselves are parted by ``-``, which no name holds.
        most: Characters it may have.

    Example:
        >>> id_of("pris", "botilbud", "private"), id_of("bevilling", "30.46")
        ('pris_botilbud-private', 'bevilling_30_46')
        >>> id_of("omlaegning", "laengerevarende_botilbud_a", "bostoette"), id_of("bevilling", "Børn & unge")
        ('omlaegning_laengerevarende_boti-oifhhnno', 'bevilling_børn___unge-jochjmco')
    """
    plain = f"{word}{mark}{'-'.join(code(name) for name in names)}" if names else word
    if len(plain) <= most and all(_names_again(name) for name in names):
        return plain
    return cut(plain, "\0".join((word, *names)), most=most)


def cut(plain: str, whole: str, *, most: int = MOST) -> str:
    """The start of an id and a hash of what it stands for."""
    return f"{plain[: most - _HASHED - 1].rstrip('_-')}-{sha256(whole.encode()).hexdigest()[:_HASHED].translate(_LETTERS)}"


def _names_again(name: str) -> bool:
    """Whether a name can be had from its code: small letters and digits, and account numbers with their point."""
    return bool(name) and code(name) == _ACCOUNT.sub("_", name) and not _NO_ACCOUNT.search(name)


def as_once_named(word: str, name: str) -> str:
    """The id that versions before 27 November 2026 gave the lever of a group or frame: cut at 28 letters, whatever it held."""
    return f"{word}_{code(name)[:28]}"
