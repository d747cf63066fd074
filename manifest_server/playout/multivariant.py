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


class Pathway(NamedTuple):
    """One way to the same media, a CDN: `base` stands before the path of each of its URLs."""

    name: str
    base: str  # "https://east.example"


class Steering(NamedTuple):
    """Where a player asks which pathway to take, and all of them, the one to begin with first."""

    server_uri: str
    pathways: tuple[Pathway, ...]


def multivariant(
    media_format: str,
    variants: Sequence[Variant],
    audio: str | None,
    start_offset_ticks: int,
    uri: Callable[[str], str],
    steering: Steering | None = None,
) -> str:
    """The playlist text: `variants` in order of preference, `audio` the audio rendition unless it is muxed.

    `start_offset_ticks` is from the edge back to the position on air now (positive); `uri` maps a rendition's name
    to its media playlist: with `steering` a path, which each pathway's base is put before.
    """
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSIONS[media_format]}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f"#EXT-X-START:TIME-OFFSET={seconds_text(-start_offset_ticks)},PRECISE=YES",
    ]
    if steering is None:
        return "\n".join([*lines, *_offered(variants, audio, uri)]) + "\n"
    first = steering.pathways[0].name
    lines.append(f'#EXT-X-CONTENT-STEERING:SERVER-URI="{steering.server_uri}",PATHWAY-ID="{first}"')
    for pathway in steering.pathways:
        lines += _offered(variants, audio, uri, pathway)
    return "\n".join(lines) + "\n"


def _offered(
    variants: Sequence[Variant], audio: str | None, uri: Callable[[str], str], pathway: Pathway | None = None
) -> list[str]:
    """All renditions, by one pathway. Each has an audio group of its own (rfc8216bis 4.4.6.2)."""
    group = "audio" if pathway is None else f"audio-{pathway.name}"
    base = "" if pathway is None else pathway.base
    behind = "" if audio is None else f',AUDIO="{group}"'
    if pathway is not None:
        behind += f',PATHWAY-ID="{pathway.name}"'
    lines = []
    if audio is not None:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{group}",NAME="Main",LANGUAGE="und",'
            f'DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="{base}{uri(audio)}"'
        )
    for variant in variants:
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={variant.peak_bps},AVERAGE-BANDWIDTH={variant.average_bps},"
            f'CODECS="{variant.codecs}",RESOLUTION={variant.width}x{variant.height},'
            f"FRAME-RATE={float(variant.frame_rate):.3f}{behind}"
        )
        lines.append(base + uri(variant.rendition))
    return lines
