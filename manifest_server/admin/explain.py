"""Why a viewer sees what they see at an instant: the reason, the rules, the numbers, and the playlist itself."""

from dataclasses import dataclass

from pydantic import ConfigDict

from manifest_server.admin.airing_examples import EXPLANATION
from manifest_server.admin.epg import places, shared_before
from manifest_server.admin.preview import Airing, airing
from manifest_server.onair.channel import Channel
from manifest_server.onair.making import DAY_MARK
from manifest_server.onair.playlists import Playlists
from manifest_server.onair.stream import Stream
from manifest_server.playout.days import day_of
from manifest_server.playout.lineup import NEVER
from manifest_server.playout.ticks import date_ms, date_text
from manifest_server.programming.derivation import Addend, Derivation, derivation
from manifest_server.programming.kept import kept
from manifest_server.programming.orders import stock_of
from manifest_server.programming.pool import derived_id
from manifest_server.programming.reasons import Known, Planned, Reason, reason
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.programme import Taste
from storage.records import TICKS_PER_SECOND, LineupRecord, ViewerRecord

NEXT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number of the segment on air, and what it is the sum of. `text`: the same on one line."""

    number: int
    addends: tuple[Addend, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Pool:
    """The revision of the pool that counts. `met`, `relaxed`: its rules that are kept in full, and that cannot be,
    with what the viewer's taste leaves of it.
    """

    revision: int
    since: str
    assets: int
    filler: int
    rules: dict[str, object]
    met: tuple[str, ...]
    relaxed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """Where on its lineup the clip is, counted from 0: the part, the cycle of that, and the place in the cycle."""

    part: int
    part_since: str
    cycle: int
    place: int
    clips: int
    segment: int
    of_segments: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The media playlist as a player gets it. `dsn_base`: what is taken from its discontinuity numbers (days.py)."""

    rendition: str
    lineup: str
    first_msn: int
    last_msn: int
    discontinuity_sequence: int
    dsn_base: int
    ended: bool
    holds_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a viewer sees at `at`, and why. `lineup_why`: how they come to their lineup."""

    __pydantic_config__ = ConfigDict(json_schema_extra={"examples": [EXPLANATION]})

    channel: str
    viewer: str
    lineup: str
    lineup_kind: str
    lineup_why: str
    at: str
    position_s: float
    on_air: Airing
    next: tuple[Airing, ...]
    reason: Reason
    where: Where
    pool: Pool
    msn: Numbers
    dsn: Numbers
    playlist: Listing


async def explain(
    catalogue: Catalogue,
    playlists: Playlists,
    channel: str,
    viewer: str,
    at_ms: int,
    rendition: str | None = None,
    count: int = 5,
) -> Explanation:
    """Why `viewer` sees what they see at `at_ms` (Unix milliseconds), past or to come, had they joined on that day.

    `rendition`: of which to show the playlist; without, the first on offer. Raises NotFound, NotOnAir before the
    channel's epoch, and BadInput, also when nothing is on air any more.
    """
    if not 0 <= count <= NEXT_LIMIT:
        raise BadInput(f"{count} clips: it is 0 to {NEXT_LIMIT}")
    channels = playlists.channels
    base = await channels.channel(channel)
    lineup = await channels.lineup_id(base, viewer)
    stream = await channels.on_air(base, lineup, day_of(at_ms))
    on, day = stream.channel, day_of(at_ms)
    tick = on.position(at_ms)
    seen = places(stream, day, tick, NEVER, count + 1)
    if not seen:
        raise BadInput(f"nothing is on air on lineup {lineup!r} of channel {channel!r} at {date_text(at_ms)}")
    found = derivation(stream.succession(day, tick), tick)
    what = known(stream, lineup, found)
    why = reason(what, found, on.assets[found.place.clip.asset.id].segments)
    dsn_base = stream.dsn_base(day)
    airings = tuple(airing(on, place, dsn_base) for place in seen)
    record = await catalogue.viewer(channel, viewer)
    kind, how = _way(lineup, channel, viewer, record, why)
    return Explanation(
        channel=channel,
        viewer=viewer,
        lineup=lineup,
        lineup_kind=kind,
        lineup_why=how,
        at=date_text(at_ms),
        position_s=(tick - found.place.start) / TICKS_PER_SECOND,
        on_air=airings[0],
        next=airings[1:],
        reason=why,
        where=_where(on, found),
        pool=_pool(on, why.revision, next((one for _, one in what.tastes if one.version == why.taste), None)),
        msn=_numbers(found.place.msn, _from_run(on.record.msn, found.msn)),
        dsn=_numbers(
            found.place.dsn - dsn_base,
            (*_from_run(on.record.dsn, found.dsn), Addend(f"what a URL of the day {day} counts from", -dsn_base)),
        ),
        playlist=await _listing(playlists, stream, lineup, rendition, at_ms),
    )


async def _listing(playlists: Playlists, stream: Stream, lineup: str, rendition: str | None, at_ms: int) -> Listing:
    on, day = stream.channel, day_of(at_ms)
    name = next(iter(on.renditions)) if rendition is None else rendition
    url = f"{lineup}{DAY_MARK}{day}"
    made = await playlists.media(on.record.name, url, name, at_ms)
    listed, dsn_base = stream.window(day, on.listed_position(at_ms)), stream.dsn_base(day)
    tail = listed.runs[-1]
    return Listing(
        rendition=name,
        lineup=url,
        first_msn=listed.msn,
        last_msn=tail.msn + tail.last - tail.first - 1,
        discontinuity_sequence=listed.dsn - dsn_base,
        dsn_base=dsn_base,
        ended=listed.moves is None,
        holds_ms=made.holds_ms(at_ms),
        text=made.body.decode(),
    )


def known(stream: Stream, lineup: str, found: Derivation) -> Known:
    """What may have put the clip on air that was found."""
    on, record = stream.channel, stream.record
    ours = record is not None and record.run_msn == on.record.msn
    own_edits = record.edits if record is not None and ours else ()
    versions = {plan.tick: plan.version for plan in on.record.plans}
    return Known(
        lineup=lineup,
        revisions=on.record.revisions,
        edits=sorted((*on.record.edits, *own_edits), key=lambda one: one.tick),
        parts=on.parts(record) if record is not None and record.parts else (),
        tastes=_tastes(record, ours=ours),
        plans=[Planned(one.tick, one.until, versions[one.tick]) for one in stream.programme.plans],
        shared=shared_before(on, found.place.start),
        day_part=stream.programme.part(found.begins),
    )


def _tastes(record: LineupRecord | None, *, ours: bool) -> list[tuple[int, Taste]]:
    """As the lineup is drawn with them: of a run before, the last one counts from the beginning."""
    if record is None or not record.tastes:
        return []
    return [(one.tick, one.taste) for one in record.tastes] if ours else [(0, record.tastes[-1].taste)]


def _way(lineup: str, channel: str, viewer: str, record: ViewerRecord | None, why: Reason) -> tuple[str, str]:
    """How a viewer comes to their lineup."""
    if record is not None and record.lineup == lineup:
        return "given", f"viewer {viewer!r} was put on the given lineup {lineup!r}"
    if lineup != derived_id(channel, viewer):
        return "cohort", f"viewer {viewer!r} shares the given lineup {lineup!r} with their cohort"
    if why.kind == "planned":
        return "planned", f"{lineup!r} is derived from channel and viewer, and was planned ahead"
    return "derived", f"{lineup!r} is derived from the names of channel and viewer alone"


def _where(on: Channel, found: Derivation) -> Where:
    clip = found.place.clip
    return Where(
        part=found.part,
        part_since=_date(on, found.begins),
        cycle=found.cycle,
        place=found.at,
        clips=found.cycle_clips,
        segment=found.place.segment,
        of_segments=on.assets[clip.asset.id].segments,
    )


def _pool(on: Channel, number: int, taste: Taste | None) -> Pool:
    revision, stock = on.record.revisions[number], on.revisions[number].stock
    rules = kept(stock if taste is None else stock_of(stock, taste))
    return Pool(
        revision=number,
        since=_date(on, revision.tick),
        assets=len(revision.assets),
        filler=len(revision.filler),
        rules=revision.rules.model_dump(mode="json"),
        met=rules.met,
        relaxed=rules.relaxed,
    )


def _from_run(run: int, addends: tuple[Addend, ...]) -> tuple[Addend, ...]:
    """The addends from the first number of the channel's run on.

    Far from it, one counts from a moment, and with as many as seconds have passed by then: see programming/course.py.
    """
    first, *others = addends
    if first.value == run:
        return addends
    passed = Addend(f"seconds from there to the moment that is counted from: {first.what}", first.value - run)
    return (Addend("the first number of the channel's run", run), passed, *others)


def _numbers(number: int, addends: tuple[Addend, ...]) -> Numbers:
    shown = " ".join(f"{'-' if one.value < 0 else '+'} {abs(one.value)} ({one.what})" for one in addends)
    return Numbers(number, addends, f"{number} = {shown.removeprefix('+ ')}")


def _date(on: Channel, tick: int) -> str:
    return date_text(date_ms(on.epoch_ms, tick))
