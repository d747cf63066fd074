"""What a run has measured, as JSON."""

from statistics import median
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Goal(_Kept):
    """What a value is to be at most, or at least; with neither there is no goal."""

    at_most: FiniteFloat | None = None
    at_least: FiniteFloat | None = None

    def is_reached(self, value: float) -> bool | None:
        """None: there is no goal."""
        if self.at_most is not None:
            return value <= self.at_most
        return None if self.at_least is None else value >= self.at_least

    def told(self) -> str:
        """In words, or nothing."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return "" if self.at_least is None else f"at least {self.at_least:g}"


class Figure(_Kept):
    """One line of what is printed."""

    what: str
    value: FiniteFloat
    unit: str
    goal: Goal = Goal()


class Bar(_Kept):
    """The values of one thing in each round."""

    name: str
    values: Annotated[tuple[Annotated[FiniteFloat, Field(ge=0)], ...], Field(min_length=1)]
    goal: Goal = Goal()

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)


class Bars(_Kept):
    """Things that are compared. `yardstick`: the name of what they are held against, and its value."""

    title: str
    unit: str
    bars: Annotated[tuple[Bar, ...], Field(min_length=1)]
    yardstick: tuple[str, Annotated[FiniteFloat, Field(ge=0)]] | None = None


class Measured(_Kept):
    """What one benchmark has measured."""

    name: str
    figures: tuple[Figure, ...] = ()
    charts: tuple[Bars, ...] = ()


class Results(_Kept):
    """Of a run: on which machine, when it was begun (RFC 3339), and what was measured."""

    version: Literal[1] = 1
    machine: str
    begun: str
    measured: tuple[Measured, ...]
