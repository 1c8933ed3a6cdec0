"""Nothing calls out and nobody is let in unasked: a run and a visit without a route, ``opdrift app`` beyond loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from flows.server import free_port

ROOT = Path(__file__).parents[2]
UNSHARE = shutil.which("unshare")


def namespace_refused() -> str:
    """Why this machine can't make a network without a route; empty where it can."""
    if UNSHARE is None:
        return "unshare is not installed"
    done = subprocess.run([UNSHARE, "-rn", "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "this machine permits no network namespace"


VISIT = """
    import fcntl, os, socket, struct, subprocess, sys, threading, time, urllib.request

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:  # loopback up, which 'ip link set lo up' does elsewhere
        request = struct.pack("16sh", b"lo", 0x1 | 0x40)
        fcntl.ioctl(handle, 0x8914, request)
    heard = []

    def listen():
        ear = socket.create_server(("127.0.0.1", 3128))
        while True:
            said, _ = ear.accept()
            heard.append(said.recv(200))
            said.close()

    threading.Thread(target=listen, daemon=True).start()
    try:
        socket.create_connection(("192.0.2.1", 443), timeout=3)
        sys.exit("there is a route")
    except OSError:
        pass
    own = [sys.executable, "-m", "flows.cli"]
    ran = subprocess.run([*own, "run"], capture_output=True, text=True)
    print("run", ran.returncode, ran.stderr[-600:])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    pages = subprocess.Popen([*own, "app", "--port", "8599"], start_new_session=True, **quiet)
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen("http://127.0.0.1:8599/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.3)
        from page_visit import visit
        print("page", visit("127.0.0.1", 8599))
        print("rebound", visit("127.0.0.1", 8599, "evil.example"))
    finally:
        os.killpg(pages.pid, 15)
    print("heard", heard)
"""


def test_a_run_and_a_visit_need_no_network(tiny: Any) -> None:
    """In a namespace without a route, with every proxy set to a listener that must hear nothing."""
    reason = namespace_refused()
    if reason:
        pytest.skip(reason)
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:3128")
    local = dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1,localhost")
    path = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    env = tiny.env | proxies | local | {"PYTHONPATH": path}
    command = [str(UNSHARE), "-rn", sys.executable, "-c", textwrap.dedent(VISIT)]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    said = done.stdout
    assert "run 0" in said, said
    assert "page Overblik" in said, said
    assert "rebound opdrift" in said, "without a sign-in no other name's visitor is let in"
    assert "heard []" in said, said


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.10"])
def test_beyond_loopback_needs_a_sign_in(tiny: Any, address: str) -> None:
    done = tiny("app", "--address", address, "--port", str(free_port()))
    assert done.returncode == 2
    assert "without a sign-in" in done.stderr


def test_a_sign_in_that_is_not_set_up_well_is_refused(tiny: Any) -> None:
    tiny.secrets.mkdir(exist_ok=True)
    file = tiny.secrets / "sign_in.toml"
    good = {
        "redirect_uri": "x",
        "cookie_secret": "s" * 40,
        "client_id": "a",
        "client_secret": "geheim",
        "server_metadata_url": "y",
    }

    def refused(values: dict[str, str], mode: int = 0o600) -> str:
        file.write_text("[auth]\n" + "".join(f'{key} = "{value}"\n' for key, value in values.items()), encoding="utf-8")
        file.chmod(mode)
        done = tiny("app", "--address", "0.0.0.0", "--port", str(free_port()))
        assert done.returncode == 2
        assert "geheim" not in done.stderr
        return done.stderr

    assert "chmod 600" in refused(good, 0o640)
    assert "lacks client_id" in refused({key: value for key, value in good.items() if key != "client_id"})
    assert "cookie_secret is shorter" in refused(good | {"cookie_secret": "short"})


def test_doctor_says_who_can_read_the_secrets(tiny: Any) -> None:
    tiny.secrets.mkdir(exist_ok=True)
    tiny.secrets.chmod(0o700)
    file = tiny.secrets / "sign_in.toml"
    file.write_text("[auth]\n", encoding="utf-8")
    file.chmod(0o644)
    assert "others can read sign_in.toml" in tiny("doctor").stderr
    file.chmod(0o600)
    assert "others can read" not in tiny("doctor").stderr
