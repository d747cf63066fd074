"""Commands on one key of a cluster, on one connection to the node that has it.

The library's own way sends each command on any connection. But WAIT counts what was written on its own connection,
and ASKING holds for the next command on its own, so here they go together.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterNode, PipelineCommand
from redis.exceptions import AskError, ClusterError, MovedError

from storage.redis_clients import FAILURES, PASSING

_REDIRECTIONS = 5


async def asked(client: RedisCluster, key: str, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    """The answers, errors among them; an error that may pass is raised, and the topology then read anew."""
    await client.initialize()
    slot = client.keyslot(key)
    node: ClusterNode = client.nodes_manager.get_node_from_slot(slot)
    asking = False
    for _ in range(_REDIRECTIONS):
        try:
            answers = await _sent(node, commands, asking)
            error = next((one for one in answers if isinstance(one, Exception)), None)
            if isinstance(error, PASSING):
                raise error
        except PASSING:
            await refresh(client, node)
            raise
        asking = isinstance(error, AskError) and not isinstance(error, MovedError)
        if isinstance(error, MovedError):
            await client.nodes_manager.move_slot(error)
            node = client.nodes_manager.get_node_from_slot(slot)
        elif isinstance(error, AskError):
            node = await _node_at(client, error)
        else:
            return answers
    raise ClusterError("it was redirected too often")


async def refresh(client: RedisCluster, failed: ClusterNode | None = None) -> None:
    """Read the topology anew, from `failed` last. Does nothing if nobody can tell it."""
    await client.initialize()
    try:
        await client.nodes_manager.initialize(last_failed_node_name=failed.name if failed else None)
    except FAILURES:
        return  # the caller has an error of its own, and the next attempt finds out


async def ping(client: RedisCluster) -> None:
    """Return as soon as one node answers; raise what one of them raised if none does."""
    await client.initialize()
    pings = [asyncio.ensure_future(node.execute_command("PING")) for node in client.get_nodes()]
    error: Exception | None = None
    try:
        for ended in asyncio.as_completed(pings):
            try:
                await ended
            except FAILURES as raised:
                error = raised
            else:
                return
    finally:
        for one in pings:
            one.cancel()
        await asyncio.gather(*pings, return_exceptions=True)
    await refresh(client)
    raise error or ClusterError("it has no nodes")


async def _sent(node: ClusterNode, commands: Sequence[tuple[Any, ...]], asking: bool) -> list[Any]:
    # ASKING counts for one command.
    every = [one for command in commands for one in ([("ASKING",), command] if asking else [command])]
    sent = [PipelineCommand(position, *command) for position, command in enumerate(every)]
    await node.execute_pipeline(sent)
    return [one.result for one in sent][1 if asking else 0 :: 2 if asking else 1]


async def _node_at(client: RedisCluster, error: AskError) -> ClusterNode:
    """The node that takes over a slot."""
    found = client.get_node(host=error.host, port=error.port)
    if found is None:
        await refresh(client)
        found = client.get_node(host=error.host, port=error.port)
    if found is None:
        raise ClusterError("a slot moves to a node that is not known")
    return found
