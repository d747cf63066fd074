"""The catalogue: asset index, channels, viewers and lineups in Redis.

Every record is JSON in a field of a hash, so reading is one code path, and writing another (catalogue_writes.py).
What is written together shares a hash tag (keys.py). What changed is told in streams and by a word (changes.py).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

from storage import keys
from storage.accounts import AccountIndex
from storage.audit import AuditTrail
from storage.beats import Beats
from storage.catalogue_writes import CHANNEL_FIELD, Writer
from storage.changes import COUNT, Changes, read_changes
from storage.errors import NotFound
from storage.kept_answers import KeptAnswers
from storage.many import Many
from storage.metadata_index import MetadataIndex
from storage.pages import page
from storage.profiles import Profiles
from storage.record_fields import AnyRecord, asset_write, batches, parsed, parsed_asset
from storage.record_writes import changed_channel, changed_lineup, changed_viewer, removed_lineup
from storage.records import AssetRecord, ChannelRecord, LineupRecord, ViewerRecord
from storage.redis_link import Link, text
from storage.scan import scan
from storage.sessions import SessionStore
from storage.tokens import TokenIndex
from storage.webhooks import Webhooks
from storage.words import Words

AT_ONCE = 20  # asset records, at some 50 microseconds each
PAUSE_S = 0.001  # between them: a playlist needs some turns of the loop, and the processor that servers share


class Catalogue:
    """What Redis remembers. Belongs to one event loop.

    Every method raises Unavailable when Redis does not answer, or holds something that is no record. Every method may
    be repeated; if its answer is lost it is, so that it does what it says once.
    """

    def __init__(self, link: Link, replicas: int = 0, writer: Writer | None = None) -> None:
        self._link = link
        self._writer = writer or Writer(link, replicas)
        self.metadata = MetadataIndex(link, self._writer)
        self.many = Many(link, self._writer)
        self.profiles = Profiles(link, self._writer)
        self.answers = KeptAnswers(link)
        self.tokens = TokenIndex(link, self._writer)
        self.audit = AuditTrail(link)
        self.words = Words(link)
        self.beats = Beats(link)
        self.webhooks = Webhooks(link, self._writer)
        self.accounts = AccountIndex(link, self._writer)
        self.sessions = SessionStore(link)

    @classmethod
    def connect(cls, url: str, replicas: int = 0) -> Self:
        """The catalogue at a URL (redis_url.py). A write counts once so many replicas have it. Raises BadInput."""
        return cls(Link(url), replicas)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._link.aclose()

    async def ping(self) -> None:
        """Return if Redis answers, raise Unavailable if not."""
        await self._link.ping()

    async def redis_ms(self, channel: str = "") -> int:
        """Unix milliseconds by the clock that the channel's deadlines are held against."""
        seconds, microseconds = (await self._link.ask(keys.channel_key(channel), ("TIME",)))[0]
        return int(seconds) * 1000 + int(microseconds) // 1000

    # Changes --------------------------------------------------------------

    async def changes(self, source: str, after: str) -> Changes:
        """What changed on a channel, or in keys.ALL_ASSETS, after the change `after`."""
        key = keys.changes_key(source)
        command = ("XRANGE", key, after or "-", "+", "COUNT", COUNT)
        return read_changes((await self._link.ask(key, command))[0], after)

    async def last_change(self, source: str) -> str:
        """Which change is the last on a channel, or in keys.ALL_ASSETS; "" if there was none."""
        key = keys.changes_key(source)
        entries = (await self._link.ask(key, ("XREVRANGE", key, "+", "-", "COUNT", 1)))[0]
        return text(entries[0][0]) if entries else ""

    @property
    def link(self) -> Link:
        """The way to Redis, for a trial of changes (trial.py)."""
        return self._link

    async def listen(self) -> AsyncIterator[str]:
        """Whose changes have grown: channels' names and keys.ALL_ASSETS. Ends with Unavailable."""
        async for _, source in self._link.listen(keys.CHANGES):
            yield source

    # Assets ---------------------------------------------------------------

    async def index_asset(self, record: AssetRecord) -> None:
        """Add an asset, or its newer record."""
        await self._writer.put(asset_write(keys.ASSET_INDEX, "asset", record.id, record.stored()))

    async def unindex_asset(self, asset: str) -> None:
        """Forget an asset, its state and what is said of it."""
        await self._writer.put(asset_write(keys.ASSET_INDEX, "asset", asset, ""))
        await self.metadata.forget(asset)
        await self._writer.put(asset_write(keys.ASSET_STATES, "state", asset, ""))

    async def put_asset_state(self, asset: str, state: str) -> None:
        """Note the state of an asset; "" is that of any other."""
        await self._writer.put(asset_write(keys.ASSET_STATES, "state", asset, state))

    async def asset_states(self) -> dict[str, str]:
        """The state of every asset that has one."""
        states = (await self._link.ask(keys.ASSET_STATES, ("HGETALL", keys.ASSET_STATES)))[0]
        return {text(asset): text(state) for asset, state in states.items()}

    async def asset(self, asset: str) -> AssetRecord:
        """One asset. Raises NotFound."""
        return _found(await self._read(AssetRecord, keys.ASSET_INDEX, asset), f"no asset {asset!r}")

    async def assets_of(self, ids: Iterable[str]) -> dict[str, AssetRecord]:
        """Those of these assets that there are."""
        found: dict[str, AssetRecord] = {}
        for batch in batches(ids):
            texts = (await self._link.ask(keys.ASSET_INDEX, ("HMGET", keys.ASSET_INDEX, *batch)))[0]
            for number, (asset, record) in enumerate(zip(batch, texts, strict=True), 1):
                if record is not None:
                    found[asset] = parsed_asset(record, keys.ASSET_INDEX, asset)
                if number % AT_ONCE == 0:
                    await asyncio.sleep(PAUSE_S)  # others want to go on
        return found

    async def assets(self) -> list[AssetRecord]:
        """All assets, in the order they were packaged. An asset indexed meanwhile may be missing."""
        records = (await self.assets_of(await self.asset_ids())).values()
        return sorted(records, key=lambda record: (record.packaged_at, record.id))

    async def asset_ids(self) -> list[str]:
        """The ids of all assets, sorted."""
        return sorted(map(text, (await self._link.ask(keys.ASSET_INDEX, ("HKEYS", keys.ASSET_INDEX)))[0]))

    # Channels -------------------------------------------------------------

    async def create_channel(self, record: ChannelRecord) -> None:
        """Add a channel. Raises Conflict if there is one of this name."""
        name = keys.checked_name("channel", record.name)
        # The index first: a name without a record is passed over, a record without a name would be lost.
        await self._link.ask(keys.CHANNEL_INDEX, ("SADD", keys.CHANNEL_INDEX, name))
        await self._writer.create(changed_channel(record, None))

    async def channel(self, name: str) -> ChannelRecord:
        """One channel. Raises NotFound."""
        return _found(await self._channel(name), f"no channel {name!r}")

    async def channel_names(self) -> list[str]:
        """The names of all channels, sorted."""
        return sorted(map(text, (await self._link.ask(keys.CHANNEL_INDEX, ("SMEMBERS", keys.CHANNEL_INDEX)))[0]))

    async def channels(self, names: Iterable[str] | None = None) -> list[ChannelRecord]:
        """All channels, by name; or those of these names that there are."""
        found: list[ChannelRecord | None] = []
        for batch in batches(await self.channel_names() if names is None else names):
            found += await asyncio.gather(*map(self._channel, batch))
        return [record for record in found if record is not None]

    async def replace_channel(
        self, record: ChannelRecord, deadline_ms: int | None = None, before: ChannelRecord | None = None
    ) -> None:
        """Store the successor of version `record.version - 1`, unless it is later than `deadline_ms` by `redis_ms`.

        `before`: that version, for the audit trail to tell what changed. Raises Conflict if another version is
        stored, NotFound if there is no such channel.
        """
        write = changed_channel(record, before)
        await self._writer.replace(write, record.version, deadline_ms, "ChannelRecord")

    async def turn(self, ms: int) -> bool:
        """Whether it is the caller's turn to look after the pools: for so many milliseconds it is nobody else's."""
        return bool((await self._link.ask(keys.PROGRAMMED, ("SET", keys.PROGRAMMED, "1", "NX", "PX", ms)))[0])

    # Viewers and lineups --------------------------------------------------

    async def put_viewer(self, channel: str, record: ViewerRecord, before: ViewerRecord | None = None) -> None:
        """Store a viewer of a channel, replacing the one of this name."""
        await self._writer.put(changed_viewer(channel, record, before))

    async def viewer(self, channel: str, name: str) -> ViewerRecord | None:
        """A viewer of a channel, if one was stored."""
        return await self._read(ViewerRecord, keys.viewers_key(channel), name)

    async def create_lineup(self, channel: str, record: LineupRecord) -> None:
        """Add a lineup to a channel. Raises Conflict if there is one of this id."""
        await self._writer.create(changed_lineup(channel, record, None))

    async def lineup(self, channel: str, lineup: str) -> LineupRecord:
        """A lineup of a channel. Raises NotFound, also if it was taken away."""
        record = await self.lineup_on_air(channel, lineup)
        return _found(None if record.removed else record, f"no lineup {lineup!r} of channel {channel!r}")

    async def lineup_on_air(self, channel: str, lineup: str) -> LineupRecord:
        """A lineup of a channel as its players have it, also if it was taken away. Raises NotFound."""
        record = await self._read(LineupRecord, keys.lineups_key(channel), lineup)
        return _found(record, f"no lineup {lineup!r} of channel {channel!r}")

    async def overlay(self, channel: str, lineup: str) -> LineupRecord | None:
        """What is stored of a derived lineup of a channel, if there is anything."""
        return await self._read(LineupRecord, keys.lineups_key(channel), lineup)

    async def lineups_gone(self, channel: str, lineups: Iterable[str]) -> set[str]:
        """Those of these lineups of a channel that are not there, or were taken away."""
        found: set[str] = set()
        key = keys.lineups_key(channel)
        for batch in batches(set(lineups)):
            stored = (await self._link.ask(key, ("HMGET", key, *batch)))[0]
            for lineup, one in zip(batch, stored, strict=True):
                if one is None or parsed(LineupRecord, one, key, lineup).removed:
                    found.add(lineup)
        return found

    async def replace_lineup(
        self,
        channel: str,
        record: LineupRecord,
        deadline_ms: int | None = None,
        before: LineupRecord | None = None,
    ) -> None:
        """As `replace_channel`. Raises Conflict also if the channel is in another run than `record.run_msn`."""
        write = changed_lineup(channel, record, before)
        await self._writer.replace(write, record.version, deadline_ms, "LineupRecord")

    async def remove_lineup(self, channel: str, record: LineupRecord) -> None:
        """Forget a lineup that no player can have, and was read as this. Raises Conflict if it was changed since."""
        gone = removed_lineup(channel, record)
        with suppress(NotFound):  # gone is gone
            await self._writer.replace(gone, record.version + 1, None, "LineupRecord")

    async def viewers_page(
        self, channel: str, after: str | None, limit: int, prefix: str = ""
    ) -> tuple[list[ViewerRecord], str | None]:
        """Some stored viewers whose names begin with `prefix`, in no order, and where to go on. See pages.py."""
        key = keys.viewers_key(channel)
        found, then = await page(self._link, key, after, limit, prefix and keys.checked_name("viewer", prefix))
        return [parsed(ViewerRecord, stored, key, name) for name, stored in found], then

    async def lineups_page(
        self, channel: str, after: str | None, limit: int
    ) -> tuple[list[LineupRecord], str | None]:
        """Some lineups of a channel, in no order, and where to go on. See pages.py."""
        key = keys.lineups_key(channel)
        found, then = await page(self._link, key, after, limit)
        return [parsed(LineupRecord, stored, key, name) for name, stored in found], then

    async def all_lineups(self, channel: str) -> AsyncIterator[LineupRecord]:
        """All lineups of a channel, in no order; some perhaps twice."""
        async for lineup, stored in scan(self._link, keys.lineups_key(channel)):
            yield parsed(LineupRecord, stored, keys.lineups_key(channel), lineup)

    async def all_viewers(self, channel: str) -> AsyncIterator[ViewerRecord]:
        """All stored viewers of a channel, in no order; some perhaps twice."""
        async for viewer, stored in scan(self._link, keys.viewers_key(channel)):
            yield parsed(ViewerRecord, stored, keys.viewers_key(channel), viewer)

    async def states_of(self, assets: Iterable[str]) -> dict[str, str]:
        """The state of those of these assets that have one."""
        found: dict[str, str] = {}
        for batch in batches(assets):
            states = (await self._link.ask(keys.ASSET_STATES, ("HMGET", keys.ASSET_STATES, *batch)))[0]
            found |= {asset: text(state) for asset, state in zip(batch, states, strict=True) if state is not None}
        return found

    async def _channel(self, name: str) -> ChannelRecord | None:
        return await self._read(ChannelRecord, keys.channel_key(name), CHANNEL_FIELD)

    async def _read(self, model: type[AnyRecord], key: str, field: str) -> AnyRecord | None:
        stored = (await self._link.ask(key, ("HGET", key, field)))[0]
        return None if stored is None else parsed(model, stored, key, field)


def _found(record: AnyRecord | None, otherwise: str) -> AnyRecord:
    if record is None:
        raise NotFound(otherwise)
    return record
