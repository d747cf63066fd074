"""The guide: what airs between two instants, for a viewer, or on a channel as far as that is the same for all."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Literal

from pydantic import ConfigDict

from manifest_server.admin.airing_examples import GUIDE
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.onair.stream import Stream
from manifest_server.playout.days import day_of
from manifest_server.playout.lineup import NEVER, Place
from manifest_server.playout.ticks import TICKS_PER_MS, date_ms, date_text, position
from manifest_server.programming.day_parts import part_text
from manifest_server.programming.spans import SHORTEST, Span
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
    """Something that airs. Times are RFC 3339, UTC; `rating`: the age from which on one may see it; `poster`: a URL.

    "clip": one of the viewer's own; "filler": an ident before a moment; "moment": the same for everybody; "personal":
    time in which everybody has clips of their own, of so many `assets`. `moment`: the id of it, of its breaks too.
    `part`: the day part that is on, by when it begins, as "06:00".
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
    part: str | None = None
    poster: str | None = None


@dataclass(frozen=True, slots=True)
class Guide:
    """What airs from one instant to another. `next`: from when on to ask for the rest; None: that is all."""

    __pydantic_config__ = ConfigDict(json_schema_extra={"examples": [GUIDE]})

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


async def viewer_guide(
    catalogue: Catalogue, channels: Channels, channel: str, viewer: str, asked: Asked, media: str = "/"
) -> Guide:
    """What a viewer sees. `media`: what the URLs of objects begin with.

    Raises NotFound, BadInput, and NotOnAir for a channel that was never started.
    """
    on = await channels.channel(channel)
    lineup = await channels.lineup_id(on, checked_name("viewer", viewer))
    start, until = _ticks(on, asked)
    if until <= start:
        return _guide(asked, channel, viewer, lineup, [])
    stream = await channels.on_air(on, lineup, day_of(asked.from_ms))
    # All of it is this request's own. A thousand clips take longer than a playlist should have to wait.
    on = stream.channel
    found = await asyncio.to_thread(places, stream, day_of(asked.from_ms), start, until, asked.limit + 1)
    said = await catalogue.metadata.of_all({place.clip.asset.id for place in found})
    return _guide(asked, channel, viewer, lineup, _shown(clip_entries(on, found, said, start, until), media))


async def channel_guide(
    catalogue: Catalogue, channels: Channels, channel: str, asked: Asked, media: str = "/"
) -> Guide:
    """What is the same for all viewers: moments, and the pools in between. Raises as `viewer_guide` does."""
    on = await channels.channel(channel)
    start, until = _ticks(on, asked)
    if until <= start:
        return _guide(asked, channel, None, None, [])
    shared = _shared(on, start, until)
    said = await catalogue.metadata.of_all({_first(span) for span in shared})
    entries = list(islice(_channel_entries(on, start, until, shared, said), asked.limit + 1))
    return _guide(asked, channel, None, None, _shown(entries, media))


def shared_before(on: Channel, tick: int) -> Span | None:
    """The last moment that has begun by a tick, if it may be on air, or one of its breaks."""
    return next((span for span in reversed(_begun(on, tick, tick + 1)) if span.start <= tick), None)


def _guide(asked: Asked, channel: str, viewer: str | None, lineup: str | None, found: list[Entry]) -> Guide:
    more = found[asked.limit].starts if len(found) > asked.limit else None
    ends = date_text(asked.until_ms)
    return Guide(channel, viewer, lineup, date_text(asked.from_ms), ends, more, tuple(found[: asked.limit]))


def _shown(entries: list[Entry], media: str) -> list[Entry]:
    """Entries with the URLs of their posters."""
    return [one if one.poster is None else replace(one, poster=media + one.poster) for one in entries]


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


def clip_entries(
    on: Channel, found: Sequence[Place], said: Mapping[str, AssetMetadata], start: int, until: int
) -> list[Entry]:
    """What airs at these places between two ticks, one by one. Posters are keys of objects."""
    shared = _shared(on, start, until)
    filler = frozenset(asset for revision in on.record.revisions for asset in revision.filler)
    return [_clip_entry(on, place, said, _around(shared, place.start), filler) for place in found]


def _shared(on: Channel, start: int, until: int) -> list[Span]:
    """The moments that are on air, or begin, in this time; their breaks too."""
    return [span for span in _begun(on, start, until) if max(span.end, span.pod_end) > start]


def _begun(on: Channel, start: int, until: int) -> list[Span]:
    """The moments that begin before `until`, from so early on that none is missing that is on air at `start`."""
    if not on.record.moments:
        return []
    longest = max((_length(on, one) for one in on.record.moments if one.loops_until_ms is None), default=0)
    since = max(start - longest, 0)
    found = (*_looping(on, start, since), *on.spans.after(since, until))
    return sorted((span for span in found if span.order is not None), key=lambda span: span.start)


def _looping(on: Channel, tick: int, since: int) -> Iterator[Span]:
    """The slates that may be on air at a tick and began before `since`: each is looked for where it began.

    One that nobody has ended lasts for a year, in which other moments may have been on air a hundred thousand times.
    """
    for moment in on.record.moments:
        if moment.loops_until_ms is not None and position(moment.loops_until_ms, on.epoch_ms) > tick:
            first = position(moment.at_ms, on.epoch_ms)
            if 0 <= first < since:
                yield from (span for span in on.spans.after(first, first + 1) if span.moment == moment.id)


def _length(on: Channel, moment: Moment) -> int:
    """How long a moment that does not loop lasts, its breaks included."""
    clips = sum(clip.ticks for clip in on.clips(moment.clips))
    return clips + sum(one.length_ms for one in moment.breaks) * TICKS_PER_MS


def _around(shared: Sequence[Span], tick: int) -> Span | None:
    """The moment that is on air at a tick, or a break of it."""
    at = bisect_right(shared, tick, key=lambda span: span.start) - 1
    return shared[at] if at >= 0 and tick < max(shared[at].end, shared[at].pod_end) else None


def _first(span: Span) -> str:
    """The asset that a moment begins with."""
    assert span.order is not None  # noqa: S101 - as _begun gives them
    return span.order.cycle(0).clips[0].asset.id


def _clip_entry(
    on: Channel, place: Place, said: Mapping[str, AssetMetadata], span: Span | None, filler: frozenset[str]
) -> Entry:
    asset = place.clip.asset.id
    kind: Kind = "filler" if asset in filler else "clip"
    part = on.spans.days.day_part(place.start + SHORTEST - 1) if kind == "clip" and span is None else None
    return replace(
        _described(on, asset, said),
        kind="moment" if span is not None and place.start < span.end else kind,
        starts=_date(on, place.start),
        ends=_date(on, place.start + place.clip.ticks),
        moment=None if span is None else span.moment,
        part=None if part is None else part.clock,
    )


def _described(on: Channel, asset: str, said: Mapping[str, AssetMetadata]) -> Entry:
    """What is said of an asset, as an entry whose times are still to be told."""
    record, known = on.assets[asset], said.get(asset, AssetMetadata(asset=asset))
    return Entry(
        "clip", "", None, known.title or record.title, asset,
        known.description, known.language, known.rating, known.tags, poster=record.poster,
    )  # fmt: skip


def _channel_entries(
    on: Channel, start: int, until: int, shared: list[Span], said: Mapping[str, AssetMetadata]
) -> Iterator[Entry]:
    """Moments, and between them personal time, by pools and day parts; what is on air at `start` as a whole."""
    titles = {moment.id: moment.title for moment in on.record.moments}
    meets = on.given_spans.after(start + 1, until) if on.spans.days else ()
    parts = [span.start for span in meets if span.order is None]
    at = start
    for number, span in enumerate(shared):
        yield from _personal(on, at, span.start, parts)
        entry = _described(on, _first(span), said)
        at = span.end
        if span.end > start:
            yield replace(
                entry,
                kind="moment",
                starts=_date(on, span.start),
                ends=_date(on, span.end),
                title=titles.get(span.moment) or entry.title,
                moment=span.moment,
            )
        if span.pod:
            after = shared[number + 1].start if number + 1 < len(shared) else NEVER
            at = after if after - span.pod_end < SHORTEST else span.pod_end
            yield replace(_own(on, span.end, at, len(span.pod)), moment=span.moment)
    yield from _personal(on, at, until, parts)


def _personal(on: Channel, start: int, until: int, parts: Sequence[int]) -> Iterator[Entry]:
    """Time of everybody's own. `parts`: when day parts begin."""
    stop = on.record.stop_tick
    until = until if stop is None else min(until, stop + on.record.lookahead_ticks)
    revisions = on.record.revisions
    overtaken = [*(revision.tick for revision in revisions[1:]), NEVER]
    for number, over in enumerate(overtaken):
        begins, ends = max(revisions[number].tick, start), min(over, until)
        if begins < ends:
            cuts = parts[bisect_right(parts, begins) : bisect_left(parts, ends)]
            for one, other in pairwise([begins, *cuts, ends]):
                yield _part_entry(on, number, one, other)


def _part_entry(on: Channel, revision: int, start: int, until: int) -> Entry:
    """Personal time of a revision of the pool, in which one day part is on, or there are none."""
    rules = on.record.revisions[revision].rules
    if not rules.day_parts:
        return _own(on, start, until, len(on.record.revisions[revision].assets))
    number = on.spans.days.part(min(start + SHORTEST, until) - 1)  # what begins within a second is on
    part = rules.day_parts[number]
    return replace(
        _own(on, start, until, len(on.revisions[revision].parts[number].clips)),
        description=part_text(part, rules),
        tags=part.any_tags,
        part=part.clock,
    )


def _own(on: Channel, start: int, until: int, assets: int) -> Entry:
    return Entry("personal", _date(on, start), _date(on, until), on.record.name, assets=assets)


def _date(on: Channel, tick: int) -> str:
    return date_text(date_ms(on.epoch_ms, tick))
