"""The example configurations carry the same headers, and the sign-in's example holds every key that is asked for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from flows.pages import NEEDED

FOLDER = Path(__file__).parents[2] / "docs" / "examples" / "proxy"
HEADERS = {
    "Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
    "Permissions-Policy", "Cross-Origin-Opener-Policy", "Cache-Control",
}  # fmt: skip


def directives(text: str) -> set[str]:
    (policy,) = re.findall(r'Content-Security-Policy "([^"]+)"', text)
    return {part.strip().replace("$host", "{host}") for part in policy.split(";")}


def test_both_proxies_set_the_same_headers() -> None:
    nginx, caddy = ((FOLDER / name).read_text(encoding="utf-8") for name in ("nginx.conf", "Caddyfile"))
    assert set(re.findall(r"add_header ([A-Za-z-]+)", nginx)) == HEADERS
    assert set(re.findall(r"^\t\t([A-Z][A-Za-z-]+) ", caddy, re.MULTILINE)) == HEADERS
    assert directives(nginx) == directives(caddy)
    assert "frame-ancestors 'none'" in directives(nginx)


def test_the_sign_in_example_names_what_is_asked_for() -> None:
    assert set(tomllib.loads((FOLDER / "sign_in.toml").read_text(encoding="utf-8"))["auth"]) == set(NEEDED)
