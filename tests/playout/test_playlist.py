"""Whole playlists, as a player sees them."""

import m3u8
import pytest

from manifest_server.playout.lineup import Clip, Given
from manifest_server.playout.playlist import blob
from manifest_server.programming.edits import horizon
from tests.playout.builders import LOOKAHEAD, SECOND, asset, given, succeed, text

A = asset("a", *[4.0] * 6)
B = asset("b", 3.5, 3.5)
ONE = asset("one", 2.0)


def head(msn: int, dsn: int, version: int = 6) -> str:
    return (
        f"#EXTM3U\n#EXT-X-VERSION:{version}\n#EXT-X-TARGETDURATION:4\n#EXT-X-SERVER-CONTROL:HOLD-BACK=12.000\n"
        f"#EXT-X-MEDIA-SEQUENCE:{msn}\n#EXT-X-DISCONTINUITY-SEQUENCE:{dsn}\n"
    )


FIRST_MINUTE = (
    head(1000, 499)
    + """\
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-MAP:URI="/a/cmaf/720p/init.mp4"
#EXTINF:4.000000,
/a/cmaf/720p/0.m4s
#EXTINF:4.000000,
/a/cmaf/720p/1.m4s
#EXTINF:4.000000,
/a/cmaf/720p/2.m4s
#EXTINF:4.000000,
/a/cmaf/720p/3.m4s
"""
)

CLIP_BOUNDARY = (
    head(1002, 500)
    + """\
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:08.000Z
#EXT-X-MAP:URI="/a/cmaf/720p/init.mp4"
#EXTINF:4.000000,
/a/cmaf/720p/2.m4s
#EXTINF:4.000000,
/a/cmaf/720p/3.m4s
#EXTINF:4.000000,
/a/cmaf/720p/4.m4s
#EXTINF:4.000000,
/a/cmaf/720p/5.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:24.000Z
#EXT-X-MAP:URI="/b/cmaf/720p/init.mp4"
#EXTINF:3.500000,
/b/cmaf/720p/0.m4s
#EXTINF:3.500000,
/b/cmaf/720p/1.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:31.000Z
#EXT-X-MAP:URI="/one/cmaf/720p/init.mp4"
#EXTINF:2.000000,
/one/cmaf/720p/0.m4s
"""
)

LOOP_SEAM = (
    head(1004, 500, 3)
    + """\
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:16.000Z
#EXTINF:4.000000,
/a/ts/480p/4.ts
#EXTINF:4.000000,
/a/ts/480p/5.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:24.000Z
#EXTINF:3.500000,
/b/ts/480p/0.ts
#EXTINF:3.500000,
/b/ts/480p/1.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:31.000Z
#EXTINF:4.000000,
/a/ts/480p/0.ts
#EXTINF:4.000000,
/a/ts/480p/1.ts
"""
)

SHORT_CLIP = head(1000, 499) + "".join(
    f"""\
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:{time}.000Z
#EXT-X-MAP:URI="/b/cmaf/720p/init.mp4"
#EXTINF:3.500000,
/b/cmaf/720p/0.m4s
#EXTINF:3.500000,
/b/cmaf/720p/1.m4s
"""
    for time in (
        "00:00",
        "00:07",
        "00:14",
        "00:21",
        "00:28",
        "00:35",
        "00:42",
        "00:49",
        "00:56",
        "01:03",
        "01:10",
    )
)

OVER_AN_EDIT = (
    head(1004, 500)
    + """\
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:16.000Z
#EXT-X-MAP:URI="/a/cmaf/720p/init.mp4"
#EXTINF:4.000000,
/a/cmaf/720p/4.m4s
#EXTINF:4.000000,
/a/cmaf/720p/5.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:24.000Z
#EXT-X-MAP:URI="/b/cmaf/720p/init.mp4"
#EXTINF:3.500000,
/b/cmaf/720p/0.m4s
#EXTINF:3.500000,
/b/cmaf/720p/1.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:31.000Z
#EXT-X-MAP:URI="/one/cmaf/720p/init.mp4"
#EXTINF:2.000000,
/one/cmaf/720p/0.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:33.000Z
#EXT-X-MAP:URI="/a/cmaf/720p/init.mp4"
#EXTINF:4.000000,
/a/cmaf/720p/1.m4s
#EXTINF:4.000000,
/a/cmaf/720p/2.m4s
"""
)

ONE_SEGMENT_CLIPS = head(1000, 499) + "".join(
    f"""\
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:{second:02d}.000Z
#EXT-X-MAP:URI="/one/cmaf/720p/init.mp4"
#EXTINF:2.000000,
/one/cmaf/720p/0.m4s
"""
    for second in range(0, 20, 2)
)


def test_the_first_minute_after_the_epoch() -> None:
    assert text(given(A, B, ONE), 0) == FIRST_MINUTE


def test_a_window_over_a_clip_boundary() -> None:
    assert text(given(A, B, ONE), 18, lookback_s=8) == CLIP_BOUNDARY


def test_a_window_over_a_loop_seam() -> None:
    assert text(given(A, B), 26, "ts/480p", lookback_s=8) == LOOP_SEAM


def test_a_window_over_an_edit() -> None:
    change = Given([Clip(A, 1, 3), Clip.whole(B)])
    edited = succeed(given(A, B, ONE), horizon(10 * SECOND, LOOKAHEAD, 6 * SECOND), change, repeats=True)
    assert text(edited, 26, lookback_s=8) == OVER_AN_EDIT


def test_a_clip_shorter_than_the_window() -> None:
    assert text(given(B), 61) == SHORT_CLIP


def test_one_segment_clips_in_a_row() -> None:
    assert text(given(ONE), 5) == ONE_SEGMENT_CLIPS


def test_a_stopped_channel_ends_and_stays_as_it_was() -> None:
    assert text(given(A, B, ONE), 5000, stop_s=2) == FIRST_MINUTE + "#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "playlist", [FIRST_MINUTE, CLIP_BOUNDARY, LOOP_SEAM, OVER_AN_EDIT, SHORT_CLIP, ONE_SEGMENT_CLIPS]
)
def test_an_independent_reader_agrees_on_dates_and_discontinuities(playlist: str) -> None:
    parsed = m3u8.loads(playlist)
    assert parsed.target_duration == 4
    assert not parsed.is_endlist
    assert parsed.server_control.hold_back == 12
    for before, after in zip(parsed.segments, parsed.segments[1:], strict=False):
        gap = after.current_program_date_time - before.current_program_date_time
        assert abs(gap.total_seconds() - before.duration) <= 0.001
        assert after.discontinuity == (before.uri.split("/")[1] != after.uri.split("/")[1] or "/0." in after.uri)


def test_a_blob_needs_a_uri_for_every_segment() -> None:
    with pytest.raises(ValueError, match="shorter"):
        blob(["4.000000", "4.000000"], ["0.ts"], None)
