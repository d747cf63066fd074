"""What becomes of an upload: a job of the packaging fleet."""

from dataclasses import dataclass

from storage import asset_states, spans
from storage.asset_ids import asset_id
from storage.errors import NotFound
from storage.fleet_queue import FleetQueue
from storage.job_records import JobFacts, JobState
from storage.keys import record_key, upload_key
from storage.objects import Objects
from storage.settings import Settings
from storage.upload_records import Upload


@dataclass(frozen=True, slots=True)
class Submitted:
    """A packaging job: its id is that of the asset to be."""

    job: str
    state: JobState


class UploadJobs:
    """Uploads as jobs in the fleet's queue. The id of a job is that of the asset, so each is packaged once."""

    def __init__(self, queue: FleetQueue, objects: Objects, settings: Settings) -> None:
        self._queue = queue
        self._objects = objects
        self._settings = settings

    def asset(self, sha256: str) -> str | None:
        """The asset that these bytes have become already, if they have and it was not deleted since."""
        asset = asset_id(sha256, self._settings)
        there = self._objects.exists(record_key(asset)) and not asset_states.is_deleted(self._objects, asset)
        return asset if there else None

    def state(self, sha256: str) -> JobState | None:
        """How the packaging of these bytes is; None when nobody has asked for it. Raises Unavailable."""
        try:
            return self._queue.jobs().job(asset_id(sha256, self._settings)).state
        except NotFound:
            return None

    def submit(self, upload: Upload) -> Submitted:
        """Queue the packaging of an upload that is complete; safe to repeat. Raises Unavailable."""
        assert upload.sha256 is not None  # noqa: S101  the caller has completed it
        job = asset_id(upload.sha256, self._settings)
        jobs = self._queue.jobs()
        facts = JobFacts(
            asset=job,
            name=upload.name,
            title=upload.title,
            source_key=upload_key(upload.id),
            source_sha256=upload.sha256,
            size_bytes=upload.size_bytes,
            priority=upload.priority,
            traceparent=spans.traceparent(),
        )
        jobs.submit(facts)
        self._queue.wake()
        return Submitted(job, jobs.job(job).state)

    def turn(self, every_s: float) -> bool:
        """Whether it is this caller's turn to look after the uploads: one of all is told so. Raises Unavailable."""
        return self._queue.jobs().turn(every_s)
