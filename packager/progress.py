"""Progress: how far a packaging is, as its watcher is told. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["hash", "probe", "loudness", "encode", "mux", "check", "publish"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` is 0 to 1 within `stage`; `speed` is media seconds per second, while encoding."""

    stage: Stage
    done: float
    speed: float | None = None
    remaining_s: float | None = None


# Called in the thread that packages. What it raises stops the packaging and comes out of it.
Watcher = Callable[[Progress], None]


def unwatched(_progress: Progress) -> None:
    """The watcher of nobody."""
