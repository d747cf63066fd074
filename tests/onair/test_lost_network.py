"""A network that swallows all between a server and Redis: as a Redis that hangs, but no connection survives."""

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from manifest_server.admin import actions
from manifest_server.onair.channels import Channels
from manifest_server.onair.follow import EVERY_S, READ_S
from storage import redis_link
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Unavailable
from tests.onair.streams import until
from tests.redis_servers import Server, server
from tests.stage import asset, on_air
from tests.storage.lossy_proxy import lossy_proxy

pytestmark = pytest.mark.slow

BUSY_S = 2.0  # what a machine with other work may add
CLIPS = [ClipRecord(asset=asset(1).id)]


def test_a_lost_network_is_noticed_and_what_was_said_meanwhile_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_link, "QUIET_S", 1.0)  # a listener doubts the silence after this
    with server(tmp_path) as redis:
        asyncio.run(asyncio.wait_for(_story(redis), 60))


async def _story(redis: Server) -> None:
    async with (
        lossy_proxy("127.0.0.1", redis.port) as network,
        Catalogue.connect(network.url) as catalogue,
        Catalogue.connect(redis.url) as admin,
    ):
        await on_air(admin, asset(1))
        await actions.give_lineup(admin, "main", "kids", CLIPS, repeats=True, clock=lambda: 0)
        channels = Channels(catalogue)
        async with channels.following():
            channel = await channels.channel("main")
            derived = await channels.lineup_id(channel, "ann")
            await until(lambda: bool(_listeners(redis)))
            old = _listeners(redis)

            network.lose()
            noticed_s = await _seconds_until(lambda: channels.reach.gone)
            assert noticed_s < EVERY_S + READ_S + BUSY_S
            began = time.monotonic()
            assert await channels.channel("main") is channel
            assert await channels.lineup_id(channel, "ann") == derived
            assert (await channels.lineup_id(channel, "never-seen")).startswith("d-")
            with pytest.raises(Unavailable, match="has not answered for"):
                await channels.on_air(channel, "kids")  # never loaded
            assert time.monotonic() - began < BUSY_S
            await actions.assign_viewer(admin, "main", "ann", "kids")

            network.mend()
            await until(lambda: not channels.reach.gone)
            while await channels.lineup_id(channel, "ann") != "kids":  # noqa: ASYNC110 - until the test's limit
                await asyncio.sleep(0.01)
            # The old listener would hear nothing more, and cannot know but by asking.
            await until(lambda: bool(_listeners(redis) - old))


async def _seconds_until(true: Callable[[], bool]) -> float:
    began = time.monotonic()
    await until(true)
    return time.monotonic() - began


def _listeners(redis: Server) -> set[bytes]:
    """The connections that hear of changes."""
    answer = redis.ask("CLIENT", "LIST", "TYPE", "pubsub")
    assert isinstance(answer, bytes)
    return set(re.findall(rb"^id=(\d+)", answer, re.MULTILINE))
