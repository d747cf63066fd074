"""The catalogue: asset index, channels, viewers and lineups in Redis.

Every record is JSON in a field of a hash, so reading, creating and replacing are one code path. No operation
touches two keys at once; were one to, they would have to share a hash tag (keys.py).
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from storage import keys
from storage.errors import BadInput, Conflict, NotFound, Unavailable
from storage.records import AssetRecord, ChannelRecord, LineupRecord, Record, ViewerRecord

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 2.0
_POOL = 64
_BACKOFF_S = (0.05, 0.2)  # before the second and the third attempt

_PASSING = (RedisConnectionError, RedisTimeoutError)

_CHANNEL_FIELD = "record"
_SCAN_BATCH = 100  # asset records are up to some 100 kB each

# The same bytes are a success: a write whose answer was lost may be sent again.
_REPLACE = """
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return 'absent' end
if stored == ARGV[3] then return 'done' end
local sound, record = pcall(cjson.decode, stored)
if not sound or type(record) ~= 'table' or type(record.version) ~= 'number' then return 'damaged' end
if record.version ~= tonumber(ARGV[2]) then return record.version end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'done'
"""

_AnyRecord = TypeVar("_AnyRecord", bound=Record)
_Answer = TypeVar("_Answer")


class Catalogue:
    """What Redis remembers. Belongs to one event loop.

    Every method raises Unavailable when Redis does not answer, or holds something that is no record.
    """

    def __init__(self, redis: Redis, place: str) -> None:
        self._redis = redis
        self._place = place
        self._replace_script = redis.register_script(_REPLACE)

    @classmethod
    def connect(cls, url: str) -> Self:
        """The catalogue at a redis://, rediss:// or unix:// URL. Raises BadInput."""
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=_POOL,
                timeout=CONNECT_TIMEOUT_S,
                socket_connect_timeout=CONNECT_TIMEOUT_S,
                socket_timeout=READ_TIMEOUT_S,
                # Attempts are counted here, as creating must not be tried twice.
                retry=Retry(NoBackoff(), 0),
            )
            pool.connection_class(
                **pool.connection_kwargs
            )  # an unknown option of the URL would otherwise wait for the first command
        except (ValueError, TypeError):
            # Neither the URL nor the library's words: both may hold the password.
            raise BadInput(
                "Redis URL: it is not one of redis://, rediss:// or unix://, or an option is wrong"
            ) from None
        return cls(Redis.from_pool(pool), _shown(url))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._redis.aclose()

    async def ping(self) -> None:
        """Return if Redis answers, raise Unavailable if not."""
        await self._ask(self._redis.ping)

    # Assets ---------------------------------------------------------------

    async def index_asset(self, record: AssetRecord) -> None:
        """Add an asset, or its newer record."""
        await self._write(keys.ASSET_INDEX, keys.checked_asset(record.id), record)

    async def asset(self, asset: str) -> AssetRecord:
        """One asset. Raises NotFound."""
        return _found(await self._read(AssetRecord, keys.ASSET_INDEX, asset), f"no asset {asset!r}")

    async def assets(self) -> list[AssetRecord]:
        """All assets, in the order they were packaged. An asset indexed meanwhile may be missing."""
        records: dict[str, AssetRecord] = {}  # HSCAN may give a field twice
        cursor, batch = await self._asset_batch(0)
        while True:
            for field, text in batch.items():
                asset = _text(field)
                records[asset] = _parsed(AssetRecord, text, keys.ASSET_INDEX, asset)
            if cursor == 0:
                return sorted(records.values(), key=lambda record: (record.packaged_at, record.id))
            cursor, batch = await self._asset_batch(cursor)

    async def asset_ids(self) -> list[str]:
        """The ids of all assets, sorted."""
        return sorted(_text(field) for field in await self._ask(lambda: self._redis.hkeys(keys.ASSET_INDEX)))

    # Channels -------------------------------------------------------------

    async def create_channel(self, record: ChannelRecord) -> None:
        """Add a channel. Raises Conflict if there is one of this name."""
        name = keys.checked_name("channel", record.name)
        # The index first: a name without a record is passed over, a record without a name would be lost.
        await self._ask(lambda: self._redis.sadd(keys.CHANNEL_INDEX, name))
        await self._create(keys.channel_key(name), _CHANNEL_FIELD, record, f"channel {name!r}")

    async def channel(self, name: str) -> ChannelRecord:
        """One channel. Raises NotFound."""
        return _found(await self._channel(name), f"no channel {name!r}")

    async def channels(self) -> list[ChannelRecord]:
        """All channels, by name."""
        names = await self._ask(lambda: self._redis.smembers(keys.CHANNEL_INDEX))
        found = [await self._channel(name) for name in sorted(map(_text, names))]
        return [record for record in found if record is not None]

    async def replace_channel(self, record: ChannelRecord) -> None:
        """Store the successor of version `record.version - 1`. Safe to repeat.

        Raises Conflict if another version is stored, NotFound if there is no such channel.
        """
        await self._replace(
            keys.channel_key(record.name), _CHANNEL_FIELD, record, record.version, f"channel {record.name!r}"
        )

    # Viewers and lineups --------------------------------------------------

    async def put_viewer(self, channel: str, record: ViewerRecord) -> None:
        """Store a viewer of a channel, replacing the one of this name."""
        keys.checked_name("channel", channel)
        await self._write(keys.viewers_key(channel), keys.checked_name("viewer", record.name), record)

    async def viewer(self, channel: str, name: str) -> ViewerRecord | None:
        """A viewer of a channel, if one was stored."""
        return await self._read(ViewerRecord, keys.viewers_key(channel), name)

    async def create_lineup(self, channel: str, record: LineupRecord) -> None:
        """Add a lineup to a channel. Raises Conflict if there is one of this id."""
        keys.checked_name("channel", channel)
        lineup = keys.checked_name("lineup", record.id)
        await self._create(keys.lineups_key(channel), lineup, record, f"lineup {lineup!r} of channel {channel!r}")

    async def lineup(self, channel: str, lineup: str) -> LineupRecord:
        """A lineup of a channel. Raises NotFound."""
        record = await self._read(LineupRecord, keys.lineups_key(channel), lineup)
        return _found(record, f"no lineup {lineup!r} of channel {channel!r}")

    async def replace_lineup(self, channel: str, record: LineupRecord) -> None:
        """Store the successor of version `record.version - 1`. Safe to repeat.

        Raises Conflict if another version is stored, NotFound if there is no such lineup.
        """
        what = f"lineup {record.id!r} of channel {channel!r}"
        await self._replace(keys.lineups_key(channel), record.id, record, record.version, what)

    # Records in fields ----------------------------------------------------

    async def _channel(self, name: str) -> ChannelRecord | None:
        return await self._read(ChannelRecord, keys.channel_key(name), _CHANNEL_FIELD)

    async def _asset_batch(self, cursor: int) -> tuple[int, dict[bytes | str, bytes | str]]:
        after, batch = await self._ask(lambda: self._redis.hscan(keys.ASSET_INDEX, cursor=cursor, count=_SCAN_BATCH))
        # Without `no_values` redis-py gives a dict; the list of its type is for the other case.
        return after, batch if isinstance(batch, dict) else {}

    async def _read(self, model: type[_AnyRecord], key: str, field: str) -> _AnyRecord | None:
        text = await self._ask(lambda: self._redis.hget(key, field))
        return None if text is None else _parsed(model, text, key, field)

    async def _write(self, key: str, field: str, record: Record) -> None:
        text = record.model_dump_json()
        await self._ask(lambda: self._redis.hset(key, field, text))

    async def _create(self, key: str, field: str, record: Record, what: str) -> None:
        text = record.model_dump_json()
        # Once: if an answer is lost, a second attempt would call our own record somebody else's.
        if not await self._ask(lambda: self._redis.hsetnx(key, field, text), backoff_s=()):
            raise Conflict(f"{what} exists already")

    async def _replace(self, key: str, field: str, record: Record, version: int, what: str) -> None:
        arguments = (field, version - 1, record.model_dump_json())
        answer: object = await self._ask(lambda: self._replace_script(keys=[key], args=arguments))
        if isinstance(answer, int):
            raise Conflict(f"{what} is at version {answer}: version {version} cannot follow it")
        if answer == b"absent":
            raise NotFound(f"no {what}")
        if answer != b"done":
            raise Unavailable(f"catalogue: {key} field {field!r} does not hold a {type(record).__name__}")

    async def _ask(self, ask: Callable[[], Awaitable[_Answer]], backoff_s: tuple[float, ...] = _BACKOFF_S) -> _Answer:
        """The answer of Redis, asked again after each back-off. The one place that knows its errors."""
        try:
            return await ask()
        except (RedisError, OSError) as error:
            if not (backoff_s and isinstance(error, _PASSING)):
                raise Unavailable(f"Redis at {self._place}: {error}") from error
        await asyncio.sleep(backoff_s[0])
        return await self._ask(ask, backoff_s[1:])


def _shown(url: str) -> str:
    """Where the URL leads to: a part with no room for a password, not the URL with something cut out."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


def _found(record: _AnyRecord | None, otherwise: str) -> _AnyRecord:
    if record is None:
        raise NotFound(otherwise)
    return record


def _parsed(model: type[_AnyRecord], text: bytes | str, key: str, field: str) -> _AnyRecord:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Unavailable(
            f"catalogue: {key} field {field!r} does not hold a {model.__name__}: "
            + (f"{where}: {first['msg']}" if where else first["msg"])
        ) from None
