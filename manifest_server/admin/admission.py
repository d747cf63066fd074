"""Who asks: the owner by STREAMSYNC_TOKEN, or whoever has a machine token. Belongs to one event loop."""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import SecretStr

from manifest_server.onair.reach import Reach
from manifest_server.onair.remembered import Remembered, Term
from manifest_server.viewer.clock import now_ms as system_ms
from storage.errors import NotFound, Unavailable
from storage.token_record import Scope, TokenRecord, id_of

# For so long a token is not looked up again: that is how late a server may hear that it was revoked. What is older
# opens nothing, whether Redis answers or not.
REMEMBERED_S = 3.0
KEPT = 1000  # at under 1 kB each
# What has the form of a token costs a look-up, and junk may have it: no more of them at once, of some 70 connections.
LOOKUPS_AT_ONCE = 8

Load = Callable[[str], Awaitable[TokenRecord | None]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as an audit may name them, and what they may do."""

    name: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class _Seen:
    """A token that was looked up at `at_s` (monotonic). Never equal to another look, so that each counts anew."""

    record: TokenRecord
    at_s: float


async def _none(_: str) -> None:
    return None


class Admission:
    """Tells who asks by what stands in `Authorization`. `load` finds a machine token by its id.

    An `owner` that has the form of a machine token is one: whoever runs a server with the environment of a script,
    which uses the API with a token of its own, has not made the script's token the owner's.
    """

    def __init__(
        self,
        owner: SecretStr | None,
        load: Load = _none,
        reach: Reach | None = None,
        now_ms: Callable[[], int] = system_ms,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        secret = None if owner is None else owner.get_secret_value()
        self._owner = secret.encode() if secret is not None and id_of(secret) is None else None
        self._load = load
        self._now_ms = now_ms
        self._clock = clock
        self._seen = Remembered[str, _Seen](
            self._look, self._term, limit=KEPT, reach=reach or Reach(), gate=asyncio.Semaphore(LOOKUPS_AT_ONCE),
            clock=clock,
        )  # fmt: skip

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
        record = None if token_id is None else await self._record(token_id)
        if record is None or not record.is_of(given) or record.has_expired(self._now_ms()):
            return None
        return Caller(f"token {record.id}" + (f" ({record.name})" if record.name else ""), record.scope)

    async def _record(self, token_id: str) -> TokenRecord | None:
        try:
            seen = await self._seen.get(token_id)
        except NotFound:
            return None
        if self._clock() - seen.at_s > REMEMBERED_S:
            # What is remembered goes on being used when Redis is away: right for playlists, wrong for tokens.
            raise Unavailable("the catalogue does not answer, and without it a token cannot be looked up")
        return seen.record

    async def _look(self, token_id: str) -> _Seen:
        at_s = self._clock()
        record = await self._load(token_id)
        if record is None:
            raise NotFound("no such token")
        return _Seen(record, at_s)

    async def _term(self, _: str) -> Term:
        return Term(self._clock() + REMEMBERED_S)
