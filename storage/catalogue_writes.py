"""What changes the catalogue: scripts that write a record, note the change and say so, all at once or not at all.

Each write carries a mark of its own, which is kept with the note of the change. A write whose answer was lost can so
be sent again: if it would be refused, but its mark is found, it was done.
"""

import dataclasses
import secrets
from collections.abc import Sequence
from typing import Any

from storage import keys
from storage.errors import Conflict, NotFound, StreamSyncError, Unavailable
from storage.redis_link import Command, Link

CHANGES_KEPT = 1000  # of each channel, or up to a tenth more
AUDIT_KEPT = 10_000  # likewise
WAIT_MS = 1000  # for the replicas; less than the time-out of an answer
CHANNEL_FIELD = "record"

# KEYS: the hash, the stream of changes, a lineup's channel, and last the audit trail where something is noted there.
# ARGV: the field, the record (or "" to remove it), kind and name of what changed, the mark, where the change is said,
# the word that is said, three numbers that only replacing looks at (the version that is stored, the deadline, and the
# channel's run that a lineup counts for), and what is noted in the audit trail ("": nothing).
# First the notes, then the record: a script that breaks off may announce what did not change, but never the reverse.
COMMON = f"""
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local function write()
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', '{CHANGES_KEPT}', '*', 'kind', ARGV[3], 'name', ARGV[4], 'by', ARGV[5])
  if ARGV[11] ~= '' then
    redis.call('XADD', KEYS[#KEYS], 'MAXLEN', '~', '{AUDIT_KEPT}', '*', 'note', ARGV[11])
  end
  if ARGV[2] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
  redis.call('PUBLISH', ARGV[6], ARGV[7])
  return 'done'
end
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
-- Stored once more, so that there is something for WAIT to wait for.
local function done_before()
  if stored then redis.call('HSET', KEYS[1], ARGV[1], stored) end
  return 'done'
end
local function mine()
  local since = string.format('%.0f', now_ms() - 60000)
  for _, entry in ipairs(redis.call('XREVRANGE', KEYS[2], '+', since)) do
    if entry[2][6] == ARGV[5] then return true end
  end
  return false
end
"""
PUT = f"""{COMMON}
if stored == ARGV[2] or (not stored and ARGV[2] == '') then return done_before() end
return write()
"""
CREATE = f"""{COMMON}
if not stored then return write() end
if mine() then return done_before() end
return 'taken'
"""
# The version is read where every record has it, before anything that a person chose: decoding all would take longer.
# In a new run of its channel a lineup begins with its last part, which is listed at once: an edit that was made for
# the run before would change that.
REPLACE = f"""{COMMON}
local function in_another_run()
  local channel = ARGV[10] ~= '' and redis.call('HGET', KEYS[3], '{CHANNEL_FIELD}')
  local run = channel and string.match(channel, '"msn":(%d+)')
  return run and run ~= ARGV[10]
end
if not stored then return 'absent' end
if stored == ARGV[2] then return done_before() end
local version = string.match(stored, '"version":(%d+)')
if not version then return 'damaged' end
local late = ARGV[9] ~= '' and now_ms() > tonumber(ARGV[9])
local another = in_another_run()
if version == ARGV[8] and not late and not another then return write() end
if mine() then return done_before() end
if version ~= ARGV[8] then return 'at ' .. version end
return another and 'in another run' or 'late'
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Write:
    """What is to be written where: a field of a hash, and what is said of it."""

    key: str
    field: str
    record: str  # "" removes it
    kind: str
    source: str  # a channel's name, or keys.ALL_ASSETS
    what: str  # for people: "lineup 'kids' of channel 'main'"
    run_msn: int | None = None  # of a lineup: the run of the channel that it counts for
    note: str = ""  # for the audit trail of the channel `source`
    mark: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(9))

    def command(self, script: str, version: int = 0, deadline_ms: int | None = None) -> Command:
        """The script with all it needs."""
        more: tuple[str, ...] = () if self.run_msn is None else (keys.channel_key(self.source),)
        more += (keys.audit_key(self.source),) if self.note else ()
        return (
            *("EVAL", script, 2 + len(more), self.key, keys.changes_key(self.source)),
            *more,
            *(self.field, self.record, self.kind, self.field if self.kind != "channel" else self.source, self.mark),
            *(keys.CHANGES, self.source, version, "" if deadline_ms is None else deadline_ms),
            "" if self.run_msn is None else self.run_msn,
            self.note,
        )


class Writer:
    """Writes, and waits until so many replicas have it. Every method raises Unavailable."""

    def __init__(self, link: Link, replicas: int) -> None:
        self._link = link
        self._replicas = replicas

    async def put(self, write: Write) -> None:
        """Whatever is stored now."""
        await self._written(write, write.command(PUT))

    async def put_all(self, writes: Sequence[Write]) -> None:
        """All of these, whose key is the same, in one go."""
        if writes:
            await self._written(writes[-1], *(write.command(PUT) for write in writes))

    async def create(self, write: Write) -> None:
        """If nothing is stored. Raises Conflict."""
        if await self._written(write, write.command(CREATE)) == "taken":
            raise Conflict(f"{write.what} exists already")

    async def replace(self, write: Write, version: int, deadline_ms: int | None, model: str) -> None:
        """If version `version - 1` is stored and Redis's clock has not passed the deadline.

        Raises Conflict if another version is stored, or the channel of a lineup is in another run; NotFound if
        nothing is stored.
        """
        [error] = await self.replace_all([write], [version], deadline_ms, model)
        if error is not None:
            raise error

    async def replace_all(
        self, writes: Sequence[Write], versions: Sequence[int], deadline_ms: int | None, model: str
    ) -> list[StreamSyncError | None]:
        """The same for some whose key is the same, in one go: of each, why it was not done. Raises Unavailable."""
        commands = [
            write.command(REPLACE, version - 1, deadline_ms) for write, version in zip(writes, versions, strict=True)
        ]
        answers = await self._answers(writes[-1].key, writes[-1].what, *commands)
        return [_refusal(*one, model) for one in zip(writes, versions, answers, strict=True)]

    async def done(self, key: str, what: str, *commands: Command) -> str:
        """The last answer of commands on `key` that may be repeated; so many replicas have what they wrote."""
        return (await self._answers(key, what, *commands))[-1]

    async def _answers(self, key: str, what: str, *commands: Command) -> list[str]:
        if not self._replicas:
            return list(map(_text, await self._link.ask(key, *commands)))
        *answers, holders = await self._link.ask(key, *commands, ("WAIT", self._replicas, WAIT_MS))
        # A script that did nothing says why, and there is nothing to be held.
        wrote = any(not isinstance(one, bytes | str) or _text(one).startswith("done") for one in answers)
        if wrote and holders < self._replicas:
            raise Unavailable(
                f"{what} was written, but only {holders} of {self._replicas} replicas have it; it is safe to repeat"
            )
        return list(map(_text, answers))

    async def _written(self, write: Write, *commands: Command) -> str:
        return await self.done(write.key, write.what, *commands)


def _refusal(write: Write, version: int, answer: str, model: str) -> StreamSyncError | None:
    """What the answer of REPLACE means, if it did nothing."""
    if answer.startswith("at "):
        return Conflict(f"{write.what} is at version {answer[3:]}: version {version} cannot follow it")
    match answer:
        case "in another run":
            return Conflict(f"{write.what}: the channel was started anew meanwhile")
        case "absent":
            return NotFound(f"no {write.what}")
        case "late":
            return Unavailable(f"changing {write.what} took too long; nothing was changed")
        case "damaged":
            return Unavailable(f"catalogue: {write.key} field {write.field!r} does not hold a {model}")
    return None


def _text(answer: Any) -> str:
    return answer.decode() if isinstance(answer, bytes) else str(answer)
