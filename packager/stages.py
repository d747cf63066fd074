"""Spans of the stages of a packaging, by what its watcher is told."""

from contextlib import ExitStack
from types import TracebackType

from packager.progress import Progress, Watcher
from storage import spans


class Stages:
    """A watcher for another, as a context: what is done in a stage is part of its span. For one thread."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._stage = ""
        self._span = ExitStack()

    def __enter__(self) -> "Stages":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._span.__exit__(kind, error, trace)

    def watch(self, progress: Progress) -> None:
        """See Watcher."""
        self._watcher(progress)
        if progress.stage != self._stage:
            self._span.close()
            self._stage = progress.stage
            self._span.enter_context(spans.part(progress.stage))
