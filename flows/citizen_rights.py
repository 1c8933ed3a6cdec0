"""``opdrift insight|rectify|erase``: what a citizen has a right to, with a receipt that holds counts and digests, never a value.

The law on bookkeeping keeps the accounts: rows of postings and commitments go only on a legal basis that is recorded.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from data.audit_log import append
from data.citizen import BOOKKEEPING, Place, Traces, erase_citizen, find_citizen, rows_of_citizen, ten_digits
from data.cpr import cpr_in_text
from data.errors import OpdriftError, WrongUse
from data.vintages import list_vintages
from data.warehouse import compact, open_warehouse
from flows.audit import mend_and_note
from flows.lock import only_one

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from data.settings import Settings


@contextmanager
def _whole_warehouse(settings: Settings, command: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, built anew first where it is damaged or lacks a file: a citizen is found in all of it or not at all."""
    mend_and_note(settings, {"command": command})
    with open_warehouse(settings) as con:
        yield con


def insight(settings: Settings, typed: str, *, out: Path, who: str) -> dict[str, Any]:
    """Write what is kept of a citizen to a file that its owner alone can read.

    Args:
        settings: Home and keys.
        typed: The CPR number.
        out: A new file outside the home: it holds the citizen's own data in clear.
        who: Office, role or initials, for the log.

    Returns:
        The receipt, by ``docs/schemas/citizen.json``.

    Raises:
        WrongUse: The number has not the shape of one, the file is there already or lies in the home.
    """
    cpr = ten_digits(typed)
    if out.resolve().is_relative_to(settings.paths.home.resolve()) or out.exists():
        what = "--out must be a new file outside the home"
        raise WrongUse(what, why="It holds a citizen's data in clear", remedy="Name a place that only you can read")
    with only_one(settings.paths.lock), _whole_warehouse(settings, "insight") as con:
        traces = find_citizen(con, settings, cpr)
        rows = rows_of_citizen(con)
    told = {
        "asked_on": datetime.now(UTC).date().isoformat(),
        "stored_as": "Identifiers are kept as keyed pseudonyms (HMAC-SHA-256); the archive holds files as they came, encrypted.",
        "warehouse": rows,
        "files": [
            {"file": place.name or place.sha256, "where": place.where, "header": place.found.header.rstrip("\r\n"),
             "rows": [text.rstrip("\r\n") for n, text in place.found.rows if n in place.own],
             "rows_of_others_that_name_you": len(place.others)}
            for place in traces.places
        ],
        "published": "Published runs, scenarios and reports hold sums, masked where citizens are few, and no row of a person.",
    }  # fmt: skip
    receipt = _receipt(settings, "insight", traces, who, {})  # recorded before it can be read
    _write_private(out, json.dumps(told, ensure_ascii=False, indent=1))
    return receipt | {"out": out.name}


def rectify(settings: Settings, typed: str, *, who: str, about: str) -> dict[str, Any]:
    """Tell where what is kept of a citizen comes from, and record that it is to be put right there.

    What opdrift keeps is a copy: the export that is corrected in the source system supersedes it in the next night.

    Args:
        settings: Home and keys.
        typed: The CPR number.
        who: Office, role or initials, for the log.
        about: Table that is wrong, e.g. ``cases``.
    """
    cpr = ten_digits(typed)
    with only_one(settings.paths.lock), _whole_warehouse(settings, "rectify") as con:
        traces = find_citizen(con, settings, cpr)
    if not traces.rows.get(about):
        what = f"No row of '{about}' is kept of this citizen"
        raise WrongUse(what, remedy="'opdrift insight' tells what is kept")
    receipt = _receipt(settings, "rectify", traces, who, {"about": about})
    receipt["next"] = f"Correct it in the system that the export comes from ({_sources(traces, about)}), export anew, and run"
    return receipt


def erase(settings: Settings, typed: str, *, who: str, legal_basis: str, keep_accounts: bool) -> dict[str, Any]:
    """Take a citizen's rows out of archive, clear files and warehouse, for good.

    Args:
        settings: Home and keys.
        typed: The CPR number.
        who: Office, role or initials, for the log.
        legal_basis: Why rows of the accounts may go too; empty: there is none.
        keep_accounts: Rows of the accounts stay, the rest goes.

    Raises:
        WrongUse: Rows of the accounts would go without a basis, a file can't be looked into, or archiving is off.
    """
    cpr = ten_digits(typed)
    if legal_basis and (cpr_in_text(legal_basis) or not 10 <= len(legal_basis) <= 300):
        what = "--legal-basis must be 10 to 300 characters without a CPR number"
        raise WrongUse(what, remedy="Name the law and the decision")
    with only_one(settings.paths.lock):
        with _whole_warehouse(settings, "erase") as con:
            traces = find_citizen(con, settings, cpr)
            _refuse_accounts(traces, legal_basis, keep_accounts=keep_accounts)
            keep = BOOKKEEPING if keep_accounts else ()

            def note(kind: str, into: dict[str, str]) -> None:
                pairs = {"files": sorted(into), "into": [into[old] for old in sorted(into)]}
                append(settings.paths, kind, {**pairs, "legal_basis": legal_basis, "kept": list(keep)}, who=who)

            into = erase_citizen(con, settings, cpr, traces, keep=keep, note=note)
            left = find_citizen(con, settings, cpr)
        compact(settings)
    receipt = _receipt(settings, "erase", traces, who, {"legal_basis": legal_basis, "kept": list(keep)})
    receipt["left"] = _counted(left)
    receipt["erased_files"] = sorted(into)
    receipt["next"] = "Erase it in the source systems too, or the next export brings it back; then start a run"
    return receipt


def _refuse_accounts(traces: Traces, legal_basis: str, *, keep_accounts: bool) -> None:
    held = {name: traces.rows[name] for name in BOOKKEEPING if name in traces.rows}
    if held and not legal_basis and not keep_accounts:
        rows = ", ".join(f"{count} rows of {name}" for name, count in held.items())
        what = f"The law on bookkeeping forbids erasing {rows}"
        why = "Accounts are kept for five years after the year they belong to; nothing was erased"
        remedy = "--keep-accounts erases the rest; --legal-basis TEXT erases all, and is recorded"
        raise WrongUse(what, why=why, remedy=remedy)
    if waiting := [place for place in traces.places if place.where == "inbox"]:
        what = f"{len(waiting)} files in the inbox hold the citizen"
        raise WrongUse(what, why="The next run would bring it back", remedy="Take them out of the inbox, or start a run first")


def _receipt(settings: Settings, kind: str, traces: Traces, who: str, more: dict[str, Any]) -> dict[str, Any]:
    receipt_id = f"q-{secrets.token_hex(4)}"
    files = {place.sha256 for place in traces.places}
    runs = [item.run_id for item in list_vintages(settings.paths) if files & _inputs(settings, item.run_id)]
    counted = _counted(traces)
    rows, held = sum(counted["rows"].values()), len(counted["files"])
    entry = append(settings.paths, f"citizen_{kind}", {"receipt": receipt_id, "rows": rows, "files_held": held, **more}, who=who)
    return {"receipt": receipt_id, "kind": kind, "at": entry.at, "who": who, **counted, "runs": runs, **more}


def _inputs(settings: Settings, run_id: str) -> set[str]:
    from data.mart import Mart, published_file  # noqa: PLC0415

    try:
        found = Mart(published_file(settings.paths, run_id), run_id).record("input_hashes")
    except OpdriftError:
        return set()
    return set(found) if isinstance(found, list) else set()


def _counted(traces: Traces) -> dict[str, Any]:
    return {
        "rows": dict(traces.rows),
        "rows_of_others": dict(traces.named),
        "files": [_told_place(place) for place in traces.places],
        "unread": list(traces.unread),
    }


def _told_place(place: Place) -> dict[str, Any]:
    return {
        "sha256": place.sha256,
        "where": place.where,
        "tables": list(place.tables),
        "rows": len(place.own),
        "rows_of_others": len(place.others),
    }


def _sources(traces: Traces, about: str) -> str:
    names = sorted({place.name for place in traces.places if about in place.tables and place.name})
    return ", ".join(names) or "its file is no longer kept"


def _write_private(file: Path, text: str) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        what = f"The file can't be written ({type(error).__name__})"
        raise WrongUse(what, where=str(file), remedy="Name another place") from None


def told(receipt: dict[str, Any]) -> str:
    """A receipt in plain words."""
    rows = ", ".join(f"{count} of {name}" for name, count in receipt["rows"].items()) or "none"
    lines = [f"Receipt {receipt['receipt']} ({receipt['kind']}), {receipt['at']}", f"Rows in the warehouse: {rows}"]
    lines += (
        [f"Rows of others that name the citizen: {sum(receipt['rows_of_others'].values())}"] if receipt["rows_of_others"] else []
    )
    lines += [f"  {item['where']:<8} {item['sha256'][:16]}  {item['rows']} rows" for item in receipt["files"]]
    if receipt["unread"]:
        lines.append(f"{len(receipt['unread'])} files can't be looked into: {', '.join(item[:16] for item in receipt['unread'])}")
    if receipt["runs"]:
        word = "can't be made again since" if receipt["kind"] == "erase" else "rest on these files (sums alone)"
        lines.append(f"{len(receipt['runs'])} published runs {word}")
    lines += [f"Next: {receipt['next']}."] if "next" in receipt else []
    return "\n".join(lines)
