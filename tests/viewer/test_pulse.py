"""What a server says of itself, and of the one that had its number before."""

import asyncio
from pathlib import Path

import pytest

from manifest_server.viewer import pulse
from manifest_server.viewer.app import application
from manifest_server.viewer.fellows import Fellows
from storage.beat_records import ServerBeat
from storage.beats import beat
from storage.catalogue import Catalogue
from storage.settings import Settings
from tests.stage import Clock


@pytest.mark.parametrize("first_s", [pulse.FIRST_S, 0.0], ids=["in time", "too late for the beginning"])
def test_who_had_the_number_is_seen_off(
    redis_url: str, tmp_path: Path, first_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "FIRST_S", first_s)
    killed = ServerBeat(id="killed", host="here", pid=1, version="1", started_ms=0)

    async def story() -> None:
        Fellows(tmp_path, 0, 2).succeed(killed.id)
        app = application(Settings(data=tmp_path), redis_url, Clock(), fellows=Fellows(tmp_path, 0, 2))
        async with Catalogue.connect(redis_url) as catalogue:

            async def there() -> list[str]:
                return [one.id for _, one in (await catalogue.beats.of("servers", ServerBeat))[1]]

            await catalogue.beats.tell(beat("servers", killed.id, killed))
            async with app.router.lifespan_context(app), asyncio.timeout(10):
                while len(found := await there()) != 1 or killed.id in found:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
            assert await there() == []

    asyncio.run(story())
