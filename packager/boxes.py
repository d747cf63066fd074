"""Boxes: a strict reader of the ISO-BMFF boxes that a CMAF segment is made of. Pure. ISO 14496-12, -15."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

_U32 = Struct(">I")
_U64 = Struct(">Q")
_HEAD = Struct(">I4s")

_CONTAINERS = frozenset({"moov", "trak", "mdia", "minf", "stbl", "edts", "mvex", "moof", "traf"})
_VIDEO_ENTRY_BYTES = 78
_AUDIO_ENTRY_BYTES = 28


class Malformed(Exception):
    """The bytes are not what they should be; the message says what, and where."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type and where its content is."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Init:
    """What an initialisation section says of its one track."""

    timescale: int
    codecs: str
    edits: bool  # an edit list that moves or stretches anything
    nal_length_bytes: int  # 0: not H.264


@dataclass(frozen=True, slots=True)
class Fragment:
    """One media segment. Times in the track's timescale; `first_sample` is the bytes of the first."""

    decode_time: int
    durations: tuple[int, ...]
    reordered: bool  # some sample has a composition offset
    starts_sync: bool
    first_sample: bytes

    @property
    def end_time(self) -> int:
        """Where the next segment has to go on."""
        return self.decode_time + sum(self.durations)


def walk(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes from `start` to `end`, which they have to fill exactly. Raises Malformed."""
    end = len(data) if end is None else end
    while start < end:
        if end - start < 8:
            raise Malformed(f"{end - start} stray bytes at {start}")
        size, kind = _HEAD.unpack_from(data, start)
        content = start + 8
        if size == 1:
            size, content = _U64.unpack_from(data, content)[0], content + 8
        if size < content - start or start + size > end:
            raise Malformed(f"box {kind!r} at {start} is {size} bytes long, there are {end - start}")
        yield Box(kind.decode("latin-1"), content, start + size)
        start += size


def tree(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The same with the boxes inside of those that are containers. Raises Malformed."""
    for box in walk(data, start, end):
        yield box
        if box.kind in _CONTAINERS:
            yield from tree(data, box.start, box.end)


def init(data: bytes) -> Init:
    """Read an initialisation section (ftyp and moov). Raises Malformed."""
    try:
        return _init(data)
    except (struct.error, IndexError) as error:
        raise Malformed(f"initialisation section: {error}") from None


def fragment(data: bytes) -> Fragment:
    """Read a media segment of one moof and one mdat. Raises Malformed."""
    try:
        return _fragment(data)
    except (struct.error, IndexError) as error:
        raise Malformed(f"media segment: {error}") from None


def nal_kinds(sample: bytes, length_bytes: int) -> tuple[int, ...]:
    """The types of the NAL units of one H.264 sample. Raises Malformed when they do not fill it."""
    kinds, at = [], 0
    while at < len(sample):
        length = int.from_bytes(sample[at : at + length_bytes])
        at += length_bytes
        if length == 0 or at + length > len(sample):
            raise Malformed(f"a NAL unit of {length} bytes at {at} of {len(sample)}")
        kinds.append(sample[at] & 0x1F)
        at += length
    return tuple(kinds)


def _only(boxes: list[Box], kind: str) -> Box:
    found = [box for box in boxes if box.kind == kind]
    if len(found) != 1:
        raise Malformed(f"{len(found)} boxes {kind!r}, not 1")
    return found[0]


def _u32(data: bytes, at: int) -> int:
    value: int = _U32.unpack_from(data, at)[0]
    return value


def _init(data: bytes) -> Init:
    boxes = list(tree(data))
    mdhd = _only(boxes, "mdhd")
    timescale = _u32(data, mdhd.start + (20 if data[mdhd.start] == 1 else 12))
    stsd = _only(boxes, "stsd")
    entry = next(walk(data, stsd.start + 8, stsd.end))
    codecs, nal_length = _codecs(data, entry)
    edits = any(_moves(data, box) for box in boxes if box.kind == "elst")
    return Init(timescale, codecs, edits, nal_length)


def _moves(data: bytes, elst: Box) -> bool:
    wide = data[elst.start] == 1
    length, time = (20, 8) if wide else (12, 4)
    first = elst.start + 8
    for number in range(_u32(data, elst.start + 4)):
        at = first + number * length + time
        if (_U64 if wide else _U32).unpack_from(data, at)[0] != 0:
            return True
    return False


def _codecs(data: bytes, entry: Box) -> tuple[str, int]:
    if entry.kind == "avc1":
        avcc = _only(list(walk(data, entry.start + _VIDEO_ENTRY_BYTES, entry.end)), "avcC")
        profile = data[avcc.start + 1 : avcc.start + 4].hex().upper()
        return f"avc1.{profile}", (data[avcc.start + 4] & 3) + 1
    if entry.kind == "mp4a":
        esds = _only(list(walk(data, entry.start + _AUDIO_ENTRY_BYTES, entry.end)), "esds")
        return f"mp4a.40.{_object_type(data, esds)}", 0
    raise Malformed(f"sample entry {entry.kind!r}")


def _object_type(data: bytes, esds: Box) -> int:
    """The MPEG-4 audio object type, from the descriptor chain. ISO 14496-1, 14496-3."""
    at = esds.start + 4
    for tag, skipped in ((3, 3), (4, 13), (5, 0)):
        if data[at] != tag:
            raise Malformed(f"descriptor {data[at]} in esds, not {tag}")
        at += 1
        while data[at] & 0x80:
            at += 1
        at += 1 + skipped
    return data[at] >> 3


def _fragment(data: bytes) -> Fragment:
    top = [box for box in walk(data) if box.kind not in {"styp", "sidx", "prft"}]
    if [box.kind for box in top] != ["moof", "mdat"]:
        raise Malformed("a segment is " + " ".join(box.kind for box in top) + ", not moof mdat")
    moof, mdat = top
    boxes = list(tree(data, moof.start, moof.end))
    tfdt, tfhd, trun = (_only(boxes, kind) for kind in ("tfdt", "tfhd", "trun"))
    wide = data[tfdt.start] == 1
    decode_time: int = (_U64 if wide else _U32).unpack_from(data, tfdt.start + 4)[0]
    defaults = _defaults(data, tfhd)
    offset, durations, sizes, flags, reordered = _samples(data, trun, defaults)
    first = moof.start - 8 + offset
    if first != mdat.start or sum(sizes) != mdat.end - mdat.start:
        raise Malformed(f"samples of {sum(sizes)} bytes in {mdat.end - mdat.start} bytes of media")
    starts_sync = not flags[0] & 0x10000
    return Fragment(decode_time, durations, reordered, starts_sync, data[first : first + sizes[0]])


def _defaults(data: bytes, tfhd: Box) -> dict[int, int]:
    """tfhd's optional values by their flag: 0x8 duration, 0x10 size, 0x20 flags."""
    flags = _u32(data, tfhd.start) & 0xFFFFFF
    if flags & 0x1:
        raise Malformed("tfhd has an absolute data offset")
    at, found = tfhd.start + 8, {}
    for bit in (0x2, 0x8, 0x10, 0x20):
        if flags & bit:
            found[bit] = _u32(data, at)
            at += 4
    return found


def _samples(
    data: bytes, trun: Box, defaults: dict[int, int]
) -> tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...], bool]:
    """The data offset, then of every sample duration, size and flags; and whether any is reordered."""
    flags, count = _u32(data, trun.start) & 0xFFFFFF, _u32(data, trun.start + 4)
    if not flags & 0x1 or not count:
        raise Malformed(f"trun has {count} samples, flags {flags:#x}")
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    at = trun.start + 12
    first_flags = None
    if flags & 0x4:
        first_flags, at = _u32(data, at), at + 4
    if trun.end - at != count * 4 * len(fields):
        raise Malformed(f"trun of {count} samples is {trun.end - at} bytes long")
    table = Struct(f">{count * len(fields)}I").unpack_from(data, at)

    def column(bit: int, default: int | None) -> tuple[int, ...]:
        if bit in fields:
            return table[fields.index(bit) :: len(fields)]
        if default is None:
            raise Malformed(f"trun and tfhd are silent on {bit:#x}")
        return (default,) * count

    sample_flags = column(0x400, defaults.get(0x20, 0))
    if first_flags is not None:
        sample_flags = (first_flags, *sample_flags[1:])
    reordered = any(column(0x800, 0))
    offset = _u32(data, trun.start + 8)
    return offset, column(0x100, defaults.get(0x8)), column(0x200, defaults.get(0x10)), sample_flags, reordered
