"""The API's packaging jobs: how far each is, cancel one, go on with one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool

from storage.fleet_queue import FleetQueue
from storage.job_records import JobAnswer
from storage.record import Record

Start = Annotated[int, Query(ge=0, le=10_000, description="how many of the newest to pass over")]
Count = Annotated[int, Query(ge=1, le=500, description="how many to tell of")]


class Said(Record):
    """Whether something changed by the request."""

    changed: bool


def router(queue: FleetQueue) -> APIRouter:
    """The routes under /jobs."""

    async def in_reach() -> None:
        # Here, not in a thread: these may all be waiting for a Redis that has just gone.
        queue.check()

    routes = APIRouter(prefix="/jobs", tags=["jobs"], dependencies=[Depends(in_reach)])

    @routes.get("", summary="Packaging jobs, the newest first")
    async def listed(start: Start = 0, count: Count = 50) -> list[JobAnswer]:
        return await run_in_threadpool(
            lambda: [JobAnswer.of(view, tasks=False) for view in queue.jobs().jobs(start, count)]
        )

    @routes.get("/{job}", summary="One job with its tasks")
    async def one(job: str) -> JobAnswer:
        return JobAnswer.of(await run_in_threadpool(lambda: queue.jobs().job(job)), tasks=True)

    @routes.post("/{job}/cancel", summary="Stop a job")
    async def cancel(job: str) -> Said:
        return Said(changed=await run_in_threadpool(lambda: queue.jobs().cancel(job)))

    @routes.post("/{job}/retry", summary="Go on with a job that failed or was cancelled")
    async def retry(job: str) -> Said:
        changed = await run_in_threadpool(lambda: queue.jobs().retry(job))
        await run_in_threadpool(queue.wake)
        return Said(changed=changed)

    return routes
