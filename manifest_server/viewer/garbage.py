"""Collecting garbage in a server: never long, as every playlist waits meanwhile.

Python looks for garbage among all that has become old whenever there is a quarter more of it, be it that as much was
given up meanwhile: with the records of a thousand assets that takes a fifth of a second, each time. Here what
outlives a collection of the young is put aside, where it is freed when nobody refers to it any more but is not
searched. Only when there is twice as much of it as ever after a search is all of it searched once more.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

LEAST = 1_000_000  # objects put aside, up to which they are never searched: some 100 to 200 MB
LOOK_EVERY = 1_000  # collections: counting what was put aside takes some milliseconds


@contextmanager
def short_collections(least: int = LEAST, look_every: int = LOOK_EVERY) -> Iterator[None]:
    """Within the block, for the whole process."""
    aside = _Aside(least, look_every)
    gc.callbacks.append(aside.collected)
    try:
        yield
    finally:
        gc.callbacks.remove(aside.collected)
        gc.unfreeze()


class _Aside:
    """What was put aside. `collected` is told of every collection."""

    def __init__(self, least: int, look_every: int) -> None:
        self._least = least
        self._most = least
        self._look_every = look_every
        self._looks_in = look_every
        self._to_be_searched = False

    def collected(self, phase: str, info: dict[str, int]) -> None:
        """Put aside what is left. `info["generation"]`: 0 the youngest only, 1 what outlived some of these, 2 all."""
        if phase != "stop" or info["generation"] == 0:
            return
        if self._to_be_searched:
            if info["generation"] == 1:
                return
            gc.freeze()
            self._to_be_searched = False
            self._most = max(self._least, 2 * gc.get_freeze_count())
            return
        gc.freeze()
        self._looks_in -= 1
        if self._looks_in <= 0:
            self._looks_in = self._look_every
            if gc.get_freeze_count() > self._most:
                gc.unfreeze()  # Python does the search itself, soon
                self._to_be_searched = True
