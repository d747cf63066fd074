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

_ALL = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_MULTIPLY = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_M1, _M2 = map(np.uint64, _MULTIPLY)
_S27, _S30, _S31 = map(np.uint64, (27, 30, 31))
_TIE_BITS = 8
_SMALL_BITS = 10  # as many clips as this fit, with value and tie, in 32 bits
_TAIL = 256  # of 65,536 cells, those at the end that are divided further
_FEW = 32  # of which each is reckoned by itself
_ASKED = 8  # clips that are looked at before all are
_FRACTION = 24  # bits of a logarithm that another is taken of
_LN2 = 135  # -log2(ln 2), in parts


def words(texts: Iterable[bytes]) -> Words:
    """A number for each text, of 64 bits: of a lineup, or an asset."""
    found = b"".join(blake2b(one, digest_size=8, person=b"streamsync-draw").digest() for one in texts)
    return np.frombuffer(found, dtype="<u8").astype(np.uint64)


def mixed(numbers: Words) -> Words:
    """The finalizer of splitmix64 (Steele, Lea and Flood 2014; Stafford's constants): one of each, well stirred."""
    numbers = numbers ^ (numbers >> _S30)
    numbers *= _M1
    numbers ^= numbers >> _S27
    numbers *= _M2
    numbers ^= numbers >> _S31
    return numbers


def streams(seeds: Words, number: int) -> Words:
    """Seeds of draw `number` of each lineup."""
    return mixed(seeds + np.uint64(_GOLDEN * number % (1 << 64)))


def stream(seed: int, number: int) -> int:
    """The same of one lineup."""
    return _mixed((seed + _GOLDEN * number) & _ALL)


def _mixed(number: int) -> int:
    number ^= number >> 30
    number = number * _MULTIPLY[0] & _ALL
    number ^= number >> 27
    number = number * _MULTIPLY[1] & _ALL
    return number ^ number >> 31


class Draw:
    """Draws from a pool of clips that have these numbers. At most POOL_LIMIT."""

    def __init__(self, marks: Words) -> None:
        if not 0 < len(marks) <= POOL_LIMIT:
            raise ValueError(f"there are 1 to {POOL_LIMIT} clips to draw from, not {len(marks)}")
        self.count = len(marks)
        self.marks = marks

    def order(self, seeds: Words, octaves: Octaves, member: Mask) -> tuple[Indexes, Indexes]:
        """For each seed the clips of `member`, drawn one after the other; and how many those are.

        `octaves` and `member` have a row for each seed and a column for each clip. Behind the last of a row is noise.
        """
        noise = mixed(seeds[:, None] + self.marks)
        value = _gumbels(noise, 32)
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


class Race:
    """The same draw for one lineup at a time, of weights that stay: `octaves` of each clip, none NEVER."""

    __slots__ = ("_bits", "_heavy", "_heavy_numbers", "_low", "_marks", "_shift", "_tie", "_up", "_word")

    def __init__(self, draw: Draw, octaves: Octaves) -> None:
        small = draw.count <= 1 << _SMALL_BITS
        self._marks, self._bits = draw.marks, _SMALL_BITS if small else 16
        self._heavy = np.minimum(np.maximum(octaves, -LIMIT), LIMIT).astype(np.int32)
        self._heavy -= _LEAST - 1
        word = self._word = np.uint32 if small else np.uint64
        self._up, self._shift = word(_TIE_BITS + self._bits), word(self._bits)
        self._tie, self._low = word((1 << _TIE_BITS) - 1), word((1 << self._bits) - 1)
        self._heavy_numbers: NDArray[Any] = self._heavy.astype(word)
        self._heavy_numbers <<= self._up
        self._heavy_numbers |= _numbers(draw.count, word)

    def order(self, seed: int) -> Indexes:
        """The clips, drawn one after the other."""
        packed = self._packed(seed)
        packed.sort()
        packed &= self._low
        return packed[::-1].astype(np.intp)

    def is_last(self, seed: int, clip: int) -> bool:
        """Whether this clip is the last of those drawn."""
        # What is heavy is hardly ever last: one of a few others is, and nearly always that is enough to know.
        own, marks = self._one(seed, clip), self._marks
        if any(other != clip and self._one(seed, other) < own for other in range(min(_ASKED, len(marks)))):
            return False
        return int(self._packed(seed).argmin()) == clip

    def _packed(self, seed: int) -> NDArray[Any]:
        """Value, tie and number of each clip in one word."""
        noise = mixed(self._marks + np.uint64(seed))
        packed: NDArray[Any] = _gumbels(noise, 32).astype(self._word)  # what is negative goes round, and comes back
        packed <<= self._up
        packed += self._heavy_numbers
        ties: NDArray[Any] = noise.astype(self._word)
        ties &= self._tie
        ties <<= self._shift
        packed |= ties
        return packed

    def _one(self, seed: int, clip: int) -> int:
        """That word of one clip."""
        noise = _mixed(self._marks.item(clip) + seed & _ALL)
        cell = noise >> 48
        value = _gumbel_table().item(cell) if cell >= _TAIL else _tail_of(noise >> 32)
        value += self._heavy.item(clip)
        return ((value << _TIE_BITS | noise & (1 << _TIE_BITS) - 1) << self._bits) | clip


@lru_cache(maxsize=64)
def _numbers(count: int, kind: type[Any]) -> NDArray[Any]:
    return np.arange(count, dtype=kind)


def raced(noise: NDArray[np.uint32], octaves: Octaves) -> NDArray[np.uint32]:
    """A key for each clip, from 32 bits of noise: by them in ascending order, clips are drawn one after the other.

    `octaves`: of each clip, none NEVER.
    """
    value = _gumbels(noise.astype(np.uint64), 0)
    value += np.clip(octaves, -LIMIT, LIMIT)
    keys = (_MOST - value).astype(np.uint32) << np.uint32(32 - _VALUE_BITS)
    keys |= (noise & np.uint32(0xFFFF)) << np.uint32(16 - _VALUE_BITS)  # ties, by what the value is not made of
    return keys


def _gumbels(noise: Words, fine_at: int) -> NDArray[np.int16]:
    """A number of Gumbel's distribution for each of noise, from its 32 bits that begin at `fine_at`."""
    cells = (noise >> np.uint64(fine_at + 16)).view(np.int64)
    value = _gumbel_table().take(cells, mode="wrap")  # "wrap" spares a check
    flat, numbers = value.ravel(), noise.ravel()
    (rare,) = (cells.ravel() < _TAIL).nonzero()  # one in 256: the first of what is drawn
    if len(rare) > _FEW:
        flat[rare] = _tail((numbers[rare] >> np.uint64(fine_at)) & np.uint64(0xFFFFFFFF))
    else:
        for at in rare.tolist():
            flat[at] = _tail_of(int(numbers[at]) >> fine_at)
    return value


@cache
def _gumbel_table() -> NDArray[np.int16]:
    """-log2(-log2(1 - p)) in parts, for p in the middle of each of 65,536 cells."""
    cells = np.arange(1 << 16, dtype=np.uint64)
    inner = np.uint64(17 << _FRACTION) - _log2(np.uint64((1 << 17) - 1) - cells * np.uint64(2), _FRACTION)
    value = np.int64(_FRACTION << 16) - _log2(np.maximum(inner, np.uint64(1)), 16).astype(np.int64)
    return _rounded(value).astype(np.int16)  # short, so that more of it is in the cache


def _tail(fine: Words) -> NDArray[np.int32]:
    """The same for p = `fine` / 2**32 that is small: -ln(1 - p) is p + p * p / 2, nearly."""
    middle = fine * np.uint64(2) + np.uint64(1)
    middle += (middle * middle) >> np.uint64(34)
    return _rounded(np.int64(33 << 16) - _quick_log2(middle)) - np.int32(_LN2)


def _tail_of(fine: int) -> int:
    """The same for one."""
    middle = 2 * fine + 1
    middle += middle * middle >> 34
    exponent = middle.bit_length() - 1
    log2 = (exponent << 16) + _log2_table().item((middle << 53 - exponent) >> 41 & 0xFFF)
    return ((33 << 16) - log2 + 128 >> 8) - _LN2


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
