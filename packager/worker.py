"""The worker: takes tasks of the fleet's queue one after the other, each under a lease that it keeps or gives up."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from packager.fleet import part_of_whole
from packager.progress import Progress, Watcher
from packager.stages import Stages
from storage import spans, tickets
from storage.beat_records import WorkerBeat
from storage.beats import our_version
from storage.errors import BadSource, NotFound, StreamSyncError, Unavailable
from storage.job_records import WHOLE, JobFacts, Lease
from storage.jobs import Counter, Jobs

# Parts of the lease. Who cannot renew it has stopped before anybody else may begin.
RENEW_AT = 0.25
GIVE_UP_AT = 0.75
REAP_S = 5.0
TIDY_S = 600.0
_MOST_IDLE_MS = 10_000  # how long a machine at which nothing can be done leaves the tasks to others
_GIVEN_BACK_S = 30.0
_ENDED_MS = 3_000
REST_MS = (1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000)

_log = logging.getLogger("streamsync.worker")

# Does a task and says so to the queue; how many others can be claimed by that, None when another has the task by now.
Do = Callable[[Lease, Watcher], int | None]


class Abandoned(Exception):
    """The task is not ours to go on with: cancelled, lost, or we are told to stop."""


class Held:
    """A lease kept by a thread of its own while the task is worked on."""

    def __init__(self, jobs: Jobs, lease: Lease, stopping: threading.Event) -> None:
        self._jobs = jobs
        self._lease = lease
        self._stopping = stopping
        self._ended = threading.Event()
        self._gone = ""
        self._trouble = ""
        self._renewed = time.monotonic()
        self._done, self._stage = 0.0, ""
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> "Held":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def watch(self, progress: Progress) -> None:
        """Note how far the task is. Raises Abandoned when it is not to go on, Unavailable when nobody can tell."""
        self._stage = progress.stage
        self._done = part_of_whole(progress) if self._lease.task == WHOLE else progress.done
        if self._gone:
            raise Abandoned(self._gone)
        if self._stopping.is_set():
            raise Abandoned("stopping")
        # Looked at here, as the thread that renews may be waiting for an answer that never comes.
        if time.monotonic() - self._renewed > self._jobs.lease_ms / 1000 * GIVE_UP_AT:
            raise Unavailable(f"the lease could not be renewed: {self._trouble or 'no answer'}")

    def _keep(self) -> None:
        while not self._ended.wait(self._jobs.lease_ms / 1000 * RENEW_AT):
            asked = time.monotonic()
            try:
                answer = self._jobs.renew(self._lease, self._done, self._stage)
            except Unavailable as error:
                self._trouble = str(error)
                continue
            if answer != "held":
                self._gone = answer
                return
            self._renewed = asked


@contextmanager
def holding(jobs: Jobs, facts: JobFacts, holder: str) -> Iterator[None]:
    """Keep the fleet from an asset that is made here, from a file that only we have. Raises Conflict while it has it.

    When the queue is gone meanwhile, what is under way goes on: hours of work are not thrown away for it.
    """
    lease = jobs.hold(facts, holder)
    with Held(jobs, lease, threading.Event()):
        try:
            yield
        except BaseException as error:
            with suppress(Unavailable):
                jobs.give_back(lease, str(error) or type(error).__name__, "", final=True)
            raise
        with suppress(Unavailable):
            jobs.complete(lease, ends=True)


class Worker:
    """One process's worth of packaging: one task at a time."""

    def __init__(
        self, jobs: Jobs, broker: RedisBroker, do: Do, tidy: Callable[[], None], *, reap_s: float = REAP_S
    ) -> None:
        """`tidy` is called at the start and now and then: what it removes nobody needs."""
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}"
        self._jobs = jobs
        self._broker = broker
        self._do = do
        self._tidy = tidy
        self._reap_s = reap_s
        self._stopping = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._in_vain = 0  # how many tasks in a row
        self._beat = WorkerBeat(
            id=self.name,
            host=socket.gethostname()[:100],
            pid=os.getpid(),
            version=our_version(),
            started_ms=_now_ms(),
        )
        self._is_heard = False
        dramatiq.actor(broker=broker, actor_name=tickets.ACTOR, queue_name=tickets.QUEUE)(self._answer)

    def run(self, stopped: Callable[[float], bool]) -> None:
        """Work until `stopped`, which waits for the seconds it is given, says so. What is begun is given back."""
        consumer = dramatiq.Worker(self._broker, worker_threads=1, worker_timeout=1000)
        # A ticket that waits here behind a long task would keep another worker idle.
        consumer.queue_prefetch = 1
        consumer.start()
        _log.info("event=started worker=%s", self.name)
        tidied: float | None = None
        try:
            self._tell()
            while not stopped(self._reap_s):
                self._tell()
                self._reap()
                if tidied is None or time.monotonic() - tidied > TIDY_S:
                    tidied = time.monotonic()
                    self._tidy()
        finally:
            self._stopping.set()
            self._idle.wait(_GIVEN_BACK_S)
            # Of Redis's being gone dramatiq's threads do not tire; they end with us.
            consumer.stop(timeout=_ENDED_MS)
            if self._is_heard:  # else nobody is there to be told
                with suppress(Unavailable):
                    self._jobs.gone(self.name)
            _log.info("event=stopped worker=%s", self.name)

    def _tell(self) -> None:
        """Say that we live, and what we do."""
        try:
            self._jobs.beat(self._beat)
            self._is_heard = True
        except Unavailable:
            self._is_heard = False

    def _answer(self) -> None:
        """A ticket: work until nothing is pending."""
        self._idle.clear()
        try:
            self._answered()
        finally:
            self._idle.set()

    def _answered(self) -> None:
        while not self._stopping.is_set():
            lease = self._claimed()
            if lease is None:
                return
            try:
                self._work(lease)
            finally:
                self._beat = self._beat.model_copy(update={"job": None, "task": None, "since_ms": None})
            if self._in_vain:
                # Not every task is to be tried, and to rest, because this machine's disk is full: others go first.
                self._stopping.wait(min(_rest_ms(self._in_vain - 1), _MOST_IDLE_MS) / 1000)

    def _claimed(self) -> Lease | None:
        """The most urgent task; None when there is none, or we are told to stop.

        Asked for until there is an answer: one that was claimed though nobody told us would count as lost with us.
        """
        token, told = self._jobs.token(), False
        while True:
            try:
                return self._jobs.claim(self.name, token)
            except Unavailable as error:
                if not told:
                    _log.warning("event=queue_gone error=%s", error)
                told = True
                if self._stopping.wait(self._reap_s):
                    return None

    def _work(self, lease: Lease) -> None:
        began = time.monotonic()
        _log.info("event=began job=%s task=%s", lease.job, lease.task)
        doing = {"job": lease.job, "task": lease.task, "since_ms": _now_ms()}
        self._beat = self._beat.model_copy(update=doing)
        try:
            with _traced(lease), Held(self._jobs, lease, self._stopping) as held, Stages(held.watch) as stages:
                offered = self._do(lease, stages.watch)
            self._in_vain = 0
            seconds = time.monotonic() - began
            if offered is None:  # or the job has ended; whoever does it again gives the same
                _log.info("event=lost job=%s task=%s seconds=%.1f", lease.job, lease.task, seconds)
                return
            _log.info("event=done job=%s task=%s seconds=%.1f", lease.job, lease.task, seconds)
            # This worker goes on with one of them; the others are for the rest of the fleet.
            with suppress(Unavailable):  # the reapers send tickets for what is pending
                tickets.send(self._broker, offered - 1)
        except Abandoned as error:
            _log.info("event=abandoned job=%s task=%s reason=%s", lease.job, lease.task, error)
            self._give_back(lease, str(error), "")
        except BadSource as error:
            self._give_back(lease, str(error), "", final=True)
        except NotFound as error:
            # The upload, or what an earlier task left, is gone for good.
            self._give_back(lease, str(error), "faults")
        except StreamSyncError as error:
            self._in_vain += 1
            self._give_back(lease, str(error), "outages")
        except Exception as error:
            _log.exception("event=fault job=%s task=%s", lease.job, lease.task)
            self._give_back(lease, f"{lease.task}: {type(error).__name__}: {error}", "faults")

    def _give_back(self, lease: Lease, reason: str, counter: Counter, *, final: bool = False) -> None:
        """Say why the task was not done; when nobody listens, later. Without it we would count as lost."""
        rest_ms = 0 if not counter else _rest_ms(lease.tries)
        told = False
        while True:
            try:
                failed = self._jobs.give_back(lease, reason, counter, rest_ms=rest_ms, final=final)
                break
            except Unavailable as error:
                if not told:
                    _log.warning("event=not_given_back job=%s task=%s error=%s", lease.job, lease.task, error)
                told = True
                if self._stopping.wait(self._reap_s):
                    return  # its lease runs out
        if counter or final:
            outcome = "failed" if failed else "to_be_repeated"
            _log.warning("event=%s job=%s task=%s reason=%s", outcome, lease.job, lease.task, reason)

    def _reap(self) -> None:
        with suppress(Unavailable):  # dramatiq tells of it; here there is nothing to do but to ask again
            pending = self._jobs.reap()
            if pending:
                tickets.send(self._broker, pending - tickets.waiting(self._broker))


@contextmanager
def _traced(lease: Lease) -> Iterator[None]:
    """A span of the task, of the trace in which the upload was completed."""
    named = {} if lease.facts.traceparent is None else {"traceparent": lease.facts.traceparent}
    with spans.begin(f"package {lease.task.partition('-')[0]}", "consumer", named) as span:
        span.note("streamsync.job", lease.job)
        span.note("streamsync.task", lease.task)
        span.note("streamsync.tries", lease.tries)
        yield


def _rest_ms(tries: int) -> int:
    return REST_MS[min(tries, len(REST_MS) - 1)]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
