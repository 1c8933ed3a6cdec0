"""Imported once by the process that a pool's workers branch off: what is heavy to import, quietly."""

from __future__ import annotations

import logging
import warnings
from importlib import import_module

logging.disable(logging.CRITICAL)  # Prophet's import complains of a plot library that nobody needs here
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for _name in ("pandas", "scipy.stats", "prophet", "statsforecast.models"):
        import_module(_name)
logging.disable(logging.NOTSET)
