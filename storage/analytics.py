"""What is counted of audiences, in Redis: buckets of ten seconds, of minutes and of hours, all of which expire."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from storage import keys
from storage.errors import Unavailable
from storage.redis_link import Command, Link, text

SPANS_S = (10, 60, 3600)
SLOT_S, MINUTE_S, HOUR_S = SPANS_S
DAY_S = 86_400
KEPT_S = {SLOT_S: 2 * HOUR_S, MINUTE_S: 2 * DAY_S}  # of hours: as long as is set
AUDIENCE_KEPT_S = 120
SENT_FOR_S = 120  # as long as counts may be sent again; what is older is dropped
# Longer than that, by far more than the last request may take: else what was heard at first would count twice.
_MARK_KEPT_S = SENT_FOR_S + 60
_AT_ONCE = 200  # buckets, of a kilobyte or two

# KEYS: who was there, the mark, and the buckets. ARGV: for how long each of these is kept, how many kinds of labels
# there are, each with its limit, how many viewers, these, and fields with numbers. A label that would be one too many
# is counted as "other".
_ADD = """
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[2]) then return 'done before' end
local at = #KEYS + 1
local limits = {}
for _ = 1, tonumber(ARGV[at]) do
  limits[ARGV[at + 1]] = tonumber(ARGV[at + 2])
  at = at + 2
end
at = at + 1
local viewers = tonumber(ARGV[at])
for first = at + 1, at + viewers, 1000 do
  redis.call('PFADD', KEYS[1], unpack(ARGV, first, math.min(first + 999, at + viewers)))
end
if viewers > 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
for number = 3, #KEYS do
  local key = KEYS[number]
  for one = at + viewers + 1, #ARGV, 2 do
    local name = ARGV[one]
    local kind = string.match(name, '^%a:')
    local limit = kind and limits[kind]
    if limit and name ~= kind .. 'other' and redis.call('HEXISTS', key, name) == 0 then
      if tonumber(redis.call('HGET', key, '#' .. kind) or 0) < limit then
        redis.call('HINCRBY', key, '#' .. kind, 1)
      else
        name = kind .. 'other'
      end
    end
    redis.call('HINCRBY', key, name, ARGV[one + 1])
  end
  redis.call('EXPIRE', key, ARGV[number])
end
return 'done'
"""
# KEYS: who was heard of in ten seconds and in each of so many before; the buckets. ARGV: that number, and for how
# long each bucket is kept. Who was heard of in any but the oldest of them is there.
# Whoever comes first closes the ten seconds; all are told how many were there. The fields: analytics/figures.py.
_CLOSE = """
local slots = tonumber(ARGV[1])
local now = redis.call('PFCOUNT', unpack(KEYS, 1, slots))
if redis.call('HSETNX', KEYS[slots + 2], 'closed', 1) == 0 then return {now, 0} end
local all = redis.call('PFCOUNT', unpack(KEYS, 1, slots + 1))
local before = redis.call('PFCOUNT', unpack(KEYS, 2, slots + 1))
for number = slots + 2, #KEYS do
  local key = KEYS[number]
  redis.call('HINCRBY', key, 'cs', now)
  redis.call('HINCRBY', key, 'cn', 1)
  redis.call('HINCRBY', key, 'j', all - before)
  redis.call('HINCRBY', key, 'l', all - now)
  if now > tonumber(redis.call('HGET', key, 'cp') or 0) then redis.call('HSET', key, 'cp', now) end
  redis.call('EXPIRE', key, ARGV[number - slots])
end
return {now, 1}
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one server counted of a channel in some of the ten seconds from `since_s` on. `mark`: of no other.

    `viewers`: digests of their names. `limits`: how many different labels a kind of field may have in a bucket.
    """

    channel: str
    since_s: int
    viewers: Sequence[bytes]
    fields: Mapping[str, int]
    limits: Mapping[str, int]
    mark: str = field(default_factory=lambda: secrets.token_urlsafe(9))


class Analytics:
    """Counts by channel and time. Every method raises Unavailable when Redis does not answer."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def seed(self) -> bytes:
        """What all servers hash viewers' names with; made when it is first asked for."""
        key = keys.AUDIENCE_SEED
        made = ("SET", key, secrets.token_hex(16), "NX")
        return text((await self._link.ask(key, made, ("GET", key)))[1]).encode()

    async def add(self, counted: Counted, days: int) -> None:
        """Add what was counted; once, however often it is sent. Hours are kept for `days`."""
        channel, since_s = counted.channel, counted.since_s
        places = [keys.audience_key(channel, since_s), keys.counted_key(channel, counted.mark)]
        places += _buckets(channel, since_s)
        limits: list[str | int] = [one for pair in counted.limits.items() for one in pair]
        fields: list[str | int] = [one for pair in counted.fields.items() for one in pair]
        told = (len(counted.limits), *limits, len(counted.viewers), *counted.viewers, *fields)
        await self._link.ask(
            places[0],
            ("EVAL", _ADD, len(places), *places, AUDIENCE_KEPT_S, _MARK_KEPT_S, *_kept_s(days), *told),
        )

    async def close(self, channel: str, since_s: int, days: int, slots: int) -> tuple[int, bool]:
        """Reckon who was there in these ten seconds, who came and who left; how many were there, and whether this was
        the first to ask: for others it is done. Who was heard of in the last `slots` of ten seconds is there."""
        audiences = [keys.audience_key(channel, since_s - n * SLOT_S) for n in range(slots + 1)]
        places = [*audiences, *_buckets(channel, since_s)]
        command: Command = ("EVAL", _CLOSE, len(places), *places, slots, *_kept_s(days))
        count, first = (await self._link.ask(places[0], command))[0]
        return int(count), bool(first)

    async def present(self, channel: str, since_s: int, slots: int) -> int:
        """How many were heard of in `slots` of ten seconds, the last of which is that from `since_s` on."""
        audiences = [keys.audience_key(channel, since_s - n * SLOT_S) for n in range(slots)]
        return int((await self._link.ask(audiences[0], ("PFCOUNT", *audiences)))[0])

    async def buckets(self, channel: str, span_s: int, since_s: Sequence[int]) -> list[dict[str, int]]:
        """What was counted in these spans; of one in which nothing was, nothing."""
        found: list[dict[str, int]] = []
        for first in range(0, len(since_s), _AT_ONCE):
            places = [keys.analytics_key(channel, span_s, one) for one in since_s[first : first + _AT_ONCE]]
            found += map(_bucket, await self._link.ask(places[0], *(("HGETALL", place) for place in places)))
        return found

    async def seen(self, channels: Iterable[str], now_s: int) -> None:
        """Somebody is on these channels now."""
        pairs = [one for channel in channels for one in (now_s, channel)]
        if pairs:
            key = keys.AUDIENCES
            forget = ("ZREMRANGEBYSCORE", key, "-inf", now_s - DAY_S)
            await self._link.ask(key, ("ZADD", key, "GT", *pairs), forget)

    async def with_audience(self, since_s: int, limit: int) -> list[str]:
        """Channels on which somebody was since then, the last of whom is the most recent first."""
        key = keys.AUDIENCES
        found = (await self._link.ask(key, ("ZRANGE", key, "+inf", since_s, "BYSCORE", "REV", "LIMIT", 0, limit)))[0]
        return list(map(text, found))

    async def existing(self, channels: Sequence[str]) -> set[str]:
        """Those of these names that are of channels."""
        if not channels:
            return set()
        key = keys.CHANNEL_INDEX
        found = (await self._link.ask(key, ("SMISMEMBER", key, *channels)))[0]
        return {channel for channel, there in zip(channels, found, strict=True) if there}

    async def assets(self, ids: Sequence[str]) -> set[str]:
        """Those of these that are ids of assets."""
        if not ids:
            return set()
        key = keys.ASSET_INDEX
        found = await self._link.ask(key, *(("HEXISTS", key, one) for one in ids))
        return {one for one, there in zip(ids, found, strict=True) if there}


def _buckets(channel: str, since_s: int) -> list[str]:
    return [keys.analytics_key(channel, span_s, since_s - since_s % span_s) for span_s in SPANS_S]


def _kept_s(days: int) -> list[int]:
    return [KEPT_S[SLOT_S], KEPT_S[MINUTE_S], days * DAY_S]


def _bucket(answer: object) -> dict[str, int]:
    pairs = answer.items() if isinstance(answer, dict) else zip(answer[::2], answer[1::2], strict=True)  # type: ignore[index]
    try:
        return {text(name): int(value) for name, value in pairs}
    except ValueError:
        raise Unavailable("catalogue: what is counted of an audience is no number") from None
