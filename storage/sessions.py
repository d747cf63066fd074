"""Sessions, one-time links and refused attempts in the catalogue: all of them end by themselves."""

from typing import Literal

from storage import keys
from storage.account_records import LinkRecord, SessionRecord, digest
from storage.errors import Unavailable
from storage.record import Record
from storage.record_fields import AnyRecord, parsed
from storage.redis_link import Link

KNOWN_MS = 30 * 24 * 3600 * 1000

# In one script: a counter that ended between two commands would begin anew without an end.
_ATTEMPT = """
local count = redis.call('INCR', KEYS[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
# Only what was counted is taken back, so that no counter is left without an end.
_REFUND = "if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then return redis.call('DECR', KEYS[1]) end return 0"


class SessionStore:
    """A part of the catalogue (catalogue.py), with its promises. What is secret is kept hashed."""

    def __init__(self, link: Link) -> None:
        self._link = link

    # Sessions -------------------------------------------------------------

    async def begin(self, secret: str, record: SessionRecord, lasts_ms: int) -> None:
        """Keep a session for so long."""
        await self._put(keys.session_key(digest(secret)), record, lasts_ms)

    async def session(self, secret: str) -> SessionRecord | None:
        """A session that was begun and has not ended."""
        return await self._read(SessionRecord, keys.session_key(digest(secret)))

    async def prolong(self, secret: str, record: SessionRecord, lasts_ms: int) -> None:
        """Keep a session for longer, unless it was ended meanwhile."""
        await self._put(keys.session_key(digest(secret)), record, lasts_ms, "XX")

    async def end(self, secret: str) -> None:
        """Forget a session."""
        place = keys.session_key(digest(secret))
        await self._link.ask(place, ("DEL", place))

    # One-time links -------------------------------------------------------

    async def keep_link(self, code: str, record: LinkRecord, lasts_ms: int) -> None:
        """Keep a link for so long."""
        await self._put(keys.link_key(digest(code)), record, lasts_ms)

    async def link(self, code: str) -> LinkRecord | None:
        """A link that was not used, and has not expired."""
        place, taken = keys.link_key(digest(code)), keys.taken_key(digest(code))
        by, stored = await self._link.ask(place, ("GET", taken), ("GET", place))
        return None if stored is None or by is not None else parsed(LinkRecord, stored, place, "")

    async def take(self, code: str, mark: str, lasts_ms: int) -> bool:
        """Whether it is `mark` who uses a link, or anything else that is used once: of all who try, one does."""
        place = keys.taken_key(digest(code))
        _, by = await self._link.ask(place, ("SET", place, mark, "NX", "PX", lasts_ms), ("GET", place))
        return _text(by) == mark

    # Attempts -------------------------------------------------------------

    async def attempt(self, who: str, window_ms: int) -> tuple[int, int]:
        """Count an attempt: how many there were within the window, this one included; after how many ms it ends."""
        place = keys.attempts_key(who)
        [(count, left_ms)] = await self._link.ask(place, ("EVAL", _ATTEMPT, 1, place, window_ms))
        return int(count), max(int(left_ms), 0)

    async def refund(self, who: str) -> None:
        """Take an attempt back: it was right."""
        place = keys.attempts_key(who)
        await self._link.ask(place, ("EVAL", _REFUND, 1, place))

    async def is_known(self, who: str) -> bool:
        """Whether `who`, an account at an address, has signed in of late."""
        place = keys.known_key(who)
        return bool((await self._link.ask(place, ("EXISTS", place)))[0])

    async def know(self, who: str) -> None:
        """Remember that `who` has signed in."""
        place = keys.known_key(who)
        await self._link.ask(place, ("SET", place, 1, "PX", KNOWN_MS))

    async def secret(self, otherwise: str) -> str:
        """What all servers derive keys from that need not last; `otherwise` if there is none yet."""
        place = keys.SIGNING
        _, stored = await self._link.ask(place, ("SET", place, otherwise, "NX"), ("GET", place))
        if stored is None:
            raise Unavailable(f"catalogue: {place} is gone again")
        return _text(stored)

    async def _put(self, place: str, record: Record, lasts_ms: int, *only: Literal["XX"]) -> None:
        await self._link.ask(place, ("SET", place, record.stored(), *only, "PX", max(lasts_ms, 1)))

    async def _read(self, model: type[AnyRecord], place: str) -> AnyRecord | None:
        stored = (await self._link.ask(place, ("GET", place)))[0]
        return None if stored is None else parsed(model, stored, place, "")


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
