"""Spans: what took how long, and as part of what, for whoever collects traces. Until somebody does, they are nothing.

Nothing here knows how they are collected: see `streamsync/traces.py`.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal, Protocol

Kind = Literal["server", "client", "consumer", "internal"]
Value = str | int | float | bool

TRACE_CONTEXT = ("traceparent", "tracestate")  # W3C Trace Context: the headers that say of which trace one is a part


class Span(Protocol):
    """Something under way."""

    def note(self, name: str, value: Value) -> None:
        """Tell of it, by a name of OpenTelemetry's semantic conventions if there is one."""

    def rename(self, name: str) -> None:
        """Call it otherwise."""

    def fail(self, error: str) -> None:
        """It went wrong: `error` is a class of errors, or a status."""


class Collector(Protocol):
    """What makes something of spans."""

    def begin(self, name: str, kind: Kind, headers: Mapping[str, str]) -> AbstractContextManager[Span]:
        """A span of the trace that the headers name, else of a new one."""

    def part(self, name: str, kind: Kind) -> AbstractContextManager[Span]:
        """A span of what is under way in this thread or task, if that is collected."""

    def traceparent(self) -> str | None:
        """What names that which is under way, to others."""


class _Nothing:
    def note(self, name: str, value: Value) -> None:
        pass

    def rename(self, name: str) -> None:
        pass

    def fail(self, error: str) -> None:
        pass


NOTHING: AbstractContextManager[Span] = nullcontext(_Nothing())

# Of the process, as are the places that have spans: none of these is made for one collector or another.
_collectors: list[Collector] = []


def are_collected() -> bool:
    """Whether anybody collects."""
    return bool(_collectors)


@contextmanager
def collected_by(collector: Collector) -> Iterator[None]:
    """Until the block is left, by this one."""
    _collectors.append(collector)
    try:
        yield
    finally:
        _collectors.remove(collector)


def begin(name: str, kind: Kind, headers: Mapping[str, str] | None = None) -> AbstractContextManager[Span]:
    """A span of its own, or of the trace that these headers of a request name."""
    return _collectors[-1].begin(name, kind, headers or {}) if _collectors else NOTHING


def part(name: str, kind: Kind = "internal") -> AbstractContextManager[Span]:
    """A span of what is under way here. Nothing if that is not collected, or has ended: what a server does all the
    time by itself is of no trace."""
    return _collectors[-1].part(name, kind) if _collectors else NOTHING


def traceparent() -> str | None:
    """What names that which is under way here, for who goes on with it elsewhere; None if nobody collects."""
    return _collectors[-1].traceparent() if _collectors else None
