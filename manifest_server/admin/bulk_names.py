"""Which names a long file has had, in constant memory: digests of them go to the disk, 32 bytes each."""

import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

_RUN = 1 << 19  # records that are sorted in memory, of 32 bytes
_PARTS = 256  # by their first bits; of one part all are in memory at once
_RECORD = np.dtype([("key", "<u8"), ("rest", "<u8"), ("content", "<u8"), ("row", "<u8")])
_ALL = (1 << 64) - 1
_REFERENCE = bytes(8)  # in place of a content

Kind = Literal["lineup", "viewer"]
Records = NDArray[np.void]


class Fault(NamedTuple):
    """A row that contradicts an earlier one, `before`, on this name; `before` None: no earlier row has the name."""

    row: int
    name: bytes  # as of `digest`
    before: int | None


def digest(kind: Kind, name: str) -> bytes:
    """What stands for a name, in 16 bytes."""
    return blake2b(name.encode(), digest_size=16, person=kind.encode()).digest()


class Names:
    """Take what rows say of names, in the order of rows, and tell which do not fit."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it goes with this
        self._buffer = bytearray()
        self._runs: list[tuple[int, list[int]]] = []  # where in the file each begins, and its parts in it
        self.different = 0  # how many names there are; it is known when all of `faults` were asked for

    def says(self, kind: Kind, name: str, content: int, row: int) -> None:
        """A row says something of a name. `content` is the same for who says the same."""
        self._add(digest(kind, name) + ((content | 1) & _ALL).to_bytes(8, "little"), row)

    def needs(self, kind: Kind, name: str, row: int) -> None:
        """A row is only good if an earlier one says something of a name."""
        self._add(digest(kind, name) + _REFERENCE, row)

    def faults(self) -> Iterator[Fault]:
        """The rows that do not fit: they say something else of a name than the first that has it, or need one."""
        left = _sorted(self._buffer)
        cuts = _cuts(left)
        for part in range(_PARTS):
            some = [left[cuts[part] : cuts[part + 1]]]
            for start, of in self._runs:
                self._file.seek(start + of[part] * _RECORD.itemsize)
                some.append(np.frombuffer(self._file.read((of[part + 1] - of[part]) * _RECORD.itemsize), _RECORD))
            found, starts = _by_name(np.concatenate(some))
            self.different += len(starts)
            if len(starts):
                yield from _faults(found, starts)

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()

    def _add(self, said: bytes, row: int) -> None:
        self._buffer += said
        self._buffer += row.to_bytes(8, "little")
        if len(self._buffer) >= _RUN * _RECORD.itemsize:
            run = _sorted(self._buffer)
            self._runs.append((self._file.tell(), _cuts(run)))
            self._file.write(run.tobytes())
            self._buffer = bytearray()


def _sorted(records: bytearray) -> Records:
    found = np.frombuffer(bytes(records), _RECORD)
    return found[np.argsort(found["key"], kind="stable")]


def _cuts(run: Records) -> list[int]:
    """Where the parts of a sorted run begin, and the last one ends."""
    bounds = np.arange(1, _PARTS, dtype=np.uint64) * np.uint64((_ALL + 1) // _PARTS)
    return [0, *np.searchsorted(run["key"], bounds).tolist(), len(run)]


def _by_name(found: Records) -> tuple[Records, NDArray[np.intp]]:
    """The same by names, and of each name by rows; and where each name begins."""
    found = found[np.lexsort((found["row"], found["rest"], found["key"]))]
    is_new = np.ones(len(found), dtype=bool)
    is_new[1:] = (found["key"][1:] != found["key"][:-1]) | (found["rest"][1:] != found["rest"][:-1])
    return found, np.flatnonzero(is_new)


def _faults(found: Records, starts: NDArray[np.intp]) -> Iterator[Fault]:
    """Of all records of some names, as of `_by_name`."""
    group = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(found)))
    says = found["content"] != 0
    # Of each name, where the first is that says something; past the end if none does.
    first = np.minimum.reduceat(np.where(says, np.arange(len(found)), len(found)), starts)[group]
    known = first < len(found)
    earlier = found[np.where(known, first, 0)]
    bad = np.where(says, found["content"] != earlier["content"], ~known | (earlier["row"] > found["row"]))
    for at in np.flatnonzero(bad):
        name = found["key"][at].tobytes() + found["rest"][at].tobytes()
        yield Fault(int(found["row"][at]), name, int(earlier["row"][at]) if says[at] else None)
