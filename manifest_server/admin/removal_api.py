"""The API's removal of assets: retire them, make them live again, see what stands against deleting one, delete it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Field

from manifest_server.admin import removal
from manifest_server.admin.assets_api import AssetId
from manifest_server.admin.examples import DELETING
from manifest_server.admin.parameters import Body
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.removal import Deletion, Removal, Retirement, Ways
from manifest_server.admin.routing import Router
from manifest_server.admin.views import DeletionView, PlaceView, RemovalView, date_or_none
from storage.catalogue import Catalogue
from storage.errors import Conflict, NotFound
from storage.fleet_queue import FleetQueue
from storage.keys import asset_prefix, checked_asset
from storage.media_removal import Freed
from storage.objects import Objects

WAIT_S = 20.0  # less than proxies wait for an answer
AT_ONCE = 4  # deletions, each of which has a thread
TOLD = 100  # that have ended, and nobody has asked what became of them

Who = Callable[[Request], str | None]


class Named(Body):
    """Some assets."""

    assets: Annotated[
        list[str], Field(min_length=1, max_length=1000, examples=[["0f3a5d0c9b1e4f62a7d8c3b2e1f00912"]])
    ]

    def checked(self) -> list[str]:
        """Their ids, each once. Raises BadInput."""
        return list(dict.fromkeys(map(checked_asset, self.assets)))


class Deletions:
    """Deletions on this server: whoever asks again waits for the same one, and is told what became of it."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Deletion]] = {}

    async def done(self, asset: str, delete: Callable[[], Coroutine[None, None, Deletion]]) -> Deletion | None:
        """What became of it; None if it takes longer. Raises Conflict when too many are under way."""
        task = self._tasks.get(asset)
        if task is None:
            if sum(not one.done() for one in self._tasks.values()) >= AT_ONCE:
                raise Conflict(f"{AT_ONCE} assets are being deleted: try again")
            task = self._tasks[asset] = asyncio.create_task(delete())
            task.add_done_callback(_noticed)
        ended, _ = await asyncio.wait({task}, timeout=WAIT_S)
        for old in [one for one, other in self._tasks.items() if other.done() and one != asset][:-TOLD]:
            del self._tasks[old]
        if not ended:
            return None
        self._tasks.pop(asset, None)
        return task.result()


def _noticed(task: "asyncio.Task[Deletion]") -> None:
    # Nobody may ask again: then nobody is told.
    if not task.cancelled():
        task.exception()


def router(catalogue: Catalogue, objects: Objects, queue: FleetQueue, now_ms: Callable[[], int], who: Who) -> Router:
    """The routes of removal under /assets. `queue` knows, too, whether Redis is known to be away."""

    routes = Router(prefix="/assets", tags=["assets"], dependencies=[in_reach(queue.check)], responses=REFUSALS)
    deletions = Deletions()

    @routes.post("/retire", summary="Let assets take no new place; pools go on without them", operation_id="retire")
    async def retire(body: Named, request: Request) -> Retirement:
        return await removal.retire(catalogue, objects, body.checked(), now_ms, who(request))

    @routes.post("/restore", status_code=204, summary="Make retired assets live again", operation_id="reinstate")
    async def restore(body: Named) -> None:
        await removal.reinstate(catalogue, objects, body.checked())

    @routes.get("/{asset}/places", summary="What stands against deleting an asset", operation_id="examine")
    async def places(asset: AssetId) -> RemovalView:
        found = await removal.examine(catalogue, objects, checked_asset(asset), now_ms())
        return _view(found, await asyncio.to_thread(_held, objects, asset))

    @routes.delete(
        "/{asset}",
        summary="Delete an asset that is not listed; 202 while it goes on: ask again",
        operation_id="delete_asset",
        responses={
            202: {
                "model": DeletionView,
                "description": "It takes longer: ask again",
                "content": {"application/json": {"example": DELETING}},
            }
        },
    )
    async def delete(
        asset: AssetId,
        request: Request,
        answer: Response,
        force: Annotated[bool, Query(description="even what is listed: players will find segments gone")] = False,
    ) -> DeletionView:
        ways = Ways(force=force, by=who(request), under_way=lambda one: _packaged_now(queue, one))
        done = await deletions.done(
            checked_asset(asset),
            lambda: removal.delete(catalogue, objects, asset, now_ms, ways),
        )
        if done is None:
            answer.status_code = 202
            return DeletionView(asset=asset, state="deleting")
        freed = done.freed
        return DeletionView(
            asset=asset, state="deleted", objects=freed.objects, size_bytes=freed.size_bytes,
            kept_record=done.kept_record,
        )  # fmt: skip

    return routes


def _view(found: Removal, held: Freed) -> RemovalView:
    places = [
        PlaceView(channel=one.channel, lineup=one.lineup, why=one.why, free_at=date_or_none(one.free_ms))
        for one in found.listings
    ]
    return RemovalView(
        asset=found.asset,
        state=found.state.state if found.state is not None else "live",
        places=places,
        objects=held.objects,
        size_bytes=held.size_bytes,
    )


def _held(objects: Objects, asset: str) -> Freed:
    """What there is of its media."""
    sizes = [entry.size_bytes for entry in objects.entries(asset_prefix(asset))]
    return Freed(len(sizes), sum(sizes))


def _packaged_now(queue: FleetQueue, asset: str) -> bool:
    try:
        return queue.jobs().job(asset).state in {"queued", "running"}
    except NotFound:
        return False
