"""``opdrift sample``: write the synthetic municipality, and say what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.errors import WrongUse
from flows.progress import progress_bars
from flows.words import whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write(out: Path, *, say: Callable[[str], None], **options: Any) -> int:  # noqa: ANN401  (the command's options, as they are)
    """Write a sample into a new or empty folder.

    Args:
        out: Folder.
        say: Tells people.
        options: Of ``data.synthetic.write_sample``.

    Returns:
        0.

    Raises:
        WrongUse: The folder holds something, or an option is out of bounds.
    """
    from data.synthetic import write_sample  # noqa: PLC0415

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        what = "The folder for the sample is not empty"
        raise WrongUse(what, where=str(out), why="Files there would be replaced", remedy="Choose a new folder with --out")
    with progress_bars() as bars:
        tick = bars.begin("Writing the sample")
        found = write_sample(out, **options, progress=lambda _label, done: tick(round(done * 100), 100))
    say(
        f"Wrote {len(found.files)} files to {out}: {whole(found.postings)} postings, {whole(found.cases)} cases, "
        f"{whole(found.citizens)} citizens with an active case in the last 12 months."
    )
    return 0
