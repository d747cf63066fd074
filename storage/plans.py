"""Plans as they are stored: what each lineup of a shard of the audience is to air, packed tight. Pure.

A shard has the lineups whose ids begin with the same bits. Little-endian:

    magic "SSP1"   bits of an index: u8   0: u8   0: u16   lineups: u32
    ids            12 bytes each, ascending
    ends           u32 each: where a lineup's row ends, from the first row's beginning
    rows           clips: u16, then as many indexes into the plan's assets, of so many bits, the highest bit first
    digest         blake2b of all before, 16 bytes
"""

import struct
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from storage.errors import Unavailable
from storage.lineup_ids import DIGEST_BYTES as ID_BYTES

ROW_LIMIT = 10_000  # clips; a day of ten-second clips has 8,640
SHARDS_LIMIT = 1 << 18
SHARD_BYTES = 64 << 20  # a shard that is longer is none

_MAGIC = b"SSP1"
_HEAD = struct.Struct("<4sBBHI")
_DIGEST = 16


def index_bits(assets: int) -> int:
    """How many bits an index into so many assets takes."""
    return max((assets - 1).bit_length(), 1)


def shard_of(lineup: bytes, shards: int) -> int:
    """The shard that a lineup is in, by the first bits of its id. `shards`: a power of two."""
    return int.from_bytes(lineup[:4], "big") * shards >> 32


def packed(ids: Sequence[bytes], rows: Sequence[NDArray[np.intp]], assets: int) -> bytes:
    """A shard. `ids`: ascending; `rows`: indexes below `assets`, for each id."""
    bits = index_bits(assets)
    sizes = np.array([len(row) for row in rows], dtype=np.int64)
    if any(a >= b for a, b in pairwise(ids)) or (sizes > ROW_LIMIT).any():
        raise ValueError("ids ascend, and a row has a bounded length")
    data, used = _bits(rows, sizes, bits)
    body = b"".join((
        _HEAD.pack(_MAGIC, bits, 0, 0, len(ids)),
        *ids,
        np.cumsum(used + 2).astype("<u4").tobytes(),
        data,
    ))  # fmt: skip
    return body + blake2b(body, digest_size=_DIGEST).digest()


def _bits(rows: Sequence[NDArray[np.intp]], sizes: NDArray[np.int64], bits: int) -> tuple[bytes, NDArray[np.int64]]:
    """The rows, each with its size before it, and how many bytes the indexes of each take."""
    if not rows:
        return b"", sizes
    width = -(-int(sizes.max()) // 8) * 8
    padded = np.zeros((len(rows), width), dtype=np.uint16)
    there = np.arange(width) < sizes[:, None]
    padded[there] = np.concatenate(rows)
    shifts = np.arange(bits - 1, -1, -1, dtype=np.uint16)
    flags = ((padded[:, :, None] >> shifts) & np.uint16(1)).astype(np.uint8)
    whole = np.packbits(flags.reshape(len(rows), width * bits), axis=1)
    used = -(-sizes * bits // 8)
    heads = sizes.astype("<u2").view(np.uint8).reshape(len(rows), 2)
    kept = np.arange(whole.shape[1] + 2) < used[:, None] + 2
    return np.concatenate([heads, whole], axis=1)[kept].tobytes(), used


class Shard:
    """A shard that was read. Raises Unavailable for bytes that are none, or not one for so many assets."""

    def __init__(self, data: bytes, assets: int, key: str = "a plan") -> None:
        self._data, self._assets, self._key = data, assets, key
        if len(data) < _HEAD.size + _DIGEST or len(data) > SHARD_BYTES:
            raise self._damaged("it is too short or too long")
        if blake2b(memoryview(data)[:-_DIGEST], digest_size=_DIGEST).digest() != data[-_DIGEST:]:
            raise self._damaged("its digest is another")
        magic, self._bits, *zeros, self.count = _HEAD.unpack_from(data)
        if magic != _MAGIC or any(zeros) or self._bits != index_bits(assets):
            raise self._damaged("it begins with something else")
        self._ends = _HEAD.size + ID_BYTES * self.count
        self._rows = self._ends + 4 * self.count
        if self._rows + self._end(self.count - 1) + _DIGEST != len(data):
            raise self._damaged("its rows do not fill it")

    @property
    def size_bytes(self) -> int:
        """How long it is."""
        return len(self._data)

    def clips(self, lineup: bytes) -> tuple[int, ...] | None:
        """What a lineup airs, as indexes into the plan's assets; None: it is unknown to the plan."""
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self._id(middle) < lineup:
                low = middle + 1
            else:
                high = middle
        return self.row(low) if low < self.count and self._id(low) == lineup else None

    def row(self, number: int) -> tuple[int, ...]:
        """The indexes of row `number`."""
        start, end = self._end(number - 1), self._end(number)
        row = self._data[self._rows + start : self._rows + end]
        count, bits = int.from_bytes(row[:2], "little"), self._bits
        if end < start + 2 or len(row) - 2 != -(-count * bits // 8) or count > ROW_LIMIT:
            raise self._damaged(f"row {number} has another length than it says")
        word, mask = int.from_bytes(row[2:], "big") >> (-count * bits % 8), (1 << bits) - 1
        found = tuple((word >> shift) & mask for shift in range((count - 1) * bits, -1, -bits))
        if found and max(found) >= self._assets:
            raise self._damaged(f"row {number} names an asset that is not there")
        return found

    def ids(self) -> list[bytes]:
        """All lineups in it."""
        return [self._id(number) for number in range(self.count)]

    def _id(self, number: int) -> bytes:
        at = _HEAD.size + ID_BYTES * number
        return self._data[at : at + ID_BYTES]

    def _end(self, number: int) -> int:
        at = self._ends + 4 * number
        return int.from_bytes(self._data[at : at + 4], "little") if number >= 0 else 0

    def _damaged(self, why: str) -> Unavailable:
        return Unavailable(f"object {self._key!r} is no shard of this plan: {why}")
