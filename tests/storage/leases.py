"""Jobs of a test and the leases of their tasks."""

from redis import Redis

from storage import keys
from storage.job_records import JobFacts, Lease
from storage.jobs import Jobs

ASSET = "ab" * 16


def facts(asset: str = ASSET, priority: int = 5) -> JobFacts:
    return JobFacts(
        asset=asset, name="film.mp4", title="Film", source_key="uploads/x", source_sha256="0" * 64, size_bytes=5,
        priority=priority,
    )  # fmt: skip


def claimed(jobs: Jobs, worker: str = "w") -> Lease:
    lease = jobs.claim(worker)
    assert lease is not None
    return lease


def end_lease(redis: Redis, lease: Lease) -> None:
    """As if its time had run out."""
    redis.zadd(keys.LEASES, {f"{lease.job}|{lease.task}": 1})
