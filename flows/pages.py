"""``opdrift app``: the pages, on this machine only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import WrongUse
from flows.server import port_is_free

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.settings import Paths

ROOT = Path(__file__).parents[1]


def serve_pages(paths: Paths, *, port: int, say: Callable[[str], None]) -> int:
    """Run the pages until ended (Ctrl-C).

    Args:
        paths: Home and secrets.
        port: On 127.0.0.1.
        say: Tells people where to look.

    Returns:
        0 when ended by hand, else 1.

    Raises:
        WrongUse: Another program listens on the port.
    """
    if not port_is_free(port):
        what = f"Another program listens on port {port}"
        raise WrongUse(what, where="127.0.0.1", remedy="Choose another with --port")
    say(f"The pages open at http://127.0.0.1:{port} (home {paths.home}). Ctrl-C ends them.")
    env = os.environ | {"OPDRIFT_HOME": str(paths.home), "OPDRIFT_SECRETS": str(paths.secrets)}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.address", "127.0.0.1"]
    command += ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    try:
        done = subprocess.run(command, cwd=ROOT, env=env, check=False)  # noqa: S603  (our own interpreter and checked words)
    except KeyboardInterrupt:
        return 0
    return 1 if done.returncode > 0 else 0
