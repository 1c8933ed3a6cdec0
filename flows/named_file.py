"""A file that somebody names on the command line: its text, or a sentence that says what is wrong with it."""

from __future__ import annotations

from errno import ENAMETOOLONG
from pathlib import Path
from stat import S_ISDIR, S_ISREG

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
        mode = file.stat().st_mode
        if S_ISDIR(mode):
            what = "That is a folder, not a file"
        elif not S_ISREG(mode):
            what = "That is no file: a pipe or a device has no end"
        else:
            with file.open("rb") as opened:
                content = opened.read(most_bytes + 1)
            if len(content) <= most_bytes:
                return content.decode("utf-8")
            what = f"The file is too large: {most_bytes // 1000} kB are the most"
    except (FileNotFoundError, NotADirectoryError):
        what = "There is no such file"
    except PermissionError:
        what = "The file may not be read by this user"
    except UnicodeDecodeError:
        what = "The file is no text in UTF-8"
    except (OSError, ValueError) as error:
        is_name = isinstance(error, OSError) and error.errno != ENAMETOOLONG
        what = f"The file can't be read ({error.strerror})" if is_name else "That is no name of a file"
    raise WrongUse(what, where=Path(named).name.replace("\0", "")[:80], remedy=remedy)
