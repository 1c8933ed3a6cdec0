"""The register of decided cases: a record that only grows, and beside it the forecast that each decision froze.

One line of JSON per decision, start, enrolment or stop; nothing is rewritten, a correction is one more line. The frozen arrays
lie beside, whole or not at all, and the decision's line has their SHA-256: a changed file is not followed up. A text with the
shape of a CPR number is refused, and no message repeats what was typed.
"""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import zipfile
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from data.audit_log import append
from data.content_id import content_id
from data.cpr import cpr_in_text
from data.errors import DAMAGED, OpdriftError, WrongUse
from data.register_file import add_line, hold, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from data.settings import Paths

DECISION_ID = re.compile(r"d-[0-9a-f]{16}")
MONTH = re.compile(r"20\d{2}-(?:0[1-9]|1[0-2])")
MOST_ENROLLED = 100_000
_MOST_TEXT = 200
_NO_SUCH = "'opdrift investment list' names the decided cases"


class DecisionRefused(WrongUse):
    """Something that the register does not take; nothing was kept.

    Attributes:
        code: Machine word, for pages in another language: ``unsigned``, ``cpr``, ``text``, ``no_month``, ``decided_already``,
            ``no_decision``, ``started_before``, ``not_started``, ``before_start``, ``number``, ``hidden_service``,
            ``comparison``, ``not_yet``, ``not_kept``, ``role``.
    """

    def __init__(self, what: str, *, code: str, where: str = "", why: str = "", remedy: str = "") -> None:
        """Say what was refused, and its code."""
        self.code = code
        super().__init__(what, where=where, why=why, remedy=remedy)


def decide(paths: Paths, said: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[np.generic]]) -> str:
    """Enter a decision with the forecast it was taken on.

    Args:
        paths: The home.
        said: case (its content), case_id, owner, who, decided_on (YYYY-MM-DD), planned_start (YYYY-MM), run_id, cutoff (YYYY-MM),
            and what else is to be kept; plain values.
        arrays: What is frozen; numbers and texts, no objects.

    Returns:
        The id it was given: of case and run, so that nothing is decided twice.

    Raises:
        WrongUse: A text has the shape of a CPR number, owner or signature is missing, a month is none, the case is decided
            already on this run, or the home can't be written to. Nothing was kept.
    """
    given = dict(said)
    for name in ("owner", "who"):
        _check_text(f"--{name}", given.get(name))
    for text in _texts(given):
        _refuse_cpr(text, "The case")
    check_month("--start", str(given["planned_start"]))
    decision_id = content_id("d", f"{given['case_id']}|{given['run_id']}")
    content = _packed(arrays)
    with _held(paths):
        if any(row["decision_id"] == decision_id for row in read_decisions(paths)):
            what = "The case is decided already on this run"
            raise DecisionRefused(
                what, code="decided_already", where=decision_id, remedy="Follow it up, or change the case where it is another one"
            )
        append(
            paths,
            "case_decided",
            {"decision_id": decision_id, "case_id": given["case_id"], "run_id": given["run_id"]},
            who=given["who"],
        )
        _keep(paths, decision_id, content)
        _append(paths, {"action": "decide", "decision_id": decision_id, "sha256": sha256(content).hexdigest(), **given})
    return decision_id


def add_fact(paths: Paths, decision_id: str, action: str, said: Mapping[str, Any]) -> None:
    """Add what became of a decision: ``start`` or ``stop`` (month), ``enrol`` (month, number); the newest of a month counts.

    Raises:
        WrongUse: There is no such decision, a month or number is none, or the signature is missing. Nothing was kept.
    """
    with _held(paths):
        _check_fact(paths, decision_id, action, said)
        append(paths, f"case_{action}", {"decision_id": decision_id, "month": said["month"]}, who=str(said["who"]))
        _append(paths, {"action": action, "decision_id": decision_id, **said})


def _check_fact(paths: Paths, decision_id: str, action: str, said: Mapping[str, Any]) -> None:
    known = {row["decision_id"]: row for row in read_decisions(paths)}
    if decision_id not in known:
        what = "No decided case has that id"
        raise DecisionRefused(what, code="no_decision", remedy=_NO_SUCH)
    decided = known[decision_id]
    _check_text("--who", said.get("who"))
    month = check_month("--month", str(said["month"]))
    if action == "start" and month <= decided["cutoff"]:
        what = "The measure started before its decision: the forecast that was frozen knew its first months"
        why = "Its effect would be part of what it is held against"
        raise DecisionRefused(
            what,
            code="started_before",
            where=decision_id,
            why=why,
            remedy="Decide it on a run whose last month lies before the start",
        )
    if action in {"enrol", "stop"} and "actual_start" not in decided:
        what = "The measure has not started yet"
        raise DecisionRefused(
            what,
            code="not_started",
            where=decision_id,
            remedy=f"Enter the start first: opdrift investment start {decision_id} --month YYYY-MM",
        )
    if action in {"enrol", "stop"} and month < decided["actual_start"]:
        what = "The month lies before the start"
        raise DecisionRefused(
            what,
            code="before_start",
            where=decision_id,
            remedy=f"The measure started {decided['actual_start']}; correct the one or the other",
        )
    if action == "enrol" and not 0 <= int(said["number"]) <= MOST_ENROLLED:
        what = f"The number lies outside 0 to {MOST_ENROLLED}"
        raise DecisionRefused(what, code="number", remedy="Give how many citizens were enrolled in the month")


@contextmanager
def _held(paths: Paths) -> Iterator[None]:
    """One writer at a time, from what is looked up to what is added: two sessions cannot decide the same case."""
    try:
        lock = hold(paths.decisions)
    except OSError as error:
        what = f"The register can't be held ({type(error).__name__})"
        remedy = "Try again; see that the home has room and may be written to"
        raise DecisionRefused(what, code="not_kept", where=paths.decisions.name, remedy=remedy) from None
    try:
        yield
    finally:
        lock.release()


def read_decisions(paths: Paths) -> list[dict[str, Any]]:
    """Every decision in the order of entry, with what became of it: actual_start, stopped, enrolled (month -> number).

    Raises:
        OpdriftError: The record is damaged.
    """
    if not paths.decisions.is_file():
        return []
    found: dict[str, dict[str, Any]] = {}
    try:
        for said in read_lines(paths.decisions):
            action, key = said.pop("action"), said["decision_id"]
            if action == "decide":
                found[key] = said | {"enrolled": {}}
            elif action == "enrol":
                found[key]["enrolled"][said["month"]] = int(said["number"])
            else:
                found[key][{"start": "actual_start", "stop": "stopped"}[action]] = said["month"]
    except DAMAGED:
        what = "The register of decided cases is damaged"
        remedy = "Bring decisions.jsonl back from a backup of the home"
        raise OpdriftError(what, where=paths.decisions.name, why="Promises would be forgotten", remedy=remedy) from None
    return list(found.values())


def read_frozen(paths: Paths, decided: Mapping[str, Any]) -> dict[str, npt.NDArray[np.generic]]:
    """The arrays that a decision froze.

    Raises:
        WrongUse: The file is gone, or it is not what was frozen.
    """
    file = _frozen_file(paths, str(decided["decision_id"]))
    remedy = "Bring the file back from a backup of the home: a forecast that is made anew is not what was decided on"
    try:
        content = file.read_bytes()
    except OSError as error:
        what = f"What the decision froze can't be opened ({type(error).__name__})"
        raise WrongUse(what, where=file.name, remedy=remedy) from None
    if sha256(content).hexdigest() != decided["sha256"]:
        what = "What the decision froze was changed or damaged"
        raise WrongUse(what, where=file.name, why="The promise could be moved", remedy=remedy)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, OSError, zipfile.BadZipFile):
        what = "What the decision froze can't be read"
        raise WrongUse(what, where=file.name, remedy=remedy) from None


def check_month(option: str, text: str) -> str:
    """A month as YYYY-MM.

    Raises:
        WrongUse: It is none.

    Example:
        >>> check_month("--start", "2027-03")
        '2027-03'
    """
    if MONTH.fullmatch(text) is None:
        what = f"{option} is no month"
        raise DecisionRefused(what, code="no_month", remedy="Write it as YYYY-MM, e.g. 2027-03")
    return text


def _check_text(option: str, value: object) -> None:
    text = str(value or "").strip()
    if not text or len(text) > _MOST_TEXT or not text.isprintable():
        what = f"{option} is missing or can't be taken"
        raise DecisionRefused(
            what, code="unsigned", remedy=f"Give an office, a title or initials, at most {_MOST_TEXT} characters"
        )
    _refuse_cpr(text, option)


def _refuse_cpr(text: str, where: str) -> None:
    if cpr_in_text(text):
        what = f"{where} holds something with the shape of a CPR number"
        raise DecisionRefused(
            what, code="cpr", why="Personal numbers must not be stored; the text was not kept", remedy="Say it without the number"
        )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _packed(arrays: Mapping[str, npt.NDArray[np.generic]]) -> bytes:
    if any(array.dtype.hasobject for array in arrays.values()):
        message = "An array of objects would need pickle"
        raise TypeError(message)
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **dict(arrays))
    return content.getvalue()


def _frozen_file(paths: Paths, decision_id: str) -> Any:  # noqa: ANN401  (Path; its import is for types alone)
    if DECISION_ID.fullmatch(decision_id) is None:
        what = "That is no decision's id"
        raise DecisionRefused(what, code="no_decision", remedy=_NO_SUCH)
    return paths.frozen / f"{decision_id}.npz"


def _keep(paths: Paths, decision_id: str, content: bytes) -> None:
    """Write beside, then put in place in one step."""
    file = _frozen_file(paths, decision_id)
    beside = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with beside.open("wb") as written:
            written.write(content)
            written.flush()
            os.fsync(written.fileno())
        beside.replace(file)
    except OSError as error:
        what = f"The decision can't be kept ({type(error).__name__})"
        raise DecisionRefused(
            what, code="not_kept", where=file.name, remedy="See that the home has room and may be written to"
        ) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _append(paths: Paths, line: dict[str, Any]) -> None:
    try:
        add_line(paths.decisions, json.dumps(line, ensure_ascii=False, sort_keys=True, allow_nan=False))
    except OSError as error:
        what = f"The decision can't be written ({type(error).__name__})"
        raise DecisionRefused(
            what, code="not_kept", where=paths.decisions.name, remedy="See that the home has room and may be written to"
        ) from None
