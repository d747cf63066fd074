"""Processes of this machine that make a plan together; each is as one on another machine would be."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, get_context
from multiprocessing.synchronize import Event
from typing import Any

from manifest_server.admin.plan_work import Made, PlanWork
from manifest_server.admin.scorers import scorer_of
from storage import errors, stores
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError, Unavailable
from storage.plan_records import PlanDraft
from storage.settings import Settings

STOP_S = 20.0  # a unit takes a second or so

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def make_together(
    settings: Settings, url: str, draft: PlanDraft, processes: int, report: Callable[[Made], None]
) -> None:
    """Make the shards of a plan that are not there. Ctrl-C stops after the units under way; what is done stays.

    Raises what stopped a process, as soon as there is one.
    """
    context = get_context("spawn")
    stop = context.Event()
    ends, crew = [], []
    with _one_thread_each():
        for _ in range(processes):
            end, theirs = context.Pipe(duplex=False)
            # A daemon: it ends with us, whatever becomes of us.
            one = context.Process(target=_work, args=(settings, url, draft.stored(), theirs, stop), daemon=True)
            one.start()
            theirs.close()
            ends.append(end)
            crew.append(one)
    try:
        _listen(ends, report)
    finally:
        stop.set()
        for one in crew:
            one.join(STOP_S)
            if one.is_alive():
                one.kill()  # a shard is put whole or not at all
                one.join()
    if any(one.exitcode for one in crew):
        codes = ", ".join(str(one.exitcode) for one in crew if one.exitcode)
        raise Unavailable(f"planning: {len(crew)} processes were started, and some ended with {codes}; repeat it")


def _listen(ends: "list[connection.Connection[Any, Any]]", report: Callable[[Made], None]) -> None:
    left = list(ends)
    while left:
        for ready in connection.wait(left):
            end = next(one for one in left if one is ready)
            try:
                told = end.recv()
            except (EOFError, OSError):
                left.remove(end)
                continue
            if isinstance(told, Made):
                report(told)
            else:
                kind, message = told
                raise getattr(errors, kind, Unavailable)(message)


def _work(settings: Settings, url: str, draft: str, told: "connection.Connection[Any, Any]", stop: Event) -> None:
    """What a process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us has it too, and says stop
    plan = PlanDraft.model_validate_json(draft)

    async def working() -> None:
        async with Catalogue.connect(url, settings.redis_replicas) as catalogue:
            objects = stores.objects(settings)
            work = PlanWork(catalogue, objects, plan, scorer_of(plan.scorer, objects.read))
            await work.run(told.send, stop.is_set)

    try:
        asyncio.run(working())
    except StreamSyncError as error:
        told.send((type(error).__name__, str(error)))
    except BrokenPipeError:
        pass  # who started us is gone


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """A process for each core is enough: a library's threads beside it would only wait for each other."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
