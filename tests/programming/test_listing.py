"""Until when an asset can be listed, held against the windows that are really made."""

from collections.abc import Iterator

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import NEVER, Asset, Clip, Given, Lineup, Succession
from manifest_server.playout.window import window
from manifest_server.programming.listing import Pool, Reach, given_listed_until, kept_ticks, pool_listed_until
from manifest_server.programming.pool import Revision, derived
from manifest_server.programming.spans import Spans
from tests.playout.builders import LOOKAHEAD, LOOKBACK, SECOND, asset, given, succeed

SHORT, LONG, LAST = asset("short", 3.0), asset("long", 4.0, 4.0, 4.0, 4.0, 4.0), asset("last", 4.0, 3.5)
EVERY = (SHORT, LONG, LAST)
ON_AIR = Reach(LOOKAHEAD, LOOKBACK)
NONE = Spans((), 0)


def lists(
    succession: Succession, position: int, name: str, stop: int | None = None, lookback: int = LOOKBACK
) -> bool:
    listed = window(succession, position, LOOKAHEAD, lookback, stop)
    return any(run.asset.id == name for run in listed.runs)


def pools_of(revisions: list[Revision], one: Asset) -> list[Pool]:
    return [
        Pool(revision.tick, sum(clip.ticks for clip in revision.clips if clip.asset == one)) for revision in revisions
    ]


def instants(around: int) -> Iterator[int]:
    """Positions from `around` on: every boundary is at a whole half second, and both its sides are looked at."""
    for half in range(400):
        yield around + half * SECOND // 2
    yield around + 1
    yield around + 10_000 * SECOND


@pytest.mark.parametrize("viewer", range(8))
def test_an_asset_of_an_old_pool_is_listed_until_its_last_clip_has_left_the_window(viewer: int) -> None:
    # Clips begin at multiples of 20 s: the one at 100 s, a tick before the revision, plays to its end.
    revisions = [Revision(0, (Clip.whole(LONG),)), Revision(100 * SECOND + 1, (Clip.whole(SHORT),))]
    until = pool_listed_until(pools_of(revisions, LONG), ON_AIR, NONE)
    assert until == 180 * SECOND
    seen = derived(f"d-{viewer}", revisions, 0, 0)
    assert lists(seen, until - 1, "long")
    assert not lists(seen, until, "long")


def test_what_is_in_the_newest_pool_is_listed_for_ever_and_what_never_was_never() -> None:
    assert pool_listed_until([Pool(0, 0), Pool(SECOND, SECOND)], ON_AIR, NONE) == NEVER
    assert pool_listed_until([Pool(0, 0)], ON_AIR, NONE) == 0


def test_the_last_list_of_a_stopped_channel_stands_for_ever() -> None:
    pools = [Pool(0, 20 * SECOND), Pool(100 * SECOND, 0)]
    assert pool_listed_until(pools, Reach(LOOKAHEAD, LOOKBACK, stop=150 * SECOND), NONE) == NEVER
    assert pool_listed_until(pools, Reach(LOOKAHEAD, LOOKBACK, stop=180 * SECOND), NONE) == 180 * SECOND - 1
    # A pool for the next start of the channel.
    later = [Pool(0, 0), Pool(124 * SECOND, 20 * SECOND)]
    assert pool_listed_until(later, Reach(LOOKAHEAD, LOOKBACK, stop=100 * SECOND), NONE) == 0


POOL = st.lists(st.sampled_from(EVERY), min_size=1, max_size=3, unique=True)
CHANGES = st.lists(st.tuples(st.integers(1, 80), POOL), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@for_all(first=POOL, changes=CHANGES, viewer=st.integers(0, 1000), stop_s=st.none() | st.integers(0, 400))
def test_no_derived_window_lists_an_asset_after_it_is_free(
    first: list[Asset], changes: list[tuple[int, list[Asset]]], viewer: int, stop_s: int | None
) -> None:
    revisions, tick = [Revision(0, tuple(map(Clip.whole, first)))], 0
    for wait_s, pool in changes:
        tick += wait_s * SECOND
        revisions.append(Revision(tick, tuple(map(Clip.whole, pool))))
    stop = None if stop_s is None else stop_s * SECOND
    seen = derived(f"d-{viewer}", revisions, 0, 0)
    for one in EVERY:
        until = pool_listed_until(pools_of(revisions, one), Reach(LOOKAHEAD, LOOKBACK, stop), NONE)
        if until < NEVER:
            assert not any(lists(seen, position, one.id, stop) for position in instants(until))


CLIPS = st.lists(st.sampled_from(EVERY), min_size=1, max_size=5)
EDITS = st.lists(st.tuples(st.integers(1, 60), CLIPS, st.booleans()), max_size=3)


@settings(max_examples=60, deadline=None)
@for_all(first=CLIPS, repeats=st.booleans(), edits=EDITS, stop_s=st.none() | st.integers(0, 300))
def test_a_given_lineup_lists_an_asset_until_just_before_it_is_free(
    first: list[Asset], repeats: bool, edits: list[tuple[int, list[Asset], bool]], stop_s: int | None
) -> None:
    seen, tick = given(*first, repeats=repeats), 0
    for wait_s, clips, again in edits:
        tick += wait_s * SECOND
        if seen.end is None or tick <= seen.end:
            seen = succeed(seen, tick, Given(map(Clip.whole, clips)), again)
    stop = None if stop_s is None else stop_s * SECOND
    for one in EVERY:
        until = given_listed_until(seen, one.id, Reach(LOOKAHEAD, LOOKBACK, stop))
        if until == 0:
            assert not any(lists(seen, position, one.id, stop) for position in instants(0))
        elif until < NEVER:
            assert lists(seen, until - 1, one.id, stop)
            assert not any(lists(seen, position, one.id, stop) for position in instants(until))
        else:
            assert any(lists(seen, position, one.id, stop) for position in instants(2_000 * SECOND))


def test_a_part_of_an_asset_counts_as_the_asset() -> None:
    parts = Succession([Lineup(0, 0, 0, Given([Clip(LONG, 1, 2), Clip.whole(SHORT)]), repeats=False)])
    carried = succeed(parts, 7 * SECOND, Given([Clip.whole(SHORT)]), repeats=True)
    assert given_listed_until(carried, "long", ON_AIR) == 64 * SECOND


def test_a_segment_stays_for_its_own_length_and_that_of_the_longest_list() -> None:
    # 4 s, then 60 + 16 + 4 s, then a minute for clocks that differ.
    assert kept_ticks(ON_AIR, 4 * SECOND) == 144 * SECOND
