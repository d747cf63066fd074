"""A bounded memory that forgets what has not been used for longest, half of it at once. No I/O."""

from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Generations(Generic[Key, Value]):
    """Values in two generations: what is used comes into the young one; when that is full, the old one goes.

    So a look-up costs what one in a dictionary does, and a full memory never empties at once: with one that is
    cleared, everything would have to be made anew together. `limit` is what both may weigh; 0: nothing is kept.
    `gone` is told of each value that is no longer kept.
    """

    __slots__ = ("_gone", "_half", "_old", "_old_weight", "_weight", "young")

    def __init__(self, limit: int, gone: Callable[[Value], None] | None = None) -> None:
        self._half = limit // 2
        self._gone = gone
        self.young: dict[Key, Value] = {}  # to be looked into first by whoever is in a hurry
        self._old: dict[Key, Value] = {}
        self._weight = self._old_weight = 0

    @property
    def weight(self) -> int:
        """Of all that is kept."""
        return self._weight + self._old_weight

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def get(self, key: Key) -> Value | None:
        """The value, if it is kept. Who finds it in the old generation keeps it anew."""
        found = self.young.get(key)
        return self._old.get(key) if found is None else found

    def keep(self, key: Key, value: Value, weight: int = 1) -> None:
        """Keep a value in the young generation."""
        if not self._half:
            return
        self.young[key] = value
        self.weigh(weight)

    def weigh(self, weight: int) -> None:
        """So much has been added to what is kept."""
        self._weight += weight
        if self._weight <= self._half:
            return
        dropped, self._old, self._old_weight = self._old, self.young, self._weight
        self.young, self._weight = {}, 0
        if self._gone is not None:
            for key, value in dropped.items():
                if self._old.get(key) is not value:
                    self._gone(value)
