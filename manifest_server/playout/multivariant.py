"""The multivariant playlist as text. Pure.

Most players read it once, so what it declares must hold for every asset that may air (rfc8216bis 4.4.6, 6.2.4).
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from manifest_server.playout.playlist import VERSIONS
from manifest_server.playout.ticks import seconds_text


class Variant(NamedTuple):
    """One quality on offer; bit rates with the audio that is played beside it."""

    rendition: str  # "cmaf-720p"
    codecs: str
    width: int
    height: int
    frame_rate: Fraction
    peak_bps: int
    average_bps: int


def multivariant(
    media_format: str,
    variants: Sequence[Variant],
    audio: str | None,
    start_offset_ticks: int,
    uri: Callable[[str], str],
) -> str:
    """The playlist text: `variants` in order of preference, `audio` the audio rendition unless it is muxed.

    `start_offset_ticks` is from the edge back to the position on air now (positive); `uri` maps a rendition's name
    to its media playlist.
    """
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSIONS[media_format]}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f"#EXT-X-START:TIME-OFFSET={seconds_text(-start_offset_ticks)},PRECISE=YES",
    ]
    if audio is not None:
        lines.append(
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Main",LANGUAGE="und",'
            f'DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="{uri(audio)}"'
        )
    for variant in variants:
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={variant.peak_bps},AVERAGE-BANDWIDTH={variant.average_bps},"
            f'CODECS="{variant.codecs}",RESOLUTION={variant.width}x{variant.height},'
            f"FRAME-RATE={float(variant.frame_rate):.3f}" + (',AUDIO="audio"' if audio is not None else "")
        )
        lines.append(uri(variant.rendition))
    return "\n".join(lines) + "\n"
