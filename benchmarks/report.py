"""How figures are printed: what, how much, what it is to reach, whether it does."""

import os
import platform
from statistics import median


def machine() -> str:
    """The machine, for a figure to be worth something."""
    return f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"


def figure(what: str, value: float, unit: str, at_most: float | None = None, at_least: float | None = None) -> None:
    """One line. There is a limit on one side, or none."""
    goal = ""
    if at_most is not None:
        goal = f"   (at most {at_most:g} {unit}: {'reached' if value <= at_most else 'MISSED'})"
    elif at_least is not None:
        goal = f"   (at least {at_least:g} {unit}: {'reached' if value >= at_least else 'MISSED'})"
    print(f"  {what:<64} {value:>10.3f} {unit}{goal}", flush=True)


def spread(values: list[float]) -> str:
    """Median and range, as text."""
    return f"median {median(values):.3f}, {min(values):.3f} to {max(values):.3f} over {len(values)} rounds"
