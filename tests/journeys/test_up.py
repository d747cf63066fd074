"""`streamsync up`: from files to streams that answer, and what a viewer is given then."""

import re
import signal

import pytest

from manifest_server.viewer.site import are_built

from .conftest import Films
from .processes import linux_only
from .program import Machine
from .watching import Listed, fetch, lineup_of, media, media_urls, watch

pytestmark = pytest.mark.slow

PLAYLIST = "application/vnd.apple.mpegurl"
MARKS = {"video/mp2t": b"\x47", "video/mp4": b"ftyp", "audio/mp4": b"ftyp", "video/iso.segment": b"moof"}
SEGMENT_TYPES = {"m4s": "video/iso.segment", "ts": "video/mp2t"}


def test_the_urls_it_prints_answer(empty: Machine, films: Films) -> None:
    with empty.running("up", films.one) as up:
        *urls, setup = re.findall(r"^ +(http://\S+)", up.out, re.MULTILINE)
        assert re.fullmatch(rf"{empty.origin}/admin/link#[0-9a-f]{{64}}", setup)
        if are_built():
            assert (page := urls.pop(0)) == f"{empty.origin}/watch/main"
            assert "<!doctype html>" in fetch(page).text
        assert urls == [
            f"{empty.origin}/live/main/alice/index.m3u8",
            f"{empty.origin}/live/main/bob/index.m3u8?format=ts",
        ]
        for url in urls:
            assert fetch(url).text.startswith("#EXTM3U")
        assert f"ffplay '{urls[0]}'" in up.out
        assert up.stop(signal.SIGINT) == 0
    assert up.err == "stopped\n"


@linux_only
def test_a_terminal_shows_how_far_it_is(empty: Machine, films: Films) -> None:
    shown = empty.on_a_terminal("package", films.one)
    assert "one.mp4" in shown
    assert "100 %" in shown
    assert "done" in shown


@pytest.mark.parametrize("query", ["", "?format=cmaf", "?format=ts"])
def test_everything_that_is_listed_answers(busy: Machine, query: str) -> None:
    index = fetch(f"{busy.origin}/live/main/alice/index.m3u8{query}")
    assert index.headers["content-type"] == PLAYLIST
    assert index.headers["cache-control"] == "private, no-store"
    suffix = "ts" if query.endswith("ts") else "m4s"
    urls = media_urls(busy, query=query)
    assert len(urls) == (1 if suffix == "ts" else 2)  # 240p, and sound beside it where it is not inside
    seen: dict[str, str] = {}
    for url in urls:
        assert fetch(url).headers["content-type"] == PLAYLIST
        for one in media(url).segments.values():
            assert one.uri.endswith(f".{suffix}")
            seen[one.uri] = SEGMENT_TYPES[suffix]
            assert (one.init is None) == (suffix == "ts")
            if one.init is not None:
                seen[one.init] = "audio/mp4" if "/audio/" in one.init else "video/mp4"
    # Two films of two segments each, and for cmaf an init in both tracks.
    assert len(seen) == (4 if suffix == "ts" else 12)
    for uri, content_type in seen.items():
        answer = fetch(uri)
        assert answer.headers["content-type"] == content_type, uri
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert MARKS[content_type] in answer.content[:200], uri


def test_the_renditions_agree_on_numbers_and_dates(busy: Machine) -> None:
    video, audio = (media(url).segments for url in media_urls(busy))
    muxed = media(media_urls(busy, query="?format=ts")[0]).segments
    common = video.keys() & audio.keys() & muxed.keys()
    assert len(common) > 4
    for msn in common:
        assert len({(one[msn].dated, one[msn].dsn) for one in (video, audio, muxed)}) == 1


def test_a_playlist_is_compressed_for_who_can_read_that(busy: Machine) -> None:
    for url in (f"{busy.origin}/live/main/alice/index.m3u8", media_urls(busy)[0]):
        packed = fetch(url, **{"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.text.startswith("#EXTM3U")
        plain = fetch(url, **{"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert int(packed.headers["content-length"]) < len(plain.content) == int(plain.headers["content-length"])


@pytest.mark.parametrize("viewer", ["alice", "0", "Zoe.B_2-x", "v" * 64])
def test_any_name_plays(busy: Machine, viewer: str) -> None:
    listed = watch(busy, viewer)
    assert len(listed.segments) > 4
    assert not listed.ended


def test_viewers_are_on_lineups_of_their_own(busy: Machine) -> None:
    viewers = [f"viewer-{number}" for number in range(16)]
    assert len({lineup_of(busy, viewer) for viewer in viewers}) == len(viewers)
    assert lineup_of(busy, "viewer-0") == lineup_of(busy, "viewer-0")
    orders = {tuple(one.uri for one in watch(busy, viewer).segments.values()) for viewer in viewers}
    assert len(orders) > 1


def test_the_stream_begins_at_the_clock(busy: Machine) -> None:
    """EXT-X-START points at the segment that is on air by the server's own clock."""
    url = media_urls(busy)[0]
    for _ in range(5):
        last = edge(url)
        before_ms = fetch(f"{busy.origin}/time").json()["now_ms"]
        index = fetch(f"{busy.origin}/live/main/alice/index.m3u8").text
        after_ms = fetch(f"{busy.origin}/time").json()["now_ms"]
        if edge(url) == last:  # else it moved between the answers
            break
    offset = re.search(r"#EXT-X-START:TIME-OFFSET=(-[0-9.]+),PRECISE=YES", index)
    assert offset
    begins_ms = (last.dated.timestamp() + last.seconds + float(offset[1])) * 1000
    assert before_ms - 5 <= begins_ms <= after_ms + 1_000  # up to a second ahead, for the time that a join takes


def edge(url: str) -> Listed:
    """The last segment of a playlist."""
    segments = media(url).segments
    return segments[max(segments)]


def test_it_says_that_it_is_well(busy: Machine) -> None:
    assert fetch(f"{busy.origin}/healthz").json() == {"status": "ok"}
    assert fetch(f"{busy.origin}/readyz").json() == {"status": "ready", "catalogue": "ok", "objects": "ok"}
