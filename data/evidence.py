"""What a run was made from, beside its restricted file: enough to make it again from the archive (``opdrift verify``).

It names files, mappings, staff's adjustments and the model choice that the night ended with. Masked services and staff's reasons
stand in it, so it is readable by the home's owner alone, and goes with its run.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from data.choice_file import EARLIER_FILE, FILE
from data.errors import DAMAGED
from data.mart import flush, published_file
from data.warehouse import frame

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from data.settings import Paths

SAMPLE_FILE = "sample_files.json"
_FILES = """
SELECT * REPLACE (amount::VARCHAR AS amount, snapshot_on::VARCHAR AS snapshot_on)
FROM files ORDER BY landed_seq, sha256, table_name
"""


def evidence_file(paths: Paths, run_id: str) -> Path:
    """Where it lies."""
    return paths.restricted / f"{published_file(paths, run_id).stem}.inputs.json"


def write_evidence(paths: Paths, run_id: str, con: duckdb.DuckDBPyConnection, choices: dict[str, str]) -> Path:
    """Write down what a run was made from, whole or not at all.

    Args:
        paths: Home.
        run_id: The run's name.
        con: The night's warehouse.
        choices: File name -> text of the model choices that the night ended with; empty for a look back.
    """
    texts = {"adjustments": paths.adjustments, "sample_files": paths.home / SAMPLE_FILE}
    told: dict[str, Any] = {name: file.read_text(encoding="utf-8") for name, file in texts.items() if file.is_file()}
    told["mappings"] = {file.name: file.read_text(encoding="utf-8") for file in sorted(paths.sources.glob("*.toml"))}
    told["choices"] = choices
    told["files"] = json.loads(frame(con, _FILES).to_json(orient="records"))
    target = evidence_file(paths, run_id)
    beside = target.with_name(f".{target.name}.part")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(told, stream, ensure_ascii=False, sort_keys=True)
    flush(beside)
    beside.replace(target)
    flush(target.parent)
    return target


def read_evidence(paths: Paths, run_id: str) -> dict[str, Any] | None:
    """What a run was made from; None where it was published without, or it can't be read."""
    try:
        told: dict[str, Any] = json.loads(evidence_file(paths, run_id).read_text(encoding="utf-8"))
    except DAMAGED:
        return None
    return told if isinstance(told, dict) and {"files", "mappings", "choices"} <= set(told) else None


def lay_out(evidence: dict[str, Any], paths: Paths) -> None:
    """Put mappings, adjustments, the sample's list and the model choices into another home, as the run found them."""
    paths.sources.mkdir(parents=True)
    for name, text in evidence["mappings"].items():
        (paths.sources / name).write_text(text, encoding="utf-8")
    single = {"adjustments": paths.adjustments, "sample_files": paths.home / SAMPLE_FILE}
    for name, file in single.items():
        if name in evidence:
            file.write_text(evidence[name], encoding="utf-8")
    for name in (FILE, EARLIER_FILE):
        if evidence["choices"].get(name):
            (paths.home / name).write_text(evidence["choices"][name], encoding="utf-8")


def lay_out_refusals(evidence: dict[str, Any], con: duckdb.DuckDBPyConnection) -> None:
    """Enter the files that were refused then: their refusal is part of what was published, their content of nothing."""
    names = "sha256, table_name, file_name, mapping, source, precedence, repeat_keys, status, reason, message, kept_as, rows"
    names += ", unreadable_amounts, landed_seq, mapping_digest"
    columns = names.split(", ")
    marks = ", ".join("?" for _ in columns)
    for row in evidence["files"]:
        if row["status"] == "refused":
            con.execute(f"INSERT INTO files ({names}) VALUES ({marks})", [row[column] for column in columns])
