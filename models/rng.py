"""Seeded randomness: a generator per label, so that adding a series moves no other."""

from __future__ import annotations

from zlib import crc32

import numpy as np

N_UNIFORMS = 64
"""Columns of uniforms that a run publishes (UNIFORMS): two for each lever a scenario may hold, so few collide."""


def generator_for(seed: int, *labels: str) -> np.random.Generator:
    """Make the generator that belongs to ``labels`` under ``seed``.

    Args:
        seed: The run's one seed, 0 or greater.
        labels: What the numbers are for, e.g. ``("forecast", "botilbud_108", "uptake")``. Never a citizen's key.

    Returns:
        A generator that depends on ``seed`` and ``labels`` only.

    Example:
        >>> bool(generator_for(1, "a").random() == generator_for(1, "a").random())
        True
        >>> bool(generator_for(1, "a").random() == generator_for(1, "b").random())
        False
    """
    return np.random.default_rng(np.random.SeedSequence([seed, *(crc32(label.encode()) for label in labels)]))
