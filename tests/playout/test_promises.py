"""The promises of the core, over random lineups, assets, edits and instants."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Asset, Clip, Given, Lineup, Succession
from manifest_server.playout.playlist import header, media_playlist
from manifest_server.playout.window import window
from manifest_server.programming.edits import horizon
from manifest_server.programming.pool import Revision, derived
from tests.playout.builders import EPOCH_MS, LOOKAHEAD, LOOKBACK, SECOND, Listed, blobs, read, succeed

TARGET_S = 4
MARGIN = 4 * SECOND
TEN_YEARS = 3653 * 86_400 * SECOND
RENDITIONS = ("cmaf/720p", "cmaf/240p", "cmaf/audio", "ts/480p")


@st.composite
def asset_pools(draw: st.DrawFn) -> list[Asset]:
    pool = []
    for number in range(draw(st.integers(1, 6))):
        lengths = draw(st.lists(st.integers(SECOND, TARGET_S * SECOND), min_size=1, max_size=8))
        ends = [sum(lengths[:end]) for end in range(len(lengths) + 1)]
        pool.append(Asset(f"asset{number}", tuple(ends)))
    return pool


@st.composite
def clip_lists(draw: st.DrawFn, pool: Sequence[Asset]) -> list[Clip]:
    clips = []
    for asset in draw(st.lists(st.sampled_from(pool), min_size=1, max_size=8)):
        first = draw(st.integers(0, len(asset.ticks) - 2))
        clips.append(Clip(asset, first, draw(st.integers(first + 1, len(asset.ticks) - 1))))
    return clips


@st.composite
def successions(draw: st.DrawFn, pool: Sequence[Asset], *, endless: bool = False) -> Succession:
    """A given or a derived lineup over a pool, begun at the epoch."""
    if draw(st.booleans()):
        ticks = sorted(draw(st.lists(st.integers(1, 400 * SECOND), max_size=3, unique=True)))
        revisions = [
            Revision(
                tick,
                tuple(
                    Clip.whole(one)
                    for one in draw(
                        st.sets(st.sampled_from(range(len(pool))), min_size=1).map(
                            lambda chosen: [pool[index] for index in sorted(chosen)]
                        )
                    )
                ),
            )
            for tick in [0, *ticks]
        ]
        return derived("d-test", revisions, 70_000, 9_000)
    repeats = endless or draw(st.booleans())
    return Succession([Lineup(0, 70_000, 9_000, Given(draw(clip_lists(pool))), repeats)])


def playlist(succession: Succession, pool: list[Asset], position: int, rendition: str = "cmaf/720p") -> str:
    listed = window(succession, position, LOOKAHEAD, LOOKBACK)
    return media_playlist(
        header(rendition.split("/", maxsplit=1)[0], TARGET_S), listed, blobs(pool, rendition), EPOCH_MS
    ).decode()


def hold(seen: dict[int, Listed], now: dict[int, Listed]) -> None:
    """Every segment is listed as it ever was. A date that was not printed may differ by its rounding."""
    for number, segment in now.items():
        before = seen.setdefault(number, segment)
        assert segment[:3] == before[:3], number
        assert segment.map == before.map, number
        assert abs(segment.date_ms - before.date_ms) < 1 + 1e-3, number
        if segment.printed and before.printed:
            assert segment.date_ms == before.date_ms, number


def numbers(text: str) -> tuple[int, int, int]:
    """MSN and DSN of the header, and the last MSN."""
    found = dict(line.split(":") for line in text.splitlines() if "-SEQUENCE:" in line)
    return int(found["#EXT-X-MEDIA-SEQUENCE"]), int(found["#EXT-X-DISCONTINUITY-SEQUENCE"]), max(read(text))


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_an_msn_keeps_all_it_has_for_ever_and_nothing_goes_back(data: st.DataObject) -> None:
    pool = data.draw(asset_pools())
    succession = data.draw(successions(pool))
    positions = sorted(data.draw(st.lists(st.integers(0, 900 * SECOND), min_size=2, max_size=12)))
    edit_at = data.draw(st.sets(st.sampled_from(range(len(positions)))))
    seen: dict[int, Listed] = {}
    last = (0, 0, 0)
    for step, position in enumerate(positions):
        text = playlist(succession, pool, position)
        hold(seen, read(text))
        assert all(now >= before for now, before in zip(numbers(text), last, strict=True))
        last = numbers(text)
        if step in edit_at and succession.end is None:
            order, repeats = Given(data.draw(clip_lists(pool))), data.draw(st.booleans())
            edited = succeed(succession, horizon(position, LOOKAHEAD, MARGIN), order, repeats)
            # A server that has not heard of the edit yet lists the same, as long as the margin lasts.
            for late in (0, MARGIN // 2, MARGIN):
                assert playlist(succession, pool, position + late) == playlist(edited, pool, position + late)
            succession = edited


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.data())
def test_what_is_listed_overlaps_and_grows_within_one_and_a_half_targets(data: st.DataObject) -> None:
    pool = data.draw(asset_pools())
    succession = data.draw(successions(pool, endless=True))
    moved = window(succession, data.draw(st.integers(0, TEN_YEARS)), LOOKAHEAD, LOOKBACK).moves
    for _ in range(12):
        assert moved is not None
        now = window(succession, moved, LOOKAHEAD, LOOKBACK)
        assert now.moves is not None
        assert 0 < now.moves - moved <= 1.5 * TARGET_S * SECOND
        assert moved + LOOKAHEAD - TARGET_S * SECOND < now.edge <= moved + LOOKAHEAD
        moved = now.moves


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.data())
def test_dates_are_epoch_plus_tick_and_contiguous_for_ten_years(data: st.DataObject) -> None:
    pool = data.draw(asset_pools())
    clips = data.draw(clip_lists(pool))
    succession = Succession([Lineup(0, 70_000, 9_000, Given(clips))])
    position = data.draw(st.integers(LOOKBACK, TEN_YEARS))
    listed = read(playlist(succession, pool, position))
    lengths = [
        b - a
        for clip in clips
        for a, b in zip(
            clip.asset.ticks[clip.first :], clip.asset.ticks[clip.first + 1 : clip.last + 1], strict=False
        )
    ]
    for number, segment in listed.items():
        # The truth, by plain addition: whole cycles, then the segments before this one.
        cycles, within = divmod(number - 70_000, len(lengths))
        tick = cycles * sum(lengths) + sum(lengths[:within])
        exact_ms = EPOCH_MS + tick / 90
        assert -1.001 < segment.date_ms - exact_ms < 1.001
        if segment.printed:
            assert segment.date_ms == EPOCH_MS + tick // 90
        following = listed.get(number + 1)
        if following is not None:
            assert abs(following.date_ms - segment.date_ms - float(segment.extinf) * 1000) <= 1


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_head_is_within_the_lookback_and_all_is_listed_between(data: st.DataObject) -> None:
    pool = data.draw(asset_pools())
    succession = data.draw(successions(pool, endless=True))
    position = data.draw(st.integers(0, TEN_YEARS))
    listed = read(playlist(succession, pool, position))
    assert list(listed) == list(range(min(listed), max(listed) + 1))
    head = listed[min(listed)]
    now_ms = EPOCH_MS + position / 90
    since = max(now_ms - 60_000, EPOCH_MS)
    assert head.printed
    assert head.date_ms <= since < head.date_ms + float(head.extinf) * 1000 + 1.001
    assert sum(float(one.extinf) for one in listed.values()) >= 3 * TARGET_S


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_all_renditions_agree_on_numbers_and_dates(data: st.DataObject) -> None:
    pool = data.draw(asset_pools())
    succession = data.draw(successions(pool))
    position = data.draw(st.integers(0, 900 * SECOND))
    per_rendition = [read(playlist(succession, pool, position, rendition)) for rendition in RENDITIONS]
    facts = [
        {number: (one.dsn, one.date_ms, one.extinf) for number, one in listed.items()} for listed in per_rendition
    ]
    assert all(one == facts[0] for one in facts)


_SCENE = """
import hashlib
from manifest_server.playout.lineup import Clip
from manifest_server.programming.pool import Revision, derived, derived_id
from tests.playout.builders import asset, text
pool = tuple(Clip.whole(asset(f"asset{n}", *[4 - n / 7, 2 + n / 9])) for n in range(9))
digest = hashlib.sha256()
for viewer in range(20):
    revisions = [Revision(0, pool), Revision(9_000_000, pool[3:])]
    succession = derived(derived_id("main", f"viewer{viewer}"), revisions, 1, 1)
    for second in range(0, 400, 7):
        digest.update(text(succession, second).encode())
print(digest.hexdigest())
"""


def test_two_processes_give_identical_bytes() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", _SCENE],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(runs[0]) == 65
    assert runs[0] == runs[1]
