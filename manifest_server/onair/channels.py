"""Channels, viewers and lineups as this process remembers them: requests ask here, not Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

from manifest_server.onair.assets import Assets
from manifest_server.onair.channel import Channel
from manifest_server.onair.follow import Follower
from manifest_server.onair.held import Held, Streams
from manifest_server.onair.plans import Plans, counts_from, is_planned
from manifest_server.onair.prepared import Preparations
from manifest_server.onair.reach import Reach
from manifest_server.onair.remembered import Kept, Remembered, Term
from manifest_server.onair.renewals import Renewals
from manifest_server.onair.stream import Planned, Stream, stream
from manifest_server.programming.cohorts import CohortMap
from manifest_server.programming.planned import over, plan_ends
from manifest_server.programming.pool import DERIVED, PLAIN, derived_id
from storage.catalogue import PAUSE_S, Catalogue
from storage.clips import ClipRecord
from storage.cohort_records import Cohorts
from storage.errors import NotFound, Unavailable
from storage.keys import ALL_ASSETS, checked_name
from storage.profile_records import ProfileRecord
from storage.records import ChannelRecord, LineupRecord, ViewerRecord

CHANNELS_KEPT = 1_000
VIEWERS_KEPT = 100_000
GIVEN_KEPT = 20_000
PROFILE_S = 60.0  # a profile counts for joins after this at the latest: millions of them tell nobody of each change
PREPARED_AT_ONCE = 100  # assets, at some 20 microseconds each
LOADS_AT_ONCE = 32  # half the connections to Redis: the follower's are never waited for


class Channels:
    """What is on air, by name. Every method raises NotFound, and Unavailable for what was never loaded before.

    Within `following()` what has changed is heard of; without, everything is taken to be true for GOOD_S.
    """

    def __init__(self, catalogue: Catalogue, read: Callable[[str], bytes] | None = None) -> None:
        """`read` gives the bytes of an object; without, no plan of a channel can be known."""
        self._catalogue = catalogue
        self._plans = None if read is None else Plans(read)
        self.reach = Reach()
        self._follower = Follower(
            catalogue, self.reach, wanted=self._is_wanted, changed=self._change, heard=self._hear
        )
        follow = self._follower.follow
        reach, gate = self.reach, asyncio.Semaphore(LOADS_AT_ONCE)
        self._assets = Assets(catalogue.assets_of, lambda: follow(ALL_ASSETS), self.reach)
        self._channels = Remembered[str, Channel](self._load, follow, limit=CHANNELS_KEPT, reach=reach, gate=gate)
        self._viewers = Remembered[tuple[str, str], ViewerRecord | None](
            lambda key: catalogue.viewer(*key), lambda key: follow(key[0]), limit=VIEWERS_KEPT, reach=reach, gate=gate
        )
        self._given = Remembered[tuple[str, str], LineupRecord](
            lambda key: catalogue.lineup_on_air(*key),
            lambda key: follow(key[0]),
            limit=GIVEN_KEPT,
            reach=reach,
            gate=gate,
        )
        self._overlays = Remembered[tuple[str, str], LineupRecord | None](
            lambda key: catalogue.overlay(*key),
            lambda key: follow(key[0]),
            limit=VIEWERS_KEPT,
            reach=reach,
            gate=gate,
        )
        self._profiles = Remembered[tuple[str, str], ProfileRecord | None](
            lambda key: catalogue.profiles.of(*key), _some_time, limit=VIEWERS_KEPT, reach=reach, gate=gate
        )
        self._made = Preparations()
        self._renewals = Renewals(self._renewed, self._channels.changed)
        self._cohorts: dict[str, tuple[Cohorts, CohortMap]] = {}
        self._streams = Streams()

    def loaded(self) -> tuple[int, int]:
        """How many channels and lineups are in memory."""
        return len(self._channels), len(self._streams)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Hear of changes until the block is left."""
        async with self._follower.running():
            try:
                yield
            finally:
                await self._renewals.aclose()

    async def channel(self, name: str) -> Channel:
        """A channel with all its assets."""
        return await self._channels.get(checked_name("channel", name))

    async def lineup_id(self, channel: Channel, viewer: str) -> str:
        """The lineup of a viewer who joins now: the one they were given, their cohort's, or that of their name."""
        name = channel.record.name
        try:
            record = await self._viewers.get((name, checked_name("viewer", viewer)))
        except Unavailable:
            record = None  # nobody can say that they were given one; the derived one needs no catalogue
        if record is not None and record.lineup is not None and not await self._is_gone(name, record.lineup):
            return record.lineup
        return await self._cohort(channel, viewer) or derived_id(name, viewer)

    async def _cohort(self, channel: Channel, viewer: str) -> str | None:
        """The lineup that a viewer shares with their cohort, if the channel has any."""
        cohorts, name = channel.record.cohorts, channel.record.name
        if cohorts is None:
            return None
        known = self._cohorts.get(name)
        if known is None or known[0] is not cohorts:
            known = self._cohorts[name] = (cohorts, CohortMap(cohorts))
        try:
            lineup = known[1].lineup_of(await self._profiles.get((name, viewer)))
            if lineup is not None and (await self._given.get((name, lineup))).removed:
                return None
        except (NotFound, Unavailable):
            return None  # as above
        return lineup

    async def _is_gone(self, channel: str, lineup: str) -> bool:
        try:
            return (await self._given.get((channel, lineup))).removed
        except NotFound:
            return True
        except Unavailable:
            return False

    async def on_air(self, channel: Channel, lineup: str, day: int | None = None) -> Stream:
        """A lineup of the channel with its successors, as URLs of this day list it; without, of any day.

        Also raises NotFound for a day of which it was planned what aired, and nobody knows any more.
        """
        key = (channel.record.name, checked_name("lineup", lineup))
        record = await self._stored(channel, key)
        held = self._streams.get(key)
        kept = None if held is None else held.stream
        if record is not None and record.run_msn > channel.record.msn:
            # It was edited in a run of the channel that we have not heard of.
            self._channels.changed(channel.record.name)
            channel = await self.channel(channel.record.name)
            if record.run_msn > channel.record.msn:
                # Nor can we now: in the run before, its clips would be listed under numbers of other segments.
                if kept is None:
                    raise Unavailable(f"channel {channel.record.name!r} was started anew, and cannot be read")
                return kept
        since = counts_from(channel, lineup, day)
        if kept is None or kept.base is not channel or kept.record is not record or kept.since > since:
            try:
                kept = await self._prepared(channel, lineup, record, since)
            except Unavailable:
                if kept is None or kept.since > since:
                    raise
                return kept  # an asset that is new in it cannot be loaded now
            self._streams.hold(key, kept)
        return kept

    def at_once(self, channel: str, lineup: str, day: int) -> Held | None:
        """A lineup with its channel, if all of it is in memory and known to be true: nothing is waited for.

        Raises NotFound as `on_air` does.
        """
        kept, held = self._channels.good(channel), self._streams.get((channel, lineup))
        if kept is None or held is None or held.stream is None or held.stream.base is not kept.value:
            return None
        record = held.stream.record
        stored: Kept[LineupRecord] | Kept[LineupRecord | None] | None = None
        if _is_stored(kept.value, lineup):
            remembered = self._overlays if lineup.startswith(DERIVED) else self._given
            stored = remembered.good((channel, lineup))
            newer = record is not None and record.run_msn > kept.value.record.msn
            if stored is None or stored.value is not record or newer:
                return None
        elif record is not None:
            return None
        if held.stream.since > counts_from(kept.value, lineup, day):
            return None
        return held.hang_on(kept, stored)

    async def joined(self, channel: Channel, viewer: str, day: int | None = None) -> tuple[str, Stream]:
        """The lineup that a viewer gets who joins now, by its id too; `day`: as `on_air` has it.

        While nobody can say what is stored of a derived one, that is the same without it, under an id of its own: so
        no two servers ever list different things under one.
        """
        lineup = await self.lineup_id(channel, viewer)
        try:
            return lineup, await self.on_air(channel, lineup, day)
        except Unavailable:
            if not lineup.startswith(DERIVED):
                raise
            return lineup + PLAIN, await self.on_air(channel, lineup + PLAIN, day)

    async def _stored(self, channel: Channel, key: tuple[str, str]) -> LineupRecord | None:
        if not _is_stored(channel, key[1]):
            return None
        return await (self._overlays if key[1].startswith(DERIVED) else self._given).get(key)

    async def _prepared(self, base: Channel, lineup: str, record: LineupRecord | None, since: int) -> Stream:
        channel = base if record is None else await self.widened(base, record.clips)
        return stream(base, channel, lineup, record, await self._planned(base.record, lineup, since), since)

    async def _planned(self, channel: ChannelRecord, lineup: str, since: int) -> list[Planned]:
        needed = channel.plans[over(channel.plans, since) :]
        if not needed or not is_planned(lineup):
            return []
        plans = self._plans
        if plans is None:
            raise Unavailable(f"the plans of channel {channel.name!r} cannot be read here")
        pools = {one.tick: one.assets for one in channel.revisions}
        rows = await asyncio.gather(*(plans.clips_of(channel.name, one, pools[one.pool], lineup) for one in needed))
        return [
            Planned(plan.tick, plan_ends(plan, channel.revisions), row, plan.pool)
            for plan, row in zip(needed, rows, strict=True)
            if row
        ]

    async def widened(self, channel: Channel, clips: Iterable[ClipRecord]) -> Channel:
        """The channel with the assets of these clips too."""
        more = {clip.asset for clip in clips} - channel.assets.keys()
        if not more:
            return channel
        return Channel(channel.record, {**channel.assets, **await self._assets.of(more)}, self._made)

    async def _load(self, name: str) -> Channel:
        try:
            record: ChannelRecord = await self._catalogue.channel(name)
        except NotFound:
            self._follower.leave(name)
            raise
        known = self._channels.known(name)
        if known is not None and known.record.msn != record.msn:
            # In a new run a given lineup begins with its last part: of none may an edit from before be missing.
            self._follower.leave(name)
        return self._renewals.taken(record) or await self.ready(record)

    async def _renewed(self, name: str) -> Channel:
        """A channel as it is now, with what its next playlists need made a little at a time."""
        channel = await self.ready(await self._catalogue.channel(name))
        for number, asset in enumerate(channel.assets.values(), 1):
            self._made.ladders(asset)
            if number % PREPARED_AT_ONCE == 0:
                await asyncio.sleep(PAUSE_S)  # others want to go on
        for make in (lambda: channel.revisions, lambda: channel.offers):
            make()
            await asyncio.sleep(PAUSE_S)
        return channel

    async def ready(self, record: ChannelRecord) -> Channel:
        """The channel of a record that was loaded elsewhere, with all its assets."""
        return Channel(record, await self._assets.of(record.named), self._made)

    def _is_wanted(self, source: str) -> bool:
        return source in self._channels or source == ALL_ASSETS

    def _hear(self, source: str) -> None:
        self._channels.appeared(source)

    def _change(self, source: str, kind: str, name: str) -> None:
        if source == ALL_ASSETS:
            if kind != "metadata":  # playlists have nothing of it
                self._change_asset(name, any_asset=not kind)
        elif kind == "channel":
            # What is known to be true now may be listed for as long as that was said of it: see GOOD_S.
            good_until = self._channels.good_until(source)
            if time.monotonic() < good_until:
                self._renewals.begin(source, good_until)
            else:
                self._channels.changed(source)
        elif kind == "viewer":
            self._viewers.changed((source, name))
        elif kind == "lineup":
            (self._overlays if name.startswith(DERIVED) else self._given).changed((source, name))

    def _change_asset(self, asset: str, *, any_asset: bool) -> None:
        """What is made of the asset, or of any, is no longer what it should be."""
        self._assets.changed(None if any_asset else asset)
        self._renewals.forget()
        self._channels.changed_where(lambda channel: any_asset or asset in channel.assets)
        for key, kept in self._streams:
            if kept.channel is not kept.base and (any_asset or asset in kept.channel.assets):
                self._streams.hold(key, replace(kept, record=None))  # as if of another record: prepared anew


def _is_stored(channel: Channel, lineup: str) -> bool:
    """Whether what it is made of may be in the catalogue."""
    return not lineup.startswith(DERIVED) or (channel.record.overlaid and not lineup.endswith(PLAIN))


async def _some_time(_: tuple[str, str]) -> Term:
    return Term(time.monotonic() + PROFILE_S)
