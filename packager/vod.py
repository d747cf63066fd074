"""VOD: the playlists by which an asset is played by itself, outside of any channel. Pure. RFC 8216bis."""

from storage import keys
from storage.records import AssetRecord, MediaFormat, Rendition

TARGET_DURATION_S = 4
_AUDIO_GROUP = "audio"


def playlists(record: AssetRecord) -> dict[str, str]:
    """Every VOD playlist of an asset, by object key: one multivariant per format, one per rendition."""
    texts = {}
    for media_format in sorted({rendition.format for rendition in record.renditions}):
        texts[keys.vod_key(record.id, media_format)] = multivariant(record, media_format)
    for rendition in record.renditions:
        key = f"{keys.rendition_prefix(record.id, rendition.format, rendition.rung)}index.m3u8"
        texts[key] = media(record, rendition)
    return texts


def multivariant(record: AssetRecord, media_format: MediaFormat) -> str:
    """The multivariant playlist of one format, best rung first. URIs are relative to it."""
    renditions = [rendition for rendition in record.renditions if rendition.format == media_format]
    audio = next((rendition for rendition in renditions if rendition.kind == "audio"), None)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_version(media_format)}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if audio is not None:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_AUDIO_GROUP}",NAME="Sound",LANGUAGE="und",DEFAULT=YES,'
            f'AUTOSELECT=YES,CHANNELS="2",URI="{audio.rung}/index.m3u8"'
        )
    for rendition in renditions:
        if rendition.kind == "video":
            lines += [_stream_inf(record, rendition, audio), f"{rendition.rung}/index.m3u8"]
    return "\n".join(lines) + "\n"


def media(record: AssetRecord, rendition: Rendition) -> str:
    """The media playlist of one rendition. URIs are relative to it."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_version(rendition.format)}",
        f"#EXT-X-TARGETDURATION:{TARGET_DURATION_S}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
    ]
    if rendition.format == "cmaf":
        lines.append('#EXT-X-MAP:URI="init.mp4"')
    suffix = "m4s" if rendition.format == "cmaf" else "ts"
    for number, text in enumerate(record.extinf_texts):
        lines += [f"#EXTINF:{text},", f"{number}.{suffix}"]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def _version(media_format: MediaFormat) -> int:
    # 6: EXT-X-MAP in a playlist of more than I-frames. 3: decimals in EXTINF.
    return 6 if media_format == "cmaf" else 3


def _stream_inf(record: AssetRecord, rendition: Rendition, audio: Rendition | None) -> str:
    peak = rendition.peak_bps + (audio.peak_bps if audio else 0)
    average = rendition.average_bps + (audio.average_bps if audio else 0)
    codecs = f"{rendition.codecs},{audio.codecs}" if audio else rendition.codecs
    line = (
        f"#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},"
        f'CODECS="{codecs}",RESOLUTION={rendition.width}x{rendition.height},FRAME-RATE={float(record.fps):.3f}'
    )
    return f'{line},AUDIO="{_AUDIO_GROUP}"' if audio else line
