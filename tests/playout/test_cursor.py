"""The cursor gives what the window and its playlist give, wherever it says that it can."""

from random import Random

import pytest

from manifest_server.playout.cursor import Cursor
from manifest_server.playout.lineup import Asset, Clip, Given, Lineup, Succession
from manifest_server.playout.playlist import Blob, blob, header, media_playlist
from manifest_server.playout.window import window

SECOND = 90_000
EPOCH_MS = 1_767_225_600_000
HEAD = header("cmaf", 4)


def clip(draw: Random, number: int) -> Clip:
    lengths = [draw.randint(SECOND, 6 * SECOND) for _ in range(draw.randint(2, 60))]
    ticks = tuple(sum(lengths[:n]) for n in range(len(lengths) + 1))
    first = draw.randint(0, len(lengths) // 3)
    last = draw.randint(first + 1, len(lengths))
    return Clip(Asset(f"{number:032x}", ticks), first, last, draw.choice((0, 0, 1800)))


def blob_of(asset: Asset) -> Blob:
    segments = range(len(asset.ticks) - 1)
    return blob([f"{n}.0" for n in segments], [f"/{asset.id}/{n}.m4s" for n in segments], f"/{asset.id}/init.mp4")


@pytest.mark.parametrize("seed", range(12))
def test_it_gives_what_the_window_gives(seed: int) -> None:
    draw = Random(seed)
    clips = [clip(draw, number) for number in range(5)]
    succession = Succession([Lineup(0, 7, 3, Given(clips), repeats=seed % 3 > 0)])
    lookahead, lookback = draw.choice(((16, 60), (12, 30), (4, 4)))
    lookahead, lookback = lookahead * SECOND, lookback * SECOND
    stop = draw.choice((None, 200 * SECOND + 17))
    blobs = {one.asset.id: blob_of(one.asset) for one in clips}.__getitem__
    cursor = Cursor(HEAD, EPOCH_MS, 2, lookahead, lookback)
    whole = put = 0
    for _ in range(2000):
        position = draw.randrange(600 * SECOND)
        if not cursor.begins <= position < cursor.ends:
            cursor.put(succession, position, stop, blobs)
            put += 1
        if cursor.whole_from <= position < cursor.whole_until:
            whole += 1
            listed = window(succession, position, lookahead, lookback, stop)
            body = media_playlist(HEAD, listed, blobs, EPOCH_MS, 2)
            assert cursor.playlist(position) == (body, listed.moves, listed.until)
    assert put > 100
    assert whole > 50 or lookback > 30 * SECOND


def test_it_is_nowhere_until_it_is_put_somewhere() -> None:
    cursor = Cursor(HEAD, EPOCH_MS, 0, SECOND, SECOND)
    assert not cursor.begins <= 0 < cursor.ends
