"""The verbs of a channel's rules: set them, try them, and see what its pool lets be kept of them."""

import asyncio
from dataclasses import dataclass

from manifest_server.admin.actions import Clock, changes_from, check_version, deadline, replaced
from manifest_server.admin.outlooks import with_outlook
from manifest_server.admin.zones import offsets_of
from manifest_server.onair.channels import Channels
from manifest_server.playout.lineup import Asset, Clip
from manifest_server.programming.captured import Said, captured, ruled
from manifest_server.programming.kept import Kept, check_enough, kept
from manifest_server.programming.stock import Stock
from storage.catalogue import Catalogue
from storage.errors import NotFound
from storage.keys import checked_name
from storage.programme import Offsets, Rules
from storage.records import ChannelRecord, PoolRevision


@dataclass(frozen=True, slots=True)
class Ruled:
    """A channel, rules, what is kept of them with its newest pool, and how far their time zone is ahead of UTC."""

    channel: ChannelRecord
    rules: Rules
    kept: Kept
    offsets: Offsets


async def set_rules(catalogue: Catalogue, name: str, rules: Rules, clock: Clock, version: int | None = None) -> Ruled:
    """Let a channel have other rules. On air, each viewer goes over at their first clip boundary past the horizon.

    Those that cannot all be met are relaxed (programming/layout.py). How far their time zone is ahead of UTC is what
    this machine knows of it now; set again, they have what is known then. Raises NotFound, BadInput for a zone that
    there is not, and Conflict if they leave one clip of many, or the channel changed meanwhile.
    """
    channel = await catalogue.channel(checked_name("channel", name))
    check_version(f"channel {name!r}", channel.version, version)
    planned = {asset for revision in channel.revisions for asset in revision.assets}
    said = await catalogue.metadata.of_all(planned)
    offsets = await _offsets(rules, clock)
    found = await _kept(catalogue, channel, rules, said)
    if (channel.revisions[-1].rules, channel.revisions[-1].offsets) == (rules, offsets):
        return Ruled(channel, rules, found, offsets)
    on = await Channels(catalogue).ready(channel)
    deadline_ms = await deadline(catalogue, name)
    now_ms = clock()
    tick = changes_from(channel, now_ms)
    revisions = ruled(channel.revisions, tick, rules, said, offsets)
    for revision in revisions:
        if revision.tick >= tick:
            check_enough(name, revision)
    changes = with_outlook(on, now_ms, revisions=revisions)
    return Ruled(await replaced(catalogue, channel, deadline_ms, **changes), rules, found, offsets)


async def tried_rules(catalogue: Catalogue, name: str, clock: Clock, rules: Rules | None = None) -> Ruled:
    """What a channel's newest pool would let be kept of rules; of those it has without. Changes nothing.

    Raises as `set_rules` does.
    """
    channel = await catalogue.channel(checked_name("channel", name))
    last = channel.revisions[-1]
    offsets = last.offsets if rules is None else await _offsets(rules, clock)
    rules = last.rules if rules is None else rules
    said = await catalogue.metadata.of_all(last.assets)
    return Ruled(channel, rules, await _kept(catalogue, channel, rules, said), offsets)


async def _offsets(rules: Rules, clock: Clock) -> Offsets:
    if rules.time_zone is None:
        return ()
    return await asyncio.to_thread(offsets_of, rules.time_zone, clock())  # for longer than a playlist should wait


async def _kept(catalogue: Catalogue, channel: ChannelRecord, rules: Rules, said: Said) -> Kept:
    assets, filler = channel.revisions[-1].assets, channel.revisions[-1].filler
    seen = captured(rules, assets, said)
    check_enough(channel.name, PoolRevision(tick=0, assets=assets, rules=rules, filler=filler, **seen))
    records = await catalogue.assets_of(assets)
    for asset in assets:
        if asset not in records:
            raise NotFound(f"no asset {asset!r}, which is in the pool of channel {channel.name!r}")
    clips = [Clip.whole(Asset(asset, records[asset].ticks)) for asset in assets]
    return kept(Stock(clips, rules, seen["tags"], seen["ratings"]))
