"""Deleting what is under a prefix, many at a time, in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from storage.objects import Entry, Objects

_AT_ONCE = 16  # a store far away answers each after a tenth of a second
_WAITING = 4 * _AT_ONCE


@dataclass(frozen=True, slots=True)
class Freed:
    """What was deleted."""

    objects: int = 0
    size_bytes: int = 0


def delete_all(objects: Objects, entries: Iterable[Entry], watcher: Callable[[Freed], None]) -> Freed:
    """Delete these objects; safe to kill and to repeat. `watcher` is told how far it is, in this thread."""
    freed = Freed()
    running: deque[tuple[Entry, Future[None]]] = deque()

    def one_done() -> Freed:
        entry, future = running.popleft()
        future.result()
        done = Freed(freed.objects + 1, freed.size_bytes + entry.size_bytes)
        watcher(done)
        return done

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="delete") as pool:
        for entry in entries:
            running.append((entry, pool.submit(objects.delete, entry.key)))
            if len(running) >= _WAITING:
                freed = one_done()
        while running:
            freed = one_done()
    return freed
