"""Luck that is the same again for the same seed: splitmix64. Pure."""

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15


class Luck:
    """Numbers, one after the other."""

    def __init__(self, seed: int) -> None:
        self._state = seed * _STEP & _MASK

    def part(self) -> float:
        """From 0 up to, not including, 1."""
        self._state = (self._state + _STEP) & _MASK
        mixed = self._state
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _MASK
        return ((mixed ^ (mixed >> 31)) >> 11) / (1 << 53)

    def below(self, count: int) -> int:
        """A whole number from 0 up to, not including, `count`."""
        return int(self.part() * count)

    def between(self, low: float, high: float) -> float:
        """One of a span."""
        return low + (high - low) * self.part()
