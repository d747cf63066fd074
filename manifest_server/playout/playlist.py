"""The media playlist as bytes: a header, and one slice of prepared segment lines per clip. Pure.

Each tag is written in one place, in one fixed order (rfc8216bis 4.4).
"""

from array import array
from collections.abc import Callable, Sequence
from typing import NamedTuple

from manifest_server.playout.lineup import Asset
from manifest_server.playout.ticks import date_bytes, date_ms
from manifest_server.playout.window import Window

# EXT-X-MAP in an ordinary playlist needs version 6, fractional EXTINF version 3 (rfc8216bis 8).
VERSIONS = {"cmaf": 6, "ts": 3}
HOLD_BACK_TARGETS = 3  # rfc8216bis 4.4.3.8: HOLD-BACK is at least three target durations

NUMBERS = b"#EXT-X-MEDIA-SEQUENCE:%d\n#EXT-X-DISCONTINUITY-SEQUENCE:%d\n"
DATE = b"#EXT-X-PROGRAM-DATE-TIME:"
DISCONTINUITY_DATE = b"#EXT-X-DISCONTINUITY\n" + DATE
_END = b"#EXT-X-ENDLIST\n"


class Blob(NamedTuple):
    """All segment lines of one rendition of one asset. `offsets`: where each begins, and the end."""

    lines: bytes
    offsets: Sequence[int]  # an array: a tuple would take half as much as the lines do
    map: bytes  # the EXT-X-MAP line, with its newline; empty for `ts`


def blob(extinf_texts: Sequence[str], uris: Sequence[str], map_uri: str | None) -> Blob:
    """The blob of a rendition: one EXTINF and URI per segment, and the initialisation section if it has one."""
    offsets, parts, at = [0], [], 0
    for extinf, uri in zip(extinf_texts, uris, strict=True):
        line = f"#EXTINF:{extinf},\n{uri}\n".encode()
        parts.append(line)
        at += len(line)
        offsets.append(at)
    map_line = b"" if map_uri is None else f'#EXT-X-MAP:URI="{map_uri}"\n'.encode()
    return Blob(b"".join(parts), array("I", offsets), map_line)


def header(media_format: str, target_duration_s: int) -> bytes:
    """The lines before the numbers: the same for all playlists of one format on a channel."""
    hold_back_s = HOLD_BACK_TARGETS * target_duration_s
    return (
        f"#EXTM3U\n#EXT-X-VERSION:{VERSIONS[media_format]}\n#EXT-X-TARGETDURATION:{target_duration_s}\n"
        f"#EXT-X-SERVER-CONTROL:HOLD-BACK={hold_back_s}.000\n"
    ).encode()


def media_playlist(
    head: bytes, window: Window, blobs: Callable[[str], Blob], epoch_ms: int, dsn_base: int = 0
) -> bytes:
    """The media playlist of a window: `head` from `header`, `blobs` gives an asset's blob by its id.

    `dsn_base` (days.py) is taken from the discontinuity number.

    A date stands at the head and at each clip's start; those between follow from EXTINF, so that a clip's lines
    are one slice.
    """
    runs, msn, dsn, _, moves, _ = window
    parts = [head, NUMBERS % (msn, dsn - dsn_base)]
    for asset, first, last, tick, _, _, opens, extra in runs:
        lines, offsets, map_line = blobs(asset.id)
        date = date_bytes(date_ms(epoch_ms, tick))
        parts += (
            DISCONTINUITY_DATE if opens else DATE,
            date,
            b"\n",
            map_line,
            lines[offsets[first] : offsets[last]]
            if not extra
            else _longer(lines, offsets, asset, first, last, extra),
        )
    if moves is None:
        parts.append(_END)
    return b"".join(parts)


def _longer(lines: bytes, offsets: Sequence[int], asset: Asset, first: int, last: int, extra: int) -> bytes:
    """The lines of a run whose last segment stands for `extra` ticks more than its media lasts."""
    # As records.extinf_texts has it: each boundary is rounded, not each duration.
    micros = [(tick * 200 + 9) // 18 for tick in (asset.ticks[last - 1], asset.ticks[last] + extra)]
    whole, part = divmod(micros[1] - micros[0], 1_000_000)
    uri = lines[offsets[last - 1] : offsets[last]].partition(b"\n")[2]
    return lines[offsets[first] : offsets[last - 1]] + b"#EXTINF:%d.%06d,\n" % (whole, part) + uri
