"""Pools, idents and moments for tests, and a reader of successions that goes from segment to segment."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from hypothesis import strategies as st

from manifest_server.playout.lineup import Asset, Clip, Place, Succession
from manifest_server.programming.course import Course
from manifest_server.programming.filler import Filler, frame_counts, ident_ticks
from manifest_server.programming.foresight import outlook_of
from manifest_server.programming.programme import Programme, Splice, Takeover
from manifest_server.programming.shuffle import Shuffled
from manifest_server.programming.spans import Shared, Span, Spans
from manifest_server.programming.stock import Stock
from storage.clips import ClipRecord
from storage.programme import Break, Moment, Outlook
from tests.playout.builders import EPOCH_MS, SECOND

FPS = 25
FRAME = SECOND // FPS
IDENTS = Filler(
    Clip.whole(Asset(f"ident{frames}", (0, ident_ticks(frames, Fraction(FPS)))))
    for frames in frame_counts(Fraction(FPS))
)
MSN, DSN = 70_000, 70_000


def asset(name: str, *lengths: int) -> Asset:
    ticks = [0]
    for length in lengths:
        ticks.append(ticks[-1] + length)
    return Asset(name, tuple(ticks))


def even(name: str, count: int, seconds: float = 4.0) -> Clip:
    return Clip.whole(asset(name, *[round(seconds * SECOND)] * count))


def pools(prefix: str = "asset", least: int = 3, most: int = 8) -> st.SearchStrategy[tuple[Clip, ...]]:
    """Clips of segments from one second to four, of any length in ticks."""
    lengths = st.lists(st.integers(SECOND, 4 * SECOND), min_size=4 if least > 1 else 1, max_size=12)
    return st.lists(lengths, min_size=least, max_size=most).map(
        lambda found: tuple(Clip.whole(asset(f"{prefix}{number}", *one)) for number, one in enumerate(found))
    )


def moment(
    name: str,
    at_ms: int,
    clips: Sequence[Clip],
    pods: Sequence[tuple[int, int, tuple[Clip, ...]]] = (),
    **more: object,
) -> Shared:
    """A moment `at_ms` after the epoch; `pods`: behind which clip, for how many milliseconds, from what."""
    breaks = tuple(
        Break(after=after, length_ms=length_ms, pool=tuple(ClipRecord(asset=clip.asset.id) for clip in pool))
        for after, length_ms, pool in pods
    )
    record = Moment(
        id=name,
        at_ms=EPOCH_MS + at_ms,
        clips=tuple(ClipRecord(asset=clip.asset.id) for clip in clips),
        breaks=breaks,
        **more,  # type: ignore[arg-type]
    )
    return Shared(record, tuple(clips), tuple(pool for _, _, pool in pods))


def spans(*moments: Shared, outlooks: Sequence[Outlook] = ()) -> Spans:
    return Spans(moments, EPOCH_MS, outlooks=outlooks)


def changed(before: Spans, horizon: int, *moments: Shared) -> Spans:
    """Other moments, from the change horizon on."""
    found = outlook_of(before, spans(*moments), horizon)
    return spans(*moments, outlooks=(*before.outlooks, *((found,) if found else ())))


def programme(viewer: str, pool: Sequence[Clip], *splices: Splice, filler: Filler = IDENTS) -> Programme:
    stock = Stock(pool)
    return Programme(
        orders=(Takeover(0, lambda avoid, part: Shuffled(stock, viewer.encode(), avoid), stock=lambda part: stock),),
        splices=splices,
        fillers=((0, filler),),
        pod=lambda span: Shuffled(Stock(span.pod), f"{viewer}/{span.end}".encode()),
    )


def course(viewer: str, pool: Sequence[Clip], among: Spans, *splices: Splice, since: int = 0) -> Course:
    return Course(programme(viewer, pool, *splices), among, MSN, DSN, among.anchor(since))


def segments(succession: Succession, since: int, until: int) -> Iterator[tuple[Place, int]]:
    """Each segment from the one on at `since` on, with its length in ticks, as a player would come by them."""
    tick = since
    while tick < until:
        place = succession.place(tick)
        ticks = place.clip.asset.ticks
        length = ticks[place.segment + 1] - ticks[place.segment]
        if place.segment + 1 == place.clip.last:
            length += place.clip.extra
        yield place, length
        tick = place.tick + length


def shown(span: Span, tick: int) -> tuple[str, int]:
    """Which segment of a moment is on, and since when: by adding up, whatever the code under test does."""
    now = span.start
    assert span.order is not None
    while True:
        for clip in span.order.cycle(0).clips:
            for segment in range(clip.first, clip.last):
                length = clip.asset.ticks[segment + 1] - clip.asset.ticks[segment]
                if now <= tick < now + length:
                    return f"{clip.asset.id}/{segment}", now
                now += length
