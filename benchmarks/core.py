"""One media playlist from warm blobs, and the lineup of a viewer nobody has seen.

The playlist is the default window of a 60-clip lineup of 200-segment assets. The yardstick beside it is the m3u8
library, which prints the same playlist from objects that are ready. The lineup is derived from a pool of 1000, or
weighted by eight likes of 64 tags; its yardstick is random.shuffle.
"""

import random
import time
from collections.abc import Callable, Sequence
from statistics import median

import m3u8

from benchmarks.report import figure, machine, spread
from manifest_server.playout.lineup import Asset, Clip, Cycle, Given, Lineup, Succession
from manifest_server.playout.playlist import Blob, blob, header, media_playlist
from manifest_server.playout.window import window
from manifest_server.programming.course import Course
from manifest_server.programming.pool import Revision, derived, drawn
from manifest_server.programming.programme import Programme
from manifest_server.programming.spans import Spans
from storage.programme import Rules, Taste
from storage.records import TICKS_PER_SECOND

SEGMENT = 4 * TICKS_PER_SECOND
SEGMENTS = 200
LOOKAHEAD, LOOKBACK = 16 * TICKS_PER_SECOND, 60 * TICKS_PER_SECOND
EPOCH_MS = 1_767_225_600_000
HOUR = 3600 * TICKS_PER_SECOND
TEN_YEARS = 10 * 365 * 24 * HOUR
ROUNDS, CALLS = 15, 2000


def main() -> None:
    """Print the cost at 10 to 100,000 clips, an hour and ten years after the epoch, in interleaved rounds."""
    print(f"  {machine()}")
    calls: dict[str, tuple[Callable[[], object], int]] = {
        "m3u8 library": (_library_print(_playlist(_given(60), HOUR + SEGMENT)), 40)
    }
    for clips in (10, 60, 1_000, 100_000):
        for name, tick in (("1 hour", HOUR), ("10 years", TEN_YEARS)):
            calls[f"{clips} clips, {name}"] = (_render(_given(clips), tick), CALLS)
    calls["derived, 60 clips, 10 years"] = (_render(_derived(60), TEN_YEARS), CALLS)
    costs: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, (call, count) in calls.items():
            costs[name].append(_microseconds(call, count))
    for name, rounds in costs.items():
        print(f"  {name:<28} us: {spread(rounds)}")
    one = costs["60 clips, 1 hour"]
    figure("one media playlist, 60 clips, median", median(one), "us", at_most=8)
    figure("one media playlist, 60 clips, best round", min(one), "us")
    figure("of the yardstick in the same round, median", _ratio(one, costs["m3u8 library"]), "times")
    many, few = costs["100000 clips, 1 hour"], costs["10 clips, 1 hour"]
    figure("100,000 clips against 10, median of the rounds' ratios", _ratio(many, few), "times", at_most=1.3)
    figure("10 years against 1 hour, likewise", _ratio(costs["60 clips, 10 years"], one), "times", at_most=1.3)
    _orders()


def _ratio(these: list[float], those: list[float]) -> float:
    """The median of the ratios round by round: a machine that changes its speed changes both."""
    return median(one / other for one, other in zip(these, those, strict=True))


def _assets() -> list[Asset]:
    return [Asset(f"{n:032x}", tuple(range(0, (SEGMENTS + 1) * SEGMENT, SEGMENT))) for n in range(60)]


def _given(clips: int) -> Succession:
    assets = _assets()
    return Succession([Lineup(0, 1, 1, Given(Clip.whole(assets[n % 60]) for n in range(clips)))])


def _derived(clips: int) -> Succession:
    return derived("d-bench", [Revision(0, tuple(map(Clip.whole, _assets()[:clips])))], 1, 1)


RULED = Rules(spacing={"news": 3, "ads": 8}, limits={"ads": 40}, repeat_clips=50, repeat_s=7200)
VIEWERS = 300
MILLIONTH = 10**6
# What is measured of a lineup, and at most how many microseconds it and its clip 10^6 shall take.
ORDERS = {
    "derived": (Rules(), 50),
    "derived, with rules": (RULED, None),
    "weighted": (Rules(order="weighted"), 50),
    "weighted, with rules": (RULED.model_copy(update={"order": "weighted"}), None),
}


def _orders() -> None:
    """Print what it takes to find an unseen viewer's clip on air, and their clip 10^6, in interleaved rounds."""
    chance = random.Random(1)  # noqa: S311 - a fixed draw
    lengths = [chance.randint(5, 300) for _ in range(1000)]
    assets = [
        Asset(f"{n:032x}", tuple(range(0, (length + 1) * SEGMENT, SEGMENT))) for n, length in enumerate(lengths)
    ]
    clips = tuple(map(Clip.whole, assets))
    tags: dict[str, Sequence[int]] = {"news": range(0, 1000, 10), "ads": range(5, 1000, 20)}
    tags |= {f"tag{n:02}": sorted(chance.sample(range(1000), 94)) for n in range(64)}
    revisions = {name: Revision(0, clips, rules, tags) for name, (rules, _) in ORDERS.items()}
    far = MILLIONTH // len(clips) * sum(clip.ticks for clip in clips)
    for name, revision in revisions.items():
        _lineup("d-", revision, _taste(chance, name)).place(HOUR)  # what is made once for all viewers
    costs: dict[str, list[float]] = {}
    for viewer in range(VIEWERS):
        for name, revision in revisions.items():
            taste = _taste(chance, name)
            began = time.perf_counter_ns()
            lineup = _lineup(f"d-{viewer}", revision, taste)
            lineup.place(HOUR)
            seen = time.perf_counter_ns()
            lineup.place(far)
            costs.setdefault(f"{name}: the lineup, cold", []).append((seen - began) / 1000)
            costs.setdefault(f"{name}: its clip 10^6", []).append((time.perf_counter_ns() - seen) / 1000)
        began = time.perf_counter_ns()
        order = list(range(1000))
        random.Random(viewer).shuffle(order)  # noqa: S311 - the yardstick
        Cycle(map(clips.__getitem__, order))
        costs.setdefault("a cycle by random.shuffle", []).append((time.perf_counter_ns() - began) / 1000)
    for name, rounds in costs.items():
        print(f"  {name:<40} us: {spread(rounds)}")
    for name, (_, at_most) in ORDERS.items():
        cold, random_access = costs[f"{name}: the lineup, cold"], costs[f"{name}: its clip 10^6"]
        figure(f"{name} lineup of 1000, unseen, median", median(cold), "us", at_most=1000)
        figure("its clip 10^6, cold, median", median(random_access), "us", at_most=at_most)
    for what in ("the lineup, cold", "its clip 10^6"):
        ratio = _ratio(costs[f"weighted: {what}"], costs[f"derived: {what}"])
        figure(f"weighted against derived in the same round, {what}", ratio, "times")


def _taste(chance: random.Random, name: str) -> Taste | None:
    """Somebody's, if the order goes by it."""
    if not name.startswith("weighted"):
        return None
    likes = {f"tag{n:02}": round(chance.uniform(-0.9, 1), 2) for n in chance.sample(range(64), 8)}
    return Taste(version=chance.randrange(1 << 48), likes=likes)


def _lineup(name: str, revision: Revision, taste: Taste | None) -> Succession:
    orders = drawn(name, [revision], [] if taste is None else [(0, taste)])
    return Course(Programme(orders), Spans((), 0), 1, 1).until(0)


def _blobs() -> dict[str, Blob]:
    return {
        asset.id: blob(
            ["4.000000"] * SEGMENTS,
            [f"/chunks/assets/{asset.id}/cmaf/720p/{n}.m4s" for n in range(SEGMENTS)],
            f"/chunks/assets/{asset.id}/cmaf/720p/init.mp4",
        )
        for asset in _assets()
    }


def _render(succession: Succession, since: int) -> Callable[[], bytes]:
    """Render at instants drawn from the day after `since`, so that clip boundaries come as often as they do."""
    blobs, head = _blobs().__getitem__, header("cmaf", 4)
    drawn = random.Random(1)  # noqa: S311 - a fixed draw, so that rounds are alike
    ticks = [since + drawn.randrange(24 * HOUR) for _ in range(997)]
    at = iter(ticks * (ROUNDS * CALLS // 997 + 10))
    return lambda: media_playlist(head, window(succession, next(at), LOOKAHEAD, LOOKBACK), blobs, EPOCH_MS)


def _playlist(succession: Succession, tick: int) -> str:
    head = header("cmaf", 4)
    return media_playlist(
        head, window(succession, tick, LOOKAHEAD, LOOKBACK), _blobs().__getitem__, EPOCH_MS
    ).decode()


def _library_print(playlist: str) -> Callable[[], str]:
    return m3u8.loads(playlist).dumps  # type: ignore[no-any-return]


def _microseconds(call: Callable[[], object], count: int) -> float:
    """What one call takes."""
    began = time.perf_counter_ns()
    for _ in range(count):
        call()
    return (time.perf_counter_ns() - began) / count / 1000
