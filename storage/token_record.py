"""Machine tokens: what each may do, what is stored of one, and the form in which it is handed out. Pure.

Of a token only its SHA-256 is stored. Slow hashes are for passwords, which can be guessed; the secret here is 256
random bits, which cannot, however fast one may try. And junk costs a server no more than a fast hash.
"""

import hmac
import re
from hashlib import sha256
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from storage.record import Record

Scope = Literal["read", "edit", "own"]  # each includes those before it
SCOPES: tuple[Scope, ...] = get_args(Scope)

ID_BYTES, SECRET_BYTES = 8, 32
_FORM = re.compile(r"sst_([0-9a-f]{16})_[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{16}")


def _label(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has characters that do not print")
    return text.strip()


class TokenRecord(Record):
    """What is stored of a token. `expires_ms`: Unix milliseconds, from when on it opens nothing; None: never."""

    schema_version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    scope: Scope
    name: Annotated[str, Field(max_length=64), AfterValidator(_label)] = ""
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    created_ms: int
    expires_ms: int | None = None

    def has_expired(self, now_ms: int) -> bool:
        """Whether it is over at `now_ms`."""
        return self.expires_ms is not None and now_ms >= self.expires_ms

    def is_of(self, token: str) -> bool:
        """Whether `token` is the one. Takes the same time wherever they differ."""
        return hmac.compare_digest(digest(token), self.digest)


def allows(scope: Scope, wanted: Scope) -> bool:
    """Whether a token of this scope may do what wants that one."""
    return SCOPES.index(scope) >= SCOPES.index(wanted)


def written(token_id: bytes, secret: bytes) -> str:
    """The token as it is handed out. It says what it is, so that it can be found where it should not be."""
    return f"sst_{token_id.hex()}_{secret.hex()}"


def id_of(token: str) -> str | None:
    """The id in a token; None if it does not have the form of one."""
    found = _FORM.fullmatch(token)
    return found[1] if found else None


def is_id(text: str) -> bool:
    """Whether it has the form of a token's id."""
    return _ID.fullmatch(text) is not None


def digest(token: str) -> str:
    """What is stored of a token: with its id in it, so that no record can stand for another's."""
    return sha256(token.encode()).hexdigest()
