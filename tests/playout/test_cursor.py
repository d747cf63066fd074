"""The cursor gives what the window and its playlist give, wherever it says that it can."""

from random import Random

from manifest_server.playout.cursor import Cursor, Shape
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


def test_it_gives_what_the_window_gives() -> None:
    found = {"over a boundary": 0, "in one clip": 0, "left to the window": 0}
    for seed in range(12):
        compared(Random(seed), found, repeats=seed % 3 > 0)
    assert found["in one clip"] > 2000
    assert found["over a boundary"] > 1000
    assert found["left to the window"] > 1000


def compared(draw: Random, found: dict[str, int], *, repeats: bool) -> None:
    """Count positions, of which those are compared that the cursor knows a playlist for."""
    clips = [clip(draw, number) for number in range(5)]
    succession = Succession([Lineup(0, 7, 3, Given(clips), repeats=repeats)])
    lookahead, lookback = draw.choice(((16, 60), (12, 30), (4, 4)))
    lookahead, lookback = lookahead * SECOND, lookback * SECOND
    stop = draw.choice((None, 200 * SECOND + 17))
    blobs = {one.asset.id: blob_of(one.asset) for one in clips}.__getitem__
    shape = Shape(HEAD, EPOCH_MS, lookahead, lookback, stop, blobs)
    cursor = Cursor(shape)
    for _ in range(2000):
        position = draw.randrange(12 * SECOND, 600 * SECOND)  # before that nothing may be listed
        if not cursor.begins <= position < cursor.ends or draw.random() < 0.1:
            cursor.put(succession, position, 2)
        given = cursor.playlist(position)
        listed = window(succession, position, lookahead, lookback, stop)
        if given is not None:
            assert given == (media_playlist(HEAD, listed, blobs, EPOCH_MS, 2), listed.moves, listed.until)
        ids = {run.asset.id for run in listed.runs}
        found["left to the window" if given is None else "in one clip" if len(ids) == 1 else "over a boundary"] += 1


def test_it_is_nowhere_until_it_is_put_somewhere() -> None:
    nothing: dict[str, Blob] = {}
    cursor = Cursor(Shape(HEAD, EPOCH_MS, SECOND, SECOND, None, nothing.__getitem__))
    assert not cursor.begins <= 0 < cursor.ends
    assert cursor.playlist(0) is None
