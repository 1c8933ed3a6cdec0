"""``opdrift sample``: write the synthetic municipality, and say what was written."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from data.errors import WrongUse
from flows.progress import progress_bars
from flows.words import whole

if TYPE_CHECKING:
    from collections.abc import Callable


def write(out: Path, *, say: Callable[[str], None], **options: Any) -> int:  # noqa: ANN401  (the command's options, as they are)
    """Write a sample into a folder, all of it or nothing; what else lies there is left alone.

    Args:
        out: Folder; an inbox that holds other files will do.
        say: Tells people.
        options: Of ``data.synthetic.write_sample``.

    Returns:
        0.

    Raises:
        WrongUse: A file of the sample would replace one that is there, or an option is out of bounds.
    """
    from data.synthetic import write_sample  # noqa: PLC0415

    if out.exists() and not out.is_dir():
        what = "The place for the sample is a file"
        raise WrongUse(what, where=str(out), remedy="Choose a folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".sample-", dir=out) as beside, progress_bars() as bars:
        tick = bars.begin("Writing the sample")
        found = write_sample(Path(beside), **options, progress=lambda _label, done: tick(round(done * 100), 100))
        _move(Path(beside), out)
    say(
        f"Wrote {len(found.files)} files to {out}: {whole(found.postings)} postings, {whole(found.cases)} cases, "
        f"{whole(found.citizens)} citizens with an active case in the last 12 months."
    )
    return 0


def _move(beside: Path, out: Path) -> None:
    files = sorted(file.relative_to(beside) for file in beside.rglob("*") if file.is_file())
    there = [str(file) for file in files if (out / file).exists()]
    if there:
        what = f"{len(there)} files of the sample are already there, the first is {there[0]}"
        raise WrongUse(what, where=str(out), why="They would be replaced", remedy="Choose another folder with --out")
    for file in files:
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        (beside / file).rename(out / file)
