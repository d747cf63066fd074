"""An OpenID provider on the loopback: discovery, code with PKCE, signed id tokens. It can be made to lie."""

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.stage import EPOCH_MS

CLIENT, SECRET = "streamsync", "the client's secret"
NOW_S = EPOCH_MS // 1000


@dataclass
class Provider:
    """Whom it signs in (`said`), and what is wrong with it."""

    url: str = ""
    said: dict[str, Any] = field(
        default_factory=lambda: {"sub": "42", "preferred_username": "Ann", "groups": ["staff"]}
    )
    lies: dict[str, Any] = field(default_factory=dict)  # claims that are put in at the end; None takes one away
    issuer: str | None = None
    status: int = 200
    alg: str = "RS256"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "k1"}))
    signs_with: RSAKey | OctKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def description(self) -> dict[str, object]:
        return {
            "issuer": self.issuer or self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
        }  # fmt: skip

    def authorized(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, basic: str, sent: dict[str, str]) -> dict[str, object] | None:
        """The answer to a code; None for one that is not answered."""
        asked = self.codes.pop(sent.get("code", ""), None)
        true = asked is not None and basic == base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        true = true and asked is not None and sent["redirect_uri"] == asked["redirect_uri"]
        true = (
            true
            and asked is not None
            and create_s256_code_challenge(sent["code_verifier"]) == asked["code_challenge"]
        )
        if not true or asked is None:
            self.refused.append(sent.get("code", ""))
            return None
        claims = {
            "iss": self.url, "aud": CLIENT, "iat": NOW_S, "exp": NOW_S + 300, "nonce": asked["nonce"], **self.said,
        }  # fmt: skip
        claims = {name: value for name, value in (claims | self.lies).items() if value is not None}
        header = {"alg": self.alg, "kid": "k1"}
        token = jwt.encode(header, claims, self.signs_with or self.key, algorithms=[self.alg])
        return {"access_token": "a", "token_type": "Bearer", "id_token": token}


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that answers until the block is left."""
    of = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", of.authorized(asked))
                self.end_headers()
            elif parts.path == "/keys":
                self._tell({"keys": [of.key.as_dict(private=False)]})
            else:
                self._tell(of.description())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent = {name: values[0] for name, values in parse_qs(body).items()}
            told = of.token(self.headers.get("Authorization", "").removeprefix("Basic "), sent)
            self._tell(told or {"error": "invalid_grant"}, 200 if told else 400)

        def log_message(self, *_: object) -> None:
            pass

        def _tell(self, told: object, status: int | None = None) -> None:
            body = json.dumps(told).encode()
            self.send_response(status or of.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        of.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield of
        finally:
            server.shutdown()
            thread.join()
