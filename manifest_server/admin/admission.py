"""Who asks: the owner by STREAMSYNC_TOKEN, whoever has a machine token, or somebody who has signed in."""

import hmac
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from pydantic import SecretStr

from manifest_server.admin.fresh import Fresh
from manifest_server.onair.reach import Reach
from manifest_server.viewer.clock import now_ms as system_ms
from storage.account_records import SCOPES_OF, AccountRecord, SessionRecord, is_secret
from storage.errors import Unavailable
from storage.token_record import Scope, TokenRecord, id_of


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who has signed in. `secret` is what the cookie holds."""

    secret: str
    session: SessionRecord
    account: AccountRecord

    def __repr__(self) -> str:
        return f"Signed({self.account.name!r})"  # so that the secret is in no traceback, and in no log

    @property
    def csrf(self) -> str:
        """What changes must come with: only who has the secret can tell it, and it does not tell the secret."""
        return hmac.digest(self.secret.encode(), b"csrf", "sha256").hex()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as an audit may name them, and what they may do; `signed`: by a session's cookie."""

    name: str
    scope: Scope
    signed: Signed | None = None


async def _none(_: str) -> None:
    return None


async def _lasts(_: Signed) -> bool:
    return False


class Admission:
    """Tells who asks by what stands in `Authorization`, or in the session's cookie. Belongs to one event loop.

    `load` finds a machine token by its id, and `session` who has signed in by the secret; `used` is told of each use
    of a session, and says whether it lasts longer now.

    An `owner` that has the form of a machine token is one: whoever runs a server with the environment of a script,
    which uses the API with a token of its own, has not made the script's token the owner's.
    """

    def __init__(
        self,
        owner: SecretStr | None,
        load: Callable[[str], Awaitable[TokenRecord | None]] = _none,
        reach: Reach | None = None,
        now_ms: Callable[[], int] = system_ms,
        clock: Callable[[], float] = time.monotonic,
        session: Callable[[str], Awaitable[Signed | None]] = _none,
        used: Callable[[Signed], Awaitable[bool]] = _lasts,
    ) -> None:
        secret = None if owner is None else owner.get_secret_value()
        self._owner = secret.encode() if secret is not None and id_of(secret) is None else None
        self._now_ms = now_ms
        reach = reach or Reach()
        self._tokens = Fresh(load, reach, "a token", clock)
        self._sessions = Fresh(session, reach, "a session", clock)
        self._used = used

    async def caller(self, authorization: str) -> Caller | None:
        """Who it is; None for anything that is not a token, or not one any more. Raises Unavailable."""
        scheme, _, given = authorization.partition(" ")
        given = given.strip()
        # In any case, so that the time tells nothing.
        is_owner = hmac.compare_digest(given.encode(), self._owner or b"") and self._owner is not None
        if scheme.lower() != "bearer":
            return None
        if is_owner:
            return Caller("owner", "own")
        token_id = id_of(given)
        record = None if token_id is None else await self._tokens.find(token_id)
        if record is None or not record.is_of(given) or record.has_expired(self._now_ms()):
            return None
        return Caller(f"token {record.id}" + (f" ({record.name})" if record.name else ""), record.scope)

    async def signed_in(self, secret: str, *, uses: bool = True) -> Caller | None:
        """Who has this session; None for anything that is none, or not any more. Raises Unavailable.

        Unless it `uses` the session, that one ends when it would have ended anyway.
        """
        signed = await self._sessions.find(secret) if is_secret(secret) else None
        if signed is None or self._now_ms() >= signed.session.expires_ms:
            return None
        if uses:
            with suppress(Unavailable):  # the next use is another try
                if await self._used(signed):
                    self._sessions.changed(secret)
        return Caller(f"account {signed.account.name}", SCOPES_OF[signed.account.role], signed)

    def ended(self, secret: str) -> None:
        """A session was ended: here it counts at once."""
        self._sessions.changed(secret)
