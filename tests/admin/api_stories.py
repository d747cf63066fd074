"""A story that is told of an API with five assets, by somebody who has its token."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from storage.catalogue import Catalogue
from tests.stage import Clock, asset, store, visited

FILMS = [asset(number) for number in range(1, 6)]  # 12 s, three segments each
A, B, C = (film.id for film in FILMS[:3])
CHANNELS = "/api/v1/channels"

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[object]]
Tell = Callable[[Story], object]


def teller(redis_url: str, folder: Path, clock: Clock | None = None) -> Tell:
    """Tells stories of one API."""

    def told(story: Story) -> object:
        async def with_token(client: httpx.AsyncClient, catalogue: Catalogue) -> object:
            client.headers["Authorization"] = "Bearer secret"
            for film in FILMS:
                await catalogue.index_asset(film)
            return await story(client, catalogue)

        return visited(redis_url, with_token, data=folder, clock=clock, token="secret")  # noqa: S106

    return told


def media(folder: Path) -> None:
    """Objects of the five assets, and their records."""
    for film in FILMS:
        store(folder / "objects", film)
        (folder / "objects" / "records").mkdir(exist_ok=True)
        (folder / "objects" / "records" / f"{film.id}.json").write_text(film.model_dump_json())
