"""How often somebody may try to sign in: by account, and by client address, of which only a keyed hash is kept.

Who has signed in to an account from an address of late is counted apart from strangers, who so lock nobody out. The
counts are in Redis, the same for all servers, and end by themselves.
"""

import hmac
import ipaddress
import math
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from starlette.exceptions import HTTPException

from storage.errors import Unavailable
from storage.sessions import SessionStore

WINDOW_MS = 15 * 60 * 1000
OF_ACCOUNT = 10  # attempts within a window: by strangers together, or from one address that is known there
OF_ADDRESS = 30  # of a stranger, at any accounts
LISTED_AN_HOUR = 100  # refusals that the audit trail has, so that they drive nothing else out of it
_HOUR_MS = 3600 * 1000


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that may be made: what it was counted by, and as whose."""

    counted: tuple[str, ...]
    pair: str


class Throttle:
    """Counts attempts."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    async def attempt(self, address: str, account: str) -> Attempt:
        """Count an attempt, before anything is compared. Raises HTTPException, 429 with Retry-After."""
        key = (await self._store.secret(secrets.token_hex(32))).encode()
        place = _network(address)
        pair = _hashed(key, "pair", place, account)
        if await self._store.is_known(pair):
            counted = [(pair, OF_ACCOUNT)]
        else:
            counted = [(_hashed(key, "address", place), OF_ADDRESS), (_hashed(key, "account", account), OF_ACCOUNT)]
        for who, limit in counted:
            count, left_ms = await self._store.attempt(who, WINDOW_MS)
            if count > limit:
                raise too_many(left_ms)
        return Attempt(tuple(who for who, _ in counted), pair)

    async def by_address(self, address: str) -> str:
        """Count an attempt at what is of no account yet, such as a link; by what it was. Raises as `attempt`."""
        key = (await self._store.secret(secrets.token_hex(32))).encode()
        who = _hashed(key, "address", _network(address))
        count, left_ms = await self._store.attempt(who, WINDOW_MS)
        if count > OF_ADDRESS:
            raise too_many(left_ms)
        return who

    async def uncount(self, who: str) -> None:
        """It came to something: it does not count."""
        await self._store.refund(who)

    async def right(self, attempt: Attempt) -> None:
        """It was the right password: it does not count, and who it was is known there."""
        await self._uncount_all(attempt)
        await self._store.know(attempt.pair)

    @asynccontextmanager
    async def comparing(self, attempt: Attempt) -> AsyncIterator[None]:
        """What is compared inside. If that raises Unavailable nothing was, and the attempt does not count."""
        try:
            yield
        except Unavailable:
            await self._uncount_all(attempt)
            raise

    async def _uncount_all(self, attempt: Attempt) -> None:
        for who in attempt.counted:
            await self._store.refund(who)

    async def is_listed(self) -> bool:
        """Whether a refusal goes into the audit trail."""
        count, _ = await self._store.attempt("listed", _HOUR_MS)
        return count <= LISTED_AN_HOUR


def too_many(left_ms: int) -> HTTPException:
    """The refusal of one who has tried too often."""
    left_s = max(1, math.ceil(left_ms / 1000))
    return HTTPException(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"too many attempts: try again in {left_s} s, or have an owner make a one-time link",
        {"Retry-After": str(left_s)},
    )


def _network(address: str) -> str:
    """Whose address it is: of IPv6 one has 2**64 to try from."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def _hashed(key: bytes, *parts: str) -> str:
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.digest(key, text.encode(errors="surrogatepass"), "sha256").hex()
