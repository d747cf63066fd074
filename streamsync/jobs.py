"""`streamsync jobs`: how far packaging is, on the storage that is set or through a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from storage.fleet_queue import FleetQueue
from storage.job_records import JobAnswer
from storage.settings import Settings, load
from streamsync.doors import doors
from streamsync.session import Json, add_row, columns, duration_text, err, print_json, print_table, redis_url

app = typer.Typer(help="See how far packaging is; cancel a job, go on with one.", no_args_is_help=True,
                  rich_markup_mode=None)  # fmt: skip

Job = Annotated[str, typer.Argument(help="The job's id, which is that of the asset.", show_default=False)]


@contextmanager
def queue(settings: Settings) -> Iterator[FleetQueue]:
    """The queue on the Redis that is set, or on the private Valkey."""
    with redis_url(settings) as url:
        found = FleetQueue(url)
        try:
            yield found
        finally:
            found.close()


@app.command("list")
def listed(count: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 20, json: Json = False) -> None:
    """List the newest jobs.

    Examples:

        streamsync jobs list

        STREAMSYNC_SERVER=https://tv.example STREAMSYNC_TOKEN=... streamsync jobs list --json
    """
    with doors(load()) as jobs:
        found = jobs.jobs(count)
    if json:
        print_json(found)
    elif found:
        _print(found)
    else:
        err.print("no jobs: streamsync upload FILE makes one")


@app.command()
def show(job: Job, json: Json = False) -> None:
    """Show a job and its tasks.

    Example: streamsync jobs show 0f3a...
    """
    with doors(load()) as jobs:
        found = jobs.job(job)
    if json:
        print_json(found)
        return
    _print([found])
    table = columns("task", "state", "done", "stage", "worker", "lost", "failed", "waited")
    for task in found.tasks:
        tries = (str(task.deaths or ""), str(task.faults or ""), str(task.outages or ""))
        done = 1.0 if task.state == "done" else task.done
        add_row(table, task.name, task.state, f"{done:.0%}", task.stage, task.worker, *tries)
    print_table(table)


@app.command()
def cancel(job: Job) -> None:
    """Stop a job; its workers hear of it within seconds.

    Example: streamsync jobs cancel 0f3a...
    """
    with doors(load()) as jobs:
        err.print("cancelled" if jobs.cancel(job) else "it had ended already")


@app.command()
def retry(job: Job) -> None:
    """Go on with a job that failed or was cancelled: what is done stays done.

    Example: streamsync jobs retry 0f3a...
    """
    with doors(load()) as jobs:
        err.print("it goes on" if jobs.retry(job) else "there is no need: it is under way or done")


def _print(found: list[JobAnswer]) -> None:
    table = columns("job", "title", "state", "done", "speed", "remaining", "reason")
    for job in found:
        speed = "" if job.speed is None else f"{job.speed:.1f}x"
        remaining = "" if job.remaining_s is None else duration_text(job.remaining_s)
        add_row(table, job.id, job.title, job.state, f"{job.done:.0%}", speed, remaining, job.reason)
    print_table(table)
