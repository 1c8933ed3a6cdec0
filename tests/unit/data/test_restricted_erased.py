"""A citizen's keyed case rows leave the restricted files too, and nothing of them stays in the file's blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.restricted import count_case_rows, erase_case_rows, read_case_rows, restricted_file, write_restricted
from data.schema import RESTRICTED
from data.settings import Paths

if TYPE_CHECKING:
    from pathlib import Path

GONE, STAYS = "ab" * 32, "cd" * 32


def test_rows_of_a_citizen_leave_every_restricted_file(tmp_path: Path) -> None:
    paths = Paths(home=tmp_path / "home", secrets=tmp_path / "secrets")
    empty = {name: pd.DataFrame(columns=list(table.names)) for name, table in RESTRICTED.items()}
    rows = pd.DataFrame(
        {"citizen_id": [GONE, STAYS, GONE], "case_id": ["11" * 32, "22" * 32, "33" * 32], "service": "bostoette"}
    ).reindex(columns=list(RESTRICTED["case_rows"].names))
    for run_id in ("run-20260101T020000-0a1b2c", "run-20260201T020000-0a1b2d"):
        write_restricted(paths, run_id, empty | {"case_rows": rows})
    assert count_case_rows(paths, [GONE]) == dict.fromkeys(("run-20260101T020000-0a1b2c", "run-20260201T020000-0a1b2d"), 2)
    assert erase_case_rows(paths, [GONE]) == 4
    assert count_case_rows(paths, [GONE]) == {}
    for run_id in ("run-20260101T020000-0a1b2c", "run-20260201T020000-0a1b2d"):
        left = read_case_rows(paths, run_id)
        assert left is not None
        assert list(left["citizen_id"]) == [STAYS]
        assert GONE.encode() not in restricted_file(paths, run_id).read_bytes()
        assert restricted_file(paths, run_id).stat().st_mode & 0o777 == 0o400
