"""What is known of viewers, in the catalogue: millions of profiles a channel, in as many hashes as keep each small.

A profile is in the shard that the first bits of its viewer's own lineup say. So the shards of a plan are those of the
profiles, in groups or in parts, and whoever makes one reads no other.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping

from pydantic import ValidationError

from storage import keys
from storage.catalogue_writes import Writer
from storage.errors import Conflict, Unavailable
from storage.lineup_ids import lineup_digest
from storage.profile_records import Known, ProfileRecord, known
from storage.record import first_fault
from storage.record_fields import parsed
from storage.redis_link import Command, Link, text

SHARDS = 1 << 14  # of 3,600 profiles each when there are 59 million
_TOGETHER = 1 << 8  # shards that share a hash tag, and so a slot of a cluster
_READ = 16  # shards that are asked for in one go
_AT_ONCE = 8

# KEYS: the hash. ARGV: the field, what is stored before ("": nothing), what is to be stored ("": nothing).
_REPLACE = """
local stored = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if stored == ARGV[3] then return 'done' end
if stored ~= ARGV[2] then return 'changed' end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 'done'
"""

# All fields and values, as one string: neither has a new line in it, and a client reads one long string in a tenth of
# the time that it takes to read its parts.
_ALL = "return table.concat(redis.call('HGETALL', KEYS[1]), '\\n')"


class Profiles:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link, writer: Writer) -> None:
        self._link = link
        self._writer = writer

    async def of(self, channel: str, viewer: str) -> ProfileRecord | None:
        """The profile of a viewer, if there is one."""
        key = _key(channel, viewer)
        stored = (await self._link.ask(key, ("HGET", key, viewer)))[0]
        return None if stored is None else parsed(ProfileRecord, stored, key, viewer)

    async def replace(
        self, channel: str, viewer: str, before: ProfileRecord | None, after: ProfileRecord | None
    ) -> None:
        """Store another profile in place of `before`; None: there is none. Raises Conflict if another is stored."""
        key = _key(channel, viewer)
        texts = ["" if one is None else one.stored() for one in (before, after)]
        answer = await self._writer.done(key, f"viewer {viewer!r}", ("EVAL", _REPLACE, 1, key, viewer, *texts))
        if answer != "done":
            raise Conflict(f"the profile of viewer {viewer!r} changed meanwhile")

    async def put_all(self, channel: str, profiles: Mapping[str, ProfileRecord]) -> None:
        """Store all of these, whatever is stored now."""
        fields: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for viewer, profile in profiles.items():
            shard = _shard(channel, viewer)
            fields[shard // _TOGETHER][keys.profiles_key(channel, shard)] += [viewer, profile.stored()]
        turns = asyncio.Semaphore(_AT_ONCE)

        async def put(commands: list[Command]) -> None:
            async with turns:
                await self._writer.done(str(commands[0][1]), "a profile", *commands)

        await asyncio.gather(
            *(put([("HSET", key, *pairs) for key, pairs in some.items()]) for some in fields.values())
        )

    async def clear(self, channel: str) -> None:
        """Forget all profiles of a channel."""
        for first in range(0, SHARDS, _TOGETHER):
            names = [keys.profiles_key(channel, shard) for shard in range(first, first + _TOGETHER)]
            await self._link.ask(names[0], ("UNLINK", *names))

    async def count(self, channel: str) -> int:
        """How many profiles there are."""
        found = 0
        for first in range(0, SHARDS, _TOGETHER):
            names = [keys.profiles_key(channel, shard) for shard in range(first, first + _TOGETHER)]
            found += sum(map(int, await self._link.ask(names[0], *(("HLEN", name) for name in names))))
        return found

    async def stored(self, channel: str, first: int = 0, last: int = SHARDS) -> AsyncIterator[tuple[str, str]]:
        """Viewers and their profiles as they are stored, of the shards from `first` up to, not including, `last`."""
        for start in range(first, last, _READ):
            names = [keys.profiles_key(channel, shard) for shard in range(start, min(start + _READ, last))]
            for found in await self._link.ask(names[0], *(("EVAL", _ALL, 1, name) for name in names)):
                fields = text(found).split("\n") if found else []
                for viewer, profile in zip(fields[::2], fields[1::2], strict=True):
                    yield viewer, profile

    async def claim(self, channel: str, version: int, unit: int, ms: int) -> bool:
        """Whether it is the caller's to make this part of a plan: for so many milliseconds it is nobody else's."""
        key = keys.planning_key(channel, version, unit)
        return bool((await self._link.ask(key, ("SET", key, "1", "NX", "PX", ms)))[0])


def profile_of(viewer: str, stored: str) -> Known:
    """A stored profile, quickly. Raises Unavailable for what is none."""
    try:
        return known(stored)
    except ValidationError as error:
        raise Unavailable(f"catalogue: viewer {viewer!r} has no profile there: {first_fault(error)}") from None


def _shard(channel: str, viewer: str) -> int:
    return int.from_bytes(lineup_digest(channel, viewer)[:2], "big") * SHARDS >> 16


def _key(channel: str, viewer: str) -> str:
    keys.checked_name("channel", channel)
    return keys.profiles_key(channel, _shard(channel, keys.checked_name("viewer", viewer)))
