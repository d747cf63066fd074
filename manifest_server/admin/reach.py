"""What every door asks first: whether the catalogue is known to be away."""

from collections.abc import Callable
from typing import Any

from fastapi import Depends


def in_reach(check: Callable[[], None]) -> Any:
    """A dependency of routes. `check` raises Unavailable while Redis is known to be away."""

    async def checked() -> None:
        check()

    return Depends(checked)
