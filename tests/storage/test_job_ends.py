"""Jobs that were ended while somebody works on them, and workers that were given up while they work."""

import pytest
from redis import Redis

from storage.job_records import NewTask
from storage.jobs import MOST_DEATHS, Jobs
from tests.storage.leases import ASSET, claimed, end_lease, facts


@pytest.mark.parametrize("ended", ["cancelled", "failed"])
def test_what_somebody_still_works_on_is_not_given_to_another_by_a_retry(jobs: Jobs, ended: str) -> None:
    jobs.submit(facts())
    jobs.complete(claimed(jobs), add=[NewTask(name="sound"), NewTask(name="video-0"), NewTask(name="video-1")])
    fails, heard, unaware = claimed(jobs), claimed(jobs), claimed(jobs)
    if ended == "failed":
        jobs.give_back(fails, "no", "", final=True)
    else:
        jobs.cancel(ASSET)
        jobs.complete(fails, "too late")
    jobs.give_back(heard, ended, "")
    assert jobs.retry(ASSET)
    assert {claimed(jobs).task, claimed(jobs).task} == {fails.task, heard.task}
    assert jobs.claim("w") is None
    assert jobs.renew(unaware, 0.5, "") == "held"
    assert jobs.complete(unaware) == 0


def test_a_task_is_free_again_when_its_lease_ends_though_its_job_had_ended(jobs: Jobs, redis: Redis) -> None:
    jobs.submit(facts())
    lost = claimed(jobs)
    jobs.cancel(ASSET)
    jobs.retry(ASSET)
    end_lease(redis, lost)
    assert jobs.reap() == 1
    assert claimed(jobs).task == "analyse"


def test_a_worker_that_was_taken_for_dead_and_is_not_tells_so(jobs: Jobs, redis: Redis) -> None:
    jobs.submit(facts())
    for outages in range(1, MOST_DEATHS + 2):
        cut_off = claimed(jobs)
        end_lease(redis, cut_off)
        jobs.reap()
        assert jobs.job(ASSET).tasks[0].deaths == 1
        for _ in range(2):  # said twice, as the first answer may be lost
            assert not jobs.give_back(cut_off, "Redis was gone", "outages")
        seen = jobs.job(ASSET)
        assert (seen.reason, seen.tasks[0].state) == ("Redis was gone", "pending")
        assert (seen.tasks[0].deaths, seen.tasks[0].outages) == (0, outages)


@pytest.mark.parametrize("ended", ["done", "failed", "cancelled"])
def test_a_worker_that_was_taken_for_dead_tells_so_though_its_job_has_ended(
    jobs: Jobs, redis: Redis, ended: str
) -> None:
    jobs.submit(facts())
    cut_off = claimed(jobs)
    end_lease(redis, cut_off)
    jobs.reap()
    if ended == "cancelled":
        jobs.cancel(ASSET)
    elif ended == "failed":
        jobs.give_back(claimed(jobs), "no", "", final=True)
    else:
        jobs.complete(claimed(jobs), ends=True)
    before = jobs.job(ASSET)
    assert (before.state, before.tasks[0].deaths) == (ended, 1)
    for _ in range(2):
        assert not jobs.give_back(cut_off, "Redis was gone", "outages")
    seen = jobs.job(ASSET)
    assert (seen.state, seen.reason) == (ended, before.reason)
    assert (seen.tasks[0].deaths, seen.tasks[0].outages) == (0, 1)


def test_what_was_counted_before_a_retry_is_not_taken_back_after_it(jobs: Jobs, redis: Redis) -> None:
    jobs.submit(facts())
    cut_off = claimed(jobs)
    end_lease(redis, cut_off)
    jobs.reap()
    jobs.cancel(ASSET)
    assert jobs.retry(ASSET)
    jobs.give_back(cut_off, "Redis was gone", "outages")
    assert (jobs.job(ASSET).tasks[0].deaths, jobs.job(ASSET).tasks[0].outages) == (0, 0)


def test_a_claim_whose_answer_was_lost_may_be_made_again(jobs: Jobs, redis: Redis) -> None:
    """A Redis that stood still answers when it goes on, whether or not somebody waits for it."""
    jobs.submit(facts())
    jobs.complete(claimed(jobs), add=[NewTask(name="video-0"), NewTask(name="video-1")])
    leases = [jobs.claim("w", "one token") for _ in range(3)]
    assert {lease and lease.task for lease in leases} == {"video-0"}
    assert leases[0]
    assert jobs.complete(leases[0]) == 0
    following = jobs.claim("w", "one token")
    assert following
    assert following.task == "video-1"
    end_lease(redis, following)
    jobs.reap()
    assert claimed(jobs).task == "video-1"
    assert jobs.claim("w", "one token") is None
