"""Seeded randomness of the sample: a generator per label, so that adding a service moves no other."""

from __future__ import annotations

from statistics import NormalDist
from zlib import crc32

import numpy as np

_GOLDEN = 0.6180339887498949
_INVERSE = NormalDist().inv_cdf


def generator(seed: int, *labels: str) -> np.random.Generator:
    """Make the generator that belongs to ``labels`` under ``seed``.

    Args:
        seed: The sample's one seed, 0 or greater.
        labels: What the numbers are for, e.g. ``("151", "caseload")``.

    Returns:
        A generator that depends on ``seed`` and ``labels`` only.

    Example:
        >>> bool(generator(1, "151").random() == generator(1, "151").random())
        True
    """
    return np.random.default_rng([seed, *(crc32(label.encode()) for label in labels)])


def spread_normals(count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw standard normals that cover the distribution evenly, whatever the count (a golden-ratio sequence).

    Evenly spread prices keep a small municipality's mean price near the planted one, so that planted trends can be found.

    Args:
        count: How many.
        rng: Gives the start of the sequence.

    Returns:
        (count,) standard normal.
    """
    even = (rng.random() + _GOLDEN * np.arange(count)) % 1.0
    return np.array([_INVERSE(min(max(u, 1e-6), 1 - 1e-6)) for u in even])
