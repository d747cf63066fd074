"""S3 or Redis gone in the middle of a packaging by real workers: it rests, says why, goes on, and loses nothing."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.redis_servers import server
from tests.seaweed import Seaweed, s3, seaweed_server
from tests.storage.s3_proxy import Proxied, Proxy, Trouble, cut, error, none, s3_proxy, silence

from .conftest import Undisturbed
from .hands import CHUNK_S, SLOWNESS, Hands, until
from .processes import at_work_in, linux_only

pytestmark = pytest.mark.slow

LEASE_S = 5.0
SLOW_S = CHUNK_S * SLOWNESS  # what a slow ffmpeg needs for a chunk
FAULT = error(500, "InternalError")
# What goes wrong with every request, and what is then told.
TROUBLES: tuple[tuple[Trouble, str], ...] = (
    (FAULT, "answers 500 InternalError"),
    (silence, "does not answer"),
    (cut(1000), "does not give it whole"),
)


@pytest.fixture
def weed(s3_credentials: None) -> Iterator[Seaweed]:
    # Not pytest's folder: its name is too long for a socket.
    with tempfile.TemporaryDirectory(prefix="weed") as folder, seaweed_server(Path(folder)) as one:
        s3(one.endpoint).create_bucket(Bucket="films")
        yield one


def test_a_bucket_in_every_kind_of_trouble(
    tmp_path: Path, redis_url: str, weed: Seaweed, undisturbed: Undisturbed
) -> None:
    with s3_proxy(weed.endpoint) as proxy:
        hands = Hands(tmp_path, redis_url, f"s3://films?endpoint={proxy.endpoint}", lease_s=LEASE_S)
        job = hands.submit(undisturbed.film)
        with hands.worker("one"), hands.worker("two"):
            for number, (trouble, says) in enumerate(TROUBLES, 1):
                hands.await_event(job, "done", "video-", count=2 * number - 1)
                with in_trouble(proxy, trouble):
                    assert_rests(hands, job, says)
            proxy.trouble("PUT", error(503, "SlowDown"), times=3)
            weed.kill()
            rested = assert_rests(hands, job, "does not answer")
            weed.start()
            for number, part in enumerate(("/work/", "/uploads/"), 1):
                with in_trouble(proxy, not_removing(part)):
                    hands.await_event(job, "to_be_repeated", "finish", count=number)
            assert hands.ended(job).state == "done"
        hands.assert_nothing_lost(job, undisturbed.made, f"S3 in trouble 7 times, {rested} tasks had rested")


@contextmanager
def in_trouble(proxy: Proxy, trouble: Trouble) -> Iterator[None]:
    proxy.always = trouble
    yield
    proxy.always = None


def not_removing(part: str) -> Trouble:
    def trouble(request: Proxied) -> None:
        (FAULT if request.command == "DELETE" and part in request.path else none)(request)

    return trouble


def assert_rests(hands: Hands, job: str, says: str) -> int:
    """The trouble is told, and no try of the tasks counts as their fault; how many tasks have rested so far."""
    until(lambda: says in hands.jobs.job(job).reason, lambda: f"{says!r} in {hands.jobs.job(job).reason!r}")
    seen = hands.shown(job)
    assert seen["state"] == "running"
    assert says in seen["reason"]
    assert {(task["deaths"], task["faults"]) for task in seen["tasks"]} == {(0, 0)}
    rested: int = sum(task["outages"] > 0 for task in seen["tasks"])
    assert rested
    return rested


@linux_only
def test_a_redis_that_is_killed_and_one_that_stands_still(tmp_path: Path, undisturbed: Undisturbed) -> None:
    with server(tmp_path / "redis") as redis:
        hands = Hands(tmp_path, redis.url, lease_s=LEASE_S)
        job = hands.submit(undisturbed.film)
        # All chunks at first: else that of the second time might be done before this is told of the first.
        times = ((0, "video-", redis.kill, redis.start), (5, "video-5/", redis.pause, redis.resume))
        with ExitStack() as held:
            held.enter_context(hands.ffmpeg_is("held", f"{job}.video-"))
            with hands.worker(), hands.worker():
                for chunk, slow, go, come in times:
                    with hands.ffmpeg_is("slow", f"{job}.{slow}"):
                        held.close()
                        _gone_at(hands, job, chunk, go)
                    # The job may not end, nor come to the next chunk, before all has been told of this.
                    held.enter_context(hands.ffmpeg_is("held", f"{job}.video-"))
                    come()
                    _assert_told(hands, job, f"video-{chunk:05d}")
                held.close()
                seen = hands.ended(job)
        assert seen.state == "done"
        assert {(task.deaths, task.faults) for task in seen.tasks} == {(0, 0)}
        hands.assert_nothing_lost(job, undisturbed.made, "Redis killed and frozen")


def _gone_at(hands: Hands, job: str, chunk: int, go: Callable[[], None]) -> None:
    """Let Redis be gone for longer than a lease while a chunk is encoded."""
    work, task = hands.folder / "data" / "work", f"video-{chunk:05d}"
    hands.await_event(job, "began", task)
    until(lambda: at_work_in(work / f"{job}.video-{chunk}"), lambda: "ffmpeg begins")
    go()
    gone = time.monotonic()
    until(lambda: not at_work_in(work), lambda: "ffmpeg ends", SLOW_S / 2)
    ended_s = time.monotonic() - gone
    hands.await_event(job, "not_given_back", task)
    # It may not go on when somebody else could have begun. Not by when it ended: it, or we, may have stood still.
    assert hands.allowed(job, task) - gone < LEASE_S
    # Until the lease has ended: whoever looks first when Redis is back finds it so.
    time.sleep(max(0.0, gone + LEASE_S * 1.2 - time.monotonic()))
    print(f"Redis gone for {time.monotonic() - gone:.1f} s, ffmpeg ended after {ended_s:.1f} s")  # noqa: T201


def _assert_told(hands: Hands, job: str, task: str) -> None:
    """Workers that could not tell that they live count as lost until they can: then that of `task` tells why."""
    until(
        lambda: _tries(hands, job)[task] == (0, 1) and not any(lost for lost, _ in _tries(hands, job).values()),
        lambda: f"an outage in {hands.jobs.job(job)}",
    )
    # Of the job it is the last reason, and the other worker's may be another.
    assert "the lease could not be renewed" in hands.await_event(job, "to_be_repeated", task).reason
    seen = hands.shown(job)
    assert (seen["state"], bool(seen["reason"])) == ("running", True)


def _tries(hands: Hands, job: str) -> dict[str, tuple[int, int]]:
    """How often the worker of each task was lost, and how often a part was gone."""
    return {task.name: (task.deaths, task.outages) for task in hands.jobs.job(job).tasks}
