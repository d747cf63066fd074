"""The receiver of docs/webhooks.md, run as it stands there."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from storage.catalogue import Catalogue
from tests.hooks.stage import made, noted, sending, settled
from tests.redis_servers import free_ports, until

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def listening(port: int) -> bool:
    async def reached() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    return asyncio.run(reached())


@pytest.mark.slow
def test_the_receiver_of_the_docs_verifies_and_drops_doubles(redis_url: str) -> None:
    [source] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    [port] = free_ports(1)

    async def hooked() -> str:
        async with Catalogue.connect(redis_url) as catalogue:
            return (await made(catalogue, f"http://127.0.0.1:{port}/")).secret

    async def story() -> list[int | None]:
        async with Catalogue.connect(redis_url) as catalogue, sending(catalogue):
            [hook] = await catalogue.webhooks.webhooks()
            [event] = await noted(catalogue, hook, 1)
            first = await settled(catalogue, hook, event)
            await catalogue.webhooks.again(hook.id, event)
            again = await settled(catalogue, hook, event)
            [other] = await noted(catalogue, hook, 2)
            await settled(catalogue, hook, other)
            return [first.status, again.status]

    environment = {**os.environ, "WEBHOOK_SECRET": asyncio.run(hooked()), "PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-c", source], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            until(lambda: listening(port), "the receiver")
            assert asyncio.run(story()) == [204, 204]
            assert process.stdout is not None
            printed = [process.stdout.readline() for _ in range(2)]
        finally:
            process.kill()
    assert printed == ["asset.ready {'asset': 1}\n", "asset.ready {'asset': 2}\n"]
