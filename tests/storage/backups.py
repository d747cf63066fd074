"""Backing up and restoring, each with a connection of its own."""

import asyncio
from io import BytesIO

from redis import Redis

from storage.backup import write_backup
from storage.redis_link import Link
from storage.restore import restore


def backup(url: str) -> bytes:
    async def whole() -> bytes:
        link, file = Link(url), BytesIO()
        try:
            await write_backup(link, file, lambda count: None)
        finally:
            await link.aclose()
        return file.getvalue()

    return asyncio.run(whole())


def restored(url: str, stored: bytes, *, replace: bool = False) -> int:
    async def whole() -> int:
        link = Link(url)
        try:
            return await restore(link, BytesIO(stored), replicas=0, replace=replace, watcher=lambda count: None)
        finally:
            await link.aclose()

    return asyncio.run(whole())


def flush(url: str) -> None:
    with Redis.from_url(url) as redis:
        redis.flushall()
