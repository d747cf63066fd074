"""The one way to ask Redis: commands on one key, sent together on one connection to the server that has it.

All that is asked may be repeated, so a lost connection or a fail-over under way costs another attempt. Every answer
and every error comes within ASK_S. The one place that translates the library's errors.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from redis.asyncio import RedisCluster

from storage import redis_cluster, spans
from storage.errors import Unavailable
from storage.redis_clients import CONNECTIONS, FAILURES, PASSING, READ_TIMEOUT_S, asynchronous
from storage.redis_url import read

ASK_S = 6.0
QUIET_S = 5.0  # a listener that heard nothing for so long asks whether anybody is there
_CANCEL_S = 0.2
_BACKOFF_S = (0.05, 0.2)  # before the second and the third attempt
_AT_ONCE = CONNECTIONS - 8  # the rest is for listeners

Command = tuple[str | bytes | int, ...]


class Link:
    """A client and its manners. Belongs to one event loop. Every method raises Unavailable."""

    def __init__(self, url: str) -> None:
        self._place = read(url)
        self._client = asynchronous(url)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def ping(self) -> None:
        """Return if Redis answers; of a cluster, if any of its nodes does."""
        client = self._client
        if not isinstance(client, RedisCluster):
            await self.ask("", ("PING",))
            return
        try:
            async with asyncio.timeout(ASK_S):
                await redis_cluster.ping(client)
        except FAILURES as error:
            raise self._told(error) from error

    async def ask(self, key: str, *commands: Command) -> list[Any]:
        """The answers to commands on `key`, which are asked again as a whole after an error that may pass."""
        word = commands[0][0] if len(commands) == 1 else "PIPELINE"
        try:
            with spans.part(f"redis {word!s}", "client") as span:
                span.note("db.system.name", "redis")
                span.note("db.operation.batch.size", len(commands))
                async with asyncio.timeout(ASK_S), self._turns:
                    return await self._asked_again(key, commands, _BACKOFF_S)
        except FAILURES as error:
            raise self._told(error) from error

    async def listen(
        self, *channels: str, ready: Callable[[], None] = lambda: None
    ) -> AsyncIterator[tuple[str, str]]:
        """What is published from now on: on which of `channels`, and what. Ends with Unavailable, when the connection
        does. `ready` is called once: from then on nothing is missed."""
        subscribed = 0
        try:
            async with aclosing(await self._pubsub()) as pubsub:
                await pubsub.subscribe(*channels)
                quiet = False
                while True:
                    message = await pubsub.get_message(timeout=READ_TIMEOUT_S if quiet else QUIET_S)
                    if message is None and quiet:
                        raise Unavailable(f"Redis at {self._place}: it does not answer")
                    quiet = message is None
                    if quiet:
                        await pubsub.ping()
                    elif message["type"] == "subscribe":
                        subscribed += 1
                        if subscribed == len(channels):
                            ready()
                    elif message["type"] == "message":
                        yield text(message["channel"]), text(message["data"])
        except FAILURES as error:
            raise self._told(error) from error

    async def _asked_again(self, key: str, commands: tuple[Command, ...], backoff_s: tuple[float, ...]) -> list[Any]:
        try:
            return await self._asked(key, commands)
        except PASSING:
            if not backoff_s:
                raise
        await asyncio.sleep(backoff_s[0])
        return await self._asked_again(key, commands, backoff_s[1:])

    async def _asked(self, key: str, commands: tuple[Command, ...]) -> list[Any]:
        client = self._client
        if isinstance(client, RedisCluster):
            answers = await redis_cluster.asked(client, key, commands)
        else:
            async with client.pipeline(transaction=False) as pipeline:
                for command in commands:
                    pipeline.execute_command(*command)
                answers = await pipeline.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def _pubsub(self) -> Any:
        client = self._client
        if not isinstance(client, RedisCluster):
            return client.pubsub()
        await redis_cluster.refresh(client)  # the node of the time before may be gone
        return client.pubsub(node=random.choice(client.get_nodes()))  # noqa: S311 - what is said reaches all of them

    def _told(self, error: Exception) -> Unavailable:
        """The library's error as ours."""
        return Unavailable(f"Redis at {self._place}: {error or 'no answer in time'}")


async def end(tasks: "set[asyncio.Task[None]]") -> None:
    """Cancel tasks that may be asking Redis, those that join the set meanwhile too; return when all have ended."""
    # Again and again: redis-py loses the cancellation of a task that is just being connected.
    while left := {task for task in tasks if not task.done()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=_CANCEL_S)


def text(value: bytes | str) -> str:
    """What Redis answered, as text."""
    return value if isinstance(value, str) else value.decode(errors="replace")
