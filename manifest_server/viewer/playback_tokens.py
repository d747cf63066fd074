"""Playback tokens: who may watch which channel, until when. Signed, so that a server has nobody to ask. No clock.

They are JSON Web Tokens (RFC 7519) with one algorithm, HS256: what a token says of its own algorithm opens nothing.
docs/tokens.md tells how an operator's own backend issues them.
"""

import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, NamedTuple

import jwt
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from jwt.types import Options
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.exceptions import HTTPException

from storage.errors import BadInput, Conflict
from storage.keys import NAME, checked_name

ALGORITHM = "HS256"
SECRET_BYTES = 32  # at least: as long as the hash (RFC 7518 3.2)
LONGEST_S = 30 * 86_400  # from `iat` to `exp`: a token cannot be revoked
LEEWAY_S = 3  # that an issuer's clock may be ahead of ours, for `iat` and `nbf`; `exp` has none
TOKEN_LIMIT = 1024  # characters; with names of 64 letters it has under 400
VERIFIED_KEPT = 10_000  # at under 1 kB each: checking a signature takes longer than making a playlist

_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KEY = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,31}):([\x21-\x2b\x2d-\x7e]{1,512})")  # no space, no comma
_KEYS = "STREAMSYNC_PLAYBACK_KEYS"
# PyJWT would look at its own clock; the claims are checked here, by the server's.
SIGNATURE_ONLY: Options = {
    "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_iss": False,
    "verify_sub": False, "verify_jti": False,
}  # fmt: skip

_Whole = Annotated[float, msgspec.Meta(ge=0, le=2**53)]
Seconds = Annotated[float, Field(ge=0, le=2**53, allow_inf_nan=False)]


class _Payload(BaseModel):
    """What a token says. Whatever else it says is its issuer's business."""

    model_config = ConfigDict(strict=True)

    aud: str
    sub: str
    exp: Seconds
    iat: Seconds
    nbf: Seconds | None = None
    lineup: str | None = None


class _Narrow(msgspec.Struct, forbid_unknown_fields=True):
    """What a token that leads to one lineup says, and no more."""

    aud: str
    sub: str
    exp: _Whole
    iat: _Whole
    lineup: str


_NARROW = msgspec.json.Decoder(_Narrow)
SIGNATURE_BYTES = 43  # of a SHA-256 in base64url
_SIGNATURE = re.compile(rb"[A-Za-z0-9_-]{%d}" % SIGNATURE_BYTES)
_TO_BASE64 = bytes.maketrans(b"-_", b"+/")


class Narrow(NamedTuple):
    """A verified token for one lineup of a channel, which counts in a part of time (Unix milliseconds)."""

    channel: str
    lineup: str
    begins_ms: float
    expires_ms: float
    key: HMAC | None  # to verify it by once more each time
    signature: bytes


def is_signed(key: HMAC, said: bytes, signature: bytes) -> bool:
    """By a copy of what the key has been mixed into already. Compared in constant time."""
    code = key.copy()
    code.update(said)
    try:
        code.verify(signature)
    except InvalidSignature:
        return False
    return True


def _decoded(text: bytes) -> bytes:
    """base64url without padding (RFC 7515 2), read strictly. Raises binascii.Error."""
    return binascii.a2b_base64(text.translate(_TO_BASE64) + b"=" * (-len(text) % 4), strict_mode=True)


class Claims(NamedTuple):
    """What a token whose signature is right says. With a `lineup` it opens only that one's media playlists."""

    kid: str
    channel: str
    viewer: str
    begins_s: float
    issued_s: float
    expires_s: float
    lineup: str | None


class Keyring:
    """The keys that sign and verify, by their ids: the first signs, all verify."""

    def __init__(self, keys: Mapping[str, str] | None = None, kept: int = VERIFIED_KEPT) -> None:
        """`kept`: of how many tokens it is remembered that they were verified. 0: each is verified each time."""
        self._keys = dict(keys or {})
        self._always = not kept
        # How the header of a token that we sign begins, and with which key. The header of one of ours is always this.
        self._heads = {
            jwt.encode({}, secret, ALGORITHM, {"kid": kid}).partition(".")[0].encode(): _mixed(secret)
            for kid, secret in self._keys.items()
        }
        self._verified = lru_cache(kept)(self._verify)  # what is refused is not kept

    @classmethod
    def of(cls, setting: SecretStr | None, kept: int = VERIFIED_KEPT) -> "Keyring":
        """The keys of STREAMSYNC_PLAYBACK_KEYS, "kid:secret,kid:secret". Raises BadInput, which tells no secret."""
        keys: dict[str, str] = {}
        for number, text in enumerate([] if setting is None else setting.get_secret_value().split(","), 1):
            found = _KEY.fullmatch(text.strip())
            if found is None:
                raise BadInput(
                    f"{_KEYS}: key {number} is not KID:SECRET, of printable ASCII without spaces and commas"
                )
            kid, secret = found.groups()
            if len(secret) < SECRET_BYTES:
                raise BadInput(f"{_KEYS}: the secret of key {kid!r} is shorter than {SECRET_BYTES} bytes")
            if kid in keys:
                raise BadInput(f"{_KEYS}: two keys are called {kid!r}")
            try:
                jwt.encode({}, secret, ALGORITHM)
            except jwt.PyJWTError:
                # PyJWT takes no secret that might be a public key, which everybody knows.
                raise BadInput(f"{_KEYS}: the secret of key {kid!r} looks like a public key") from None
            keys[kid] = secret
        return cls(keys, kept)

    def issued(self, channel: str, viewer: str, now_ms: int, lasts_ms: int) -> str:
        """A new token. Raises BadInput, and Conflict without keys."""
        if not self._keys:
            raise Conflict(f"no key to sign with: set {_KEYS}")
        if not 1000 <= lasts_ms <= LONGEST_S * 1000:
            raise BadInput("a playback token lasts at least one second, and at most 30 days")
        now_s = now_ms // 1000
        said = {
            "aud": checked_name("channel", channel), "sub": checked_name("viewer", viewer),
            "iat": now_s, "exp": now_s + lasts_ms // 1000,
        }  # fmt: skip
        return self._signed(next(iter(self._keys)), said)

    def narrowed(self, claims: Claims, lineup: str) -> str:
        """The token for the media playlists of one lineup, which a verified one is exchanged for.

        By the same key and with the same times, so that it ends with the other, and is the same from every server.
        """
        said = {
            "aud": claims.channel, "sub": claims.viewer, "iat": claims.issued_s, "exp": claims.expires_s,
            "lineup": lineup,
        }  # fmt: skip
        return self._signed(claims.kid, said)

    def claims(self, tokens: list[str], channel: str, now_ms: int) -> Claims:
        """What the token of a request says, if it is one for this channel and now.

        Raises HTTPException: 401 without a token, 403 for any other that does not count.
        """
        if not any(tokens):
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED,
                f"channel {channel!r} is watched with a playback token: ?t=TOKEN",
                {"WWW-Authenticate": 'Bearer realm="playback"'},
            )
        if len(tokens) > 1 or len(tokens[0]) > TOKEN_LIMIT or not _FORM.fullmatch(tokens[0]):
            raise _refused(_NONE)
        found = self._verified(tokens[0])
        now_s = now_ms / 1000
        if found.channel != channel:
            raise foreign()
        if now_s >= found.expires_s:
            raise _refused("this playback token has expired")
        if found.begins_s > now_s + LEEWAY_S:
            raise _refused("this playback token does not count yet: is its issuer's clock ahead?")
        return found

    def narrow(self, token: bytes) -> "Narrow | None":
        """What is beyond doubt of a token that opens one lineup's media playlists, at little cost.

        None for what the other way may still find good: a token of an operator's, which names no lineup, and whatever
        is not written as this server writes tokens.
        """
        signed, _, signature = token.rpartition(b".")
        head, _, payload = signed.partition(b".")
        key = self._heads.get(head)
        if key is None or len(token) > TOKEN_LIMIT or not _SIGNATURE.fullmatch(signature):
            return None
        try:
            code = _decoded(signature)
            if not is_signed(key, signed, code):
                return None
            said = _NARROW.decode(_decoded(payload))
        except (binascii.Error, msgspec.MsgspecError):
            return None
        if said.exp - said.iat > LONGEST_S or not NAME.fullmatch(said.sub):
            return None
        begins_ms = (said.iat - LEEWAY_S) * 1000
        return Narrow(said.aud, said.lineup, begins_ms, said.exp * 1000, key if self._always else None, code)

    def _verify(self, token: str) -> Claims:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            if not isinstance(kid, str) or kid not in self._keys:
                raise _refused(_NONE)
            said = _Payload.model_validate(jwt.decode(token, self._keys[kid], [ALGORITHM], SIGNATURE_ONLY))
            viewer = checked_name("viewer", said.sub)
        except (jwt.PyJWTError, ValidationError, BadInput):
            raise _refused(_NONE) from None
        if said.exp - said.iat > LONGEST_S:
            raise _refused("this playback token lasts longer than 30 days")
        begins_s = max(said.iat, said.nbf or 0)
        return Claims(kid, said.aud, viewer, begins_s, said.iat, said.exp, said.lineup)

    def _signed(self, kid: str, said: dict[str, object]) -> str:
        return jwt.encode(said, self._keys[kid], ALGORITHM, {"kid": kid})


def _mixed(secret: str) -> HMAC:
    return HMAC(secret.encode(), SHA256())


_NONE = "this is no playback token of this server"


def foreign() -> HTTPException:
    """The refusal of a token that is for another channel, viewer or lineup."""
    return _refused("this playback token is for another channel, viewer or lineup")


def _refused(why: str) -> HTTPException:
    return HTTPException(HTTPStatus.FORBIDDEN, why)
