"""A real OpenID Connect provider on loopback: discovery, authorisation code with PKCE, signed ID tokens (joserfc) and keys.

Who signs in is chosen on its page. It refuses what a provider must: another client, another redirect, a code used twice, a wrong
verifier or client secret.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT, SECRET = "opdrift-test", secrets.token_hex(16)
PEOPLE: dict[str, dict[str, object]] = {
    "politiker": {"roles": ["viewer"]},
    "konsulent": {"roles": ["staff"]},
    "sagsøkonom": {"roles": ["sagsøkonom"]},
    "fremmed": {"roles": ["guest"]},
    "uden": {},
}


class Provider:
    """One provider with its key, and the codes it has given out."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.redirect = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.roles = {name: dict(claims) for name, claims in PEOPLE.items()}

    def discovery(self) -> dict[str, object]:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {
            "issuer": self.address,
            **{name: f"{self.address}/{path}" for name, path in ends.items()},
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def asked(self, query: dict[str, str]) -> str | None:
        """The page on which someone signs in; None where the request is refused."""
        if query.get("client_id") != CLIENT or query.get("redirect_uri") != self.redirect or query.get("response_type") != "code":
            return None
        links = []
        for name in self.roles:
            code = secrets.token_urlsafe(16)
            self.codes[code] = query | {"person": name}
            to = f"{self.redirect}?{urlencode({'code': code, 'state': query['state']})}"
            links.append(f'<li><a id="{escape(name)}" href="{escape(to)}">{escape(name)}</a></li>')
        return f"<!doctype html><title>Prøve-login</title><ul>{''.join(links)}</ul>"

    def token(self, form: dict[str, str], basic: str) -> dict[str, object] | None:
        """Tokens for a code; None where the request is refused."""
        known = self.codes.pop(form.get("code", ""), None)
        given = base64.b64decode(basic).decode() if basic else f"{form.get('client_id')}:{form.get('client_secret')}"
        if known is None or given != f"{CLIENT}:{SECRET}" or form.get("redirect_uri") != self.redirect:
            return None
        if "code_challenge" in known:
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != known["code_challenge"]:
                return None
        now, person = int(time.time()), known["person"]
        claims: dict[str, object] = {"iss": self.address, "aud": CLIENT, "sub": f"sub-{person}", "iat": now, "exp": now + 600}
        claims |= {"email": f"{person}@example.org", **self.roles[person]}
        claims |= {"nonce": known["nonce"]} if "nonce" in known else {}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return {"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "expires_in": 600, "id_token": token}


@contextmanager
def provider_on_loopback() -> Iterator[Provider]:
    """Serve a provider until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._json(provider.discovery())
            elif parts.path == "/keys":
                self._json({"keys": [provider.key.as_dict(private=False)]})
            elif parts.path == "/authorize":
                page = provider.asked(query)
                self._send(200 if page else 400, (page or "refused").encode(), "text/html; charset=utf-8")
            else:
                self._send(404, b"", "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            form = {key: values[0] for key, values in parse_qs(body).items()}
            basic = self.headers.get("Authorization", "").removeprefix("Basic ")
            found = provider.token(form, basic)
            self._json(found or {"error": "invalid_grant"}, 200 if found else 400)

        def _json(self, value: dict[str, object], status: int = 200) -> None:
            self._send(status, json.dumps(value).encode(), "application/json")

        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
