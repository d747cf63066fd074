"""Viewer tokens: a name that a server made up for somebody who came without one, signed. No clock.

A JSON Web Token as playback tokens are, by a key of the catalogue that all servers share. It opens nothing: whoever
has one is the viewer of that name, whose lineup is derived from it. So nothing is stored of them.
"""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from manifest_server.viewer.playback_tokens import ALGORITHM, SIGNATURE_ONLY, Seconds

LASTS_S = 400 * 86_400  # as long as browsers keep a cookie at most (RFC 6265bis 5.5)
RENEWED_AFTER_S = 86_400  # who comes back is given another, so that it only ends for those who stay away
TOKEN_LIMIT = 512  # characters; ours have under 200
_AUDIENCE = "streamsync:viewer"


class _Payload(BaseModel):
    """What a viewer token says."""

    model_config = ConfigDict(strict=True)

    aud: str
    sub: str = Field(pattern=r"^v-[a-z2-7]{20}$")
    iat: Seconds
    exp: Seconds


@dataclass(frozen=True, slots=True)
class Visitor:
    """A viewer by their token: their name, and when it was issued (Unix seconds)."""

    viewer: str
    issued_s: float


def new_viewer() -> str:
    """A name that nobody has: `v-` and 100 random bits."""
    return "v-" + b32encode(secrets.token_bytes(15)).decode().lower()[:20]


def signed(viewer: str, key: str, now_ms: int) -> str:
    """A token for a viewer that a server made up."""
    now_s = now_ms // 1000
    said = {"aud": _AUDIENCE, "sub": viewer, "iat": now_s, "exp": now_s + LASTS_S}
    return jwt.encode(said, key, ALGORITHM, {"kid": _kid(key)})


def visitor(token: str, keys: tuple[str, ...], now_ms: int) -> Visitor | None:
    """Whose token this is; None for one that is forged, expired, or of other keys."""
    if len(token) > TOKEN_LIMIT:
        return None
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next((one for one in keys if _kid(one) == kid), None)
        if key is None:
            return None
        said = _Payload.model_validate(jwt.decode(token, key, [ALGORITHM], SIGNATURE_ONLY))
    except (jwt.PyJWTError, ValidationError):
        return None
    return Visitor(said.sub, said.iat) if said.aud == _AUDIENCE and now_ms < said.exp * 1000 else None


def _kid(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:8]
