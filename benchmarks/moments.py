"""Shared moments before an audience: whether all are on the tick, and how long a lineup with moments is reckoned."""

import random
import time
from fractions import Fraction
from statistics import median

from benchmarks.report import figure, machine
from manifest_server.onair.channel import Channel
from manifest_server.onair.stream import stream
from manifest_server.programming.filler import frame_counts
from manifest_server.programming.pool import derived_id
from storage.clips import ClipRecord
from storage.programme import Break, Moment
from storage.records import TICKS_PER_SECOND, AssetRecord, ChannelRecord, PoolRevision
from tests.stage import EPOCH_MS, asset

AUDIENCE = 100_000
POOL = 200
HOUR_MS = 3_600_000
DAY = EPOCH_MS // 86_400_000


def main() -> None:
    """Print the ticks of error, and the times."""
    print(f"  {machine()}")
    on = _channel()
    spans = list(on.spans.after(0, 6 * HOUR_MS * 90))
    print(f"  {AUDIENCE:,} viewers, a pool of {POOL} assets, {len(spans)} spans of moments in six hours")
    wrong, worst, began = 0, 0, time.perf_counter()
    places = {span.start: set[tuple[str, int, int]]() for span in spans}
    for number in range(AUDIENCE):
        succession = stream(on, on, derived_id("main", f"viewer-{number}"), None).succession(DAY, spans[-1].end)
        for span in spans:
            for tick in (span.start, span.end):
                error = abs(succession.place(tick).tick - tick)
                wrong, worst = wrong + (error > 0), max(worst, error)
            middle = succession.place((span.start + span.end) // 2)
            places[span.start].add((middle.clip.asset.id, middle.segment, middle.tick))
    took_s = time.perf_counter() - began
    figure("greatest error at a moment's beginning or end", worst, "ticks", at_most=0)
    figure(
        "viewers who are elsewhere in the middle of one",
        sum(len(one) - 1 for one in places.values()),
        "places",
        at_most=0,
    )
    figure("arrivals that are not on the tick", wrong, f"of {2 * len(spans) * AUDIENCE:,}", at_most=0)
    figure("one viewer's six hours of them, mean", took_s / AUDIENCE * 1000, "ms")
    _cold(on)


def _cold(on: Channel) -> None:
    """A lineup that nobody has asked for yet: reckoned from the last moment that resets, 24 of them ago at most."""
    record = on.record
    often = record.moments[0].model_copy(update={"every_ms": 600_000})
    for name, moments in (
        ("no moments", ()),
        ("hourly moments", record.moments[:1]),
        ("one every ten minutes", (often,)),
    ):
        channel = Channel(record.model_copy(update={"moments": moments}), on.assets)
        times = []
        for number in range(300):
            seconds = 10 * 86_400 + number * 997
            channel.spans.anchor(seconds * TICKS_PER_SECOND)  # shared by all viewers
            began = time.perf_counter()
            one = stream(channel, channel, derived_id("main", f"cold-{number}"), None)
            one.window(DAY + seconds // 86_400, seconds * TICKS_PER_SECOND)
            times.append((time.perf_counter() - began) * 1000)
        figure(f"an unseen lineup, {name}: median", median(times), "ms")


def _channel() -> Channel:
    draw = random.Random(1)  # noqa: S311 - a fixed draw, so that rounds are alike
    films = [asset(number, draw.randint(60, 900) + draw.randint(0, 99) / 100) for number in range(1, POOL + 1)]
    idents = [asset(5000 + count, count / 25) for count in frame_counts(Fraction(25))]
    shared = [asset(9000 + number, 31.24 + 7 * number) for number in range(3)]
    spots = [asset(9100 + number, 15.0) for number in range(12)]
    assets: dict[str, AssetRecord] = {one.id: one for one in (*films, *idents, *shared, *spots)}
    clips = [ClipRecord(asset=one.id) for one in shared]
    pool = tuple(ClipRecord(asset=one.id) for one in spots)
    moments = (
        Moment(id="news", at_ms=EPOCH_MS + HOUR_MS, clips=tuple(clips[:1]), every_ms=HOUR_MS),
        Moment(
            id="show", at_ms=EPOCH_MS + 1_234_567, clips=tuple(clips),
            breaks=(Break(after=1, length_ms=60_000, pool=pool), Break(after=2, length_ms=45_500, pool=pool)),
        ),
    )  # fmt: skip
    revision = PoolRevision(tick=0, assets=tuple(one.id for one in films), filler=tuple(one.id for one in idents))
    record = ChannelRecord(
        name="main", revisions=(revision,), epoch_ms=EPOCH_MS, msn=EPOCH_MS // 1000 - 1_600_000_000, dsn=1,
        moments=moments,
    )  # fmt: skip
    return Channel(record, assets)
