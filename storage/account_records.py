"""People's accounts: what each may do, what is stored of one, of its sessions and of one-time links. Pure.

Of a password only its argon2 hash is stored, of a session's secret and a link's code their SHA-256 (as of a machine
token: token_record.py). `seal` ties sessions and links to an account as it is: with a new one they open nothing.
"""

import re
from hashlib import sha256
from typing import Annotated, Literal, get_args

from pydantic import Field

from storage.errors import BadInput
from storage.record import Record
from storage.token_record import Scope

Role = Literal["viewer", "editor", "owner"]  # each may do what those before it may
ROLES: tuple[Role, ...] = get_args(Role)
SCOPES_OF: dict[Role, Scope] = {"viewer": "read", "editor": "edit", "owner": "own"}

SECRET_BYTES, SEAL_BYTES = 32, 8
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_SECRET = re.compile(r"[0-9a-f]{64}")

LinkKind = Literal["setup", "invitation", "reset"]
Seal = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class AccountRecord(Record):
    """Who may sign in. `password`: an argon2 hash. `subject`: the digest of who it is at the OpenID provider.

    With neither, nobody has taken the invitation up yet.
    """

    schema_version: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._@+-]{0,63}$")]
    role: Role
    seal: Seal
    created_ms: int
    password: str | None = None
    subject: str | None = None
    disabled: bool = False

    @property
    def is_taken_up(self) -> bool:
        """Whether there is a way to sign in to it."""
        return self.password is not None or self.subject is not None

    @property
    def is_owner(self) -> bool:
        """Whether it is an owner that can sign in."""
        return self.role == "owner" and self.is_taken_up and not self.disabled

    def __repr__(self) -> str:
        return f"AccountRecord(name={self.name!r}, role={self.role!r})"  # no hash in a log

    __str__ = __repr__


class SessionRecord(Record):
    """Somebody who has signed in: until `idle_ms` (Unix) unless it is used, and at the latest until `ends_ms`."""

    schema_version: Literal[1] = 1
    account: str
    seal: Seal
    idle_ms: int
    ends_ms: int

    @property
    def expires_ms(self) -> int:
        """Until when it lasts if nobody uses it."""
        return min(self.idle_ms, self.ends_ms)


class LinkRecord(Record):
    """What a one-time link is for. That of the first owner, "setup", is of no account."""

    schema_version: Literal[1] = 1
    kind: LinkKind
    account: str | None = None
    seal: Seal | None = None
    expires_ms: int


def checked_account(name: str) -> str:
    """The name of an account in small letters. Raises BadInput."""
    found = name.lower() if name.isascii() else name
    if not _NAME.fullmatch(found):
        shown = name if len(name) <= 80 else name[:77] + "..."
        raise BadInput(
            f"account {shown!r}: a name is 1 to 64 letters, digits, '.', '_', '@', '+' or '-', and starts with a "
            "letter or digit"
        )
    return found


def is_account(name: str) -> bool:
    """Whether it may be the name of an account."""
    return name.isascii() and _NAME.fullmatch(name.lower()) is not None


def is_secret(text: str) -> bool:
    """Whether it has the form of a session's secret, or of a link's code."""
    return _SECRET.fullmatch(text) is not None


def digest(secret: str) -> str:
    """Under which a session, or a link, is kept."""
    return sha256(secret.encode()).hexdigest()
