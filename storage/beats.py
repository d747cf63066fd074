"""Beats: servers and workers say every few seconds that they live; whoever asks for health reads it here.

Of each kind there is a hash of what they say and a sorted set of when, by Redis's clock. Who has been silent for an
hour is forgotten, and of more than MOST who has been silent for longest.
"""

from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, TypeVar

from storage import keys
from storage.record import Record
from storage.record_fields import parsed
from storage.redis_link import Command, Link, text

EVERY_S = 5.0
SILENT_MS = 20_000  # who has not been heard of for so long is down
FORGOTTEN_MS = 3_600_000
MOST = 1000

Kind = Literal["servers", "workers"]
Beat = TypeVar("Beat", bound=Record)

# KEYS: what they say, when they said it. ARGV: who, what, how many at most, after how long they are forgotten.
_BEAT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[1])
local function forget(names)
  for _, name in ipairs(names) do
    redis.call('ZREM', KEYS[2], name)
    redis.call('HDEL', KEYS[1], name)
  end
end
forget(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[4], 'LIMIT', 0, 100))
local spare = redis.call('ZCARD', KEYS[2]) - ARGV[3]
if spare > 0 then forget(redis.call('ZRANGE', KEYS[2], 0, spare - 1)) end
return now
"""
_GONE = """
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
"""
# Now, and of each: who, when and what, flat.
_READ = """
local time = redis.call('TIME')
local found = {time[1] * 1000 + math.floor(time[2] / 1000)}
for _, name in ipairs(redis.call('ZREVRANGE', KEYS[2], 0, -1)) do
  local said = redis.call('HGET', KEYS[1], name)
  if said then
    found[#found + 1] = name
    found[#found + 1] = redis.call('ZSCORE', KEYS[2], name)
    found[#found + 1] = said
  end
end
return found
"""


def beat(kind: Kind, who: str, said: Record) -> Command:
    """Say that one lives."""
    return ("EVAL", _BEAT, 2, *keys.beat_keys(kind), who, said.model_dump_json(), MOST, FORGOTTEN_MS)


def gone(kind: Kind, who: str) -> Command:
    """Say that one ends, and is not to be missed."""
    return ("EVAL", _GONE, 2, *keys.beat_keys(kind), who)


class Beats:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def tell(self, command: Command) -> None:
        """Say `beat` or `gone`. Raises Unavailable."""
        await self._link.ask(str(command[3]), command)

    async def of(self, kind: Kind, model: type[Beat]) -> tuple[int, list[tuple[int, Beat]]]:
        """Redis's clock (Unix ms), and who was heard of at what time, the last first. Raises Unavailable."""
        hash_key, at_key = keys.beat_keys(kind)
        now_ms, *found = (await self._link.ask(hash_key, ("EVAL", _READ, 2, hash_key, at_key)))[0]
        return int(now_ms), [
            (_ms(at), parsed(model, text(said), hash_key, text(name)))
            for name, at, said in zip(found[::3], found[1::3], found[2::3], strict=True)
        ]

    async def information(self) -> dict[str, str]:
        """What the Redis that has the beats says of itself. Raises Unavailable, also if it may not be asked."""
        found = (await self._link.ask(keys.beat_keys("servers")[0], ("INFO",)))[0]
        if isinstance(found, dict):
            return {text(name): str(value) for name, value in found.items()}
        lines = (line.partition(":") for line in text(found).splitlines() if line[:1] != "#")
        return {name: value for name, _, value in lines}


def our_version() -> str:
    """The version of what runs here."""
    try:
        return version("streamsync")
    except PackageNotFoundError:
        return "unknown"


def _ms(score: Any) -> int:
    return int(float(text(score) if isinstance(score, bytes | str) else score))
