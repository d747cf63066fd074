"""Weighted draws for many lineups at once: which clips, in which order, the same on every machine. Pure.

All of it is done in integers: hashes by splitmix64, logarithms by squaring. So nothing depends on how a processor or
a library rounds. Weights are logarithms: octaves, in parts of UNIT, so that 0 is one, UNIT is two, and -UNIT a half.

A draw without replacement where each weight counts as often as it says (Efraimidis and Spirakis 2006) is a sort by
`u ** (1 / weight)`, or by its logarithm's logarithm: the octaves plus a number that has Gumbel's distribution.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNIT = 256  # parts of an octave
LIMIT = 8 * UNIT  # octaves beyond which a weight is not told from the limit
NEVER = -(1 << 15)  # instead of octaves: not at all
POOL_LIMIT = 1 << 16  # clips that can be drawn from

Words = NDArray[np.uint64]
Octaves = NDArray[np.int16]
Indexes = NDArray[np.intp]
Mask = NDArray[np.bool_]

_GOLDEN = 0x9E3779B97F4A7C15
_TIE_BITS = 8
_SMALL_BITS = 10  # as many clips as this fit, with value and tie, in 32 bits
_TAIL = 256  # of 65,536 cells, those at the end that are divided further
_FRACTION = 24  # bits of a logarithm that another is taken of
_LN2 = 135  # -log2(ln 2), in parts


def words(texts: Iterable[bytes]) -> Words:
    """A number for each text, of 64 bits: of a lineup, or an asset."""
    found = b"".join(blake2b(one, digest_size=8, person=b"streamsync-draw").digest() for one in texts)
    return np.frombuffer(found, dtype="<u8").astype(np.uint64)


def mixed(numbers: Words) -> Words:
    """The finalizer of splitmix64 (Steele, Lea and Flood 2014; Stafford's constants): one of each, well stirred."""
    numbers = numbers ^ (numbers >> np.uint64(30))
    numbers *= np.uint64(0xBF58476D1CE4E5B9)
    numbers ^= numbers >> np.uint64(27)
    numbers *= np.uint64(0x94D049BB133111EB)
    numbers ^= numbers >> np.uint64(31)
    return numbers


def streams(seeds: Words, number: int) -> Words:
    """Seeds of draw `number` of each lineup."""
    return mixed(seeds + np.uint64(_GOLDEN * number % (1 << 64)))


class Draw:
    """Draws from a pool of clips that have these numbers. At most POOL_LIMIT."""

    def __init__(self, marks: Words) -> None:
        if not 0 < len(marks) <= POOL_LIMIT:
            raise ValueError(f"there are 1 to {POOL_LIMIT} clips to draw from, not {len(marks)}")
        self.count = len(marks)
        self._marks = marks

    def order(self, seeds: Words, octaves: Octaves, member: Mask) -> tuple[Indexes, Indexes]:
        """For each seed the clips of `member`, drawn one after the other; and how many those are.

        `octaves` and `member` have a row for each seed and a column for each clip. Behind the last of a row is noise.
        """
        noise = mixed(seeds[:, None] + self._marks)
        value = _gumbels(noise, np.uint64(32))
        value += np.clip(octaves, -LIMIT, LIMIT)
        value -= _LEAST - 1
        value *= member  # what is not to be drawn is 0, and all else above it
        if self.count <= 1 << _SMALL_BITS:
            return self._sorted(value.astype(np.uint32), noise, _SMALL_BITS), member.sum(axis=1)
        return self._sorted(value.astype(np.uint64), noise, 16), member.sum(axis=1)

    def _sorted(self, value: NDArray[Any], noise: Words, bits: int) -> Indexes:
        """Indexes by value, then by some bits of the noise that the value was not made of, then by index."""
        word = value.dtype.type
        packed = value << word(_TIE_BITS + bits)
        packed |= (noise.astype(word) & word((1 << _TIE_BITS) - 1)) << word(bits)
        packed |= np.arange(self.count, dtype=word)
        packed.sort(axis=1)
        order: Indexes = (packed[:, ::-1] & word((1 << bits) - 1)).astype(np.intp)
        return order


@lru_cache(maxsize=64)
def draw_of(assets: tuple[str, ...]) -> Draw:
    """Draws from these assets. Remembered: the pool of a channel is the same for all its viewers."""
    return Draw(words(asset.encode() for asset in assets))


def raced(noise: NDArray[np.uint32], octaves: Octaves) -> NDArray[np.uint32]:
    """A key for each clip, from 32 bits of noise: by them in ascending order, clips are drawn one after the other.

    `octaves`: of each clip, none NEVER.
    """
    value = _gumbels(noise.astype(np.uint64), np.uint64(0))
    value += np.clip(octaves, -LIMIT, LIMIT)
    keys = (_MOST - value).astype(np.uint32) << np.uint32(32 - _VALUE_BITS)
    keys |= (noise & np.uint32(0xFFFF)) << np.uint32(16 - _VALUE_BITS)  # ties, by what the value is not made of
    return keys


def _gumbels(noise: Words, fine_at: np.uint64) -> NDArray[np.int32]:
    """A number of Gumbel's distribution for each of noise, from its 32 bits that begin at `fine_at`."""
    cells = (noise >> (fine_at + np.uint64(16))).astype(np.uint16)
    value = _gumbel_table()[cells]
    rare = np.flatnonzero(cells.ravel() < _TAIL)  # one in 256: the first of what is drawn
    value.ravel()[rare] = _tail((noise.ravel()[rare] >> fine_at) & np.uint64(0xFFFFFFFF))
    return value


@cache
def _gumbel_table() -> NDArray[np.int32]:
    """-log2(-log2(1 - p)) in parts, for p in the middle of each of 65,536 cells."""
    cells = np.arange(1 << 16, dtype=np.uint64)
    inner = np.uint64(17 << _FRACTION) - _log2(np.uint64((1 << 17) - 1) - cells * np.uint64(2), _FRACTION)
    return _rounded(np.int64(_FRACTION << 16) - _log2(np.maximum(inner, np.uint64(1)), 16).astype(np.int64))


def _tail(fine: Words) -> NDArray[np.int32]:
    """The same for p = `fine` / 2**32 that is small: -ln(1 - p) is p + p * p / 2, nearly."""
    middle = fine * np.uint64(2) + np.uint64(1)
    middle += (middle * middle) >> np.uint64(34)
    return _rounded(np.int64(33 << 16) - _quick_log2(middle)) - np.int32(_LN2)


def _rounded(fixed: NDArray[np.int64]) -> NDArray[np.int32]:
    """From 16 bits of fraction to parts of UNIT."""
    return ((fixed + 128) >> 8).astype(np.int32)


def _log2(numbers: Words, bits: int) -> Words:
    """log2 of numbers of at most 53 bits, with so many bits of fraction: bit by bit, by squaring, rounded down."""
    exponents = _exponents(numbers)
    high = exponents > np.uint64(31)
    mantissas = np.where(
        high, numbers >> np.where(high, exponents - np.uint64(31), np.uint64(0)),
        numbers << np.where(high, np.uint64(0), np.uint64(31) - exponents),
    )  # fmt: skip
    found = exponents
    for _ in range(bits):
        mantissas = (mantissas * mantissas) >> np.uint64(31)  # from 1 to 4, times 2**31
        carry = mantissas >> np.uint64(32)
        mantissas >>= carry
        found = (found << np.uint64(1)) | carry
    return found


def _quick_log2(numbers: Words) -> NDArray[np.int64]:
    """The same from a table, with 16 bits of fraction of which the first 12 count: for a few numbers at a time."""
    exponents = _exponents(numbers)
    # 33 bits are the most there are; so shifted, the highest bit is the 54th.
    cells = (numbers << (np.uint64(53) - exponents)) >> np.uint64(41)
    return (exponents << np.uint64(16)).astype(np.int64) + _log2_table()[(cells & np.uint64(0xFFF)).astype(np.intp)]


@cache
def _log2_table() -> NDArray[np.int64]:
    """log2 of 1 to 2 in the middle of each of 4,096 cells, with 16 bits of fraction."""
    middle = np.arange(1 << 13, 1 << 14, 2, dtype=np.uint64) + np.uint64(1)
    return _log2(middle, 16).astype(np.int64) - (13 << 16)


def _exponents(numbers: Words) -> Words:
    """The highest bit of numbers of at most 53 bits: exact, as IEEE 754 has it."""
    return (np.frexp(numbers.astype(np.float64))[1] - 1).astype(np.uint64)


# The least that a value can be, before it is moved up to 1: the last cell of the table, with the least weight.
_LEAST = -5 * UNIT - LIMIT
_VALUE_BITS = 14  # as many bits as a value takes
_MOST = _LEAST + (1 << _VALUE_BITS) - 1  # and the most that it can be, or more
