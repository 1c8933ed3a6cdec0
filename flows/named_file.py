"""A file that somebody names on the command line: its text, or a sentence that says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from data.errors import WrongUse


def read_named(named: str, *, most_bytes: int, remedy: str) -> str:
    """Read a text file.

    Args:
        named: Path as it was typed.
        most_bytes: Larger files are not read.
        remedy: What to do where there is none.

    Raises:
        WrongUse: It is not there, is no file, may not be read, is too large, or is no text.

    Example:
        >>> read_named("nowhere.json", most_bytes=9, remedy="Name another")
        Traceback (most recent call last):
        ...
        data.errors.WrongUse: There is no such file. Where: nowhere.json. What to do: Name another.
    """
    try:
        file = Path(named)
        if file.is_dir():
            what = "That is a folder, not a file"
        elif file.stat().st_size > most_bytes:
            what = f"The file is too large: {most_bytes // 1000} kB are the most"
        else:
            return file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        what = "There is no such file"
    except PermissionError:
        what = "The file may not be read by this user"
    except (OSError, ValueError) as error:
        what = "The file is no text in UTF-8" if isinstance(error, UnicodeDecodeError) else "That is no name of a file"
    raise WrongUse(what, where=Path(named).name.replace("\0", "")[:80], remedy=remedy)
