"""Playback tokens as an operator's own backend makes them: by hand, with nothing of ours."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

SECRET, OLD = "first-secret-of-thirty-two-bytes-or-more", "older-secret-of-thirty-two-bytes-or-more"
KEYS = f"new:{SECRET},old:{OLD}"
NOW_S = 1_767_225_700  # tests.stage.Clock's


def token(
    claims: Mapping[str, object] | None = None,
    *,
    secret: str = SECRET,
    header: Mapping[str, object] | None = None,
    digest: str = "sha256",
) -> str:
    """A token for alice on main from now for an hour, but for these claims; None takes one out."""
    said = {"aud": "main", "sub": "alice", "iat": NOW_S, "exp": NOW_S + 3600, **(claims or {})}
    head = {"alg": "HS256", "typ": "JWT", "kid": "new", **(header or {})}
    body = ".".join(part({name: one for name, one in half.items() if one is not None}) for half in (head, said))
    return f"{body}.{base64url(hmac.digest(secret.encode(), body.encode(), digest))}"


def part(said: object) -> str:
    return base64url(json.dumps(said).encode())


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unsigned(algorithm: str = "none") -> str:
    """The same without a signature."""
    body = token().split(".")[1]
    return f"{part({'alg': algorithm, 'kid': 'new'})}.{body}."


def by_public_text() -> str:
    """The same, signed with what anybody knows: the id of the key."""
    return token(secret=hashlib.sha256(b"new").hexdigest())
