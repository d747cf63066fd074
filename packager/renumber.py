"""Renumbering: segments that were cut from a part get the times and the numbers that they have in the whole. Pure."""

from struct import Struct

from packager.boxes import Box, Malformed, tree

_U32 = Struct(">I")
_U64 = Struct(">Q")


def renumbered(data: bytes, number: int, later: int) -> bytes:
    """The media segment as segment `number` (from 0), `later` in its timescale. Raises Malformed."""
    changed = bytearray(data)
    kinds = set()
    for box in tree(data):
        if box.kind == "mfhd":
            _U32.pack_into(changed, box.start + 4, number + 1)
        elif box.kind == "tfdt":
            _move(changed, box, 4, later)
        elif box.kind == "sidx":
            # Version and flags, reference id, timescale, then the earliest presentation time.
            _move(changed, box, 12, later)
        else:
            continue
        kinds.add(box.kind)
    if not {"mfhd", "tfdt"} <= kinds:
        raise Malformed("a segment without a number or a time")
    return bytes(changed)


def _move(data: bytearray, box: Box, offset: int, later: int) -> None:
    field = _U64 if data[box.start] == 1 else _U32
    at = box.start + offset
    field.pack_into(data, at, field.unpack_from(data, at)[0] + later)
