"""The API's packaging jobs: how far each is, cancel one, go on with one."""

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Query
from fastapi.concurrency import run_in_threadpool
from pydantic import ConfigDict

from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from storage.fleet_queue import FleetQueue
from storage.job_records import JobAnswer
from storage.record import Record

Answer = TypeVar("Answer")

THREADS = 8  # of the 40 that all share: segments are not to wait for a Redis that hangs

Start = Annotated[int, Query(ge=0, le=10_000, description="how many of the newest to pass over")]
Count = Annotated[int, Query(ge=1, le=500, description="how many to tell of")]


class Said(Record):
    """Whether something changed by the request."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"changed": True}]})

    changed: bool


def router(queue: FleetQueue) -> Router:
    """The routes under /jobs."""

    turns = asyncio.Semaphore(THREADS)

    async def asked(ask: Callable[[], Answer]) -> Answer:
        async with turns:
            return await run_in_threadpool(ask)

    # Before it waits for a turn: those who have one may wait for a Redis that has just gone.
    routes = Router(prefix="/jobs", tags=["jobs"], dependencies=[in_reach(queue.check)], responses=REFUSALS)

    @routes.get("", summary="Packaging jobs, the newest first", operation_id="list_jobs")
    async def listed(start: Start = 0, count: Count = 50) -> list[JobAnswer]:
        return await asked(lambda: [JobAnswer.of(view, tasks=False) for view in queue.jobs().jobs(start, count)])

    @routes.get("/{job}", summary="One job with its tasks", operation_id="show_job")
    async def one(job: str) -> JobAnswer:
        return JobAnswer.of(await asked(lambda: queue.jobs().job(job)), tasks=True)

    @routes.post("/{job}/cancel", summary="Stop a job", operation_id="cancel_job")
    async def cancel(job: str) -> Said:
        return Said(changed=await asked(lambda: queue.jobs().cancel(job)))

    @routes.post("/{job}/retry", summary="Go on with a job that failed or was cancelled", operation_id="retry_job")
    async def retry(job: str) -> Said:
        changed = await asked(lambda: queue.jobs().retry(job))
        await asked(queue.wake)
        return Said(changed=changed)

    return routes
