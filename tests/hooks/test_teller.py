"""Two whole servers over one Redis, and a receiver: what happens is told once, within a second."""

import asyncio
import time
from pathlib import Path

import pytest

from manifest_server.admin import actions
from manifest_server.viewer.app import application
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.programme import Moment
from storage.settings import Settings
from tests.hooks.receivers import receiver
from tests.hooks.stage import made, now_ms
from tests.stage import asset


@pytest.mark.slow
def test_two_servers_tell_once_and_at_the_instant(redis_url: str, tmp_path: Path) -> None:
    async def whole() -> None:
        settings = Settings(data=tmp_path, webhook_private=True)
        servers = [application(settings, redis_url, now_ms) for _ in range(2)]
        async with (
            Catalogue.connect(redis_url) as catalogue,
            receiver() as there,
            servers[0].router.lifespan_context(servers[0]),
            servers[1].router.lifespan_context(servers[1]),
        ):
            await catalogue.index_asset(asset(1))
            await actions.create_channel(catalogue, "main", [asset(1).id])
            hook = await made(catalogue, there.url, events=["asset.ready", "channel.started", "moment.reached"])
            at_ms = now_ms() + 2500
            record = await actions.start_channel(catalogue, "main", at_ms)
            one = Moment(id="news", at_ms=at_ms + 1000, clips=(ClipRecord(asset=asset(1).id),))
            await catalogue.replace_channel(record.model_copy(update={"moments": (one,), "version": 3}))
            packaged = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            await catalogue.index_asset(asset(2).model_copy(update={"packaged_at": packaged}))
            found: list[tuple[str, int]] = []
            for _ in range(3):
                request = await there.next()
                found.append((request.verified(hook.secret)["type"], now_ms()))
            assert [kind for kind, _ in found] == ["asset.ready", "channel.started", "moment.reached"]
            # Not before their instants; how long after them, docs/webhooks.md has.
            assert found[1][1] >= at_ms
            assert found[2][1] >= one.at_ms
            assert there.requests.empty()

    asyncio.run(whole())
