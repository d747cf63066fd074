"""The queue: tasks are held by one worker at a time, nothing is lost with a worker, and what is poison ends."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from storage import jobs as queue
from storage import keys
from storage.errors import Conflict, NotFound, Unavailable
from storage.job_records import NewTask
from storage.jobs import MOST_DEATHS, MOST_FAULTS, Jobs
from tests.storage.leases import ASSET, claimed, end_lease, facts


def test_a_job_begins_with_its_analysis(jobs: Jobs) -> None:
    assert jobs.submit(facts())
    lease = claimed(jobs, "one")
    assert (lease.job, lease.task, lease.facts) == (ASSET, "analyse", facts())
    seen = jobs.job(ASSET)
    assert (seen.state, seen.tasks[0].state, seen.tasks[0].worker) == ("running", "leased", "one")


def test_a_job_that_is_under_way_is_not_begun_again(jobs: Jobs) -> None:
    assert jobs.submit(facts())
    assert not jobs.submit(facts())
    claimed(jobs)
    assert not jobs.submit(facts())
    assert jobs.claim("other") is None


def test_a_task_is_claimed_once_however_many_ask(jobs: Jobs) -> None:
    jobs.submit(facts())
    lease = claimed(jobs)
    jobs.complete(lease, add=[NewTask(name=f"video-{n}") for n in range(40)])
    with ThreadPoolExecutor(8) as pool:
        leases = [lease for lease in pool.map(jobs.claim, map(str, range(60))) if lease is not None]
    assert sorted(lease.task for lease in leases) == sorted(f"video-{n}" for n in range(40))


def test_what_is_urgent_is_claimed_first_and_of_the_same_urgency_what_is_older(jobs: Jobs) -> None:
    for number, priority in enumerate((5, 2, 9, 5)):
        jobs.submit(facts(f"{number:032x}", priority))
        time.sleep(0.002)  # jobs are ordered to the millisecond
    order = [claimed(jobs).job for _ in range(4)]
    assert order == [f"{number:032x}" for number in (2, 0, 3, 1)]


def test_a_task_waits_for_all_that_name_it(jobs: Jobs) -> None:
    jobs.submit(facts())
    tasks = [
        NewTask(name="video-0", then=("ts-0",)), NewTask(name="sound", then=("ts-0",)),
        NewTask(name="ts-0", waits=2, then=("finish",)), NewTask(name="finish", waits=1),
    ]  # fmt: skip
    assert jobs.complete(claimed(jobs), add=tasks, plan="the plan", seconds=12.5) == 2
    sound, video = claimed(jobs), claimed(jobs)
    assert (sound.task, video.task, video.plan) == ("sound", "video-0", "the plan")
    assert jobs.claim("w") is None
    assert jobs.complete(video, "made 0") == 0
    assert jobs.claim("w") is None
    assert jobs.complete(sound, "made sound") == 1
    ts = claimed(jobs)
    assert jobs.results(ASSET, ["video-0", "sound"]) == ["made 0", "made sound"]
    with pytest.raises(NotFound, match="no result of ts-0"):
        jobs.results(ASSET, ["sound", "ts-0"])
    jobs.complete(ts)
    assert jobs.complete(claimed(jobs), ends=True) == 0
    seen = jobs.job(ASSET)
    assert (seen.state, seen.done, seen.seconds, seen.remaining_s) == ("done", 1.0, 12.5, None)


def test_a_completion_whose_answer_was_lost_may_be_said_again(jobs: Jobs) -> None:
    jobs.submit(facts())
    lease = claimed(jobs)
    assert jobs.complete(lease, add=[NewTask(name="video-0", then=()), NewTask(name="finish", waits=1)]) == 1
    assert jobs.complete(lease, add=[NewTask(name="video-0")]) == 0
    assert [task.name for task in jobs.job(ASSET).tasks] == ["analyse", "finish", "video-0"]


def test_a_lease_that_is_renewed_is_kept(jobs: Jobs, redis: Redis) -> None:
    jobs.submit(facts())
    lease = claimed(jobs)
    end_lease(redis, lease)
    assert jobs.renew(lease, 0.25, "probe") == "held"
    assert jobs.reap() == 0
    assert (jobs.job(ASSET).tasks[0].done, jobs.job(ASSET).tasks[0].stage) == (0.25, "probe")


def test_a_task_whose_worker_was_lost_is_offered_again_and_the_lost_worker_cannot_complete_it(
    jobs: Jobs, redis: Redis
) -> None:
    jobs.submit(facts())
    lost = claimed(jobs)
    end_lease(redis, lost)
    assert jobs.reap() == 1
    again = claimed(jobs)
    assert (again.task, again.tries) == ("analyse", 1)
    assert jobs.renew(lost, 0.5, "") == "lost"
    assert jobs.complete(lost, "of the dead") is None
    assert jobs.complete(again, "of the living") == 0


def test_a_task_that_workers_die_of_fails_its_job_with_a_reason(jobs: Jobs, redis: Redis) -> None:
    jobs.submit(facts())
    for _ in range(MOST_DEATHS):
        end_lease(redis, claimed(jobs))
        jobs.reap()
    seen = jobs.job(ASSET)
    assert seen.state == "failed"
    assert seen.reason.startswith(f"analyse: {MOST_DEATHS} workers were lost")
    assert jobs.claim("w") is None


def test_a_fault_is_tried_again_and_then_fails_the_job_with_its_reason(jobs: Jobs) -> None:
    jobs.submit(facts())
    for number in range(MOST_FAULTS):
        gave_up = jobs.give_back(claimed(jobs), f"fault {number}", "faults")
        assert gave_up == (number == MOST_FAULTS - 1)
        jobs.reap()
    assert (jobs.job(ASSET).state, jobs.job(ASSET).reason) == ("failed", f"fault {MOST_FAULTS - 1}")


def test_a_task_rests_before_it_is_tried_again(jobs: Jobs, redis: Redis) -> None:
    jobs.submit(facts())
    lease = claimed(jobs)
    assert not jobs.give_back(lease, "S3 is gone", "outages", rest_ms=60_000)
    assert jobs.reap() == 0
    assert jobs.job(ASSET).reason == "S3 is gone"
    end_lease(redis, lease)
    assert jobs.reap() == 1
    assert jobs.job(ASSET).tasks[0].outages == 1


def test_what_can_never_be_done_fails_at_once(jobs: Jobs) -> None:
    jobs.submit(facts())
    assert jobs.give_back(claimed(jobs), "film.mp4: not a video", "", final=True)
    assert (jobs.job(ASSET).state, jobs.job(ASSET).reason) == ("failed", "film.mp4: not a video")


def test_a_cancelled_job_is_taken_from_its_workers(jobs: Jobs) -> None:
    jobs.submit(facts())
    lease = claimed(jobs)
    jobs.complete(lease, add=[NewTask(name="video-0"), NewTask(name="video-1")])
    held = claimed(jobs)
    assert jobs.cancel(ASSET)
    assert jobs.renew(held, 0.5, "") == "cancelled"
    assert jobs.complete(held, "late") is None
    assert jobs.claim("w") is None
    assert jobs.job(ASSET).state == "cancelled"
    assert not jobs.cancel(ASSET)


def test_a_job_that_is_tried_again_keeps_what_was_done(jobs: Jobs) -> None:
    jobs.submit(facts())
    jobs.complete(claimed(jobs), "analysis", add=[NewTask(name="video-0", then=("finish",)),
                                                  NewTask(name="finish", waits=1)])  # fmt: skip
    jobs.give_back(claimed(jobs), "no", "", final=True)
    assert jobs.retry(ASSET)
    assert claimed(jobs).task == "video-0"
    assert jobs.results(ASSET, ["analyse"]) == ["analysis"]
    assert not jobs.retry(ASSET)


def test_a_job_that_ended_may_be_submitted_anew(jobs: Jobs) -> None:
    jobs.submit(facts())
    jobs.give_back(claimed(jobs), "no", "", final=True)
    assert jobs.submit(facts())
    assert claimed(jobs).task == "analyse"


def test_what_is_packaged_here_is_not_packaged_elsewhere(jobs: Jobs, redis: Redis) -> None:
    lease = jobs.hold(facts(), "here")
    assert not jobs.submit(facts())
    assert jobs.claim("w") is None
    with pytest.raises(Conflict, match="being packaged already"):
        jobs.hold(facts(), "there")
    end_lease(redis, lease)
    assert jobs.reap() == 0
    assert jobs.job(ASSET).state == "failed"
    assert jobs.renew(lease, 0.5, "") == "lost"
    with pytest.raises(Conflict, match="of one machine"):
        jobs.retry(ASSET)
    assert jobs.submit(facts())


def test_who_was_killed_may_begin_again_at_once(jobs: Jobs) -> None:
    before = jobs.hold(facts(), "here")
    again = jobs.hold(facts(), "here")
    assert (jobs.renew(before, 0, ""), jobs.renew(again, 0, "")) == ("lost", "held")
    assert jobs.complete(again, ends=True) == 0
    assert jobs.job(ASSET).state == "done"


def test_the_progress_of_a_job_is_that_of_its_tasks_by_weight(jobs: Jobs) -> None:
    jobs.submit(facts())
    jobs.complete(claimed(jobs), add=[NewTask(name="sound", weight=1), NewTask(name="video-0", weight=2)], seconds=60)
    jobs.complete(claimed(jobs))
    jobs.renew(claimed(jobs), 0.5, "encode")
    seen = jobs.job(ASSET)
    assert seen.done == pytest.approx((1 + 1 + 2 * 0.5) / 4)
    assert seen.speed is not None
    assert seen.remaining_s is not None


def test_jobs_are_listed_newest_first_and_old_ones_forgotten(jobs: Jobs) -> None:
    for number in range(3):
        jobs.submit(facts(f"{number:032x}"))
        time.sleep(0.002)
    assert [seen.facts.asset[-1] for seen in jobs.jobs()] == ["2", "1", "0"]
    assert [seen.facts.asset[-1] for seen in jobs.jobs(1, 1)] == ["1"]
    jobs.cancel(f"{0:032x}")
    assert jobs.forget(jobs.now_ms()) == 0
    assert jobs.forget(jobs.now_ms() + queue.KEPT_MS + 1000) == 1
    assert [seen.facts.asset[-1] for seen in jobs.jobs()] == ["2", "1"]


def test_what_is_not_there_is_not_found(jobs: Jobs) -> None:
    for ask in (jobs.job, jobs.cancel, jobs.retry):
        with pytest.raises(NotFound, match=f"no job '{ASSET}'"):
            ask(ASSET)


def test_a_damaged_job_is_told_without_its_content(jobs: Jobs, redis: Redis) -> None:
    redis.hset(keys.job_key(ASSET), mapping={"facts": json.dumps({"secret": 1}), "state": "queued"})
    with pytest.raises(Unavailable, match="cannot be read") as caught:
        jobs.job(ASSET)
    assert "secret" not in str(caught.value)


def test_a_queue_that_does_not_answer_is_unavailable() -> None:
    with Redis(port=1, retry=Retry(NoBackoff(), 0)) as gone, pytest.raises(Unavailable, match="Redis at here"):
        Jobs(gone, "here").claim("w")
