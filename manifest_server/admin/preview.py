"""What a viewer sees at an instant: on air, position, what comes next. For people and scripts."""

from dataclasses import dataclass

from pydantic import ConfigDict

from manifest_server.admin.airing_examples import PREVIEW
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.onair.stream import Stream
from manifest_server.playout.days import day_of
from manifest_server.playout.lineup import NEVER, Place
from manifest_server.playout.ticks import date_ms, date_text
from storage.records import TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Airing:
    """A clip on the timeline. Times are RFC 3339, UTC; the numbers are those listed to a viewer who joins then."""

    asset: str
    title: str
    starts: str
    ends: str
    msn: int
    dsn: int
    segments: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A viewer's stream at `at`. `position_s`: seconds into the clip on air, None when nothing is any more."""

    __pydantic_config__ = ConfigDict(json_schema_extra={"examples": [PREVIEW]})

    channel: str
    viewer: str
    lineup: str
    at: str
    position_s: float | None
    first_msn: int
    last_msn: int
    ended: bool
    airings: tuple[Airing, ...]  # the one on air, then the next ones


async def preview(channels: Channels, channel: str, viewer: str, at_ms: int, count: int) -> Preview:
    """What `viewer` sees at `at_ms` and the `count` clips from then on. Raises NotFound, NotOnAir, BadInput."""
    on = await channels.channel(channel)
    lineup = await channels.lineup_id(on, viewer)
    stream = await channels.on_air(on, lineup, day_of(at_ms))
    on, day = stream.channel, day_of(at_ms)
    tick = on.position(at_ms)
    listed = stream.window(day, on.listed_position(at_ms))
    places = clips_from(stream, day, tick, count)
    tail = listed.runs[-1]
    return Preview(
        channel,
        viewer,
        lineup,
        date_text(at_ms),
        (tick - places[0].start) / TICKS_PER_SECOND if places else None,
        listed.msn,
        tail.msn + tail.last - tail.first - 1,
        listed.moves is None,
        tuple(airing(on, place, stream.dsn_base(day)) for place in places),
    )


def clips_from(stream: Stream, day: int, tick: int, count: int) -> list[Place]:
    """The clip at `tick` and those after it, as their first segments; none that is never listed."""
    places: list[Place] = []
    while len(places) < count:
        succession, last = stream.succession(day, tick), stream.last_position(day, tick)
        if last < NEVER and tick >= stream.window(day, last).edge:
            break
        places.append(succession.place(succession.place(tick).start))
        tick = places[-1].start + places[-1].clip.ticks
    return places


def airing(channel: Channel, place: Place, dsn_base: int) -> Airing:
    """A clip, with the numbers that are listed where `dsn_base` is taken from them."""
    clip, record = place.clip, channel.assets[place.clip.asset.id]
    return Airing(
        record.id,
        record.title,
        date_text(date_ms(channel.epoch_ms, place.start)),
        date_text(date_ms(channel.epoch_ms, place.start + clip.ticks)),
        place.msn,
        place.dsn - dsn_base,
        clip.last - clip.first,
    )
