"""``opdrift app``: the pages, on this machine only unless told, and then with sign-in only."""

from __future__ import annotations

import ipaddress
import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import WrongUse
from flows.server import port_is_free

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.settings import Paths

ROOT = Path(__file__).parents[1]


NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_LEAST_SECRET = 32


def serve_pages(paths: Paths, *, address: str, port: int, say: Callable[[str], None]) -> int:
    """Run the pages until ended (Ctrl-C).

    Args:
        paths: Home and secrets.
        address: Where to listen; another than this machine's own needs a sign-in.
        port: On that address.
        say: Tells people where to look.

    Returns:
        0 when ended by hand, else 1.

    Raises:
        WrongUse: Another program listens on the port, others could reach the pages without a sign-in, or it is not set up well.
    """
    with_sign_in = paths.sign_in.exists()
    if with_sign_in:
        check_sign_in(paths)
    elif not is_loopback(address):
        what = f"The pages can't be opened on {address} without a sign-in"
        why = "Anyone who reaches the machine would be budget staff"
        raise WrongUse(
            what, where="--address", why=why, remedy=f"Set up {paths.sign_in} (docs/security.md), or leave --address out"
        )
    if not port_is_free(port):
        what = f"Another program listens on port {port}"
        raise WrongUse(what, where=address, remedy="Choose another with --port")
    said = "sign-in by " + str(paths.sign_in) if with_sign_in else "no sign-in: this machine's user is let in"
    say(f"The pages open at http://{address}:{port} (home {paths.home}; {said}). Ctrl-C ends them.")
    env = os.environ | {"OPDRIFT_HOME": str(paths.home), "OPDRIFT_SECRETS": str(paths.secrets)}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.address", address]
    command += ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    command += ["--secrets.files", str(paths.sign_in)]
    try:
        done = subprocess.run(command, cwd=ROOT, env=env, check=False)  # noqa: S603  (our own interpreter and checked words)
    except KeyboardInterrupt:
        return 0
    return 1 if done.returncode > 0 else 0


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("")
        (True, True, True, False, False)
    """
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def check_sign_in(paths: Paths) -> None:
    """See that the sign-in's file holds what it must, and that nobody else reads it.

    Raises:
        WrongUse: It doesn't, or they do. No value of the file is told.
    """
    file = paths.sign_in
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        what = "Others can read the sign-in's secrets"
        raise WrongUse(what, where=str(file), remedy=f"chmod 600 {file}")
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8")).get("auth", {})
    except (ValueError, RecursionError):
        what = "The sign-in's file is no TOML"
        raise WrongUse(what, where=str(file), remedy="docs/security.md shows one") from None
    missing = [name for name in NEEDED if not isinstance(found, dict) or not str(found.get(name, ""))]
    if missing:
        what = f"The sign-in's file lacks {', '.join(missing)} under [auth]"
        raise WrongUse(what, where=str(file), remedy="docs/security.md shows one")
    if len(str(found["cookie_secret"])) < _LEAST_SECRET:
        what = f"cookie_secret is shorter than {_LEAST_SECRET} characters"
        remedy = "python -c 'import secrets; print(secrets.token_hex(32))' makes one"
        raise WrongUse(what, where=str(file), why="Whoever guesses it signs in as anyone", remedy=remedy)
