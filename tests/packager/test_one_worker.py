"""One worker: what it does with each kind of trouble, and when it is told to stop."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from packager.progress import Progress, Watcher
from packager.worker import Worker
from storage import keys, redis_clients, tickets
from storage.beat_records import WorkerBeat
from storage.errors import BadSource, NoRoom, Unavailable
from storage.job_records import Lease, NewTask
from storage.jobs import Jobs
from tests.packager.pretending import ENDS_S, LEASE_MS, facts, wait_for
from tests.redis_servers import Server, server, until

# dramatiq's threads look up once a second, so that every test here takes one or two.
pytestmark = pytest.mark.slow


Left = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def left() -> Iterator[Left]:
    """Waits for the threads that a test began; the names of those that go on, of which there may be none after it."""
    before = set(threading.enumerate())

    def ours() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread not in before]

    def names() -> list[str]:
        for thread in ours():
            thread.join(ENDS_S)
        return [thread.name for thread in ours()]

    yield names
    assert names() == []


class Here:
    """A worker in a thread, with a `do` of the test's own."""

    def __init__(self, url: str, do: Callable[[Jobs, Lease, Watcher], int]) -> None:
        self.jobs = Jobs(redis_clients.synchronous(url), "", lease_ms=LEASE_MS)
        self.broker = tickets.broker(redis_clients.synchronous(url))
        self.stop = threading.Event()
        worker = Worker(self.jobs, self.broker, lambda lease, watcher: do(self.jobs, lease, watcher), lambda: None,
                        reap_s=0.05)  # fmt: skip
        self._thread = threading.Thread(target=worker.run, args=(self.stop.wait,))

    def __enter__(self) -> "Here":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(ENDS_S)
        assert not self._thread.is_alive()


def ending(jobs: Jobs, lease: Lease, _: Watcher) -> int:
    return jobs.complete(lease, ends=True) or 0


def test_a_ticket_is_not_needed(redis_url: str) -> None:
    with Here(redis_url, ending) as here:
        here.jobs.submit(facts())
        wait_for(here.jobs, 0, "done")


def test_a_worker_says_what_it_works_on_until_it_ends(redis_url: str) -> None:
    go = threading.Event()

    def do(jobs: Jobs, lease: Lease, watcher: Watcher) -> int:
        go.wait(ENDS_S)
        return ending(jobs, lease, watcher)

    with Redis.from_url(redis_url, decode_responses=True) as redis:

        def doing() -> list[str | None]:
            said = redis.hvals(keys.beat_keys("workers")[0])
            return [WorkerBeat.model_validate_json(one).job for one in said]

        with Here(redis_url, do) as here:
            until(lambda: doing() == [None], "a worker that is idle")
            here.jobs.submit(facts())
            until(lambda: doing() == [facts().asset], "a worker that works")
            go.set()
            wait_for(here.jobs, 0, "done")
            until(lambda: doing() == [None], "a worker that is idle again")
        assert doing() == []


def test_a_video_that_can_never_be_packaged_fails_at_once_with_its_reason(redis_url: str) -> None:
    def do(_: Jobs, lease: Lease, __: Watcher) -> int:
        raise BadSource(f"{lease.facts.name}: not a video")

    with Here(redis_url, do) as here:
        here.jobs.submit(facts())
        assert wait_for(here.jobs, 0, "failed").reason == "film.mp4: not a video"


def test_a_fault_of_ours_is_tried_again_a_bounded_number_of_times(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("packager.worker.REST_MS", (1,))
    tries = []

    def do(_: Jobs, lease: Lease, __: Watcher) -> int:
        tries.append(lease.tries)
        raise ZeroDivisionError("of ours")

    with Here(redis_url, do) as here:
        here.jobs.submit(facts())
        view = wait_for(here.jobs, 0, "failed")
    assert tries == [0, 1, 2]
    assert view.reason == "analyse: ZeroDivisionError: of ours"


def test_a_task_that_was_claimed_though_nobody_heard_is_worked_on(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Here(redis_url, ending)
    unheard = list[str]()

    def claim(worker: str, token: str = "") -> Lease | None:
        lease = Jobs.claim(here.jobs, worker, token)
        if lease is not None and not unheard:
            unheard.append(lease.task)
            raise Unavailable("no answer")
        return lease

    monkeypatch.setattr(here.jobs, "claim", claim)
    with here:
        here.jobs.submit(facts())
        (task,) = wait_for(here.jobs, 0, "done").tasks
    assert (unheard, task.deaths, task.outages) == (["analyse"], 0, 0)


def test_what_is_gone_for_a_while_is_waited_for(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packager.worker.REST_MS", (1,))

    def do(jobs: Jobs, lease: Lease, _: Watcher) -> int:
        if lease.tries < 5:
            raise Unavailable("S3 is gone")
        return jobs.complete(lease, ends=True) or 0

    with Here(redis_url, do) as here:
        here.jobs.submit(facts())
        wait_for(here.jobs, 0, "done")


def _until_told(begun: threading.Event) -> Callable[[Jobs, Lease, Watcher], int]:
    def do(_: Jobs, __: Lease, watcher: Watcher) -> int:
        begun.set()
        while True:
            watcher(Progress("encode", 0.5))
            time.sleep(0.005)

    return do


def test_a_cancelled_job_is_stopped_while_it_runs(redis_url: str) -> None:
    begun = threading.Event()
    with Here(redis_url, _until_told(begun)) as here:
        here.jobs.submit(facts())
        assert begun.wait(ENDS_S)
        here.jobs.cancel(f"{0:032x}")
        begun.clear()
        here.jobs.submit(facts(1))  # it is free for the next when it has let go of the first
        assert begun.wait(ENDS_S)
        assert here.jobs.job(f"{0:032x}").state == "cancelled"


def test_a_worker_that_is_told_to_stop_gives_its_task_back_at_once(redis_url: str) -> None:
    begun = threading.Event()
    with Here(redis_url, _until_told(begun)) as here:
        here.jobs.submit(facts())
        assert begun.wait(ENDS_S)
    here.jobs.reap()
    assert (here.jobs.job(f"{0:032x}").tasks[0].state, here.jobs.job(f"{0:032x}").tasks[0].deaths) == ("pending", 0)


def _until_it_may_not(
    begun: threading.Event, told: threading.Event, allowed: list[float]
) -> Callable[[Jobs, Lease, Watcher], int]:
    """The first time until the lease is gone, then at once. `allowed` has when it asked whether it may go on and may.

    Not when it heard that it may not: who stands still before the next question hears late, and has done no harm.
    """

    def do(jobs: Jobs, lease: Lease, watcher: Watcher) -> int:
        while not told.is_set():
            asked = time.monotonic()
            try:
                watcher(Progress("encode", 0.5))
            except BaseException:
                told.set()
                raise
            allowed.append(asked)
            begun.set()
            time.sleep(0.005)
        return jobs.complete(lease, ends=True) or 0

    return do


@pytest.mark.parametrize(("go", "come"), [(Server.kill, Server.start), (Server.pause, Server.resume)])
def test_a_worker_that_cannot_renew_gives_up_before_its_lease_ends_and_is_not_taken_for_dead(
    tmp_path: Path, go: Callable[[Server], None], come: Callable[[Server], None]
) -> None:
    begun, told, allowed = threading.Event(), threading.Event(), list[float]()
    # Not the private Valkey: that one is started again at once.
    with server(tmp_path) as redis, Here(redis.url, _until_it_may_not(begun, told, allowed)) as here:
        here.jobs.submit(facts())
        assert begun.wait(ENDS_S)
        go(redis)
        gone = time.monotonic()
        assert told.wait(ENDS_S)
        assert allowed[-1] - gone < LEASE_MS / 1000
        time.sleep(LEASE_MS / 1000)  # until the lease has ended: whoever looks first when Redis is back finds it so
        come(redis)
        (task,) = wait_for(here.jobs, 0, "done").tasks
    assert (task.deaths, task.outages) == (0, 1)


def test_a_worker_stops_though_redis_is_gone_and_its_task_cannot_be_given_back(tmp_path: Path, left: Left) -> None:
    begun = threading.Event()
    with server(tmp_path) as redis:
        with Here(redis.url, _until_told(begun)) as here:
            here.jobs.submit(facts())
            assert begun.wait(ENDS_S)
            redis.kill()
            stopped = time.monotonic()
        # Not dramatiq's half minute. What is generous here is for a busy machine.
        assert time.monotonic() - stopped < 20
        # In a program dramatiq's threads end with it. Here they would ask for this Redis until all tests are done.
        redis.start()
        assert left() == []


def test_a_machine_that_can_do_nothing_leaves_the_tasks_to_others(redis_url: str) -> None:
    began = threading.Event()

    def do(*_: object) -> int:
        began.set()
        raise NoRoom("the disk is full")

    with Here(redis_url, do) as here:
        for number in range(20):
            here.jobs.submit(facts(number))
        assert began.wait(ENDS_S)
        others = [here.jobs.claim("another") for _ in range(20)]
        assert sum(lease is not None for lease in others) == 19


def test_further_tasks_wake_the_others(redis_url: str) -> None:
    def do(jobs: Jobs, lease: Lease, _: Watcher) -> int:
        add = [NewTask(name="video-0"), NewTask(name="video-1"), NewTask(name="video-2")]
        return jobs.complete(lease, add=add if lease.task == "analyse" else ()) or 0

    with Here(redis_url, do) as here:
        here.stop.set()
        lease = None
        here.jobs.submit(facts())
        while lease is None:
            lease = here.jobs.claim("test")
        do(here.jobs, lease, lambda _: None)
    assert tickets.waiting(here.broker) == 0
    tickets.send(here.broker, 3)
    assert tickets.waiting(here.broker) == 3
