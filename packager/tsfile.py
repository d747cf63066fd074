"""TS files: a strict reader of what an HLS transport stream segment has to have. Pure. ISO 13818-1."""

from dataclasses import dataclass

from packager.boxes import Malformed

PACKET = 188
_SYNC = b"G"
_H264, _ADTS = 0x1B, 0x0F
_PTS_WRAP = 1 << 33
_SPS = 7
_NULL_PID = 0x1FFF
_SLICES = frozenset(range(1, 6))


@dataclass(frozen=True, slots=True)
class TsSegment:
    """One segment. PTS at 90 kHz, unwrapped by nobody; `first_nals` up to the first slice.

    `codecs` is RFC 6381 of the video, from the first sequence parameter set; "" without one.
    """

    video_pts: tuple[int, ...]
    audio_pts: tuple[int, ...]
    audio_frames: int
    first_nals: tuple[int, ...]
    codecs: str


def segment(data: bytes) -> TsSegment:
    """Read a segment of one program with H.264 and AAC, PAT and PMT first. Raises Malformed."""
    try:
        return _segment(data)
    except IndexError:
        raise Malformed("a table or header is cut off") from None


def check_packets(data: bytes) -> None:
    """Raises Malformed for what is not whole transport packets."""
    count, stray = divmod(len(data), PACKET)
    if not count or stray or data[::PACKET] != _SYNC * count:
        raise Malformed(f"{len(data)} bytes are not whole transport packets")


def packet_numbers(data: bytes) -> dict[int, list[int]]:
    """The numbers, from 0, of the packets of each PID, but for stuffing."""
    found: dict[int, list[int]] = {}
    for number, (high, low) in enumerate(zip(data[1::PACKET], data[2::PACKET], strict=True)):
        found.setdefault((high & 0x1F) << 8 | low, []).append(number)
    found.pop(_NULL_PID, None)
    return found


def _segment(data: bytes) -> TsSegment:
    check_packets(data)
    pids = _tables(data)
    video, audio = _packets(data, pids[0]), _packets(data, pids[1])
    starts = [at for at in video if data[at + 1] & 0x40]
    if not starts or video[0] != starts[0]:
        raise Malformed("the video does not begin with a picture")
    second = starts[1] if len(starts) > 1 else len(data)
    first_picture = b"".join(_payload(data, at) for at in video if at < second)
    nals = _nals_to_first_slice(first_picture)
    return TsSegment(
        video_pts=tuple(_pts(data, at) for at in starts),
        audio_pts=tuple(_pts(data, at) for at in audio if data[at + 1] & 0x40),
        audio_frames=_adts_frames(b"".join(_elementary(data, at) for at in audio)),
        first_nals=tuple(nal[0] & 0x1F for nal in nals),
        codecs=next((f"avc1.{nal[1:4].hex().upper()}" for nal in nals if nal[0] & 0x1F == _SPS), ""),
    )


def _tables(data: bytes) -> tuple[int, int]:
    """The PIDs of video and audio; PAT and PMT must come before any of their packets."""
    pmt_pid = None
    for at in range(0, len(data), PACKET):
        pid = _pid(data, at)
        if pid == 0:
            section = _section(data, at)
            pmt_pid = (section[10] & 0x1F) << 8 | section[11]
        elif pid == pmt_pid:
            return _program(_section(data, at))
        elif pid not in {0x11, _NULL_PID}:  # SDT and stuffing may come before
            break
    raise Malformed("does not start with PAT and PMT")


def _program(section: bytes) -> tuple[int, int]:
    end = 3 + ((section[1] & 0x0F) << 8 | section[2]) - 4
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    kinds: dict[int, int] = {}
    while at < end:
        kinds[section[at]] = (section[at + 1] & 0x1F) << 8 | section[at + 2]
        at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])
    if set(kinds) != {_H264, _ADTS}:
        raise Malformed(f"stream types {sorted(kinds)}, not H.264 and AAC")
    return kinds[_H264], kinds[_ADTS]


def _pid(data: bytes, at: int) -> int:
    return (data[at + 1] & 0x1F) << 8 | data[at + 2]


def _packets(data: bytes, pid: int) -> list[int]:
    # Slices keep this loop short: a segment has some ten thousand packets.
    high, low = pid >> 8, pid & 0xFF
    pairs = zip(data[1::PACKET], data[2::PACKET], strict=True)
    return [n * PACKET for n, (first, second) in enumerate(pairs) if second == low and first & 0x1F == high]


def _payload(data: bytes, at: int) -> bytes:
    control = data[at + 3] >> 4 & 3
    start = at + 4 + (1 + data[at + 4] if control & 2 else 0)
    return data[start : at + PACKET] if control & 1 else b""


def _section(data: bytes, at: int) -> bytes:
    payload = _payload(data, at)
    return payload[1 + payload[0] :]


def _elementary(data: bytes, at: int) -> bytes:
    """The payload without the PES header."""
    payload = _payload(data, at)
    return payload[9 + payload[8] :] if data[at + 1] & 0x40 else payload


def _pts(data: bytes, at: int) -> int:
    payload = _payload(data, at)
    if payload[:3] != b"\0\0\1" or not payload[7] & 0x80:
        raise Malformed(f"a PES header without a time stamp at {at}")
    stamp = payload[9:14]
    return (
        (stamp[0] >> 1 & 7) << 30 | stamp[1] << 22 | (stamp[2] >> 1) << 15 | stamp[3] << 7 | stamp[4] >> 1
    ) % _PTS_WRAP


def _adts_frames(stream: bytes) -> int:
    at = count = 0
    while at < len(stream):
        if stream[at] != 0xFF or stream[at + 1] & 0xF6 != 0xF0:
            raise Malformed(f"no ADTS frame at {at} of the audio")
        length = (stream[at + 3] & 3) << 11 | stream[at + 4] << 3 | stream[at + 5] >> 5
        if length < 7 or at + length > len(stream):
            raise Malformed(f"an ADTS frame of {length} bytes at {at} of {len(stream)}")
        count += 1 + (stream[at + 6] & 3)
        at += length
    return count


def _nals_to_first_slice(picture: bytes) -> list[bytes]:
    """The first four bytes of each NAL unit; that is as far as a profile and level go."""
    nals: list[bytes] = []
    at = picture.find(b"\0\0\1", 9 + picture[8])
    while at >= 0:
        nals.append(picture[at + 3 : at + 7])
        if nals[-1][0] & 0x1F in _SLICES:
            break
        at = picture.find(b"\0\0\1", at + 3)
    return nals
