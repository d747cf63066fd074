"""A story of the API of a channel with filler and a moment, ten minutes after it began."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from storage.catalogue import Catalogue
from tests.stage import EPOCH_MS, Clock, visited

from .moment_stage import with_moment

MAIN = "/api/v1/channels/main"


class Asker:
    """Asks the API about the channel main; the clock can be moved."""

    def __init__(self, client: httpx.AsyncClient, catalogue: Catalogue, clock: Clock) -> None:
        self.client = client
        self.catalogue = catalogue
        self.clock = clock

    async def __call__(
        self, method: str, path: str, body: object = None, *, status: int = 200, version: int | None = None
    ) -> dict[str, Any]:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        answer = await self.client.request(method, MAIN + path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        if "version" in found and status in {200, 201} and path != "/undo":
            assert answer.headers["ETag"] == f'"{found["version"]}"'
        return found

    async def sees(
        self, viewer: str, count: int = 20, at: str = "2026-01-01T00:10:00Z"
    ) -> list[tuple[str, str, int]]:
        """When which asset begins, with its number, for a viewer from an instant on."""
        seen = await self("GET", f"/viewers/{viewer}/preview?at={at}&count={count}")
        return [(one["starts"], one["asset"], one["msn"]) for one in seen["airings"]]


Story = Callable[[Asker], Awaitable[object]]


def tell(redis_url: str, folder: Path, story: Story) -> None:
    """Tell a story that begins at 00:10:00Z."""
    clock = Clock(EPOCH_MS + 600_000)

    async def whole(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        client.headers["Authorization"] = "Bearer secret"
        await with_moment(catalogue)
        await story(Asker(client, catalogue, clock))

    visited(redis_url, whole, data=folder, clock=clock, token="secret")  # noqa: S106
