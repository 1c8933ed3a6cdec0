"""What an error may say once it leaves a step: libraries print whole rows, and Prefect keeps what passes a task's edge."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from data.errors import OpdriftError

if TYPE_CHECKING:
    from datetime import datetime

ROOT = Path(__file__).parents[1]


class UnexpectedFault(OpdriftError):
    """Something nobody foresaw; holds the kind of error and the place in the code, never its words.

    Attributes:
        frames: ``file:line in function``, outermost first.
        transient: A retry may help (a disk or network fault).
    """

    def __init__(self, what: str, *, where: str = "", frames: tuple[str, ...] = (), transient: bool = False) -> None:
        """Compose the message; ``frames`` go to the fault log."""
        self.frames, self.transient = frames, transient
        why = "The error's own words are withheld, as they may hold a citizen's data"
        super().__init__(what, where=where, why=why, remedy="Report it with the fault log beside it")


def scrubbed(error: BaseException, *, step: str) -> OpdriftError:
    """Turn any error into one that may be stored and shown.

    Args:
        error: What was raised.
        step: In which step or command.

    Returns:
        ``error`` itself when it is ours, else an :class:`UnexpectedFault` that holds no word of it.

    Example:
        >>> str(scrubbed(ValueError("010190-1234 is no number"), step="land")).split(".")[0]
        "ValueError in step 'land'"
    """
    if isinstance(error, OpdriftError):
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)  # frames hold rows and connections
    trace = traceback.extract_tb(error.__traceback__)
    frames = tuple(f"{_place(frame.filename)}:{frame.lineno} in {frame.name}" for frame in trace)
    ours = [frame for frame in frames if not frame.startswith("<")]
    transient = isinstance(error, OSError) or type(error).__name__ == "IOException"
    what = f"{_plainly(error)} in step '{step}'"
    return UnexpectedFault(what, where=ours[-1] if ours else "", frames=frames, transient=transient)


def _plainly(error: BaseException) -> str:
    """The kind of an error, behind what it means where that is known."""
    kind = type(error).__name__
    if isinstance(error, OSError) and error.errno in _MEANS:
        return f"{_MEANS[error.errno]} ({kind})"
    if kind in _ENDED:
        return f"{_ENDED[kind]} ({kind})"
    return kind


_MEANS = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "The disk is full",
    errno.EFBIG: "A file may not grow further",
    errno.EROFS: "A folder can't be written to",
    errno.EACCES: "A file or folder may not be read or written",
    errno.EPERM: "A file or folder may not be read or written",
    errno.EIO: "The disk failed",
}
_ENDED = {
    "MemoryError": "There was not enough memory",
    "ConnectError": "The Prefect server went away",
    "BrokenProcessPool": "A process that forecast was ended, most often for want of memory",
}


def _place(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return str(path.relative_to(ROOT))
    return "<" + "/".join(path.parts[-2:]) + ">"


def write_fault_log(folder: Path, fault: OpdriftError, *, at: datetime, command: str) -> Path:
    """Write the places of a fault, without values.

    Returns:
        The file: in ``folder``, or among temporary files when that can't be written to.
    """
    lines = [f"{at.isoformat()} opdrift {command}", str(fault), *getattr(fault, "frames", ())]
    text = "\n".join(lines) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"fault-{at:%Y%m%dT%H%M%S}.log"
        file.write_text(text, encoding="utf-8")
    except OSError:
        handle, name = mkstemp(prefix="opdrift-fault-", suffix=".log")
        file = Path(name)
        with open(handle, "w", encoding="utf-8") as stream:  # noqa: PTH123  (a descriptor, no path)
            stream.write(text)
    return file
