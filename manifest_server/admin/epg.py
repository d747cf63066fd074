"""The guide: what airs between two instants, for a viewer, or on a channel as far as that is the same for all."""

import asyncio
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.onair.stream import Stream
from manifest_server.playout.days import day_of
from manifest_server.playout.lineup import NEVER, Place
from manifest_server.playout.ticks import TICKS_PER_MS, date_ms, date_text, position
from manifest_server.programming.spans import Span
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.keys import checked_name
from storage.metadata import AssetMetadata
from storage.programme import Moment

LONGEST_MS = 7 * 86_400_000
DAY_MS = 86_400_000
LIMIT = 1000  # of entries in one answer

Kind = Literal["clip", "filler", "moment", "personal"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that airs. Times are RFC 3339, UTC; `rating`: the age from which on one may see it.

    "clip": one of the viewer's own; "filler": an ident before a moment; "moment": the same for everybody; "personal":
    time in which everybody has clips of their own, of a pool of `assets`. `moment`: the id of it.
    """

    kind: Kind
    starts: str
    ends: str | None
    title: str
    asset: str | None = None
    description: str = ""
    language: str | None = None
    rating: int | None = None
    tags: tuple[str, ...] = ()
    moment: str | None = None
    assets: int | None = None


@dataclass(frozen=True, slots=True)
class Guide:
    """What airs from one instant to another. `next`: from when on to ask for the rest; None: that is all."""

    channel: str
    viewer: str | None
    lineup: str | None
    starts: str
    ends: str
    next: str | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """From when, until when (Unix milliseconds), and how many entries. Raises BadInput."""

    from_ms: int
    until_ms: int
    limit: int = LIMIT

    def __post_init__(self) -> None:
        if self.until_ms <= self.from_ms:
            raise BadInput(f"until {date_text(self.until_ms)} is not after {date_text(self.from_ms)}")
        if self.until_ms - self.from_ms > LONGEST_MS:
            raise BadInput(f"until {date_text(self.until_ms)}: a guide is of 7 days at most")
        if not 1 <= self.limit <= LIMIT:
            raise BadInput(f"{self.limit} entries: it is 1 to {LIMIT}")


async def viewer_guide(catalogue: Catalogue, channels: Channels, channel: str, viewer: str, asked: Asked) -> Guide:
    """What a viewer sees. Raises NotFound, BadInput, and NotOnAir for a channel that was never started."""
    on = await channels.channel(channel)
    lineup = await channels.lineup_id(on, checked_name("viewer", viewer))
    start, until = _ticks(on, asked)
    if until <= start:
        return _guide(asked, channel, viewer, lineup, [])
    stream = await channels.on_air(on, lineup)
    # All of it is this request's own. A thousand clips take longer than a playlist should have to wait.
    on = stream.channel
    found = await asyncio.to_thread(places, stream, day_of(asked.from_ms), start, until, asked.limit + 1)
    said = await catalogue.metadata.of_all({place.clip.asset.id for place in found})
    shared = _shared(on, start, until)
    filler = frozenset(asset for revision in on.record.revisions for asset in revision.filler)
    spans = [_around(shared, place.start) for place in found]
    entries = [_clip_entry(on, place, said, span, filler) for place, span in zip(found, spans, strict=True)]
    return _guide(asked, channel, viewer, lineup, entries)


async def channel_guide(catalogue: Catalogue, channels: Channels, channel: str, asked: Asked) -> Guide:
    """What is the same for all viewers: moments, and the pools in between. Raises as `viewer_guide` does."""
    on = await channels.channel(channel)
    start, until = _ticks(on, asked)
    if until <= start:
        return _guide(asked, channel, None, None, [])
    shared = _shared(on, start, until)
    said = await catalogue.metadata.of_all({_first(span) for span in shared})
    entries = list(islice(_channel_entries(on, start, until, shared, said), asked.limit + 1))
    return _guide(asked, channel, None, None, entries)


def shared_before(on: Channel, tick: int) -> Span | None:
    """The last moment that has begun by a tick, if it may be on air, or one of its breaks."""
    return next((span for span in reversed(_begun(on, tick, tick + 1)) if span.start <= tick), None)


def _guide(asked: Asked, channel: str, viewer: str | None, lineup: str | None, found: list[Entry]) -> Guide:
    more = found[asked.limit].starts if len(found) > asked.limit else None
    ends = date_text(asked.until_ms)
    return Guide(channel, viewer, lineup, date_text(asked.from_ms), ends, more, tuple(found[: asked.limit]))


def _ticks(on: Channel, asked: Asked) -> tuple[int, int]:
    """The ticks of the span that is asked for; none before the channel begins."""
    return max(position(asked.from_ms, on.epoch_ms), 0), position(asked.until_ms, on.epoch_ms)


def places(stream: Stream, day: int, start: int, until: int, count: int) -> list[Place]:
    """The clip on air at the tick `start`, and those that begin before `until`: so many at most, as far as listed."""
    found: list[Place] = []
    tick = start
    while tick < until and len(found) < count:
        succession, last = stream.succession(day, tick), stream.last_position(day, tick)
        if last < NEVER and tick >= stream.window(day, last).edge:
            break
        found.append(succession.place(succession.place(tick).start))
        tick = found[-1].start + found[-1].clip.ticks
    return found


def _shared(on: Channel, start: int, until: int) -> list[Span]:
    """The moments that are on air, or begin, in this time."""
    return [span for span in _begun(on, start, until) if span.end > start]


def _begun(on: Channel, start: int, until: int) -> list[Span]:
    """The moments that begin before `until`, from so early on that none is missing that is on air at `start`."""
    if not on.record.moments:
        return []
    longest = max(_length(on, moment) for moment in on.record.moments)
    return [span for span in on.spans.after(max(start - longest, 0), until) if span.order is not None]


def _length(on: Channel, moment: Moment) -> int:
    """How long a moment lasts, its breaks included."""
    if moment.loops_until_ms is not None:
        return (moment.loops_until_ms - moment.at_ms) * TICKS_PER_MS
    clips = sum(clip.ticks for clip in on.clips(moment.clips))
    return clips + sum(one.length_ms for one in moment.breaks) * TICKS_PER_MS


def _around(shared: Sequence[Span], tick: int) -> Span | None:
    """The moment that is on air at a tick."""
    at = bisect_right(shared, tick, key=lambda span: span.start) - 1
    return shared[at] if at >= 0 and tick < shared[at].end else None


def _first(span: Span) -> str:
    """The asset that a moment begins with."""
    assert span.order is not None  # noqa: S101 - as _begun gives them
    return span.order.cycle(0).clips[0].asset.id


def _clip_entry(
    on: Channel, place: Place, said: Mapping[str, AssetMetadata], span: Span | None, filler: frozenset[str]
) -> Entry:
    asset = place.clip.asset.id
    return replace(
        _described(on, asset, said),
        kind="moment" if span is not None else "filler" if asset in filler else "clip",
        starts=_date(on, place.start),
        ends=_date(on, place.start + place.clip.ticks),
        moment=None if span is None else span.moment,
    )


def _described(on: Channel, asset: str, said: Mapping[str, AssetMetadata]) -> Entry:
    """What is said of an asset, as an entry whose times are still to be told."""
    record, known = on.assets[asset], said.get(asset, AssetMetadata(asset=asset))
    return Entry(
        "clip", "", None, known.title or record.title, asset,
        known.description, known.language, known.rating, known.tags,
    )  # fmt: skip


def _channel_entries(
    on: Channel, start: int, until: int, shared: list[Span], said: Mapping[str, AssetMetadata]
) -> Iterator[Entry]:
    """Moments, and between them personal time, pool by pool; what is on air at `start` with its own beginning."""
    titles = {moment.id: moment.title for moment in on.record.moments}
    at = start
    for span in shared:
        yield from _personal(on, at, span.start)
        entry = _described(on, _first(span), said)
        yield replace(
            entry,
            kind="moment",
            starts=_date(on, span.start),
            ends=_date(on, span.end),
            title=titles.get(span.moment) or entry.title,
            moment=span.moment,
        )
        at = span.end
    yield from _personal(on, at, until)


def _personal(on: Channel, start: int, until: int) -> Iterator[Entry]:
    stop = on.record.stop_tick
    until = until if stop is None else min(until, stop + on.record.lookahead_ticks)
    revisions = on.record.revisions
    overtaken = [*(revision.tick for revision in revisions[1:]), NEVER]
    for revision, over in zip(revisions, overtaken, strict=True):
        begins, ends = max(revision.tick, start), min(over, until)
        if begins < ends:
            title = on.record.name
            yield Entry("personal", _date(on, begins), _date(on, ends), title, assets=len(revision.assets))


def _date(on: Channel, tick: int) -> str:
    return date_text(date_ms(on.epoch_ms, tick))
