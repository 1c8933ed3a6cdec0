"""The follow-up of decided measures as the last run, or the last entry in the register, left it: one file, whole or not there.

It is worked out from restricted drivers, so pages read this and never those. It holds what may be shown: shown services, no small
numbers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from data.errors import DAMAGED
from data.input_state import write_beside_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Paths

_NAME = "follow_up.json"


def write_report(paths: Paths, found: dict[str, Any]) -> Path:
    """Put the report in place in one step.

    Args:
        paths: The home.
        found: As ``docs/schemas/investment_follow_up.json`` has it.

    Raises:
        OSError: It can't be written; what stood there stands.
    """
    file = paths.reports / _NAME
    write_beside_bytes(file, json.dumps(found, ensure_ascii=False, allow_nan=False).encode())
    return file


def read_report(paths: Paths) -> dict[str, Any] | None:
    """The report; None where there is none yet, or it can't be read."""
    try:
        told = json.loads((paths.reports / _NAME).read_text(encoding="utf-8"))
    except DAMAGED:
        return None
    return told if isinstance(told, dict) and isinstance(told.get("cases"), list) else None
