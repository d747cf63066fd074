"""Small lineups for tests, and a reader of media playlists that shares nothing with the code under test."""

import re
from collections.abc import Callable
from typing import NamedTuple

from manifest_server.playout.lineup import Asset, Clip, Given, Lineup, Order, Succession
from manifest_server.playout.playlist import Blob, blob, header, media_playlist
from manifest_server.playout.window import window

SECOND = 90_000
LOOKAHEAD, LOOKBACK = 16 * SECOND, 60 * SECOND
EPOCH_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def asset(name: str, *seconds: float) -> Asset:
    """An asset whose segments last so long."""
    ticks = [0]
    for length in seconds:
        ticks.append(ticks[-1] + round(length * SECOND))
    return Asset(name, tuple(ticks))


def given(*assets: Asset, start: int = 0, msn: int = 1000, dsn: int = 500, repeats: bool = True) -> Succession:
    return Succession([Lineup(start, msn, dsn, Given([Clip.whole(one) for one in assets]), repeats)])


def succeeded(succession: Succession, by: Lineup) -> Succession:
    """With `by` taking over at its start; what would have come later is dropped."""
    return Succession((*(one for one in succession.lineups if one.begins < by.begins), by))


def succeed(succession: Succession, tick: int, order: Order, repeats: bool) -> Succession:
    """With an order taking over at the first clip boundary at or after a tick, the numbers carried on."""
    found = succession.boundary(tick)
    assert found is not None
    return succeeded(succession, Lineup(found.tick, found.msn, found.dsn, order, repeats))


def extinf(asset: Asset, number: int) -> str:
    """The length of a segment as text, computed with floats: good to the microsecond for short assets."""
    ends = [round(tick / 0.09) / 1_000_000 for tick in asset.ticks[number : number + 2]]
    return f"{ends[1] - ends[0]:.6f}"


def blobs(assets: list[Asset], rendition: str = "cmaf/720p") -> Callable[[str], Blob]:
    suffix = "m4s" if rendition.startswith("cmaf") else "ts"
    made = {
        one.id: blob(
            [extinf(one, number) for number in range(len(one.ticks) - 1)],
            [f"/{one.id}/{rendition}/{number}.{suffix}" for number in range(len(one.ticks) - 1)],
            f"/{one.id}/{rendition}/init.mp4" if suffix == "m4s" else None,
        )
        for one in assets
    }
    return made.__getitem__


def text(
    succession: Succession,
    seconds: float,
    rendition: str = "cmaf/720p",
    *,
    stop_s: float | None = None,
    lookback_s: int = 60,
) -> str:
    """The media playlist `seconds` after the epoch."""
    assets = {
        clip.asset.id: clip.asset
        for lineup in succession.lineups
        for number in range(3)
        for clip in lineup.order.cycle(number).clips
    }
    stop = None if stop_s is None else round(stop_s * SECOND)
    listed = window(succession, round(seconds * SECOND), LOOKAHEAD, lookback_s * SECOND, stop)
    return media_playlist(
        header(rendition.split("/", maxsplit=1)[0], 4), listed, blobs(list(assets.values()), rendition), EPOCH_MS
    ).decode()


class Listed(NamedTuple):
    """What a playlist says of one segment. `date_ms` is what is printed, else what follows from the durations."""

    uri: str
    extinf: str
    dsn: int
    date_ms: float
    printed: bool
    map: str | None


_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z")


def unix_ms(date: str) -> int:
    """Milliseconds of a printed date, by the civil-from-days rule, not by datetime."""
    found = _DATE.fullmatch(date)
    assert found, date
    year, month, day, hour, minute, second, ms = map(int, found.groups())
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + ms


def read(playlist: str) -> dict[int, Listed]:
    """Segments by media sequence number, as rfc8216bis 6.2.1 and 6.3 tell a client to number them."""
    segments: dict[int, Listed] = {}
    number = dsn = -1
    date: float | None = None
    printed = False
    init = duration = None
    lines = playlist.splitlines()
    assert lines[0] == "#EXTM3U"
    for line in lines:
        tag, _, value = line.partition(":")
        match tag:
            case "#EXT-X-MEDIA-SEQUENCE":
                number = int(value)
            case "#EXT-X-DISCONTINUITY-SEQUENCE":
                dsn = int(value)
            case "#EXT-X-DISCONTINUITY":
                dsn += 1
            case "#EXT-X-PROGRAM-DATE-TIME":
                date, printed = unix_ms(value), True
            case "#EXT-X-MAP":
                init = value
            case "#EXTINF":
                duration = value.rstrip(",")
        if not line.startswith("#"):
            assert duration is not None
            assert date is not None
            segments[number] = Listed(line, duration, dsn, date, printed, init)
            date, printed = date + float(duration) * 1000, False
            number, duration = number + 1, None
    return segments
