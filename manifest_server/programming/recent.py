"""The cycles that all lineups together remember: bounded in bytes, and made again when they are needed again. Pure.

A viewer needs a cycle of theirs where one clip gives way to the next, every few minutes. So a few thousand serve as
many viewers as there are, however many clips are in a pool.
"""

from collections import deque
from typing import Protocol
from weakref import ref

BYTES_KEPT = 16 << 20
_CYCLE_BYTES = 750  # of a cycle without its clips, and of what is kept here of it
_CLIP_BYTES = 14


class Forgetful(Protocol):
    """Who remembers cycles."""

    def forget(self) -> None:
        """Remember one less."""
        ...


class Recent:
    """Who remembers how many: above `limit` bytes they forget, whoever has remembered longest first.

    It keeps none of them alive.
    """

    __slots__ = ("_left", "_noted")

    def __init__(self, limit: int = BYTES_KEPT) -> None:
        self._left = limit
        self._noted: deque[tuple[ref[Forgetful], int]] = deque()

    def note(self, order: Forgetful, clips: int) -> None:
        """One more cycle, of so many clips, is remembered there."""
        weight = _CYCLE_BYTES + _CLIP_BYTES * clips
        self._noted.append((ref(order), weight))
        self._left -= weight
        while self._left < 0 and len(self._noted) > 1:
            noted, weight = self._noted.popleft()
            self._left += weight
            oldest = noted()
            if oldest is not None:
                oldest.forget()
