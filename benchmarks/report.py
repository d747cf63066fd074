"""How figures are printed: what, how much, what it is to reach, whether it does. They are kept for the plots, too."""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from statistics import median

from benchmarks.results import Bar, Bars, Figure, Goal, Measured


class Record:
    """What a benchmark has reported so far."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.charts: list[Bars] = []

    def measured(self, name: str) -> Measured:
        """All of it."""
        return Measured(name=name, figures=tuple(self.figures), charts=tuple(self.charts))


_record: ContextVar[Record | None] = ContextVar("record", default=None)


@contextmanager
def recorded() -> Iterator[Record]:
    """What is reported within the block."""
    record = Record()
    token = _record.set(record)
    try:
        yield record
    finally:
        _record.reset(token)


def machine() -> str:
    """The machine, for a figure to be worth something."""
    return f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"


def figure(what: str, value: float, unit: str, at_most: float | None = None, at_least: float | None = None) -> None:
    """One line. There is a limit on one side, or none."""
    goal = Goal(at_most=at_most, at_least=at_least)
    reached = goal.is_reached(value)
    told = "" if reached is None else f"   ({goal.told()} {unit}: {'reached' if reached else 'MISSED'})"
    print(f"  {what:<64} {value:>10.3f} {unit}{told}", flush=True)
    record = _record.get()
    if record is not None:
        record.figures.append(Figure(what=what, value=value, unit=unit, goal=goal))


def bars(
    title: str,
    unit: str,
    rounds: Mapping[str, list[float]],
    goals: Mapping[str, Goal] | None = None,
    yardstick: tuple[str, float] | None = None,
) -> None:
    """For the plots alone: the values of each thing in each round, and the goals of some."""
    record = _record.get()
    if record is not None:
        wanted = goals or {}
        found = [Bar(name=name, values=tuple(one), goal=wanted.get(name, Goal())) for name, one in rounds.items()]
        record.charts.append(Bars(title=title, unit=unit, bars=tuple(found), yardstick=yardstick))


def spread(values: list[float]) -> str:
    """Median and range, as text."""
    return f"median {median(values):.3f}, {min(values):.3f} to {max(values):.3f} over {len(values)} rounds"
