"""Identifiers become keyed HMAC-SHA-256 before anything is stored; the key lies outside the home.

The key is made on the first run. A home remembers a check value of the key it was keyed with, so that another key (or a
lost one) is refused: with it, every citizen would be counted twice.
"""

from __future__ import annotations

import hmac
import os
import secrets
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from data.cpr import normalise_cpr
from data.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import duckdb

    from data.settings import Paths

IdentifierKind = Literal["citizen", "household", "case", "posting", "provider", "commitment"]
KEY_FILE = "pseudonym.key"
KEY_BYTES = 32
_PERSONS = ("citizen", "household", "provider")
_CHECK_FACT = "pseudonym_key_check"


def kind_of(column: str) -> IdentifierKind:
    """The kind of identifier a contract column holds: the same kind gets the same key in every table.

    Raises:
        WrongUse: The column is no identifier we know.

    Example:
        >>> kind_of("citizen_id")
        'citizen'
    """
    kind = column.removesuffix("_id")
    match kind:
        case "citizen" | "household" | "case" | "posting" | "provider" | "commitment":
            return kind
    message = f"Column '{column}' is no identifier that can be keyed"
    raise WrongUse(message, remedy="Name its kind in data/pseudonym.py")


def keyed(
    values: pa.Array | pa.ChunkedArray | Sequence[str | None], key: bytes, kind: IdentifierKind = "citizen"
) -> pa.ChunkedArray:
    """Key identifiers; equal identifiers of one kind get equal keys, of two kinds different ones.

    CPR-shaped identifiers of persons are brought to ten digits first, so that every spelling of one citizen is one key.

    Args:
        values: (n,) identifiers in clear text; null and blank stay null.
        key: The secret of :func:`load_or_make_key`.
        kind: Kind of identifier: it separates the keys.

    Returns:
        (n,) 64 hexadecimal digits or null, dictionary-encoded.

    Example:
        >>> one, two, blank = keyed(["010180-1234", "101801234", " "], b"k" * 32).to_pylist()
        >>> one == two, len(one), blank
        (True, 64, None)
    """
    clear = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, pa.string())
    if not pa.types.is_dictionary(clear.type):
        clear = pc.dictionary_encode(pc.cast(clear, pa.string()))
    chunked = pa.chunked_array([clear]) if isinstance(clear, pa.Array) else clear
    if not chunked.num_chunks:
        return pa.chunked_array([], pa.dictionary(pa.int32(), pa.string()))
    chunks = chunked.unify_dictionaries().chunks
    spelled = [_key_one(value, key, kind) for value in chunks[0].dictionary.to_pylist()]
    target = pa.array(spelled, pa.string())
    return pa.chunked_array([_through(chunk.indices, target) for chunk in chunks])


def _through(indices: pa.Array, target: pa.Array) -> pa.DictionaryArray:
    taken = pc.if_else(pc.take(pc.is_null(target), indices), pa.scalar(None, indices.type), indices)
    return pa.DictionaryArray.from_arrays(taken, target)


def _key_one(value: str | None, key: bytes, kind: IdentifierKind) -> str | None:
    if value is None or not value.strip():
        return None
    clear = normalise_cpr(value) if kind in _PERSONS else value.strip()
    return hmac.digest(key, f"{kind}\0{clear}".encode(), "sha256").hex()


def check_value(key: bytes) -> str:
    """What a home remembers of a key: enough to know it again, nothing to key with.

    Example:
        >>> len(check_value(b"k" * 32))
        16
    """
    return hmac.digest(key, b"opdrift key check", "sha256").hex()[:16]


def load_or_make_key(paths: Paths) -> bytes:
    """Load the secret key; make it on the first run.

    Args:
        paths: ``paths.secrets`` is the folder; it is made with mode 0700, the key file with 0600.

    Returns:
        32 bytes.

    Raises:
        WrongUse: The secrets lie inside the home, or the key file is damaged.
    """
    text = load_or_make_secret(paths, KEY_FILE, lambda: secrets.token_hex(KEY_BYTES))
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        what = "The key file is damaged"
        raise WrongUse(what, where=str(paths.secrets / KEY_FILE), remedy="Bring it back from your backup")
    return key


def confirm_key(con: duckdb.DuckDBPyConnection, paths: Paths) -> bytes:
    """Load the key and see that it is the one this home was keyed with; the first run makes it.

    Args:
        con: The home's warehouse.
        paths: Home and secrets.

    Returns:
        The key.

    Raises:
        WrongUse: The home is keyed, and the key is missing or is another one. Nothing was changed.
    """
    refuse_secrets_inside(paths)
    found = con.execute("SELECT value FROM facts WHERE key = ?", [_CHECK_FACT]).fetchall()
    file = paths.secrets / KEY_FILE
    why = "With another key every citizen would be counted twice"
    remedy = f"Bring '{KEY_FILE}' back from your backup of the keys (or point OPDRIFT_SECRETS at it), or begin a new home"
    if found and not file.exists():
        what = "The key of this home is missing"
        raise WrongUse(what, where=str(file), why=why, remedy=remedy)
    key = load_or_make_key(paths)
    if found and found[0][0] != check_value(key):
        what = "The key is not the one this home was keyed with"
        raise WrongUse(what, where=str(file), why=why, remedy=remedy)
    if not found:
        con.execute("INSERT INTO facts VALUES (?, ?)", [_CHECK_FACT, check_value(key)])
    return key


def refuse_secrets_inside(paths: Paths) -> None:
    """See that the keys do not lie inside the home, where a backup of the home would take them along.

    Raises:
        WrongUse: They do.
    """
    if paths.secrets.resolve().is_relative_to(paths.home.resolve()):
        what = "The folder of the keys lies inside the home"
        raise WrongUse(
            what,
            where=str(paths.secrets),
            why="A backup of the home would hold the keys to it",
            remedy="Point OPDRIFT_SECRETS at a folder outside the home",
        )


def load_or_make_secret(paths: Paths, name: str, make: Callable[[], str]) -> str:
    """Read a secret's text; make it once, whole or not at all, readable by its owner only.

    Args:
        paths: Home and secrets.
        name: File name inside the secrets.
        make: Gives the text of a new secret.

    Returns:
        The text, stripped.

    Raises:
        WrongUse: The secrets lie inside the home or can't be read or written.
    """
    refuse_secrets_inside(paths)
    file = paths.secrets / name
    try:
        if not file.exists():
            paths.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_once(file, make())
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        what = f"The key file can't be read or made ({type(error).__name__})"
        raise WrongUse(what, where=str(file), remedy="Give the user who runs opdrift access to it") from None


def _write_once(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(beside, file)  # fails where another process was first: its secret stands
    except FileExistsError:
        pass
    finally:
        beside.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
