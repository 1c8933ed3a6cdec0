"""Imported once by the process that a pool's workers branch off: what is heavy to import, quietly; and work space.

OpenBLAS takes 32 MB at the first product that needs them, and asks again without end where there are none: a night with too
little memory stood still. Taken here, what fails later fails as ``MemoryError``.
"""

from __future__ import annotations

import logging
import warnings
from importlib import import_module

import numpy as np
from scipy.linalg.blas import dgemv

logging.disable(logging.CRITICAL)  # Prophet's import complains of a plot library that nobody needs here
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for _name in ("pandas", "scipy.stats", "prophet", "statsforecast.models"):
        import_module(_name)
logging.disable(logging.NOTSET)

_square = np.ones((512, 512))  # numpy and scipy bring a library each
_square @ _square[0]
dgemv(1.0, _square, _square[0])
del _square
